//! Results of others: the CSV of `SGLang`'s `bench_score.py`, and the `score_matrix_v1` shape that the team
//! used before. Both say less than a result should; each measurement lists what it lacks, and a
//! comparison with it gives figures but no verdict.

use super::document::{Document, Server, Tool, Workers, Workload};
use super::identity::{Lack, Measurement, Origin};
use super::run::{
    Client, Counts, Distribution, Figures, Latency, Load, Plan, Run, Shape, Status, Throughput,
    Validity,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// How a CSV of `bench_score.py` begins.
const FIRST_COLUMNS: &[u8] = b"test_duration_secs,minute_interval,target_rps,item_count";
/// What neither format says.
const LACKS: [Lack; 7] = [
    Lack::WorkloadHash,
    Lack::Configuration,
    Lack::Revision,
    Lack::Scores,
    Lack::Validity,
    Lack::WarmUp,
    Lack::Histograms,
];

/// Whether bytes are a CSV of `bench_score.py`, perhaps with lines of its log before the header.
pub fn is_bench_score(bytes: &[u8]) -> bool {
    header(bytes).is_some()
}

/// Where the header line begins.
fn header(bytes: &[u8]) -> Option<usize> {
    const SEARCHED: usize = 64 * 1024;
    let searched = bytes.get(..SEARCHED).unwrap_or(bytes);
    let mut start = 0;
    for line in searched.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(FIRST_COLUMNS) {
            return Some(start);
        }
        start += line.len();
    }
    None
}

/// One row of `bench_score.py`: one minute.
#[derive(Deserialize)]
struct Row {
    test_duration_secs: f64,
    minute_interval: f64,
    target_rps: Option<f64>,
    item_count: Option<f64>,
    #[serde(default)]
    server_type: String,
    #[serde(default)]
    distribution: String,
    successful_requests: f64,
    failed_requests: f64,
    send_duration_secs: f64,
    total_duration_secs: f64,
    avg_response_time_ms: Option<f64>,
    p50_response_time_ms: Option<f64>,
    p90_response_time_ms: Option<f64>,
    p99_response_time_ms: Option<f64>,
}

/// Reads the CSV: each row is a minute, and each becomes a run of its own, since nothing says which
/// belong together.
///
/// # Errors
///
/// If a row has other columns, or a number that none can be.
pub fn bench_score(origin: &Origin, bytes: &[u8]) -> Result<Measurement, String> {
    let table = header(bytes)
        .and_then(|start| bytes.get(start..))
        .unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(table);
    let mut document = empty("bench_score.py");
    for (row, number) in reader.deserialize::<Row>().zip(1_u64..) {
        let row = row.map_err(|error| format!("row {number}: {error}"))?;
        refuse_impossible(&row).map_err(|what| format!("row {number}: {what}"))?;
        if document.metadata.get("backend").is_none() && !row.server_type.is_empty() {
            document.metadata = json!({ "backend": row.server_type });
        }
        document.runs.push(run_of_row(&row, number));
    }
    if document.runs.is_empty() {
        return Err("the table has no row".to_owned());
    }
    finished(origin, document)
}

fn refuse_impossible(row: &Row) -> Result<(), String> {
    let optional = |value: Option<f64>| value.unwrap_or(0.0);
    let all = [
        ("test_duration_secs", row.test_duration_secs),
        ("minute_interval", row.minute_interval),
        ("target_rps", optional(row.target_rps)),
        ("item_count", optional(row.item_count)),
        ("successful_requests", row.successful_requests),
        ("failed_requests", row.failed_requests),
        ("send_duration_secs", row.send_duration_secs),
        ("total_duration_secs", row.total_duration_secs),
        ("avg_response_time_ms", optional(row.avg_response_time_ms)),
        ("p50_response_time_ms", optional(row.p50_response_time_ms)),
        ("p90_response_time_ms", optional(row.p90_response_time_ms)),
        ("p99_response_time_ms", optional(row.p99_response_time_ms)),
    ];
    match all
        .iter()
        .find(|(_, value)| !value.is_finite() || *value < 0.0)
    {
        Some((name, value)) => Err(format!("{name} is {value}")),
        None => Ok(()),
    }
}

