//! What is compared.

use crate::results::Run;

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Rates.
    HigherIsBetter,
    /// Latencies.
    LowerIsBetter,
}

/// A figure that every run has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Requests that succeeded per second. Items and tokens per second are in the same ratio, since
    /// both sides send the same requests.
    Throughput,
    /// The same by chip.
    ThroughputPerChip,
    /// Requests for a dollar.
    ThroughputPerDollar,
    /// Median of the headline latency in milliseconds.
    LatencyP50,
    /// Its 95th percentile.
    LatencyP95,
    /// Its 99th percentile.
    LatencyP99,
    /// The highest rate that met the objective, of a search.
    SustainedRate,
}

impl Metric {
    /// All of them.
    pub const ALL: [Metric; 7] = [
        Metric::Throughput,
        Metric::ThroughputPerChip,
        Metric::ThroughputPerDollar,
        Metric::LatencyP50,
        Metric::LatencyP95,
        Metric::LatencyP99,
        Metric::SustainedRate,
    ];

    /// Its name in policies and machine-readable output; stable.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Throughput => "throughput",
            Metric::ThroughputPerChip => "throughput-per-chip",
            Metric::ThroughputPerDollar => "throughput-per-dollar",
            Metric::LatencyP50 => "latency-p50",
            Metric::LatencyP95 => "latency-p95",
            Metric::LatencyP99 => "latency-p99",
            Metric::SustainedRate => "sustained-rate",
        }
    }

    /// The metric of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name)
    }

    /// Its unit.
    pub fn unit(self) -> &'static str {
        match self {
            Metric::Throughput | Metric::SustainedRate => "requests/s",
            Metric::ThroughputPerChip => "requests/s per chip",
            Metric::ThroughputPerDollar => "requests per USD",
            Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 => "ms",
        }
    }

    /// Which way is better.
    pub fn direction(self) -> Direction {
        match self {
            Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 => {
                Direction::LowerIsBetter
            }
            _ => Direction::HigherIsBetter,
        }
    }

    /// Whether it is throughput divided by what does not change from run to run: then it is no other test.
    pub fn is_throughput_by_a_constant(self) -> bool {
        matches!(
            self,
            Metric::ThroughputPerChip | Metric::ThroughputPerDollar
        )
    }

    /// How much worse a ratio `candidate / base` is, as a fraction: 0.1 for 10 % fewer requests a second,
    /// or for a latency 10 % higher.
    pub fn worsening(self, ratio: f64) -> f64 {
        match self.direction() {
            Direction::HigherIsBetter => 1.0 - ratio,
            Direction::LowerIsBetter => ratio - 1.0,
        }
    }

    /// The fewest successful requests of a run that it can be told from: below that, a percentile is the
    /// run's slowest request.
    pub fn requests_needed(self) -> u64 {
        match self {
            Metric::LatencyP50 => 2,
            Metric::LatencyP95 => 20,
            Metric::LatencyP99 => 100,
            _ => 0,
        }
    }

    /// The figure of a run, before it is divided by chips or dollars; nothing where a run does not have
    /// it.
    pub fn of(self, run: &Run) -> Option<f64> {
        let figures = run.latency.headline().map(|headline| &headline.figures);
        let value = match self {
            Metric::Throughput | Metric::ThroughputPerChip | Metric::ThroughputPerDollar => {
                Some(run.throughput.requests_per_second)
            }
            Metric::LatencyP50 => figures.map(|figures| figures.p50),
            Metric::LatencyP95 => figures.map(|figures| figures.p95),
            Metric::LatencyP99 => figures.map(|figures| figures.p99),
            Metric::SustainedRate => None,
        };
        value.filter(|value| value.is_finite())
    }
}
