//! HTTP/1.1 responses, read from bytes that may not be complete yet.

use std::borrow::Cow;

/// What a response's head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Status code.
    pub status: u16,
    /// Whether the connection may be used again.
    pub keep_alive: bool,
}

/// How far a response is.
#[derive(Debug, PartialEq, Eq)]
pub enum Parsed<'a> {
    /// More bytes are needed; `head` says whether the head is complete.
    Partial {
        /// Whether the head was read, so that what is missing is body.
        head: bool,
    },
    /// A whole response.
    Complete {
        /// Its head.
        head: Head,
        /// Its body.
        body: Cow<'a, [u8]>,
        /// Bytes that it took.
        used: usize,
    },
    /// Not HTTP.
    Invalid(String),
}

enum Length {
    Known(usize),
    Chunked,
    UntilClose,
}

const MAX_HEADERS: usize = 64;

/// Reads one response. `closed` says that no more bytes will come. Never panics.
pub fn parse(bytes: &[u8], closed: bool) -> Parsed<'_> {
    let mut skipped = 0;
    loop {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let head_length = match response.parse(&bytes[skipped..]) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Parsed::Partial { head: false },
            Err(error) => return Parsed::Invalid(error.to_string()),
        };
        let status = response.code.unwrap_or_default();
        let start = skipped + head_length;
        if (100..200).contains(&status) {
            skipped = start;
            continue;
        }
        let (length, keep_alive) = match framing(&response, status) {
            Ok(framing) => framing,
            Err(message) => return Parsed::Invalid(message),
        };
        let head = Head { status, keep_alive };
        return body(bytes, start, head, &length, closed);
    }
}

fn framing(response: &httparse::Response<'_, '_>, status: u16) -> Result<(Length, bool), String> {
    let mut length = Length::UntilClose;
    let mut keep_alive = response.version == Some(1);
    let mut chunked = false;
    for header in response.headers.iter() {
        let value = std::str::from_utf8(header.value).unwrap_or_default().trim();
        if header.name.eq_ignore_ascii_case("content-length") {
            let number = value
                .parse()
                .map_err(|_| format!("content-length `{value}`"))?;
            if matches!(length, Length::Known(other) if other != number) {
                return Err("two content-lengths".to_owned());
            }
            length = Length::Known(number);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            if !value.eq_ignore_ascii_case("chunked") {
                return Err(format!("transfer-encoding `{value}`"));
            }
            chunked = true;
        } else if header.name.eq_ignore_ascii_case("connection") {
            for option in value.split(',').map(str::trim) {
                if option.eq_ignore_ascii_case("close") {
                    keep_alive = false;
                } else if option.eq_ignore_ascii_case("keep-alive") {
                    keep_alive = true;
                }
            }
        }
    }
    if chunked {
        length = Length::Chunked;
    }
    if status == 204 || status == 304 {
        length = Length::Known(0);
    }
    Ok((length, keep_alive))
}

fn body<'a>(
    bytes: &'a [u8],
    start: usize,
    head: Head,
    length: &Length,
    closed: bool,
) -> Parsed<'a> {
    match length {
        Length::Known(length) => match start.checked_add(*length) {
            Some(end) if end <= bytes.len() => Parsed::Complete {
                head,
                body: Cow::Borrowed(&bytes[start..end]),
                used: end,
            },
            _ => Parsed::Partial { head: true },
        },
        Length::UntilClose if closed => Parsed::Complete {
            head: Head {
                keep_alive: false,
                ..head
            },
            body: Cow::Borrowed(&bytes[start..]),
            used: bytes.len(),
        },
        Length::UntilClose => Parsed::Partial { head: true },
        Length::Chunked => match dechunk(&bytes[start..]) {
            Ok(Some((body, used))) => Parsed::Complete {
                head,
                body: Cow::Owned(body),
                used: start + used,
            },
            Ok(None) => Parsed::Partial { head: true },
            Err(message) => Parsed::Invalid(message),
        },
    }
}

/// Chunks put together, and the bytes they took; nothing if the last is not there yet.
fn dechunk(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, String> {
    let mut body = Vec::new();
    let mut at = 0;
    loop {
        let (line, size) = match httparse::parse_chunk_size(&bytes[at..]) {
            Ok(httparse::Status::Complete(found)) => found,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err("chunk size".to_owned()),
        };
        at += line;
        if size == 0 {
            return trailers(&bytes[at..]).map(|used| used.map(|used| (body, at + used)));
        }
        let Some(end) = usize::try_from(size)
            .ok()
            .and_then(|size| at.checked_add(size))
        else {
            return Err("chunk size".to_owned());
        };
        let Some(after) = end.checked_add(2).filter(|after| *after <= bytes.len()) else {
            return Ok(None);
        };
        if &bytes[end..after] != b"\r\n" {
            return Err("chunk without its end".to_owned());
        }
        body.extend_from_slice(&bytes[at..end]);
        at = after;
    }
}

/// Bytes of the trailer section, its empty line included.
fn trailers(bytes: &[u8]) -> Result<Option<usize>, String> {
    let mut headers = [httparse::EMPTY_HEADER; 16];
    match httparse::parse_headers(bytes, &mut headers) {
        Ok(httparse::Status::Complete((used, _))) => Ok(Some(used)),
        Ok(httparse::Status::Partial) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(text: &str, closed: bool) -> (u16, bool, String, usize) {
        match parse(text.as_bytes(), closed) {
            Parsed::Complete { head, body, used } => (
                head.status,
                head.keep_alive,
                String::from_utf8(body.into_owned()).unwrap(),
                used,
            ),
            other => panic!("{text:?}: {other:?}"),
        }
    }

    #[test]
    fn every_framing_is_read() {
        let known = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        assert_eq!(
            complete(known, false),
            (200, true, "ok".to_owned(), known.len())
        );
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n3\r\n!!!\r\n0\r\nx: y\r\n\r\n";
        assert_eq!(
            complete(chunked, false),
            (200, true, "ok!!!".to_owned(), chunked.len())
        );
        let close = "HTTP/1.0 503 x\r\n\r\nbye";
        assert_eq!(
            complete(close, true),
            (503, false, "bye".to_owned(), close.len())
        );
        let kept = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n";
        assert!(complete(kept, false).1);
        let closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        assert!(!complete(closing, false).1);
        let after_continue = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n";
        assert_eq!(complete(after_continue, false).0, 204);
    }

    #[test]
    fn every_prefix_is_partial() {
        for text in [
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        ] {
            for end in 0..text.len() {
                let parsed = parse(&text.as_bytes()[..end], false);
                assert!(
                    matches!(parsed, Parsed::Partial { .. }),
                    "{end}: {parsed:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_not_http_is_invalid() {
        for text in [
            "hello world\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxx\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n",
        ] {
            assert!(
                matches!(parse(text.as_bytes(), true), Parsed::Invalid(_)),
                "{text:?}"
            );
        }
        let huge = "HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551615\r\n\r\n";
        assert_eq!(
            parse(huge.as_bytes(), false),
            Parsed::Partial { head: true }
        );
    }
}
