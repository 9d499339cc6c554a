//! As much of a Kubernetes API server as `kubectl` asks for when it applies, compares, lists, waits and prunes:
//! Jobs, `ConfigMap`s, Pods and Secrets, selected by labels. It has no controllers and checks nothing, and an
//! apply merges what it is given: a test of what `kubectl` does with objects, not of the objects.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Kinds that it knows: the path of their version, their name in paths, and their kind.
const KINDS: [(&str, &str, &str); 4] = [
    ("/api/v1", "configmaps", "ConfigMap"),
    ("/api/v1", "pods", "Pod"),
    ("/api/v1", "secrets", "Secret"),
    ("/apis/batch/v1", "jobs", "Job"),
];

/// A server on a free port of this machine; it lives as long as the test.
#[derive(Clone)]
pub struct ApiServer {
    /// Where it listens.
    pub url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// By their paths.
    objects: BTreeMap<String, Value>,
    /// What was asked for: method and target.
    requests: Vec<String>,
    version: u64,
}

struct Request {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    body: Value,
}

struct Answer {
    status: u16,
    kind: &'static str,
    body: String,
}

/// Whether an object's labels are what a selector of equalities wants.
pub fn is_selected(object: &Value, selector: &str) -> bool {
    let labels = object.pointer("/metadata/labels");
    selector.split(',').all(|wanted| {
        let (key, value) = wanted.split_once('=').expect("a label and its value");
        let label = labels.and_then(|labels| labels.get(key));
        label.and_then(Value::as_str) == Some(value)
    })
}

impl Default for ApiServer {
    fn default() -> Self {
        Self::new()
    }
}

