//! Reading answers: what came, what it is, and what becomes of the connection.

use super::Http;
use crate::clock::Nanos;
use crate::failure::{Class, Failure, excerpt};
use crate::transport::Completion;
use crate::transport::response::{Parsed, parse};
use rustix::event::epoll;
use rustix::io::Errno;

impl Http {
    /// Reads what there is; true if it ended a request.
    pub(super) fn receive(
        &mut self,
        slot: u32,
        ended: bool,
        sink: &mut dyn FnMut(Completion<'_>),
    ) -> bool {
        let mut scratch = std::mem::take(&mut self.scratch);
        let done = self.receive_into(slot, &mut scratch, ended, sink);
        self.scratch = scratch;
        done
    }

    fn receive_into(
        &mut self,
        slot: u32,
        scratch: &mut [u8],
        ended: bool,
        sink: &mut dyn FnMut(Completion<'_>),
    ) -> bool {
        loop {
            let connection = &mut self.slots[slot as usize];
            let Some(socket) = &connection.socket else {
                return false;
            };
            let read = rustix::io::read(socket, &mut *scratch);
            let now = u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX);
            match read {
                Ok(0) => return self.ended_by_peer(slot, now, None, sink),
                Ok(count) => {
                    connection.note_first_byte(now);
                    let fresh = connection.received.is_empty();
                    if !fresh {
                        connection.received.extend_from_slice(&scratch[..count]);
                    }
                    let mut received = std::mem::take(&mut connection.received);
                    let bytes = if fresh {
                        &scratch[..count]
                    } else {
                        received.as_slice()
                    };
                    let partial = match parse(bytes, false) {
                        Parsed::Partial { .. } => true,
                        parsed => return self.finish(slot, now, bytes, parsed, sink),
                    };
                    debug_assert!(partial, "whole answers are finished above");
                    if fresh {
                        received.extend_from_slice(&scratch[..count]);
                    }
                    let size = received.len();
                    self.slots[slot as usize].received = received;
                    if size > self.options.max_response {
                        let detail = format!("over {} bytes", self.options.max_response);
                        self.fail(slot, now, Failure::new(Class::TooLarge, detail), sink);
                        return true;
                    }
                    // A short read leaves nothing, but for the end of the stream.
                    if count < scratch.len() && !ended {
                        return false;
                    }
                }
                Err(Errno::AGAIN) => return false,
                Err(Errno::INTR) => {}
                Err(error) => return self.ended_by_peer(slot, now, Some(error), sink),
            }
        }
    }

    /// The peer closed or reset the connection under a request.
    fn ended_by_peer(
        &mut self,
        slot: u32,
        now: Nanos,
        error: Option<Errno>,
        sink: &mut dyn FnMut(Completion<'_>),
    ) -> bool {
        let connection = &mut self.slots[slot as usize];
        let received = std::mem::take(&mut connection.received);
        let reused = connection.uses > 1;
        let detail = error.map_or_else(
            || "the server closed the connection".to_owned(),
            |error| error.to_string(),
        );
        if received.is_empty() {
            let class = if reused {
                Class::StaleConnection
            } else {
                Class::Reset
            };
            self.fail(slot, now, Failure::new(class, detail), sink);
            return true;
        }
        match parse(&received, error.is_none()) {
            Parsed::Partial { .. } => {
                let failure = Failure::new(
                    Class::Truncated,
                    format!("{detail} after {} bytes", received.len()),
                );
                self.fail(slot, now, failure, sink);
                true
            }
            parsed => self.finish(slot, now, &received, parsed, sink),
        }
    }

    fn finish(
        &mut self,
        slot: u32,
        now: Nanos,
        bytes: &[u8],
        parsed: Parsed<'_>,
        sink: &mut dyn FnMut(Completion<'_>),
    ) -> bool {
        let connection = &mut self.slots[slot as usize];
        let (head, body, used) = match parsed {
            Parsed::Complete { head, body, used } => (head, body, used),
            Parsed::Invalid(message) => {
                let detail = format!("{message}: {}", excerpt(bytes));
                self.fail(slot, now, Failure::new(Class::MalformedHttp, detail), sink);
                return true;
            }
            Parsed::Partial { .. } => return false,
        };
        // After an error the servers close, whatever they said; the next request would meet that.
        let reusable = head.status == 200
            && head.keep_alive
            && used == bytes.len()
            && !connection.is_writing();
        let exchange = connection.exchange.take();
        self.waiting.remove(slot);
        if reusable {
            self.rest(slot, now);
        } else {
            self.close(slot);
        }
        let Some(exchange) = exchange else {
            return false;
        };
        let outcome = if head.status == 200 {
            Ok(&*body)
        } else {
            Err(status_failure(head.status, &body))
        };
        sink(exchange.completion(now, outcome));
        true
    }
}

/// Whether the peer has sent all that it will.
pub(super) fn ended(flags: epoll::EventFlags) -> bool {
    flags.intersects(epoll::EventFlags::RDHUP | epoll::EventFlags::HUP | epoll::EventFlags::ERR)
}

fn status_failure(status: u16, body: &[u8]) -> Failure {
    let class = match status {
        400..=499 => Class::Http4xx,
        500..=599 => Class::Http5xx,
        _ => Class::HttpOther,
    };
    Failure {
        class,
        status: Some(status),
        detail: excerpt(body),
    }
}
