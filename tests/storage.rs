//! Results in object storage, against a contract server of our own.
//!
//! It speaks as much of the XML API, which is that of S3 too, as listing and reading need, written after
//! the public descriptions of both. The emulators of Google Cloud Storage that are published as Python
//! packages refuse this API. S3 is also tested against `moto`: `oracle_storage.rs`.
#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on ends by panicking"
)]

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use xbench_scenario::{Run, Scenario, Simulated};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// What goes wrong when an object is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The body comes in small pieces.
    Slow,
    /// 503, so many times.
    Unavailable(u32),
    /// The body ends in the middle, so many times.
    Truncated(u32),
    /// No answer at all.
    Silent,
    /// 403.
    Forbidden,
}

#[derive(Default)]
struct Bucket {
    objects: BTreeMap<String, Vec<u8>>,
    faults: BTreeMap<String, Fault>,
    /// How often each object was asked for.
    asked: BTreeMap<String, u32>,
    /// Pages of lists given out.
    pages: u32,
}

/// A server with one bucket, named `bucket`.
#[derive(Clone)]
struct Server {
    bucket: Arc<Mutex<Bucket>>,
    url: String,
}

/// Objects on a page of a list.
const PAGE: usize = 2;

impl Server {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!(
            "http://{}",
            listener.local_addr().expect("it has an address")
        );
        let server = Self {
            bucket: Arc::default(),
            url,
        };
        let shared = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = shared.clone();
                // A client that goes away is no failure of the server.
                thread::spawn(move || drop(server.serve(&stream)));
            }
        });
        server
    }

    fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) -> &Self {
        let mut bucket = self.bucket.lock().expect("nobody panicked");
        bucket.objects.insert(key.to_owned(), bytes.into());
        self
    }

    fn fault(&self, key: &str, fault: Fault) -> &Self {
        let mut bucket = self.bucket.lock().expect("nobody panicked");
        bucket.faults.insert(key.to_owned(), fault);
        self
    }

    fn asked(&self, key: &str) -> u32 {
        let bucket = self.bucket.lock().expect("nobody panicked");
        bucket.asked.get(key).copied().unwrap_or_default()
    }

    fn serve(&self, stream: &TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let mut range = None;
            loop {
                let mut header = String::new();
                reader.read_line(&mut header)?;
                if header.trim().is_empty() {
                    break;
                }
                let lower = header.to_ascii_lowercase();
                if let Some(bytes) = lower.strip_prefix("range: bytes=") {
                    let first = bytes.split('-').next().unwrap_or_default();
                    range = first.trim().parse::<usize>().ok();
                }
            }
            let mut words = line.split(' ');
            let (method, target) = (
                words.next().unwrap_or_default(),
                words.next().unwrap_or_default(),
            );
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let path = decoded(path);
            let key = path.trim_start_matches("/bucket").trim_start_matches('/');
            let is_open = if key.is_empty() {
                self.list(query, stream)?
            } else {
                self.object(method, key, range, stream)?
            };
            if !is_open {
                return Ok(());
            }
        }
    }

    fn list(&self, query: &str, mut stream: &TcpStream) -> std::io::Result<bool> {
        let value = |name: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .clone()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| decoded(value))
        };
        let prefix = value("prefix").unwrap_or_default();
        let after = value("continuation-token").unwrap_or_default();
        let mut bucket = self.bucket.lock().expect("nobody panicked");
        bucket.pages += 1;
        let mut keys = bucket
            .objects
            .iter()
            .filter(|(key, _)| key.starts_with(&prefix) && **key > after);
        let mut xml = String::from("<?xml version='1.0' encoding='UTF-8'?><ListBucketResult>");
        let mut last = String::new();
        for (key, bytes) in keys.by_ref().take(PAGE) {
            let _ = write!(
                xml,
                "<Contents><Key>{key}</Key><LastModified>2026-11-24T08:00:00.000Z</LastModified>\
                 <ETag>\"{}\"</ETag><Size>{}</Size></Contents>",
                bytes.len(),
                bytes.len()
            );
            last.clone_from(key);
        }
        if keys.next().is_some() {
            let _ = write!(
                xml,
                "<IsTruncated>true</IsTruncated><NextContinuationToken>{last}</NextContinuationToken>"
            );
        }
        xml.push_str("</ListBucketResult>");
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: {}\r\n\r\n{xml}",
            xml.len()
        )?;
        Ok(true)
    }

    fn object(
        &self,
        method: &str,
        key: &str,
        range: Option<usize>,
        mut stream: &TcpStream,
    ) -> std::io::Result<bool> {
        let (bytes, fault) = {
            let mut bucket = self.bucket.lock().expect("nobody panicked");
            if method == "GET" {
                *bucket.asked.entry(key.to_owned()).or_default() += 1;
            }
            let fault = bucket.faults.get(key).copied();
            match fault {
                Some(Fault::Unavailable(left)) if left > 1 => {
                    bucket
                        .faults
                        .insert(key.to_owned(), Fault::Unavailable(left - 1));
                }
                Some(Fault::Truncated(left)) if left > 1 => {
                    bucket
                        .faults
                        .insert(key.to_owned(), Fault::Truncated(left - 1));
                }
                Some(Fault::Unavailable(_) | Fault::Truncated(_)) => {
                    bucket.faults.remove(key);
                }
                _ => {}
            }
            (bucket.objects.get(key).cloned(), fault)
        };
        let status = match (&bytes, fault) {
            (_, Some(Fault::Unavailable(_))) => "503 Service Unavailable",
            (_, Some(Fault::Forbidden)) => "403 Forbidden",
            (None, _) => "404 Not Found",
            _ if range.is_some() => "206 Partial Content",
            _ => "200 OK",
        };
        let bytes = bytes.unwrap_or_default();
        if status.starts_with('4') || status.starts_with('5') {
            write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")?;
            return Ok(true);
        }
        if fault == Some(Fault::Silent) {
            // Until the client has had enough.
            stream.set_read_timeout(Some(Duration::from_mins(1)))?;
            let _ = stream.read(&mut [0; 1]);
            return Ok(false);
        }
        let from = range.unwrap_or_default().min(bytes.len());
        let body = &bytes[from..];
        let total = bytes.len();
        write!(
            stream,
            "HTTP/1.1 {status}\r\nETag: \"{total}\"\r\nLast-Modified: Tue, 24 Nov 2026 08:00:00 GMT\r\n\
             Content-Range: bytes {from}-{}/{total}\r\nContent-Length: {}\r\n\r\n",
            total.saturating_sub(1),
            body.len()
        )?;
        if method == "HEAD" {
            return Ok(true);
        }
        match fault {
            Some(Fault::Truncated(_)) => {
                stream.write_all(&body[..body.len() / 2])?;
                Ok(false)
            }
            Some(Fault::Slow) => {
                for piece in body.chunks(1_000) {
                    stream.write_all(piece)?;
                    stream.flush()?;
                    thread::yield_now();
                }
                Ok(true)
            }
            _ => {
                stream.write_all(body)?;
                Ok(true)
            }
        }
    }
}

