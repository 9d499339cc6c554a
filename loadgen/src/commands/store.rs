//! Keeping a result: files first, then copies.

use crate::config::Config;
use crate::output::{Paths, Reporter, RequestLog, csv, write_whole};
use crate::result::{ResultDocument, Status};
use crate::upload::{Upload, upload as copy};
use std::path::Path;
use std::time::Duration;

/// How long an upload may take in all.
const PATIENCE: Duration = Duration::from_mins(10);
/// After a signal: a Spot node is gone in 15 s, and the result must be out within 5.
const PATIENCE_INTERRUPTED: Duration = Duration::from_secs(3);

/// The result's text.
pub(super) fn json(result: &ResultDocument) -> String {
    let mut text = serde_json::to_string_pretty(result).unwrap_or_default();
    text.push('\n');
    text
}

/// Finds out before anything is measured whether the files can be written.
pub(super) fn check_writable(paths: &Paths) -> Result<(), String> {
    let folder = paths
        .result
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("output.path: {}: {error}", folder.display()))?;
    }
    let trial = paths.result.with_extension("trial");
    if paths.result.is_dir() {
        return Err(format!(
            "output.path: {} is a folder",
            paths.result.display()
        ));
    }
    write_whole(&trial, b"")
        .and_then(|()| std::fs::remove_file(&trial))
        .map_err(|error| format!("output.path: {}: {error}", paths.result.display()))
}

/// Writes the files; what went wrong, if anything.
pub(super) fn store(
    result: &ResultDocument,
    paths: &Paths,
    log: Option<RequestLog>,
) -> Vec<String> {
    let named = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let mut wrong = Vec::new();
    if let Err(error) = write_whole(&paths.result, json(result).as_bytes()) {
        wrong.push(named(&paths.result, error));
    }
    let wants_csv = result
        .config
        .pointer("/output/csv")
        .and_then(serde_json::Value::as_bool)
        .unwrap_or(false);
    if wants_csv && let Err(error) = write_whole(&paths.csv, csv(result).as_bytes()) {
        wrong.push(named(&paths.csv, error));
    }
    if let Some(Err(error)) = log.map(RequestLog::finish) {
        wrong.push(named(&paths.requests, error));
    }
    wrong
}

/// Copies the files to object storage; what went wrong, if anything. The bytes come from memory, so
/// that a full disk does not lose them.
pub(super) fn upload(
    result: &ResultDocument,
    config: &Config,
    paths: &Paths,
    reporter: &Reporter,
) -> Vec<String> {
    let Some(url) = &config.output.upload else {
        return Vec::new();
    };
    let stem = stem(result);
    let mut files = vec![Upload {
        name: format!("{stem}.json"),
        bytes: json(result).into_bytes(),
    }];
    if config.output.csv {
        files.push(Upload {
            name: format!("{stem}.csv"),
            bytes: csv(result).into_bytes(),
        });
    }
    let interrupted = result.status == Status::Interrupted;
    if config.output.request_log
        && !interrupted
        && let Ok(bytes) = std::fs::read(&paths.requests)
    {
        files.push(Upload {
            name: format!("{stem}.requests.jsonl"),
            bytes,
        });
    }
    let patience = if interrupted {
        PATIENCE_INTERRUPTED
    } else {
        PATIENCE
    };
    match copy(url, &files, config.output.upload_attempts, patience) {
        Ok(()) => {
            reporter.line(format!(
                "uploaded {} to {url}",
                files
                    .iter()
                    .map(|file| file.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            ));
            Vec::new()
        }
        Err(error) => vec![format!(
            "upload to {url}: {error}; the result is at {}",
            paths.result.display()
        )],
    }
}

/// A name that no other measurement has: variant, start, configuration, worker.
fn stem(result: &ResultDocument) -> String {
    let variant = result
        .metadata
        .get("variant")
        .and_then(serde_json::Value::as_str)
        .unwrap_or("result");
    let safe = |text: &str| -> String {
        text.chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() || "._-".contains(letter) {
                    letter
                } else {
                    '-'
                }
            })
            .collect()
    };
    let start: String = result
        .started_at
        .chars()
        .filter(|letter| !"-:".contains(*letter))
        .collect();
    let worker = match (result.workers.count, result.workers.included.first()) {
        (count, Some(worker)) if count > 1 => format!(".w{worker}"),
        _ => String::new(),
    };
    format!(
        "{}.{start}.{}{worker}",
        safe(variant),
        result.config_hash.get(..8).unwrap_or_default()
    )
}
