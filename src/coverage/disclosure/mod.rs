//! Disclosure control: decides which figures may leave, so that nobody can learn who in a small group has a child with a disability.
//!
//! # How it works
//!
//! The smallest piece counted is an *atom*; every area ever shown (old and new commune, district, old and new province,
//! country) is a set of atoms ([`AtomSet`]). Per indicator family the atoms are partitioned into *blocks*: a pool of
//! several atoms, or an atom by itself. A block is **safe** when for every indicator of the family its population is 0 or
//! at least `k` ([`Threshold`]). An area is shown exactly only when it is a union of whole, safe blocks; otherwise it, and
//! everything derived from it, is *pooled* ([`Published`]). Population means the register's official value where there is one
//! ([`official_populations`]), otherwise the number registered.
//!
//! Indicators that areas report belong to their family with the populations that were reported or entered for them, laid over
//! the atoms so that every one of them that could be read or subtracted is a sum of atoms; shares of areas or establishments
//! ([`Published::of_units`]) are about nobody.
//!
//! [`PoolHistory`] holds the pools as dated memberships, [`PoolHistory::evolve`] decides month by month who joins and who
//! leaves, and [`Shown`] is what may be published at one date. Only [`Shown`] makes a [`Published`] cell.
//!
//! # Why no linear combination of shown figures isolates a protected area
//!
//! 1. *One date.* Write an area as the 0/1 vector of its atoms. Each exactly shown area is a sum of block vectors, so every
//!    linear combination of shown figures, whatever the hierarchy, basis, tier or denominator, is constant on every block.
//!    What it says about atoms is therefore a statement about whole safe blocks: if it touches anybody of an indicator's
//!    population, it touches at least `k` of them. In particular the vector of an area of 1 to `k-1` people is no such
//!    combination, for it would be a union of blocks that are each 0 or at least `k`.
//!    Atoms in which nobody was ever counted up to the date may be missing from an area or be too many: they add nothing.
//! 2. *Several dates.* Joining is applied to every date at once and leaving opens a finer partition from a later month only.
//!    Hence the partitions are nested: that of a later month refines that of an earlier one, and every figure of every date is
//!    a sum over blocks of the *latest* partition, which is safe with present populations (argument 4 aside). This holds even for an
//!    onlooker who takes the people to be the same at all dates and subtracts dates freely.
//! 3. *Dates at which the populations differed.* A block that is safe now may have held 1 to `k-1` people at a past date.
//!    Hiding just that area would be useless: the total minus the shown siblings gives it back, and because old and new
//!    hierarchies overlap, no suppression among the children of one parent can stop every such subtraction. So the guard at reading
//!    ([`Shown::at`]) does not hide areas: it coarsens the *whole partition* of that date with the populations of that date
//!    by the same rule that builds pools. Argument 1 then holds at that date unchanged, argument 2 too, since a coarser
//!    partition is still a sum of the latest blocks. Suppression among siblings is therefore not needed and not offered.
//! 4. *Populations that can be made safe nowhere* (fewer than `k` people in the whole country): the block stays unsafe, and
//!    every area that touches it, the country included, is pooled.
//! 5. *Leaving.* The last pooled figure minus the first separate ones leaves about the others' figure. So the leaver
//!    must have `2k` and those who stay `k`, in each indicator in which anybody was ever counted, a population that has
//!    just fallen to 0 keeps its pool, and the same must hold for the pool as it stood after each earlier month of joining
//!    (somebody may have kept those answers): growth by newcomers does not set free the partner of a small area.
//!
//! 6. *Children.* The children of an indicator are a count of their own in its family, beside their caregivers: a block is
//!    safe only when both are 0 or at least `k`. So asking for the one never shows what is hidden of the other, and three
//!    children of six caregivers are pooled although the caregivers alone would not be.
//! 7. *Series.* A point is the cell of its day, from the pools and the populations of that day and through the same door;
//!    arguments 2 and 3 are about nothing else. That many points are read in one statement changes no number.
//! 8. *Comparisons.* A change is derived from two cells, pooled when one of them is. Who came and went is more than a
//!    difference: it depends on people, not on sums. It is shown only for an area that is exact on both days, that is, a union
//!    of whole safe blocks on both. Each person enters such a number only through the blocks she was in on either day and
//!    whether she was in the population and the tier: exchanging the homes of people of one block on both days changes none of
//!    them. So whatever is worked out from all of them, jointly with every figure, holds of every such exchange too, and says nothing of
//!    a single area inside a block. Numbers of one area may be small there as any change of a safe block may (see below).
//! 9. *Freshness and explanations.* What arrived late is a number of people and goes through the door; the day of the last change
//!    is told where that number is. Explanations name rules, areas, sources and versions, and otherwise repeat what the door let out.
//! 10. *Numbers beside the indicators.* What publishing a lesson would mean, by province, goes through [`beside`]: no number and no
//!     remainder of a total is 1 to `k`-1.
//! 11. *The register across changes of areas.* What the register says of a new area may be a sum of what it said of others
//!     before. Each official value is laid over the atoms of its area by the very shares, in the very whole people, by which it
//!     is shared out among what the area became ([`super::official`]). So such a sum is one of atoms too, on every day and basis, and
//!     arguments 1 to 5 hold of it: a part of a small area that went into a large one is an atom of its own with its share of
//!     people, and is pooled in it. A value divided without stated shares tells nothing of the parts and is not shown of them.
//!
//! # Figures that are frozen
//!
//! A frozen report keeps what was published when it was frozen, and the exact values behind pooled cells as [`Sealed`]
//! ones: committed to under keys that are new in every version, so that two versions do not tell whether the number
//! behind a pooled cell changed. A restatement publishes what is published on its day, nothing else, and lists only
//! differences between published numbers; argument 2 covers the two days. A total that adds up frozen cells adds
//! numbers that are published; the pooled rest is read anew as one area, at one time, and must be exact by itself:
//! adding frozen numbers of different times inside one block would be no sum over blocks of any day.
//!
//! Invariant: whatever a figure is derived from (rate, gap, target met, pace, change, sum) is pooled whenever one of its parts is;
//! a pooled cell holds no numbers at all, so nothing downstream can print them.
//!
//! # How it is tested
//!
//! `tests/disclosure` attacks it from outside. Linear algebra over random worlds looks for a combination of everything shown, on one
//! day and on all days together, that isolates fewer than `k`. An integer solver is given everything one standing can ask over 24
//! months with a merger and a split (both trees, totals, drill-down, people and children, comparisons with who came and went) and must find
//! another solution for each protected population. With pooling off, hiding only the small areas' own cells, the same solver gives
//! protected populations away: the attack is known to bite (in 12 of 12 worlds).
//!
//! What protection costs, over the real areas (14,328 atoms, `k` = 5, the test prints it): of the communes of today 29 % are shown by
//! name where a commune has 1 registered person on average (most of these hold nobody), 28 % where it has 5 (64 % once its pools are
//! built anew), 99.6 % where it has 20; every province is, in each case.
//!
//! # What is not protected
//!
//! - A population of 0 is shown as 0, and a small numerator in a large population is shown, as the rule says; so is
//!   "everybody" or "nobody" of a population of at least `k`.
//! - Differences *between indicators* of one safe block (E2 less E2S is "caregivers who are not staff") and changes *over time* of one
//!   safe block (20 people in May, 21 in June, the newcomers of a commune that did not exist in May) may be small. To protect an overlap, add it to the family as an indicator of its own.
//! - What was published before a block first became small: an area shown with 20 or with 0 last month and pooled this month
//!   can be estimated by whoever kept last month's figures and believes that the neighbours did not change. Likewise for figures
//!   answered between a change and the next evaluation: evaluate when [`Shown::needs_evaluation`] says so.
//! - Two pools that are joined forget the months in which each of them grew; the check of leavers by month starts anew for the pool
//!   that was taken in.
//! - The supervisor of a commune sees her own commune exactly ([`Sight::OwnCommune`]). With somebody of every other commune of her pool she
//!   could compute the last one, and from her part of a divided area, with its public share, what the register said of the whole;
//!   and whoever also stands on an area above must be given [`Sight::Above`] only.
//! - Knowledge from outside, and families that should have been one: figures of two families are protected each by itself.

mod beside;
mod evolving;
mod leaving;
mod official;
mod pools;
mod population;
mod published;
mod remembered;
mod sealed;
mod settling;
mod shown;

pub use beside::{Beside, beside};
pub use official::{OfficialError, OfficialValue, official_populations};
pub use pools::{Changes, HistoryError, Membership, Month, PoolHistory, PoolId};
pub use population::{
    Atom, AtomKey, Census, CensusError, GroupKey, Population, Threshold, ThresholdError,
};
pub use published::{Figure, Published, Share, Visibility};
pub use remembered::Remembered;
pub use sealed::Sealed;
pub use shown::{AtomSet, Shown, Sight, Tally};
