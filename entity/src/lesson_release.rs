//! Releases: immutable numbered versions of lessons.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, LessonId, ReleaseId};

/// Where a release stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum ReleaseState {
    /// Being written.
    #[sea_orm(string_value = "DRAFT")]
    Draft,
    /// Waiting for its reviewer.
    #[sea_orm(string_value = "IN_REVIEW")]
    InReview,
    /// Shown to everybody.
    #[sea_orm(string_value = "PUBLISHED")]
    Published,
    /// No longer shown, or followed by a later release.
    #[sea_orm(string_value = "RETIRED")]
    Retired,
}

/// What completes a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum CompletionRule {
    /// Opening it and marking it done.
    #[sea_orm(string_value = "OPENED")]
    Opened,
    /// Spending a number of minutes on it.
    #[sea_orm(string_value = "MINUTES")]
    Minutes,
    /// A percentage of its quiz.
    #[sea_orm(string_value = "QUIZ_SCORE")]
    QuizScore,
    /// A trainer confirms it.
    #[sea_orm(string_value = "TRAINER_CONFIRMS")]
    TrainerConfirms,
}

/// A release.
///
/// Invariant: once published, only how it ended changes (`state` and `retired_…`), and review is signed once; other text is
/// another release.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lesson_release")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub release_id: ReleaseId,
    /// The lesson.
    pub lesson_id: LessonId,
    /// From 1.
    pub number: i32,
    /// Where it stands.
    pub state: ReleaseState,
    /// What completes it.
    pub completion_rule: CompletionRule,
    /// Minutes, or percent of the quiz, where the rule needs a number.
    pub completion_value: Option<i32>,
    /// Whether having completed an earlier release does not count for this one.
    pub refresher_required: bool,
    /// Under which licence it may be used.
    pub licence: String,
    /// Where it comes from.
    pub source: String,
    /// The professional who signed it; absent while nobody has.
    pub reviewed_by: Option<String>,
    /// The day it was signed.
    pub reviewed_on: Option<Date>,
    /// When it was first published.
    pub published_at: Option<DateTimeUtc>,
    /// BCP 47 tag of the language it was written in; the others are translations. Vietnamese when absent.
    pub source_language: Option<String>,
    /// Why those who finished an earlier release are to see it again: a JSON object of sentences by language.
    pub refresher_reasons: Option<String>,
    /// The editor who published it; absent for what an import brought.
    pub published_by: Option<AccountId>,
    /// The editor who recorded the review.
    pub signed_by: Option<AccountId>,
    /// When it ended: followed by another, or retired.
    pub retired_at: Option<DateTimeUtc>,
    /// The editor who retired the lesson; absent when another release followed.
    pub retired_by: Option<AccountId>,
    /// Why the lesson was retired.
    pub retired_reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
