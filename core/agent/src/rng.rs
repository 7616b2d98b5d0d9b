//! A small seeded generator: jitter and fresh ids inside the machine must be reproducible in tests,
//! so the shell supplies the seed once and the machine never asks the system for randomness.

use std::time::Duration;

/// SplitMix64: enough for jitter; ids take 128 bits of it and are never secrets.
pub struct Rng {
    state: u64,
}

impl Rng {
    pub fn seeded(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in `[0, max]`.
    pub fn up_to(&mut self, max: Duration) -> Duration {
        let nanos = u64::try_from(max.as_nanos()).unwrap_or(u64::MAX);
        if nanos == u64::MAX {
            return Duration::from_nanos(self.next());
        }
        Duration::from_nanos(self.next() % (nanos + 1))
    }

    /// The 16 bytes of a random (version 4) UUID.
    pub fn uuid(&mut self) -> uuid::Uuid {
        let wide = (u128::from(self.next()) << 64) | u128::from(self.next());
        uuid::Builder::from_random_bytes(wide.to_be_bytes()).into_uuid()
    }
}
