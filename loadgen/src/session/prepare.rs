//! Before the first run: the address, readiness, the server's own report, the client's own limit.

use super::{Going, Session, StartError, calibrate};
use crate::clock::nanos;
use crate::result::{Expectation, ServerReport};
use crate::transport::address::Authority;
use crate::transport::control::{Answer, Control, ControlError};
use crate::transport::{Http, HttpOptions, socket};
use crate::workload::Bodies;
use serde_json::Value;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// Longest wait for a report or a command; JAX compiles in its health check.
const CONTROL_DEADLINE: Duration = Duration::from_secs(30);

impl<'a> Session<'a> {
    pub(super) fn start(&'a self) -> Result<Going<'a>, StartError> {
        let target = &self.config.target;
        let timeouts = &self.config.timeouts;
        let authority = Authority::parse(&target.url).map_err(StartError::NotReady)?;
        let connect =
            Duration::try_from_secs_f64(timeouts.connect_seconds).unwrap_or(CONTROL_DEADLINE);
        let lookup = authority.clone();
        let resolved = self
            .stop
            .unless_set(move || lookup.resolve(connect))
            .ok_or(StartError::Interrupted)?;
        let address = resolved.map_err(StartError::NotReady)?;
        socket::raise_file_limit();
        let options = HttpOptions {
            connect_timeout: nanos(timeouts.connect_seconds),
            request_timeout: nanos(timeouts.request_seconds),
            ..HttpOptions::new(address, authority.to_string())
        };
        let wake: &dyn AsFd = self.stop.wake();
        let http = Http::new(options, Some(wake))
            .map_err(|error| StartError::Machine(error.to_string()))?;
        let control = Control {
            address,
            host: authority.to_string(),
        };
        let ready_seconds = self.wait_until_ready(&control)?;
        let server = self.report(&control, ready_seconds)?;
        let calibration = self
            .shapes
            .iter()
            .max_by_key(|bodies| bodies.bytes())
            .and_then(|bodies| calibrate(bodies, calibration_concurrency(bodies), 0.3).ok());
        Ok(Going {
            session: self,
            http,
            control,
            server,
            calibration,
            runs: Vec::new(),
            saturation: Vec::new(),
            total_runs: 0,
            next_start: self.start_at,
        })
    }

    /// A single request that a signal cuts short.
    fn ask(
        &self,
        control: &Control,
        post: bool,
        path: &str,
        deadline: Duration,
    ) -> Result<Result<Answer, ControlError>, StartError> {
        let (control, path) = (control.clone(), path.to_owned());
        self.stop
            .unless_set(move || {
                if post {
                    control.post(&path, b"", deadline)
                } else {
                    control.get(&path, deadline)
                }
            })
            .ok_or(StartError::Interrupted)
    }

    fn wait_until_ready(&self, control: &Control) -> Result<f64, StartError> {
        let readiness = &self.config.target.readiness;
        let longest =
            Duration::try_from_secs_f64(readiness.timeout_seconds).unwrap_or(Duration::MAX);
        let (begin, mut told) = (Instant::now(), false);
        loop {
            let left = longest
                .saturating_sub(begin.elapsed())
                .max(Duration::from_millis(1));
            let seen =
                match self.ask(control, false, &readiness.path, left.min(CONTROL_DEADLINE))? {
                    Ok(Answer { status: 200, .. }) => return Ok(begin.elapsed().as_secs_f64()),
                    Ok(answer) => format!("{} answers {}", readiness.path, answer.status),
                    Err(error) => error.to_string(),
                };
            if begin.elapsed() >= longest {
                return Err(StartError::NotReady(format!(
                    "{} was not ready within {} s (target.readiness.timeoutSeconds): {seen}",
                    self.config.target.url, readiness.timeout_seconds
                )));
            }
            if !told {
                told = true;
                self.reporter
                    .line(format!("waiting for {}: {seen}", self.config.target.url));
            }
            let pause = readiness.interval_seconds.min(left.as_secs_f64());
            if !self.stop.sleep(pause) {
                return Err(StartError::Interrupted);
            }
        }
    }

    fn json(&self, control: &Control, paths: &[&str]) -> Result<Value, StartError> {
        for path in paths {
            if let Ok(answer) = self.ask(control, false, path, CONTROL_DEADLINE)?
                && answer.status == 200
                && let Ok(value) = serde_json::from_slice(&answer.body)
            {
                return Ok(value);
            }
        }
        Ok(Value::Null)
    }

    fn report(&self, control: &Control, ready_seconds: f64) -> Result<ServerReport, StartError> {
        let info = self.json(control, &["/get_server_info", "/server_info"])?;
        let model_info = self.json(control, &["/get_model_info", "/model_info"])?;
        let models = self.json(control, &["/v1/models"])?;
        let expectations = expectations(self.config, &info, &model_info);
        let wrong: Vec<String> = expectations
            .iter()
            .filter(|expectation| !expectation.equal && !expectation.allowed)
            .map(|expectation| {
                format!(
                    "`{}` is {} on the server, but the configuration locks {}",
                    expectation.key, expectation.reported, expectation.expected
                )
            })
            .collect();
        if !wrong.is_empty() {
            return Err(StartError::Mismatch(wrong));
        }
        for expectation in expectations.iter().filter(|expectation| !expectation.equal) {
            self.reporter.line(format!(
                "`{}` is {} on the server instead of {}: allowed",
                expectation.key, expectation.reported, expectation.expected
            ));
        }
        let frozen = self.ask(control, true, "/freeze_gc", CONTROL_DEADLINE)?;
        Ok(ServerReport {
            url: self.config.target.url.clone(),
            ready_seconds,
            version: info
                .get("version")
                .and_then(Value::as_str)
                .map(ToOwned::to_owned),
            info,
            model_info,
            models,
            garbage_collection_frozen: frozen.is_ok_and(|answer| answer.status == 200),
            cache_flushes: 0,
            expectations,
        })
    }
}

impl Going<'_> {
    /// Empties the server's prefix cache, if it can; a busy server is asked again for a second.
    pub(super) fn flush_cache(&mut self) {
        for _ in 0..5 {
            match self
                .session
                .ask(&self.control, true, "/flush_cache", CONTROL_DEADLINE)
            {
                Ok(Ok(answer)) if answer.status == 200 => {
                    self.server.cache_flushes += 1;
                    return;
                }
                Ok(Ok(answer)) if answer.status == 400 && self.session.stop.sleep(0.2) => {}
                _ => return,
            }
        }
    }

