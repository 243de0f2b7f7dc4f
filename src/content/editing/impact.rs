//! What publishing or retiring would mean for learners, known before it happens.

use std::collections::BTreeMap;

use entity::ids::{AreaId, LessonId, ModuleId, ReleaseId};

use crate::{
    auth::capability::Editor,
    content::{Content, store::drafts as rows},
    error::{Error, Result},
};

/// People of one commune, by what they have to do with a lesson.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Concerned {
    /// Finished some release of it.
    pub completed: u64,
    /// Finished it, but none of the releases that count.
    pub to_refresh: u64,
    /// Opened it and did not finish.
    pub in_progress: u64,
    /// Are in a group it is assigned to.
    pub assigned: u64,
}

/// Knows who learns what. Learning and training answer: they come after.
#[async_trait::async_trait]
pub trait Learners: Send + Sync {
    /// People who have to do with a lesson, by the commune they live in; `counting` are the releases whose completion
    /// counts.
    async fn concerned(
        &self,
        lesson: LessonId,
        module: ModuleId,
        counting: &[ReleaseId],
    ) -> Result<BTreeMap<AreaId, Concerned>>;
}

/// What would happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impact {
    /// The lesson.
    pub lesson: LessonId,
    /// The number the release would have; absent when the lesson is to be retired.
    pub number: Option<i32>,
    /// People by the commune they live in. Not for anybody's eyes as it is: see `coverage::disclosure`.
    pub by_commune: BTreeMap<AreaId, Concerned>,
}

impl Content {
    /// What publishing a draft would mean, with or without asking for a refresher.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such draft.
    pub async fn publication_impact(
        &self,
        editor: &Editor,
        draft: ReleaseId,
        refresher: bool,
    ) -> Result<Impact> {
        let draft = self.draft(editor, draft).await?;
        let releases = rows::releases_of(self.db.latest(), draft.row.lesson_id).await?;
        // Completions count from the last release on that asked for a refresher; with one now, none does.
        let since = releases
            .iter()
            .rposition(|release| release.refresher_required);
        let counting: Vec<ReleaseId> = match refresher {
            true => Vec::new(),
            false => releases
                .iter()
                .skip(since.unwrap_or(0))
                .map(|release| release.release_id)
                .collect(),
        };
        let number = releases.last().map_or(0, |last| last.number) + 1;
        self.impact(draft.row.lesson_id, Some(number), &counting)
            .await
    }

    /// What retiring a lesson would mean.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such lesson.
    pub async fn retirement_impact(&self, _editor: &Editor, lesson: LessonId) -> Result<Impact> {
        let releases = rows::releases_of(self.db.latest(), lesson).await?;
        let counting: Vec<ReleaseId> = releases.iter().map(|row| row.release_id).collect();
        self.impact(lesson, None, &counting).await
    }

    async fn impact(
        &self,
        lesson: LessonId,
        number: Option<i32>,
        counting: &[ReleaseId],
    ) -> Result<Impact> {
        let catalogue = self.catalogue();
        let module = match catalogue.lesson(lesson) {
            Some(known) => known.module,
            // Begun since the catalogue was read: nobody can have learned it.
            None => {
                let row = rows::lock_lesson(self.db.write(), lesson).await?;
                row.ok_or(Error::NotFound)?.module_id
            }
        };
        let learners = self.learners.get();
        let learners = learners.ok_or_else(|| Error::internal("nobody knows who learns what"))?;
        Ok(Impact {
            lesson,
            number,
            by_commune: learners.concerned(lesson, module, counting).await?,
        })
    }
}
