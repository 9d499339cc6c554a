//! `calibrate`: what this machine can send at best.

use super::arguments::CalibrateArguments;
use super::run::bodies;
use super::{Exit, complain, print};
use std::fmt::Write as _;

pub(super) fn calibrate(arguments: &CalibrateArguments) -> Exit {
    let shapes = match arguments.source.config().and_then(|config| bodies(&config)) {
        Ok(shapes) => shapes,
        Err(problems) => {
            for problem in &problems {
                complain(problem);
            }
            return Exit::No;
        }
    };
    if !(arguments.seconds > 0.0 && arguments.seconds <= 3600.0) {
        complain("--seconds must be above 0 and at most 3600");
        return Exit::CouldNot;
    }
    crate::transport::socket::raise_file_limit();
    let mut text = String::new();
    for bodies in &shapes {
        for concurrency in [1, 8, 64] {
            match crate::session::calibrate(bodies, concurrency, arguments.seconds) {
                Ok(found) => {
                    _ = writeln!(
                        text,
                        "{} bytes, {concurrency} in flight: {:.0} requests/s",
                        found.body_bytes, found.requests_per_second
                    );
                }
                Err(error) => {
                    complain(&format!("calibration: {error}"));
                    return Exit::CouldNot;
                }
            }
        }
    }
    match print(&text) {
        Ok(()) => Exit::Done,
        Err(error) => {
            complain(&error.to_string());
            Exit::CouldNot
        }
    }
}
