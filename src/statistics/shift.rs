//! How far one sample lies from another.

/// The Hodges-Lehmann estimate of the shift: the median of all differences `candidate - base`, in the
/// unit of the samples. Nothing if either is empty.
///
/// The differences are never written down: those up to a bound are counted in one pass over the sorted
/// samples, and the bound is found by bisection over all floating-point numbers, so it is exact.
pub fn hodges_lehmann(base: &[f64], candidate: &[f64]) -> Option<f64> {
    let (mut base, mut candidate) = (base.to_vec(), candidate.to_vec());
    base.sort_by(f64::total_cmp);
    candidate.sort_by(f64::total_cmp);
    let pairs = base.len().checked_mul(candidate.len())?;
    if pairs == 0 {
        return None;
    }
    let upper = nth(&base, &candidate, pairs / 2);
    Some(if pairs.is_multiple_of(2) {
        f64::midpoint(nth(&base, &candidate, pairs / 2 - 1), upper)
    } else {
        upper
    })
}

/// The difference that has exactly `rank` smaller ones, counted with their multiplicity.
fn nth(base: &[f64], candidate: &[f64], rank: usize) -> f64 {
    let (mut low, mut high) = (ordered(f64::NEG_INFINITY), ordered(f64::INFINITY));
    while low < high {
        let middle = low + (high - low) / 2;
        if count_up_to(base, candidate, number(middle)) > rank {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    number(low)
}

/// How many differences are at most this large.
fn count_up_to(base: &[f64], candidate: &[f64], bound: f64) -> usize {
    // The larger the base, the more candidates are near enough.
    let mut near = 0;
    base.iter()
        .map(|base| {
            while candidate
                .get(near)
                .is_some_and(|value| value - base <= bound)
            {
                near += 1;
            }
            near
        })
        .sum()
}

/// An integer for each number, in the same order.
fn ordered(number: f64) -> u64 {
    let bits = number.to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | (1 << 63)
    }
}

fn number(ordered: u64) -> f64 {
    f64::from_bits(if ordered >> 63 == 1 {
        ordered & !(1 << 63)
    } else {
        !ordered
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::median;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_median_of_all_differences(
            base in prop::collection::vec(-1e6..1e6_f64, 1..12),
            candidate in prop::collection::vec(-1e6..1e6_f64, 1..12),
        ) {
            let all: Vec<f64> = base
                .iter()
                .flat_map(|base| candidate.iter().map(move |candidate| candidate - base))
                .collect();
            prop_assert_eq!(hodges_lehmann(&base, &candidate), median(&all));
        }
    }

    #[test]
    fn nothing_has_no_shift() {
        assert_eq!(hodges_lehmann(&[], &[1.0]), None);
        assert_eq!(hodges_lehmann(&[1.0], &[]), None);
    }
}
