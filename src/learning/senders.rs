//! Who may send what: a person for herself, a trainer for members of her groups.

use std::collections::{BTreeMap, BTreeSet};

use entity::ids::{EventId, PersonId};

use super::{
    Learning,
    event::{self, Event},
    intake::{Delivery, Trouble},
    store,
};
use crate::error::{Error, Result, UserError, UserErrorCode};

impl Learning {
    /// What the sender may not do, by event: record for strangers, vouch for herself as a trainer would, or take
    /// back what others recorded.
    pub(super) async fn check_sender(
        &self,
        delivery: &Delivery,
        events: &[Event],
    ) -> Result<BTreeMap<EventId, Trouble>> {
        let others: BTreeSet<PersonId> = events
            .iter()
            .map(|event| event.person)
            .filter(|person| *person != delivery.sender)
            .collect();
        let others: Vec<PersonId> = others.into_iter().collect();
        let delegated = if others.is_empty() {
            BTreeSet::new()
        } else {
            self.0.delegation.delegated(delivery.actor, &others).await?
        };
        let targets = self.targets(events).await?;
        let mut troubles = BTreeMap::new();
        for event in events {
            let own = event.person == delivery.sender;
            let by_trainer = !own && delegated.contains(&event.person);
            let vouched = matches!(
                event.happened,
                event::Happened::AttendedInPerson { .. }
                    | event::Happened::ObservedByTrainer { .. }
            );
            let trouble = match () {
                () if !own && !by_trainer => Some(Trouble::PersonUnknown),
                () if vouched && !by_trainer => Some(Trouble::TrainerOnly),
                () => check_void(delivery, event, by_trainer, &targets),
            };
            if let Some(trouble) = trouble {
                troubles.insert(event.id, trouble);
            }
        }
        Ok(troubles)
    }

    /// The events that these take back: as stored, or as they come in the same upload.
    async fn targets(&self, events: &[Event]) -> Result<BTreeMap<EventId, Event>> {
        let asked: BTreeSet<EventId> = events
            .iter()
            .filter_map(|event| event.happened.voids())
            .collect();
        if asked.is_empty() {
            return Ok(BTreeMap::new());
        }
        let here = events.iter().filter(|event| asked.contains(&event.id));
        let mut targets: BTreeMap<EventId, Event> =
            here.map(|event| (event.id, event.clone())).collect();
        let asked: Vec<EventId> = asked.into_iter().collect();
        let stored = store::events(self.0.db.latest(), &asked).await?;
        targets.extend(stored.into_iter().map(|event| (event.id, event)));
        Ok(targets)
    }
}

fn check_void(
    delivery: &Delivery,
    event: &Event,
    by_trainer: bool,
    targets: &BTreeMap<EventId, Event>,
) -> Option<Trouble> {
    let target = event.happened.voids()?;
    match targets.get(&target) {
        None => Some(Trouble::TargetUnknown),
        Some(target) if target.person != event.person => Some(Trouble::TargetUnknown),
        Some(target) if target.happened.voids().is_some() => Some(Trouble::TargetNotYours),
        Some(target) if target.actor == delivery.actor || by_trainer => None,
        Some(_) => Some(Trouble::TargetNotYours),
    }
}

/// What a waiting sender is told.
pub(super) fn refusal(trouble: Trouble) -> Error {
    let code = match trouble {
        Trouble::IdReused => UserErrorCode::Conflict,
        Trouble::FieldMissing => UserErrorCode::Required,
        Trouble::TimeImplausible => UserErrorCode::DateOutOfRange,
        Trouble::LessonNotPublished => UserErrorCode::Closed,
        Trouble::LessonUnknown
        | Trouble::ReleaseUnknown
        | Trouble::AnswerUnknown
        | Trouble::PersonUnknown
        | Trouble::TargetUnknown => UserErrorCode::NotFound,
        Trouble::ConsentMissing => UserErrorCode::ConsentMissing,
        _ => UserErrorCode::Invalid,
    };
    UserError::new(code, trouble.field(), trouble.message()).into()
}
