//! The measurement in virtual time: hours of load, no socket, exact expectations.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the numbers of these tests are small"
)]

use super::*;
use crate::clock::{MILLISECOND, Nanos, SECOND, milliseconds, nanos};
use crate::config::{Limit, Warmup};
use crate::failure::{Class, Failure};
use crate::schedule::{Gaps, Schedule, Share};
use crate::simulate::{Law, Stall};
use crate::transport::Transport;
use crate::transport::virtual_time::{Answer, Server, Virtual};
use crate::workload::{Bodies, replay};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::cell::Cell;
use std::sync::Arc;

const GOOD: &[u8] = br#"{"scores":[[0.25,0.75]]}"#;

fn bodies() -> Bodies {
    replay(r#"{"query":[1],"items":[[2]],"label_token_ids":[3,4],"apply_softmax":true}"#).unwrap()
}

fn good(latency: Nanos) -> Answer {
    Answer {
        latency,
        outcome: Ok(Arc::from(GOOD)),
    }
}

fn bad(class: Class, latency: Nanos) -> Answer {
    Answer {
        latency,
        outcome: Err(Failure::new(class, "simulated")),
    }
}

fn options(open_loop: bool, duration: Nanos, stop: &dyn Fn() -> bool) -> RecorderOptions<'_> {
    RecorderOptions {
        start: 0,
        duration,
        open_loop,
        tolerated_send_error: MILLISECOND,
        interval: 10 * SECOND,
        sizes: &|_| (1, 2),
        stop,
        log: None,
        progress: None,
    }
}

fn never() -> bool {
    false
}

struct Open {
    schedule: Schedule,
    cap: u32,
    share: Share,
}

impl Open {
    fn poisson(rate: f64, limit: Limit) -> Self {
        Self {
            schedule: Schedule::steady(Gaps::Exponential, rate, limit, 7, 0),
            cap: 1_000_000,
            share: Share::WHOLE,
        }
    }

    fn run(&self, server: impl Server) -> (Recorder<'static>, Ending) {
        self.run_until(server, &never)
    }

    fn run_until<'a>(
        &self,
        server: impl Server,
        stop: &'a dyn Fn() -> bool,
    ) -> (Recorder<'a>, Ending) {
        let summary = self.schedule.summary();
        let mut recorder = Recorder::new(options(true, summary.end, stop));
        let plan = Plan::Open {
            schedule: &self.schedule,
            requests: summary.requests,
            duration: summary.end,
            max_in_flight: self.cap,
        };
        let bodies = bodies();
        let run = Run {
            bodies: &bodies,
            plan,
            share: self.share,
            start: 0,
        };
        let ending = drive(&mut Virtual::new(server), &run, &mut recorder);
        (recorder, ending)
    }
}

fn closed(
    concurrency: u32,
    requests: u64,
    duration: Nanos,
    server: impl Server,
) -> (Recorder<'static>, Ending) {
    let mut recorder = Recorder::new(options(false, duration, &never));
    let bodies = bodies();
    let plan = Plan::Closed {
        concurrency,
        requests,
        duration,
    };
    let run = Run {
        bodies: &bodies,
        plan,
        share: Share::WHOLE,
        start: 0,
    };
    let ending = drive(&mut Virtual::new(server), &run, &mut recorder);
    (recorder, ending)
}

fn close_to(measured: Nanos, exact: f64, tolerance: f64, what: &str) {
    let measured = milliseconds(measured);
    assert!(
        (measured / exact - 1.0).abs() <= tolerance,
        "{what}: {measured} ms instead of {exact} ms"
    );
}

#[test]
fn a_constant_law_is_reported_exactly() {
    let (recorder, ending) =
        Open::poisson(1000.0, Limit::Requests(50_000)).run(|_, _| good(20 * MILLISECOND));
    assert_eq!(ending, Ending::Complete);
    for quantile in [0.01, 0.5, 0.99, 1.0] {
        close_to(
            recorder.sent.quantile(quantile),
            20.0,
            0.001,
            "from the send",
        );
        close_to(
            recorder.scheduled.quantile(quantile),
            20.0,
            0.001,
            "from the schedule",
        );
    }
    assert_eq!(recorder.send_error.max(), 0);
    assert_eq!(
        (recorder.counts.sent, recorder.counts.succeeded),
        (50_000, 50_000)
    );
}

