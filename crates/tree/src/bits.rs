//! One bit for each node: what is open, what matches. Grows as far as it is set; reading further
//! gives `false`.

#[derive(Default)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    pub(crate) fn get(&self, index: u32) -> bool {
        self.0.get(word(index)).is_some_and(|word| word & bit(index) != 0)
    }

    /// Sets the bit, and says whether it was different before.
    pub(crate) fn set(&mut self, index: u32, value: bool) -> bool {
        if self.get(index) == value {
            return false;
        }
        if self.0.len() <= word(index) {
            self.0.resize(word(index) + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word(index)) {
            *word ^= bit(index);
        }
        true
    }

    /// The indexes that are set, ascending.
    pub(crate) fn ones(&self) -> impl Iterator<Item = u32> {
        let words = (0_u32..).step_by(64).zip(&self.0);
        words.flat_map(|(first, word)| {
            (first..first.saturating_add(64)).filter(move |index| word & bit(*index) != 0)
        })
    }
}

fn word(index: u32) -> usize {
    index as usize / 64
}

fn bit(index: u32) -> u64 {
    1 << (index % 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bit_stands_for_itself() {
        let mut bits = Bits::default();
        for index in [0, 63, 64, 1000] {
            assert!(!bits.get(index));
            assert!(bits.set(index, true) && !bits.set(index, true));
        }
        assert!((0..1100).all(|index| bits.get(index) == [0, 63, 64, 1000].contains(&index)));
        assert_eq!(bits.ones().collect::<Vec<_>>(), [0, 63, 64, 1000]);
        assert!(bits.set(63, false) && !bits.get(63) && bits.get(64));
    }
}
