//! What builds print: `gcloud builds describe --format json`, metadata files of buildx, and lines of `crane`.

use crate::diagnostic::{Code, Diagnostic};
use crate::lock::Digest;
use crate::source::{Place, SourceId, Sources};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// A digest, and the image it is said to be of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Repository and tag; nothing if only a digest was printed.
    pub reference: Option<String>,
    /// The digest.
    pub digest: Digest,
    /// Where it was read.
    pub place: Place,
}

/// Reads every claim of an output, JSON or lines.
///
/// # Errors
///
/// Everything that cannot be understood, and an output that says nothing of any image.
pub fn read(sources: &Sources, source: SourceId) -> Result<Vec<Claim>, Vec<Diagnostic>> {
    let text = sources.get(source).map_or("", |source| &source.text);
    let mut reader = Reader {
        sources,
        source,
        text,
        claims: Vec::new(),
        problems: Vec::new(),
    };
    if text.trim_start().starts_with(['{', '[']) {
        reader.json();
    } else {
        reader.lines();
    }
    if reader.claims.is_empty() && reader.problems.is_empty() {
        let top = Place::top(source);
        reader.problems.push(
            Diagnostic::error(Code::BuildOutput, "it names no image and no digest")
                .at(top)
                .help(HELP),
        );
    }
    if reader.problems.is_empty() {
        Ok(reader.claims)
    } else {
        Err(reader.problems)
    }
}

const HELP: &str = "give what `gcloud builds describe BUILD --format json` prints, a metadata file of \
                    `docker buildx build`, or lines `REFERENCE DIGEST`";

struct Reader<'a> {
    sources: &'a Sources,
    source: SourceId,
    text: &'a str,
    claims: Vec<Claim>,
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn refuse(&mut self, place: Place, message: impl Into<String>) {
        self.problems
            .push(Diagnostic::error(Code::BuildOutput, message).at(place));
    }

    fn json(&mut self) {
        // Several metadata files one after the other are as good as one.
        for value in serde_json::Deserializer::from_str(self.text).into_iter::<Value>() {
            match value {
                Ok(Value::Array(builds)) => builds.iter().for_each(|build| self.document(build)),
                Ok(value) => self.document(&value),
                Err(error) => {
                    let lines = self
                        .text
                        .split_inclusive('\n')
                        .take(error.line().saturating_sub(1));
                    let start: usize = lines.map(str::len).sum();
                    let place = self.sources.place_of_byte(self.source, start);
                    self.refuse(place, format!("not JSON: {error}"));
                    return;
                }
            }
        }
    }

    fn document(&mut self, value: &Value) {
        let Some(fields) = value.as_object() else {
            self.refuse(
                Place::top(self.source),
                "neither a build nor a metadata file",
            );
            return;
        };
        if fields.contains_key("results") || fields.contains_key("steps") {
            self.build(fields);
        } else if fields.contains_key(DIGEST) {
            self.metadata(fields);
        } else {
            // `docker buildx bake` writes a map of targets.
            for target in fields.values().filter_map(Value::as_object) {
                if target.contains_key(DIGEST) {
                    self.metadata(target);
                }
            }
        }
    }

    /// A build of Cloud Build: what its steps handed on, and what it pushed itself.
    fn build(&mut self, build: &Map<String, Value>) {
        let status = build.get("status").and_then(Value::as_str);
        if let Some(status) = status.filter(|status| *status != "SUCCESS") {
            self.refuse(
                Place::top(self.source),
                format!("the build ended with {status}"),
            );
            return;
        }
        let list = |key: &str| {
            let values = build.get("results").and_then(|results| results.get(key));
            values
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default()
        };
        for image in list("images") {
            let text = |key: &str| image.get(key).and_then(Value::as_str).unwrap_or_default();
            self.claim(Some(text("name")), text("digest"));
        }
        for output in list("buildStepOutputs") {
            let bytes = STANDARD.decode(output.as_str().unwrap_or_default());
            let Ok(bytes) = bytes else {
                self.refuse(
                    Place::top(self.source),
                    "the output of a step is not base64",
                );
                continue;
            };
            // Steps may hand on other things than metadata.
            if let Ok(Value::Object(metadata)) = serde_json::from_slice(&bytes)
                && metadata.contains_key(DIGEST)
            {
                self.metadata(&metadata);
            }
        }
    }

    fn metadata(&mut self, metadata: &Map<String, Value>) {
        let text = |key: &str| {
            metadata
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let digest = text(DIGEST);
        let names = text("image.name");
        if names.is_empty() {
            self.refuse(
                Place::top(self.source),
                "the metadata names no image: it was built without a name",
            );
        }
        for name in names.split(',').filter(|name| !name.is_empty()) {
            self.claim(Some(name), digest);
        }
    }

    fn claim(&mut self, reference: Option<&str>, digest: &str) {
        let place = self.place_of(digest);
        match Digest::parse(digest) {
            Some(digest) => self.claims.push(Claim {
                reference: reference.map(str::to_owned),
                digest,
                place,
            }),
            None => self.refuse(place, not_a_digest(digest)),
        }
    }

    /// Where a text stands; the top if it is not there as it is.
    fn place_of(&self, text: &str) -> Place {
        match self.text.find(text).filter(|_| !text.is_empty()) {
            Some(start) => Place {
                end: u32::try_from(start + text.len()).unwrap_or(u32::MAX),
                ..self.sources.place_of_byte(self.source, start)
            },
            None => Place::top(self.source),
        }
    }

    fn lines(&mut self) {
        let mut offset = 0;
        for line in self.text.split_inclusive('\n') {
            let start = offset + line.len() - line.trim_start().len();
            offset += line.len();
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let place = Place {
                end: u32::try_from(start + line.len()).unwrap_or(u32::MAX),
                ..self.sources.place_of_byte(self.source, start)
            };
            match read_line(line) {
                Ok((reference, digest)) => self.claims.push(Claim {
                    reference,
                    digest,
                    place,
                }),
                Err(message) => self.refuse(place, message),
            }
        }
    }
}

/// `REFERENCE@DIGEST`, `REFERENCE DIGEST` or `DIGEST`.
fn read_line(line: &str) -> Result<(Option<String>, Digest), String> {
    let mut words = line.split_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    if words.next().is_some() {
        return Err("neither `REFERENCE DIGEST` nor `REFERENCE@DIGEST`".to_owned());
    }
    let (reference, digest) = match (second, first.split_once('@')) {
        (Some(digest), _) => (Some(first.trim_end_matches(':')), digest),
        (None, Some((reference, digest))) => (Some(reference), digest),
        (None, None) => (None, first),
    };
    let digest = Digest::parse(digest).ok_or_else(|| not_a_digest(digest))?;
    Ok((reference.map(str::to_owned), digest))
}

fn not_a_digest(text: &str) -> String {
    let shown: String = text.chars().take(80).collect();
    format!("`{shown}` is no digest: `sha256:` and 64 hexadecimal digits")
}

/// The key of a digest in a metadata file.
const DIGEST: &str = "containerimage.digest";
