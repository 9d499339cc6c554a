//! One whole measurement: readiness, the server's report, warm-up, runs, probe set, result.

mod calibrate;
mod one;
mod points;
mod prepare;
mod probe;
mod saturate;

pub use calibrate::calibrate;
pub use points::{Point, PointLoad, order, points};
pub use saturate::{Decision, Search, decide};

use crate::clock::Nanos;
use crate::config::{Arrival, Config};
use crate::output::{Reporter, RequestLog};
use crate::result::{
    Calibration, ProbeAnswer, ResultDocument, RunResult, Saturation, ServerReport, ShapeInfo,
    Status, Tool, Verdict, Workers, WorkloadInfo,
};
use crate::schedule::Share;
use crate::signals::Stop;
use crate::transport::control::Control;
use crate::transport::{Http, Transport};
use crate::workload::{Bodies, workload_hash};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::time::{Instant, SystemTime};

/// Why a measurement could not begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartError {
    /// Something on this machine.
    Machine(String),
    /// The server cannot be reached or does not become ready.
    NotReady(String),
    /// The server is not what the configuration locks; each difference.
    Mismatch(Vec<String>),
    /// A signal came.
    Interrupted,
}

/// A measurement that began: what it gave, and how it ended.
#[derive(Debug)]
pub struct Measurement {
    /// All that was measured.
    pub result: ResultDocument,
    /// How it ended.
    pub ended: Ended,
}

/// How a measurement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// As planned.
    AsPlanned,
    /// By a signal.
    Interrupted,
    /// The server died.
    ServerDied,
    /// The server answered nothing but wrong answers before a run.
    AllFailed,
    /// The instant at which a run was to start had passed.
    TooLate,
}

/// What a measurement needs from outside.
pub struct Session<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The requests of each shape.
    pub shapes: &'a [Bodies],
    /// Whether to stop.
    pub stop: &'a Stop,
    /// Where progress is shown.
    pub reporter: &'a Reporter,
    /// This worker's share.
    pub share: Share,
    /// When the first run starts; workers share it.
    pub start_at: Option<SystemTime>,
    /// Where every request is written.
    pub log: Option<&'a RequestLog>,
}

/// The transport and what has been measured so far.
struct Going<'a> {
    session: &'a Session<'a>,
    http: Http,
    control: Control,
    server: ServerReport,
    calibration: Option<Calibration>,
    runs: Vec<RunResult>,
    saturation: Vec<Saturation>,
    total_runs: usize,
    next_start: Option<SystemTime>,
}

impl Session<'_> {
    /// Measures. A measurement that began always gives a result, whatever happens to it.
    pub fn measure(&self) -> Result<Measurement, StartError> {
        let (started, clock) = (SystemTime::now(), Instant::now());
        let mut going = self.start()?;
        let probe = probe::probe(&going);
        going.profile("start");
        let ended = match &self.config.load.arrival {
            Arrival::Saturate {
                search,
                max_in_flight,
            } => going.saturate(*search, *max_in_flight),
            _ => going.sweep(),
        };
        going.profile("stop");
        let (ended, status, reason) = match ended {
            Ok(()) => (Ended::AsPlanned, Status::Complete, None),
            Err(End::Interrupted) => {
                let why = "stopped by a signal".to_owned();
                (Ended::Interrupted, Status::Interrupted, Some(why))
            }
            Err(End::ServerDied(why)) => (Ended::ServerDied, Status::Failed, Some(why)),
            Err(End::AllFailed(why)) => (Ended::AllFailed, Status::Failed, Some(why)),
            Err(End::TooLate(why)) => (Ended::TooLate, Status::Failed, Some(why)),
        };
        let result = self.document(going, probe, (status, reason), (started, clock));
        Ok(Measurement { result, ended })
    }

    fn document(
        &self,
        going: Going<'_>,
        probe: Vec<ProbeAnswer>,
        (status, reason): (Status, Option<String>),
        (started, clock): (SystemTime, Instant),
    ) -> ResultDocument {
        ResultDocument {
            schema_version: 1,
            tool: Tool::this(),
            status,
            reason,
            verdict: Verdict::over(&going.runs, status),
            started_at: crate::wall::utc(started),
            ended_at: crate::wall::utc(started + clock.elapsed()),
            metadata: self.config.metadata.clone(),
            config: self.config.document.clone(),
            config_hash: config_hash(&self.config.document),
            workload: workload_info(self.config, self.shapes),
            environment: crate::machine::environment(),
            server: going.server,
            workers: Workers {
                count: self.share.workers(),
                included: vec![self.share.worker()],
            },
            calibration: going.calibration,
            probe,
            runs: going.runs,
            saturation: going.saturation,
        }
    }
}

/// Why a measurement ended before its plan.
enum End {
    Interrupted,
    ServerDied(String),
    AllFailed(String),
    TooLate(String),
}

impl Going<'_> {
    /// Measures every combination, as often as asked for.
    fn sweep(&mut self) -> Result<(), End> {
        let points = points(self.session.config, self.session.shapes.len());
        let order = order(points.len(), self.session.config.load.runs);
        self.total_runs = order.len();
        for (number, (repetition, index)) in order.into_iter().enumerate() {
            if number > 0 && !self.pause() {
                return Err(End::Interrupted);
            }
            self.measure_one(&points[index], repetition)?;
        }
        Ok(())
    }

    /// Waits between two runs; false if a signal came.
    ///
    /// When the next run's instant is given, the warm-up comes first and the rest of the pause after it.
    fn pause(&self) -> bool {
        let seconds = match self.next_start {
            Some(_) => 0.0,
            None => self.session.config.load.pause_seconds,
        };
        self.session.stop.sleep(seconds)
    }

    fn now(&mut self) -> Nanos {
        self.http.now()
    }
}

/// SHA-256 of a configuration as canonical JSON: keys sorted, no white space.
pub fn config_hash(document: &serde_json::Value) -> String {
    let mut sorted = document.clone();
    sorted.sort_all_objects();
    crate::workload::hex(&Sha256::digest(sorted.to_string().as_bytes()))
}

fn workload_info(config: &Config, shapes: &[Bodies]) -> WorkloadInfo {
    let payload = match (&config.workload.replay, &config.workload.payload) {
        (Some(_), _) => "replay",
        (None, crate::config::Payload::TokenIds) => "token-ids",
        (None, crate::config::Payload::RepeatedText(_)) => "repeated-text",
    };
    WorkloadInfo {
        sha256: workload_hash(shapes),
        payload: payload.to_owned(),
        cache: config.workload.cache.name().to_owned(),
        shapes: shapes
            .iter()
            .map(|bodies| ShapeInfo {
                shape: bodies.shape,
                requests: bodies.requests.len() as u64,
                distinct: bodies
                    .requests
                    .iter()
                    .map(|request| &request.body)
                    .collect::<HashSet<_>>()
                    .len() as u64,
                bytes: bodies.bytes(),
                sha256: bodies.sha256.clone(),
            })
            .collect(),
    }
}
