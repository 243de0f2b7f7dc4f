//! Whom a trainer may record learning for: the people in her groups.

use std::collections::BTreeSet;

use entity::ids::{AccountId, PersonId};

use super::store;
use crate::{
    areas::Areas,
    clock::Clock,
    db::Db,
    error::Result,
    learning::{Delegation, path::Assigned},
};

/// Answers [`Delegation`] from groups. Cheap to clone.
#[derive(Clone)]
pub struct Delegates {
    db: Db,
    clock: Clock,
    areas: Areas,
}

impl Delegates {
    /// Made before learning, which asks it; training itself comes after.
    pub fn new(db: Db, clock: Clock, areas: Areas) -> Self {
        Self { db, clock, areas }
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
        let (db, today) = (self.db.write(), self.clock.today());
        let led = store::led(db, account, persons, today).await?;
        let atlas = self.areas.atlas();
        Ok(led
            .into_iter()
            .filter(|row| atlas.reaches(row.standing_area_id, row.area_id, today))
            .map(|row| row.person_id)
            .collect())
    }

    async fn assigned(&self, person: PersonId) -> Result<Assigned> {
        let mut soonest = Assigned::new();
        for row in store::assigned_to(self.db.write(), person).await? {
            let due_on = soonest.entry(row.module_id).or_insert(row.due_on);
            *due_on = row.due_on.min(*due_on);
        }
        Ok(soonest)
    }
}
