//! What is counted: the people of indicators, the children of indicators, and which count answers a question.

use std::collections::BTreeMap;

use entity::{
    ids::{IndicatorId, children_of},
    indicator::Computed,
};

use super::{
    Coverage,
    children::{ChildCount, LearnedBy},
    population::{Counted, Members},
    question::CoverageUnit,
};
use crate::{
    error::{Error, UserError, UserErrorCode},
    learning::applies::asks_for_disability,
    programmes::reported::{Shape, shape},
    programmes::{Rulebook, rulebook::Indicator},
};

impl Coverage {
    /// The indicators computed from people.
    pub fn counted(&self) -> Vec<Counted> {
        let rulebook = self.0.programmes.rulebook();
        let members = |indicator: &Indicator| match indicator.row.computed {
            Computed::Caregiver => {
                let under_months = rulebook.max_age_months(indicator)?;
                Some(Members::CaregiversOf {
                    under_months: u32::try_from(under_months).ok()?,
                    with_disability: asks_for_disability(indicator),
                })
            }
            Computed::Staff => Some(Members::Staff),
            Computed::Union => Some(Members::EitherOf(indicator.components.clone())),
            Computed::Child | Computed::Reported => None,
        };
        let counted = |indicator: &Indicator| {
            Some(Counted {
                indicator: indicator.row.indicator_id,
                members: members(indicator)?,
            })
        };
        rulebook
            .indicators()
            .iter()
            .map(AsRef::as_ref)
            .filter_map(counted)
            .collect()
    }

    /// The counts of children: of indicators that count children themselves, and beside those that count caregivers
    /// the children who have at least one caregiver who learned.
    pub fn child_counts(&self) -> Vec<ChildCount> {
        let rulebook = self.programmes().rulebook();
        let count = |indicator: &Indicator| {
            let id = indicator.row.indicator_id;
            let (count, by) = match indicator.row.computed {
                Computed::Caregiver => (children_of(id), LearnedBy::Caregiver),
                Computed::Child => (id, LearnedBy::CaregiverForTheChild),
                Computed::Staff | Computed::Union | Computed::Reported => return None,
            };
            let under_months = rulebook.max_age_months(indicator)?;
            Some(ChildCount {
                count,
                indicator: id,
                under_months: u32::try_from(under_months).ok()?,
                with_disability: asks_for_disability(indicator),
                by,
            })
        };
        rulebook
            .indicators()
            .iter()
            .map(AsRef::as_ref)
            .filter_map(count)
            .collect()
    }

    /// The count that answers for an indicator in a unit; none where nothing is counted.
    pub(super) fn count_of(&self, indicator: IndicatorId, of: CoverageUnit) -> Option<IndicatorId> {
        let of_children = self
            .child_counts()
            .into_iter()
            .find(|known| known.indicator == indicator)
            .map(|known| known.count);
        let own = || {
            let people = self.counted().into_iter();
            let mut own = people.map(|known| known.indicator);
            own.find(|known| *known == indicator)
        };
        match of {
            CoverageUnit::Own => own().or(of_children),
            CoverageUnit::Children => of_children,
        }
    }

    /// What to answer who asks for the children of an indicator that has none.
    pub(super) fn no_children(&self, rulebook: &Rulebook) -> Error {
        let counts = self.child_counts();
        let codes = counts.iter().filter_map(|count| {
            let known = rulebook.indicator_by_id(count.indicator)?;
            Some(known.row.code.as_str())
        });
        let codes: Vec<_> = codes.collect();
        UserError::new(UserErrorCode::Invalid, "of", "coverage-no-children")
            .with("codes", codes.join(", "))
            .into()
    }

    /// The counts of each family, of people and of children, computed or reported: what is kept safe together.
    pub(super) fn families(&self) -> BTreeMap<String, Vec<IndicatorId>> {
        let rulebook = self.programmes().rulebook();
        let people = self.counted().into_iter();
        let people = people.map(|known| (known.indicator, known.indicator));
        let children = self.child_counts().into_iter();
        let children = children.map(|known| (known.indicator, known.count));
        let mut families: BTreeMap<String, Vec<IndicatorId>> = BTreeMap::new();
        let reported = rulebook.indicators().iter();
        let reported = reported.filter(|known| shape(&known.row) == Some(Shape::OfPeople));
        let reported = reported.map(|known| (known.row.indicator_id, known.row.indicator_id));
        for (indicator, count) in people.chain(children).chain(reported) {
            if let Some(known) = rulebook.indicator_by_id(indicator) {
                families
                    .entry(known.row.family.clone())
                    .or_default()
                    .push(count);
            }
        }
        families
    }

    /// The family that a count is kept safe in.
    pub(super) fn family_of(&self, count: IndicatorId) -> Option<String> {
        self.families()
            .into_iter()
            .find(|(_, members)| members.contains(&count))
            .map(|(family, _)| family)
    }
}
