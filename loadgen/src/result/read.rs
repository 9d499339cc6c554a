//! Reading a result: from its file, or from a log that holds it as a marked block.

use super::document::ResultDocument;
use crate::config::{Document, Problem, RESULT_SCHEMA, check};
use std::fmt;

/// First line of a result in a log.
pub const BLOCK_BEGIN: &str = "-----BEGIN XBENCH RESULT-----";
/// Last line of a result in a log.
pub const BLOCK_END: &str = "-----END XBENCH RESULT-----";

/// Why a text is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// Neither JSON nor a log with a marked block.
    NotJson(String),
    /// JSON, but not by the schema.
    Invalid(Vec<Problem>),
}

impl fmt::Display for ReadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(message) => write!(out, "not a result: {message}"),
            Self::Invalid(problems) => {
                let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
                out.write_str(&lines.join("\n"))
            }
        }
    }
}

/// Reads and checks a result. Never panics.
pub fn read(text: &str) -> Result<ResultDocument, ReadError> {
    let json = block(text).unwrap_or_else(|| text.to_owned());
    let value =
        serde_json::from_str(&json).map_err(|error| ReadError::NotJson(error.to_string()))?;
    let document = Document::from_value(value);
    let problems = check(RESULT_SCHEMA, &document).map_err(ReadError::NotJson)?;
    if !problems.is_empty() {
        return Err(ReadError::Invalid(problems));
    }
    serde_json::from_value(document.value).map_err(|error| ReadError::NotJson(error.to_string()))
}

/// The last whole block of a log, whatever prefix each line has.
fn block(text: &str) -> Option<String> {
    let begin = text.rfind(BLOCK_BEGIN)?;
    let line_start = text[..begin].rfind('\n').map_or(0, |end| end + 1);
    let prefix = begin - line_start;
    let end = begin + text[begin..].find(BLOCK_END)?;
    let inner = text[begin..end].lines().skip(1);
    // The block's last, unfinished line is the prefix of the end mark.
    let lines: Vec<&str> = inner.filter_map(|line| line.get(prefix..)).collect();
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_found_in_a_log_with_prefixes() {
        let log = format!(
            "[pod] hello\n[pod] {BLOCK_BEGIN}\n[pod] {{\"a\":\n[pod]  1}}\n[pod] {BLOCK_END}\n[pod] bye\n"
        );
        assert_eq!(block(&log).unwrap(), "{\"a\":\n 1}\n");
        let plain = format!("{BLOCK_BEGIN}\n{{}}\n{BLOCK_END}\n");
        assert_eq!(block(&plain).unwrap(), "{}");
        assert_eq!(block("no block"), None);
    }

    #[test]
    fn what_is_no_result_is_an_error() {
        assert!(matches!(read("hello"), Err(ReadError::NotJson(_))));
        assert!(matches!(read("{}"), Err(ReadError::Invalid(_))));
        assert!(matches!(read(BLOCK_BEGIN), Err(ReadError::NotJson(_))));
    }
}
