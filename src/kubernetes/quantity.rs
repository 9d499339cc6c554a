//! Quantities of resources: `500m`, `24Gi`.

use std::fmt;

/// An amount in thousandths, and whether it was written with a binary suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    milli: i128,
    is_binary: bool,
}

const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: [&str; 8] = ["m", "", "k", "M", "G", "T", "P", "E"];

impl Quantity {
    /// Reads a non-negative quantity with at most three decimals, which is every quantity that
    /// makes sense for CPU, memory, storage and chips.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text
            .find(|character: char| !character.is_ascii_digit() && character != '.')
            .unwrap_or(text.len());
        let (number, suffix) = text.split_at(digits);
        let (factor, is_binary) = if let Some(power) =
            BINARY.iter().skip(1).position(|known| *known == suffix)
        {
            (1024_i128.pow(u32::try_from(power + 1).ok()?) * 1000, true)
        } else {
            let power = DECIMAL.iter().position(|known| *known == suffix)?;
            (1000_i128.pow(u32::try_from(power).ok()?), false)
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() || whole.len() > 18 || fraction.len() > 3 {
            return None;
        }
        let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
        let scaled = whole.parse::<i128>().ok()? * scale
            + if fraction.is_empty() {
                0
            } else {
                fraction.parse::<i128>().ok()?
            };
        let milli = scaled * factor;
        (milli % scale == 0).then_some(Self {
            milli: milli / scale,
            is_binary,
        })
    }

    /// The amount in thousandths.
    pub fn milli(self) -> i128 {
        self.milli
    }
}

/// The canonical form, as the API server prints it: the largest suffix that leaves a whole number.
impl fmt::Display for Quantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut number, step, suffixes): (i128, i128, &[&str]) =
            if self.is_binary && self.milli % 1000 == 0 {
                (self.milli / 1000, 1024, &BINARY)
            } else {
                (self.milli, 1000, &DECIMAL)
            };
        if number == 0 {
            return formatter.write_str("0");
        }
        let mut suffix = 0;
        while suffix + 1 < suffixes.len() && number % step == 0 {
            number /= step;
            suffix += 1;
        }
        write!(
            formatter,
            "{number}{}",
            suffixes.get(suffix).copied().unwrap_or_default()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Quantity;

    #[test]
    fn prints_what_the_api_server_prints() {
        for (given, canonical) in [
            ("1024Mi", "1Gi"),
            ("1Gi", "1Gi"),
            ("1000m", "1"),
            ("0.5", "500m"),
            ("1.5Gi", "1536Mi"),
            ("1000", "1k"),
            ("1500M", "1500M"),
            ("2", "2"),
            ("0", "0"),
            ("100m", "100m"),
            ("128Ki", "128Ki"),
            ("1000Gi", "1000Gi"),
        ] {
            let quantity = Quantity::parse(given).expect(given);
            assert_eq!(quantity.to_string(), canonical, "{given}");
        }
        for wrong in ["", "Gi", "1gi", "-1", "1.2345", "1e3", "1 Gi", ".5", "1.2.3"] {
            assert_eq!(Quantity::parse(wrong), None, "{wrong}");
        }
    }
}
