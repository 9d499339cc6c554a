//! Where a series of results changes.
//!
//! The method is that of Hunter (now Apache Otava), Fleming et al. (2023), `Hunter: Using Change Point
//! Detection to Hunt for Performance Regressions`, arXiv 2301.03034: E-divisive means, Matteson and James
//! (2014), `A Nonparametric Approach for Multiple Change Point Analysis of Multivariate Data`, in windows
//! that overlap by half, Student's t-test in place of permutations, and then a merge that takes the weakest
//! change away until all are strong. It needs no random numbers.
//!
//! Two things are other than in Otava 0.8.0. The t-test is given sample deviations (`n - 1`), as it asks for:
//! population deviations make short segments look more certain than they are. And when a change is taken away,
//! both its neighbours are tested again, with their longer segments; Otava leaves out the one before it.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// How sure and how large a change has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sensitivity {
    /// Values looked at together; at least 2.
    pub window: usize,
    /// The largest p-value of the t-test between the segments on both sides.
    pub most_p_value: f64,
    /// The smallest change of the mean, as a fraction.
    pub least_change: f64,
}

impl Default for Sensitivity {
    fn default() -> Self {
        Self {
            window: 50,
            most_p_value: 0.001,
            least_change: 0.01,
        }
    }
}

/// A change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePoint {
    /// Index of the first value after it.
    pub index: usize,
    /// Mean of the segment before it.
    pub before: f64,
    /// Mean of the segment after it.
    pub after: f64,
    /// p-value of the t-test between the segments.
    pub p_value: f64,
}

impl ChangePoint {
    /// The larger of the relative changes seen from either side.
    pub fn magnitude(&self) -> f64 {
        let relative = |from: f64, to: f64| {
            if from == 0.0 {
                0.0
            } else {
                (to / from - 1.0).abs()
            }
        };
        relative(self.before, self.after).max(relative(self.after, self.before))
    }
}

/// The changes in a series of finite values, in their order.
pub fn change_points(values: &[f64], sensitivity: Sensitivity) -> Vec<ChangePoint> {
    merged(values, weak(values, sensitivity), sensitivity)
}

