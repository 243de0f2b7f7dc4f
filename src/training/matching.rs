//! Members by rule: who lives in an area and fits, instead of one name after another.
//!
//! Invariant: a rule finds only people who have agreed to be put in touch with services (the consent to referral). Who has not
//! is neither named nor counted: rules that differ by one person would tell of her. She may still join by the code.

use chrono::NaiveDate;
use entity::ids::{AreaId, AtomId, GroupId, PersonId};
use uuid::Uuid;

use super::{MOST_NAMED, Training, screens::Age, store};
use crate::{
    auth::capability::Trainer,
    content::applicability::AgeMonths,
    error::{Error, Result, UserErrorCode as Code},
    learning::applies::{ChildFacts, Facts},
    people::household::Audience,
};

/// The most people who are looked through for one rule.
pub const MOST_LOOKED_AT: usize = 2_000;
/// The oldest age of a child that a rule may name, in months.
pub const OLDEST: i32 = 16 * 12;

/// Whom a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Caregivers or staff.
    pub audience: Audience,
    /// Where they live; the group's area when absent.
    pub area: Option<AreaId>,
    /// Only caregivers of a child with a known disability.
    pub with_disability: bool,
    /// Only caregivers of a child younger than so many months; expected children count.
    pub under_months: Option<i32>,
}

/// Somebody whom a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Who.
    pub person: PersonId,
    /// As she writes it.
    pub full_name: String,
    /// Whether she is in the group already.
    pub is_member: bool,
}

impl Rule {
    /// Whether it is about somebody with a household, on a day.
    pub fn fits(&self, facts: &Facts, today: NaiveDate) -> bool {
        if self.audience == Audience::Staff {
            return facts.is_staff;
        }
        let is_young = |child: &ChildFacts| {
            let Some(under) = self.under_months else {
                return true;
            };
            match (child.born, child.due) {
                (Some(born), _) => {
                    let AgeMonths(age) = AgeMonths::on(today, born);
                    age < under
                }
                (None, due) => due.is_some(),
            }
        };
        let fits = |child: &ChildFacts| {
            child.is_here(today)
                && (!self.with_disability || child.disabilities.is_some())
                && is_young(child)
        };
        facts.children.iter().any(fits)
    }

    fn check(&self) -> Result<()> {
        let of_children = self.with_disability || self.under_months.is_some();
        if self.audience == Audience::Staff && of_children {
            return Err(Error::user(
                Code::Invalid,
                "rule.audience",
                "rule-staff-children",
            ));
        }
        if self
            .under_months
            .is_some_and(|under| !(1..=OLDEST).contains(&under))
        {
            return Err(Error::user(
                Code::Invalid,
                "rule.childUnderMonths",
                "rule-age-range",
            ));
        }
        Ok(())
    }
}

impl Training {
    /// Whom a rule would bring into a group of the trainer's, by given name: nothing is written.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the trainer leads no such group. What to mend in the rule: an area outside the trainer's, one with too many people, an age out of range.
    pub async fn matching(
        &self,
        trainer: &Trainer,
        group: GroupId,
        rule: &Rule,
    ) -> Result<Vec<Match>> {
        rule.check()?;
        let roster = self.group(trainer, group, &[], Age::Now).await?;
        let db = self.0.db.latest();
        let atlas = self.0.areas.atlas();
        let area = rule.area.unwrap_or(roster.group.area);
        trainer
            .over(&atlas, area)
            .map_err(|_other| Error::user(Code::NotFound, "rule.areaId", "area-unknown"))?;
        let atoms: Vec<AtomId> = atlas.atoms_of_area(area).collect();
        let people = store::referable(db, &atoms, MOST_LOOKED_AT + 1).await?;
        if people.len() > MOST_LOOKED_AT {
            return Err(Error::user(Code::TooMany, "rule.areaId", "rule-area-large"));
        }
        let members = store::members(db, group).await?;
        let today = self.0.clock.today();
        let mut matches = Vec::new();
        for one in people {
            let facts: Facts = serde_json::from_str(&one.household).map_err(Error::internal)?;
            if rule.fits(&facts, today) {
                matches.push(Match {
                    person: one.person_id,
                    full_name: one.full_name,
                    is_member: members.contains(&one.person_id),
                });
            }
        }
        let subjects = matches.iter().map(|one| one.person.0);
        let subjects: Vec<Uuid> = [group.0].into_iter().chain(subjects).collect();
        self.audit()
            .record(trainer.account(), "previewMembers", subjects)
            .await?;
        Ok(matches)
    }

