//! The common case by the short road: one new event that changes its person's state and nothing else.
//!
//! What is written is computed from the record as it was read, outside of any transaction, and nothing is written unless
//! the record is still that one. Whatever is not so simple (an id already known, a tier reached, an event taken back,
//! two phones at once) goes the long road, which decides everything anew. PostgreSQL writes both in one statement;
//! SQLite needs two, which are all that its one writer has to do.

use super::{
    Learning,
    award::has_news,
    store::{self, Record, Stamped},
};
use crate::error::Result;

impl Learning {
    /// Adds the event and answers the record with it, or adds nothing.
    pub(super) async fn append(&self, stamped: &Stamped) -> Result<Option<Record>> {
        if stamped.event.happened.voids().is_some() {
            return Ok(None);
        }
        let found = store::record(self.0.db.latest(), stamped.event.person).await?;
        let Some(mut record) = found else {
            return Ok(None);
        };
        let (before, revision) = (record.state.clone(), record.revision);
        record.state.apply(&stamped.event);
        let (catalogue, rulebook) = (self.catalogue(), self.rulebook());
        if !record.facts.may_record || has_news(&record, &catalogue, &rulebook) {
            return Ok(None);
        }
        record.mark_learned(&before, &catalogue);
        let appended = self.write_appended(&record, revision, stamped).await?;
        Ok(appended.then_some(record))
    }
}
