//! One run, from the cache flush to its figures.

use super::points::{Point, PointLoad};
use super::{End, Going};
use crate::clock::{MILLISECOND, Nanos, SECOND, nanos, seconds};
use crate::config::{Cache, Limit};
use crate::machine;
use crate::measure::{
    Counts, Ending, Plan, Recorder, RecorderOptions, RequestLine, Run, Warm, drive, warm_up,
};
use crate::output::Progress;
use crate::result::{Measured, PlanInfo, RunResult, Status, WarmupResult, run_result};
use crate::schedule::{Schedule, Summary};
use crate::statistics::Histogram;
use crate::transport::Transport;
use std::time::{Duration, SystemTime};

/// From the decision to start to the run's instant 0.
const LEAD: Nanos = 5 * MILLISECOND;

impl Going<'_> {
    /// Measures one repetition of one combination and keeps its figures.
    pub(super) fn measure_one(&mut self, point: &Point, repetition: u32) -> Result<(), End> {
        let config = self.session.config;
        let bodies = &self.session.shapes[point.shape];
        let schedule = point.load.schedule(config.load.seed, repetition);
        let summary = schedule.as_ref().map(Schedule::summary);
        let plan = plan(&point.load, schedule.as_ref().zip(summary.as_ref()));
        self.flush_cache();
        let title = format!(
            "run {} of {}, {}",
            self.runs.len() + 1,
            self.total_runs,
            point.load.title()
        );
        let (warm, mut ending) = self.warm(bodies, plan, &title);
        if ending == Ending::Complete {
            if config.workload.cache == Cache::Cold {
                // The warm-up filled the prefix cache with the requests that are to find it cold.
                self.flush_cache();
            }
            self.prepare_connections(&point.load, &warm);
        }
        let start = match self.start_instant(plan, ending == Ending::Complete) {
            Ok(start) => start,
            Err(Some(late)) => return Err(End::TooLate(late)),
            Err(None) => {
                ending = Ending::Stopped;
                self.now()
            }
        };
        let ahead = Duration::from_nanos(start.saturating_sub(self.now()));
        let all_failed = matches!(ending, Ending::AllFailed(_));
        let measured = Measured {
            point: point.index,
            repetition,
            shape_index: u32::try_from(point.shape).unwrap_or(u32::MAX),
            shape: bodies.shape,
            load: point.load.describe(),
            plan: plan_info(&point.load, summary.as_ref()),
            planned: self.planned(&point.load, summary.as_ref()),
            ending,
            started_at: crate::wall::utc(SystemTime::now() + ahead),
            warmup: (config.warmup.min_requests > 0).then(|| warmup_result(&warm)),
            cpu_seconds: 0.0,
            spin_seconds: 0.0,
            peak_memory_bytes: 0,
            throttled_seconds: None,
            capacity: self
                .calibration
                .as_ref()
                .map(|calibration| calibration.requests_per_second),
            interval_seconds: config.output.interval_seconds,
            unique_requests: bodies.requests.len() as u64,
            cold: config.workload.cache == Cache::Cold && config.workload.replay.is_none(),
        };
        let run = Run {
            bodies,
            plan,
            share: self.session.share,
            start,
        };
        let result = self.record(&run, measured, title);
        let end = match (result.status, &result.reason) {
            (Status::Complete, _) => Ok(()),
            (Status::Interrupted, _) => Err(End::Interrupted),
            (Status::Failed, reason) => {
                let reason = reason.clone().unwrap_or_default();
                Err(if all_failed {
                    End::AllFailed(reason)
                } else {
                    End::ServerDied(reason)
                })
            }
        };
        self.runs.push(result);
        end
    }

    /// Carries out a run, unless it has ended already, and puts its figures together.
    fn record(&mut self, run: &Run<'_>, mut measured: Measured, title: String) -> RunResult {
        let session = self.session;
        let config = session.config;
        let (duration, open_loop) = match run.plan {
            Plan::Closed { duration, .. } => (duration, false),
            Plan::Open { duration, .. } => (duration, true),
        };
        let number = u32::try_from(self.runs.len()).unwrap_or(u32::MAX);
        let mut to_log = |line: RequestLine| {
            if let Some(log) = session.log {
                log.add(number, line);
            }
        };
        let mut shown = Shown::new(session.reporter.period(), run.start, duration, title);
        let mut show =
            |counts: &Counts, latency: Option<&Histogram>, in_flight: u32, now: Nanos| {
                if let Some(progress) = shown.due(counts, latency, in_flight, now) {
                    session.reporter.progress(progress);
                }
            };
        let sizes = |number| {
            let request = run.bodies.at(number);
            (u64::from(request.expect.items), request.tokens)
        };
        let stop = || session.stop.is_set();
        let mut recorder = Recorder::new(RecorderOptions {
            start: run.start,
            duration,
            open_loop,
            tolerated_send_error: nanos(config.validity.send_error_p99_milliseconds / 1e3),
            interval: u64::from(config.output.interval_seconds) * SECOND,
            sizes: &sizes,
            stop: &stop,
            log: session.log.is_some().then_some(&mut to_log),
            progress: Some(&mut show),
        });
        let (cpu, spun, throttled) = (
            machine::thread_cpu(),
            self.http.spun(),
            machine::throttled(),
        );
        if measured.ending == Ending::Complete {
            measured.ending = drive(&mut self.http, run, &mut recorder);
        }
        measured.cpu_seconds = seconds(machine::thread_cpu().saturating_sub(cpu));
        measured.spin_seconds = seconds(self.http.spun().saturating_sub(spun));
        measured.peak_memory_bytes = machine::peak_memory();
        measured.throttled_seconds = machine::throttled()
            .zip(throttled)
            .map(|(after, before)| (after - before).max(0.0));
        run_result(measured, recorder, &config.validity)
    }

    fn warm(
        &mut self,
        bodies: &crate::workload::Bodies,
        plan: Plan<'_>,
        title: &str,
    ) -> (Warm, Ending) {
        let session = self.session;
        if session.config.warmup.min_requests > 0 {
            session.reporter.line(format!("{title}: warming up"));
        }
        if let Plan::Closed { concurrency, .. } = plan {
            self.http.prepare(
                u32::try_from(session.share.of(u64::from(concurrency))).unwrap_or(u32::MAX),
            );
        }
        let start = self.now();
        let run = Run {
            bodies,
            plan,
            share: session.share,
            start,
        };
        warm_up(&mut self.http, &run, &session.config.warmup, &|| {
            session.stop.is_set()
        })
    }

    /// Opens what the run will need, so that no send waits for a handshake.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast from float saturates"
    )]
    fn prepare_connections(&mut self, load: &PointLoad, warm: &Warm) {
        let rate = match load {
            PointLoad::Closed { .. } => return,
            PointLoad::Open { rate, .. } => *rate,
            PointLoad::Stages { .. } => load
                .schedule(0, 0)
                .map_or(0.0, |schedule| schedule.profile.peak()),
        };
        // Little's law for the mean, twice that and a few for the bursts.
        let mean =
            rate * warm.last_median.map_or(0.0, seconds) / f64::from(self.session.share.workers());
        let wanted = (2.0 * mean).ceil() as u32;
        let cap = match load {
            PointLoad::Open { max_in_flight, .. } | PointLoad::Stages { max_in_flight, .. } => {
                *max_in_flight
            }
            PointLoad::Closed { concurrency, .. } => *concurrency,
        };
        self.http
            .prepare(wanted.saturating_add(8).min(cap).min(2048));
        let soon = self.now() + LEAD;
        while self.http.now() < soon {
            self.http.wait(soon, &mut |_| {});
        }
    }

    /// The run's instant 0. Workers share the wall clock's; it is looked at once.
    fn start_instant(&mut self, plan: Plan<'_>, go: bool) -> Result<Nanos, Option<String>> {
        let Some(at) = self.next_start.filter(|_| go) else {
            return Ok(self.now() + LEAD);
        };
        let duration = match plan {
            Plan::Closed { duration, .. } | Plan::Open { duration, .. } => duration,
        };
        let config = self.session.config;
        let slot = Duration::from_nanos(duration.min(1_000_000 * SECOND))
            + Duration::try_from_secs_f64(config.load.pause_seconds).unwrap_or_default();
        self.next_start = Some(at + slot);
        let Ok(left) = at.duration_since(SystemTime::now()) else {
            return Err(Some(format!(
                "run {} was to start at {}, which has passed: let --start-at be later, or load.pauseSeconds longer than the last answers and the warm-up take",
                self.runs.len() + 1,
                crate::wall::utc(at)
            )));
        };
        let start = self.now() + u64::try_from(left.as_nanos()).unwrap_or(u64::MAX);
        if !self
            .session
            .stop
            .sleep(left.saturating_sub(Duration::from_millis(50)).as_secs_f64())
        {
            return Err(None);
        }
        Ok(start)
    }

    fn planned(&self, load: &PointLoad, summary: Option<&Summary>) -> Option<u64> {
        let share = self.session.share;
        match (load, summary) {
            (_, Some(summary)) => Some(share.of(summary.requests)),
            (
                PointLoad::Closed {
                    limit: Limit::Requests(requests),
                    ..
                },
                None,
            ) => Some(share.of(*requests)),
            _ => None,
        }
    }
}

