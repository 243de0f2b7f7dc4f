//! The common case by the short road: one new event that changes its person's state and nothing else.
//!
//! A read and one statement, without a transaction around them: what is written is computed from the record as
//! it was read, and the statement does nothing unless the record is still that one. Whatever is not so simple
//! (an id already known, a tier reached, an event taken back, two phones at once) goes the long road, which
//! decides everything anew.

use super::{
    Learning, applies,
    store::{self, Record, Stamped},
    tiers,
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
        record.state.apply(&stamped.event);
        if !record.facts.may_record || self.reaches_a_tier(&record) {
            return Ok(None);
        }
        record.revision += 1;
        let appended = store::append(db, &record, stamped).await?;
        Ok(appended.then_some(record))
    }

    /// Whether the state shows a tier that the record does not hold yet, or not so early.
    pub(super) fn reaches_a_tier(&self, record: &Record) -> bool {
        let (catalogue, rulebook) = (self.0.content.catalogue(), self.0.programmes.rulebook());
        applies::asked(&record.facts, &catalogue, &rulebook)
            .iter()
            .any(|(indicator, ask)| {
                let known = record.tiers.get(indicator);
                tiers::judge(&record.state, ask)
                    .iter()
                    .any(|(tier, reached)| {
                        known
                            .and_then(|known| known.get(tier))
                            .is_none_or(|known| reached.on < *known)
                    })
            })
    }
}
