//! Arrivals of a process with one expected arrival per unit.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// Distribution of the gaps between arrivals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Gaps {
    /// All equal.
    Constant,
    /// Exponential: a Poisson process.
    Exponential,
    /// Gamma with this shape: below 1 burstier than Poisson, above 1 more even.
    Gamma {
        /// Shape parameter.
        shape: f64,
    },
}

impl Gaps {
    /// Name of the arrival process in configuration and result.
    pub fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Exponential => "poisson",
            Self::Gamma { .. } => "gamma",
        }
    }
}

/// Ascending positions with a mean gap of 1. Constant gaps start at 0, random ones with a gap.
pub(super) struct Arrivals {
    gaps: Gaps,
    random: ChaCha8Rng,
    count: u64,
    position: f64,
}

impl Arrivals {
    pub(super) fn new(gaps: Gaps, seed: u64, repetition: u32) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"xbench schedule 1");
        hash.update(seed.to_le_bytes());
        hash.update(repetition.to_le_bytes());
        Self {
            gaps,
            random: ChaCha8Rng::from_seed(hash.finalize().into()),
            count: 0,
            position: 0.0,
        }
    }

    /// Uniform in (0, 1], 53 bits.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit exactly")]
    fn uniform(&mut self) -> f64 {
        ((self.random.next_u64() >> 11) + 1) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    fn exponential(&mut self) -> f64 {
        -libm::log(self.uniform())
    }

    /// Box and Muller's transform; the second value is not kept, for simplicity.
    fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(2.0 * self.exponential());
        radius * libm::cos(std::f64::consts::TAU * self.uniform())
    }

    /// Marsaglia and Tsang 2000, with their boost for shapes below 1; mean 1.
    fn gamma(&mut self, shape: f64) -> f64 {
        let boosted = if shape < 1.0 { shape + 1.0 } else { shape };
        let d = boosted - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        let sample = loop {
            let normal = self.normal();
            let v = 1.0 + c * normal;
            if v <= 0.0 {
                continue;
            }
            let v = v * v * v;
            if libm::log(self.uniform()) < 0.5 * normal * normal + d - d * v + d * libm::log(v) {
                break d * v;
            }
        };
        let boost = if shape < 1.0 {
            libm::pow(self.uniform(), 1.0 / shape)
        } else {
            1.0
        };
        sample * boost / shape
    }
}

impl Iterator for Arrivals {
    type Item = f64;

    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    fn next(&mut self) -> Option<f64> {
        let count = self.count;
        self.count += 1;
        self.position += match self.gaps {
            Gaps::Constant => return Some(count as f64),
            Gaps::Exponential => self.exponential(),
            Gaps::Gamma { shape } => self.gamma(shape),
        };
        Some(self.position)
    }
}
