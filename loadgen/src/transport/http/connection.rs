//! One connection and the request on it.

use crate::clock::Nanos;
use crate::failure::Failure;
use crate::transport::{Completion, Ticket};
use rustix::io::Errno;
use std::io::{IoSlice, Write as _};
use std::os::fd::OwnedFd;
use std::sync::Arc;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// No socket.
    Free,
    /// Being made.
    Connecting,
    /// At rest.
    Idle,
    /// Carrying a request.
    Busy,
}

/// A request under way.
#[derive(Debug)]
pub(super) struct Exchange {
    ticket: Ticket,
    body: Arc<[u8]>,
    written: usize,
    sent: Option<Nanos>,
    first_byte: Option<Nanos>,
    pub(super) retries: u32,
}

impl Exchange {
    pub(super) fn new(ticket: Ticket, body: Arc<[u8]>) -> Self {
        Self {
            ticket,
            body,
            written: 0,
            sent: None,
            first_byte: None,
            retries: 0,
        }
    }

    pub(super) fn completion<'b>(
        &self,
        done: Nanos,
        outcome: Result<&'b [u8], Failure>,
    ) -> Completion<'b> {
        Completion {
            ticket: self.ticket,
            sent: self.sent,
            first_byte: self.first_byte,
            done,
            retries: self.retries,
            outcome,
        }
    }
}

/// What a write did.
pub(super) enum Written {
    /// The whole request is with the kernel.
    All,
    /// Some of it.
    Part,
    /// Nothing yet.
    Nothing,
    /// Nothing of this request ever left, and nothing will.
    Broken(Errno),
}

/// Received bytes that are kept allocated for the next answer.
const KEPT: usize = 64 << 10;

pub(super) struct Connection {
    pub(super) socket: Option<OwnedFd>,
    pub(super) generation: u32,
    pub(super) state: State,
    pub(super) exchange: Option<Exchange>,
    pub(super) received: Vec<u8>,
    pub(super) idle_since: Nanos,
    /// Requests assigned so far.
    pub(super) uses: u32,
    head: Vec<u8>,
}

impl Connection {
    pub(super) fn empty() -> Self {
        Self {
            socket: None,
            generation: 0,
            state: State::Free,
            exchange: None,
            received: Vec::new(),
            idle_since: 0,
            uses: 0,
            head: Vec::new(),
        }
    }

    pub(super) fn generation_after_open(&self) -> u64 {
        u64::from(self.generation.wrapping_add(1))
    }

    pub(super) fn open(&mut self, socket: OwnedFd, exchange: Option<Exchange>, now: Nanos) {
        self.socket = Some(socket);
        self.generation = self.generation.wrapping_add(1);
        self.state = State::Connecting;
        self.uses = u32::from(exchange.is_some());
        self.exchange = exchange;
        self.idle_since = now;
        self.received.clear();
    }

    pub(super) fn close(&mut self) {
        self.socket = None;
        self.generation = self.generation.wrapping_add(1);
        self.state = State::Free;
        self.exchange = None;
        self.received = Vec::new();
    }

    pub(super) fn assign(&mut self, exchange: Exchange) {
        self.uses = self.uses.saturating_add(1);
        self.exchange = Some(exchange);
        self.received.clear();
    }

    pub(super) fn rest(&mut self, now: Nanos) {
        self.state = State::Idle;
        self.idle_since = now;
        if self.received.capacity() > KEPT {
            self.received = Vec::new();
        }
    }

    pub(super) fn note_first_byte(&mut self, now: Nanos) {
        if let Some(exchange) = &mut self.exchange {
            exchange.first_byte.get_or_insert(now);
        }
    }

    pub(super) fn has_first_byte(&self) -> bool {
        self.exchange
            .as_ref()
            .is_some_and(|exchange| exchange.first_byte.is_some())
    }

    /// Whether some of the request is not with the kernel yet.
    pub(super) fn is_writing(&self) -> bool {
        self.exchange.as_ref().is_some_and(|exchange| {
            exchange.sent.is_none() || exchange.written < self.head.len() + exchange.body.len()
        })
    }

    /// Writes as much of the request as the kernel takes.
    pub(super) fn write(&mut self, head: &[u8], now: Nanos) -> Written {
        let (Some(socket), Some(exchange)) = (&self.socket, &mut self.exchange) else {
            return Written::Nothing;
        };
        if exchange.written == 0 {
            self.head.clear();
            self.head.extend_from_slice(head);
            // Writing to memory cannot fail.
            _ = write!(self.head, "{}\r\n\r\n", exchange.body.len());
        }
        loop {
            let head_left = &self.head[exchange.written.min(self.head.len())..];
            let body_written = exchange.written.saturating_sub(self.head.len());
            let body_left = &exchange.body[body_written..];
            if head_left.is_empty() && body_left.is_empty() {
                return Written::All;
            }
            match rustix::io::writev(socket, &[IoSlice::new(head_left), IoSlice::new(body_left)]) {
                Ok(count) => {
                    exchange.sent.get_or_insert(now);
                    exchange.written += count;
                    if count == head_left.len() + body_left.len() {
                        return Written::All;
                    }
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN | Errno::NOTCONN) if exchange.written == 0 => {
                    return Written::Nothing;
                }
                // A later error shows when the answer is read.
                Err(_) if exchange.written > 0 => return Written::Part,
                Err(error) => return Written::Broken(error),
            }
        }
    }
}
