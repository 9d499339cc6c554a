//! `calibrate`: what this machine can send at best.

use super::arguments::CalibrateArguments;
use super::run::bodies;
use super::{Exit, Refusal, print};
use std::fmt::Write as _;

pub(super) fn calibrate(arguments: &CalibrateArguments) -> Result<Exit, Refusal> {
    let shapes = bodies(&arguments.source.config()?)?;
    if !(arguments.seconds > 0.0 && arguments.seconds <= 3600.0) {
        return Err(Refusal::could_not(
            "--seconds must be above 0 and at most 3600",
        ));
    }
    crate::transport::socket::raise_file_limit();
    let mut text = String::new();
    for bodies in &shapes {
        for concurrency in [1, 8, 64] {
            let found = crate::session::calibrate(bodies, concurrency, arguments.seconds)
                .map_err(|error| Refusal::could_not(format!("calibration: {error}")))?;
            _ = writeln!(
                text,
                "{} bytes, {concurrency} in flight: {:.0} requests/s",
                found.body_bytes, found.requests_per_second
            );
        }
    }
    print(&text)?;
    Ok(Exit::Done)
}
