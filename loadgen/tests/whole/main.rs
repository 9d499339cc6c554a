//! The whole program against servers: its own simulated one, and one in Python.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod configuration;
mod faults;
mod lifecycle;
mod oracles;
mod scenario;
mod workers;
