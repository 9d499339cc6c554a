//! What is drawn with, by meaning. The page's style sheet gives each ink its colour in each theme.

use plotters::style::RGBColor;

/// An ink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Ink {
    /// Axes and ticks.
    Frame,
    /// Lines behind the data.
    Grid,
    /// Labels.
    Text,
    /// The base.
    Base,
    /// The candidate.
    Candidate,
    /// The time before a run.
    WarmUp,
    /// A threshold.
    Limit,
}

impl Ink {
    const ALL: [Self; 7] = [
        Self::Frame,
        Self::Grid,
        Self::Text,
        Self::Base,
        Self::Candidate,
        Self::WarmUp,
        Self::Limit,
    ];

    /// As the drawing library carries it. No such colour is ever shown.
    pub(super) fn carried(self) -> RGBColor {
        RGBColor(self as u8, 0, 0)
    }

    /// What the drawing library hands back.
    pub(super) fn of(carried: (u8, u8, u8)) -> Self {
        let found = Self::ALL.into_iter().find(|ink| *ink as u8 == carried.0);
        found.unwrap_or(Self::Text)
    }

    /// What it shows, in words. It is also the class of the style sheet.
    pub(in crate::report) fn name(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Grid => "grid",
            Self::Text => "text",
            Self::Base => "base",
            Self::Candidate => "candidate",
            Self::WarmUp => "warmup",
            Self::Limit => "limit",
        }
    }
}
