//! The combinations to measure, and their order.

use crate::config::{Arrival, Config, Limit, Stage};
use crate::result::LoadPoint;
use crate::schedule::{Gaps, Profile, Schedule, Segment};

/// A combination of shape and load.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Its number.
    pub index: u32,
    /// Index of the shape.
    pub shape: usize,
    /// The load.
    pub load: PointLoad,
}

/// The load of one combination.
#[derive(Debug, Clone, PartialEq)]
pub enum PointLoad {
    /// A fixed number in flight.
    Closed {
        /// Requests in flight.
        concurrency: u32,
        /// End of the run.
        limit: Limit,
    },
    /// One rate.
    Open {
        /// Distribution of the gaps.
        gaps: Gaps,
        /// Requests a second.
        rate: f64,
        /// End of the run.
        limit: Limit,
        /// Most in flight.
        max_in_flight: u32,
    },
    /// A changing rate.
    Stages {
        /// Distribution of the gaps.
        gaps: Gaps,
        /// Stages.
        stages: Vec<Stage>,
        /// Most in flight.
        max_in_flight: u32,
    },
}

/// All combinations: every shape with every concurrency or rate. None for a search.
pub fn points(config: &Config, shapes: usize) -> Vec<Point> {
    let loads: Vec<PointLoad> = match &config.load.arrival {
        Arrival::Closed { concurrency, limit } => concurrency
            .iter()
            .map(|concurrency| PointLoad::Closed {
                concurrency: *concurrency,
                limit: *limit,
            })
            .collect(),
        Arrival::Open {
            gaps,
            rates,
            limit,
            max_in_flight,
        } => rates
            .iter()
            .map(|rate| PointLoad::Open {
                gaps: *gaps,
                rate: *rate,
                limit: *limit,
                max_in_flight: *max_in_flight,
            })
            .collect(),
        Arrival::Stages {
            gaps,
            stages,
            max_in_flight,
        } => {
            vec![PointLoad::Stages {
                gaps: *gaps,
                stages: stages.clone(),
                max_in_flight: *max_in_flight,
            }]
        }
        Arrival::Saturate { .. } => Vec::new(),
    };
    (0..shapes)
        .flat_map(|shape| loads.iter().map(move |load| (shape, load.clone())))
        .zip(0..)
        .map(|((shape, load), index)| Point { index, shape, load })
        .collect()
}

/// (repetition, point) in the order of measurement: forwards, then backwards, and so on, so that
/// drift falls on all points alike.
pub fn order(points: usize, runs: u32) -> Vec<(u32, usize)> {
    (0..runs)
        .flat_map(|repetition| {
            (0..points).map(move |step| {
                let point = if repetition % 2 == 0 {
                    step
                } else {
                    points - 1 - step
                };
                (repetition, point)
            })
        })
        .collect()
}

impl PointLoad {
    /// The schedule of a repetition; none in closed loop.
    pub fn schedule(&self, seed: u64, repetition: u32) -> Option<Schedule> {
        match self {
            Self::Closed { .. } => None,
            Self::Open {
                gaps, rate, limit, ..
            } => Some(Schedule::steady(*gaps, *rate, *limit, seed, repetition)),
            Self::Stages { gaps, stages, .. } => {
                let mut before = 0.0;
                let segments = stages
                    .iter()
                    .map(|stage| {
                        let from = if stage.ramp {
                            before
                        } else {
                            stage.rate_per_second
                        };
                        before = stage.rate_per_second;
                        Segment {
                            seconds: stage.duration_seconds,
                            from,
                            to: stage.rate_per_second,
                        }
                    })
                    .collect();
                Some(Schedule {
                    gaps: *gaps,
                    profile: Profile::new(segments),
                    requests: None,
                    seed,
                    repetition,
                })
            }
        }
    }

    /// How the result names it.
    pub fn describe(&self) -> LoadPoint {
        let open =
            |gaps: Gaps, rate: Option<f64>, stages: Option<Vec<Stage>>, cap: u32| LoadPoint {
                arrival: gaps.name().to_owned(),
                concurrency: None,
                rate_per_second: rate,
                burstiness: match gaps {
                    Gaps::Gamma { shape } => Some(shape),
                    _ => None,
                },
                stages,
                max_in_flight: Some(cap),
            };
        match self {
            Self::Closed { concurrency, .. } => LoadPoint {
                arrival: "closed".to_owned(),
                concurrency: Some(*concurrency),
                rate_per_second: None,
                burstiness: None,
                stages: None,
                max_in_flight: None,
            },
            Self::Open {
                gaps,
                rate,
                max_in_flight,
                ..
            } => open(*gaps, Some(*rate), None, *max_in_flight),
            Self::Stages {
                gaps,
                stages,
                max_in_flight,
            } => open(*gaps, None, Some(stages.clone()), *max_in_flight),
        }
    }

    /// In a few words.
    pub fn title(&self) -> String {
        match self {
            Self::Closed { concurrency, .. } => format!("closed {concurrency}"),
            Self::Open { gaps, rate, .. } => format!("{} {rate}/s", gaps.name()),
            Self::Stages { gaps, stages, .. } => {
                format!("{} in {} stages", gaps.name(), stages.len())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_interleaved_forwards_and_backwards() {
        assert_eq!(
            order(3, 2),
            [(0, 0), (0, 1), (0, 2), (1, 2), (1, 1), (1, 0)]
        );
        assert_eq!(order(0, 5), []);
    }

    #[test]
    fn a_ramp_starts_where_the_stage_before_ended() {
        let stage = |rate: f64, ramp: bool| Stage {
            duration_seconds: 10.0,
            rate_per_second: rate,
            ramp,
        };
        let load = PointLoad::Stages {
            gaps: Gaps::Constant,
            stages: vec![stage(100.0, true), stage(300.0, true), stage(50.0, false)],
            max_in_flight: 1,
        };
        let schedule = load.schedule(7, 0).unwrap();
        assert_eq!(schedule.instants().count(), 10 * (50 + 200 + 50));
        assert!((schedule.profile.peak() - 300.0).abs() < 1e-9);
    }
}
