//! What is paired: the same shape under the same load.

use crate::results::{Load, Run, Shape};
use std::fmt;

/// How requests arrived, as a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LoadKey {
    /// Closed loop with so many requests in flight.
    Closed(u64),
    /// Open loop: the law of the gaps and the rate, and whatever else belongs to it, as text.
    Open {
        /// `constant`, `poisson` or `gamma`.
        arrival: String,
        /// Rate per second in millionths, so that it can be compared exactly.
        micro_rate: u64,
        /// Shape of gamma gaps, stages and cap, if any.
        details: String,
    },
    /// A search for the highest rate.
    Search,
    /// What a foreign format does not tell.
    Unknown,
}

impl LoadKey {
    /// The key of a load.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the schema refuses negative rates, and a cast saturates"
    )]
    pub fn of(load: &Load) -> Self {
        match (
            load.arrival.as_str(),
            load.concurrency,
            load.rate_per_second,
        ) {
            (_, Some(concurrency), _) => Self::Closed(concurrency),
            (_, None, rate) if rate.is_some() || load.stages.is_some() => {
                let mut details = Vec::new();
                details.extend(load.burstiness.map(|shape| format!("burstiness {shape}")));
                details.extend(
                    load.max_in_flight
                        .map(|most| format!("at most {most} in flight")),
                );
                for stage in load.stages.iter().flatten() {
                    let (word, length) = (
                        if stage.ramp { "ramp to" } else { "at" },
                        stage.duration_seconds,
                    );
                    details.push(format!("{word} {}/s for {length} s", stage.rate_per_second));
                }
                Self::Open {
                    arrival: load.arrival.clone(),
                    micro_rate: rate.map_or(0, |rate| (rate * 1e6).round() as u64),
                    details: details.join(", "),
                }
            }
            _ => Self::Unknown,
        }
    }

    /// Requests in flight, in closed loop.
    pub fn concurrency(&self) -> Option<u64> {
        match self {
            Self::Closed(concurrency) => Some(*concurrency),
            _ => None,
        }
    }

    /// Rate asked for, in open loop with one rate.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a rate is far smaller than 2^53 millionths"
    )]
    pub fn rate(&self) -> Option<f64> {
        match self {
            Self::Open { micro_rate, .. } if *micro_rate > 0 => Some(*micro_rate as f64 / 1e6),
            _ => None,
        }
    }
}

impl fmt::Display for LoadKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(concurrency) => write!(out, "{concurrency} in flight"),
            Self::Open {
                arrival, details, ..
            } => {
                out.write_str(arrival)?;
                if let Some(rate) = self.rate() {
                    write!(out, " {rate}/s")?;
                }
                if !details.is_empty() {
                    write!(out, " ({details})")?;
                }
                Ok(())
            }
            Self::Search => out.write_str("highest rate"),
            Self::Unknown => out.write_str("unknown load"),
        }
    }
}

/// A shape under a load.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// The shape; absent for a recorded workload.
    pub shape: Option<Shape>,
    /// Which recorded shape, for a recorded workload.
    pub index: u64,
    /// The load.
    pub load: LoadKey,
}

impl Point {
    /// The point of a run.
    pub fn of(run: &Run) -> Self {
        Self::new(run.shape, run.shape_index, LoadKey::of(&run.load))
    }

    /// A point. The index counts only where there is no shape: two suites may order shapes differently.
    pub fn new(shape: Option<Shape>, index: u64, load: LoadKey) -> Self {
        Self {
            shape,
            index: if shape.is_some() { 0 } else { index },
            load,
        }
    }

    /// The shape in words.
    pub fn shape_text(&self) -> String {
        match self.shape {
            Some(Shape {
                items,
                query_tokens: 0,
                item_tokens: 0,
            }) => format!("{items} items"),
            Some(shape) => format!(
                "{} x {} items, {} query",
                shape.items, shape.item_tokens, shape.query_tokens
            ),
            None => format!("recorded {}", self.index),
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}, {}", self.shape_text(), self.load)
    }
}
