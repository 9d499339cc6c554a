#![expect(
    clippy::cast_precision_loss,
    reason = "the numbers of these tests are small"
)]

use super::*;
use crate::clock::{SECOND, seconds};

fn poisson(rate: f64, limit: Limit) -> Schedule {
    Schedule::steady(Gaps::Exponential, rate, limit, 7, 0)
}

fn gaps_of(schedule: &Schedule) -> Vec<f64> {
    let instants: Vec<Nanos> = schedule.instants().collect();
    instants
        .windows(2)
        .map(|pair| seconds(pair[1] - pair[0]))
        .collect()
}

fn mean_and_variation(gaps: &[f64]) -> (f64, f64) {
    let n = gaps.len() as f64;
    let mean = gaps.iter().sum::<f64>() / n;
    let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt() / mean)
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    // Golden values: a change here breaks the comparison with every earlier result.
    let summary = poisson(160.0, Limit::Seconds(60.0)).summary();
    assert_eq!((summary.requests, summary.end), (9512, 60 * SECOND));
    assert_eq!(
        summary.sha256,
        "7170c1e7dec1c268eb2a277283081d71b51a7b5de2079571fefe526a0fb5383d"
    );
    let gamma = Schedule::steady(
        Gaps::Gamma { shape: 0.5 },
        100.0,
        Limit::Requests(1000),
        7,
        1,
    )
    .summary();
    assert_eq!(
        gamma.sha256,
        "dcd20e0ae40feeedcb10ed9d2b96a1411d20cbb82818404fc513a4d3452a801a"
    );
}

#[test]
fn seeds_and_repetitions_differ() {
    let base = poisson(160.0, Limit::Requests(100));
    let hash = base.summary().sha256;
    assert_ne!(
        hash,
        Schedule {
            seed: 8,
            ..base.clone()
        }
        .summary()
        .sha256
    );
    assert_ne!(
        hash,
        Schedule {
            repetition: 1,
            ..base
        }
        .summary()
        .sha256
    );
}

#[test]
fn constant_gaps_are_constant() {
    let schedule = Schedule::steady(Gaps::Constant, 1000.0, Limit::Seconds(1.0), 7, 0);
    let instants: Vec<Nanos> = schedule.instants().collect();
    assert_eq!(instants.len(), 1000);
    assert_eq!((instants[0], instants[999]), (0, 999_000_000));
}

#[test]
fn random_gaps_have_their_laws_moments() {
    // The coefficient of variation of a gamma law is 1 / sqrt(shape).
    for (gaps, variation) in [
        (Gaps::Exponential, 1.0),
        (Gaps::Gamma { shape: 0.25 }, 2.0),
        (Gaps::Gamma { shape: 4.0 }, 0.5),
    ] {
        let schedule = Schedule::steady(gaps, 500.0, Limit::Requests(200_000), 7, 0);
        let (mean, measured) = mean_and_variation(&gaps_of(&schedule));
        assert!((mean * 500.0 - 1.0).abs() < 0.02, "{gaps:?}: mean {mean}");
        assert!(
            (measured / variation - 1.0).abs() < 0.02,
            "{gaps:?}: variation {measured}"
        );
    }
}

#[test]
fn exponential_gaps_pass_a_kolmogorov_smirnov_test() {
    let mut gaps = gaps_of(&poisson(1.0, Limit::Requests(100_001)));
    gaps.sort_by(f64::total_cmp);
    let n = gaps.len() as f64;
    let distance = gaps
        .iter()
        .enumerate()
        .map(|(index, gap)| ((1.0 - (-gap).exp()) - index as f64 / n).abs())
        .fold(0.0, f64::max);
    assert!(distance < 1.63 / n.sqrt(), "D = {distance}");
}

#[test]
fn stages_follow_their_rates() {
    let schedule = Schedule {
        profile: Profile::new(vec![
            Segment {
                seconds: 10.0,
                from: 0.0,
                to: 100.0,
            },
            Segment {
                seconds: 5.0,
                from: 100.0,
                to: 100.0,
            },
            Segment {
                seconds: 5.0,
                from: 0.0,
                to: 0.0,
            },
            Segment {
                seconds: 1.0,
                from: 1000.0,
                to: 1000.0,
            },
        ]),
        ..Schedule::steady(Gaps::Constant, 1.0, Limit::Seconds(1.0), 7, 0)
    };
    let instants: Vec<f64> = schedule.instants().map(seconds).collect();
    let between = |from: f64, to: f64| {
        instants
            .iter()
            .filter(|at| (from..to).contains(*at))
            .count()
    };
    assert_eq!(between(0.0, 5.0), 125);
    assert_eq!(between(0.0, 10.0), 500);
    assert_eq!(between(10.0, 15.0), 500);
    assert_eq!(between(15.0, 20.0), 0);
    assert_eq!(between(20.0, 21.0), 1000);
    assert_eq!(schedule.summary().end, 21 * SECOND);
}

#[test]
fn shares_cover_a_schedule_without_overlap() {
    for workers in 1..6 {
        for total in [0, 1, 4, 5, 17] {
            let shares: Vec<Share> = (0..workers)
                .map(|worker| Share::new(workers, worker).unwrap())
                .collect();
            assert_eq!(
                shares.iter().map(|share| share.of(total)).sum::<u64>(),
                total
            );
            for number in 0..total {
                assert_eq!(shares.iter().filter(|share| share.holds(number)).count(), 1);
            }
        }
    }
    assert_eq!(Share::new(2, 2), None);
}
