//! Where `plotters` draws to: SVG elements with classes instead of colours, so that a page's style sheet
//! decides how they look in light, in dark and on paper.

use super::ink::Ink;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontTransform,
};
use std::convert::Infallible;
use std::fmt::Write as _;

/// Width and height of every chart, in units of its view box.
pub(in crate::report) const SIZE: (u32, u32) = (640, 360);
/// Steps in a unit: the library counts in whole steps, and a step of a whole unit would show.
pub(super) const STEPS: u32 = 10;

/// Elements are appended to a text.
pub(super) struct Svg<'a> {
    pub(super) out: &'a mut String,
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// Steps as units: `12.5`.
struct Units(i32);

impl std::fmt::Display for Units {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let steps = STEPS.cast_signed();
        let (whole, rest) = (self.0 / steps, (self.0 % steps).abs());
        if self.0 < 0 && whole == 0 {
            out.write_str("-")?;
        }
        write!(out, "{whole}")?;
        if rest == 0 {
            Ok(())
        } else {
            write!(out, ".{rest}")
        }
    }
}

impl Svg<'_> {
    fn path(
        &mut self,
        kind: &str,
        color: BackendColor,
        points: impl IntoIterator<Item = BackendCoord>,
        end: &str,
    ) {
        if color.alpha == 0.0 {
            return;
        }
        // Writing to a string cannot fail; neither can what follows.
        let _ = write!(
            self.out,
            "<path class=\"{kind} {}\" d=\"",
            Ink::of(color.rgb).name()
        );
        for (index, (x, y)) in points.into_iter().enumerate() {
            let letter = if index == 0 { 'M' } else { 'L' };
            let _ = write!(self.out, "{letter}{} {}", Units(x), Units(y));
        }
        let _ = write!(self.out, "{end}\"/>");
    }
}

impl DrawingBackend for Svg<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (SIZE.0 * STEPS, SIZE.1 * STEPS)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.path("area", color, [(x, y), (x + 1, y), (x + 1, y + 1)], "Z");
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.path("line", style.color(), [from, to], "");
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        self.path(
            if fill { "bar" } else { "whisker" },
            style.color(),
            corners,
            "Z",
        );
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.path("line", style.color(), path, "");
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vertices: I,
        style: &S,
    ) -> Drawn {
        self.path("area", style.color(), vertices, "Z");
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Drawn {
        let _ = write!(
            self.out,
            "<circle class=\"dot {}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
            Ink::of(style.color().rgb).name(),
            Units(x),
            Units(y),
            Units(radius.cast_signed())
        );
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Drawn {
        let anchor = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Right => "end",
            HPos::Center => "middle",
        };
        let drop = match style.anchor().v_pos {
            VPos::Top => "0.8em",
            VPos::Center => "0.35em",
            VPos::Bottom => "-0.2em",
        };
        let angle = match style.transform() {
            FontTransform::None => 0,
            FontTransform::Rotate90 => 90,
            FontTransform::Rotate180 => 180,
            FontTransform::Rotate270 => 270,
        };
        let _ = write!(
            self.out,
            "<text x=\"{}\" y=\"{}\" dy=\"{drop}\" text-anchor=\"{anchor}\"",
            Units(x),
            Units(y)
        );
        if angle != 0 {
            let _ = write!(
                self.out,
                " transform=\"rotate({angle} {} {})\"",
                Units(x),
                Units(y)
            );
        }
        let _ = write!(self.out, ">{}</text>", handlebars::html_escape(text));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_written_as_units() {
        let texts = [0, 5, 10, 125, -5, -10, -125].map(|steps| Units(steps).to_string());
        assert_eq!(texts, ["0", "0.5", "1", "12.5", "-0.5", "-1", "-12.5"]);
    }
}
