//! Numbers on their way out, and the words they come with.

use std::collections::BTreeMap;

use async_graphql::{Context, Enum, SimpleObject};

use crate::{
    coverage::{
        Coverage,
        disclosure::{self, Figure, Visibility},
    },
    graphql::context::language,
    messages::{self, Language},
};

/// Which areas a figure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "AreaBasis", remote = "crate::coverage::AreaBasis")]
pub enum AreaBasis {
    /// The areas of the day asked about.
    AsReported,
    /// Today's areas; a closed one is what its successors are together.
    Current,
}

/// Which population a share is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "DenominatorKind", remote = "crate::coverage::DenominatorKind")]
pub enum DenominatorKind {
    /// People registered in this system who belong to the indicator's population on the day.
    Registered,
    /// The population in the register, with its source.
    Population,
}

/// Who is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "CoverageUnit", remote = "crate::coverage::CoverageUnit")]
pub enum CoverageUnit {
    /// Whom the indicator itself counts: caregivers, staff, or children.
    Own,
    /// The children the indicator is about: each counted once, reached when at least one caregiver is.
    Children,
}

/// Where a day lies to the phase of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(
    name = "PhaseState",
    remote = "crate::programmes::rulebook::PhaseState"
)]
pub enum PhaseState {
    /// Before its first day.
    NotStarted,
    /// Inside it.
    Current,
    /// After its last day: the target still shows, with no needed pace.
    Ended,
}

/// How much of a number is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum CountState {
    /// The number itself.
    Exact,
    /// The population is small: it is counted in the areas above and not shown by itself.
    Pooled,
    /// Nobody knows the number here. Never the same as 0.
    Unknown,
}

/// A number of people, or why it is not shown.
#[derive(Clone, Debug, SimpleObject)]
pub struct Count {
    /// How much is shown.
    pub(super) state: CountState,
    /// People; only when the state is EXACT.
    pub(super) value: Option<i32>,
    /// Why there is no value, in the language of the request; null when there is one.
    pub(super) reason: Option<String>,
}

impl Count {
    pub(crate) fn of(language: Language, figure: Figure<u64>, unknown: &str) -> Self {
        let (state, reason) = match figure.visibility() {
            Visibility::Exact => (CountState::Exact, None),
            Visibility::Pooled => (CountState::Pooled, Some("coverage-pooled")),
            Visibility::Unknown => (CountState::Unknown, Some(unknown)),
            Visibility::Undefined => (CountState::Unknown, Some("coverage-nobody")),
        };
        let value = figure.exact().and_then(|value| i32::try_from(value).ok());
        Self {
            state,
            value,
            reason: reason.map(|key| messages::text(language, key)),
        }
    }
}

/// Numbers of people in all and by part.
pub(crate) type CountsBeside<K, const N: usize> = ([Count; N], BTreeMap<K, [Count; N]>);

/// Numbers of people in all and by part, as they may be shown; see [`disclosure::beside()`].
pub(crate) fn people_beside<K: Ord + Clone, const N: usize>(
    ctx: &Context<'_>,
    numbers: &BTreeMap<K, [u64; N]>,
) -> async_graphql::Result<CountsBeside<K, N>> {
    let language = language(ctx);
    let told = disclosure::beside(numbers, ctx.data::<Coverage>()?.threshold());
    let count = |figure| Count::of(language, figure, "coverage-nobody");
    let parts = told.parts.into_iter();
    let parts = parts.map(|(key, part)| (key, part.map(count)));
    Ok((told.total.map(count), parts.collect()))
}
