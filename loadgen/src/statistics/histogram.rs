//! Durations as HDR histograms: three significant digits, memory that does not grow with the run.

use crate::clock::{Nanos, milliseconds};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::Read;

/// Longest duration that is told apart: a day. Longer ones count as a day.
const LONGEST: Nanos = 86_400 * crate::clock::SECOND;

/// First bytes of the compressed serial form, which its own length follows.
const COMPRESSED: [u8; 4] = 0x1c84_9314_u32.to_be_bytes();
/// First bytes of the plain form, which the length of its counts follows.
const PLAIN: [u8; 4] = 0x1c84_9313_u32.to_be_bytes();
/// Bytes of the plain form before the counts.
const HEADER: usize = 40;
/// The most bytes of the plain form: three digits over all of 64 bits, each count as long as can be.
const MOST: u64 = 57 * 1024 * 9;

/// A histogram of durations in nanoseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram(hdrhistogram::Histogram<u64>);

/// Why a serialized histogram cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistogramError(String);

impl fmt::Display for HistogramError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "not an HDR histogram (V2, compressed, base64): {}",
            self.0
        )
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Histogram {
    /// An empty histogram. It grows to what its largest value needs, at most 300 KB.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "three digits and these bounds are always accepted"
    )]
    pub fn new() -> Self {
        let mut inner =
            hdrhistogram::Histogram::new_with_bounds(1, 1_000_000_000, 3).expect("constant bounds");
        inner.auto(true);
        Self(inner)
    }

    /// Counts one duration.
    pub fn record(&mut self, duration: Nanos) {
        // Automatic resizing makes this infallible for any value up to the longest.
        _ = self.0.record(duration.min(LONGEST));
    }

    /// Adds another histogram, exactly.
    pub fn add(&mut self, other: &Self) {
        _ = self.0.add(&other.0);
    }

    /// Number of durations.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// Forgets everything but keeps the memory.
    pub fn clear(&mut self) {
        self.0.reset();
    }

    /// The duration at a quantile from 0 to 1; 0 if empty.
    pub fn quantile(&self, quantile: f64) -> Nanos {
        self.0.value_at_quantile(quantile)
    }

    /// Largest duration.
    pub fn max(&self) -> Nanos {
        self.0.max()
    }

    /// How many durations are longer than this, to the histogram's precision.
    pub fn above(&self, duration: Nanos) -> u64 {
        self.count() - self.0.count_between(0, duration.min(LONGEST))
    }

    /// (upper edge of a bucket, count up to it), ascending.
    pub fn cumulative(&self) -> impl Iterator<Item = (Nanos, u64)> + '_ {
        let mut total = 0;
        self.0.iter_recorded().map(move |step| {
            total += step.count_at_value();
            (step.value_iterated_to(), total)
        })
    }

    /// The standard serial form: V2, compressed, base64.
    pub fn encode(&self) -> String {
        let mut bytes = Vec::new();
        // Writing to memory cannot fail.
        _ = V2DeflateSerializer::new().serialize(&self.0, &mut bytes);
        STANDARD.encode(bytes)
    }

    /// Reads the serial form.
    pub fn decode(text: &str) -> Result<Self, HistogramError> {
        let bytes = STANDARD
            .decode(text)
            .map_err(|error| HistogramError(error.to_string()))?;
        let plain = unpack(&bytes).map_err(|why| HistogramError(why.to_owned()))?;
        let mut inner: hdrhistogram::Histogram<u64> = Deserializer::new()
            .deserialize(&mut plain.as_slice())
            .map_err(|error| HistogramError(error.to_string()))?;
        if inner.sigfig() != 3 {
            return Err(HistogramError(format!(
                "{} significant digits instead of 3",
                inner.sigfig()
            )));
        }
        inner.auto(true);
        Ok(Self(inner))
    }

    /// Figures for a result; nothing if empty.
    pub fn distribution(&self) -> Option<Distribution> {
        if self.count() == 0 {
            return None;
        }
        let at = |quantile| milliseconds(self.quantile(quantile));
        Some(Distribution {
            count: self.count(),
            min: milliseconds(self.0.min()),
            mean: self.0.mean() / 1e6,
            stdev: self.0.stdev() / 1e6,
            p50: at(0.5),
            p90: at(0.9),
            p95: at(0.95),
            p99: at(0.99),
            p999: at(0.999),
            max: milliseconds(self.0.max()),
            histogram: self.encode(),
        })
    }
}

