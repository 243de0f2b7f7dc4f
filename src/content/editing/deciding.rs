//! What is decided about a draft before it is published: submitted, returned, approved, given up.

use std::sync::Arc;

use chrono::NaiveDate;
use entity::{
    ids::ReleaseId, lesson_draft, lesson_draft::DraftState, lesson_draft_step::DraftStepKind,
};

use super::{Draft, written::LINE_LIMIT};
use crate::{
    auth::capability::Editor,
    clock::day_in_viet_nam,
    content::{Content, store::drafts as rows},
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
    fold::fold,
    people::name::{full_name, line},
};

/// Who signed a draft, and on which day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// The professional, with what makes one of her: shown to families.
    pub by: String,
    /// The day; today when absent.
    pub on: Option<NaiveDate>,
}

/// A decision.
#[derive(Clone, Debug)]
enum Decision {
    Submit(Option<String>),
    Return(String),
    Approve(Review),
    Discard(Option<String>),
}

impl Content {
    /// Gives a draft to a reviewer. Nobody writes in it from then on. Submitting again changes nothing.
    ///
    /// # Errors
    /// Everything that stands in the way, by [`Content::faults`]; a draft that is closed.
    pub async fn submit(
        &self,
        editor: &Editor,
        id: ReleaseId,
        comment: Option<String>,
    ) -> Result<Draft> {
        let comment = remark(comment)?;
        self.decide(editor, id, Decision::Submit(comment)).await
    }

    /// Gives a draft back to be written on, with what is to be mended; an approval is taken back with it.
    ///
    /// # Errors
    /// No comment; a draft that does not wait for its reviewer.
    pub async fn give_back(&self, editor: &Editor, id: ReleaseId, comment: &str) -> Result<Draft> {
        let comment = line(comment, LINE_LIMIT, "comment")?;
        self.decide(editor, id, Decision::Return(comment)).await
    }

    /// Records that a named professional read a draft and signed it. Recording the same again changes nothing.
    ///
    /// # Errors
    /// A draft that does not wait for its reviewer; an editor who wrote in it; a day before it was submitted or in the future.
    pub async fn approve(&self, editor: &Editor, id: ReleaseId, review: Review) -> Result<Draft> {
        self.decide(editor, id, Decision::Approve(review)).await
    }

    /// Gives a draft up. What is published stays.
    ///
    /// # Errors
    /// A draft that was published.
    pub async fn discard(
        &self,
        editor: &Editor,
        id: ReleaseId,
        comment: Option<String>,
    ) -> Result<Draft> {
        let comment = remark(comment)?;
        self.decide(editor, id, Decision::Discard(comment)).await
    }

    async fn decide(&self, editor: &Editor, id: ReleaseId, decision: Decision) -> Result<Draft> {
        let work = Arc::new((self.clone(), editor.clone(), decision));
        let decided = self.within(move |tx| {
            let work = Arc::clone(&work);
            Box::pin(async move {
                let (this, editor, decision) = &*work;
                let draft = super::held(tx, id, "id").await?;
                match decision {
                    Decision::Submit(comment) => this.submitted(tx, editor, draft, comment).await,
                    Decision::Return(comment) => this.returned(tx, editor, draft, comment).await,
                    Decision::Approve(review) => this.approved(tx, editor, draft, review).await,
                    Decision::Discard(comment) => this.discarded(tx, editor, draft, comment).await,
                }
            })
        });
        decided.await
    }

    async fn submitted(
        &self,
        tx: &Tx,
        editor: &Editor,
        draft: Draft,
        comment: &Option<String>,
    ) -> Result<Draft> {
        match draft.row.state {
            DraftState::Draft => {}
            DraftState::InReview => return Ok(draft),
            DraftState::Published | DraftState::Discarded => return Err(closed()),
        }
        let faults = self.faults(&draft).await?;
        if !faults.is_empty() {
            return Err(Error::User(faults));
        }
        let row = lesson_draft::Model {
            state: DraftState::InReview,
            submitted_at: Some(self.clock.now()),
            ..draft.row
        };
        let kind = DraftStepKind::Submitted;
        self.moved(tx, editor, row, kind, comment.clone()).await
    }

