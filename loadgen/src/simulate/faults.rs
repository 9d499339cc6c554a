//! Faults that the simulated server makes on purpose.

use std::str::FromStr;

/// A way to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Never answers.
    Silence,
    /// Sends the head and half of the body, then nothing.
    SlowBody,
    /// Resets the connection before the answer.
    Reset,
    /// Closes the connection within the answer.
    Truncated,
    /// Status 400.
    Http400,
    /// Status 500.
    Http500,
    /// Not HTTP.
    NotHttp,
    /// Status 200, half of a JSON text.
    BadJson,
    /// A NaN among the scores.
    Nan,
    /// One row too few.
    MissingRow,
    /// One number too few in a row.
    MissingColumn,
    /// A row that sums to 0.9.
    BadSum,
    /// A score of 1.5.
    OutOfRange,
}

/// All faults with their names.
const NAMES: [(&str, Fault); 13] = [
    ("silence", Fault::Silence),
    ("slow-body", Fault::SlowBody),
    ("reset", Fault::Reset),
    ("truncated", Fault::Truncated),
    ("http-400", Fault::Http400),
    ("http-500", Fault::Http500),
    ("not-http", Fault::NotHttp),
    ("bad-json", Fault::BadJson),
    ("nan", Fault::Nan),
    ("missing-row", Fault::MissingRow),
    ("missing-column", Fault::MissingColumn),
    ("bad-sum", Fault::BadSum),
    ("out-of-range", Fault::OutOfRange),
];

/// A fault and how often it comes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaultRate {
    /// The fault.
    pub fault: Fault,
    /// Its probability.
    pub probability: f64,
}

impl FromStr for FaultRate {
    type Err = String;

    /// Reads `http-500=0.01`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, probability) = text.split_once('=').unwrap_or((text, "1"));
        let fault = NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, fault)| *fault);
        let fault = fault.ok_or_else(|| {
            let known: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            format!("`{name}` is no fault; known are {}", known.join(", "))
        })?;
        let probability = probability
            .parse()
            .ok()
            .filter(|probability| (0.0..=1.0).contains(probability));
        let probability = probability
            .ok_or_else(|| format!("`{text}`: the probability is a number from 0 to 1"))?;
        Ok(Self { fault, probability })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read() {
        assert_eq!(
            "nan".parse(),
            Ok(FaultRate {
                fault: Fault::Nan,
                probability: 1.0
            })
        );
        assert_eq!(
            "http-500=0.25".parse(),
            Ok(FaultRate {
                fault: Fault::Http500,
                probability: 0.25
            })
        );
        for text in ["", "nan=2", "nan=x", "other=1"] {
            assert!(text.parse::<FaultRate>().is_err(), "{text}");
        }
    }
}
