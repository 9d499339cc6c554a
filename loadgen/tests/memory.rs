//! Memory does not grow with the number of requests. One test in its own process, because the
//! largest resident memory is the process's.

use std::sync::Arc;
use xbench_loadgen::clock::{MILLISECOND, SECOND};
use xbench_loadgen::config::Limit;
use xbench_loadgen::machine::peak_memory;
use xbench_loadgen::measure::{Ending, Plan, Recorder, RecorderOptions, Run, drive};
use xbench_loadgen::schedule::{Gaps, Schedule, Share};
use xbench_loadgen::transport::virtual_time::{Answer, Virtual};
use xbench_loadgen::workload::replay;

#[test]
fn ten_million_requests_fit_in_64_megabytes() {
    const REQUESTS: u64 = 10_000_000;
    let bodies = replay(r#"{"query":[1],"items":[[2]],"label_token_ids":[3,4]}"#).unwrap();
    let schedule = Schedule::steady(Gaps::Exponential, 20_000.0, Limit::Requests(REQUESTS), 7, 0);
    let good: Arc<[u8]> = Arc::from(&br#"{"scores":[[0.25,0.75]]}"#[..]);
    let mut after_first_minute = 0;
    let mut answered = 0_u64;
    let server = |number: u64, sent| {
        answered += 1;
        if after_first_minute == 0 && sent > 60 * SECOND {
            after_first_minute = peak_memory();
        }
        Answer {
            latency: MILLISECOND * (1 + number % 10),
            outcome: Ok(Arc::clone(&good)),
        }
    };
    let duration = schedule.summary().end;
    let mut recorder = Recorder::new(RecorderOptions {
        start: 0,
        duration,
        open_loop: true,
        tolerated_send_error: MILLISECOND,
        interval: 10 * SECOND,
        sizes: &|_| (1, 1),
        stop: &|| false,
        log: None,
        progress: None,
    });
    let plan = Plan::Open {
        schedule: &schedule,
        requests: REQUESTS,
        duration,
        max_in_flight: 4096,
    };
    let run = Run {
        bodies: &bodies,
        plan,
        share: Share::WHOLE,
        start: 0,
    };
    let ending = drive(&mut Virtual::new(server), &run, &mut recorder);
    assert_eq!(ending, Ending::Complete);
    assert_eq!((answered, recorder.counts.succeeded), (REQUESTS, REQUESTS));
    let peak = peak_memory();
    assert!(peak < 64 << 20, "{peak} bytes at the peak");
    let grown = peak - after_first_minute;
    assert!(
        grown < 1 << 20,
        "{grown} bytes more than after the first minute"
    );
}
