//! The whole program against its own simulated server.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod configuration;
mod contract;
mod faults;
mod lifecycle;
mod scenario;
mod workers;