impl ApiServer {
    /// Starts with nothing in it.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let server = Self {
            url: format!("http://{address}"),
            state: Arc::default(),
        };
        let shared = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = shared.clone();
                // A client that goes away is no failure of the server.
                std::thread::spawn(move || drop(server.serve(&stream)));
            }
        });
        server
    }

    /// The objects of a kind, by their names.
    pub fn objects(&self, kind: &str) -> BTreeMap<String, Value> {
        let state = self.state.lock().expect("nobody panicked");
        let all = state.objects.values().filter(|one| one["kind"] == kind);
        all.map(|one| {
            let name = one["metadata"]["name"].as_str().expect("a name");
            (name.to_owned(), one.clone())
        })
        .collect()
    }

    /// Changes all objects of a kind, as a controller would, or somebody at a keyboard.
    pub fn change(&self, kind: &str, change: impl Fn(&mut Value)) {
        let mut state = self.state.lock().expect("nobody panicked");
        let all = state.objects.values_mut();
        all.filter(|one| one["kind"] == kind).for_each(change);
    }

    /// Makes an object, as a controller would.
    pub fn create(&self, object: &Value) {
        let kind = object["kind"].as_str().expect("a kind");
        let known = KINDS.iter().find(|known| known.2 == kind);
        let (version, plural, _) = known.expect("a known kind");
        let metadata = &object["metadata"];
        let text = |key: &str| metadata[key].as_str().expect("a text");
        let path = format!(
            "{version}/namespaces/{}/{plural}/{}",
            text("namespace"),
            text("name")
        );
        self.put(path, object.clone(), false);
    }

    /// What was asked for since the last time, as method and target.
    pub fn requests(&self) -> Vec<String> {
        let mut state = self.state.lock().expect("nobody panicked");
        std::mem::take(&mut state.requests)
    }

    fn serve(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        while let Some(request) = read(&mut reader)? {
            let target = format!("{} {} {:?}", request.method, request.path, request.query);
            let mut state = self.state.lock().expect("nobody panicked");
            state.requests.push(target);
            drop(state);
            let Answer { status, kind, body } = self.answer(&request);
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status} -\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
            )?;
        }
        Ok(())
    }

    fn answer(&self, request: &Request) -> Answer {
        let path = request.path.as_str();
        if request.method == "GET"
            && let Some(answer) = discovery(path)
        {
            return answer;
        }
        if path.ends_with("/log") {
            return Answer {
                status: 200,
                kind: "text/plain",
                body: format!("said by {path} {:?}\n", request.query),
            };
        }
        let known = KINDS.iter().find(|(version, plural, _)| {
            let rest = path.strip_prefix(version);
            rest.is_some_and(|rest| rest.split('/').any(|part| part == *plural))
        });
        let Some((_, plural, kind)) = known else {
            return refused(404, "NotFound");
        };
        let is_collection = path.ends_with(&format!("/{plural}"));
        let is_dry = request.query.iter().any(|(key, _)| key == "dryRun");
        let there = || {
            let state = self.state.lock().expect("nobody panicked");
            state.objects.get(path).cloned()
        };
        match (request.method.as_str(), is_collection) {
            // Lists of a watch come first; nothing happens afterwards.
            ("GET", true)
                if request
                    .query
                    .iter()
                    .any(|(key, _)| key == "sendInitialEvents") =>
            {
                refused(422, "Invalid")
            }
            ("GET", true) if request.query.iter().any(|(key, _)| key == "watch") => found(200, ""),
            ("GET", true) => self.list(request, kind),
            ("POST", true) => {
                let name = request.body["metadata"]["name"]
                    .as_str()
                    .unwrap_or_default();
                self.put(format!("{path}/{name}"), request.body.clone(), is_dry)
            }
            ("GET", false) => there().map_or_else(
                || refused(404, "NotFound"),
                |object| found(200, &object.to_string()),
            ),
            ("PATCH" | "PUT", false) => {
                let mut object = there().unwrap_or(Value::Null);
                merge(&mut object, &request.body);
                self.put(path.to_owned(), object, is_dry)
            }
            ("DELETE", false) => {
                let mut state = self.state.lock().expect("nobody panicked");
                match state.objects.remove(path) {
                    Some(object) => found(200, &object.to_string()),
                    None => refused(404, "NotFound"),
                }
            }
            _ => refused(405, "MethodNotAllowed"),
        }
    }

    fn put(&self, path: String, mut object: Value, is_dry: bool) -> Answer {
        let mut state = self.state.lock().expect("nobody panicked");
        let before = state.objects.get(&path);
        let was = |key: &str| before.map(|before| before["metadata"][key].clone());
        let is_same = before.is_some_and(|before| before["spec"] == object["spec"]);
        let generation = was("generation").and_then(|was| was.as_u64()).unwrap_or(0);
        let status = if before.is_some() { 200 } else { 201 };
        let version = match was("resourceVersion") {
            Some(version) if is_dry => version,
            _ => json!((state.version + 1).to_string()),
        };
        state.version += 1;
        let metadata = &mut object["metadata"];
        metadata["resourceVersion"] = version;
        metadata["generation"] = json!(generation + u64::from(!is_same));
        metadata["creationTimestamp"] = json!("2026-11-24T08:00:00Z");
        metadata["uid"] = json!(format!("uid-of-{path}"));
        let body = object.to_string();
        if !is_dry {
            state.objects.insert(path, object);
        }
        found(status, &body)
    }

    fn list(&self, request: &Request, kind: &str) -> Answer {
        let state = self.state.lock().expect("nobody panicked");
        let value = |name: &str| {
            let found = request.query.iter().find(|(key, _)| key == name);
            found
                .map(|(_, value)| value.as_str())
                .filter(|value| !value.is_empty())
        };
        let has_name = |object: &Value| {
            value("fieldSelector").is_none_or(|wanted| {
                let name = object["metadata"]["name"].as_str().unwrap_or_default();
                wanted == format!("metadata.name={name}")
            })
        };
        let below = format!("{}/", request.path);
        let items: Vec<&Value> = state
            .objects
            .iter()
            .filter(|(path, _)| path.starts_with(&below))
            .map(|(_, object)| object)
            .filter(|object| {
                value("labelSelector").is_none_or(|wanted| is_selected(object, wanted))
            })
            .filter(|object| has_name(object))
            .collect();
        let version = if kind == "Job" { "batch/v1" } else { "v1" };
        let list = json!({
            "apiVersion": version,
            "kind": format!("{kind}List"),
            "metadata": {"resourceVersion": state.version.to_string()},
            "items": items,
        });
        found(200, &list.to_string())
    }
}