#[test]
fn a_log_normal_law_is_reported_within_the_histograms_precision() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let law = Law::LogNormal {
        median: 10 * MILLISECOND,
        sigma: 0.5,
    };
    let mut drawn = Vec::new();
    let (recorder, _) = Open::poisson(2000.0, Limit::Requests(200_000)).run(|_, _| {
        let latency = law.draw(&mut random);
        drawn.push(latency);
        good(latency)
    });
    drawn.sort_unstable();
    for (quantile, law_says) in [(0.5, 10.0), (0.9, 18.97), (0.99, 32.0)] {
        let exact = drawn[((drawn.len() as f64 * quantile) as usize).saturating_sub(1)];
        close_to(
            recorder.sent.quantile(quantile),
            milliseconds(exact),
            0.0011,
            "the sample",
        );
        close_to(
            recorder.scheduled.quantile(quantile),
            law_says,
            0.02,
            "the law",
        );
    }
}

/// A server that is stopped for 500 ms of every 10 s, and a client that is.
struct Frozen {
    latency: Nanos,
    server: Option<Stall>,
    client: Option<Stall>,
}

impl Server for Frozen {
    fn answer(&mut self, _number: u64, sent: Nanos) -> Answer {
        let due = sent + self.latency;
        good(self.server.map_or(due, |stall| stall.defer(due)) - sent)
    }

    fn client_resumes(&mut self, now: Nanos) -> Nanos {
        self.client.map_or(now, |stall| stall.defer(now))
    }
}

const STALL: Stall = Stall {
    period: 10 * SECOND,
    length: SECOND / 2,
};

/// The p99 under [`STALL`]: the delay of those that arrive in a stall is spread evenly over 0 to 500 ms,
/// and they are 5 % of all but for the first period, which has no stall.
fn stalled_p99(latency_ms: f64, periods: f64) -> f64 {
    let in_stalls = 0.05 * (periods - 1.0) / periods;
    latency_ms + 500.0 * (1.0 - 0.01 / in_stalls)
}

#[test]
fn a_frozen_server_shows_from_the_schedule_and_from_the_send() {
    let server = Frozen {
        latency: 2 * MILLISECOND,
        server: Some(STALL),
        client: None,
    };
    let (recorder, _) = Open::poisson(1000.0, Limit::Seconds(200.0)).run(server);
    let exact = stalled_p99(2.0, 20.0);
    close_to(
        recorder.scheduled.quantile(0.99),
        exact,
        0.05,
        "from the schedule",
    );
    close_to(recorder.sent.quantile(0.99), exact, 0.05, "from the send");
}

#[test]
fn a_frozen_client_shows_from_the_schedule_and_not_from_the_send() {
    let server = Frozen {
        latency: 2 * MILLISECOND,
        server: None,
        client: Some(STALL),
    };
    let (recorder, _) = Open::poisson(1000.0, Limit::Seconds(200.0)).run(server);
    close_to(
        recorder.scheduled.quantile(0.99),
        stalled_p99(2.0, 20.0),
        0.05,
        "from the schedule",
    );
    close_to(recorder.sent.quantile(0.99), 2.0, 0.05, "from the send");
    close_to(
        recorder.send_error.quantile(0.99),
        stalled_p99(0.0, 20.0),
        0.05,
        "the send error",
    );
}

#[test]
fn a_cap_hides_a_frozen_server_from_the_send_and_not_from_the_schedule() {
    let server = Frozen {
        latency: 2 * MILLISECOND,
        server: Some(STALL),
        client: None,
    };
    let capped = Open {
        cap: 8,
        ..Open::poisson(1000.0, Limit::Seconds(200.0))
    };
    let (recorder, _) = capped.run(server);
    let p99 = milliseconds(recorder.scheduled.quantile(0.99));
    assert!(p99 > 350.0, "from the schedule: {p99} ms");
    close_to(recorder.sent.quantile(0.99), 2.0, 0.05, "from the send");
    // 20 - 1 stalls of 500 requests, less the 8 that fit under the cap.
    let held = recorder.counts.held_back as f64 / (19.0 * 492.0);
    assert!((0.95..1.4).contains(&held), "held back: {held}");
    assert_eq!(recorder.counts.in_flight_peak, 8);
}

