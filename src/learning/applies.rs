//! Which lessons apply to one person: by her children's ages and disabilities, or by her work.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{
    disability::Disability,
    ids::{ChildId, IndicatorId, LessonId, ModuleId},
    indicator::Computed,
    lesson::LessonAudience,
};
use serde::{Deserialize, Serialize};

use super::{merge::PersonState, tiers::Requirement};
use crate::{
    content::{
        Catalogue,
        applicability::{self, AgeMonths},
    },
    people::household::{Audience, Household, Purpose},
    programmes::{Rulebook, rulebook::Indicator},
};

/// What decides which lessons apply to a person: a copy of the household, kept beside her state so that an
/// upload needs one row. Written again with every change of the household.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The children she cares for, or cared for.
    #[serde(rename = "c", default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<ChildFacts>,
    /// Whether she is staff.
    #[serde(rename = "s", default)]
    pub is_staff: bool,
    /// Whether she consents, now, to a learning record.
    #[serde(rename = "r", default)]
    pub may_record: bool,
}

/// One child, as far as lessons go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildFacts {
    /// Which child.
    #[serde(rename = "i")]
    pub id: ChildId,
    /// First day of the month of birth, unless withheld or not yet born.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub born: Option<NaiveDate>,
    /// First day of the month the child is due, if not yet born.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub due: Option<NaiveDate>,
    /// First day on which she no longer cares for the child.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// Types of disability: absent when none is known, empty when the type is withheld.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub disabilities: Option<Vec<Disability>>,
    /// Weeks born before term.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub weeks_early: Option<i32>,
}

impl Facts {
    /// The facts of a household as it is now.
    pub fn of(household: &Household) -> Self {
        let may_tell_disability = household.consent(Purpose::DisabilityData).is_some();
        let child = |child: &crate::people::household::Child| {
            let known: Vec<_> = child.disabilities_now().collect();
            let types: BTreeSet<_> = known.iter().filter_map(|entry| entry.disability).collect();
            ChildFacts {
                id: child.id,
                born: child.born_month,
                due: child.due_month,
                until: [child.removed_on, child.to_on].into_iter().flatten().min(),
                disabilities: (!known.is_empty() && may_tell_disability)
                    .then(|| types.into_iter().collect()),
                weeks_early: child.premature_weeks.filter(|weeks| *weeks > 0),
            }
        };
        Self {
            children: household.children.iter().map(child).collect(),
            is_staff: household
                .audiences_now()
                .any(|audience| audience == Audience::Staff),
            may_record: household.consent(Purpose::LearningRecord).is_some(),
        }
    }
}

impl ChildFacts {
    /// As applicability looks at it.
    pub fn for_lessons(&self) -> applicability::ChildFacts {
        applicability::ChildFacts {
            born_month: self.born,
            due_month: self.due,
            disabilities: self.disabilities.iter().flatten().copied().collect(),
        }
    }

    /// Whether she cares for it on a day.
    pub fn is_here(&self, day: NaiveDate) -> bool {
        self.until.is_none_or(|until| day < until)
    }
}

/// What one indicator asks of one person.
pub struct Ask<'a> {
    facts: &'a Facts,
    /// The one child it is asked for; every child together when absent.
    child: Option<ChildId>,
    catalogue: &'a Catalogue,
    indicator: &'a Indicator,
    under_months: Option<i32>,
    audience: LessonAudience,
}

/// What every indicator that is computed from people asks of one person.
pub fn asked<'a>(
    facts: &'a Facts,
    catalogue: &'a Catalogue,
    rulebook: &'a Rulebook,
) -> Vec<(IndicatorId, Ask<'a>)> {
    let ask = |indicator: &'a Indicator| {
        let audience = match indicator.row.computed {
            Computed::Caregiver => LessonAudience::Caregiver,
            Computed::Staff => LessonAudience::Staff,
            Computed::Child | Computed::Union | Computed::Reported => return None,
        };
        let under_months = rulebook.max_age_months(indicator);
        let ask = Ask {
            facts,
            child: None,
            catalogue,
            indicator,
            under_months,
            audience,
        };
        Some((indicator.row.indicator_id, ask))
    };
    rulebook
        .indicators()
        .iter()
        .map(AsRef::as_ref)
        .filter_map(ask)
        .collect()
}

/// What every indicator that counts children asks of a caregiver for one child: only what applies to that child.
pub fn asked_for<'a>(
    facts: &'a Facts,
    child: ChildId,
    catalogue: &'a Catalogue,
    rulebook: &'a Rulebook,
) -> Vec<(IndicatorId, Ask<'a>)> {
    let counting = rulebook
        .indicators()
        .iter()
        .filter(|indicator| indicator.row.computed == Computed::Child);
    let ask = |indicator: &'a std::sync::Arc<Indicator>| {
        let ask = Ask {
            facts,
            child: Some(child),
            catalogue,
            indicator,
            under_months: rulebook.max_age_months(indicator),
            audience: LessonAudience::Caregiver,
        };
        (indicator.row.indicator_id, ask)
    };
    counting.map(ask).collect()
}

impl Ask<'_> {
    /// Whether a child is in the indicator's population on a day.
    fn counts_child(&self, child: &ChildFacts, day: NaiveDate) -> bool {
        let for_disability = asks_for_disability(self.indicator);
        let of_age = match (child.born, child.due) {
            (Some(born), _) => {
                let AgeMonths(age) = AgeMonths::on(day, born);
                age >= 0 && self.under_months.is_none_or(|under| age < under)
            }
            (None, Some(_)) => false,
            // The month is withheld: see `coverage::population`.
            (None, None) => for_disability,
        };
        of_age && child.is_here(day) && (!for_disability || child.disabilities.is_some())
    }
}

/// Whether an indicator counts only children with a disability.
pub fn asks_for_disability(indicator: &Indicator) -> bool {
    indicator.row.family == "CWD"
}

impl Requirement for Ask<'_> {
    fn counts(&self, lesson: LessonId) -> bool {
        self.catalogue.lesson(lesson).is_some_and(|lesson| {
            self.indicator.modules.contains(&lesson.module)
                && applicability::is_for(lesson, self.audience)
        })
    }

    fn module_of(&self, lesson: LessonId) -> Option<ModuleId> {
        self.catalogue.lesson(lesson).map(|lesson| lesson.module)
    }

    fn required_on(&self, day: NaiveDate) -> BTreeSet<LessonId> {
        let children: Vec<_>;
        let learner = match self.audience {
            LessonAudience::Staff if self.facts.is_staff => applicability::Learner::Staff,
            LessonAudience::Staff => return BTreeSet::new(),
            _ => {
                let counted = self
                    .facts
                    .children
                    .iter()
                    .filter(|child| self.child.is_none_or(|only| only == child.id))
                    .filter(|child| self.counts_child(child, day));
                children = counted.map(ChildFacts::for_lessons).collect();
                applicability::Learner::Caregiver(&children)
            }
        };
        applicability::required_lessons(self.catalogue, &self.indicator.modules, learner, day)
            .into_iter()
            .map(|lesson| lesson.id)
            .collect()
    }

    fn completed_on(
        &self,
        state: &PersonState,
        lesson: LessonId,
        by: NaiveDate,
    ) -> Option<NaiveDate> {
        let known = state.lessons.get(&lesson)?;
        let since = self.catalogue.lesson(lesson).and_then(|lesson| {
            let mut refreshers = lesson.refreshers.iter().rev();
            refreshers.find(|refresher| refresher.from_on <= by)
        });
        match since {
            Some(refresher) => known.completed_since(self.catalogue, refresher.number),
            None => state.completed_on(lesson),
        }
    }
}
