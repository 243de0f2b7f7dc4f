//! What can be counted on an indicator: its population, or those of it who reached a tier.

use crate::learning::tiers::Tier;

/// One thing to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Everybody the indicator is about.
    Population,
    /// Those who had reached the tier.
    Tier(Tier),
}

impl Measure {
    /// Every measure.
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Population).chain(Tier::ALL.into_iter().map(Self::Tier))
    }

    /// The word stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Population => "POPULATION",
            Self::Tier(tier) => tier.word(),
        }
    }

    /// The measure of a stored word.
    pub fn of_word(word: &str) -> Option<Self> {
        if word == "POPULATION" {
            Some(Self::Population)
        } else {
            Tier::of_word(word).map(Self::Tier)
        }
    }
}
