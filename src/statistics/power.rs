//! How many runs it takes.

use statrs::distribution::{ContinuousCDF, Normal};

/// Chance of seeing a difference that is there.
const POWER: f64 = 0.8;

/// Runs on each side that show a relative difference with 80 % power at a two-sided level, for a spread that
/// is a fraction of the mean. Nothing where no number would do: a difference of zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number is at least 0, and a cast saturates"
)]
pub fn runs_needed(spread: f64, difference: f64, level: f64) -> Option<u32> {
    if difference.abs() < f64::EPSILON {
        return None;
    }
    let normal = Normal::standard();
    let quantiles = normal.inverse_cdf(1.0 - level / 2.0) + normal.inverse_cdf(POWER);
    let runs = 2.0 * (quantiles * spread / difference).powi(2);
    Some(runs.ceil().max(1.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_the_usual_table() {
        let table = [
            (0.02, 0.05, 3),
            (0.03, 0.05, 6),
            (0.05, 0.05, 16),
            (0.03, 0.02, 36),
        ];
        for (spread, difference, runs) in table {
            assert_eq!(
                runs_needed(spread, difference, 0.05),
                Some(runs),
                "{spread} {difference}"
            );
        }
        assert_eq!(runs_needed(0.1, 0.0, 0.05), None);
    }
}