    async fn returned(
        &self,
        tx: &Tx,
        editor: &Editor,
        draft: Draft,
        comment: &str,
    ) -> Result<Draft> {
        let said = draft.steps.last().is_some_and(|step| {
            step.kind == DraftStepKind::Returned
                && step.taken_by == editor.account()
                && step.comment.as_deref() == Some(comment)
        });
        match draft.row.state {
            DraftState::InReview => {}
            DraftState::Draft if said => return Ok(draft),
            DraftState::Draft => {
                return Err(Error::user(Code::Conflict, "id", "draft-not-submitted"));
            }
            DraftState::Published | DraftState::Discarded => return Err(closed()),
        }
        let row = lesson_draft::Model {
            state: DraftState::Draft,
            reviewed_by: None,
            reviewed_on: None,
            approved_by: None,
            approved_at: None,
            ..draft.row
        };
        let (kind, comment) = (DraftStepKind::Returned, Some(comment.to_owned()));
        self.moved(tx, editor, row, kind, comment).await
    }

    /// Writes a review into a draft that waits for one.
    pub(super) async fn approved(
        &self,
        tx: &Tx,
        editor: &Editor,
        draft: Draft,
        review: &Review,
    ) -> Result<Draft> {
        let by = full_name(&review.by, "reviewedBy")?;
        let on = review.on.unwrap_or_else(|| self.clock.today());
        match draft.row.state {
            DraftState::InReview => {}
            DraftState::Draft => {
                return Err(Error::user(Code::Conflict, "id", "draft-not-submitted"));
            }
            DraftState::Published | DraftState::Discarded => return Err(closed()),
        }
        let same = draft.row.reviewed_by.as_ref() == Some(&by) && draft.row.reviewed_on == Some(on);
        if same && draft.row.approved_by == Some(editor.account()) {
            return Ok(draft);
        }
        if draft.is_by(editor.account()) {
            return Err(Error::user(Code::Conflict, "id", "review-own"));
        }
        let signed = fold(&by);
        let authors = rows::names_of(tx, &draft.authors).await?;
        if authors.iter().any(|author| signed.contains(&fold(author))) {
            return Err(Error::user(
                Code::Conflict,
                "reviewedBy",
                "review-by-author",
            ));
        }
        let submitted = draft.row.submitted_at.map(day_in_viet_nam);
        if on > self.clock.today() || submitted.is_some_and(|submitted| on < submitted) {
            let error = UserError::new(Code::DateOutOfRange, "reviewedOn", "review-day");
            let from = submitted.unwrap_or(on).format("%d/%m/%Y");
            return Err(error.with("from", from).into());
        }
        let row = lesson_draft::Model {
            reviewed_by: Some(by.clone()),
            reviewed_on: Some(on),
            approved_by: Some(editor.account()),
            approved_at: Some(self.clock.now()),
            ..draft.row
        };
        let kind = DraftStepKind::Approved;
        self.moved(tx, editor, row, kind, Some(by)).await
    }

    async fn discarded(
        &self,
        tx: &Tx,
        editor: &Editor,
        draft: Draft,
        comment: &Option<String>,
    ) -> Result<Draft> {
        match draft.row.state {
            DraftState::Draft | DraftState::InReview => {}
            DraftState::Discarded => return Ok(draft),
            DraftState::Published => return Err(closed()),
        }
        let row = lesson_draft::Model {
            state: DraftState::Discarded,
            closed_at: Some(self.clock.now()),
            ..draft.row
        };
        let kind = DraftStepKind::Discarded;
        self.moved(tx, editor, row, kind, comment.clone()).await
    }

    /// Writes a decision and answers the draft as it is then.
    pub(super) async fn moved(
        &self,
        tx: &Tx,
        editor: &Editor,
        mut row: lesson_draft::Model,
        kind: DraftStepKind,
        comment: Option<String>,
    ) -> Result<Draft> {
        row.revision += 1;
        row.changed_at = self.clock.now();
        let id = row.draft_id;
        self.step(tx, &row, editor, kind, comment).await?;
        rows::put_draft(tx, row, Vec::new()).await?;
        rows::draft(tx, id).await?.ok_or(Error::NotFound)
    }
}

/// A remark that may be left out.
fn remark(text: Option<String>) -> Result<Option<String>> {
    let said = text.filter(|text| !text.trim().is_empty());
    let said = said.map(|text| line(&text, LINE_LIMIT, "comment"));
    Ok(said.transpose()?)
}

/// The draft was published or given up.
pub(super) fn closed() -> Error {
    Error::user(Code::Closed, "id", "draft-closed")
}
