//! HDR histograms as lists of their buckets, which are short, and merge without loss.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use hdrhistogram::serialization::Deserializer;
use std::fmt;
use std::io::Read;

/// The most bytes of a histogram unpacked: three digits over all of 64 bits, each count as long as
/// can be.
const MOST: u64 = 57 * 1024 * 9;
/// Bytes before the counts: cookie, length, offset, digits, lowest, highest, ratio.
const HEADER: usize = 40;

/// Durations in nanoseconds: the upper edge of each bucket that holds any, and how many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    buckets: Vec<(u64, u64)>,
    count: u64,
}

/// Why a serialized histogram cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistogramError {
    /// Not a histogram: V2, compressed, base64.
    Form(String),
    /// Not three significant digits.
    Digits(u32),
    /// It counts other durations than the figures beside it.
    Count {
        /// In the histogram.
        histogram: u64,
        /// In the figures.
        figures: u64,
    },
}

impl fmt::Display for HistogramError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(why) => write!(out, "no HDR histogram (V2, compressed, base64): {why}"),
            Self::Digits(digits) => write!(out, "{digits} significant digits instead of 3"),
            Self::Count { histogram, figures } => write!(
                out,
                "the histogram counts {histogram} durations, the figures beside it {figures}"
            ),
        }
    }
}

fn form(why: impl fmt::Display) -> HistogramError {
    HistogramError::Form(why.to_string())
}

impl Histogram {
    /// Reads the serial form. What it unpacks to is bounded before it is believed: the crate that decodes
    /// takes memory for whatever length the text claims.
    ///
    /// # Errors
    ///
    /// If it is no such text, or not of three digits.
    pub fn decode(text: &str) -> Result<Self, HistogramError> {
        let bytes = STANDARD.decode(text).map_err(form)?;
        let plain = unpack(&bytes)?;
        let dense: hdrhistogram::Histogram<u64> = Deserializer::new()
            .deserialize(&mut plain.as_slice())
            .map_err(form)?;
        let mut total = 0_u64;
        let mut buckets = Vec::new();
        for step in dense.iter_recorded() {
            total = total
                .checked_add(step.count_at_value())
                .ok_or_else(|| form("its counts overflow"))?;
            buckets.push((step.value_iterated_to(), step.count_at_value()));
        }
        Ok(Self {
            buckets,
            count: total,
        })
    }

    /// Adds others, exactly.
    #[must_use]
    pub fn merged<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut all: Vec<(u64, u64)> = parts
            .into_iter()
            .flat_map(|part| part.buckets.iter().copied())
            .collect();
        all.sort_unstable();
        let mut merged = Self::default();
        for (edge, count) in all {
            match merged.buckets.last_mut() {
                Some(last) if last.0 == edge => last.1 = last.1.saturating_add(count),
                _ => merged.buckets.push((edge, count)),
            }
            merged.count = merged.count.saturating_add(count);
        }
        merged
    }

    /// Number of durations.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The buckets: upper edge in nanoseconds and count, ascending.
    pub fn buckets(&self) -> &[(u64, u64)] {
        &self.buckets
    }

    /// The duration in milliseconds at a quantile from 0 to 1, to three digits; nothing if empty.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts stay far below 2^53, and the rank is at least 1"
    )]
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        // As hdrhistogram counts: the smallest value at or below which this fraction lies.
        let rank = (quantile.clamp(0.0, 1.0) * self.count as f64)
            .ceil()
            .max(1.0) as u64;
        let mut seen = 0_u64;
        self.buckets
            .iter()
            .find(|(_, count)| {
                seen = seen.saturating_add(*count);
                seen >= rank
            })
            .map(|(edge, _)| *edge as f64 / 1e6)
    }
}