    /// Starts or stops the server's profiler, if asked for.
    pub(super) fn profile(&self, what: &str) {
        if !self.session.config.target.profiler {
            return;
        }
        let path = format!("/{what}_profile");
        // Stopping must work after a signal too, but not for long.
        let answer = self.control.post(&path, b"{}", Duration::from_secs(2));
        let said = answer.map_or_else(
            |error| error.to_string(),
            |answer| format!("status {}", answer.status),
        );
        self.session.reporter.line(format!("{path}: {said}"));
    }
}

/// As many in flight as fit in 16 MB, at most 64.
fn calibration_concurrency(bodies: &Bodies) -> u32 {
    let mean = bodies.bytes() / bodies.requests.len().max(1) as u64;
    u32::try_from((16 << 20) / mean.max(1))
        .unwrap_or(u32::MAX)
        .clamp(1, 64)
}

fn expectations(
    config: &crate::config::Config,
    info: &Value,
    model_info: &Value,
) -> Vec<Expectation> {
    config
        .target
        .expect
        .iter()
        .map(|(key, expected)| {
            let reported = info
                .get(key)
                .or_else(|| model_info.get(key))
                .cloned()
                .unwrap_or_default();
            Expectation {
                key: key.clone(),
                equal: same(expected, &reported),
                allowed: config.target.allow_mismatch.contains(key),
                expected: expected.clone(),
                reported,
            }
        })
        .collect()
}

/// Equal as JSON; numbers by value, so that 1 is 1.0.
#[expect(
    clippy::float_cmp,
    reason = "both were read from text: equal means equal"
)]
fn same(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use super::same;
    use serde_json::json;

    #[test]
    fn numbers_are_equal_by_value() {
        assert!(same(&json!(1), &json!(1.0)));
        assert!(same(&json!("a"), &json!("a")));
        assert!(!same(&json!(1), &json!("1")));
        assert!(!same(&json!(0.8), &json!(null)));
    }
}
