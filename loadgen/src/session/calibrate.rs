//! The client measured against its own server, on the same machine: what it can do at best.

use crate::clock::{Nanos, SECOND, nanos, seconds};
use crate::measure::{Ending, Plan, Recorder, RecorderOptions, Run, drive};
use crate::result::Calibration;
use crate::schedule::Share;
use crate::simulate::{Options, Simulator};
use crate::transport::{Http, HttpOptions, Transport};
use crate::workload::Bodies;

/// Runs a closed loop against an in-process server that answers at once.
pub fn calibrate(bodies: &Bodies, concurrency: u32, length: f64) -> std::io::Result<Calibration> {
    let server = Simulator::bind(Options::default())?.spawn()?;
    let options = HttpOptions::new(server.address(), server.address().to_string());
    let mut http = Http::new(options, None)?;
    http.prepare(concurrency);
    // The first tenth opens the connections and fills the caches.
    closed(&mut http, bodies, concurrency, nanos(length / 10.0));
    let (succeeded, took) = closed(&mut http, bodies, concurrency, nanos(length));
    Ok(Calibration {
        requests_per_second: rate(succeeded, took),
        concurrency,
        body_bytes: bodies.bytes() / bodies.requests.len().max(1) as u64,
        seconds: seconds(took),
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn rate(count: u64, took: Nanos) -> f64 {
    if took == 0 {
        0.0
    } else {
        count as f64 / seconds(took)
    }
}

fn closed(http: &mut Http, bodies: &Bodies, concurrency: u32, duration: Nanos) -> (u64, Nanos) {
    let start = http.now();
    let (sizes, stop) = (|_| (0, 0), || false);
    let mut recorder = Recorder::new(RecorderOptions {
        start,
        duration,
        open_loop: false,
        tolerated_send_error: 0,
        interval: 60 * SECOND,
        sizes: &sizes,
        stop: &stop,
        log: None,
        progress: None,
    });
    let run = Run {
        bodies,
        plan: Plan::Closed {
            concurrency,
            requests: u64::MAX,
            duration,
        },
        share: Share::WHOLE,
        start,
    };
    let ending = drive(http, &run, &mut recorder);
    let succeeded = if ending == Ending::Complete {
        recorder.counts.succeeded
    } else {
        0
    };
    (succeeded, recorder.last_end)
}