/// Candidates from windows that overlap, at ten times the p-value.
fn weak(values: &[f64], sensitivity: Sensitivity) -> Vec<usize> {
    let window = sensitivity.window.max(2);
    let relaxed = (sensitivity.most_p_value * 10.0).min(0.5);
    let mut found = Vec::new();
    let mut start = 0;
    while start < values.len() {
        let end = (start + window).min(values.len());
        let new = divided(&values[start..end], relaxed);
        let last = new.last().map_or(0, |index| start + index);
        found.extend(new.into_iter().map(|index| start + index));
        start = last.max(start + window / 2);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Divides a window as long as the best division is significant.
fn divided(values: &[f64], most_p_value: f64) -> Vec<usize> {
    let mut bounds = vec![0, values.len()];
    let mut candidates: Vec<Option<(f64, usize)>> = vec![candidate(values, 0, values.len())];
    loop {
        let mut best: Option<(usize, f64, usize)> = None;
        for (segment, found) in candidates.iter().enumerate() {
            if let Some((divergence, index)) = *found
                && best.is_none_or(|(_, most, _)| divergence > most)
            {
                best = Some((segment, divergence, index));
            }
        }
        let Some((segment, _, index)) = best else {
            break;
        };
        let (from, to) = (bounds[segment], bounds[segment + 1]);
        if compared(values, from, index, to).p_value > most_p_value {
            break;
        }
        bounds.insert(segment + 1, index);
        candidates[segment] = candidate(values, from, index);
        candidates.insert(segment + 1, candidate(values, index, to));
    }
    bounds[1..bounds.len() - 1].to_vec()
}

/// The division of a segment with the largest divergence: of all `from < tau < kappa <= to`, that between
/// `from..tau` and `tau..kappa`.
#[expect(clippy::cast_precision_loss, reason = "windows are short")]
fn candidate(values: &[f64], from: usize, to: usize) -> Option<(f64, usize)> {
    let values = &values[from..to];
    let count = values.len();
    if count < 2 {
        return None;
    }
    // sums[j][t]: distances from value j to the first t values.
    let sums: Vec<Vec<f64>> = values
        .iter()
        .map(|one| {
            let mut sum = 0.0;
            let mut row = Vec::with_capacity(count + 1);
            row.push(0.0);
            for other in values {
                sum += (one - other).abs();
                row.push(sum);
            }
            row
        })
        .collect();
    let mut best: Option<(f64, usize)> = None;
    let mut within_left = 0.0;
    for tau in 1..count {
        within_left += sums[tau - 1][tau - 1];
        let (mut between, mut within_right) = (0.0, 0.0);
        for (last, sums) in sums.iter().enumerate().skip(tau) {
            between += sums[tau];
            within_right += sums[last] - sums[tau];
            let (left, right) = (tau as f64, (last + 1 - tau) as f64);
            let all = left + right;
            let mut divergence = 2.0 / all * between;
            if tau > 1 {
                divergence -= 2.0 * right / all / (left - 1.0) * within_left;
            }
            if last > tau {
                divergence -= 2.0 * left / all / (right - 1.0) * within_right;
            }
            if best.is_none_or(|(most, _)| divergence > most) {
                best = Some((divergence, from + tau));
            }
        }
    }
    best
}

/// Takes the weakest change away until all are significant and large enough.
fn merged(values: &[f64], indexes: Vec<usize>, sensitivity: Sensitivity) -> Vec<ChangePoint> {
    let mut indexes = indexes;
    let at = |indexes: &[usize], which: usize| {
        let from = which.checked_sub(1).map_or(0, |before| indexes[before]);
        let to = indexes.get(which + 1).copied().unwrap_or(values.len());
        compared(values, from, indexes[which], to)
    };
    let mut found: Vec<ChangePoint> = (0..indexes.len())
        .map(|which| at(&indexes, which))
        .collect();
    while !found.is_empty() {
        let least_certain = most_by(&found, |point| point.p_value);
        let remove = if found[least_certain].p_value >= sensitivity.most_p_value {
            least_certain
        } else {
            let smallest = most_by(&found, |point| -point.magnitude());
            if found[smallest].magnitude() > sensitivity.least_change {
                break;
            }
            smallest
        };
        found.remove(remove);
        indexes.remove(remove);
        // Its neighbours have longer segments now.
        for neighbour in [remove.checked_sub(1), Some(remove)].into_iter().flatten() {
            if neighbour < found.len() {
                found[neighbour] = at(&indexes, neighbour);
            }
        }
    }
    found
}

/// Index of the first of the largest.
fn most_by(points: &[ChangePoint], value: impl Fn(&ChangePoint) -> f64) -> usize {
    let mut best = 0;
    for (index, point) in points.iter().enumerate() {
        if value(point) > value(&points[best]) {
            best = index;
        }
    }
    best
}

/// Student's two-sided t-test, with one variance for both segments.
#[expect(
    clippy::cast_precision_loss,
    reason = "series are far shorter than 2^53"
)]
fn compared(values: &[f64], from: usize, index: usize, to: usize) -> ChangePoint {
    let (left, right) = (&values[from..index], &values[index..to]);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let (before, after) = (mean(left), mean(right));
    let squares =
        |part: &[f64], mean: f64| -> f64 { part.iter().map(|value| (value - mean).powi(2)).sum() };
    let freedom = (left.len() + right.len()) as f64 - 2.0;
    let p_value = if freedom < 1.0 {
        1.0
    } else {
        let variance = (squares(left, before) + squares(right, after)) / freedom;
        let error = (variance * (1.0 / left.len() as f64 + 1.0 / right.len() as f64)).sqrt();
        let statistic = (before - after).abs() / error;
        if statistic.is_nan() {
            1.0
        } else if statistic.is_infinite() {
            0.0
        } else {
            StudentsT::new(0.0, 1.0, freedom).map_or(1.0, |curve| 2.0 * curve.cdf(-statistic))
        }
    };
    ChangePoint {
        index,
        before,
        after,
        p_value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};
    use serde_json::Value;

    /// Noise of 3 % around levels, each so many values long; normal by the sum of twelve.
    fn series(seed: u64, levels: &[(f64, usize)]) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut normal = move || {
            let sum: f64 = (0..12)
                .map(|_| f64::from(random.next_u32()) / f64::from(u32::MAX))
                .sum();
            sum - 6.0
        };
        levels
            .iter()
            .flat_map(|(level, count)| std::iter::repeat_n(*level, *count))
            .map(|level| level * (1.0 + 0.03 * normal()))
            .collect()
    }

    fn found(values: &[f64]) -> Vec<usize> {
        change_points(values, Sensitivity::default())
            .iter()
            .map(|point| point.index)
            .collect()
    }

    #[test]
    fn it_finds_what_an_independent_implementation_finds() {
        let text = include_str!("../../tests/data/change-points.json");
        let cases: Value = serde_json::from_str(text).expect("JSON");
        let cases = cases["cases"].as_array().expect("cases");
        assert!(cases.len() >= 20);
        let mut changes = 0;
        for case in cases {
            let numbers = |value: &Value| -> Vec<f64> {
                let all = value.as_array().expect("an array");
                all.iter().filter_map(Value::as_f64).collect()
            };
            let sensitivity = Sensitivity {
                window: 50,
                most_p_value: case["maxPValue"].as_f64().expect("a number"),
                least_change: case["minMagnitude"].as_f64().expect("a number"),
            };
            let points = change_points(&numbers(&case["values"]), sensitivity);
            let expected = case["points"].as_array().expect("points");
            let name = &case["name"];
            assert_eq!(points.len(), expected.len(), "{name}");
            for (point, expected) in points.iter().zip(expected) {
                changes += 1;
                assert_eq!(
                    Some(point.index as u64),
                    expected["index"].as_u64(),
                    "{name}"
                );
                for (value, key) in [
                    (point.before, "before"),
                    (point.after, "after"),
                    (point.p_value, "pValue"),
                ] {
                    let other = expected[key].as_f64().expect("a number");
                    let near = (value - other).abs() <= 1e-8 * other.abs().max(1e-9);
                    assert!(near, "{name} {key}: {value} against {other}");
                }
            }
        }
        assert!(changes >= 20, "only {changes} changes");
    }

    #[test]
    fn flat_noise_has_a_change_in_at_most_five_of_a_hundred_series() {
        let seeds = 1_000;
        let wrong = (0..seeds)
            .filter(|seed| !found(&series(*seed, &[(100.0, 60)])).is_empty())
            .count();
        assert!(wrong <= 50, "{wrong} of {seeds}");
    }

    #[test]
    fn a_loss_of_ten_percent_is_found_where_it_is() {
        let seeds = 200;
        let right = (0..seeds)
            .filter(|seed| {
                let points = found(&series(*seed, &[(100.0, 30), (90.0, 15)]));
                points.iter().any(|index| (29..=31).contains(index))
            })
            .count();
        assert!(right >= 190, "{right} of {seeds}");
    }

    #[test]
    fn short_and_constant_series_have_none() {
        for length in 0..5 {
            assert_eq!(found(&vec![7.1; length]), Vec::<usize>::new());
        }
        assert_eq!(found(&[0.1; 200]), Vec::<usize>::new());
        assert_eq!(found(&[0.0; 20]), Vec::<usize>::new());
        assert_eq!(found(&[1.0, 2.0]), Vec::<usize>::new());
    }

    #[test]
    fn steps_without_noise_are_found() {
        let mut values = vec![10.0; 40];
        values.extend([12.0; 40]);
        values.extend([9.0; 70]);
        assert_eq!(found(&values), [40, 80]);
    }
}
