//! HTTP/1.1 over non-blocking sockets: one thread, one epoll, no copy of a request's body.
//!
//! Instants are read where they happen: `sent` just before the first write, `first_byte` and
//! `done` just after the read that brought them. Waiting sleeps in `epoll_pwait2` with a timer slack
//! of 1 ns until shortly before the instant, and looks at the sockets without sleeping for the rest.

mod answers;
mod connection;

use super::deadlines::Deadlines;
use super::socket::{Connector, failure, is_alive};
use super::{Completion, Ticket, Transport};
use crate::clock::{MICROSECOND, MILLISECOND, Nanos, SECOND};
use crate::failure::{Class, Failure};
use answers::ended;
use connection::{Connection, Exchange, State, Written};
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Instant;

/// How to talk to a server.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Address of the server.
    pub address: SocketAddr,
    /// Value of the `Host` header.
    pub host: String,
    /// Path to post to.
    pub path: String,
    /// Longest wait for a connection.
    pub connect_timeout: Nanos,
    /// Longest wait from the send to the last byte.
    pub request_timeout: Nanos,
    /// A connection at rest for this long is closed: the servers close theirs after 5 s.
    pub idle_limit: Nanos,
    /// How long before an instant to stop sleeping.
    pub spin: Nanos,
    /// Largest answer.
    pub max_response: usize,
}

impl HttpOptions {
    /// Options for the Score API with its usual limits.
    pub fn new(address: SocketAddr, host: String) -> Self {
        Self {
            address,
            host,
            path: "/v1/score".to_owned(),
            connect_timeout: 5 * SECOND,
            request_timeout: 60 * SECOND,
            idle_limit: 4 * SECOND,
            spin: 30 * MICROSECOND,
            max_response: 64 << 20,
        }
    }
}

/// A connection that rested for this long is looked at before it is used.
const SUSPECT_AFTER: Nanos = SECOND;
/// How often connections at rest are looked after.
const HOUSEKEEPING: Nanos = 250 * MILLISECOND;
/// Events taken at once.
const EVENTS: usize = 64;
/// Bytes read at once.
const SCRATCH: usize = 64 << 10;
/// Marks the event of the descriptor that wakes a wait.
const WAKE: u64 = u64::MAX;

/// The transport.
pub struct Http {
    options: HttpOptions,
    head: Vec<u8>,
    origin: Instant,
    epoll: OwnedFd,
    connector: Connector,
    slots: Vec<Connection>,
    free: Vec<u32>,
    idle: VecDeque<(u32, u32)>,
    connecting: Deadlines,
    waiting: Deadlines,
    stillborn: VecDeque<(Exchange, Nanos, Failure)>,
    events: Vec<epoll::Event>,
    next_event: usize,
    scratch: Vec<u8>,
    wanted: u32,
    next_housekeeping: Nanos,
    spun: Nanos,
}

