//! The probe set: the scores of a few fixed requests, one after the other.

use super::Going;
use crate::check::scores;
use crate::failure::Class;
use crate::result::ProbeAnswer;
use std::time::Duration;

pub(super) fn probe(going: &Going<'_>) -> Vec<ProbeAnswer> {
    let session = going.session;
    let deadline = Duration::try_from_secs_f64(session.config.timeouts.request_seconds)
        .unwrap_or(Duration::from_mins(1));
    let mut answers = Vec::new();
    for (shape, bodies) in (0..).zip(session.shapes) {
        for (index, request) in (0..session.config.probe.requests).zip(&bodies.requests) {
            let (control, body) = (going.control.clone(), std::sync::Arc::clone(&request.body));
            let Some(answer) = session
                .stop
                .unless_set(move || control.post("/v1/score", &body, deadline))
            else {
                return answers;
            };
            let found = match answer {
                Err(error) => Err(error.to_string()),
                Ok(answer) if answer.status != 200 => Err(format!(
                    "status {}: {}",
                    answer.status,
                    crate::failure::excerpt(&answer.body)
                )),
                Ok(answer) => scores(&answer.body, request.expect).map_err(|fault| {
                    format!(
                        "{}: {}",
                        Class::from(fault).name(),
                        crate::failure::excerpt(&answer.body)
                    )
                }),
            };
            let (scores, error) = match found {
                Ok(scores) => (Some(scores), None),
                Err(error) => (None, Some(error)),
            };
            answers.push(ProbeAnswer {
                shape,
                request: index,
                scores,
                error,
            });
        }
    }
    answers
}