/// A minute as a run. The rate is over the part of the test that falls into the minute.
fn run_of_row(row: &Row, number: u64) -> Run {
    let started = (row.minute_interval - 1.0).max(0.0) * 60.0;
    let seconds = (row.test_duration_secs - started).clamp(0.0, 60.0);
    let succeeded = whole(row.successful_requests);
    let items = row.item_count.map_or(0, whole);
    let figures = |p50: f64| Figures {
        count: succeeded,
        min: 0.0,
        mean: row.avg_response_time_ms.unwrap_or(p50),
        stdev: 0.0,
        p50,
        p90: row.p90_response_time_ms.unwrap_or(p50),
        p95: f64::NAN,
        p99: row.p99_response_time_ms.unwrap_or(p50),
        p999: f64::NAN,
        max: f64::NAN,
    };
    Run {
        load: Load {
            arrival: row.distribution.to_lowercase(),
            concurrency: None,
            rate_per_second: row.target_rps,
            burstiness: None,
            stages: None,
            max_in_flight: None,
        },
        send_seconds: row.send_duration_secs,
        ..run(
            number,
            Shape {
                items,
                query_tokens: 0,
                item_tokens: 0,
            },
            (succeeded, whole(row.failed_requests)),
            seconds,
            row.p50_response_time_ms.map(figures),
        )
    }
}

/// Whether a value has the shape of `score_matrix_v1`.
pub fn is_score_matrix(value: &Value) -> bool {
    value.get("schema_version").is_some()
        && value.get("results").is_some_and(Value::is_array)
        && value.get("runs").is_none()
}

/// Reads a `score_matrix_v1`: each of `results` becomes a run.
///
/// # Errors
///
/// If a row has no throughput, or a number that none can be.
pub fn score_matrix(origin: &Origin, value: &Value) -> Result<Measurement, String> {
    let mut document = empty("score_matrix_v1");
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let hardware = value.get("hardware");
    let accelerator = hardware.and_then(|hardware| {
        let inner = ["accelerator", "name", "type", "gpu", "device"];
        hardware
            .as_str()
            .or_else(|| inner.iter().find_map(|key| hardware.get(key)?.as_str()))
    });
    let model = value
        .pointer("/server_config/model")
        .and_then(Value::as_str);
    document.metadata =
        json!({ "backend": text("backend"), "accelerator": accelerator, "model": model });
    document.config = json!({ "server_config": value.get("server_config") });
    let rows = value.get("results").and_then(Value::as_array);
    for (row, number) in rows.into_iter().flatten().zip(0_u64..) {
        let run = run_of_cell(row, number).map_err(|what| format!("/results/{number}: {what}"))?;
        document.runs.push(run);
    }
    if document.runs.is_empty() {
        return Err("`results` is empty".to_owned());
    }
    finished(origin, document)
}

