//! What a schema cannot see: values of a result that are none, or contradict each other.

use super::document::Document;
use super::rejected::Reason;
use super::run::Validity;

/// How far a probability may lie outside 0 to 1: servers compute in single precision.
const ROUNDING: f64 = 1e-4;

/// Checks a result of the load generator.
///
/// # Errors
///
/// The first contradiction, with its place.
pub(super) fn check(document: &Document) -> Result<(), Reason> {
    proved("/verdict", &document.validity)?;
    is_time("/startedAt", &document.started_at)?;
    is_time("/endedAt", &document.ended_at)?;
    for (index, run) in document.runs.iter().enumerate() {
        proved(&format!("/runs/{index}/verdict"), &run.validity)?;
        is_time(&format!("/runs/{index}/startedAt"), &run.started_at)?;
    }
    for (index, answer) in document.probe.iter().enumerate() {
        for (item, row) in answer.scores.iter().flatten().enumerate() {
            for (label, score) in row.iter().enumerate() {
                if !(-ROUNDING..=1.0 + ROUNDING).contains(score) {
                    return Err(Reason::Contradiction(format!(
                        "/probe/{index}/scores/{item}/{label}: {score:e} is no probability"
                    )));
                }
            }
        }
    }
    Ok(())
}

/// A verdict says what its rules say.
fn proved(pointer: &str, validity: &Validity) -> Result<(), Reason> {
    let broken = validity.rules.iter().find(|rule| !rule.passed);
    match broken {
        Some(rule) if validity.valid => Err(Reason::Contradiction(format!(
            "{pointer}/valid: it is true, and the rule `{}` did not pass",
            rule.rule
        ))),
        _ => Ok(()),
    }
}

/// The schema has seen to digits and signs; this sees to days and hours that exist.
fn is_time(pointer: &str, text: &str) -> Result<(), Reason> {
    let number = |from: usize, to: usize| -> Option<u32> { text.get(from..to)?.parse().ok() };
    let exists = || {
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        // A leap second is the 61st.
        ((1..=days).contains(&day) && hour < 24 && minute < 60 && second <= 60).then_some(())
    };
    exists().ok_or_else(|| {
        Reason::Contradiction(format!("{pointer}: there is no such time as `{text}`"))
    })
}