    /// Adds whom a rule is about today. Who is in the group already stays as she is; answers how many were added.
    ///
    /// # Errors
    /// As [`Training::matching`] and [`Training::add_members`]; more than 100 at once are refused.
    pub async fn add_matching(
        &self,
        trainer: &Trainer,
        group: GroupId,
        rule: &Rule,
    ) -> Result<usize> {
        let found = self.matching(trainer, group, rule).await?;
        let new: Vec<PersonId> = found
            .into_iter()
            .filter(|one| !one.is_member)
            .map(|one| one.person)
            .collect();
        if new.is_empty() {
            return Ok(0);
        }
        if new.len() > MOST_NAMED {
            return Err(Error::user(Code::TooMany, "rule", "rule-too-many"));
        }
        let count = new.len();
        self.add_members(trainer, group, new).await?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn child(born: Option<&str>, due: Option<&str>) -> ChildFacts {
        ChildFacts {
            id: Uuid::from_u128(1).into(),
            born: born.map(day),
            due: due.map(day),
            until: None,
            disabilities: None,
            weeks_early: None,
        }
    }

    fn family(children: Vec<ChildFacts>) -> Facts {
        Facts {
            children,
            is_staff: false,
            may_record: true,
        }
    }

    const RULE: Rule = Rule {
        audience: Audience::Caregiver,
        area: None,
        with_disability: false,
        under_months: None,
    };

    #[test]
    fn a_rule_fits_whoever_has_one_child_it_is_about() {
        let today = day("2026-11-22");
        let (young, old) = (
            child(Some("2026-01-01"), None),
            child(Some("2016-01-01"), None),
        );
        let expected = child(None, Some("2027-01-01"));
        let with = ChildFacts {
            disabilities: Some(Vec::new()),
            ..old.clone()
        };
        let gone = ChildFacts {
            until: Some(day("2026-11-22")),
            ..young.clone()
        };
        let under = |months| Rule {
            under_months: Some(months),
            ..RULE
        };
        let disabled = Rule {
            with_disability: true,
            ..RULE
        };
        let both = Rule {
            under_months: Some(36),
            ..disabled
        };
        for (rule, children, expected) in [
            (RULE, vec![], false),
            (RULE, vec![old.clone()], true),
            (RULE, vec![gone.clone()], false),
            (under(36), vec![old.clone()], false),
            (under(36), vec![old.clone(), young.clone()], true),
            (under(10), vec![young.clone()], false),
            (under(11), vec![young.clone()], true),
            (under(36), vec![expected], true),
            (disabled, vec![young.clone()], false),
            (disabled, vec![with.clone()], true),
            (both, vec![with, young], false),
        ] {
            let facts = family(children);
            assert_eq!(rule.fits(&facts, today), expected, "{rule:?} {facts:?}");
        }
    }

    #[test]
    fn staff_are_found_by_what_they_are_alone() {
        let rule = Rule {
            audience: Audience::Staff,
            ..RULE
        };
        let facts = Facts {
            is_staff: true,
            ..family(Vec::new())
        };
        assert!(rule.fits(&facts, day("2026-11-22")) && rule.check().is_ok());
        let of_children = Rule {
            under_months: Some(36),
            ..rule
        };
        assert!(of_children.check().is_err());
        for months in [0, -1, OLDEST + 1] {
            let rule = Rule {
                under_months: Some(months),
                ..RULE
            };
            assert!(rule.check().is_err(), "{months}");
        }
    }
}
