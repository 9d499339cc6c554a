//! Charts as drawings: what is shown goes in, SVG elements come out. Where things lie is computed by
//! `plotters`; how they look is for the page's style sheet.

mod axis;
mod ink;
mod svg;

pub(super) use axis::Axis;
pub(super) use ink::Ink;
pub(super) use svg::SIZE;

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::series::LineSeries;
use plotters::style::{Color, IntoFont, TextStyle};
use std::convert::Infallible;
use svg::{STEPS, Svg};

/// A value with the lowest and the highest that were seen beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) x: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// What is drawn with one ink.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    pub(super) ink: Ink,
    /// A line through these.
    pub(super) line: Vec<(f64, f64)>,
    /// Dots at these.
    pub(super) dots: Vec<(f64, f64)>,
    /// Upright lines.
    pub(super) whiskers: Vec<Spread>,
    /// An area between the lowest and the highest values.
    pub(super) band: Vec<Spread>,
    /// Bars that stand on zero: left, right, height.
    pub(super) bars: Vec<(f64, f64, f64)>,
}

impl Series {
    pub(super) fn new(ink: Ink) -> Self {
        Self {
            ink,
            line: Vec::new(),
            dots: Vec::new(),
            whiskers: Vec::new(),
            band: Vec::new(),
            bars: Vec::new(),
        }
    }
}

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chart {
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) series: Vec<Series>,
    /// Where the background is shaded, along x.
    pub(super) shade: Option<(f64, f64)>,
    /// Level lines.
    pub(super) limits: Vec<f64>,
}

/// SVG elements, from nothing but numbers and escaped text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Drawing(pub(super) String);

type Area<'a, 'b> = ChartContext<'a, Svg<'b>, Cartesian2d<Axis, Axis>>;
type Drawn = Result<(), DrawingAreaErrorKind<Infallible>>;

impl Chart {
    /// Draws it; nothing if the library finds no room.
    pub(super) fn draw(&self) -> Option<Drawing> {
        let mut out = String::new();
        self.draw_into(&mut out).ok()?;
        Some(Drawing(out))
    }

    fn draw_into(&self, out: &mut String) -> Drawn {
        let root = Svg { out }.into_drawing_area();
        let mut area = ChartBuilder::on(&root)
            .margin_top(14 * STEPS)
            .margin_right(24 * STEPS)
            .margin_bottom(6 * STEPS)
            .margin_left(4 * STEPS)
            .x_label_area_size(58 * STEPS)
            .y_label_area_size(100 * STEPS)
            .build_cartesian_2d(self.x.clone(), self.y.clone())?;
        if let Some((from, to)) = self.shade {
            let corners = [(self.x.at(from), self.y.low), (self.x.at(to), self.y.high)];
            area.draw_series([Rectangle::new(corners, Ink::WarmUp.carried().filled())])?;
        }
        self.draw_axes(&mut area)?;
        for limit in &self.limits {
            let ends =
                [(self.x.low, *limit), (self.x.high, *limit)].map(|(x, y)| (x, self.y.at(y)));
            area.draw_series([PathElement::new(ends, Ink::Limit.carried())])?;
        }
        for series in &self.series {
            self.draw_band(&mut area, series)?;
        }
        for series in &self.series {
            self.draw_marks(&mut area, series)?;
        }
        root.present()
    }

    fn draw_axes(&self, area: &mut Area<'_, '_>) -> Drawn {
        let text = || -> TextStyle<'_> {
            let size = 13 * STEPS;
            ("sans-serif", size).into_font().color(&Ink::Text.carried())
        };
        area.configure_mesh()
            .disable_x_mesh()
            .bold_line_style(Ink::Grid.carried())
            .axis_style(Ink::Frame.carried())
            .label_style(text())
            .axis_desc_style(text())
            .x_desc(self.x.title.as_str())
            .y_desc(self.y.title.as_str())
            .set_all_tick_mark_size(5 * STEPS)
            .draw()
    }

    fn draw_band(&self, area: &mut Area<'_, '_>, series: &Series) -> Drawn {
        if series.band.len() < 2 {
            return Ok(());
        }
        let upper = series.band.iter().map(|spread| (spread.x, spread.high));
        let lower = series
            .band
            .iter()
            .rev()
            .map(|spread| (spread.x, spread.low));
        let edge: Vec<(f64, f64)> = upper
            .chain(lower)
            .map(|(x, y)| (self.x.at(x), self.y.at(y)))
            .collect();
        area.draw_series([Polygon::new(edge, series.ink.carried().filled())])?;
        Ok(())
    }

    fn draw_marks(&self, area: &mut Area<'_, '_>, series: &Series) -> Drawn {
        let ink = series.ink.carried();
        let place = |&(x, y): &(f64, f64)| (self.x.at(x), self.y.at(y));
        let bars = series.bars.iter().map(|(left, right, height)| {
            let corners = [place(&(*left, *height)), place(&(*right, 0.0))];
            Rectangle::new(corners, ink.filled())
        });
        area.draw_series(bars)?;
        let whiskers = series.whiskers.iter().map(|spread| {
            let ends = [
                place(&(spread.x, spread.low)),
                place(&(spread.x, spread.high)),
            ];
            // A box without a width, so that it is not dashed as lines are.
            Rectangle::new(ends, ink)
        });
        area.draw_series(whiskers)?;
        if series.line.len() > 1 {
            area.draw_series(LineSeries::new(series.line.iter().map(place), ink))?;
        }
        let dots = series
            .dots
            .iter()
            .map(|dot| Circle::new(place(dot), 4 * STEPS, ink.filled()));
        area.draw_series(dots)?;
        Ok(())
    }
}
