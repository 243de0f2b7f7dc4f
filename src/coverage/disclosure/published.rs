//! The published cell: numerator and denominator together, and all that is derived from them, or nothing at all.

use std::num::NonZeroU32;

use super::shown::Tally;

/// How much of a figure is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// The true value is shown.
    Exact,
    /// The area is shown only as part of a pool.
    Pooled,
    /// No source has the value; never the same as 0.
    Unknown,
    /// There is nobody to take a share of: the population is 0.
    Undefined,
}

/// One figure on its way out. Made only by disclosure control; holds a value only when that is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure<T = u64>(Held<T>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held<T> {
    Exact(T),
    Pooled,
    Unknown,
    Undefined,
}

impl<T: Copy> Figure<T> {
    pub(super) fn known(value: T) -> Self {
        Self(Held::Exact(value))
    }

    pub(super) fn pooled() -> Self {
        Self(Held::Pooled)
    }

    fn known_or_not(value: Option<T>) -> Self {
        Self(value.map_or(Held::Unknown, Held::Exact))
    }

    /// The value, only when it is exact.
    pub fn exact(self) -> Option<T> {
        match self.0 {
            Held::Exact(value) => Some(value),
            Held::Pooled | Held::Unknown | Held::Undefined => None,
        }
    }

    /// What is shown of it.
    pub fn visibility(self) -> Visibility {
        match self.0 {
            Held::Exact(_) => Visibility::Exact,
            Held::Pooled => Visibility::Pooled,
            Held::Unknown => Visibility::Unknown,
            Held::Undefined => Visibility::Undefined,
        }
    }

    /// The same number, shown only where the other may be shown too: for what tells of both.
    #[must_use]
    pub fn only_with<U: Copy>(self, other: Figure<U>) -> Self {
        match other.0 {
            Held::Exact(_) => self,
            Held::Pooled => Self::pooled(),
            Held::Unknown | Held::Undefined if self.visibility() == Visibility::Exact => {
                Self(Held::Unknown)
            }
            Held::Unknown | Held::Undefined => self,
        }
    }

    fn map<U>(self, derive: impl FnOnce(T) -> U) -> Figure<U> {
        Figure(match self.0 {
            Held::Exact(value) => Held::Exact(derive(value)),
            Held::Pooled => Held::Pooled,
            Held::Unknown => Held::Unknown,
            Held::Undefined => Held::Undefined,
        })
    }
}

/// A share of a population of at least one person, kept as integers; above 1 where more were reached than registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    numerator: u64,
    denominator: u64,
}

impl Share {
    /// Persons reached.
    pub fn numerator(self) -> u64 {
        self.numerator
    }

    /// Persons of the population, at least 1.
    pub fn denominator(self) -> u64 {
        self.denominator
    }

