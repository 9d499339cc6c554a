//! Latency laws.

use crate::clock::{Nanos, SECOND, nanos};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use std::str::FromStr;

/// How long the simulated server takes for a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Law {
    /// Always the same.
    Constant(Nanos),
    /// Evenly between two.
    Uniform(Nanos, Nanos),
    /// Exponential with this mean.
    Exponential(Nanos),
    /// Log-normal with this median and standard deviation of the logarithm.
    LogNormal {
        /// Median.
        median: Nanos,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
}

/// Reads a duration such as `5ms`, `200us`, `1.5s`, `0`.
pub fn parse_duration(text: &str) -> Result<Nanos, String> {
    let split = text
        .find(|letter: char| letter.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let scale = match unit {
        "ns" => 1e-9,
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "" if number == "0" => 1.0,
        _ => return Err(format!("`{text}` is no duration; write for example 5ms")),
    };
    match number.parse::<f64>() {
        Ok(value) if value >= 0.0 && value.is_finite() => Ok(nanos(value * scale)),
        _ => Err(format!("`{text}` is no duration; write for example 5ms")),
    }
}

impl FromStr for Law {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        match parts.as_slice() {
            ["constant", value] => Ok(Self::Constant(parse_duration(value)?)),
            ["uniform", low, high] => {
                let (low, high) = (parse_duration(low)?, parse_duration(high)?);
                if low > high {
                    return Err(format!("`{text}`: the first must not be above the second"));
                }
                Ok(Self::Uniform(low, high))
            }
            ["exponential", mean] => Ok(Self::Exponential(parse_duration(mean)?)),
            ["lognormal", median, sigma] => {
                let sigma = sigma
                    .parse::<f64>()
                    .ok()
                    .filter(|sigma| (0.0..=10.0).contains(sigma));
                Ok(Self::LogNormal {
                    median: parse_duration(median)?,
                    sigma: sigma
                        .ok_or_else(|| format!("`{text}`: sigma is a number from 0 to 10"))?,
                })
            }
            _ => Err(format!(
                "`{text}` is no latency law; write constant:5ms, uniform:1ms:9ms, exponential:5ms or lognormal:5ms:0.5"
            )),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "53 bits fit exactly; latencies are far below 2^53 ns"
)]
impl Law {
    /// Draws one latency.
    pub fn draw(self, random: &mut ChaCha8Rng) -> Nanos {
        let mut uniform =
            || ((random.next_u64() >> 11) + 1) as f64 * (1.0 / 9_007_199_254_740_992.0);
        match self {
            Self::Constant(latency) => latency,
            Self::Uniform(low, high) => low + nanos((high - low) as f64 / 1e9 * uniform()),
            Self::Exponential(mean) => nanos(mean as f64 / 1e9 * -libm::log(uniform())),
            Self::LogNormal { median, sigma } => {
                let radius = libm::sqrt(-2.0 * libm::log(uniform()));
                let normal = radius * libm::cos(std::f64::consts::TAU * uniform());
                nanos(median as f64 / 1e9 * libm::exp(sigma * normal))
            }
        }
    }
}

/// Times at which the server does nothing: for `length` at the start of every `period` but the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stall {
    /// From the start of one stall to the start of the next.
    pub period: Nanos,
    /// How long it lasts.
    pub length: Nanos,
}

impl FromStr for Stall {
    type Err = String;

    /// Reads `500ms/10s`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (length, period) = text
            .split_once('/')
            .ok_or_else(|| format!("`{text}` is no stall; write for example 500ms/10s"))?;
        let stall = Self {
            period: parse_duration(period)?,
            length: parse_duration(length)?,
        };
        if stall.period == 0 || stall.length >= stall.period || stall.period > 1_000_000 * SECOND {
            return Err(format!("`{text}`: a stall must be shorter than its period"));
        }
        Ok(stall)
    }
}

impl Stall {
    /// When something due at this instant happens.
    pub fn defer(self, due: Nanos) -> Nanos {
        let into = due % self.period;
        if due >= self.period && into < self.length {
            due - into + self.length
        } else {
            due
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MILLISECOND;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn laws_are_read() {
        assert_eq!("constant:5ms".parse(), Ok(Law::Constant(5 * MILLISECOND)));
        assert_eq!("uniform:0:1s".parse(), Ok(Law::Uniform(0, SECOND)));
        assert_eq!(
            "lognormal:5ms:0.5".parse(),
            Ok(Law::LogNormal {
                median: 5 * MILLISECOND,
                sigma: 0.5
            })
        );
        for text in [
            "",
            "constant",
            "constant:5",
            "uniform:2s:1s",
            "lognormal:5ms:x",
            "exponential:-1s",
        ] {
            assert!(text.parse::<Law>().is_err(), "{text}");
        }
        assert!("1s/1s".parse::<Stall>().is_err());
    }

    #[test]
    fn draws_follow_their_law() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let law = Law::LogNormal {
            median: 10 * MILLISECOND,
            sigma: 0.5,
        };
        let mut draws: Vec<Nanos> = (0..100_000).map(|_| law.draw(&mut random)).collect();
        draws.sort_unstable();
        let at = |per_mille: usize| crate::clock::milliseconds(draws[per_mille * 100]) / 10.0;
        // exp(0.5 z) at the quantiles of the normal law.
        for (quantile, exact) in [(500, 1.0), (900, 1.897), (990, 3.200)] {
            assert!(
                (at(quantile) / exact - 1.0).abs() < 0.02,
                "{quantile}: {}",
                at(quantile)
            );
        }
    }

    #[test]
    fn a_stall_defers_what_is_due_in_it() {
        let stall = Stall {
            period: 10 * SECOND,
            length: SECOND,
        };
        assert_eq!(stall.defer(SECOND / 2), SECOND / 2);
        assert_eq!(stall.defer(10 * SECOND), 11 * SECOND);
        assert_eq!(stall.defer(10 * SECOND + SECOND / 2), 11 * SECOND);
        assert_eq!(stall.defer(11 * SECOND), 11 * SECOND);
        assert_eq!(stall.defer(25 * SECOND), 25 * SECOND);
    }
}
