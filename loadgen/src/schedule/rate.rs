//! A rate over time, piecewise linear, and the inverse of its integral.
//!
//! A process with one expected arrival per unit becomes one that follows the profile when each
//! position is mapped through that inverse.

/// A stretch of time over which the rate changes evenly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Length; only the last may be infinite.
    pub seconds: f64,
    /// Requests a second at its start.
    pub from: f64,
    /// Requests a second at its end.
    pub to: f64,
}

impl Segment {
    /// Arrivals expected in it.
    fn expected(self) -> f64 {
        0.5 * (self.from + self.to) * self.seconds
    }

    /// Seconds into the segment at which this many arrivals are expected.
    fn inverse(self, expected: f64) -> f64 {
        let slope = if self.seconds.is_finite() {
            (self.to - self.from) / self.seconds
        } else {
            0.0
        };
        // The stable form of the quadratic's root: no cancellation when the slope is small.
        let root = (self.from * self.from + 2.0 * slope * expected)
            .max(0.0)
            .sqrt();
        if self.from + root == 0.0 {
            0.0
        } else {
            2.0 * expected / (self.from + root)
        }
    }
}

/// A rate over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    segments: Vec<Segment>,
}

impl Profile {
    /// A profile of these segments, one after the other.
    pub fn new(segments: Vec<Segment>) -> Self {
        Self { segments }
    }

    /// Length of all segments.
    pub fn seconds(&self) -> f64 {
        self.segments.iter().map(|segment| segment.seconds).sum()
    }

    /// Highest rate.
    pub fn peak(&self) -> f64 {
        self.segments
            .iter()
            .map(|segment| segment.from.max(segment.to))
            .fold(0.0, f64::max)
    }

    /// Starts to map positions to instants.
    pub(super) fn cursor(self) -> Cursor {
        Cursor {
            profile: self,
            index: 0,
            expected_before: 0.0,
            seconds_before: 0.0,
        }
    }
}

/// Maps ascending positions to instants.
pub(super) struct Cursor {
    profile: Profile,
    index: usize,
    expected_before: f64,
    seconds_before: f64,
}

impl Cursor {
    /// The instant in seconds, or nothing after the profile's end.
    pub(super) fn instant(&mut self, position: f64) -> Option<f64> {
        loop {
            let segment = *self.profile.segments.get(self.index)?;
            let within = position - self.expected_before;
            if within < segment.expected() {
                return Some(self.seconds_before + segment.inverse(within));
            }
            self.expected_before += segment.expected();
            self.seconds_before += segment.seconds;
            self.index += 1;
        }
    }
}