/// Percent-decoded.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
            let digits = String::from_utf8_lossy(&digits).into_owned();
            bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Compares two places of a bucket, as both clouds' clients do.
fn compare(server: &Server, scheme: &str, base: &str, candidate: &str) -> Run {
    let url = |path: &str| format!("{scheme}://bucket/{path}");
    let (base, candidate) = (url(base), url(candidate));
    let arguments = [
        "compare",
        &base,
        &candidate,
        "--format=json",
        "--storage-timeout=2",
    ];
    run(server, &Scenario::empty(), &arguments)
}

/// Runs the program with the server as both clouds.
fn run(server: &Server, scenario: &Scenario, arguments: &[&str]) -> Run {
    scenario
        .program(XBENCH)
        .variable("GOOGLE_BASE_URL", &server.url)
        .variable("GOOGLE_SKIP_SIGNATURE", "true")
        .variable("GOOGLE_ALLOW_HTTP", "true")
        .variable("AWS_ENDPOINT", &server.url)
        .variable("AWS_ACCESS_KEY_ID", "made")
        .variable("AWS_SECRET_ACCESS_KEY", "up")
        .variable("AWS_REGION", "here")
        .variable("AWS_ALLOW_HTTP", "true")
        .args(arguments)
        .run()
}

/// A bucket with three results of each side.
fn filled() -> Server {
    let server = Server::new();
    for (side, seed) in [("base", 2), ("candidate", 3)] {
        for number in 0..3 {
            let simulated = Simulated {
                seed,
                number: 2 * number + seed % 2,
                ..Simulated::default()
            };
            server.put(&format!("nightly/{side}/{number}.json"), simulated.text());
            server.put(&format!("nightly/{side}/{number}.csv"), "beside it");
        }
    }
    server
}

#[track_caller]
fn runs(said: &Run) -> (u64, u64) {
    let answer: Value = serde_json::from_str(&said.stdout).unwrap_or_default();
    let count = |side: &str| {
        let pointer = format!("/comparisons/0/points/0/{side}/runs");
        answer
            .pointer(&pointer)
            .and_then(Value::as_u64)
            .unwrap_or_default()
    };
    (count("base"), count("candidate"))
}