/// One cell of the matrix. Names vary between its writers; the first that is there counts.
fn run_of_cell(row: &Value, number: u64) -> Result<Run, String> {
    let find = |keys: &[&str]| -> Result<Option<f64>, String> {
        let Some((key, value)) = keys.iter().find_map(|key| Some((key, row.get(key)?))) else {
            return Ok(None);
        };
        match value.as_f64() {
            Some(found) if found >= 0.0 => Ok(Some(found)),
            _ if value.is_null() => Ok(None),
            _ => Err(format!("{key} is {value}")),
        }
    };
    let items = find(&["items", "item_count", "batch_size", "num_items"])?.unwrap_or(0.0);
    let rate = find(&[
        "rps",
        "requests_per_second",
        "achieved_rps",
        "throughput_rps",
    ])?;
    let item_rate = find(&["items_per_second", "throughput_items_per_sec", "ips"])?;
    let rate = match (rate, item_rate) {
        (Some(rate), _) => rate,
        (None, Some(rate)) if items > 0.0 => rate / items,
        _ => return Err("no `rps` and no `items_per_second`".to_owned()),
    };
    let p50 = find(&["p50_ms", "latency_p50_ms", "p50"])?;
    let p90 = find(&["p90_ms", "latency_p90_ms", "p90"])?;
    let p95 = find(&["p95_ms", "latency_p95_ms", "p95"])?;
    let p99 = find(&["p99_ms", "latency_p99_ms", "p99"])?;
    let seconds = find(&["duration_s", "duration_seconds", "elapsed_s"])?.unwrap_or(1.0);
    let succeeded = find(&["successful_requests", "requests", "num_requests"])?
        .unwrap_or_else(|| (rate * seconds).round());
    let failed = find(&["failed_requests", "errors"])?.unwrap_or(0.0);
    let shape = Shape {
        items: whole(items),
        query_tokens: find(&["query_tokens", "query_len"])?.map_or(0, whole),
        item_tokens: find(&["item_tokens", "item_len"])?.map_or(0, whole),
    };
    let figures = p50.map(|p50| Figures {
        count: whole(succeeded),
        min: 0.0,
        mean: p50,
        stdev: 0.0,
        p50,
        p90: p90.unwrap_or(f64::NAN),
        p95: p95.unwrap_or(f64::NAN),
        p99: p99.unwrap_or(f64::NAN),
        p999: f64::NAN,
        max: f64::NAN,
    });
    let mut run = run(
        number,
        shape,
        (whole(succeeded), whole(failed)),
        seconds,
        figures,
    );
    run.load.concurrency = find(&["concurrency", "max_concurrency"])?.map(whole);
    run.throughput.requests_per_second = rate;
    run.throughput.items_per_second = rate * items;
    Ok(run)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "negative numbers were refused, and a cast saturates"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn run(
    number: u64,
    shape: Shape,
    (succeeded, failed): (u64, u64),
    seconds: f64,
    figures: Option<Figures>,
) -> Run {
    let items = succeeded.saturating_mul(shape.items);
    let per = |count: u64| {
        if seconds > 0.0 {
            count as f64 / seconds
        } else {
            0.0
        }
    };
    let total = succeeded.saturating_add(failed);
    Run {
        point: number,
        repetition: 0,
        shape_index: 0,
        shape: Some(shape),
        load: Load {
            arrival: "closed".to_owned(),
            concurrency: None,
            rate_per_second: None,
            burstiness: None,
            stages: None,
            max_in_flight: None,
        },
        status: Status::Complete,
        reason: None,
        validity: Validity {
            valid: true,
            rules: Vec::new(),
        },
        warnings: Vec::new(),
        started_at: String::new(),
        plan: Plan::default(),
        warmup: None,
        counts: Counts {
            planned: total,
            sent: total,
            succeeded,
            failed,
            items,
            ..Counts::default()
        },
        send_seconds: seconds,
        elapsed_seconds: seconds,
        throughput: Throughput {
            sent_per_second: per(total),
            requests_per_second: per(succeeded),
            items_per_second: per(items),
            tokens_per_second: 0.0,
        },
        latency: Latency {
            scheduled: None,
            sent: figures.map(|figures| Distribution {
                figures,
                encoded: String::new(),
            }),
            first_byte: None,
        },
        errors: Vec::new(),
        interval_seconds: 0,
        intervals: Vec::new(),
        client: Client::default(),
    }
}

fn empty(tool: &str) -> Document {
    Document {
        tool: Tool {
            name: tool.to_owned(),
            version: String::new(),
        },
        status: Status::Complete,
        reason: None,
        validity: Validity {
            valid: true,
            rules: Vec::new(),
        },
        started_at: String::new(),
        ended_at: String::new(),
        metadata: json!({}),
        config: json!({}),
        config_hash: String::new(),
        workload: Workload::default(),
        environment: json!({}),
        server: Server::default(),
        workers: Workers {
            count: 1,
            included: vec![0],
        },
        probe: Vec::new(),
        runs: Vec::new(),
        saturation: Vec::new(),
    }
}

fn finished(origin: &Origin, document: Document) -> Result<Measurement, String> {
    let mut lacks = LACKS.to_vec();
    let mut figures = document
        .runs
        .iter()
        .filter_map(|run| run.latency.headline());
    if figures.any(|headline| headline.figures.p95.is_nan()) {
        lacks.push(Lack::Tail);
    }
    Measurement::of(origin.clone(), document, lacks).map_err(|reason| reason.to_string())
}
