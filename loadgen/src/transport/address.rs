//! From a base URL to a socket address.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::time::Duration;

/// Where a server listens, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// Host name or address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
}

impl fmt::Display for Authority {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(out, "[{}]:{}", self.host, self.port)
        } else {
            write!(out, "{}:{}", self.host, self.port)
        }
    }
}

impl Authority {
    /// Reads `http://host:port`; the port defaults to 80.
    ///
    /// # Errors
    /// What is wrong with the URL, in the user's words.
    pub fn parse(url: &str) -> Result<Self, String> {
        let Some(rest) = url.strip_prefix("http://") else {
            return Err(format!(
                "`{url}` does not start with http://; the server is next to the load generator, without TLS"
            ));
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '@']) {
            return Err(format!("`{url}` is more than a host and a port"));
        }
        let (host, port) = match rest.strip_prefix('[') {
            Some(inner) => {
                let (host, after) = inner
                    .split_once(']')
                    .ok_or_else(|| format!("`{url}` lacks a `]`"))?;
                (host, after.strip_prefix(':'))
            }
            None => match rest.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            },
        };
        let port = match port {
            None => 80,
            Some(port) => port.parse().map_err(|_| format!("`{port}` is no port"))?,
        };
        if host.is_empty() {
            return Err(format!("`{url}` has no host"));
        }
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }

    /// Looks the name up, at most for this long.
    pub fn resolve(&self, deadline: Duration) -> Result<SocketAddr, String> {
        let name = (self.host.clone(), self.port);
        self.resolve_with(deadline, move || {
            name.to_socket_addrs().map(Iterator::collect)
        })
    }

    /// [`Self::resolve`] with another resolver. One that hangs is left behind.
    pub fn resolve_with(
        &self,
        deadline: Duration,
        resolver: impl FnOnce() -> std::io::Result<Vec<SocketAddr>> + Send + 'static,
    ) -> Result<SocketAddr, String> {
        let (sender, receiver) = mpsc::channel();
        std::thread::Builder::new()
            .name("resolver".to_owned())
            .spawn(move || _ = sender.send(resolver()))
            .map_err(|error| format!("no thread to look up `{}`: {error}", self.host))?;
        let found = receiver.recv_timeout(deadline).map_err(|_| {
            format!(
                "the name `{}` was not resolved within {} s (timeouts.connectSeconds)",
                self.host,
                deadline.as_secs_f64()
            )
        })?;
        let addresses = found
            .map_err(|error| format!("the name `{}` cannot be resolved: {error}", self.host))?;
        // Servers listen on IPv4 by default, whatever order the resolver prefers.
        addresses
            .iter()
            .find(|address| address.is_ipv4())
            .or(addresses.first())
            .copied()
            .ok_or_else(|| format!("the name `{}` has no address", self.host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read() {
        let authority = |host: &str, port| {
            Ok(Authority {
                host: host.to_owned(),
                port,
            })
        };
        assert_eq!(
            Authority::parse("http://127.0.0.1:30000"),
            authority("127.0.0.1", 30000)
        );
        assert_eq!(Authority::parse("http://server/"), authority("server", 80));
        assert_eq!(Authority::parse("http://[::1]:8"), authority("::1", 8));
        for url in [
            "https://a",
            "a:1",
            "http://",
            "http://a:b",
            "http://a/b",
            "http://:1",
            "http://[::1",
        ] {
            assert!(Authority::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_slow_resolver_is_an_error_at_its_deadline() {
        let authority = Authority {
            host: "slow.test".to_owned(),
            port: 1,
        };
        let error = authority
            .resolve_with(Duration::from_millis(20), || {
                std::thread::sleep(Duration::from_secs(5));
                Ok(Vec::new())
            })
            .unwrap_err();
        assert!(
            error.contains("slow.test") && error.contains("connectSeconds"),
            "{error}"
        );
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        let authority = Authority {
            host: "x.invalid".to_owned(),
            port: 1,
        };
        let error = authority
            .resolve_with(Duration::from_secs(1), || {
                Err(std::io::Error::other("no such host"))
            })
            .unwrap_err();
        assert!(error.contains("no such host"), "{error}");
    }
}
