//! Which part of one schedule a worker sends.

/// Worker `worker` of `workers` sends the requests whose number leaves that remainder.
///
/// The shares of all workers cover a schedule without overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    workers: u32,
    worker: u32,
}

impl Share {
    /// The whole schedule.
    pub const WHOLE: Self = Self {
        workers: 1,
        worker: 0,
    };

    /// The share of one worker, or nothing unless `worker < workers`.
    pub fn new(workers: u32, worker: u32) -> Option<Self> {
        (worker < workers).then_some(Self { workers, worker })
    }

    /// Number of workers.
    pub fn workers(self) -> u32 {
        self.workers
    }

    /// Number of this worker, from 0.
    pub fn worker(self) -> u32 {
        self.worker
    }

    /// Whether the request of this number belongs to this worker.
    pub fn holds(self, number: u64) -> bool {
        number % u64::from(self.workers) == u64::from(self.worker)
    }

    /// How many of the numbers below `total` belong to this worker.
    pub fn of(self, total: u64) -> u64 {
        let workers = u64::from(self.workers);
        total / workers + u64::from(u64::from(self.worker) < total % workers)
    }
}
