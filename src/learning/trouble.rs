//! What can be wrong with an event, and what becomes of it.

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is stored.
    Accepted,
    /// It was stored before.
    Duplicate,
    /// It is kept aside until the cause is mended; sending it again later may take it in.
    Quarantined(Trouble),
    /// It was not kept. Sending the same again will not help.
    Rejected(Trouble),
}

/// Why an event was not taken in. The word is the receipt's `code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// The id is no UUID.
    IdInvalid,
    /// The id stands for another event already.
    IdReused,
    /// The kind is unknown to this version of the server.
    KindUnknown,
    /// A field this kind needs is missing.
    FieldMissing,
    /// A number is outside its range, or an id malformed.
    ValueInvalid,
    /// The time cannot be read.
    TimeInvalid,
    /// The claimed time lies before the programmes began: the clock was wrong.
    TimeImplausible,
    /// The lesson or module is not known here.
    LessonUnknown,
    /// The lesson is not published.
    LessonNotPublished,
    /// The release is not one of the lesson's.
    ReleaseUnknown,
    /// A question or option does not belong to the quiz.
    AnswerUnknown,
    /// The person is not known, or not one the sender may record for.
    PersonUnknown,
    /// The kind may only be recorded by a trainer.
    TrainerOnly,
    /// The person has not consented to a learning record, or withdrew.
    ConsentMissing,
    /// The event to take back is not here yet.
    TargetUnknown,
    /// Only the author, the trainer or an administrator may take it back.
    TargetNotYours,
    /// An administrator looked at it and decided that it does not count.
    Dismissed,
    /// The person, or this event, was erased at her wish.
    Erased,
    /// The sender has too many events waiting to be mended.
    QuarantineFull,
    /// The server could not take it in now.
    TryAgain,
}

impl Trouble {
    /// Every trouble.
    pub const ALL: [Self; 20] = [
        Self::IdInvalid,
        Self::IdReused,
        Self::KindUnknown,
        Self::FieldMissing,
        Self::ValueInvalid,
        Self::TimeInvalid,
        Self::TimeImplausible,
        Self::LessonUnknown,
        Self::LessonNotPublished,
        Self::ReleaseUnknown,
        Self::AnswerUnknown,
        Self::PersonUnknown,
        Self::TrainerOnly,
        Self::ConsentMissing,
        Self::TargetUnknown,
        Self::TargetNotYours,
        Self::Dismissed,
        Self::Erased,
        Self::QuarantineFull,
        Self::TryAgain,
    ];

    /// The word in the receipt.
    pub fn code(self) -> &'static str {
        match self {
            Self::IdInvalid => "EVENT_ID_INVALID",
            Self::IdReused => "EVENT_ID_REUSED",
            Self::KindUnknown => "KIND_UNKNOWN",
            Self::FieldMissing => "FIELD_MISSING",
            Self::ValueInvalid => "VALUE_INVALID",
            Self::TimeInvalid => "TIME_INVALID",
            Self::TimeImplausible => "TIME_IMPLAUSIBLE",
            Self::LessonUnknown => "LESSON_UNKNOWN",
            Self::LessonNotPublished => "LESSON_NOT_PUBLISHED",
            Self::ReleaseUnknown => "RELEASE_UNKNOWN",
            Self::AnswerUnknown => "ANSWER_UNKNOWN",
            Self::PersonUnknown => "PERSON_UNKNOWN",
            Self::TrainerOnly => "TRAINER_ONLY",
            Self::ConsentMissing => "CONSENT_MISSING",
            Self::TargetUnknown => "TARGET_UNKNOWN",
            Self::TargetNotYours => "TARGET_NOT_YOURS",
            Self::Dismissed => "DISMISSED",
            Self::Erased => "ERASED",
            Self::QuarantineFull => "QUARANTINE_FULL",
            Self::TryAgain => "TRY_AGAIN",
        }
    }

    /// Key of the sentence that says how to mend it.
    pub fn message(self) -> &'static str {
        match self {
            Self::IdInvalid => "event-id-invalid",
            Self::IdReused => "event-id-reused",
            Self::KindUnknown => "event-kind-unknown",
            Self::FieldMissing => "event-field-missing",
            Self::ValueInvalid => "event-value-invalid",
            Self::TimeInvalid => "event-time-invalid",
            Self::TimeImplausible => "event-time-implausible",
            Self::LessonUnknown => "event-lesson-unknown",
            Self::LessonNotPublished => "event-lesson-not-published",
            Self::ReleaseUnknown => "event-release-unknown",
            Self::AnswerUnknown => "event-answer-unknown",
            Self::PersonUnknown => "event-person-unknown",
            Self::TrainerOnly => "event-trainer-only",
            Self::ConsentMissing => "event-consent-missing",
            Self::TargetUnknown => "event-target-unknown",
            Self::TargetNotYours => "event-target-not-yours",
            Self::Dismissed => "event-dismissed",
            Self::Erased => "event-erased",
            Self::QuarantineFull => "event-quarantine-full",
            Self::TryAgain => "event-try-again",
        }
    }

    /// The input field it is about, in `completeLesson` and `submitQuiz`.
    pub fn field(self) -> &'static str {
        match self {
            Self::IdInvalid | Self::IdReused => "eventId",
            Self::TimeInvalid | Self::TimeImplausible => "occurredAt",
            Self::LessonUnknown | Self::LessonNotPublished => "lessonId",
            Self::ReleaseUnknown => "releaseId",
            Self::AnswerUnknown => "answers",
            Self::PersonUnknown => "personId",
            _ => "",
        }
    }

    /// Whether the event is kept for mending: what is wrong may come right without the phone doing anything.
    fn is_kept(self) -> bool {
        matches!(
            self,
            Self::KindUnknown
                | Self::TimeImplausible
                | Self::LessonUnknown
                | Self::LessonNotPublished
                | Self::ReleaseUnknown
                | Self::AnswerUnknown
                | Self::PersonUnknown
                | Self::TargetUnknown
        )
    }

    /// Whether sending the same event again later can help.
    pub fn may_pass(self) -> bool {
        self.is_kept() || matches!(self, Self::QuarantineFull | Self::TryAgain)
    }

    /// The trouble of a stored word.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trouble| trouble.code() == code)
    }

    /// What becomes of an event with this trouble.
    pub fn outcome(self) -> Outcome {
        if self.is_kept() {
            Outcome::Quarantined(self)
        } else {
            Outcome::Rejected(self)
        }
    }
}
