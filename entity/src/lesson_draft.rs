//! Drafts: a lesson as it is being written, before it is a release.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{AccountId, LessonId, ReleaseId},
    lesson::LessonAudience,
    lesson_release::CompletionRule,
};

/// Where a draft stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum DraftState {
    /// Being written.
    #[sea_orm(string_value = "DRAFT")]
    Draft,
    /// Waiting for its reviewer, or approved and waiting to be published. Nobody writes in it.
    #[sea_orm(string_value = "IN_REVIEW")]
    InReview,
    /// Published: the release has its id.
    #[sea_orm(string_value = "PUBLISHED")]
    Published,
    /// Given up.
    #[sea_orm(string_value = "DISCARDED")]
    Discarded,
}

/// A draft. A lesson has at most one that is open.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lesson_draft")]
pub struct Model {
    /// Its id; the release it is published as has the same.
    #[sea_orm(primary_key, auto_increment = false)]
    pub draft_id: ReleaseId,
    /// The lesson.
    pub lesson_id: LessonId,
    /// Where it stands.
    pub state: DraftState,
    /// Grows by one with every change.
    pub revision: i32,
    /// The release it was opened from; absent for a lesson that has none.
    pub based_on: Option<ReleaseId>,
    /// Whom the lesson is for.
    pub audience: LessonAudience,
    /// How long the lesson takes.
    pub minutes: i32,
    /// Codes of the age bands it is for: a JSON list.
    pub age_bands: String,
    /// Kinds of disability it is for, none for every child: a JSON list.
    pub disabilities: String,
    /// BCP 47 tag of the language it is written in; the others are translations.
    pub source_language: String,
    /// What completes it.
    pub completion_rule: CompletionRule,
    /// Minutes, or percent of the quiz, where the rule needs a number.
    pub completion_value: Option<i32>,
    /// Under which licence it may be used; empty until it is said.
    pub licence: String,
    /// Where it comes from; empty until it is said.
    pub source: String,
    /// The editor who opened it.
    pub opened_by: AccountId,
    /// When it was opened.
    pub opened_at: DateTimeUtc,
    /// When something of it last changed.
    pub changed_at: DateTimeUtc,
    /// When it was last submitted for review.
    pub submitted_at: Option<DateTimeUtc>,
    /// The professional who signed it; absent while nobody has.
    pub reviewed_by: Option<String>,
    /// The day it was signed.
    pub reviewed_on: Option<Date>,
    /// The editor who recorded the review: never one of its authors.
    pub approved_by: Option<AccountId>,
    /// When that was.
    pub approved_at: Option<DateTimeUtc>,
    /// When it was published or given up; open when absent.
    pub closed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
