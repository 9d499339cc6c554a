//! Statistics against known answers by scipy, statsmodels and another HDR implementation:
//! `tests/oracles/statistics/reference.py` says how they were made, with versions.
#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on ends by panicking"
)]

use serde::Deserialize;
use xbench::results::Histogram;
use xbench::statistics::{
    Stream, Summary, hodges_lehmann, holm, interval_coverage, mann_whitney, ratio_interval,
    welch_above,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    mann_whitney: Vec<Test>,
    shifts: Vec<Location>,
    summaries: Vec<Sample>,
    holm: Vec<Holm>,
    welch: Vec<Above>,
    intervals: Vec<Bootstrap>,
    histograms: Vec<Merged>,
}

#[derive(Deserialize)]
struct Test {
    base: Vec<f64>,
    candidate: Vec<f64>,
    p: f64,
    by: String,
}

#[derive(Deserialize)]
struct Location {
    base: Vec<f64>,
    candidate: Vec<f64>,
    shift: f64,
}

#[derive(Deserialize)]
struct Sample {
    values: Vec<f64>,
    median: f64,
    mean: f64,
    deviation: f64,
}

#[derive(Deserialize)]
struct Above {
    lower: Vec<f64>,
    higher: Vec<f64>,
    p: f64,
}

#[derive(Deserialize)]
struct Holm {
    p: Vec<f64>,
    adjusted: Vec<f64>,
}

#[derive(Deserialize)]
struct Bootstrap {
    base: Vec<f64>,
    candidate: Vec<f64>,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Merged {
    encoded: Vec<String>,
    count: u64,
    quantiles_milliseconds: Vec<(f64, f64)>,
}

fn known() -> Known {
    serde_json::from_str(include_str!("data/statistics.json")).expect("the known answers are JSON")
}

/// Fails unless two numbers agree to a relative error.
#[track_caller]
fn agrees(found: f64, wanted: f64, error: f64) {
    let distance = (found - wanted).abs();
    assert!(
        distance <= error * wanted.abs().max(1e-300),
        "{found} is not {wanted}"
    );
}

#[test]
fn rank_tests_agree_with_and_without_ties() {
    for test in known().mann_whitney {
        let p = mann_whitney(&test.base, &test.candidate).expect("neither side is empty");
        assert!(
            (p - test.p).abs() < 1e-9,
            "{}: {p} is not {}",
            test.by,
            test.p
        );
    }
}

#[test]
fn three_against_three_cannot_be_significant() {
    let p = mann_whitney(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]).expect("neither side is empty");
    agrees(p, 0.1, 1e-12);
    let p =
        mann_whitney(&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0, 8.0]).expect("neither side is empty");
    agrees(p, 2.0 / 70.0, 1e-12);
}

#[test]
fn shifts_and_summaries_agree() {
    for known in known().shifts {
        let shift = hodges_lehmann(&known.base, &known.candidate).expect("neither side is empty");
        agrees(shift, known.shift, 1e-9);
    }
    for known in known().summaries {
        let summary = Summary::of(&known.values).expect("it is not empty");
        agrees(summary.median, known.median, 1e-12);
        agrees(summary.mean, known.mean, 1e-12);
        agrees(summary.deviation, known.deviation, 1e-9);
    }
}

#[test]
fn tests_of_means_agree() {
    for known in known().welch {
        let p = welch_above(&known.lower, &known.higher).expect("several values");
        agrees(p, known.p, 1e-7);
    }
    assert_eq!(welch_above(&[1.0, 1.0], &[2.0, 2.0]), Some(0.0));
    assert_eq!(welch_above(&[0.0, 1.0], &[2.0, 2.0]), None);
}

#[test]
fn corrections_for_many_tests_agree() {
    for known in known().holm {
        for (found, wanted) in holm(&known.p).iter().zip(&known.adjusted) {
            agrees(*found, *wanted, 1e-12);
        }
    }
}

#[test]
fn intervals_agree_with_another_bootstrap() {
    for known in known().intervals {
        let stream = Stream { seed: 1, number: 2 };
        let found = ratio_interval(&known.base, &known.candidate, stream).expect("several values");
        // Another generator and ten times the resamples.
        agrees(found.low, known.low, 0.004);
        agrees(found.high, known.high, 0.004);
        let again = ratio_interval(&known.base, &known.candidate, stream);
        assert_eq!(again, Some(found), "a seed gives the same interval again");
    }
}

#[test]
fn quantiles_of_merged_histograms_are_those_of_all_durations() {
    for known in known().histograms {
        let parts: Vec<Histogram> = known
            .encoded
            .iter()
            .map(|text| Histogram::decode(text).expect("another implementation wrote it"))
            .collect();
        let merged = Histogram::merged(&parts);
        assert_eq!(merged.count(), known.count);
        for (quantile, wanted) in known.quantiles_milliseconds {
            let found = merged.quantile(quantile).expect("it is not empty");
            agrees(found, wanted, 1e-3);
        }
    }
}

#[test]
fn what_has_no_ratio_has_no_interval() {
    let stream = Stream { seed: 1, number: 2 };
    assert_eq!(ratio_interval(&[1.0], &[1.0, 2.0], stream), None);
    assert_eq!(ratio_interval(&[0.0, 1.0], &[1.0, 2.0], stream), None);
    assert_eq!(mann_whitney(&[], &[1.0]), None);
    assert_eq!(Summary::of(&[]), None);
    let same = mann_whitney(&[1.0; 70], &[1.0; 70]);
    assert_eq!(same, Some(1.0));
}

/// Draws that are as good as even between 0 and 1, from a seed.
fn even(state: &mut u64) -> f64 {
    // The generator of L'Ecuyer and Steele: the upper bits of a multiplied counter, mixed.
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let upper = u32::try_from((mixed ^ (mixed >> 31)) >> 32).expect("32 bits");
    (f64::from(upper) + 0.5) / 4_294_967_296.0
}

#[test]
fn intervals_of_three_runs_hold_ninety_percent_and_of_more_enough() {
    const SEEDS: u32 = 1_000;
    let mut state = 7;
    for (runs, least, most) in [(3_usize, 0.08, 0.12), (4, 0.02, 0.045), (5, 0.002, 0.02)] {
        let mut missed = 0_u32;
        for seed in 0..SEEDS {
            let mut sample = || -> Vec<f64> {
                let one = || 100.0 + (0..12).map(|_| even(&mut state)).sum::<f64>();
                std::iter::repeat_with(one).take(runs).collect()
            };
            let (base, candidate) = (sample(), sample());
            let stream = Stream {
                seed: u64::from(seed),
                number: 1,
            };
            let interval = ratio_interval(&base, &candidate, stream).expect("several values");
            missed += u32::from(!interval.holds(1.0));
        }
        let part = f64::from(missed) / f64::from(SEEDS);
        println!("{runs} runs: {part} missed");
        assert!((least..=most).contains(&part), "{runs} runs: {part}");
    }
    agrees(interval_coverage(3, 3).expect("too few"), 0.9, 1e-12);
    agrees(interval_coverage(2, 3).expect("too few"), 0.8, 1e-12);
    assert_eq!(interval_coverage(3, 5), None);
    assert_eq!(interval_coverage(4, 4), None);
}
