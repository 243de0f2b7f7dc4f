//! Counting everybody again, after a rule that says who counts was set otherwise.

use entity::ids::PersonId;

use super::Coverage;
use crate::{
    error::Result,
    learning::{Learning, store as learning_store},
    people::store::household,
};

/// People read at once.
const PAGE: u64 = 500;

impl Coverage {
    /// Judges everybody's learning and population again by the rules as they are now, each in a transaction of their own, so
    /// that writers wait for one person at most. Doing it again changes nothing; broken off, it is simply begun again.
    /// Answers how many people were judged.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn settle_everybody(&self, learning: &Learning) -> Result<usize> {
        let (mut people, mut after): (usize, Option<PersonId>) = (0, None);
        loop {
            let records = learning_store::records(self.db().write(), after, PAGE).await?;
            let Some(last) = records.last() else {
                return Ok(people);
            };
            after = Some(last.person);
            people += records.len();
            for record in records {
                let learning = learning.clone();
                self.within(move |tx| {
                    let learning = learning.clone();
                    Box::pin(async move {
                        match household(tx, record.person).await? {
                            Some(household) => learning.household_changed(tx, &household).await,
                            None => Ok(()),
                        }
                    })
                })
                .await?;
            }
        }
    }
}
