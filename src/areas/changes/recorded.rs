//! The changes that are recorded, shipped ones and those that administrators applied, for whoever stands where they happened.

use std::{cmp::Reverse, collections::HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    area_change, area_change_edge,
    ids::{AccountId, AreaId},
};

use super::{AreaChanges, Effect};
use crate::{
    areas::{Atlas, store},
    auth::capability::{Administrator, Supervisor},
    error::Result,
};

/// Who reads: a supervisor sees which areas became which, an administrator also who applied it and what it moved.
#[derive(Clone, Copy, Debug)]
pub enum Reader<'c> {
    /// She stands on areas and sees no people.
    Supervisor(&'c Supervisor),
    /// She applies changes herself.
    Administrator(&'c Administrator),
}

/// How an administrator's change came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Who applied it.
    pub by: AccountId,
    /// Her login name; nothing once her account is erased.
    pub login: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// What it did to what hung on the areas.
    pub effects: Vec<Effect>,
}

/// A change that is recorded.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// What one decision did on one day.
    pub change: area_change::Model,
    /// Which area became which, as far as the reader stands there.
    pub edges: Vec<area_change_edge::Model>,
    /// Nothing of a shipped change, and nothing for who may not see it.
    pub applied: Option<Applied>,
    /// Whether it was shipped with the areas.
    pub is_shipped: bool,
}

impl Recorded {
    /// Whether it is in force on a day.
    pub fn is_in_force(&self, today: NaiveDate) -> bool {
        self.change.effective_on <= today
    }
}

impl Reader<'_> {
    fn stands_over(self, atlas: &Atlas, area: AreaId) -> bool {
        match self {
            Self::Supervisor(reader) => reader.over(atlas, area).is_ok(),
            Self::Administrator(reader) => reader.over(atlas, area).is_ok(),
        }
    }
}

impl AreaChanges {
    /// The changes with an area of the reader's standing, the latest first; of one area only, where it is named.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn recorded(&self, reader: Reader<'_>, of: Option<AreaId>) -> Result<Vec<Recorded>> {
        let atlas = self.0.areas.atlas();
        let db = self.0.db.latest();
        let mut edges: HashMap<_, Vec<area_change_edge::Model>> = HashMap::new();
        let mut seen: HashMap<AreaId, bool> = HashMap::new();
        let mut stands = |area: AreaId| {
            *seen
                .entry(area)
                .or_insert_with(|| reader.stands_over(&atlas, area))
        };
        for edge in store::recorded::edges(db).await? {
            let named = [edge.from_area_id, edge.to_area_id];
            let asked = of.is_none_or(|area| named.contains(&area));
            if asked && named.into_iter().any(&mut stands) {
                edges.entry(edge.area_change_id).or_default().push(edge);
            }
        }
        let mut applied = store::recorded::applied(db).await?;
        let mut recorded = Vec::new();
        for change in store::recorded::changes(db).await? {
            let by = applied.remove(&change.area_change_id);
            let Some(mut edges) = edges.remove(&change.area_change_id) else {
                continue;
            };
            edges.sort_by_key(|edge| (edge.from_area_id, edge.to_area_id));
            let is_shipped = by.is_none();
            let by = by.filter(|by| {
                let mut effects = by.effects.iter();
                matches!(reader, Reader::Administrator(_))
                    && effects.all(|effect| stands(effect.area))
            });
            recorded.push(Recorded {
                change,
                edges,
                applied: by,
                is_shipped,
            });
        }
        recorded.sort_by_key(|known| {
            let at = known.applied.as_ref().map(|applied| applied.at);
            (
                Reverse(known.change.effective_on),
                Reverse(at),
                known.change.area_change_id,
            )
        });
        Ok(recorded)
    }
}
