//! The whole program against servers: its own simulated one, and one in Python.

mod configuration;
mod faults;
mod lifecycle;
mod oracles;
mod scenario;
mod workers;
