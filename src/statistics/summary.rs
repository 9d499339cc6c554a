//! What a sample looks like.

/// A sample in a few numbers, in its own unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many values.
    pub count: usize,
    /// Median.
    pub median: f64,
    /// Mean.
    pub mean: f64,
    /// Sample standard deviation; 0 for one value.
    pub deviation: f64,
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
}

impl Summary {
    /// Of finite values; nothing for none.
    #[expect(
        clippy::cast_precision_loss,
        reason = "samples are far smaller than 2^53"
    )]
    pub fn of(values: &[f64]) -> Option<Self> {
        let median = median(values)?;
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = if values.len() > 1 {
            (squares / (count - 1.0)).sqrt()
        } else {
            0.0
        };
        Some(Self {
            count: values.len(),
            median,
            mean,
            deviation,
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }

    /// Spread as a fraction: standard deviation by mean; 0 if the mean is.
    pub fn spread(&self) -> f64 {
        if self.mean == 0.0 {
            0.0
        } else {
            self.deviation / self.mean.abs()
        }
    }
}

/// The median; the mean of the two in the middle for an even number; nothing for none.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len().is_multiple_of(2) {
        Some(f64::midpoint(*sorted.get(middle - 1)?, upper))
    } else {
        Some(upper)
    }
}