#[test]
fn what_a_cap_never_lets_go_is_counted_as_unsent() {
    let plan = Open {
        cap: 4,
        ..Open::poisson(1000.0, Limit::Seconds(2.0))
    };
    let planned = plan.schedule.summary().requests;
    let (recorder, ending) = plan.run(|_, _| bad(Class::Timeout, 60 * SECOND));
    assert_eq!(ending, Ending::Complete);
    assert_eq!((recorder.counts.sent, recorder.counts.failed), (4, 4));
    assert!(planned > 1900);
    assert_eq!(recorder.errors.of(Class::Timeout), 4);
}

#[test]
fn an_open_loop_never_waits_for_answers() {
    let plan = Open::poisson(100.0, Limit::Seconds(10.0));
    let (recorder, _) = plan.run(|_, _| good(30 * SECOND));
    assert_eq!(recorder.counts.sent, plan.schedule.summary().requests);
    assert_eq!(recorder.send_error.max(), 0);
    assert_eq!(
        u64::from(recorder.counts.in_flight_peak),
        recorder.counts.sent
    );
    assert_eq!(recorder.counts.after_end, recorder.counts.sent);
}

#[test]
fn a_closed_loop_keeps_its_number_in_flight() {
    let (recorder, ending) = closed(8, u64::MAX, 10 * SECOND, |_, _| good(100 * MILLISECOND));
    assert_eq!(ending, Ending::Complete);
    assert_eq!(
        (recorder.counts.sent, recorder.counts.succeeded),
        (800, 800)
    );
    assert_eq!(recorder.counts.in_flight_peak, 8);
    assert_eq!(recorder.scheduled.count(), 0);
    let (recorder, _) = closed(3, 100, Nanos::MAX, |_, _| good(MILLISECOND));
    assert_eq!(
        (recorder.counts.sent, recorder.counts.succeeded),
        (100, 100)
    );
}

#[test]
fn failures_never_enter_latency() {
    let (recorder, _) = closed(4, 10_000, Nanos::MAX, |number, _| match number % 4 {
        0 => bad(Class::Http5xx, SECOND),
        1 => Answer {
            latency: SECOND,
            outcome: Ok(Arc::from(&b"{\"scores\":[[0.5,0.4]]}"[..])),
        },
        _ => good(MILLISECOND),
    });
    assert_eq!(
        (recorder.counts.succeeded, recorder.counts.failed),
        (5_000, 5_000)
    );
    assert_eq!(
        (
            recorder.errors.of(Class::Http5xx),
            recorder.errors.of(Class::BadSum)
        ),
        (2_500, 2_500)
    );
    assert_eq!(recorder.sent.count(), 5_000);
    close_to(recorder.sent.max(), 1.0, 0.001, "the largest latency");
}

#[test]
fn a_dead_server_ends_the_run_and_a_restarting_one_does_not() {
    let dies = |_, sent| {
        if sent < 10 * SECOND {
            good(MILLISECOND)
        } else {
            bad(Class::Connect, 0)
        }
    };
    for (recorder, ending) in [
        Open::poisson(50.0, Limit::Seconds(600.0)).run(dies),
        closed(4, u64::MAX, 600 * SECOND, dies),
    ] {
        assert!(
            matches!(&ending, Ending::ServerDied(why) if why.contains("refused")),
            "{ending:?}"
        );
        assert!(
            recorder.last_end < 12 * SECOND,
            "ended at {} s",
            recorder.last_end / SECOND
        );
        assert!(recorder.errors.of(Class::Connect) < 200);
    }
    let restarts = |_, sent| match sent {
        sent if (10 * SECOND..10 * SECOND + 800 * MILLISECOND).contains(&sent) => {
            bad(Class::Connect, 0)
        }
        _ => good(MILLISECOND),
    };
    let (_, ending) = Open::poisson(50.0, Limit::Seconds(20.0)).run(restarts);
    assert_eq!(ending, Ending::Complete);
}

