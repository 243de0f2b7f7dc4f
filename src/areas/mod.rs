//! Stand-in for the areas feature: a book of areas given by hand.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use entity::{
    area::AreaLevel,
    ids::{AreaId, AtomId},
};

/// The areas.
#[derive(Clone, Debug, Default)]
pub struct Areas(Arc<Atlas>);

/// One area.
#[derive(Clone, Debug)]
pub struct Area {
    /// Level.
    pub level: AreaLevel,
    /// First day.
    pub valid_from: Option<NaiveDate>,
    /// Last day.
    pub valid_to: Option<NaiveDate>,
    /// Name.
    pub name: String,
    /// Parent.
    pub parent: Option<AreaId>,
    /// What it became.
    pub successors: Vec<AreaId>,
}

/// All areas.
#[derive(Clone, Debug, Default)]
pub struct Atlas(pub HashMap<AreaId, Area>);

impl Areas {
    /// The areas given.
    pub fn of(atlas: Atlas) -> Self {
        Self(Arc::new(atlas))
    }

    /// The areas as they are now.
    pub fn atlas(&self) -> Arc<Atlas> {
        Arc::clone(&self.0)
    }
}

impl Atlas {
    /// One area.
    pub fn area(&self, id: AreaId) -> Option<&Area> {
        self.0.get(&id)
    }

    /// Whether it exists on a day.
    pub fn is_open(&self, id: AreaId, day: NaiveDate) -> bool {
        self.area(id).is_some_and(|area| {
            area.valid_from.is_none_or(|from| from <= day)
                && area.valid_to.is_none_or(|to| day <= to)
        })
    }

    /// Its whole atom.
    pub fn root_atom(&self, id: AreaId) -> AtomId {
        AtomId(id.0)
    }

    /// What it is today.
    pub fn current_successors(&self, id: AreaId, _today: NaiveDate) -> Vec<AreaId> {
        self.area(id)
            .map(|area| area.successors.clone())
            .unwrap_or_default()
    }

    /// Its name.
    pub fn name(&self, id: AreaId, _day: NaiveDate) -> &str {
        self.area(id).map_or("", |area| area.name.as_str())
    }

    /// Whether all of `inner` lies in `outer`.
    pub fn covers(&self, outer: AreaId, inner: AreaId) -> bool {
        let mut at = Some(inner);
        while let Some(id) = at {
            if id == outer {
                return true;
            }
            at = self.area(id).and_then(|area| area.parent);
        }
        false
    }
}
