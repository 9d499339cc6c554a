//! Exact (Clopper-Pearson) one-sided bounds of a proportion.

/// The largest proportion that `hits` of `total` do not refute at this confidence.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn upper_bound(hits: u64, total: u64, confidence: f64) -> f64 {
    if total == 0 || hits >= total {
        return 1.0;
    }
    let (a, b) = (hits as f64 + 1.0, (total - hits) as f64);
    solve(|p| regularized_beta(a, b, p), confidence)
}

/// The smallest proportion that `hits` of `total` do not refute at this confidence.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn lower_bound(hits: u64, total: u64, confidence: f64) -> f64 {
    if total == 0 || hits == 0 {
        return 0.0;
    }
    let (a, b) = (hits as f64, (total - hits) as f64 + 1.0);
    solve(|p| regularized_beta(a, b, p), 1.0 - confidence)
}

/// The point at which an increasing function on [0, 1] reaches a value.
fn solve(function: impl Fn(f64) -> f64, value: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if function(middle) < value {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Keeps the continued fraction's terms from 0.
const TINY: f64 = 1e-300;

/// The regularized incomplete beta function, by its continued fraction (Lentz's method).
fn regularized_beta(alpha: f64, beta: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (alpha + 1.0) / (alpha + beta + 2.0) {
        return 1.0 - regularized_beta(beta, alpha, 1.0 - x);
    }
    let log_front = libm::lgamma(alpha + beta) - libm::lgamma(alpha) - libm::lgamma(beta)
        + alpha * libm::log(x)
        + beta * libm::log1p(-x);
    let guard = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut upper = 1.0;
    let mut lower = 1.0 / guard(1.0 - (alpha + beta) * x / (alpha + 1.0));
    let mut fraction = lower;
    for step in 1..10_000 {
        let m = f64::from(step);
        let even = m * (beta - m) * x / ((alpha + 2.0 * m - 1.0) * (alpha + 2.0 * m));
        lower = 1.0 / guard(1.0 + even * lower);
        upper = guard(1.0 + even / upper);
        fraction *= lower * upper;
        let odd =
            -(alpha + m) * (alpha + beta + m) * x / ((alpha + 2.0 * m) * (alpha + 2.0 * m + 1.0));
        lower = 1.0 / guard(1.0 + odd * lower);
        upper = guard(1.0 + odd / upper);
        let change = lower * upper;
        fraction *= change;
        if (change - 1.0).abs() < 1e-14 {
            break;
        }
    }
    libm::exp(log_front) * fraction / alpha
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_agree_with_published_values() {
        // One-sided 95 %: the rule of three, and 1 - 0.05^(1/n).
        assert!((upper_bound(0, 100, 0.95) - 0.029_513).abs() < 1e-5);
        // Clopper-Pearson, two-sided 95 % for 10 of 100: 0.04900 to 0.17622.
        assert!((upper_bound(10, 100, 0.975) - 0.176_22).abs() < 1e-4);
        assert!((lower_bound(10, 100, 0.975) - 0.049_00).abs() < 1e-4);
        assert_eq!(
            (lower_bound(0, 10, 0.95), upper_bound(10, 10, 0.95)),
            (0.0, 1.0)
        );
    }

    #[test]
    fn at_most_73_of_9600_certify_a_p99() {
        // At 99 % confidence, as MLPerf's rules have it.
        assert!(upper_bound(73, 9_600, 0.99) <= 0.01);
        assert!(upper_bound(74, 9_600, 0.99) > 0.01);
    }
}
