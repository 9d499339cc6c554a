//! One connection of the simulated server.

use super::routes::Reply;
use crate::clock::Nanos;
use std::io::{ErrorKind, IoSlice, Read, Write};
use std::net::TcpStream;

/// A request that was received in full.
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    head: usize,
    length: usize,
}

#[derive(Default)]
pub(super) struct Connection {
    pub(super) socket: Option<TcpStream>,
    pub(super) generation: u32,
    pub(super) received: Vec<u8>,
    pub(super) busy: bool,
    pub(super) reply: Option<Reply>,
    pub(super) idle_since: Nanos,
    /// Requests received so far: only a connection that was used has a keep-alive limit.
    pub(super) served: u64,
    outgoing: Vec<u8>,
    needed: usize,
    closing: bool,
}

impl Connection {
    pub(super) fn open(&mut self, socket: TcpStream, now: Nanos) {
        let generation = self.generation.wrapping_add(1);
        *self = Self {
            socket: Some(socket),
            generation,
            idle_since: now,
            ..Self::default()
        };
    }

    pub(super) fn close(&mut self) {
        let generation = self.generation.wrapping_add(1);
        *self = Self {
            generation,
            ..Self::default()
        };
    }

    /// Makes the coming close a reset.
    pub(super) fn reset(&self) {
        if let Some(socket) = &self.socket {
            _ = rustix::net::sockopt::set_socket_linger(socket, Some(std::time::Duration::ZERO));
        }
    }

    /// Reads what there is; false if the peer is gone.
    pub(super) fn receive(&mut self, scratch: &mut [u8]) -> bool {
        let Some(socket) = &mut self.socket else {
            return false;
        };
        loop {
            match socket.read(scratch) {
                Ok(0) => return false,
                Ok(count) => {
                    self.received.extend_from_slice(&scratch[..count]);
                    if count < scratch.len() {
                        return true;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }

    pub(super) fn next_request(&mut self) -> Option<Request> {
        if self.received.is_empty() || self.received.len() < self.needed {
            return None;
        }
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        let head = match request.parse(&self.received) {
            Ok(httparse::Status::Complete(head)) => head,
            Ok(httparse::Status::Partial) => return None,
            Err(_) => {
                self.queue(
                    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                );
                self.finish();
                self.received.clear();
                return None;
            }
        };
        let named = |name: &str| {
            request
                .headers
                .iter()
                .find(|header| header.name.eq_ignore_ascii_case(name))
                .and_then(|header| std::str::from_utf8(header.value).ok())
        };
        let length = named("content-length")
            .and_then(|value| value.parse().ok())
            .unwrap_or(0_usize);
        let found = Request {
            method: request.method.unwrap_or_default().to_owned(),
            path: request.path.unwrap_or_default().to_owned(),
            head,
            length,
        };
        self.needed = head.saturating_add(length);
        (self.received.len() >= self.needed).then_some(found)
    }

    pub(super) fn body(&self, request: &Request) -> &[u8] {
        &self.received[request.head..request.head + request.length]
    }

    /// Forgets a request that has been taken.
    pub(super) fn consume(&mut self, request: &Request) {
        self.received.drain(..request.head + request.length);
        self.needed = 0;
        self.served += 1;
        if self.received.capacity() > 1 << 20 {
            self.received.shrink_to(64 << 10);
        }
    }

    pub(super) fn queue(&mut self, bytes: &[u8]) {
        self.queue_answer(bytes, b"");
    }

    /// Sends, and keeps what the kernel does not take.
    pub(super) fn queue_answer(&mut self, head: &[u8], body: &[u8]) {
        let Some(socket) = &mut self.socket else {
            return;
        };
        let mut sent = 0;
        if self.outgoing.is_empty() {
            sent = socket
                .write_vectored(&[IoSlice::new(head), IoSlice::new(body)])
                .unwrap_or(0);
        }
        if sent < head.len() + body.len() {
            self.outgoing
                .extend_from_slice(&head[sent.min(head.len())..]);
            self.outgoing
                .extend_from_slice(&body[sent.saturating_sub(head.len())..]);
        }
    }

    pub(super) fn flush(&mut self) {
        let Some(socket) = &mut self.socket else {
            return;
        };
        while !self.outgoing.is_empty() {
            match socket.write(&self.outgoing) {
                Ok(count) if count > 0 => _ = self.outgoing.drain(..count),
                _ => return,
            }
        }
    }

    /// Closes once everything has been sent.
    pub(super) fn finish(&mut self) {
        self.closing = true;
    }

    pub(super) fn is_finished(&self) -> bool {
        self.closing && self.outgoing.is_empty()
    }
}