#[test]
fn an_interruption_at_any_moment_keeps_what_was_measured() {
    for moment in 1..40 {
        let sends = Cell::new(0_u64);
        let at = moment * 137;
        let stop = || sends.get() >= at;
        let plan = Open::poisson(500.0, Limit::Seconds(60.0));
        let (recorder, ending) = plan.run_until(
            |_, _| {
                sends.set(sends.get() + 1);
                good(if sends.get().is_multiple_of(10) {
                    5 * SECOND
                } else {
                    3 * MILLISECOND
                })
            },
            &stop,
        );
        assert_eq!(ending, Ending::Stopped);
        assert_eq!(recorder.counts.sent, sends.get());
        assert!(
            recorder.counts.succeeded >= at * 8 / 10,
            "{} of {at}",
            recorder.counts.succeeded
        );
        assert_eq!(recorder.sent.count(), recorder.counts.succeeded);
    }
}

#[test]
fn shares_of_a_schedule_send_what_the_whole_sends() {
    let latency = |number: u64| MILLISECOND + (number * 7919 % 50) * MILLISECOND;
    let whole = Open::poisson(300.0, Limit::Seconds(30.0));
    let (alone, _) = whole.run(|number, _| good(latency(number)));
    let mut scheduled = crate::statistics::Histogram::new();
    let mut sent = 0;
    for worker in 0..3 {
        let share = Open {
            share: Share::new(3, worker).unwrap(),
            ..Open::poisson(300.0, Limit::Seconds(30.0))
        };
        let (part, _) = share.run(|number, _| good(latency(number)));
        scheduled.add(&part.scheduled);
        sent += part.counts.sent;
    }
    assert_eq!(sent, alone.counts.sent);
    assert_eq!(scheduled.distribution(), alone.scheduled.distribution());
}

#[test]
fn intervals_add_up_to_the_run() {
    let (recorder, _) = Open::poisson(200.0, Limit::Seconds(65.0)).run(|_, _| good(SECOND));
    let (sent, succeeded) = (recorder.counts.sent, recorder.counts.succeeded);
    let all = recorder.scheduled.distribution();
    let series = recorder.intervals.finish();
    assert_eq!(series.len(), 7);
    assert_eq!(
        series.iter().map(|interval| interval.sent).sum::<u64>(),
        sent
    );
    assert_eq!(
        series
            .iter()
            .map(|interval| interval.succeeded)
            .sum::<u64>(),
        succeeded
    );
    let mut merged = crate::statistics::Histogram::new();
    for interval in &series {
        merged.add(&crate::statistics::Histogram::decode(&interval.histogram).unwrap());
    }
    assert_eq!(merged.distribution(), all);
}

#[test]
fn requests_are_told_from_the_runs_start() {
    let mut lines = Vec::new();
    let mut log = |line: RequestLine| lines.push(line);
    let mut recorder = Recorder::new(RecorderOptions {
        start: SECOND,
        log: Some(&mut log),
        ..options(false, SECOND, &never)
    });
    let bodies = bodies();
    let plan = Plan::Closed {
        concurrency: 1,
        requests: 3,
        duration: Nanos::MAX,
    };
    let mut transport = Virtual::new(|_: u64, _: Nanos| good(MILLISECOND));
    transport.wait(SECOND, &mut |_| {});
    drive(
        &mut transport,
        &Run {
            bodies: &bodies,
            plan,
            share: Share::WHOLE,
            start: SECOND,
        },
        &mut recorder,
    );
    drop(recorder);
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line.number, line.sent, line.done))
        .collect();
    let ms = MILLISECOND;
    assert_eq!(
        told,
        [
            (0, Some(0), ms),
            (1, Some(ms), 2 * ms),
            (2, Some(2 * ms), 3 * ms)
        ]
    );
}

fn warm(server: impl Server, rule: &Warmup) -> (Warm, Ending) {
    let bodies = bodies();
    let plan = Plan::Closed {
        concurrency: 2,
        requests: 10,
        duration: SECOND,
    };
    let run = Run {
        bodies: &bodies,
        plan,
        share: Share::WHOLE,
        start: 0,
    };
    warm_up(&mut Virtual::new(server), &run, rule, &never)
}

