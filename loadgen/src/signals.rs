//! SIGTERM and SIGINT: stop and keep what was measured. A second one ends the process at once.

use signal_hook::consts::{SIGINT, SIGTERM};
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether to stop, and a descriptor that becomes readable then.
#[derive(Debug)]
pub struct Stop {
    flag: Arc<AtomicBool>,
    wake: UnixStream,
}

impl Stop {
    /// Catches the signals.
    pub fn on_signals() -> io::Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        let (wake, ring) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        for signal in [SIGTERM, SIGINT] {
            // The order matters: the second signal finds the flag set.
            signal_hook::flag::register_conditional_shutdown(
                signal,
                128 + signal,
                Arc::clone(&flag),
            )?;
            signal_hook::flag::register(signal, Arc::clone(&flag))?;
            signal_hook::low_level::pipe::register(signal, ring.try_clone()?)?;
        }
        Ok(Self { flag, wake })
    }

    /// Whether a signal came.
    pub fn is_set(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }

    /// The flag itself.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.flag)
    }

    /// The descriptor.
    pub fn wake(&self) -> &UnixStream {
        &self.wake
    }

    /// Sleeps for this long or until a signal; true if none came.
    pub fn sleep(&self, seconds: f64) -> bool {
        let end = std::time::Instant::now()
            + std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default();
        while !self.is_set() {
            let left = end.saturating_duration_since(std::time::Instant::now());
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(std::time::Duration::from_millis(20)));
        }
        false
    }

    /// Runs something that may take long on a thread of its own; nothing if a signal came first.
    pub fn unless_set<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || _ = sender.send(work()));
        loop {
            match receiver.recv_timeout(std::time::Duration::from_millis(20)) {
                Ok(done) => return Some(done),
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) if !self.is_set() => {}
                Err(_) => return None,
            }
        }
    }
}
