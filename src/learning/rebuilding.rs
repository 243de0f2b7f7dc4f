//! Bringing a person's record in line with what it rests on: a household that changed, or events that count for
//! somebody else now.

use entity::ids::PersonId;

use super::{
    Learning, applies,
    merge::PersonState,
    store::{self, Record},
};
use crate::{
    db::Tx,
    error::{Error, Result},
    people::household::Household,
};

impl Learning {
    /// Brings a person's record, tiers and ledger in line with a changed household, in its transaction.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn household_changed(&self, tx: &Tx, household: &Household) -> Result<()> {
        let stored = store::record_to_change(tx, household.person).await?;
        let mut record = stored.unwrap_or_else(|| Record::new(household.person, household.bucket));
        record.facts = applies::Facts::of(household);
        self.settle(tx, &mut record, true).await?;
        record.mark_household(&self.0.content.catalogue());
        store::save_record(tx, &record).await?;
        self.0.ledger.settle(tx, household, &record).await
    }

    /// Folds a person's state again from the events that count for her, and settles what follows: after two records
    /// were merged, or a merge undone.
    ///
    /// # Errors
    /// When the database does not answer, or there is no such person.
    pub(crate) async fn rebuild(&self, tx: &Tx, person: PersonId) -> Result<()> {
        let stored = store::record_to_change(tx, person).await?;
        let household = crate::people::store::household(tx, person).await?;
        let household = household.ok_or(Error::NotFound)?;
        let mut record = stored.unwrap_or_else(|| Record::new(person, household.bucket));
        let before = record.state.clone();
        record.state = PersonState::fold(&store::events_of(tx, person).await?);
        record.facts = applies::Facts::of(&household);
        self.settle(tx, &mut record, true).await?;
        let catalogue = self.0.content.catalogue();
        record.mark_learned(&before, &catalogue);
        record.mark_household(&catalogue);
        store::save_record(tx, &record).await?;
        self.0.ledger.settle(tx, &household, &record).await
    }
}
