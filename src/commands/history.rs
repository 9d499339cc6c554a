//! `xbench history`

use super::{baseline, compare, policy};
use crate::Outcome;
use crate::compare::{Comparison, Group, Overall, compare as judged, csv, json, markdown, text};
use crate::diagnostic::text::Color;
use crate::diagnostic::{Code, Diagnostic, there_are};
use crate::history::baseline::{Chosen, choose};
use crate::history::{self, Baseline, Gathered, Index, Recorded, Trend, default_index, gather};
use crate::output;
use crate::results::{Location, Measurement};
use crate::source::Sources;
use crate::statistics::Sensitivity;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What to look at and how.
pub struct Options {
    /// Whether to judge the newest results.
    pub check: bool,
    /// What they are held against.
    pub baseline: Option<String>,
    /// The file of names.
    pub baselines: Option<PathBuf>,
    /// A part of variants' names.
    pub variant: Option<String>,
    /// Newest results of each series.
    pub last: Option<usize>,
    /// Of a change.
    pub p_value: f64,
    /// Of a change, in percent.
    pub least_change: f64,
    /// The index's file.
    pub index: Option<PathBuf>,
    /// Whether there is none.
    pub no_index: bool,
    /// Whether it is made anew.
    pub reindex: bool,
    /// Form of the answer.
    pub format: compare::Format,
    /// Whether to colour.
    pub color: Color,
    /// Places, and how to judge.
    pub compare: compare::Options,
}

/// Shows trends, or judges the newest results.
///
/// # Errors
///
/// Everything that keeps results from being read or compared.
pub fn run(
    sources: &mut Sources,
    options: &Options,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Outcome, Vec<Diagnostic>> {
    let baseline = wanted(options)?;
    let sensitivity = sensitivity(options)?;
    let locations = compare::locations(&options.compare.results)?;
    let names = match &baseline {
        Some(Baseline::Tag(name)) => named(sources, options, &locations, name)?,
        _ => history::Baselines::default(),
    };
    let mut index = opened(options, warnings)?;
    let gathered = gather(history::list(&locations)?, &mut index);
    warnings.append(&mut index.remarks);
    let mut gathered = gathered?;
    warnings.extend(gathered.diagnostics());
    narrow(&mut gathered, options)?;
    let chosen = baseline.as_ref().map_or_else(BTreeMap::new, |baseline| {
        choose(&gathered.recorded, baseline, &names)
    });
    if let Some(baseline) = &baseline {
        warnings.extend(without(&chosen, baseline));
    }
    if options.check {
        return check(sources, options, &chosen, warnings);
    }
    let trend = Trend::of(&gathered.recorded, &chosen, options.last, sensitivity);
    let answer = match options.format {
        compare::Format::Text => history::text(&trend),
        compare::Format::Markdown => history::markdown(&trend),
        compare::Format::Json => history::json(&trend, &gathered),
        compare::Format::Csv => history::csv(&trend),
    };
    output::print([answer]).map_err(|problem| vec![problem])?;
    Ok(Outcome::Done)
}

fn wanted(options: &Options) -> Result<Option<Baseline>, Vec<Diagnostic>> {
    let text = match &options.baseline {
        None if options.check => "latest-good",
        None => return Ok(None),
        Some(text) => text,
    };
    Baseline::parse(text).map(Some).map_err(|why| {
        vec![
            Diagnostic::error(Code::Usage, why)
                .help("write --baseline latest-good, tag:NAME or sha:HEX"),
        ]
    })
}

fn sensitivity(options: &Options) -> Result<Sensitivity, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    if !(options.p_value > 0.0 && options.p_value < 0.5) {
        problems.push(
            Diagnostic::error(
                Code::Usage,
                format!("`--p-value {}` is not between 0 and 0.5", options.p_value),
            )
            .help("the smaller, the fewer changes that are none"),
        );
    }
    if !(options.least_change >= 0.0 && options.least_change.is_finite()) {
        problems.push(
            Diagnostic::error(
                Code::Usage,
                format!(
                    "`--least-change {}`: a change is at least 0 %",
                    options.least_change
                ),
            )
            .help("1 shows changes of one percent and more"),
        );
    }
    if problems.is_empty() {
        Ok(Sensitivity {
            most_p_value: options.p_value,
            least_change: options.least_change / 100.0,
            ..Sensitivity::default()
        })
    } else {
        Err(problems)
    }
}

/// The names that somebody gave, with the one that is asked for among them.
fn named(
    sources: &mut Sources,
    options: &Options,
    locations: &[Location],
    name: &str,
) -> Result<history::Baselines, Vec<Diagnostic>> {
    let file = options.baselines.clone().or_else(|| {
        locations.iter().find_map(|location| match location {
            Location::Path(path) if path.is_dir() => Some(path.join(baseline::FILE)),
            _ => None,
        })
    });
    let Some(file) = file else {
        return Err(vec![
            Diagnostic::error(Code::Usage, "nothing says where named baselines are kept")
                .help("name the file with --baselines FILE"),
        ]);
    };
    let names = baseline::read(sources, &file)?;
    if names.named.contains_key(name) {
        return Ok(names);
    }
    let known = names.named.keys().map(String::as_str);
    Err(vec![
        Diagnostic::error(
            Code::UnknownName,
            format!("`{}` has no baseline `{name}`", file.display()),
        )
        .help(format!(
            "{}; `xbench baseline set {name} RESULT` makes it",
            there_are(known)
        )),
    ])
}

