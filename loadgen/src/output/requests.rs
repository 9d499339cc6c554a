//! Every request as a JSON line, written on a thread of its own.

use crate::clock::Nanos;
use crate::measure::RequestLine;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Lines under way to the writer; more make the sender wait, which its send error shows.
const QUEUE: usize = 1 << 16;

/// A log that is being written.
pub struct RequestLog {
    sender: Option<SyncSender<(u32, RequestLine)>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl RequestLog {
    /// Starts a log.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut file = BufWriter::new(File::create(path)?);
        let (sender, receiver) = sync_channel::<(u32, RequestLine)>(QUEUE);
        let thread = std::thread::Builder::new()
            .name("request-log".to_owned())
            .spawn(move || {
                for (run, line) in receiver {
                    serde_json::to_writer(&mut file, &value(run, &line))?;
                    file.write_all(b"\n")?;
                }
                file.flush()?;
                file.get_ref().sync_all()
            })?;
        Ok(Self {
            sender: Some(sender),
            thread: Some(thread),
        })
    }

    /// Adds a request of a run.
    pub fn add(&self, run: u32, line: RequestLine) {
        if let Some(sender) = &self.sender {
            _ = sender.send((run, line));
        }
    }

    /// Ends the log.
    pub fn finish(mut self) -> io::Result<()> {
        self.sender = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(written)) => written,
            _ => Err(io::Error::other("the log's thread died")),
        }
    }
}

fn value(run: u32, line: &RequestLine) -> Value {
    let instant = |at: Option<Nanos>| at.map_or(Value::Null, Value::from);
    let failure = line.failure.as_ref().map_or(
        Value::Null,
        |failure| json!({"class": failure.class.name(), "status": failure.status, "detail": failure.detail}),
    );
    json!({
        "run": run,
        "request": line.number,
        "scheduledNs": line.scheduled,
        "sentNs": instant(line.sent),
        "firstByteNs": instant(line.first_byte),
        "doneNs": line.done,
        "error": failure,
    })
}
