//! Planted truths: what a comparison says of simulated pairs whose difference is known, over 200 seeds.
//!
//! Each side has three runs, as the shipped profiles make them, of 400 requests each; speed varies by 2 %
//! from run to run.
#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on ends by panicking"
)]

use std::thread;
use xbench::compare::{Comparison, Group, Metric, Overall, Policy, ScoreStatus, Verdict, compare};
use xbench::results::Decoder;
use xbench_scenario::Simulated;

const SEEDS: u64 = 200;

fn group(name: &str, simulated: &Simulated) -> Group {
    let decoder = Decoder::default();
    let measurements = (0..3).flat_map(|number| {
        let one = Simulated {
            number,
            ..simulated.clone()
        };
        decoder
            .decode(name, one.text().as_bytes())
            .expect("a simulated result is valid")
    });
    Group {
        name: name.to_owned(),
        measurements: measurements.collect(),
    }
}

/// Both sides of a seed: the candidate is so fast, and its scores drift so far.
fn compared(number: u64, speed: f64, drift: f64) -> Comparison {
    simulated(
        &Simulated {
            requests: 400,
            ..Simulated::default()
        },
        number,
        speed,
        drift,
    )
}

fn simulated(like: &Simulated, number: u64, speed: f64, drift: f64) -> Comparison {
    let base = Simulated {
        seed: 2 * number,
        ..like.clone()
    };
    let candidate = Simulated {
        seed: 2 * number + 1,
        speed,
        drift,
        ..base.clone()
    };
    let policy = Policy::default();
    compare(
        &group("base", &base),
        &group("candidate", &candidate),
        &policy,
        &[],
    )
    .expect("the sides can be compared")
}

/// For how many of the first seeds something holds.
fn count(seeds: u64, holds: impl Fn(u64) -> bool + Sync) -> usize {
    let threads: u64 = thread::available_parallelism().map_or(1, |number| number.get() as u64);
    let holds = &holds;
    thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|part| {
                scope.spawn(move || {
                    (0..seeds)
                        .filter(|seed| seed % threads == part && holds(*seed))
                        .count()
                })
            })
            .collect();
        parts
            .into_iter()
            .map(|part| part.join().expect("it does not panic"))
            .sum()
    })
}

fn throughput(comparison: &Comparison) -> Option<Verdict> {
    let metric = comparison.points.first()?.metric(Metric::Throughput)?;
    Some(metric.gate?.verdict)
}

#[test]
fn no_difference_fails_in_at_most_one_case_in_twenty() {
    let failed = count(SEEDS, |seed| {
        compared(seed, 1.0, 0.0).overall == Overall::Fail
    });
    println!("no difference: {failed} of {SEEDS} failed");
    assert!(failed <= 10, "{failed} of {SEEDS}");
}

#[test]
fn many_unsteady_points_without_a_difference_do_not_fail_more_often() {
    // Fewer seeds: each is four comparisons.
    let seeds = 60;
    let unsteady = Simulated {
        spread: 0.1,
        requests: 30,
        concurrency: vec![1, 2, 4, 8],
        ..Simulated::default()
    };
    let fails = |seed| simulated(&unsteady, seed, 1.0, 0.0).overall == Overall::Fail;
    let failed = count(seeds, fails);
    println!("no difference at four unsteady points: {failed} of {seeds} failed");
    assert!(failed <= 3, "{failed} of {seeds}");
}

#[test]
fn a_loss_of_fifteen_percent_is_caught_in_nineteen_cases_of_twenty() {
    let caught = count(SEEDS, |seed| {
        throughput(&compared(seed, 0.85, 0.0)) == Some(Verdict::Fail)
    });
    println!("15 % lost: {caught} of {SEEDS} caught");
    assert!(caught >= 190, "{caught} of {SEEDS}");
}

#[test]
fn a_drift_of_one_score_is_always_caught() {
    let caught = count(SEEDS, |seed| {
        let few = Simulated {
            requests: 20,
            ..Simulated::default()
        };
        let comparison = simulated(&few, seed, 1.0, 0.05);
        comparison.overall == Overall::Fail && comparison.correctness.status == ScoreStatus::Fail
    });
    assert_eq!(caught, 200);
}
