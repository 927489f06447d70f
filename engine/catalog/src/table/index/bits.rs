//! A set of row numbers, one bit each.

/// A set of row numbers below a fixed bound.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(in crate::table) struct Bits(Vec<u64>);

impl Bits {
    /// No row of `rows`.
    pub(in crate::table) fn new(rows: usize) -> Self {
        Self(vec![0; rows.div_ceil(64)])
    }

    pub(in crate::table) fn set(&mut self, row: usize) {
        if let Some(word) = self.0.get_mut(row / 64) {
            *word |= 1 << (row % 64);
        }
    }

    pub(in crate::table) fn get(&self, row: usize) -> bool {
        self.0.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    pub(in crate::table) fn clear(&mut self) {
        self.0.fill(0);
    }

    pub(in crate::table) fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    pub(in crate::table) fn intersect(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= b);
    }

    pub(in crate::table) fn remove(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= !b);
    }

    /// Takes out every row from `row` on.
    pub(in crate::table) fn keep_below(&mut self, row: usize) {
        let (word, bit) = (row / 64, row % 64);
        self.0.iter_mut().skip(word + 1).for_each(|word| *word = 0);
        if let Some(word) = self.0.get_mut(word) {
            *word &= (1 << bit) - 1;
        }
    }

    pub(in crate::table) fn toggle(&mut self, row: usize) {
        if let Some(word) = self.0.get_mut(row / 64) {
            *word ^= 1 << (row % 64);
        }
    }

    pub(in crate::table) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The rows, ascending.
    pub(in crate::table) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().filter(|(_, word)| **word != 0).flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(at * 64 + bit)
            })
        })
    }
}
