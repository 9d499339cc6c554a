//! What each path answers.

use crate::simulate::answer::{Answers, score_answer};
use crate::simulate::faults::Fault;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Where a request goes.
pub(super) enum Route {
    Score,
    ServerInfo,
    Other(u16, String),
}

/// What goes back.
pub(super) enum Reply {
    Whole { head: Vec<u8>, body: Arc<str> },
    Part(Vec<u8>),
    PartThenClose(Vec<u8>),
    Reset,
    Silence,
}

impl Reply {
    pub(super) fn whole(status: u16, body: &str) -> Self {
        Self::Whole {
            head: head(status, body.len()),
            body: Arc::from(body),
        }
    }
}

fn head(status: u16, length: usize) -> Vec<u8> {
    let reason = if status == 200 { "OK" } else { "Error" };
    format!("HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n").into_bytes()
}

pub(super) fn route(method: &str, path: &str, ready: bool) -> Route {
    let found = |body: Value| Route::Other(200, body.to_string());
    match (method, path) {
        ("POST", "/v1/score") => Route::Score,
        ("GET", "/health") => Route::Other(200, String::new()),
        ("GET", "/health_generate") => Route::Other(if ready { 200 } else { 503 }, String::new()),
        ("GET", "/get_server_info") => Route::ServerInfo,
        ("GET", "/get_model_info") => {
            found(json!({"model_path": "simulated", "is_generation": true}))
        }
        ("GET", "/v1/models") => found(json!({
            "object": "list",
            "data": [{"id": "simulated", "object": "model", "max_model_len": 40960}]
        })),
        ("GET" | "POST", "/freeze_gc" | "/start_profile" | "/stop_profile")
        | ("POST", "/flush_cache") => Route::Other(200, "\"ok\"".to_owned()),
        (_, "/v1/score") => Route::Other(405, json!({"detail": "Method Not Allowed"}).to_string()),
        _ => Route::Other(404, json!({"detail": "Not Found"}).to_string()),
    }
}

pub(super) fn server_info(arguments: &Map<String, Value>) -> String {
    let mut info = json!({"status": "ready", "version": env!("CARGO_PKG_VERSION"), "max_req_input_len": 40954});
    if let Value::Object(map) = &mut info {
        map.extend(arguments.clone());
    }
    info.to_string()
}

pub(super) fn score(body: &[u8], fault: Option<Fault>, answers: &mut Answers) -> Reply {
    let status = |status: u16| {
        let error = json!({"object": "error", "message": "simulated", "type": "x", "param": null, "code": status});
        Reply::whole(status, &error.to_string())
    };
    match fault {
        None => {
            let (status, text) = answers.answer(body);
            Reply::Whole {
                head: head(status, text.len()),
                body: text,
            }
        }
        Some(Fault::Silence) => Reply::Silence,
        Some(Fault::Reset) => Reply::Reset,
        Some(Fault::Http400) => status(400),
        Some(Fault::Http500) => status(500),
        Some(Fault::NotHttp) => Reply::PartThenClose(b"this is not HTTP\r\n\r\n".to_vec()),
        Some(fault @ (Fault::SlowBody | Fault::Truncated)) => {
            let (code, text) = score_answer(body, None);
            let mut bytes = head(code, text.len());
            bytes.extend_from_slice(&text.as_bytes()[..text.len() / 2]);
            if fault == Fault::SlowBody {
                Reply::Part(bytes)
            } else {
                Reply::PartThenClose(bytes)
            }
        }
        Some(fault) => {
            let (code, text) = score_answer(body, Some(fault));
            Reply::whole(code, &text)
        }
    }
}