/// The plan of a load; in open loop with its schedule.
fn plan<'a>(load: &PointLoad, scheduled: Option<(&'a Schedule, &Summary)>) -> Plan<'a> {
    match (load, scheduled) {
        (PointLoad::Closed { concurrency, limit }, _) => {
            let (requests, duration) = match limit {
                Limit::Requests(requests) => (*requests, Nanos::MAX),
                Limit::Seconds(length) => (u64::MAX, nanos(*length)),
            };
            Plan::Closed {
                concurrency: *concurrency,
                requests,
                duration,
            }
        }
        (
            PointLoad::Open { max_in_flight, .. } | PointLoad::Stages { max_in_flight, .. },
            Some((schedule, summary)),
        ) => Plan::Open {
            schedule,
            requests: summary.requests,
            duration: summary.end,
            max_in_flight: *max_in_flight,
        },
        // Every open loop has a schedule; without one there is nothing to send.
        (_, None) => Plan::Closed {
            concurrency: 0,
            requests: 0,
            duration: 0,
        },
    }
}

fn plan_info(load: &PointLoad, summary: Option<&Summary>) -> PlanInfo {
    match (load, summary) {
        (_, Some(summary)) => PlanInfo {
            requests: Some(summary.requests),
            seconds: Some(seconds(summary.end)),
            sha256: Some(summary.sha256.clone()),
        },
        (
            PointLoad::Closed {
                limit: Limit::Requests(requests),
                ..
            },
            None,
        ) => PlanInfo {
            requests: Some(*requests),
            seconds: None,
            sha256: None,
        },
        (
            PointLoad::Closed {
                limit: Limit::Seconds(length),
                ..
            },
            None,
        ) => PlanInfo {
            requests: None,
            seconds: Some(*length),
            sha256: None,
        },
        _ => PlanInfo {
            requests: None,
            seconds: None,
            sha256: None,
        },
    }
}

