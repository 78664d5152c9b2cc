//! Draws that depend on a seed and on what they are for, and on nothing else: not on the order in which things happen.

/// The seed of a trial.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seed(pub(crate) u64);

/// A sequence of draws (`SplitMix64`).
#[derive(Debug, Clone)]
pub(crate) struct Draws(u64);

impl Seed {
    /// The draws for something that is named by these words (FNV-1a, begun with the seed).
    pub(crate) fn draws(self, words: &[&str]) -> Draws {
        let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325 ^ self.0, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Draws(hash)
    }
}

impl Draws {
    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 if there is none.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.bits().checked_rem(end).unwrap_or_default()
    }

    /// A number from `from` up to `to`.
    pub(crate) fn between(&mut self, from: u64, to: u64) -> u64 {
        from.saturating_add(self.below(to.saturating_sub(from).saturating_add(1)))
    }

    /// One of several, each as likely as its weight says.
    pub(crate) fn one_of<T: Copy>(&mut self, weighted: &[(u64, T)]) -> Option<T> {
        let total = weighted.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(total);
        weighted.iter().find_map(|(weight, value)| {
            let is_it = left < *weight;
            left = left.saturating_sub(*weight);
            is_it.then_some(*value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_draw_the_same_and_others_do_not() {
        let draw = |seed, words: &[&str]| Seed(seed).draws(words).bits();
        assert_eq!(draw(1, &["a", "b"]), draw(1, &["a", "b"]));
        for (seed, words) in [(2, ["a", "b"]), (1, ["ab", ""]), (1, ["b", "a"])] {
            assert_ne!(draw(1, &["a", "b"]), draw(seed, &words), "{seed} {words:?}");
        }
    }

    #[test]
    fn each_of_several_comes_as_often_as_its_weight_says() {
        let mut draws = Seed(7).draws(&["weights"]);
        let rare = (0..10_000).filter(|_| draws.one_of(&[(1, "rare"), (9, "often")]) == Some("rare")).count();
        assert!((800..1200).contains(&rare), "{rare}");
    }
}
