//! What the product tells one person: shown in the app, whether or not anything rings.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, AnnouncementId, NoticeId, PersonId};

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum NoticeKind {
    /// A lesson was begun and not finished.
    #[sea_orm(string_value = "UNFINISHED_LESSON")]
    UnfinishedLesson,
    /// An assigned module is due soon.
    #[sea_orm(string_value = "DUE_SOON")]
    DueSoon,
    /// A check can be passed again, to show that it was retained.
    #[sea_orm(string_value = "RECHECK_DUE")]
    RecheckDue,
    /// A child's birthday brings new lessons.
    #[sea_orm(string_value = "NEW_LESSONS")]
    NewLessons,
    /// A report of the person's area is due soon.
    #[sea_orm(string_value = "REPORT_DUE")]
    ReportDue,
    /// A report of the person's area is late.
    #[sea_orm(string_value = "REPORT_LATE")]
    ReportLate,
    /// A trainer tells her group something.
    #[sea_orm(string_value = "ANNOUNCEMENT")]
    Announcement,
    /// A trainer asks to open the first lesson.
    #[sea_orm(string_value = "NUDGE_FIRST_LESSON")]
    NudgeFirstLesson,
    /// A trainer asks to go on learning.
    #[sea_orm(string_value = "NUDGE_CONTINUE")]
    NudgeContinue,
    /// A trainer reminds of a due day.
    #[sea_orm(string_value = "NUDGE_DUE")]
    NudgeDue,
    /// A trainer offers help with a check.
    #[sea_orm(string_value = "NUDGE_CHECK")]
    NudgeCheck,
    /// A trainer invites to the next session.
    #[sea_orm(string_value = "NUDGE_SESSION")]
    NudgeSession,
    /// A trainer asks to let the phone sync.
    #[sea_orm(string_value = "NUDGE_SYNC")]
    NudgeSync,
    /// A code for a new password.
    #[sea_orm(string_value = "RESET_CODE")]
    ResetCode,
    /// To a trainer: a member who can be reached on no channel asks for a new password.
    #[sea_orm(string_value = "RESET_ASKED")]
    ResetAsked,
    /// The password was changed by a code.
    #[sea_orm(string_value = "PASSWORD_CHANGED")]
    PasswordChanged,
    /// A code that shows that an address is the person's.
    #[sea_orm(string_value = "EMAIL_CODE")]
    EmailCode,
}

/// One notice. Only `read_at` and `revision` change.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    /// Made by us; channels are told it, so that they can drop a second copy.
    #[sea_orm(primary_key, auto_increment = false)]
    pub notice_id: NoticeId,
    /// To whom.
    pub person_id: PersonId,
    /// The person's bucket.
    pub bucket: i32,
    /// What it is about.
    pub kind: NoticeKind,
    /// The cause: one cause makes one notice, however often it is found.
    #[sea_orm(unique)]
    pub dedupe_key: String,
    /// What the text names, as JSON: codes, ids and days, never names of children.
    #[sea_orm(column_type = "Text")]
    pub arguments: String,
    /// The announcement, if it is one.
    pub announcement_id: Option<AnnouncementId>,
    /// The trainer who sent it, if one did.
    pub created_by: Option<AccountId>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// From when it is neither shown nor sent.
    pub expires_at: DateTimeUtc,
    /// When it was read in the app.
    pub read_at: Option<DateTimeUtc>,
    /// The person's revision at which it last changed: what delta sync pages through.
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
