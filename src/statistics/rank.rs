//! Whether two samples come from one distribution.

use statrs::distribution::{ContinuousCDF, Normal};

/// The most values in all for which the distribution is counted out.
const EXACT: usize = 60;

/// The two-sided p-value of the Mann-Whitney test; nothing if either sample is empty.
///
/// Up to `EXACT` values it is exact, with ties too: all ways of choosing the candidate's ranks from the
/// midranks are counted, and the p-value is twice the smaller tail. Beyond, the normal approximation with
/// corrections for ties and continuity.
pub fn mann_whitney(base: &[f64], candidate: &[f64]) -> Option<f64> {
    if base.is_empty() || candidate.is_empty() {
        return None;
    }
    let ranks = doubled_midranks(base, candidate);
    if ranks.len() <= EXACT {
        Some(exact(&ranks, candidate.len()))
    } else {
        Some(approximate(&ranks, candidate.len()))
    }
}

/// Twice the rank of each value among all, candidates first: whole numbers even for ties.
fn doubled_midranks(base: &[f64], candidate: &[f64]) -> Vec<usize> {
    let all: Vec<f64> = candidate.iter().chain(base).copied().collect();
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|one, other| all[*one].total_cmp(&all[*other]));
    let mut ranks = vec![0; all.len()];
    let mut start = 0;
    while start < order.len() {
        let value = all[order[start]];
        let same = order[start..]
            .iter()
            .take_while(|index| all[**index] <= value)
            .count();
        for index in &order[start..start + same] {
            // The mean of the ranks start + 1 ..= start + same, doubled.
            ranks[*index] = 2 * start + same + 1;
        }
        start += same;
    }
    ranks
}

/// Counts the choices of `chosen` ranks by their sum. Counts below 2^57 are near enough in a double.
fn exact(ranks: &[usize], chosen: usize) -> f64 {
    let observed: usize = ranks.iter().take(chosen).sum();
    let largest: usize = ranks.iter().sum();
    // ways[k][s]: how many choices of k ranks have the sum s.
    let mut ways = vec![vec![0.0_f64; largest + 1]; chosen + 1];
    ways[0][0] = 1.0;
    for (seen, rank) in ranks.iter().enumerate() {
        for count in (1..=chosen.min(seen + 1)).rev() {
            for sum in (*rank..=largest).rev() {
                let more = ways[count - 1][sum - rank];
                ways[count][sum] += more;
            }
        }
    }
    let all: f64 = ways[chosen].iter().sum();
    let low: f64 = ways[chosen][..=observed].iter().sum();
    let high: f64 = ways[chosen][observed..].iter().sum();
    (2.0 * low.min(high) / all).min(1.0)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "samples are far smaller than 2^53"
)]
fn approximate(ranks: &[usize], chosen: usize) -> f64 {
    let all = ranks.len() as f64;
    let (candidates, bases) = (chosen as f64, all - chosen as f64);
    let sum = ranks.iter().take(chosen).sum::<usize>() as f64 / 2.0;
    let statistic = sum - candidates * (candidates + 1.0) / 2.0;
    let mean = candidates * bases / 2.0;
    let mut sorted = ranks.to_vec();
    sorted.sort_unstable();
    let ties: f64 = sorted
        .chunk_by(|one, other| one == other)
        .map(|tied| {
            let size = tied.len() as f64;
            size.powi(3) - size
        })
        .sum();
    let variance = candidates * bases / 12.0 * ((all + 1.0) - ties / (all * (all - 1.0)));
    if variance <= 0.0 {
        return 1.0;
    }
    let distance = ((statistic - mean).abs() - 0.5).max(0.0) / variance.sqrt();
    (2.0 * Normal::standard().cdf(-distance)).min(1.0)
}
