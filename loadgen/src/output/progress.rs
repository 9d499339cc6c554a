//! What is shown while a measurement runs: a line that is redrawn on a terminal, timestamped lines
//! otherwise. All writing is on a thread of its own, so that a slow terminal slows nothing else.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, SystemTime};

/// Where a run is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Which run of how many, and of what.
    pub title: String,
    /// Time since its start.
    pub elapsed: f64,
    /// Its nominal length; absent if it ends with a count.
    pub total: Option<f64>,
    /// Requests sent.
    pub sent: u64,
    /// Requests a second that ended well since the last report.
    pub rate: f64,
    /// Requests in flight.
    pub in_flight: u32,
    /// Median latency of the interval in milliseconds.
    pub p50: f64,
    /// 99th percentile.
    pub p99: f64,
    /// Requests failed.
    pub failed: u64,
}

impl Progress {
    fn text(&self) -> String {
        let left = self.total.map_or(String::new(), |total| {
            format!(", {:.0} s left", (total - self.elapsed).max(0.0))
        });
        format!(
            "{}: {:.0} s, sent {}, {:.1}/s, {} in flight, p50 {:.2} ms, p99 {:.2} ms, {} failed{left}",
            self.title,
            self.elapsed,
            self.sent,
            self.rate,
            self.in_flight,
            self.p50,
            self.p99,
            self.failed
        )
    }
}

enum Message {
    Line(String),
    Progress(Progress),
}

/// Shows lines and progress on standard error.
pub struct Reporter {
    sender: Option<SyncSender<Message>>,
    done: Receiver<()>,
    terminal: bool,
}

impl Default for Reporter {
    fn default() -> Self {
        Self::new()
    }
}

impl Reporter {
    /// Starts the thread.
    pub fn new() -> Self {
        let terminal = std::io::stderr().is_terminal();
        let (sender, receiver) = sync_channel(256);
        let (finished, done) = sync_channel(1);
        // Without a thread there are no reports, and everything else goes on.
        _ = std::thread::Builder::new()
            .name("progress".to_owned())
            .spawn(move || {
                show(&receiver, terminal);
                _ = finished.send(());
            });
        Self {
            sender: Some(sender),
            done,
            terminal,
        }
    }

    /// Seconds between two reports of progress.
    pub fn period(&self) -> f64 {
        if self.terminal { 0.5 } else { 10.0 }
    }

    /// Shows a line; drops it if nobody reads.
    pub fn line(&self, text: impl Into<String>) {
        if let Some(sender) = &self.sender {
            _ = sender.try_send(Message::Line(text.into()));
        }
    }

    /// Shows progress; drops it if nobody reads.
    pub fn progress(&self, progress: Progress) {
        if let Some(sender) = &self.sender {
            _ = sender.try_send(Message::Progress(progress));
        }
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        self.sender = None;
        // A reader that stopped reading must not keep the process.
        match self.done.recv_timeout(Duration::from_millis(500)) {
            Ok(()) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
    }
}

fn show(receiver: &Receiver<Message>, terminal: bool) {
    let mut drawn = false;
    for message in receiver {
        let mut out = std::io::stderr().lock();
        let clear = if drawn { "\r\x1b[K" } else { "" };
        let now = crate::wall::utc(SystemTime::now());
        // A reader that is gone is no reason to stop measuring.
        _ = match message {
            Message::Line(text) if terminal => {
                drawn = false;
                writeln!(out, "{clear}{text}")
            }
            Message::Progress(progress) if terminal => {
                drawn = true;
                write!(out, "\r\x1b[K{}", progress.text())
            }
            Message::Line(text) => writeln!(out, "{now} {text}"),
            Message::Progress(progress) => writeln!(out, "{now} {}", progress.text()),
        };
        _ = out.flush();
    }
    if drawn {
        _ = writeln!(std::io::stderr());
    }
}
