//! Whom a trainer may record learning for: the people in her groups.

use std::collections::BTreeSet;

use entity::ids::{AccountId, PersonId};

use super::store;
use crate::{
    areas::Areas,
    clock::Clock,
    content::Content,
    db::Db,
    error::Result,
    learning::{Delegation, path::AssignedWork},
};

/// Answers [`Delegation`] from groups. Cheap to clone.
#[derive(Clone)]
pub struct Delegates {
    db: Db,
    clock: Clock,
    areas: Areas,
    content: Content,
}

impl Delegates {
    /// Made before learning, which asks it; training itself comes after.
    pub fn new((db, clock): (Db, Clock), areas: Areas, content: Content) -> Self {
        Self {
            db,
            clock,
            areas,
            content,
        }
    }
}

#[async_trait::async_trait]
impl Delegation for Delegates {
    /// Asked of the primary: somebody removed from a group a moment ago is no longer delegated.
    async fn delegated(
        &self,
        account: AccountId,
        persons: &[PersonId],
    ) -> Result<BTreeSet<PersonId>> {
        let (db, today) = (self.db.latest(), self.clock.today());
        let led = store::led(db, account, persons, today).await?;
        let atlas = self.areas.atlas();
        Ok(led
            .into_iter()
            .filter(|row| atlas.reaches(row.standing_area_id, row.area_id, today))
            .map(|row| row.person_id)
            .collect())
    }

    async fn assigned(&self, person: PersonId) -> Result<Vec<AssignedWork>> {
        let catalogue = self.content.catalogue();
        let own = store::assigned_to(self.db.latest(), person).await?;
        let work = own.into_iter().map(|own| {
            let assignment = own.assignment;
            let asked = assignment.asked(&catalogue);
            AssignedWork {
                id: assignment.id,
                lessons: asked.iter().map(|asked| asked.lesson).collect(),
                due_on: assignment.due_on,
                excused: assignment.excused.contains_key(&person),
                note: assignment.note,
            }
        });
        Ok(work.collect())
    }
}