#[test]
fn a_warm_up_lasts_until_latency_is_steady() {
    let rule = Warmup::default();
    // Compiles for the first 15 requests.
    let (warm_up, ending) = warm(
        |number, _| {
            good(if number < 15 {
                SECOND
            } else {
                10 * MILLISECOND
            })
        },
        &rule,
    );
    assert_eq!(ending, Ending::Complete);
    assert!(warm_up.steady);
    assert_eq!(
        (warm_up.first, warm_up.last_median),
        (Some(SECOND), Some(10 * MILLISECOND))
    );
    assert!((44..60).contains(&warm_up.requests), "{}", warm_up.requests);
}

#[test]
fn a_warm_up_is_bounded_and_says_so() {
    let rule = Warmup {
        max_seconds: 30.0,
        ..Warmup::default()
    };
    let (warm_up, ending) = warm(
        |number, _| good(nanos(0.01 * 1.01_f64.powi((number % 500) as i32))),
        &rule,
    );
    assert_eq!(ending, Ending::Complete);
    assert!(!warm_up.steady);
    assert!(
        (30 * SECOND..32 * SECOND).contains(&warm_up.duration),
        "{}",
        warm_up.duration
    );
}

#[test]
fn a_warm_up_can_be_left_out_and_notices_a_dead_server() {
    let off = Warmup {
        min_requests: 0,
        ..Warmup::default()
    };
    assert_eq!(warm(|_, _| good(MILLISECOND), &off).0.requests, 0);
    let (_, ending) = warm(|_, _| bad(Class::Connect, 0), &Warmup::default());
    assert!(matches!(ending, Ending::ServerDied(_)), "{ending:?}");
}

#[test]
fn a_warm_up_ends_when_everything_fails() {
    let (warm_up, ending) = warm(
        |_, _| bad(Class::Http5xx, 100 * MILLISECOND),
        &Warmup::default(),
    );
    assert!(
        matches!(&ending, Ending::AllFailed(why) if why.contains("http-5xx, for example simulated")),
        "{ending:?}"
    );
    assert!((5 * SECOND..6 * SECOND).contains(&warm_up.duration));
    assert_eq!(warm_up.requests, warm_up.failed);
    // Few and slow failures are waited for until they are 20.
    let (warm_up, ending) = warm(|_, _| bad(Class::Http5xx, 2 * SECOND), &Warmup::default());
    assert!(matches!(ending, Ending::AllFailed(_)), "{ending:?}");
    assert!(
        (20..=24).contains(&warm_up.requests),
        "{}",
        warm_up.requests
    );
}

#[test]
fn a_warm_up_goes_on_while_a_server_compiles_or_fails_only_for_a_while() {
    let fine = |_: u64| good(10 * MILLISECOND);
    // The first requests take longer than their deadline.
    let (_, ending) = warm(
        |number, sent| match sent {
            0..200_000_000_000 => bad(Class::Timeout, 60 * SECOND),
            _ => fine(number),
        },
        &Warmup::default(),
    );
    assert_eq!(ending, Ending::Complete);
    // The first one compiles for 30 s, and what comes beside it is turned away.
    let (_, ending) = warm(
        |number, sent| match (number, sent) {
            (0, _) => good(30 * SECOND),
            (_, 0..30_000_000_000) => bad(Class::Http5xx, 10 * MILLISECOND),
            _ => fine(number),
        },
        &Warmup::default(),
    );
    assert_eq!(ending, Ending::Complete);
    // Refuses for 4 s, and one request in a hundred later on.
    let (warm_up, ending) = warm(
        |number, sent| match sent {
            0..4_000_000_000 => bad(Class::Http5xx, 10 * MILLISECOND),
            _ if number % 100 == 0 => bad(Class::Http5xx, 10 * MILLISECOND),
            _ => fine(number),
        },
        &Warmup::default(),
    );
    assert_eq!(ending, Ending::Complete);
    assert!(warm_up.steady);
}
