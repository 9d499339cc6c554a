//! Diagnostics as SARIF 2.1.0, for code scanning: one run, one document.
//!
//! A result of SARIF is about a place in a file. A diagnostic without one, such as a wrong argument, is a
//! notification of the run instead, so that no result points nowhere.
//! The types here are the output's own. Source: OASIS, "Static Analysis Results Interchange Format (SARIF)
//! Version 2.1.0", errata 01.

use super::place::FilePlace;
use super::{Code, Diagnostic, Folder, Severity};
use crate::source::Sources;
use serde::Serialize;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// By this name tools know the top of the repository.
const TOP: &str = "%SRCROOT%";

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    column_kind: &'static str,
    results: Vec<SarifResult>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Message,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    descriptor: Descriptor,
    level: &'static str,
    message: Message,
}

#[derive(Serialize)]
struct Descriptor {
    id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [SarifLocation; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<SarifLocation>,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifLocation {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    uri_base_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_column: u32,
}

/// The whole document; a run without results for no diagnostics.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, folder: &Folder) -> String {
    let mut codes: Vec<Code> = Vec::new();
    let mut results = Vec::new();
    let mut notifications = Vec::new();
    for diagnostic in diagnostics {
        let primary = diagnostic.primary.as_ref();
        match primary.and_then(|label| folder.locate(label, sources)) {
            None => notifications.push(notification(diagnostic, sources)),
            Some(place) => {
                let known = codes.iter().position(|code| *code == diagnostic.code);
                let rule_index = known.unwrap_or_else(|| {
                    codes.push(diagnostic.code);
                    codes.len() - 1
                });
                results.push(result(diagnostic, &place, rule_index, sources, folder));
            }
        }
    }
    let could_work = |one: &Diagnostic| {
        one.severity == Severity::Warning || !matches!(one.code, Code::Io | Code::Usage)
    };
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "xbench",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: codes.into_iter().map(rule).collect(),
                },
            },
            invocations: [Invocation {
                execution_successful: diagnostics.iter().all(could_work),
                tool_execution_notifications: notifications,
            }],
            column_kind: "unicodeCodePoints",
            results,
        }],
    };
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn rule(code: Code) -> Rule {
    Rule {
        id: code.name(),
        short_description: Message {
            text: code.description().to_owned(),
        },
    }
}

fn level(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn result(
    diagnostic: &Diagnostic,
    place: &FilePlace,
    rule_index: usize,
    sources: &Sources,
    folder: &Folder,
) -> SarifResult {
    let related = diagnostic
        .secondary
        .iter()
        .filter_map(|label| Some((folder.locate(label, sources)?, label)))
        .enumerate()
        .map(|(index, (place, label))| SarifLocation {
            id: Some(index + 1),
            message: message_if(&label.text),
            physical_location: physical(&place),
        });
    let primary = diagnostic.primary.as_ref();
    SarifResult {
        rule_id: diagnostic.code.name(),
        rule_index,
        level: level(diagnostic),
        message: message(diagnostic, None),
        locations: [SarifLocation {
            id: None,
            message: primary.and_then(|label| message_if(&label.text)),
            physical_location: physical(place),
        }],
        related_locations: related.collect(),
    }
}

fn notification(diagnostic: &Diagnostic, sources: &Sources) -> Notification {
    let primary = diagnostic.primary.as_ref();
    Notification {
        descriptor: Descriptor {
            id: diagnostic.code.name(),
        },
        level: level(diagnostic),
        message: message(
            diagnostic,
            primary.map(|label| format!("in {}", sources.locate(label.place))),
        ),
    }
}

fn message(diagnostic: &Diagnostic, place: Option<String>) -> Message {
    let help = diagnostic.help.as_ref().map(|help| format!("help: {help}"));
    let lines: Vec<String> = [Some(diagnostic.message.clone()), place, help]
        .into_iter()
        .flatten()
        .collect();
    Message {
        text: lines.join("\n"),
    }
}

fn message_if(text: &str) -> Option<Message> {
    (!text.is_empty()).then(|| Message {
        text: text.to_owned(),
    })
}

fn physical(place: &FilePlace) -> PhysicalLocation {
    PhysicalLocation {
        artifact_location: ArtifactLocation {
            uri: uri(&place.file),
            uri_base_id: TOP,
        },
        region: Region {
            start_line: place.line,
            start_column: place.column,
            end_column: place.end_column,
        },
    }
}

/// A relative path as a URI (RFC 3986): what is not unreserved is escaped, `/` apart.
fn uri(path: &str) -> String {
    path.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = std::fmt::Write::write_fmt(&mut text, format_args!("%{byte:02X}"));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("my bench/a.yaml"), "my%20bench/a.yaml");
        assert_eq!(uri("é:%"), "%C3%A9%3A%25");
    }
}
