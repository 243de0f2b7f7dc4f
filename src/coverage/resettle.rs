//! Counting everybody again, after a rule that says who counts was set otherwise, or in a database older than a count.

use entity::ids::PersonId;

use super::{Coverage, store};
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
        let (mut people, mut after) = (0, None);
        while let (settled, Some(last)) = self.settle_some(learning, after, PAGE).await? {
            people += settled;
            after = Some(last);
        }
        Ok(people)
    }

    /// Counts the children of a database that held families before children were counted, `page` people at a time. It goes
    /// on where it was broken off, and does nothing once everybody was looked at; two servers may do it at once. Answers
    /// whether more is left.
    ///
    /// # Errors
    /// When the database does not answer; what was counted until then stays.
    pub async fn make_up_children(&self, learning: &Learning, page: u64) -> Result<bool> {
        let Some(after) = store::children_to_make_up(self.db().latest()).await? else {
            return Ok(false);
        };
        let (_, last) = self.settle_some(learning, after, page).await?;
        let is_done = last.is_none();
        store::children_made_up(self.db().write(), last.or(after), is_done).await?;
        Ok(!is_done)
    }

    /// Judges the people behind one, in the order of ids; answers how many, and the last of them.
    async fn settle_some(
        &self,
        learning: &Learning,
        after: Option<PersonId>,
        page: u64,
    ) -> Result<(usize, Option<PersonId>)> {
        let records = learning_store::records(self.db().latest(), after, page).await?;
        let (people, last) = (records.len(), records.last().map(|record| record.person));
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
        Ok((people, last))
    }
}
