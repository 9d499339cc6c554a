//! Single requests around a run: readiness, reports, cache flushes. Blocking, with a deadline.

use super::response::{Parsed, parse};
use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A client for single requests; each has a connection of its own.
#[derive(Debug, Clone)]
pub struct Control {
    /// Address of the server.
    pub address: SocketAddr,
    /// Value of the `Host` header.
    pub host: String,
}

/// An answer of any status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlError(String);

impl fmt::Display for ControlError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

const MAX_ANSWER: usize = 64 << 20;

impl Control {
    /// Sends `GET path`.
    pub fn get(&self, path: &str, deadline: Duration) -> Result<Answer, ControlError> {
        self.request("GET", path, None, deadline)
    }

    /// Sends `POST path` with a JSON body.
    pub fn post(
        &self,
        path: &str,
        body: &[u8],
        deadline: Duration,
    ) -> Result<Answer, ControlError> {
        self.request("POST", path, Some(body), deadline)
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<&[u8]>,
        deadline: Duration,
    ) -> Result<Answer, ControlError> {
        let end = Instant::now() + deadline;
        let fail = |error: std::io::Error| match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                ControlError(format!("no answer within {} s", deadline.as_secs_f64()))
            }
            _ => ControlError(error.to_string()),
        };
        let mut stream = TcpStream::connect_timeout(&self.address, deadline).map_err(fail)?;
        stream.set_write_timeout(Some(deadline)).map_err(fail)?;
        let body_head = body.map_or(String::new(), |body| {
            format!(
                "Content-Type: application/json\r\nContent-Length: {}\r\n",
                body.len()
            )
        });
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{body_head}\r\n",
            self.host
        );
        stream.write_all(head.as_bytes()).map_err(fail)?;
        stream.write_all(body.unwrap_or_default()).map_err(fail)?;
        let mut received = Vec::new();
        let mut chunk = [0_u8; 16 << 10];
        loop {
            let left = end
                .saturating_duration_since(Instant::now())
                .max(Duration::from_millis(1));
            stream.set_read_timeout(Some(left)).map_err(fail)?;
            let count = match stream.read(&mut chunk) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                other => other.map_err(fail)?,
            };
            received.extend_from_slice(&chunk[..count]);
            match parse(&received, count == 0) {
                Parsed::Complete { head, body, .. } => {
                    return Ok(Answer {
                        status: head.status,
                        body: body.into_owned(),
                    });
                }
                Parsed::Invalid(message) => {
                    return Err(ControlError(format!("not HTTP: {message}")));
                }
                Parsed::Partial { .. } if count == 0 => {
                    return Err(ControlError(
                        "the connection ended within the answer".to_owned(),
                    ));
                }
                Parsed::Partial { .. } if received.len() > MAX_ANSWER || Instant::now() >= end => {
                    return Err(ControlError("the answer did not end".to_owned()));
                }
                Parsed::Partial { .. } => {}
            }
        }
    }
}