/// The plain form. Its length is seen to before it is believed: the crate that reads it takes memory for
/// whatever length it claims.
fn unpack(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    let packed = bytes
        .strip_prefix(&COMPRESSED)
        .and_then(|rest| rest.get(4..))
        .ok_or("another format")?;
    let mut plain = Vec::new();
    ZlibDecoder::new(packed)
        .take(MOST + 1)
        .read_to_end(&mut plain)
        .map_err(|_| "its compressed part is damaged")?;
    if plain.len() as u64 > MOST {
        return Err("it unpacks to more than a histogram can need");
    }
    let claimed = plain
        .strip_prefix(&PLAIN)
        .and_then(|rest| rest.first_chunk::<4>())
        .map(|length| u32::from_be_bytes(*length) as usize);
    if claimed.is_none() || claimed != plain.len().checked_sub(HEADER) {
        return Err("its header does not fit its length");
    }
    Ok(plain)
}

/// Figures of a histogram, in milliseconds, and the histogram itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Distribution {
    /// Number of durations.
    pub count: u64,
    /// Smallest.
    pub min: f64,
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub stdev: f64,
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// 99.9th percentile.
    pub p999: f64,
    /// Largest.
    pub max: f64,
    /// The histogram in nanoseconds: HDR V2, compressed, base64.
    pub histogram: String,
}

impl Distribution {
    /// Adds another one, exactly.
    pub fn merge(
        mut histogram: Histogram,
        others: &[&Self],
    ) -> Result<Option<Self>, HistogramError> {
        for other in others {
            histogram.add(&Histogram::decode(&other.histogram)?);
        }
        Ok(histogram.distribution())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{MILLISECOND, SECOND};

    #[test]
    fn quantiles_are_right_to_three_digits() {
        let mut histogram = Histogram::new();
        for value in 1..=10_000 {
            histogram.record(value * MILLISECOND);
        }
        for (quantile, exact) in [(0.5, 5_000.0), (0.99, 9_900.0), (0.999, 9_990.0)] {
            let measured = milliseconds(histogram.quantile(quantile));
            assert!(
                (measured / exact - 1.0).abs() < 0.001,
                "{quantile}: {measured}"
            );
        }
        assert_eq!(histogram.above(9_000 * MILLISECOND) / 10, 100);
    }

    #[test]
    fn the_serial_form_keeps_everything() {
        let mut histogram = Histogram::new();
        for value in [1, 1_000, 5 * SECOND, 400_000 * SECOND] {
            histogram.record(value);
        }
        let read = Histogram::decode(&histogram.encode()).unwrap();
        assert_eq!(read.distribution(), histogram.distribution());
        assert_eq!(read.count(), 4);
    }

    #[test]
    fn what_is_no_histogram_is_an_error() {
        for text in ["", "AAAA", "not base64!", "HISTFAAA"] {
            assert!(Histogram::decode(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_length_is_not_believed() {
        use std::io::Write;
        let pack = |plain: &[u8]| {
            let mut encoder =
                flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(plain).unwrap();
            let packed = encoder.finish().unwrap();
            let mut bytes = COMPRESSED.to_vec();
            bytes.extend(u32::try_from(packed.len()).unwrap().to_be_bytes());
            bytes.extend(packed);
            STANDARD.encode(bytes)
        };
        let mut claims = PLAIN.to_vec();
        claims.extend(u32::MAX.to_be_bytes());
        claims.extend([0; 32]);
        let bomb = vec![0; 50_000_000];
        for (plain, why) in [(claims, "does not fit its length"), (bomb, "more than")] {
            let error = Histogram::decode(&pack(&plain)).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }

    #[test]
    fn an_empty_histogram_has_no_figures() {
        assert_eq!(Histogram::new().distribution(), None);
    }
}
