//! A comparison as the template takes it.

use super::chart::{Chart, SIZE};
use super::figure::{Figure, Pair};
use super::figures::{Chapter, chapters};
use super::source::{BehindView, Sources, behind, sources};
use super::table::TableView;
use super::{Entry, Outcome};
use crate::compare::{Comparison, Group, Outline, Overall, words};
use serde::Serialize;

/// The answer, and why.
#[derive(Clone, Serialize)]
pub(super) struct VerdictView {
    pub(super) word: String,
    class: &'static str,
    mark: &'static str,
    reason: String,
}

/// A comparison.
#[derive(Serialize)]
pub(super) struct Section {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) verdict: VerdictView,
    facts: Vec<Fact>,
    refused: Vec<Reason>,
    tables: Vec<TableView>,
    lists: Vec<List>,
    chapters: Vec<ChapterView>,
    sources: Vec<Sources>,
}

#[derive(Serialize)]
struct Fact {
    name: String,
    text: String,
}

#[derive(Serialize)]
struct Reason {
    message: String,
    help: Option<String>,
}

#[derive(Serialize)]
struct List {
    title: String,
    lines: Vec<String>,
}

#[derive(Serialize)]
struct ChapterView {
    title: &'static str,
    about: String,
    /// Whether any figure shades a warm-up.
    shaded: bool,
    /// Whether any figure has a level line.
    limited: bool,
    figures: Vec<FigureView>,
}

#[derive(Serialize)]
struct FigureView {
    id: String,
    title: String,
    description: String,
    width: u32,
    height: u32,
    drawing: Option<String>,
    notes: Vec<String>,
    table: TableView,
    behind: Vec<BehindView>,
    workloads: Vec<String>,
}

/// The section of a candidate.
pub(super) fn section(number: usize, base: &Group, entry: &Entry<'_>, most: usize) -> Section {
    let id = format!("s{number}");
    match &entry.outcome {
        Outcome::Refused(reasons) => Section {
            id,
            title: format!(
                "{} against {}",
                short(&entry.candidate.name),
                short(&base.name)
            ),
            verdict: VerdictView {
                word: "REFUSED".to_owned(),
                class: "fail",
                mark: "✕",
                reason: "the results may not be compared".to_owned(),
            },
            facts: Vec::new(),
            refused: reasons
                .iter()
                .map(|(message, help)| Reason {
                    message: message.clone(),
                    help: help.clone(),
                })
                .collect(),
            tables: Vec::new(),
            lists: Vec::new(),
            chapters: Vec::new(),
            sources: Vec::new(),
        },
        Outcome::Compared(comparison) => {
            let pair = Pair {
                comparison,
                base,
                candidate: entry.candidate,
            };
            compared(number, id, pair, most)
        }
    }
}

fn compared(number: usize, id: String, pair: Pair<'_>, most: usize) -> Section {
    let comparison = pair.comparison;
    let outline = Outline::of(comparison);
    let titles = pair.halves().map(|half| half.side.subject.title());
    Section {
        title: if titles[0] == titles[1] {
            format!(
                "{} against {}",
                short(&comparison.candidate.name),
                short(&comparison.base.name)
            )
        } else {
            format!("{} against {}", titles[1], titles[0])
        },
        verdict: verdict(comparison),
        facts: outline
            .facts
            .into_iter()
            .map(|(name, text)| Fact { name, text })
            .collect(),
        refused: Vec::new(),
        tables: outline.tables.iter().map(TableView::of).collect(),
        lists: outline
            .lists
            .into_iter()
            .map(|(title, lines)| List { title, lines })
            .collect(),
        chapters: chapters(pair, most)
            .into_iter()
            .zip(0_usize..)
            .map(|(chapter, index)| view(chapter, number, index, pair))
            .collect(),
        sources: sources(number, pair),
        id,
    }
}

fn verdict(comparison: &Comparison) -> VerdictView {
    let headline = words::headline(comparison);
    let (word, reason) = headline.split_once(": ").unwrap_or((&headline, ""));
    let (class, mark) = match comparison.overall {
        Overall::Pass => ("pass", "✓"),
        Overall::Fail => ("fail", "✕"),
        Overall::Inconclusive | Overall::None => ("open", "?"),
    };
    VerdictView {
        word: word.to_owned(),
        class,
        mark,
        reason: reason.to_owned(),
    }
}

fn view(chapter: Chapter, section: usize, chapter_index: usize, pair: Pair<'_>) -> ChapterView {
    let any = |has: fn(&Chart) -> bool| chapter.figures.iter().any(|figure| has(&figure.chart));
    ChapterView {
        title: chapter.title,
        about: chapter.about,
        shaded: any(|chart| chart.shade.is_some()),
        limited: any(|chart| !chart.limits.is_empty()),
        figures: chapter
            .figures
            .into_iter()
            .zip(0_usize..)
            .map(|(figure, index)| {
                let id = format!("s{section}-c{chapter_index}-f{index}");
                figure_view(&figure, section, id, pair)
            })
            .collect(),
    }
}

fn figure_view(figure: &Figure, section: usize, id: String, pair: Pair<'_>) -> FigureView {
    let mut workloads: Vec<String> = pair
        .halves()
        .iter()
        .flat_map(|half| &half.side.sources)
        .filter_map(|source| source.workload_sha256.clone())
        .collect();
    workloads.sort();
    workloads.dedup();
    FigureView {
        id,
        title: figure.title.clone(),
        description: figure.description.clone(),
        width: SIZE.0,
        height: SIZE.1,
        drawing: figure.chart.draw().map(|drawing| drawing.0),
        notes: figure.notes.clone(),
        table: TableView::of(&figure.table),
        behind: behind(section, pair, &figure.behind),
        workloads,
    }
}

/// A name that fits a heading: sides may be named by hundreds of files.
fn short(name: &str) -> String {
    const MOST: usize = 80;
    if name.chars().count() <= MOST {
        return name.to_owned();
    }
    let start: String = name.chars().take(MOST).collect();
    format!("{start} ..")
}
