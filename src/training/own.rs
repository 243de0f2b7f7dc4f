//! What is assigned to a learner, as she sees it herself.

use entity::ids::PersonId;

use super::{
    Training,
    assigned::Standing,
    store::{self, OwnAssignment},
};
use crate::{
    error::Result,
    learning::{glance::Glimpse, store::Record},
};

/// Something assigned to a learner, and how far she is with it.
#[derive(Clone, Debug)]
pub struct Own {
    /// Who.
    pub person: PersonId,
    /// What is assigned, and in which group.
    pub assigned: OwnAssignment,
    /// How far she is.
    pub standing: Standing,
}

impl Training {
    /// What is assigned to the person of a record, by due day. What asks nothing of her is left out.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn assigned_to(&self, record: &Record) -> Result<Vec<Own>> {
        let (catalogue, today) = (self.0.content.catalogue(), self.0.clock.today());
        let found = store::assigned_to(self.0.db.latest(), record.person).await?;
        let known = |lesson| {
            let known = record.state.lessons.get(&lesson);
            known.map_or_else(Glimpse::default, |known| Glimpse {
                status: known.status(),
                release: known.completed.as_ref().and_then(|done| done.release),
                finished_on: known.finished_on.last().copied(),
            })
        };
        let own = found.into_iter().filter_map(|assigned| {
            let asked = assigned.assignment.asked(&catalogue);
            let who = (record.person, record.facts.is_staff);
            let standing = assigned
                .assignment
                .standing(&asked, who, known, &catalogue, today)?;
            Some(Own {
                person: record.person,
                assigned,
                standing,
            })
        });
        Ok(own.collect())
    }
}
