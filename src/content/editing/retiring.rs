//! Retiring a lesson, and signing a release that was published before anybody had reviewed it.

use std::sync::Arc;

use entity::{
    ids::{LessonId, ReleaseId},
    lesson_release,
    lesson_release::ReleaseState,
};

use super::{deciding::Review, written::LINE_LIMIT};
use crate::{
    auth::capability::Editor,
    clock::day_in_viet_nam,
    content::{Content, store::drafts as rows},
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
    people::name::{full_name, line},
};

impl Content {
    /// Takes a lesson out of lists, search and paths. What was learned of it stays and counts. Retiring it again changes
    /// nothing.
    ///
    /// # Errors
    /// An unknown lesson, one that was never published, no reason.
    pub async fn retire(
        &self,
        editor: &Editor,
        lesson: LessonId,
        reason: &str,
    ) -> Result<lesson_release::Model> {
        let reason = line(reason, LINE_LIMIT, "reason")?;
        let work = Arc::new((self.clone(), editor.clone(), reason));
        let retired = self.within(move |tx| {
            let work = Arc::clone(&work);
            Box::pin(async move {
                let (this, editor, reason) = &*work;
                this.retire_within(tx, editor, lesson, reason).await
            })
        });
        let retired = retired.await?;
        self.reload().await?;
        Ok(retired)
    }

    async fn retire_within(
        &self,
        tx: &Tx,
        editor: &Editor,
        lesson: LessonId,
        reason: &str,
    ) -> Result<lesson_release::Model> {
        let unknown = || Error::user(Code::NotFound, "lessonId", "event-lesson-unknown");
        rows::lock_lesson(tx, lesson).await?.ok_or_else(unknown)?;
        let releases = rows::releases_of(tx, lesson).await?;
        let published = releases
            .iter()
            .find(|release| release.state == ReleaseState::Published);
        let Some(published) = published else {
            let never = || Error::user(Code::Conflict, "lessonId", "event-lesson-not-published");
            return releases.last().cloned().ok_or_else(never);
        };
        let row = lesson_release::Model {
            state: ReleaseState::Retired,
            retired_at: Some(self.clock.now()),
            retired_by: Some(editor.account()),
            retired_reason: Some(reason.to_owned()),
            ..published.clone()
        };
        rows::put_releases(tx, vec![row.clone()], Vec::new()).await?;
        self.note_lesson(tx, lesson).await?;
        Ok(row)
    }

    /// Records that a named professional read a published release and signed it: once, and never by who published it.
    /// Its text does not change. Recording the same again changes nothing.
    ///
    /// # Errors
    /// An unknown or retired release; one that somebody else signed; a day before it was published or in the future.
    pub async fn sign(
        &self,
        editor: &Editor,
        release: ReleaseId,
        review: &Review,
    ) -> Result<lesson_release::Model> {
        let by = full_name(&review.by, "reviewedBy")?;
        let on = review.on.unwrap_or_else(|| self.clock.today());
        let work = Arc::new((self.clone(), editor.clone(), by));
        let signed = self.within(move |tx| {
            let work = Arc::clone(&work);
            Box::pin(async move {
                let (this, editor, by) = &*work;
                let unknown = || Error::user(Code::NotFound, "releaseId", "release-unknown");
                let found = rows::release(tx, release).await?.ok_or_else(unknown)?;
                rows::lock_lesson(tx, found.lesson_id).await?;
                let found = rows::release(tx, release).await?.ok_or_else(unknown)?;
                if found.state != ReleaseState::Published {
                    return Err(Error::user(Code::Closed, "releaseId", "release-retired"));
                }
                if let Some(signed) = &found.reviewed_by {
                    if signed == by && found.reviewed_on == Some(on) {
                        return Ok(found);
                    }
                    let error = UserError::new(Code::Conflict, "releaseId", "release-signed");
                    return Err(error.with("by", signed).into());
                }
                if found.published_by == Some(editor.account()) {
                    return Err(Error::user(Code::Conflict, "releaseId", "review-own"));
                }
                let published = found.published_at.map(day_in_viet_nam);
                if on > this.clock.today() || published.is_some_and(|from| on < from) {
                    let error = UserError::new(Code::DateOutOfRange, "reviewedOn", "review-day");
                    let from = published.unwrap_or(on).format("%d/%m/%Y");
                    return Err(error.with("from", from).into());
                }
                let row = lesson_release::Model {
                    reviewed_by: Some(by.clone()),
                    reviewed_on: Some(on),
                    signed_by: Some(editor.account()),
                    ..found
                };
                rows::put_releases(tx, vec![row.clone()], Vec::new()).await?;
                this.note_lesson(tx, row.lesson_id).await?;
                Ok(row)
            })
        });
        let signed = signed.await?;
        self.reload().await?;
        Ok(signed)
    }
}