fn opened(options: &Options, warnings: &mut Vec<Diagnostic>) -> Result<Index, Vec<Diagnostic>> {
    if options.no_index {
        return Ok(Index::none());
    }
    match options.index.clone().or_else(default_index) {
        Some(file) => Index::open(&file, options.reindex).map_err(|problem| vec![problem]),
        None => {
            warnings.push(
                Diagnostic::warning(Code::Index, "there is no cache folder, so no index is kept")
                    .help("name a file with --index FILE, or say --no-index"),
            );
            Ok(Index::none())
        }
    }
}

fn narrow(gathered: &mut Gathered, options: &Options) -> Result<(), Vec<Diagnostic>> {
    let mut variants: Vec<String> = gathered
        .recorded
        .iter()
        .map(|one| one.entry.context.variant.clone())
        .collect();
    variants.sort_unstable();
    variants.dedup();
    if let Some(part) = &options.variant {
        gathered
            .recorded
            .retain(|one| one.entry.context.variant.contains(part.as_str()));
    }
    if !gathered.recorded.is_empty() {
        return Ok(());
    }
    let problem = match &options.variant {
        Some(part) if !variants.is_empty() => Diagnostic::error(
            Code::UnknownName,
            format!("no variant's name contains `{part}`"),
        )
        .help(there_are(variants.iter().map(String::as_str))),
        _ => Diagnostic::error(
            Code::Io,
            format!("`{}` holds no result", options.compare.results.join(" ")),
        )
        .help("in folders and buckets, results are the files that end in `.json`"),
    };
    Err(vec![problem])
}

fn without(chosen: &BTreeMap<String, Chosen>, baseline: &Baseline) -> Vec<Diagnostic> {
    chosen
        .iter()
        .filter(|(_, chosen)| chosen.results.is_empty())
        .map(|(variant, _)| {
            Diagnostic::warning(
                Code::NoBaseline,
                format!("{variant} has no result before its newest one that is {baseline}"),
            )
            .help("it is not held against anything; --require-verdict makes --check end with 1")
        })
        .collect()
}

/// Compares the newest result of every variant with its baseline.
fn check(
    sources: &mut Sources,
    options: &Options,
    chosen: &BTreeMap<String, Chosen>,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Outcome, Vec<Diagnostic>> {
    let policy = policy::read(sources, &options.compare.judging)?;
    let allowances = compare::allowances(&options.compare.allowances)?;
    let mut comparisons = Vec::new();
    let mut problems = Vec::new();
    for chosen in chosen.values().filter(|one| !one.results.is_empty()) {
        let sides = group(&chosen.results)
            .and_then(|base| Ok((base, group(std::slice::from_ref(&chosen.newest))?)));
        match sides {
            Err(problem) => problems.push(problem),
            Ok((base, candidate)) => match judged(&base, &candidate, &policy, &allowances) {
                Ok(comparison) => comparisons.push(comparison),
                Err(refusal) => problems.extend(compare::refused(&refusal, &base, &candidate)),
            },
        }
    }
    warnings.extend(compare::noted(comparisons.iter(), &allowances));
    if !comparisons.is_empty() {
        let answer = match options.format {
            compare::Format::Text => text::render(&comparisons, options.color),
            compare::Format::Markdown => markdown::render(&comparisons),
            compare::Format::Json => json::render(&comparisons, &[]),
            compare::Format::Csv => csv::render(&comparisons),
        };
        // One variant that cannot be compared does not hide what was found for others.
        if let Err(problem) = output::print([answer]) {
            problems.push(problem);
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let is_no = |comparison: &Comparison| match comparison.overall {
        Overall::Fail => true,
        Overall::Pass => false,
        Overall::Inconclusive | Overall::None => options.compare.require_verdict,
    };
    let is_open =
        options.compare.require_verdict && chosen.values().any(|chosen| chosen.results.is_empty());
    Ok(if is_open || comparisons.iter().any(is_no) {
        Outcome::No
    } else {
        Outcome::Done
    })
}

fn group(recorded: &[Arc<Recorded>]) -> Result<Group, Diagnostic> {
    let mut measurements: Vec<Measurement> = Vec::new();
    for one in recorded {
        let mut found = history::load(&one.file.listed)?;
        if one.entry.block < found.len() {
            measurements.push(found.swap_remove(one.entry.block));
        }
    }
    let names: Vec<_> = recorded.iter().map(|one| one.file.listed.name()).collect();
    Ok(Group {
        name: names.join(" "),
        measurements,
    })
}