fn found(status: u16, body: &str) -> Answer {
    Answer {
        status,
        kind: "application/json",
        body: body.to_owned(),
    }
}

fn refused(status: u16, reason: &str) -> Answer {
    let body = json!({
        "apiVersion": "v1", "kind": "Status", "status": "Failure",
        "reason": reason, "message": reason, "code": status,
    });
    found(status, &body.to_string())
}

/// What a client asks to find out what there is.
fn discovery(path: &str) -> Option<Answer> {
    let resources = |version: &str| -> Vec<Value> {
        let all = KINDS.iter().filter(|known| known.0 == version);
        all.map(|(_, plural, kind)| {
            let verbs = [
                "create", "delete", "get", "list", "patch", "update", "watch",
            ];
            json!({
                "name": plural, "singularName": kind.to_lowercase(), "namespaced": true,
                "kind": kind, "verbs": verbs,
            })
        })
        .collect()
    };
    let list = |version: &str, group_version: &str| {
        json!({
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version,
            "resources": resources(version),
        })
    };
    let batch = json!({"groupVersion": "batch/v1", "version": "v1"});
    let specification = |kind: &str| {
        // That it can check fields and try things out is all that is asked of the specification.
        let takes = ["dryRun", "fieldValidation"].map(|name| json!({"name": name, "in": "query"}));
        let group = if kind == "Job" { "batch" } else { "" };
        json!({"patch": {
            "parameters": takes, "responses": {},
            "x-kubernetes-group-version-kind": {"group": group, "version": "v1", "kind": kind},
        }})
    };
    let answer = match path {
        "/version" => json!({"major": "1", "minor": "35", "gitVersion": "v1.35.0"}),
        "/api" => json!({"kind": "APIVersions", "versions": ["v1"]}),
        "/apis" => json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": [
            {"name": "batch", "versions": [batch], "preferredVersion": batch},
        ]}),
        "/api/v1" => list("/api/v1", "v1"),
        "/apis/batch/v1" => list("/apis/batch/v1", "batch/v1"),
        "/openapi/v3" => json!({"paths": {
            "api/v1": {"serverRelativeURL": "/openapi/v3/api/v1?hash=1"},
            "apis/batch/v1": {"serverRelativeURL": "/openapi/v3/apis/batch/v1?hash=1"},
        }}),
        _ => {
            let version = path.strip_prefix("/openapi/v3")?;
            let all = KINDS.iter().filter(|known| known.0 == version);
            let paths: serde_json::Map<String, Value> = all
                .map(|(version, plural, kind)| {
                    let path = format!("{version}/namespaces/{{namespace}}/{plural}/{{name}}");
                    (path, specification(kind))
                })
                .collect();
            json!({"openapi": "3.0.0", "info": {"title": "", "version": ""}, "paths": paths})
        }
    };
    Some(found(200, &answer.to_string()))
}

fn read(reader: &mut BufReader<&TcpStream>) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or_default();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut words = line.split(' ');
    let mut word = || words.next().unwrap_or_default().to_owned();
    let (method, target) = (word(), word());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    Ok(Some(Request {
        method,
        path: decoded(path),
        query: pairs
            .map(|(key, value)| (decoded(key), decoded(value)))
            .collect(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    }))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digits: Vec<u8> = if byte == b'%' {
            rest.by_ref().take(2).collect()
        } else {
            Vec::new()
        };
        let code = std::str::from_utf8(&digits).ok();
        let code = code.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(code.unwrap_or(if byte == b'+' { b' ' } else { byte }));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, value) in patch {
        if value.is_null() {
            target.as_object_mut().expect("it is one").shift_remove(key);
        } else {
            merge(&mut target[key], value);
        }
    }
}
