//! `xbench compare`

use super::policy::{self, Judging};
use crate::Outcome;
use crate::compare::{
    Allowance, Comparison, FieldDifference, Group, GroupKey, Overall, Refusal, Where, compare, csv,
    group_by, group_keys, json, markdown, text,
};
use crate::diagnostic::text::Color;
use crate::diagnostic::{Code, Diagnostic, enumerate, instead};
use crate::output;
use crate::path::ValuePath;
use crate::results::storage::Patience;
use crate::results::{Collected, Location, Rejected, collect, files};
use crate::source::Sources;
use std::collections::BTreeSet;

/// What to compare, how to judge it and how to show it.
#[derive(Default)]
pub struct Options {
    /// Places of the base, or of both sides, or of everything.
    pub results: Vec<String>,
    /// Places of the candidate.
    pub candidate: Vec<String>,
    /// What to group by.
    pub by: Option<String>,
    /// Which group is the base.
    pub base: Option<String>,
    /// `PATH=REASON`.
    pub allowances: Vec<String>,
    /// How to judge.
    pub judging: Judging,
    /// Whether no verdict is a "no".
    pub require_verdict: bool,
    /// Whether an invalid file is an error.
    pub strict: bool,
    /// How long to wait for object storage.
    pub patience: Patience,
}

/// Form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For a comment on a pull request.
    Markdown,
    /// For programs.
    Json,
    /// A table.
    Csv,
}

/// The results of a command line, as sides.
pub struct Sides {
    /// The base.
    pub base: Group,
    /// What is compared with it.
    pub candidates: Vec<Group>,
    /// Files that hold no usable result.
    pub rejected: Vec<Rejected>,
}

/// Compares, and shows what came out.
///
/// # Errors
///
/// Everything that keeps results from being read or compared.
pub fn run(
    sources: &mut Sources,
    options: &Options,
    format: Format,
    color: Color,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Outcome, Vec<Diagnostic>> {
    let judged = judged(sources, options, warnings)?;
    let comparisons = judged.all()?;
    let answer = match format {
        Format::Text => text::render(&comparisons, color),
        Format::Markdown => markdown::render(&comparisons),
        Format::Json => json::render(&comparisons, &judged.sides.rejected),
        Format::Csv => csv::render(&comparisons),
    };
    output::print([answer]).map_err(|problem| vec![problem])?;
    Ok(judged.outcome(options))
}

/// Sides, and each candidate compared with the base or why it may not be.
pub struct Judged {
    /// The sides.
    pub sides: Sides,
    /// One for each candidate.
    pub comparisons: Vec<Result<Comparison, Vec<Diagnostic>>>,
}

impl Judged {
    /// All comparisons.
    ///
    /// # Errors
    ///
    /// If any candidate may not be compared.
    fn all(&self) -> Result<Vec<Comparison>, Vec<Diagnostic>> {
        let refusals = self.refusals();
        if !refusals.is_empty() {
            return Err(refusals);
        }
        Ok(self.comparisons.iter().flatten().cloned().collect())
    }

    /// Why candidates may not be compared.
    pub fn refusals(&self) -> Vec<Diagnostic> {
        let refused = self.comparisons.iter().filter_map(|one| one.as_ref().err());
        refused.flatten().cloned().collect()
    }

    /// What the command answers.
    pub fn outcome(&self, options: &Options) -> Outcome {
        let is_no = |comparison: &Comparison| match comparison.overall {
            Overall::Fail => true,
            Overall::Pass => false,
            Overall::Inconclusive | Overall::None => options.require_verdict,
        };
        if self.comparisons.iter().flatten().any(is_no) {
            Outcome::No
        } else {
            Outcome::Done
        }
    }
}

/// Reads results and compares every candidate with the base.
///
/// # Errors
///
/// Everything that keeps results from being read.
pub fn judged(
    sources: &mut Sources,
    options: &Options,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Judged, Vec<Diagnostic>> {
    let policy = policy::read(sources, &options.judging)?;
    let allowances = allowances(&options.allowances)?;
    let sides = sides(options, warnings)?;
    let one = |candidate| {
        compare(&sides.base, candidate, &policy, &allowances)
            .map_err(|refusal| refused(&refusal, &sides.base, candidate))
    };
    let comparisons: Vec<_> = sides.candidates.iter().map(one).collect();
    // What was refused may be what an allowance is for.
    let is_whole = comparisons.iter().all(Result::is_ok);
    let wanted = if is_whole { allowances.as_slice() } else { &[] };
    warnings.extend(noted(comparisons.iter().flatten(), wanted));
    Ok(Judged { sides, comparisons })
}

/// What the user should know of comparisons: allowances that none needed, and runs that do not count.
pub(super) fn noted<'a>(
    comparisons: impl Iterator<Item = &'a Comparison> + Clone,
    allowances: &[Allowance],
) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let used: BTreeSet<usize> = comparisons
        .clone()
        .flat_map(|comparison| comparison.used_allowances.iter().copied())
        .collect();
    let unused = allowances
        .iter()
        .enumerate()
        .filter(|(index, _)| !used.contains(index));
    warnings.extend(unused.map(|(_, allowance)| {
        Diagnostic::warning(
            Code::UnusedAllowance,
            format!("`{}` does not differ", allowance.path),
        )
        .help("leave out its --allow-difference")
    }));
    for comparison in comparisons {
        let left_out = comparison.left_out.len();
        if left_out > 0 {
            warnings.push(
                Diagnostic::warning(
                    Code::LeftOut,
                    format!(
                        "{left_out} of the runs of {} and {} are left out",
                        comparison.base.name, comparison.candidate.name
                    ),
                )
                .help("the answer says which, and why; --keep uses them all the same"),
            );
        }
    }
    warnings
}

