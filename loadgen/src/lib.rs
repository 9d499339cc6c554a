//! A small, exact load generator for the Score API (`/v1/score`).
//!
//! The core (workload, schedule, measurement, statistics) is pure or generic over a transport with
//! a clock; sockets, files and the terminal are at the edges.

pub mod check;
pub mod clock;
pub mod commands;
pub mod config;
pub mod failure;
pub mod machine;
pub mod measure;
pub mod output;
pub mod result;
pub mod schedule;
pub mod session;
pub mod signals;
pub mod simulate;
pub mod statistics;
pub mod transport;
pub mod upload;
pub mod wall;
pub mod workload;