#[test]
fn prefixes_patterns_and_objects_are_read_in_both_clouds() {
    let server = filled();
    for scheme in ["gs", "s3"] {
        for (base, candidate, wanted) in [
            ("nightly/base", "nightly/candidate/", (3, 3)),
            ("nightly/base/[01].json", "**/candidate/*.json", (2, 3)),
            ("nightly/base/2.json", "nightly/candidate/1.json", (1, 1)),
        ] {
            let said = compare(&server, scheme, base, candidate);
            assert_eq!(said.code, Some(0), "{scheme} {base}: {}", said.stderr);
            assert_eq!(runs(&said), wanted, "{scheme} {base}");
        }
    }
    assert!(
        server.bucket.lock().expect("nobody panicked").pages > 8,
        "lists have pages"
    );
    assert_eq!(server.asked("nightly/base/0.csv"), 0);
}

#[test]
fn a_store_that_recovers_costs_nothing_but_time() {
    let server = filled();
    server
        .fault("nightly/base/0.json", Fault::Slow)
        .fault("nightly/base/1.json", Fault::Unavailable(2))
        .fault("nightly/candidate/0.json", Fault::Truncated(1));
    let said = compare(&server, "gs", "nightly/base", "nightly/candidate");
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert_eq!(runs(&said), (3, 3));
    assert_eq!(server.asked("nightly/base/1.json"), 3);
    assert_eq!(server.asked("nightly/candidate/0.json"), 2);
}

#[test]
fn a_store_that_does_not_is_trouble_and_gives_no_answer() {
    for (fault, wanted) in [
        (Fault::Unavailable(1_000), "503"),
        (Fault::Truncated(1_000), ""),
        (Fault::Silent, ""),
        (Fault::Forbidden, "403"),
    ] {
        let server = filled();
        server.fault("nightly/candidate/1.json", fault);
        let said = compare(&server, "gs", "nightly/base", "nightly/candidate");
        assert_eq!(
            (said.code, said.stdout.as_str()),
            (Some(2), ""),
            "{fault:?}"
        );
        assert!(
            said.stderr.contains("gs://bucket/nightly/candidate/1.json"),
            "{fault:?}: {}",
            said.stderr
        );
        assert!(said.stderr.contains(wanted), "{fault:?}: {}", said.stderr);
    }
}

#[test]
fn what_is_not_there_and_what_is_no_result_are_told_apart() {
    let server = filled();
    server.put("nightly/candidate/broken.json", "{\"schemaVersion\": 1");
    let said = compare(&server, "gs", "nightly/base", "nightly/candidate");
    assert_eq!(
        (said.code, runs(&said)),
        (Some(0), (3, 3)),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr
            .contains("`gs://bucket/nightly/candidate/broken.json` is left out"),
        "{}",
        said.stderr
    );
    let said = compare(&server, "gs", "nightly/base", "nightly/nobody");
    assert_eq!(said.code, Some(2));
    assert!(
        said.stderr
            .contains("`gs://bucket/nightly/nobody` holds no result"),
        "{}",
        said.stderr
    );
    let said = compare(&server, "gs", "nightly/base", "nightly/nobody.json");
    assert_eq!(said.code, Some(2), "{}", said.stderr);
}

#[test]
fn a_history_reads_each_object_once() {
    for scheme in ["gs", "s3"] {
        let server = filled();
        let scenario = Scenario::empty();
        let url = format!("{scheme}://bucket/nightly/base");
        let arguments = ["history", &url, "--index=index.sqlite", "--format=csv"];
        let rows = |said: &Run| said.stdout.lines().count() - 1;
        for _ in 0..2 {
            let said = run(&server, &scenario, &arguments);
            assert_eq!((rows(&said), said.code), (3, Some(0)), "{}", said.stderr);
        }
        assert_eq!(server.asked("nightly/base/0.json"), 1, "{scheme}");
        let newer = Simulated {
            seed: 2,
            number: 9,
            runs: 2,
            ..Simulated::default()
        };
        server.put("nightly/base/new.json", newer.text());
        let said = run(&server, &scenario, &arguments);
        assert_eq!((rows(&said), said.stderr.as_str()), (4, ""));
        assert_eq!(server.asked("nightly/base/0.json"), 1, "{scheme}");
        assert_eq!(server.asked("nightly/base/new.json"), 1, "{scheme}");
    }
}
