//! The server's loop: one thread, one epoll, a heap of answers that are due.

mod connection;
mod routes;

use super::faults::{Fault, FaultRate};
use super::law::{Law, Stall};
use crate::clock::{MILLISECOND, Nanos, SECOND};
use connection::Connection;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use routes::{Reply, Route};
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use serde_json::{Map, Value};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

/// What to simulate.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address to listen at; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Latency of `/v1/score`.
    pub law: Law,
    /// Times at which nothing is answered.
    pub stall: Option<Stall>,
    /// Faults of `/v1/score`, tried in order.
    pub faults: Vec<FaultRate>,
    /// Seed of latencies and faults.
    pub seed: u64,
    /// Time after the start at which the server becomes ready.
    pub ready_after: Nanos,
    /// A connection at rest for this long is closed.
    pub keep_alive: Nanos,
    /// Extra latency of the first request of each (size, concurrency), as when JAX compiles.
    pub compile: Nanos,
    /// Die after so many Score requests.
    pub die_after: Option<u64>,
    /// Arguments that the server reports.
    pub arguments: Map<String, Value>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            law: Law::Constant(0),
            stall: None,
            faults: Vec::new(),
            seed: 1,
            ready_after: 0,
            keep_alive: 5 * SECOND,
            compile: 0,
            die_after: None,
            arguments: Map::new(),
        }
    }
}

/// A server that listens and does not answer yet.
pub struct Simulator {
    listener: TcpListener,
    options: Options,
}

/// A server that runs on a thread of its own. Dropping it stops the server.
pub struct Handle {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    requests: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Score requests received so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}

impl Simulator {
    /// Listens.
    pub fn bind(options: Options) -> std::io::Result<Self> {
        let listener = TcpListener::bind(options.listen)?;
        // The standard library's backlog of 128 is too short for thousands of connections.
        rustix::net::listen(&listener, 4096)?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener, options })
    }

    /// Where it listens.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until told to stop or until it dies as asked.
    pub fn run(self, stop: &AtomicBool) -> std::io::Result<()> {
        Server::new(self, Arc::default())?.run(stop)
    }

    /// Answers on a thread of its own.
    pub fn spawn(self) -> std::io::Result<Handle> {
        let address = self.address()?;
        let stop = Arc::new(AtomicBool::new(false));
        let requests = Arc::new(AtomicU64::new(0));
        let mut server = Server::new(self, Arc::clone(&requests))?;
        let told = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("simulate".to_owned())
            .spawn(move || _ = server.run(&told))?;
        Ok(Handle {
            address,
            stop,
            requests,
            thread: Some(thread),
        })
    }
}

const LISTENER: u64 = u64::MAX;
const TICK: Nanos = 50 * MILLISECOND;

/// An answer that is due: when, a serial number, the connection and its generation.
type Due = Reverse<(Nanos, u64, u32, u32)>;

struct Server {
    listener: TcpListener,
    options: Options,
    epoll: OwnedFd,
    origin: Instant,
    connections: Vec<Connection>,
    free: Vec<u32>,
    due: BinaryHeap<Due>,
    serial: u64,
    random: ChaCha8Rng,
    answers: super::Answers,
    compiled: HashSet<(u32, u32)>,
    busy: u32,
    received: u64,
    requests: Arc<AtomicU64>,
    scratch: Vec<u8>,
    next_sweep: Nanos,
    dead: bool,
}

impl Server {
    fn new(simulator: Simulator, requests: Arc<AtomicU64>) -> std::io::Result<Self> {
        let Simulator { listener, options } = simulator;
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        epoll::add(
            &epoll,
            &listener,
            epoll::EventData::new_u64(LISTENER),
            epoll::EventFlags::IN,
        )?;
        Ok(Self {
            random: ChaCha8Rng::seed_from_u64(options.seed),
            listener,
            options,
            epoll,
            origin: Instant::now(),
            connections: Vec::new(),
            free: Vec::new(),
            due: BinaryHeap::new(),
            serial: 0,
            answers: super::Answers::new(),
            compiled: HashSet::new(),
            busy: 0,
            received: 0,
            requests,
            scratch: vec![0; 256 << 10],
            next_sweep: 0,
            dead: false,
        })
    }

    fn now(&self) -> Nanos {
        u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn run(&mut self, stop: &AtomicBool) -> std::io::Result<()> {
        _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
        let mut events = Vec::with_capacity(256);
        while !stop.load(Ordering::Relaxed) && !self.dead {
            let now = self.now();
            let next = self
                .due
                .peek()
                .map_or(now + TICK, |Reverse((due, ..))| *due);
            let wait = next.saturating_sub(now).min(TICK);
            let timeout = Timespec {
                tv_sec: 0,
                tv_nsec: i64::try_from(wait).unwrap_or_default(),
            };
            events.clear();
            match epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&timeout)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            for event in &events {
                self.handle(*event);
            }
            let now = self.now();
            while let Some(Reverse((due, _, slot, generation))) = self.due.peek().copied()
                && due <= now
            {
                self.due.pop();
                self.answer_due(slot, generation, now);
            }
            if now >= self.next_sweep {
                self.next_sweep = now + TICK;
                self.sweep(now);
            }
        }
        Ok(())
    }