/// Reads the places of a command line and parts them into sides.
///
/// # Errors
///
/// If a place cannot be read, if it does not say what the sides are, and under `--strict` if a file
/// holds no valid result.
pub fn sides(options: &Options, warnings: &mut Vec<Diagnostic>) -> Result<Sides, Vec<Diagnostic>> {
    if let Some(key) = &options.by {
        let collected = read(&options.results, options.strict, options.patience, warnings)?;
        return grouped(&GroupKey(key.clone()), options.base.as_deref(), collected);
    }
    let (base, candidate) = match (options.results.as_slice(), options.candidate.as_slice()) {
        ([base, candidate], []) => (vec![base.clone()], vec![candidate.clone()]),
        (_, []) => {
            return Err(vec![
                Diagnostic::error(Code::Usage, "nothing says which results are the candidate")
                    .help("name exactly two places, or the candidate's with --candidate, or group one set with --by"),
            ]);
        }
        (base, candidate) => (base.to_vec(), candidate.to_vec()),
    };
    let (ours, theirs) = match (
        read(&base, options.strict, options.patience, warnings),
        read(&candidate, options.strict, options.patience, warnings),
    ) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (Err(mut problems), Err(more)) => {
            problems.extend(more);
            return Err(problems);
        }
        (Err(problems), _) | (_, Err(problems)) => return Err(problems),
    };
    let mut rejected = ours.rejected;
    rejected.extend(theirs.rejected);
    Ok(Sides {
        base: Group {
            name: base.join(" "),
            measurements: ours.measurements,
        },
        candidates: vec![Group {
            name: candidate.join(" "),
            measurements: theirs.measurements,
        }],
        rejected,
    })
}

fn grouped(
    key: &GroupKey,
    base: Option<&str>,
    collected: Collected,
) -> Result<Sides, Vec<Diagnostic>> {
    if !collected.measurements.iter().any(|one| key.is_in(one)) {
        let keys = group_keys(&collected.measurements);
        return Err(vec![
            Diagnostic::error(Code::UnknownName, format!("no result has a `{}`", key.0))
                .help(instead(&key.0, keys.iter().map(String::as_str))),
        ]);
    }
    let mut groups = group_by(key, collected.measurements);
    let names: Vec<String> = groups.iter().map(|group| group.name.clone()).collect();
    let known = || names.iter().map(String::as_str);
    if groups.len() < 2 {
        return Err(vec![
            Diagnostic::error(
                Code::Usage,
                format!("all results have the same `{}`: {}", key.0, enumerate(known())),
            )
            .help("group by another value of the metadata: variant, accelerator, backendVersion, images.server, .."),
        ]);
    }
    let index = match base {
        None => 0,
        Some(wanted) => known().position(|name| name == wanted).ok_or_else(|| {
            vec![
                Diagnostic::error(
                    Code::UnknownName,
                    format!("no result has the {} `{wanted}`", key.0),
                )
                .help(instead(wanted, known())),
            ]
        })?,
    };
    let base = groups.remove(index);
    Ok(Sides {
        base,
        candidates: groups,
        rejected: collected.rejected,
    })
}