/// The uncompressed form, with a header that promises what follows.
fn unpack(bytes: &[u8]) -> Result<Vec<u8>, HistogramError> {
    let (cookie, rest) = split(bytes)?;
    if cookie != V2_COMPRESSED {
        return Err(form("another format"));
    }
    let (_, packed) = split(rest)?;
    let mut plain = Vec::new();
    ZlibDecoder::new(packed)
        .take(MOST + 1)
        .read_to_end(&mut plain)
        .map_err(form)?;
    if plain.len() as u64 > MOST {
        return Err(form("it unpacks to more than a histogram can need"));
    }
    let (inner, rest) = split(&plain)?;
    let (length, _) = split(rest)?;
    if inner != V2 || plain.len() < HEADER || length as usize != plain.len() - HEADER {
        return Err(form("its header does not fit its length"));
    }
    let (_, digits) = plain.split_at(12);
    let (digits, _) = split(digits)?;
    if digits != 3 {
        return Err(HistogramError::Digits(digits));
    }
    Ok(plain)
}

/// A big-endian number and what follows it.
fn split(bytes: &[u8]) -> Result<(u32, &[u8]), HistogramError> {
    let (number, rest) = bytes
        .split_first_chunk::<4>()
        .ok_or_else(|| form("it ends too early"))?;
    Ok((u32::from_be_bytes(*number), rest))
}

/// First bytes of the plain form.
const V2: u32 = 0x1c84_9313;
/// First bytes of the compressed form.
const V2_COMPRESSED: u32 = 0x1c84_9314;

#[cfg(test)]
mod tests {
    use super::*;
    use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};

    fn encoded(values: impl IntoIterator<Item = u64>, digits: u8) -> String {
        let mut dense = hdrhistogram::Histogram::<u64>::new(digits).expect("digits are few");
        for value in values {
            dense.record(value).expect("it grows");
        }
        let mut bytes = Vec::new();
        V2DeflateSerializer::new()
            .serialize(&dense, &mut bytes)
            .expect("memory takes it");
        STANDARD.encode(bytes)
    }

    #[test]
    fn quantiles_come_from_what_was_merged() {
        let fast = Histogram::decode(&encoded((1..=900).map(|n| n * 1_000), 3)).expect("whole");
        let slow =
            Histogram::decode(&encoded((901..=1_000).map(|n| n * 1_000_000), 3)).expect("whole");
        let both = Histogram::merged([&fast, &slow]);
        assert_eq!(both.count(), 1_000);
        let near = |quantile, exact: f64| {
            let found = both.quantile(quantile).expect("not empty");
            assert!(
                (found / exact - 1.0).abs() < 1.1e-3,
                "{quantile}: {found} is not {exact}"
            );
        };
        near(0.5, 0.5);
        near(0.9, 0.9);
        // The mean of the two 95th percentiles would be 498.
        near(0.95, 950.0);
        near(1.0, 1_000.0);
        assert_eq!(Histogram::default().quantile(0.5), None);
    }

    #[test]
    fn what_is_no_histogram_is_refused() {
        for text in ["", "AAAA", "not base64!", "HISTFAAA", "HISTFAAAAAB4nA=="] {
            assert!(Histogram::decode(text).is_err(), "{text}");
        }
        let two = encoded([5], 2);
        assert_eq!(Histogram::decode(&two), Err(HistogramError::Digits(2)));
    }

    #[test]
    fn a_length_is_not_believed() {
        use std::io::Write;
        let pack = |plain: &[u8]| {
            let mut encoder =
                flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(plain).expect("memory takes it");
            let packed = encoder.finish().expect("memory takes it");
            let mut bytes = V2_COMPRESSED.to_be_bytes().to_vec();
            bytes.extend(u32::try_from(packed.len()).expect("short").to_be_bytes());
            bytes.extend(packed);
            STANDARD.encode(bytes)
        };
        let mut claims = V2.to_be_bytes().to_vec();
        claims.extend(u32::MAX.to_be_bytes());
        claims.extend([0; 32]);
        assert!(matches!(
            Histogram::decode(&pack(&claims)),
            Err(HistogramError::Form(_))
        ));
        let bomb = pack(&vec![0; 50_000_000]);
        assert!(bomb.len() < 100_000);
        let error = Histogram::decode(&bomb).expect_err("it is too large");
        assert!(
            error.to_string().contains("more than a histogram can need"),
            "{error}"
        );
    }
}
