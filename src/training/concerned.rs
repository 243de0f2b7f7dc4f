//! Whom a publication or a retirement would concern: those who learn a lesson, and those it is assigned to.

use std::collections::BTreeMap;

use entity::ids::{AreaId, LessonId, ModuleId, ReleaseId};

use super::store;
use crate::{
    content::editing::impact::{Concerned, Learners},
    db::Db,
    error::Result,
    learning::store::learners_of_lesson,
};

/// Answers [`Learners`] from events and groups. Cheap to clone.
#[derive(Clone)]
pub struct Audience {
    db: Db,
}

impl Audience {
    /// Over a database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait::async_trait]
impl Learners for Audience {
    async fn concerned(
        &self,
        lesson: LessonId,
        module: ModuleId,
        counting: &[ReleaseId],
    ) -> Result<BTreeMap<AreaId, Concerned>> {
        let number = |stored: i64| u64::try_from(stored).unwrap_or_default();
        let mut concerned: BTreeMap<AreaId, Concerned> = BTreeMap::new();
        for row in learners_of_lesson(self.db.read(), lesson, counting).await? {
            let here = concerned.entry(row.area_id).or_default();
            here.completed += number(row.completed);
            here.to_refresh += number(row.completed - row.counting);
            here.in_progress += number(row.in_progress);
        }
        for (area, assigned) in store::assigned_lesson(self.db.read(), (module, lesson)).await? {
            concerned.entry(area).or_default().assigned += number(assigned);
        }
        Ok(concerned)
    }
}