    fn handle(&mut self, event: epoll::Event) {
        let data = event.data.u64();
        if data == LISTENER {
            self.accept();
            return;
        }
        let Ok(slot) = u32::try_from(data & u64::from(u32::MAX)) else {
            return;
        };
        let connection = &mut self.connections[slot as usize];
        if u64::from(connection.generation) != data >> 32 || connection.socket.is_none() {
            return;
        }
        let flags = event.flags;
        if flags.contains(epoll::EventFlags::OUT) {
            connection.flush();
        }
        let open = connection.receive(&mut self.scratch);
        self.requests_of(slot);
        if !open || self.connections[slot as usize].is_finished() {
            self.close(slot);
        }
    }

    fn accept(&mut self) {
        while let Ok((stream, _)) = self.listener.accept() {
            _ = stream.set_nonblocking(true);
            _ = stream.set_nodelay(true);
            let slot = self.free.pop().unwrap_or_else(|| {
                self.connections.push(Connection::default());
                u32::try_from(self.connections.len() - 1).unwrap_or(u32::MAX)
            });
            let now = self.now();
            let connection = &mut self.connections[slot as usize];
            connection.open(stream, now);
            let data = u64::from(connection.generation) << 32 | u64::from(slot);
            let flags = epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::ET;
            if let Some(socket) = &connection.socket
                && epoll::add(&self.epoll, socket, epoll::EventData::new_u64(data), flags).is_err()
            {
                self.close(slot);
            }
        }
    }

    fn close(&mut self, slot: u32) {
        let connection = &mut self.connections[slot as usize];
        if connection.socket.is_some() {
            self.busy -= u32::from(connection.busy);
            connection.close();
            self.free.push(slot);
        }
    }

    /// Takes the requests that a connection has received in full.
    fn requests_of(&mut self, slot: u32) {
        while !self.connections[slot as usize].busy {
            let now = self.now();
            let ready = now >= self.options.ready_after;
            let Some(request) = self.connections[slot as usize].next_request() else {
                return;
            };
            let connection = &self.connections[slot as usize];
            let body = connection.body(&request);
            let route = routes::route(&request.method, &request.path, ready);
            let (reply, latency) = match route {
                Route::Score => {
                    self.received += 1;
                    self.requests.store(self.received, Ordering::Relaxed);
                    let fault = draw_fault(&mut self.random, &self.options.faults);
                    let reply = routes::score(body, fault, &mut self.answers);
                    let mut latency = self.options.law.draw(&mut self.random);
                    let key = (body.len().ilog2(), self.busy);
                    if self.options.compile > 0 && self.compiled.insert(key) {
                        latency += self.options.compile;
                    }
                    self.dead = self
                        .options
                        .die_after
                        .is_some_and(|after| self.received > after);
                    (reply, latency)
                }
                Route::Other(status, body) => (Reply::whole(status, &body), 0),
                Route::ServerInfo => (
                    Reply::whole(200, &routes::server_info(&self.options.arguments)),
                    0,
                ),
            };
            if self.dead {
                return;
            }
            self.connections[slot as usize].consume(&request);
            self.schedule(slot, reply, now, latency);
        }
    }

    fn schedule(&mut self, slot: u32, reply: Reply, now: Nanos, latency: Nanos) {
        let due = now.saturating_add(latency);
        let due = self.options.stall.map_or(due, |stall| stall.defer(due));
        self.busy += 1;
        let connection = &mut self.connections[slot as usize];
        connection.busy = true;
        connection.reply = Some(reply);
        if due <= now {
            let generation = connection.generation;
            self.answer_due(slot, generation, now);
            return;
        }
        self.serial += 1;
        self.due
            .push(Reverse((due, self.serial, slot, connection.generation)));
    }

    fn answer_due(&mut self, slot: u32, generation: u32, now: Nanos) {
        let connection = &mut self.connections[slot as usize];
        if connection.generation != generation || connection.socket.is_none() {
            return;
        }
        match connection.reply.take() {
            None | Some(Reply::Silence) => return,
            Some(Reply::Reset) => {
                connection.reset();
                self.close(slot);
                return;
            }
            Some(Reply::Part(bytes)) => {
                connection.queue(&bytes);
                return;
            }
            Some(Reply::PartThenClose(bytes)) => {
                connection.queue(&bytes);
                connection.finish();
            }
            Some(Reply::Whole { head, body }) => {
                connection.queue_answer(&head, body.as_bytes());
            }
        }
        self.busy -= 1;
        connection.busy = false;
        connection.idle_since = now;
        if connection.is_finished() {
            self.close(slot);
        } else if !connection.received.is_empty() {
            self.requests_of(slot);
        }
    }

    /// Closes connections at rest for too long.
    fn sweep(&mut self, now: Nanos) {
        for slot in 0..self.connections.len() {
            let connection = &self.connections[slot];
            let rested = now.saturating_sub(connection.idle_since) >= self.options.keep_alive;
            let at_rest =
                !connection.busy && connection.served > 0 && connection.received.is_empty();
            if rested && at_rest && connection.socket.is_some() {
                self.close(u32::try_from(slot).unwrap_or_default());
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "53 bits fit exactly")]
fn draw_fault(random: &mut ChaCha8Rng, faults: &[FaultRate]) -> Option<Fault> {
    faults
        .iter()
        .find(|rate| {
            ((random.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0) < rate.probability
        })
        .map(|rate| rate.fault)
}
