//! The page: one template, one style sheet, and a policy that lets a browser use nothing else.

use super::Report;
use super::section::{Section, section};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handlebars::{Handlebars, RenderError};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// What every page has near its start, and so can be known by.
pub const MARK: &str = "<meta name=\"generator\" content=\"xbench\">";

const STYLE: &str = include_str!("page.css");
/// The template with what it includes.
const TEMPLATES: [(&str, &str); 4] = [
    ("page", include_str!("page.hbs")),
    ("section", include_str!("section.hbs")),
    ("figure", include_str!("figure.hbs")),
    ("table", include_str!("table.hbs")),
];

/// Points of which each has figures of its own, over all comparisons of a page.
const MOST_POINTS: usize = 24;
/// The same for one of many comparisons.
const FEWEST_POINTS: usize = 4;

#[derive(Serialize)]
struct Page {
    version: &'static str,
    title: String,
    style: &'static str,
    /// The only style that the page lets a browser apply.
    style_hash: String,
    sections: Vec<Section>,
    /// Whether there is more than one.
    several: bool,
    rejected: Vec<String>,
}

/// Makes the page.
///
/// # Errors
///
/// If the template and what it is given do not fit together, which is a mistake of the program.
pub fn render(report: &Report<'_>) -> Result<String, Box<RenderError>> {
    let most = (MOST_POINTS / report.entries.len().max(1)).max(FEWEST_POINTS);
    let sections: Vec<Section> = report
        .entries
        .iter()
        .zip(1_usize..)
        .map(|(entry, number)| section(number, report.base, entry, most))
        .collect();
    let title = match sections.as_slice() {
        [only] => format!("{}: {}", only.verdict.word, only.title),
        several => format!("{} comparisons", several.len()),
    };
    let page = Page {
        version: env!("CARGO_PKG_VERSION"),
        title,
        style: STYLE,
        style_hash: STANDARD.encode(Sha256::digest(STYLE.as_bytes())),
        several: sections.len() > 1,
        sections,
        rejected: report.rejected.clone(),
    };
    // Escapes for HTML; a name that the data does not have is an error.
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    for (name, text) in TEMPLATES {
        engine
            .register_template_string(name, text)
            .map_err(|error| Box::new(RenderError::from(error)))?;
    }
    engine.render("page", &page).map_err(Box::new)
}