    /// The share as a number, 1 being everybody.
    pub fn rate(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

/// The figures of one area, indicator, tier and date as they may be shown.
///
/// Invariant: when the cell is pooled it holds no numbers, so nothing derived from it has any.
///
/// Nothing outside makes one:
/// ```compile_fail,E0423
/// let cell = vun::coverage::disclosure::Published(None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published(Option<Tally>);

impl Published {
    pub(super) fn exact(tally: Tally) -> Self {
        Self(Some(tally))
    }

    pub(super) fn pooled() -> Self {
        Self(None)
    }

    /// A cell of which nothing is known: no numbers, so nothing to protect.
    pub fn unknown() -> Self {
        Self::exact(Tally::default())
    }

    /// A share of areas or establishments: they are no people, so there is nothing to protect and the counts are exact.
    /// Never for people, their needs or their children: those leave through [`super::Shown`] alone.
    pub fn of_units(numerator: Option<u64>, denominator: Option<u64>) -> Self {
        Self::exact(Tally {
            numerator,
            denominator,
        })
    }

    /// A cell that has left already, read back from a frozen report whose hash was checked; `people` are none when it
    /// was pooled, otherwise numerator and denominator.
    pub fn read_back(people: Option<(Option<u64>, Option<u64>)>) -> Self {
        Self(people.map(|(numerator, denominator)| Tally {
            numerator,
            denominator,
        }))
    }

    /// Whether the area is shown only as part of a pool.
    pub fn is_pooled(self) -> bool {
        self.0.is_none()
    }

    /// Persons reached.
    pub fn numerator(self) -> Figure<u64> {
        self.0.map_or_else(Figure::pooled, |tally| {
            Figure::known_or_not(tally.numerator)
        })
    }

    /// Persons of the population.
    pub fn denominator(self) -> Figure<u64> {
        self.0.map_or_else(Figure::pooled, |tally| {
            Figure::known_or_not(tally.denominator)
        })
    }

    /// The share reached; undefined for a population of 0, which is neither 0 % nor 100 %.
    pub fn share(self) -> Figure<Share> {
        match self.both().0 {
            Held::Exact((_, 0)) | Held::Undefined => Figure(Held::Undefined),
            Held::Exact((numerator, denominator)) => Figure::known(Share {
                numerator,
                denominator,
            }),
            Held::Pooled => Figure::pooled(),
            Held::Unknown => Figure(Held::Unknown),
        }
    }

    /// Whether `percent` of the population are reached, in integers; undefined for a population of 0.
    pub fn is_target_met(self, percent: u32) -> Figure<bool> {
        self.share().map(|share| {
            u128::from(share.numerator) * 100 >= u128::from(percent) * u128::from(share.denominator)
        })
    }

    /// Persons still to be reached until `percent` of the population are; 0 when the target is met, undefined for a population of 0.
    pub fn gap(self, percent: u32) -> Figure<u64> {
        self.share().map(|share| {
            let needed = (u128::from(percent) * u128::from(share.denominator)).div_ceil(100);
            u64::try_from(needed.saturating_sub(u128::from(share.numerator))).unwrap_or(u64::MAX)
        })
    }

    /// Persons to reach per week so that `percent` are reached in `weeks` weeks. A phase that has ended has no weeks and no needed pace.
    pub fn needed_per_week(self, percent: u32, weeks: NonZeroU32) -> Figure<f64> {
        self.gap(percent)
            .map(|gap| gap as f64 / f64::from(weeks.get()))
    }

    /// Both cells together: pooled when one of them is, unknown in whatever one of them does not know.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let sum = |a: Option<u64>, b: Option<u64>| a?.checked_add(b?);
        Self(self.0.zip(other.0).map(|(one, two)| Tally {
            numerator: sum(one.numerator, two.numerator),
            denominator: sum(one.denominator, two.denominator),
        }))
    }

    /// All cells together; no cells are nobody.
    pub fn sum(cells: impl IntoIterator<Item = Self>) -> Self {
        let nobody = Self::exact(Tally {
            numerator: Some(0),
            denominator: Some(0),
        });
        cells.into_iter().fold(nobody, Self::plus)
    }

    /// How many more persons are reached than in an earlier cell; negative when fewer.
    pub fn change_since(self, earlier: Self) -> Figure<i64> {
        difference(self.numerator(), earlier.numerator())
    }

    /// How far the share has risen since an earlier cell, 1 being everybody; negative when it has fallen.
    pub fn rise_since(self, earlier: Self) -> Figure<f64> {
        match (self.share().0, earlier.share().0) {
            (Held::Exact(later), Held::Exact(earlier)) => {
                Figure::known(later.rate() - earlier.rate())
            }
            (Held::Pooled, _) | (_, Held::Pooled) => Figure::pooled(),
            (Held::Undefined, _) | (_, Held::Undefined) => Figure(Held::Undefined),
            (Held::Unknown, _) | (_, Held::Unknown) => Figure(Held::Unknown),
        }
    }

    /// How far the population has grown since an earlier cell; negative when it has shrunk.
    pub fn growth_since(self, earlier: Self) -> Figure<i64> {
        difference(self.denominator(), earlier.denominator())
    }

    fn both(self) -> Figure<(u64, u64)> {
        self.0.map_or_else(Figure::pooled, |tally| {
            Figure::known_or_not(tally.numerator.zip(tally.denominator))
        })
    }
}

fn difference(later: Figure<u64>, earlier: Figure<u64>) -> Figure<i64> {
    match (later.0, earlier.0) {
        (Held::Exact(later), Held::Exact(earlier)) => {
            Figure::known_or_not(i64::try_from(i128::from(later) - i128::from(earlier)).ok())
        }
        (Held::Pooled, _) | (_, Held::Pooled) => Figure::pooled(),
        (Held::Unknown | Held::Undefined, _) | (_, Held::Unknown | Held::Undefined) => {
            Figure(Held::Unknown)
        }
    }
}