fn warmup_result(warm: &Warm) -> WarmupResult {
    WarmupResult {
        requests: warm.requests,
        failed: warm.failed,
        seconds: seconds(warm.duration),
        steady: warm.steady,
        first_milliseconds: warm.first.map(crate::clock::milliseconds),
        last_median_milliseconds: warm.last_median.map(crate::clock::milliseconds),
    }
}

/// Decides when progress is shown.
struct Shown {
    period: Nanos,
    start: Nanos,
    total: Option<f64>,
    title: String,
    next: Nanos,
    last: (Nanos, u64),
}

impl Shown {
    fn new(period: f64, start: Nanos, duration: Nanos, title: String) -> Self {
        let period = nanos(period);
        Self {
            period,
            start,
            total: (duration < Nanos::MAX).then(|| seconds(duration)),
            title,
            next: start + period,
            last: (start, 0),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    fn due(
        &mut self,
        counts: &Counts,
        latency: Option<&Histogram>,
        in_flight: u32,
        now: Nanos,
    ) -> Option<Progress> {
        if now < self.next {
            return None;
        }
        self.next = now + self.period;
        let (before, succeeded) = std::mem::replace(&mut self.last, (now, counts.succeeded));
        let at = |quantile: f64| {
            latency.map_or(0.0, |latency| {
                crate::clock::milliseconds(latency.quantile(quantile))
            })
        };
        Some(Progress {
            title: self.title.clone(),
            elapsed: seconds(now.saturating_sub(self.start)),
            total: self.total,
            sent: counts.sent,
            rate: (counts.succeeded - succeeded) as f64 / seconds((now - before).max(1)),
            in_flight,
            p50: at(0.5),
            p99: at(0.99),
            failed: counts.failed,
        })
    }
}
