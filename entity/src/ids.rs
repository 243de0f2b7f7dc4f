//! One id type per thing, so that an area's id cannot be passed where a person's is wanted.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Namespace of the ids of what the product ships (areas, lessons, programmes): a name in it gives the same id
/// in every installation.
pub const SHIPPED: Uuid = Uuid::from_u128(0x6f1f_4b6e_5a4e_5c0b_9d0e_7675_6e00_0001);

/// The id of a shipped thing, for example `shipped("lesson:HC1.1")`.
pub fn shipped<T: From<Uuid>>(name: &str) -> T {
    Uuid::new_v5(&SHIPPED, name.as_bytes()).into()
}

/// The atom of a whole commune. Never the commune's own id: both are counted, side by side.
pub fn root_atom(commune: AreaId) -> AtomId {
    shipped(&format!("atom:{commune}"))
}

/// The count of the children whose caregivers an indicator counts: it stands beside the indicator wherever counts
/// are kept, and is no indicator of its own.
pub fn children_of(indicator: IndicatorId) -> IndicatorId {
    shipped(&format!("children:{indicator}"))
}

/// Namespace of the ids of events that follow from what a trainer recorded: the same record gives the same events.
const VOUCHED: Uuid = Uuid::from_u128(0x2f0c_91d4_7b1e_5d3a_8c55_7676_6e00_0002);

/// The id of the event that a record gives a person for a lesson; `word` is its kind.
pub fn vouched_event(record: Uuid, person: PersonId, lesson: LessonId, word: &str) -> EventId {
    let name = format!("{record}:{person}:{lesson}:{word}");
    Uuid::new_v5(&VOUCHED, name.as_bytes()).into()
}

/// The id of the event that takes another back.
pub fn voiding_event(event: EventId) -> EventId {
    Uuid::new_v5(&VOUCHED, format!("void:{event}").as_bytes()).into()
}

/// The id of a group's session on a day for which none was planned, so that two phones speak of the same one.
pub fn unplanned_session(group: GroupId, on: sea_orm::prelude::Date) -> TrainingSessionId {
    Uuid::new_v5(&VOUCHED, format!("session:{group}:{on}").as_bytes()).into()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// An area: country, province, district or commune, during one life span.
    AreaId
    /// The smallest piece counted: a commune, or the part of a split commune placed in one successor.
    AtomId
    /// A change of areas ordered by one decision on one day.
    AreaChangeId
    /// A person a programme counts.
    PersonId
    /// A child, represented by caregivers.
    ChildId
    /// A login of one person.
    AccountId
    /// A signed-in device.
    SessionId
    /// A standing (trainer, supervisor, editor, administrator) on an area.
    StandingId
    /// One consent for one purpose.
    ConsentId
    /// One run of days in one commune.
    ResidenceId
    /// One entry about a child's disability.
    ChildDisabilityId
    /// A signed-in device: every pair of tokens that followed from one sign-in.
    FamilyId
    /// One row of the audit log.
    AuditId
    /// A domain of the curriculum: home care, inclusion, early development.
    DomainId
    /// A module of the curriculum.
    ModuleId
    /// A lesson.
    LessonId
    /// An immutable numbered version of a lesson.
    ReleaseId
    /// A quiz question.
    QuestionId
    /// An answer offered by a quiz question.
    OptionId
    /// A programme: one national decision.
    ProgrammeId
    /// A phase of a programme.
    PhaseId
    /// An indicator of a programme.
    IndicatorId
    /// A target: what an area owes on an indicator by the end of a phase.
    TargetId
    /// One version of one value in the denominator register.
    DenominatorId
    /// One version of one reported value.
    ReportedValueId
    /// A finding about the quality of data.
    FindingId
    /// A learning event, minted by the client.
    EventId
    /// A trainer's group.
    GroupId
    /// One run of days of a person in a group.
    GroupMemberId
    /// A module assigned to a group.
    AssignmentId
    /// Somebody excused from an assignment.
    AssignmentExcuseId
    /// A code with which a person makes the account that is hers.
    ClaimId
    /// A meeting of a group.
    TrainingSessionId
    /// What one trainer recorded of a session, minted by the client.
    SessionRecordId
    /// A trainer's call or visit to somebody on the worklist.
    FollowUpId
    /// A trainer's visit to a family.
    HomeVisitId
    /// A merge of two records of one person.
    SameAsId
    /// A report of an area for a period.
    ReportId
    /// One frozen version of a report.
    ReportVersionId
    /// One remark made when a report was returned.
    ReportCommentId
}
