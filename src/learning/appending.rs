//! The common case by the short road: one new event that changes its person's state and nothing else.
//!
//! A read and one statement, without a transaction around them: what is written is computed from the record as
//! it was read, and the statement does nothing unless the record is still that one. Whatever is not so simple
//! (an id already known, a tier reached, an event taken back, two phones at once) goes the long road, which
//! decides everything anew.

use super::{
    Learning,
    award::has_news,
    store::{self, Record, Stamped},
};
use crate::error::Result;

impl Learning {
    /// Adds the event and answers the record with it, or adds nothing.
    pub(super) async fn append(&self, stamped: &Stamped) -> Result<Option<Record>> {
        let db = self.0.db.write();
        if !store::appends_in_one_statement(db) || stamped.event.happened.voids().is_some() {
            return Ok(None);
        }
        let Some(mut record) = store::record(db, stamped.event.person).await? else {
            return Ok(None);
        };
        let before = (record.state.clone(), record.revision);
        record.state.apply(&stamped.event);
        let (catalogue, rulebook) = (self.catalogue(), self.rulebook());
        if !record.facts.may_record || has_news(&record, &catalogue, &rulebook) {
            return Ok(None);
        }
        record.mark_learned(&before.0, &catalogue);
        let appended = store::append(db, &record, before.1, stamped).await?;
        Ok(appended.then_some(record))
    }
}
