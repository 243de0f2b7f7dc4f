//! What invented families learned, and what follows from it: state, tiers, and the days on which they are counted.

use std::collections::BTreeMap;

use chrono::Duration;
use entity::{
    child_tier_reached, coverage_child_interval, coverage_interval,
    ids::{AccountId, EventId, LessonId},
    learner, tier_reached,
};
use rand::{RngExt, rngs::StdRng};

use super::{block::Block, family::Maker};
use crate::{
    clock::day_in_viet_nam,
    content::applicability::{self, Learner},
    coverage::{
        children::{Carer, child_intervals},
        population::intervals,
        store::Interval,
    },
    learning::{
        RULE_VERSION,
        applies::{self, ChildFacts, Facts},
        award,
        check::{child_days, days},
        event::{Event, Happened},
        merge::PersonState,
        store::Record,
        tiers::{ChildTiersReached, Reached, Tier, TiersReached, judge},
    },
    people::household::Household,
};

/// One in so many finishes everything.
const DILIGENT: u32 = 30;
/// Minutes between two events of somebody diligent.
const DILIGENT_PACE: i64 = 600;

impl Maker {
    pub(super) fn learning(
        &self,
        chance: &mut StdRng,
        number: u32,
        household: &Household,
        block: &mut Block,
    ) {
        let facts = Facts::of(household);
        let events = self.events(chance, number, household, &facts);
        let mut record = Record::new(household.person, household.bucket);
        record.state = PersonState::fold(&events);
        let asked = applies::asked(&facts, &self.catalogue, &self.rulebook);
        let tiers: BTreeMap<_, TiersReached> = asked
            .iter()
            .map(|(indicator, ask)| (*indicator, judge(&record.state, ask)))
            .filter(|(_, tiers)| !tiers.is_empty())
            .collect();
        record.tiers = days(&tiers);
        let child_tiers = award::for_children(
            &facts,
            &record.state,
            &ChildTiersReached::new(),
            &self.catalogue,
            &self.rulebook,
        );
        record.child_tiers = child_days(&child_tiers);
        record.revision = i64::try_from(events.len()).unwrap_or(0) + 1;
        let counted = intervals(household, &self.counted, &record.tiers);
        for (indicator, tiers) in &tiers {
            block
                .tiers
                .extend(tiers.iter().map(|(tier, reached)| tier_reached::Model {
                    person_id: household.person,
                    bucket: household.bucket,
                    indicator_id: *indicator,
                    tier: tier.word().to_owned(),
                    reached_on: reached.on,
                    required: print(&reached.required),
                    rule_version: RULE_VERSION,
                }));
        }
        block
            .intervals
            .extend(counted.iter().map(|interval| coverage_interval::Model {
                person_id: household.person,
                bucket: household.bucket,
                indicator_id: interval.indicator,
                measure: interval.measure.word().to_owned(),
                atom_id: interval.atom,
                enter_on: interval.days.enter,
                leave_on: interval.days.leave,
            }));
        block.counted.extend(counted);
        self.children(household, &record, &child_tiers, block);
        block.learners.push(learner::Model {
            person_id: household.person,
            bucket: household.bucket,
            revision: record.revision,
            state: print(&record.state),
            household: print(&facts),
            tiers: print(&record.tiers),
            child_tiers: print(&record.child_tiers),
            changes: "{}".to_owned(),
            last_activity_at: record.state.last_activity_at(),
        });
        block.events.extend(
            events
                .into_iter()
                .map(|event| super::store::event_row(event, household.bucket)),
        );
    }

