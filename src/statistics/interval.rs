//! An interval for the ratio of two medians, by resampling from a seed.

use super::summary::median;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The confidence of every interval.
pub const LEVEL: f64 = 0.95;

/// Resamples for small samples; large ones take fewer, since each costs as much as the sample is large.
const MOST: usize = 9_999;
const FEWEST: usize = 1_999;
/// Values drawn in all, roughly.
const DRAWS: usize = 2_000_000;

/// Where the random numbers of one interval come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The seed of a whole comparison.
    pub seed: u64,
    /// The interval's own number, so that intervals do not depend on each other's order.
    pub number: u64,
}

/// Both ends of an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether a value lies within, the ends included.
    pub fn holds(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// The 95 % interval of `median(candidate) / median(base)`: percentile bootstrap, its percentiles expanded
/// for the smaller sample. With three runs a side it spans everything that resampling can give, and that holds the
/// true ratio in 90 % of cases only: see [`interval_coverage`].
///
/// Nothing if either sample has fewer than two values or one that is not above zero.
pub fn ratio_interval(base: &[f64], candidate: &[f64], stream: Stream) -> Option<Interval> {
    let smaller = base.len().min(candidate.len());
    let is_positive = |values: &[f64]| values.iter().all(|value| *value > 0.0);
    if smaller < 2 || !is_positive(base) || !is_positive(candidate) {
        return None;
    }
    let mut random = ChaCha8Rng::seed_from_u64(stream.seed);
    random.set_stream(stream.number);
    let resamples = (DRAWS / (base.len() + candidate.len())).clamp(FEWEST, MOST);
    let (mut base, mut candidate) = (Resampler::new(base), Resampler::new(candidate));
    let mut ratios: Vec<f64> = (0..resamples)
        .filter_map(|_| Some(candidate.median(&mut random)? / base.median(&mut random)?))
        .collect();
    ratios.sort_by(f64::total_cmp);
    let tail = tail(smaller)?;
    Some(Interval {
        low: percentile(&ratios, tail)?,
        high: percentile(&ratios, 1.0 - tail)?,
    })
}

/// How often the interval of so few runs holds the true ratio, if that is less than it is named for.
///
/// With up to three runs on a side it spans everything from the one side's smallest against the other's
/// largest, so it misses exactly if the samples lie wholly apart: 2 in C(n + m, n) times.
#[expect(clippy::cast_precision_loss, reason = "runs are far fewer than 2^53")]
pub fn interval_coverage(one: usize, other: usize) -> Option<f64> {
    let fewer = one.min(other);
    if !(2..=3).contains(&fewer) {
        return None;
    }
    let arrangements: f64 = (1..=fewer)
        .map(|place| (one.max(other) + place) as f64 / place as f64)
        .product();
    let coverage = 1.0 - 2.0 / arrangements;
    (coverage < LEVEL - 0.005).then_some(coverage)
}

/// The part of the bootstrap distribution that is cut off on each side: less than 2.5 %, since a small
/// sample's own spread is too small, and Student's tails are longer than the normal ones.
#[expect(
    clippy::cast_precision_loss,
    reason = "samples are far smaller than 2^53"
)]
fn tail(count: usize) -> Option<f64> {
    let count = count as f64;
    let quantile = StudentsT::new(0.0, 1.0, count - 1.0)
        .ok()?
        .inverse_cdf((1.0 - LEVEL) / 2.0);
    Some(Normal::standard().cdf(quantile * (count / (count - 1.0)).sqrt()))
}

/// A percentile of sorted values, between the two nearest.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the rank lies between 0 and the number of values"
)]
fn percentile(sorted: &[f64], fraction: f64) -> Option<f64> {
    let rank = fraction.clamp(0.0, 1.0) * (sorted.len().checked_sub(1)? as f64);
    let below = *sorted.get(rank.floor() as usize)?;
    let above = *sorted.get(rank.ceil() as usize)?;
    Some(below + (above - below) * rank.fract())
}

/// Draws samples with replacement.
struct Resampler<'a> {
    values: &'a [f64],
    drawn: Vec<f64>,
}

impl<'a> Resampler<'a> {
    fn new(values: &'a [f64]) -> Self {
        Self {
            values,
            drawn: Vec::with_capacity(values.len()),
        }
    }

    fn median(&mut self, random: &mut ChaCha8Rng) -> Option<f64> {
        self.drawn.clear();
        for _ in 0..self.values.len() {
            // A 32-bit number times the length: what it favours is below one in a million.
            let wide = u64::from(random.next_u32()) * self.values.len() as u64;
            self.drawn.push(*self.values.get((wide >> 32) as usize)?);
        }
        if self.drawn.len() < 32 {
            return median(&self.drawn);
        }
        let middle = self.drawn.len() / 2;
        let is_even = self.drawn.len().is_multiple_of(2);
        let (below, upper, _) = self.drawn.select_nth_unstable_by(middle, f64::total_cmp);
        let upper = *upper;
        if !is_even {
            return Some(upper);
        }
        let lower = below.iter().copied().max_by(f64::total_cmp)?;
        Some(f64::midpoint(lower, upper))
    }
}
