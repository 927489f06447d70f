//! Numbers that look random and are the same for the same seed on every machine: splitmix64.

/// A generator.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 when `n` is 0.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        u64::try_from((u128::from(self.next()) * u128::from(n)) >> 64).unwrap_or(0)
    }

    /// A number between two, both possible.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high.saturating_sub(low)).unwrap_or(0).saturating_add(1);
        low.saturating_add(i64::try_from(self.below(span)).unwrap_or(0))
    }

    /// As [`Random::between`], of a pair that counts something.
    pub(super) fn within(&mut self, (low, high): (u32, u32)) -> u32 {
        u32::try_from(self.between(low.into(), high.into())).unwrap_or(low)
    }

    /// Whether something happens that happens in `percent` of all cases.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < u64::from(percent)
    }

    /// One of them.
    pub(super) fn one<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(usize::try_from(self.below(items.len() as u64)).unwrap_or(0))
    }

    /// One of them, by weight.
    pub(super) fn weighted<'a, T>(&mut self, items: &'a [T], weight: impl Fn(&T) -> u32) -> Option<&'a T> {
        let mut at = self.below(items.iter().map(|item| u64::from(weight(item))).sum());
        for item in items {
            match at.checked_sub(u64::from(weight(item))) {
                Some(rest) => at = rest,
                None => return Some(item),
            }
        }
        items.last()
    }

    /// Sixteen bytes for an identity.
    pub(super) fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        for place in bytes.chunks_exact_mut(8) {
            place.copy_from_slice(&self.next().to_be_bytes());
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_repeat_with_the_seed_and_stay_in_bounds() {
        let draw = |seed| (0..100).map(|_| Random::new(seed).between(-3, 3)).collect::<Vec<_>>();
        assert_eq!(draw(7), draw(7));
        let mut random = Random::new(1);
        let all: std::collections::BTreeSet<i64> = (0..1000).map(|_| random.between(-3, 3)).collect();
        assert_eq!(all, (-3..=3).collect());
        let weights = [("never", 0), ("always", 5)];
        assert!((0..100).all(|_| random.weighted(&weights, |w| w.1).unwrap().0 == "always"));
    }
}