/// Reads places.
///
/// # Errors
///
/// If one cannot be read, holds no valid result, or, if `strict`, holds anything else besides.
pub fn read(
    places: &[String],
    strict: bool,
    patience: Patience,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Collected, Vec<Diagnostic>> {
    let locations = locations(places)?;
    let collected = collect(&locations, patience)?;
    let found = collected.diagnostics(strict);
    let is_bad = strict && !collected.rejected.is_empty();
    if is_bad || collected.measurements.is_empty() {
        // Without any result, what was found instead is the error.
        return Err(if is_bad {
            found
        } else {
            collected.diagnostics(true)
        });
    }
    warnings.extend(found);
    Ok(collected)
}

/// What places of a command line are.
///
/// # Errors
///
/// Those that are none.
pub fn locations(places: &[String]) -> Result<Vec<Location>, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let mut locations = Vec::new();
    for place in places {
        match Location::parse(place, files::exists) {
            Ok(location) => locations.push(location),
            Err(error) => problems
                .push(Diagnostic::error(Code::Usage, error.to_string()).help(
                    "name a file, a folder, a pattern, gs://BUCKET/PATH or s3://BUCKET/PATH",
                )),
        }
    }
    if problems.is_empty() {
        Ok(locations)
    } else {
        Err(problems)
    }
}

pub(super) fn allowances(texts: &[String]) -> Result<Vec<Allowance>, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let mut allowances = Vec::new();
    for text in texts {
        let refuse = |why: &str| {
            Diagnostic::error(Code::Usage, format!("`--allow-difference {text}`: {why}"))
                .help("write PATH=REASON, as in metadata.revision='same weights, new card'")
        };
        match text
            .split_once('=')
            .map(|(path, reason)| (path, reason.trim()))
        {
            None | Some((_, "")) => problems.push(refuse("there is no reason")),
            Some((path, reason)) => match ValuePath::parse(path) {
                Ok(path) => allowances.push(Allowance {
                    path,
                    reason: reason.to_owned(),
                }),
                Err(error) => problems.push(refuse(&error.to_string())),
            },
        }
    }
    if problems.is_empty() {
        Ok(allowances)
    } else {
        Err(problems)
    }
}

pub(super) fn refused(refusal: &Refusal, base: &Group, candidate: &Group) -> Vec<Diagnostic> {
    match refusal {
        Refusal::Fields(fields) => fields
            .iter()
            .map(|field| differs(field, base, candidate))
            .collect(),
        Refusal::NoRuns { name, left_out } => vec![
            Diagnostic::error(
                Code::Incomparable,
                format!("{name} has no run that counts: {left_out} are interrupted, invalid or not warmed up"),
            )
            .help("`xbench results check` shows each; --keep uses them all the same"),
        ],
        Refusal::NoPair { base, candidate } => vec![
            Diagnostic::error(Code::Incomparable, "the sides have no shape and load in common").help(
                format!(
                    "the base has {}; the candidate has {}",
                    enumerate(base.iter().map(String::as_str)),
                    enumerate(candidate.iter().map(String::as_str))
                ),
            ),
        ],
    }
}

fn differs(field: &FieldDifference, base: &Group, candidate: &Group) -> Diagnostic {
    let value = |value: &Option<serde_json::Value>| {
        value
            .as_ref()
            .map_or_else(|| "nothing".to_owned(), ToString::to_string)
    };
    let place = match field.place {
        Where::Sides => "the sides differ in",
        Where::Base => "results of the base differ among themselves in",
        Where::Candidate => "results of the candidate differ among themselves in",
    };
    let (one, other) = match field.place {
        Where::Sides => (base.name.as_str(), candidate.name.as_str()),
        _ => (field.one_name.as_str(), field.other_name.as_str()),
    };
    if field.one.is_none() && field.other.is_none() {
        return Diagnostic::error(
            Code::Incomparable,
            format!("neither side says its `{}`", field.path),
        )
        .help(format!(
            "--allow-difference {}='why it is the same all the same'",
            field.path
        ));
    }
    let help = match field.place {
        Where::Sides => format!(
            "--allow-difference {}='why it is fair all the same'",
            field.path
        ),
        _ => format!(
            "name results of one kind only, or group them with --by; or --allow-difference {}='why'",
            field.path
        ),
    };
    Diagnostic::error(
        Code::Incomparable,
        format!(
            "{place} `{}`: {} in `{one}`, {} in `{other}`",
            field.path,
            value(&field.one),
            value(&field.other)
        ),
    )
    .help(help)
}
