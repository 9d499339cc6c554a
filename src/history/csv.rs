//! Trends as a table: one row for each result at a shape and load.

use super::entry::METRICS;
use super::trend::Trend;
use crate::compare::words::visible;

/// The table.
pub fn render(trend: &Trend) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header = vec![
        "variant",
        "point",
        "inputs",
        "started_at",
        "name",
        "sha256",
        "runs",
    ];
    header.extend(METRICS.map(crate::compare::Metric::name));
    header.push("changes");
    // Memory takes everything.
    let _ = writer.write_record(&header);
    for series in &trend.series {
        for (index, result) in series.results.iter().enumerate() {
            let mut row = vec![
                visible(&series.variant),
                visible(&series.point),
                visible(&series.inputs),
                visible(result.started_at()),
                visible(&result.name()),
                result.recorded.file.sha256.clone(),
                result.runs().to_string(),
            ];
            let medians = result.medians();
            row.extend(
                medians
                    .iter()
                    .map(|median| median.map_or_else(String::new, |m| m.to_string())),
            );
            let changes = series.changes.iter().filter(|change| change.index == index);
            let names: Vec<&str> = changes.map(|change| change.metric.name()).collect();
            row.push(names.join(" "));
            let _ = writer.write_record(&row);
        }
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}