impl Http {
    /// A transport without connections. `wake` ends a wait when it becomes readable.
    pub fn new(options: HttpOptions, wake: Option<&dyn AsFd>) -> std::io::Result<Self> {
        // Without this a sleep ends up to 50 us late.
        _ = rustix::thread::set_current_timer_slack(NonZeroU64::new(1));
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        if let Some(wake) = wake {
            epoll::add(
                &epoll,
                wake,
                epoll::EventData::new_u64(WAKE),
                epoll::EventFlags::IN | epoll::EventFlags::ET,
            )?;
        }
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: xbench-loadgen/{}\r\nContent-Type: application/json\r\nContent-Length: ",
            options.path,
            options.host,
            env!("CARGO_PKG_VERSION"),
        );
        Ok(Self {
            head: head.into_bytes(),
            origin: Instant::now(),
            epoll,
            connector: Connector::new(options.address),
            slots: Vec::new(),
            free: Vec::new(),
            idle: VecDeque::new(),
            connecting: Deadlines::new(),
            waiting: Deadlines::new(),
            stillborn: VecDeque::new(),
            events: Vec::with_capacity(EVENTS),
            next_event: 0,
            scratch: vec![0; SCRATCH],
            wanted: 0,
            next_housekeeping: 0,
            spun: 0,
            options,
        })
    }

    /// Time spent looking at the sockets without sleeping, in vain.
    pub fn spun(&self) -> Nanos {
        self.spun
    }

    fn clock(&self) -> Nanos {
        u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn close(&mut self, slot: u32) {
        self.connecting.remove(slot);
        self.waiting.remove(slot);
        self.slots[slot as usize].close();
        self.free.push(slot);
    }

    /// Opens a connection, with a request to send on it or at rest.
    fn open(
        &mut self,
        exchange: Option<Exchange>,
        now: Nanos,
    ) -> Result<u32, (Option<Exchange>, Failure)> {
        let socket = match self.connector.connect() {
            Ok(socket) => socket,
            Err(failure) => return Err((exchange, failure)),
        };
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Connection::empty());
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        let connection = &mut self.slots[slot as usize];
        let data =
            epoll::EventData::new_u64(connection.generation_after_open() << 32 | u64::from(slot));
        let flags = epoll::EventFlags::IN
            | epoll::EventFlags::OUT
            | epoll::EventFlags::RDHUP
            | epoll::EventFlags::ET;
        if let Err(error) = epoll::add(&self.epoll, &socket, data, flags) {
            self.free.push(slot);
            return Err((exchange, failure(error)));
        }
        connection.open(socket, exchange, now);
        self.connecting
            .push(slot, now.saturating_add(self.options.connect_timeout));
        Ok(slot)
    }

    /// A connection at rest that is still open.
    fn take_idle(&mut self, now: Nanos) -> Option<u32> {
        while let Some((slot, generation)) = self.idle.pop_back() {
            let connection = &self.slots[slot as usize];
            if connection.generation != generation || connection.state != State::Idle {
                continue;
            }
            let rested = now.saturating_sub(connection.idle_since);
            let usable = rested < self.options.idle_limit
                && (rested < SUSPECT_AFTER || connection.socket.as_ref().is_some_and(is_alive));
            if usable {
                return Some(slot);
            }
            self.close(slot);
        }
        None
    }

    /// Sends a request on a connection at rest or a new one. Returns the instant of the try.
    fn start(&mut self, mut exchange: Exchange) -> Nanos {
        loop {
            let now = self.clock();
            let (slot, fresh) = match self.take_idle(now) {
                Some(slot) => {
                    self.slots[slot as usize].assign(exchange);
                    (slot, false)
                }
                None => match self.open(Some(exchange), now) {
                    Ok(slot) => (slot, true),
                    Err((exchange, failure)) => {
                        if let Some(exchange) = exchange {
                            self.stillborn.push_back((exchange, now, failure));
                        }
                        return now;
                    }
                },
            };
            let now = self.clock();
            match self.slots[slot as usize].write(&self.head, now) {
                // A connection that is still being made has its events to come.
                Written::Nothing if fresh => return now,
                Written::Broken(error) if fresh => {
                    if let Some(exchange) = self.slots[slot as usize].exchange.take() {
                        self.stillborn.push_back((exchange, now, failure(error)));
                    }
                    self.close(slot);
                    return now;
                }
                Written::All | Written::Part | Written::Nothing => {
                    self.sent(slot, now);
                    return now;
                }
                Written::Broken(_) => {
                    let Some(mut back) = self.slots[slot as usize].exchange.take() else {
                        return now;
                    };
                    self.close(slot);
                    back.retries += 1;
                    exchange = back;
                }
            }
        }
    }

    /// A request is on its way: its answer has a deadline.
    fn sent(&mut self, slot: u32, now: Nanos) {
        self.connecting.remove(slot);
        self.slots[slot as usize].state = State::Busy;
        self.waiting
            .push(slot, now.saturating_add(self.options.request_timeout));
    }

    fn fail(
        &mut self,
        slot: u32,
        now: Nanos,
        failure: Failure,
        sink: &mut dyn FnMut(Completion<'_>),
    ) {
        let exchange = self.slots[slot as usize].exchange.take();
        self.close(slot);
        if let Some(exchange) = exchange {
            sink(exchange.completion(now, Err(failure)));
        }
    }

    /// Handles one event; true if it ended a request.
    fn handle(&mut self, event: epoll::Event, sink: &mut dyn FnMut(Completion<'_>)) -> bool {
        let data = event.data.u64();
        let slot = u32::try_from(data & u64::from(u32::MAX)).unwrap_or(u32::MAX);
        let Some(connection) = self.slots.get(slot as usize) else {
            return false;
        };
        if u64::from(connection.generation) != data >> 32 {
            return false;
        }
        let flags = event.flags;
        let readable = flags.intersects(
            epoll::EventFlags::IN
                | epoll::EventFlags::RDHUP
                | epoll::EventFlags::HUP
                | epoll::EventFlags::ERR,
        );
        match connection.state {
            State::Free => false,
            State::Idle => {
                if readable {
                    self.close(slot);
                }
                false
            }
            State::Connecting => self.connected(slot, flags, sink),
            State::Busy => {
                if flags.contains(epoll::EventFlags::OUT) && connection.is_writing() {
                    let now = self.clock();
                    _ = self.slots[slot as usize].write(&self.head, now);
                }
                readable && self.receive(slot, ended(flags), sink)
            }
        }
    }

    fn connected(
        &mut self,
        slot: u32,
        flags: epoll::EventFlags,
        sink: &mut dyn FnMut(Completion<'_>),
    ) -> bool {
        let connection = &self.slots[slot as usize];
        let error = connection
            .socket
            .as_ref()
            .map_or(Err(Errno::BADF), rustix::net::sockopt::socket_error);
        let now = self.clock();
        if let Ok(Err(error)) | Err(error) = error {
            let ended = self.slots[slot as usize].exchange.is_some();
            self.fail(slot, now, failure(error), sink);
            return ended;
        }
        if !flags.contains(epoll::EventFlags::OUT) {
            return false;
        }
        if self.slots[slot as usize].exchange.is_none() {
            self.rest(slot, now);
            return false;
        }
        if let Written::Broken(error) = self.slots[slot as usize].write(&self.head, now) {
            self.fail(slot, now, failure(error), sink);
            return true;
        }
        self.sent(slot, now);
        flags.intersects(epoll::EventFlags::IN | epoll::EventFlags::RDHUP)
            && self.receive(slot, ended(flags), sink)
    }

    fn rest(&mut self, slot: u32, now: Nanos) {
        self.connecting.remove(slot);
        let connection = &mut self.slots[slot as usize];
        connection.rest(now);
        self.idle.push_back((slot, connection.generation));
    }

    /// Ends what is past its deadline; true if that ended a request.
    fn expire(&mut self, now: Nanos, sink: &mut dyn FnMut(Completion<'_>)) -> bool {
        let mut ended = false;
        while let Some((slot, _)) = self
            .connecting
            .first()
            .filter(|(_, deadline)| *deadline <= now)
        {
            ended |= self.slots[slot as usize].exchange.is_some();
            let detail = format!(
                "no connection within {} s",
                crate::clock::seconds(self.options.connect_timeout)
            );
            self.fail(slot, now, Failure::new(Class::ConnectTimeout, detail), sink);
        }
        while let Some((slot, _)) = self
            .waiting
            .first()
            .filter(|(_, deadline)| *deadline <= now)
        {
            ended = true;
            let limit = crate::clock::seconds(self.options.request_timeout);
            let received = self.slots[slot as usize].received.len();
            let failure = if self.slots[slot as usize].has_first_byte() {
                Failure::new(
                    Class::SlowBody,
                    format!("{received} bytes within {limit} s"),
                )
            } else {
                Failure::new(Class::Timeout, format!("no byte within {limit} s"))
            };
            self.fail(slot, now, failure, sink);
        }
        ended
    }

    /// Closes connections that rested too long, and opens those that are wanted ahead.
    fn keep_house(&mut self, now: Nanos) {
        self.next_housekeeping = now + HOUSEKEEPING;
        while let Some((slot, generation)) = self.idle.front().copied() {
            let connection = &self.slots[slot as usize];
            let current = connection.generation == generation && connection.state == State::Idle;
            if current && now.saturating_sub(connection.idle_since) < self.options.idle_limit {
                break;
            }
            self.idle.pop_front();
            if current {
                self.close(slot);
            }
        }
        let open = self.slots.len() - self.free.len();
        for _ in open..self.wanted as usize {
            if self.open(None, now).is_err() {
                break;
            }
        }
    }

    fn poll(&mut self, timeout: Nanos) {
        let timeout = Timespec {
            tv_sec: i64::try_from(timeout / SECOND).unwrap_or(i64::MAX),
            tv_nsec: i64::try_from(timeout % SECOND).unwrap_or_default(),
        };
        self.events.clear();
        self.next_event = 0;
        _ = epoll::wait(
            &self.epoll,
            spare_capacity(&mut self.events),
            Some(&timeout),
        );
    }

    /// Handles events that were taken; true if one ended a request. The rest waits.
    fn handle_events(&mut self, sink: &mut dyn FnMut(Completion<'_>)) -> bool {
        while let Some(event) = self.events.get(self.next_event).copied() {
            self.next_event += 1;
            if self.handle(event, sink) {
                return true;
            }
        }
        false
    }
}

impl Transport for Http {
    fn now(&mut self) -> Nanos {
        self.clock()
    }

    fn send(&mut self, ticket: Ticket, body: &Arc<[u8]>) -> Nanos {
        self.start(Exchange::new(ticket, Arc::clone(body)))
    }

    fn wait(&mut self, until: Nanos, sink: &mut dyn FnMut(Completion<'_>)) {
        if let Some((exchange, at, failure)) = self.stillborn.pop_front() {
            sink(exchange.completion(at, Err(failure)));
            return;
        }
        if self.handle_events(sink) {
            return;
        }
        let now = self.clock();
        if self.expire(now, sink) {
            return;
        }
        let quiet =
            until.saturating_sub(now) > 200 * MICROSECOND || now >= self.next_housekeeping + SECOND;
        if now >= self.next_housekeeping && quiet {
            self.keep_house(now);
        }
        let deadlines = [self.connecting.first(), self.waiting.first()];
        let next = deadlines
            .iter()
            .flatten()
            .map(|(_, deadline)| *deadline)
            .fold(until, Nanos::min);
        let left = next.saturating_sub(now);
        let asleep = left.saturating_sub(self.options.spin);
        self.poll(asleep);
        if asleep == 0 && self.events.is_empty() && left > 0 {
            self.spun += self.clock().saturating_sub(now);
        }
        self.handle_events(sink);
    }

    fn abandon(&mut self) {
        for slot in 0..self.slots.len() {
            let busy = matches!(self.slots[slot].state, State::Busy | State::Connecting);
            if busy && let Ok(slot) = u32::try_from(slot) {
                self.close(slot);
            }
        }
        self.stillborn.clear();
        self.events.clear();
    }

    fn prepare(&mut self, connections: u32) {
        self.wanted = connections;
        self.next_housekeeping = 0;
    }
}
