//! Why a request failed. Each way has its class; none of them enters latency.

use crate::check::Fault;
use serde::{Deserialize, Serialize};

/// Class of a failed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// No connection: refused or unreachable. The request never left.
    Connect,
    /// No connection within the deadline. The request never left.
    ConnectTimeout,
    /// This machine ran out of files, ports or buffers. The client's fault, not the server's.
    ClientResources,
    /// No byte of an answer within the deadline.
    Timeout,
    /// An answer began and did not end within the deadline.
    SlowBody,
    /// The connection broke before the answer.
    Reset,
    /// A kept connection broke as it was used again, probably because the server had let it go.
    StaleConnection,
    /// The connection ended within the answer.
    Truncated,
    /// Status 400 to 499.
    #[serde(rename = "http-4xx")]
    Http4xx,
    /// Status 500 to 599.
    #[serde(rename = "http-5xx")]
    Http5xx,
    /// Any other status but 200.
    HttpOther,
    /// Not HTTP.
    MalformedHttp,
    /// An answer above the size limit.
    TooLarge,
    /// Status 200, not JSON.
    MalformedJson,
    /// JSON without a list of rows of numbers under `scores`.
    MissingScores,
    /// Not one row for each item.
    WrongRows,
    /// Not one number for each label.
    WrongColumns,
    /// NaN, an infinity or null among the scores.
    NotANumber,
    /// A score outside [0, 1].
    OutOfRange,
    /// A row that does not sum to 1.
    BadSum,
}

impl Class {
    /// Name in results and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::ConnectTimeout => "connect-timeout",
            Self::ClientResources => "client-resources",
            Self::Timeout => "timeout",
            Self::SlowBody => "slow-body",
            Self::Reset => "reset",
            Self::StaleConnection => "stale-connection",
            Self::Truncated => "truncated",
            Self::Http4xx => "http-4xx",
            Self::Http5xx => "http-5xx",
            Self::HttpOther => "http-other",
            Self::MalformedHttp => "malformed-http",
            Self::TooLarge => "too-large",
            Self::MalformedJson => "malformed-json",
            Self::MissingScores => "missing-scores",
            Self::WrongRows => "wrong-rows",
            Self::WrongColumns => "wrong-columns",
            Self::NotANumber => "not-a-number",
            Self::OutOfRange => "out-of-range",
            Self::BadSum => "bad-sum",
        }
    }

    /// Whether no connection could be made, so that nothing of the request left.
    pub fn is_refusal(self) -> bool {
        matches!(self, Self::Connect | Self::ConnectTimeout)
    }

    /// Whether the server answered with status 200 and something wrong.
    pub fn is_invalid_answer(self) -> bool {
        self >= Self::MalformedJson
    }
}

impl From<Fault> for Class {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::MalformedJson => Self::MalformedJson,
            Fault::MissingScores => Self::MissingScores,
            Fault::WrongRows => Self::WrongRows,
            Fault::WrongColumns => Self::WrongColumns,
            Fault::NotANumber => Self::NotANumber,
            Fault::OutOfRange => Self::OutOfRange,
            Fault::BadSum => Self::BadSum,
        }
    }
}

/// A failed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its class.
    pub class: Class,
    /// HTTP status, if there was one.
    pub status: Option<u16>,
    /// What was seen, in short: an error text or the first characters of the answer.
    pub detail: String,
}

impl Failure {
    /// A failure without a status.
    pub fn new(class: Class, detail: impl Into<String>) -> Self {
        Self {
            class,
            status: None,
            detail: detail.into(),
        }
    }
}

/// The first characters of an answer, for a person to read.
pub fn excerpt(bytes: &[u8]) -> String {
    const LONGEST: usize = 160;
    let head = &bytes[..bytes.len().min(LONGEST)];
    let mut text: String = String::from_utf8_lossy(head)
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if bytes.len() > LONGEST {
        text.push('…');
    }
    text
}
