//! Non-blocking sockets, as few calls as a request needs.

use crate::failure::{Class, Failure};
use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, sockopt};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;

/// Local addresses to connect from when a loopback server's ports run out: each has 28,000.
const LOOPBACK_SOURCES: u8 = 16;

/// Opens connections to one address.
#[derive(Debug)]
pub(super) struct Connector {
    address: SocketAddr,
    source: u8,
}

impl Connector {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, source: 0 }
    }

    /// Starts a connection.
    pub(super) fn connect(&mut self) -> Result<OwnedFd, Failure> {
        loop {
            match self.attempt() {
                Ok(socket) => return Ok(socket),
                Err(Errno::ADDRNOTAVAIL) if self.next_source() => {}
                Err(error) => return Err(failure(error)),
            }
        }
    }

    /// On loopback every address of 127.0.0.0/8 can be connected from, each with its own ports.
    fn next_source(&mut self) -> bool {
        let possible = matches!(self.address.ip(), IpAddr::V4(ip) if ip.is_loopback());
        if possible && self.source < LOOPBACK_SOURCES {
            self.source += 1;
            return true;
        }
        false
    }

    fn attempt(&self) -> Result<OwnedFd, Errno> {
        let family = if self.address.is_ipv4() {
            AddressFamily::INET
        } else {
            AddressFamily::INET6
        };
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, None)?;
        sockopt::set_tcp_nodelay(&socket, true)?;
        if self.source > 0 {
            let source = SocketAddr::from((Ipv4Addr::new(127, 0, 1, self.source), 0));
            rustix::net::bind(&socket, &source)?;
        }
        match rustix::net::connect(&socket, &self.address) {
            Ok(()) | Err(Errno::INPROGRESS) => Ok(socket),
            Err(error) => Err(error),
        }
    }
}

/// The failure of a connection that was not made.
pub(super) fn failure(error: Errno) -> Failure {
    let class = match error {
        Errno::MFILE
        | Errno::NFILE
        | Errno::NOBUFS
        | Errno::NOMEM
        | Errno::ADDRNOTAVAIL
        | Errno::ADDRINUSE => Class::ClientResources,
        Errno::TIMEDOUT => Class::ConnectTimeout,
        _ => Class::Connect,
    };
    Failure::new(class, error.to_string())
}

/// Whether a connection at rest is still open: no end and no stray byte waits to be read.
pub(super) fn is_alive(socket: &OwnedFd) -> bool {
    let mut byte = [0_u8; 1];
    let seen = rustix::net::recv(socket, &mut byte, RecvFlags::PEEK | RecvFlags::DONTWAIT);
    seen.is_err_and(|error| error == Errno::AGAIN)
}

/// Allows as many open files as the system lets this process have.
pub fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let most = [1_048_576, limit.maximum.unwrap_or(1_048_576)];
    for maximum in most {
        let wanted = Rlimit {
            current: Some(maximum),
            maximum: Some(maximum),
        };
        if limit.current.is_none_or(|current| current >= maximum)
            || setrlimit(Resource::Nofile, wanted).is_ok()
        {
            return;
        }
    }
}
