//! `xbench list`

use super::Context;
use crate::diagnostic::Diagnostic;
use crate::layer::Axis;
use crate::output;
use crate::select::{Narrowing, variants};
use serde::Serialize;
use std::fmt::Write;

/// Grows when a field changes its meaning or goes away.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listing {
    schema_version: u32,
    axes: Vec<AxisListing>,
    suites: Vec<SuiteListing>,
    blueprints: Vec<Named>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AxisListing {
    name: &'static str,
    folder: &'static str,
    layers: Vec<Named>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SuiteListing {
    name: String,
    description: String,
    default: bool,
    variants: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    name: String,
    description: String,
}

/// Lists everything that can be named.
///
/// # Errors
///
/// Everything that is wrong with what is listed.
pub fn run(context: &mut Context, as_json: bool) -> Result<(), Vec<Diagnostic>> {
    let listing = gather(context)?;
    let text = if as_json {
        serde_json::to_string_pretty(&listing).unwrap_or_default() + "\n"
    } else {
        table(&listing)
    };
    output::show([text], context.paging).map_err(|problem| vec![problem])
}

fn gather(context: &mut Context) -> Result<Listing, Vec<Diagnostic>> {
    let library = &mut context.library;
    let mut axes = Vec::new();
    for axis in Axis::ALL {
        let mut layers = Vec::new();
        for name in library.layer_names(axis)? {
            let layer = library.layer(axis, &name, None)?;
            let description = layer
                .values
                .at([axis.name(), "description"])
                .and_then(crate::yaml::Node::as_str)
                .unwrap_or_default()
                .to_owned();
            layers.push(Named { name, description });
        }
        axes.push(AxisListing {
            name: axis.name(),
            folder: axis.folder(),
            layers,
        });
    }
    let environments = library.layer_names(Axis::Environment)?;
    let mut suites = Vec::new();
    for name in library.suite_names()? {
        let suite = library.suite(&name)?;
        let mut ids = Vec::new();
        for environment in &environments {
            let selected = variants(&suite, environment, &Narrowing::default())
                .map_err(|problem| vec![problem])?;
            ids.extend(selected.into_iter().map(|(variant, _)| variant.id()));
        }
        suites.push(SuiteListing {
            name,
            description: suite.description,
            default: suite.is_default,
            variants: ids,
        });
    }
    let mut blueprints = Vec::new();
    for name in library.blueprint_names()? {
        let description = library.manifest(&name)?.description;
        blueprints.push(Named { name, description });
    }
    Ok(Listing {
        schema_version: SCHEMA_VERSION,
        axes,
        suites,
        blueprints,
    })
}

fn table(listing: &Listing) -> String {
    let width = listing
        .axes
        .iter()
        .flat_map(|axis| &axis.layers)
        .chain(&listing.blueprints)
        .map(|named| named.name.len())
        .chain(listing.suites.iter().map(|suite| suite.name.len()))
        .max()
        .unwrap_or_default();
    let mut sections: Vec<(&str, Vec<(&str, String)>)> = Vec::new();
    for axis in &listing.axes {
        let rows = axis
            .layers
            .iter()
            .map(|layer| (layer.name.as_str(), layer.description.clone()));
        sections.push((axis.folder, rows.collect()));
    }
    let mut suites = Vec::new();
    for suite in &listing.suites {
        let mark = if suite.default { " (default)" } else { "" };
        suites.push((suite.name.as_str(), format!("{}{mark}", suite.description)));
        suites.extend(suite.variants.iter().map(|id| ("", id.clone())));
    }
    sections.push(("suites", suites));
    let blueprints = listing
        .blueprints
        .iter()
        .map(|named| (named.name.as_str(), named.description.clone()));
    sections.push(("blueprints", blueprints.collect()));
    let mut text = String::new();
    for (title, rows) in sections {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{title}");
        for (name, description) in rows {
            let line = format!("  {name:width$}  {description}");
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text.push('\n');
    }
    text.trim_end().to_owned() + "\n"
}