    /// What follows for her children: nobody else cares for them.
    fn children(
        &self,
        household: &Household,
        record: &Record,
        child_tiers: &ChildTiersReached,
        block: &mut Block,
    ) {
        for (child, tiers) in child_tiers {
            for (indicator, tiers) in tiers {
                let row = |(tier, reached): (&Tier, &Reached)| child_tier_reached::Model {
                    person_id: household.person,
                    child_id: *child,
                    bucket: household.bucket,
                    indicator_id: *indicator,
                    tier: tier.word().to_owned(),
                    reached_on: reached.on,
                    required: print(&reached.required),
                    rule_version: RULE_VERSION,
                };
                block.child_tiers.extend(tiers.iter().map(row));
            }
        }
        let carer = Carer {
            household,
            tiers: &record.tiers,
            child_tiers: &record.child_tiers,
        };
        for child in &household.children {
            let counted = child_intervals(child.id, &[carer], &self.child_counts);
            let row = |interval: &Interval| coverage_child_interval::Model {
                child_id: child.id,
                bucket: household.bucket,
                indicator_id: interval.indicator,
                measure: interval.measure.word().to_owned(),
                atom_id: interval.atom,
                enter_on: interval.days.enter,
                leave_on: interval.days.leave,
            };
            block.child_intervals.extend(counted.iter().map(row));
            block.counted.extend(counted);
        }
    }

    /// Lessons that apply, in the order of the curriculum: most finished, some only opened. Somebody diligent
    /// finishes all and passes every quiz.
    fn events(
        &self,
        chance: &mut StdRng,
        number: u32,
        household: &Household,
        facts: &Facts,
    ) -> Vec<Event> {
        let Some(from) = household
            .consents
            .iter()
            .map(|consent| consent.given_at)
            .max()
        else {
            return Vec::new();
        };
        let modules: Vec<_> = self
            .catalogue
            .modules()
            .iter()
            .map(|module| module.id)
            .collect();
        let children: Vec<_> = facts.children.iter().map(ChildFacts::for_lessons).collect();
        let learner = Learner::Caregiver(&children);
        let lessons = applicability::applicable_lessons(
            &self.catalogue,
            &modules,
            learner,
            day_in_viet_nam(from),
        );
        let lessons: Vec<LessonId> = lessons.into_iter().map(|lesson| lesson.id).collect();
        let mut happened: Vec<(Duration, Happened)> = Vec::new();
        if chance.random_ratio(1, DILIGENT) {
            let all = lessons.iter().map(|lesson| Happened::Completed {
                lesson: *lesson,
                minutes: None,
            });
            let quizzes = self.catalogue.modules().iter().map(|module| {
                let asked = u8::try_from(module.questions.len()).unwrap_or(u8::MAX);
                Happened::QuizAnswered {
                    module: module.id,
                    score: asked,
                    out_of: asked,
                    passed: true,
                    answers: Vec::new(),
                }
            });
            let at =
                |place: usize| Duration::minutes(DILIGENT_PACE) * i32::try_from(place).unwrap_or(0);
            happened.extend(
                all.chain(quizzes)
                    .enumerate()
                    .map(|(place, what)| (at(place), what)),
            );
        } else {
            let longest = (self.now - from).num_seconds().max(1);
            let mut after: Vec<i64> = (0..self.events_each)
                .map(|_| chance.random_range(0..longest))
                .collect();
            after.sort_unstable();
            let start = chance.random_range(0..lessons.len().max(1));
            let in_turn = lessons.iter().cycle().skip(start);
            for (seconds, lesson) in after.into_iter().zip(in_turn) {
                let what = if chance.random_ratio(1, 5) {
                    Happened::Opened { lesson: *lesson }
                } else {
                    Happened::Completed {
                        lesson: *lesson,
                        minutes: Some(chance.random_range(5..20)),
                    }
                };
                happened.push((Duration::seconds(seconds), what));
            }
        }
        let event = |(after, happened): (Duration, Happened)| {
            let at = (from + after).min(self.now);
            let release = happened
                .lesson()
                .and_then(|lesson| self.catalogue.lesson(lesson)?.release.as_ref());
            Event {
                id: EventId(self.id(chance, number)),
                person: household.person,
                actor: self.own_account(number),
                device: None,
                occurred_at: at,
                claimed_at: at,
                clock_offset_ms: None,
                clamped: false,
                received_at: at,
                release: release.map(|release| release.id),
                child: None,
                happened,
            }
        };
        happened.into_iter().map(event).collect()
    }

    fn own_account(&self, number: u32) -> AccountId {
        let own = usize::try_from(number)
            .ok()
            .and_then(|number| self.own.get(number));
        own.copied().unwrap_or(self.recorder)
    }
}

/// What the features store as JSON; none of it can fail to be written.
fn print(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
