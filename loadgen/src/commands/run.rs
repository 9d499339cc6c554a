//! `run`: a whole benchmark.

use super::arguments::RunArguments;
use super::{Exit, MIB, Refusal, complain, print, read_text, store};
use crate::config::{Config, Limit};
use crate::output::{Paths, Reporter, RequestLog, table};
use crate::result::{BLOCK_BEGIN, BLOCK_END, ResultDocument, RuleName};
use crate::schedule::Share;
use crate::session::{Ended, Measurement, Session, StartError};
use crate::signals::Stop;
use crate::workload::{Bodies, generate, replay};
use std::io::IsTerminal;
use std::path::Path;
use std::time::SystemTime;

pub(super) fn run(arguments: &RunArguments) -> Result<Exit, Refusal> {
    let config = arguments.source.config()?;
    let (share, start_at) = share(arguments, &config)?;
    let shapes = bodies(&config)?;
    let stop =
        Stop::on_signals().map_err(|error| Refusal::could_not(format!("signals: {error}")))?;
    let paths = Paths::beside(Path::new(&config.output.path));
    store::check_writable(&paths).map_err(Refusal::could_not)?;
    let log = if config.output.request_log {
        let named = |error| Refusal::could_not(format!("{}: {error}", paths.requests.display()));
        Some(RequestLog::create(&paths.requests).map_err(named)?)
    } else {
        None
    };
    let reporter = Reporter::new();
    let session = Session {
        config: &config,
        shapes: &shapes,
        stop: &stop,
        reporter: &reporter,
        share,
        start_at,
        log: log.as_ref(),
    };
    let Measurement { result, ended } = session.measure().map_err(|error| match error {
        StartError::Machine(message) => Refusal::could_not(message),
        StartError::NotReady(message) => Refusal {
            exit: Exit::ServerGone,
            errors: vec![message],
        },
        StartError::Mismatch(messages) => Refusal::no(
            messages
                .into_iter()
                .map(|message| format!("{message} (target.allowMismatch accepts it)"))
                .collect(),
        ),
        StartError::Interrupted => Refusal {
            exit: Exit::Interrupted,
            errors: vec!["stopped by a signal before anything was measured".to_owned()],
        },
    })?;
    let stored = store::store(&result, &paths, log);
    let uploaded = store::upload(&result, &config, &paths, &reporter);
    drop(reporter);
    let printed = show(&result, arguments.print_result, &stored, &uploaded);
    for message in stored.iter().chain(&uploaded).chain(&printed) {
        complain(message);
    }
    Ok(exit(&result, ended, &stored, &uploaded))
}

/// The largest file of recorded requests, in bytes: they are held in memory.
const MOST_OF_A_REPLAY: u64 = 4096 * MIB;

/// The requests of each shape.
pub(super) fn bodies(config: &Config) -> Result<Vec<Bodies>, Refusal> {
    let workload = &config.workload;
    let Some(path) = &workload.replay else {
        return Ok(workload
            .shapes
            .iter()
            .map(|shape| generate(workload, &config.target.model, *shape))
            .collect());
    };
    let text = read_text(Path::new(path), MOST_OF_A_REPLAY)?;
    let bodies = replay(&text).map_err(|errors| {
        let named = errors.iter().map(|error| format!("{path}: {error}"));
        Refusal::no(named.collect())
    })?;
    Ok(vec![bodies])
}

fn share(
    arguments: &RunArguments,
    config: &Config,
) -> Result<(Share, Option<SystemTime>), Refusal> {
    let worker = match arguments.worker {
        Some(worker) => worker,
        None if arguments.workers > 1 => {
            let index = std::env::var("JOB_COMPLETION_INDEX")
                .ok()
                .and_then(|index| index.parse().ok());
            index.ok_or_else(|| {
                Refusal::could_not(
                    "--workers needs --worker, or JOB_COMPLETION_INDEX of an Indexed Job"
                        .to_owned(),
                )
            })?
        }
        None => 0,
    };
    let share = Share::new(arguments.workers, worker).ok_or_else(|| {
        Refusal::could_not(format!(
            "--worker {worker} is not below --workers {}",
            arguments.workers
        ))
    })?;
    let start_at = arguments
        .start_at
        .as_deref()
        .map(crate::wall::parse)
        .transpose()
        .map_err(Refusal::could_not)?;
    if arguments.workers > 1 && start_at.is_none() {
        return Err(Refusal::could_not(
            "--workers needs --start-at: workers start together".to_owned(),
        ));
    }
    let counted = matches!(
        config.load.arrival,
        crate::config::Arrival::Closed {
            limit: Limit::Requests(_),
            ..
        }
    );
    let many = config.load.runs > 1
        || crate::session::points(config, config.workload.shapes.len().max(1)).len() > 1;
    if start_at.is_some() && counted && many {
        return Err(Refusal::could_not(
            "--start-at with several runs needs load.durationSeconds: a count has no known end"
                .to_owned(),
        ));
    }
    if arguments.workers > 1
        && matches!(config.load.arrival, crate::config::Arrival::Saturate { .. })
    {
        return Err(Refusal::could_not(
            "a search for the highest rate is one worker's: leave --workers out".to_owned(),
        ));
    }
    Ok((share, start_at))
}

/// Prints the table, and the whole result where a log is all that may be left.
fn show(
    result: &ResultDocument,
    always: bool,
    stored: &[String],
    uploaded: &[String],
) -> Vec<String> {
    let mut text = table(result);
    let in_doubt = !stored.is_empty() || !uploaded.is_empty();
    if always || in_doubt || !std::io::stdout().is_terminal() {
        text.push_str(BLOCK_BEGIN);
        text.push('\n');
        text.push_str(&store::json(result));
        text.push_str(BLOCK_END);
        text.push('\n');
    }
    print(&text)
        .err()
        .map(|error| format!("standard output: {error}"))
        .into_iter()
        .collect()
}

fn exit(result: &ResultDocument, ended: Ended, stored: &[String], uploaded: &[String]) -> Exit {
    let wrong = [RuleName::Errors, RuleName::Answers]
        .iter()
        .any(|rule| result.verdict.failed(*rule));
    match ended {
        _ if !stored.is_empty() => Exit::CouldNot,
        Ended::Interrupted => Exit::Interrupted,
        Ended::ServerDied => Exit::ServerGone,
        Ended::AllFailed => Exit::BadAnswers,
        Ended::TooLate => Exit::CouldNot,
        Ended::AsPlanned if !uploaded.is_empty() => Exit::NotUploaded,
        Ended::AsPlanned if wrong => Exit::BadAnswers,
        Ended::AsPlanned => Exit::Done,
    }
}
