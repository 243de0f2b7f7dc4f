//! Learning events: one thing that happened each, appended and never changed.

use chrono::{DateTime, Utc};
use entity::ids::{AccountId, ChildId, EventId, LessonId, ModuleId, PersonId, ReleaseId};
use serde::{Deserialize, Serialize};

/// An event that passed every check: what is stored, and all that state is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Minted by the client; sending it again changes nothing.
    pub id: EventId,
    /// Who learned.
    pub person: PersonId,
    /// The account that did it: the person's own, or a trainer's for somebody without a phone.
    pub actor: AccountId,
    /// The device it happened on, as the app names it.
    pub device: Option<String>,
    /// When it happened, as far as can be told: the claimed time, corrected by the clock offset, never after
    /// [`Event::received_at`].
    pub occurred_at: DateTime<Utc>,
    /// When the device said that it happened.
    pub claimed_at: DateTime<Utc>,
    /// Milliseconds the device's clock was behind the server's, as the app measured it.
    pub clock_offset_ms: Option<i64>,
    /// Whether the claimed time lay in the future and was set back to the time of receipt.
    pub clamped: bool,
    /// When the server first had it.
    pub received_at: DateTime<Utc>,
    /// The release of the lesson that was learned.
    pub release: Option<ReleaseId>,
    /// The child it was about, where the app says.
    pub child: Option<ChildId>,
    /// What happened.
    pub happened: Happened,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Happened {
    /// The lesson was opened.
    Opened {
        /// Which lesson.
        lesson: LessonId,
    },
    /// The lesson was read or heard up to a share.
    Progressed {
        /// Which lesson.
        lesson: LessonId,
        /// Per cent, 0 to 100.
        percent: u8,
        /// Minutes spent since the event before.
        minutes: Option<u16>,
    },
    /// The lesson was finished.
    Completed {
        /// Which lesson.
        lesson: LessonId,
        /// Minutes spent.
        minutes: Option<u16>,
    },
    /// The lesson was attended with a trainer: credit in person.
    AttendedInPerson {
        /// Which lesson.
        lesson: LessonId,
    },
    /// What the lesson teaches was practised at home, as the caregiver says.
    PractisedAtHome {
        /// Which lesson.
        lesson: LessonId,
    },
    /// A trainer saw what the lesson teaches done.
    ObservedByTrainer {
        /// Which lesson.
        lesson: LessonId,
    },
    /// The quiz of a module was answered.
    QuizAnswered {
        /// Which module.
        module: ModuleId,
        /// Questions answered right.
        score: u8,
        /// Questions asked.
        out_of: u8,
        /// Whether the score reached the pass mark of the time.
        passed: bool,
        /// What was answered, question by question.
        answers: Vec<Answer>,
    },
    /// An earlier event is taken back.
    Voided {
        /// Which event.
        event: EventId,
    },
}

/// What was answered to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Which question.
    pub question: entity::ids::QuestionId,
    /// The options chosen.
    pub options: Vec<entity::ids::OptionId>,
}

impl Happened {
    /// The word stored in the `kind` column.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "OPENED",
            Self::Progressed { .. } => "PROGRESSED",
            Self::Completed { .. } => "COMPLETED",
            Self::AttendedInPerson { .. } => "ATTENDED_IN_PERSON",
            Self::PractisedAtHome { .. } => "PRACTISED_AT_HOME",
            Self::ObservedByTrainer { .. } => "OBSERVED_BY_TRAINER",
            Self::QuizAnswered { .. } => "QUIZ_ANSWERED",
            Self::Voided { .. } => "VOIDED",
        }
    }

    /// The lesson it is about, if it is about one.
    pub fn lesson(&self) -> Option<LessonId> {
        match self {
            Self::Opened { lesson }
            | Self::Progressed { lesson, .. }
            | Self::Completed { lesson, .. }
            | Self::AttendedInPerson { lesson }
            | Self::PractisedAtHome { lesson }
            | Self::ObservedByTrainer { lesson } => Some(*lesson),
            Self::QuizAnswered { .. } | Self::Voided { .. } => None,
        }
    }

    /// The module whose quiz it is about, if it is about one.
    pub fn module(&self) -> Option<ModuleId> {
        match self {
            Self::QuizAnswered { module, .. } => Some(*module),
            _ => None,
        }
    }

    /// The event it takes back, if it does.
    pub fn voids(&self) -> Option<EventId> {
        match self {
            Self::Voided { event } => Some(*event),
            _ => None,
        }
    }
}
