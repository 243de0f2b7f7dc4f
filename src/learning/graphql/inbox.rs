//! Events set aside, on the wire: the sender sees what became of hers, an administrator mends and replays.

use async_graphql::{
    Context, Enum, ID, InputObject, Object, SimpleObject,
    connection::{Connection, CursorType, Edge},
};
use chrono::{DateTime, Utc};
use entity::{ids::EventId, quarantined_event};
use uuid::Uuid;

use super::intake::EventReceipt;
use crate::{
    auth::{capability::Administrator, graphql::viewer},
    error::{Result, UserError, UserErrorCode},
    graphql::{
        context::language,
        ids::{named, wire},
        pages::PageSize,
        payload::{UserErrorObject, graphql_error, split},
    },
    learning::{
        Learning,
        inbox::{self, MOST_SETTLED, Mend, Run, Settling, Waiting},
        intake::Trouble,
    },
    messages,
};

const PAGE: PageSize = PageSize {
    default: 20,
    maximum: 100,
};

/// A place among events set aside.
#[derive(Clone, Copy, Debug)]
pub struct EventCursor(EventId);

impl CursorType for EventCursor {
    type Error = uuid::Error;

    fn decode_cursor(text: &str) -> Result<Self, Self::Error> {
        let id = text.strip_prefix('q').unwrap_or_default();
        Ok(Self(Uuid::try_parse(id)?.into()))
    }

    fn encode_cursor(&self) -> String {
        format!("q{}", self.0.0.simple())
    }
}

/// What became of an event set aside. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SetAsideOutcome {
    /// It waits to be mended.
    Waiting,
    /// It counts.
    Accepted,
    /// An administrator decided that it does not count.
    Dismissed,
}

fn outcome(row: &quarantined_event::Model) -> SetAsideOutcome {
    match row.settled_as.as_deref() {
        None => SetAsideOutcome::Waiting,
        Some("ACCEPTED") => SetAsideOutcome::Accepted,
        Some(_) => SetAsideOutcome::Dismissed,
    }
}

fn message(ctx: &Context<'_>, reason: &str) -> Option<String> {
    let trouble = Trouble::of_code(reason)?;
    Some(messages::text(language(ctx), trouble.message()))
}

/// An event the viewer sent that could not be taken in at first.
#[derive(Clone, Debug, SimpleObject)]
pub struct SetAsideEvent {
    /// Id of the event.
    event_id: ID,
    /// Why it was set aside, for programs: the code of its receipt.
    code: String,
    /// Why, for people.
    message: Option<String>,
    /// What became of it.
    outcome: SetAsideOutcome,
    /// When it came.
    received_at: DateTime<Utc>,
    /// When it was dealt with; null while it waits.
    settled_at: Option<DateTime<Utc>>,
}

impl SetAsideEvent {
    fn of(ctx: &Context<'_>, row: quarantined_event::Model) -> Self {
        Self {
            event_id: wire(row.event_id),
            message: message(ctx, &row.reason),
            outcome: outcome(&row),
            code: row.reason,
            received_at: row.received_at,
            settled_at: row.settled_at,
        }
    }
}

/// An event that waits to be mended, as an administrator sees it: everything as it was sent.
#[derive(Clone, Debug, SimpleObject)]
pub struct QuarantinedEvent {
    /// Id of the event.
    event_id: ID,
    /// Why it was set aside, for programs.
    code: String,
    /// Why and how to mend it, for people.
    message: Option<String>,
    /// When it came.
    received_at: DateTime<Utc>,
    /// From which device, as the app names it.
    device_id: Option<String>,
    /// Id of the person who sent it.
    sender_id: ID,
    /// Name of the person who sent it.
    sender_name: String,
    /// Who learned, as told; null for the sender herself.
    person_id: Option<String>,
    /// What happened, as told.
    kind: String,
    /// The lesson, as told.
    lesson_id: Option<String>,
    /// The module, as told.
    module_id: Option<String>,
    /// The release, as told.
    release_id: Option<String>,
    /// When it happened, as told.
    occurred_at: Option<String>,
}

impl QuarantinedEvent {
    fn of(ctx: &Context<'_>, waiting: Waiting) -> Self {
        let Waiting {
            row,
            upload,
            sender,
            sender_name,
        } = waiting;
        Self {
            event_id: wire(row.event_id),
            message: message(ctx, &row.reason),
            code: row.reason,
            received_at: row.received_at,
            device_id: row.device,
            sender_id: wire(sender),
            sender_name,
            person_id: upload.person,
            kind: upload.kind,
            lesson_id: upload.lesson,
            module_id: upload.module,
            release_id: upload.release,
            occurred_at: upload.occurred_at,
        }
    }
}

/// Events set aside, in pages.
pub type SetAsideEventConnection = Connection<EventCursor, SetAsideEvent>;

/// Events that wait to be mended, in pages.
pub type QuarantinedEventConnection = Connection<EventCursor, QuarantinedEvent>;

/// Which events to take in after all, and what to change in them first.
#[derive(Debug, InputObject)]
pub struct ReplayQuarantinedEventsInput {
    /// The events, at most 100.
    event_ids: Vec<ID>,
    /// Who learned, somebody in the areas of your standing; as told when left out.
    person_id: Option<ID>,
    /// What happened; as told when left out.
    kind: Option<String>,
    /// The lesson; as told when left out.
    lesson_id: Option<String>,
    /// The module; as told when left out.
    module_id: Option<String>,
    /// The release; as told when left out.
    release_id: Option<String>,
    /// When it happened, RFC 3339; as told when left out.
    occurred_at: Option<String>,
}

/// Which events do not count.
#[derive(Debug, InputObject)]
pub struct DismissQuarantinedEventsInput {
    /// The events, at most 100.
    event_ids: Vec<ID>,
}

/// The answer to `replayQuarantinedEvents`.
#[derive(SimpleObject)]
pub struct ReplayQuarantinedEventsPayload {
    /// One receipt an event, in the order asked. An event that is unknown, or was not sent from the areas of your standing,
    /// has none.
    receipts: Vec<EventReceipt>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// The answer to `dismissQuarantinedEvents`.
#[derive(SimpleObject)]
pub struct DismissQuarantinedEventsPayload {
    /// One receipt an event, as in `replayQuarantinedEvents`; one that was taken in before is a DUPLICATE and counts.
    receipts: Vec<EventReceipt>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What may be asked about events set aside.
#[derive(Clone, Copy, Debug, Default)]
pub struct InboxQuery;

fn connection<T, N: async_graphql::OutputType>(
    run: Run<T>,
    after: bool,
    id: impl Fn(&T) -> EventId,
    mut shown: impl FnMut(T) -> N,
) -> Connection<EventCursor, N> {
    let mut connection = Connection::new(after, run.has_more);
    let edge = |event: T| Edge::new(EventCursor(id(&event)), shown(event));
    connection.edges = run.events.into_iter().map(edge).collect();
    connection
}

#[Object]
impl InboxQuery {
    /// Events that the viewer's account sent and that could not be taken in at first, with what became of each.
    #[graphql(
        complexity = "first.map_or(PAGE.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn set_aside_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind which one: an `endCursor` of this list.")] after: Option<String>,
    ) -> async_graphql::Result<SetAsideEventConnection> {
        let learner = viewer(ctx)?.learner();
        let page = PAGE.page::<EventCursor>(first, after.as_deref())?;
        let after = page.after.map(|cursor| cursor.0);
        let learning = ctx.data::<Learning>()?;
        let run = learning.set_aside_of(&learner, after, page.first).await;
        let run = run.map_err(|error| graphql_error(ctx, &error))?;
        let shown = |row| SetAsideEvent::of(ctx, row);
        Ok(connection(run, after.is_some(), |row| row.event_id, shown))
    }

    /// Events that wait to be mended, sent by people who live in the areas of the viewer's standing. A page may be shorter
    /// than asked for while there is more.
    #[graphql(
        complexity = "first.map_or(PAGE.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn quarantine(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind which one: an `endCursor` of this list.")] after: Option<String>,
    ) -> async_graphql::Result<Option<QuarantinedEventConnection>> {
        let administrator = administrator(ctx)?;
        let page = PAGE.page::<EventCursor>(first, after.as_deref())?;
        let after = page.after.map(|cursor| cursor.0);
        let learning = ctx.data::<Learning>()?;
        let run = learning.inbox(&administrator, after, page.first).await;
        let run = run.map_err(|error| graphql_error(ctx, &error))?;
        let shown = |waiting| QuarantinedEvent::of(ctx, waiting);
        let id = |waiting: &Waiting| waiting.row.event_id;
        Ok(Some(connection(run, after.is_some(), id, shown)))
    }
}

fn administrator(ctx: &Context<'_>) -> async_graphql::Result<Administrator> {
    viewer(ctx)?
        .administrator()
        .map_err(|error| graphql_error(ctx, &error))
}

fn event_ids(ids: &[ID]) -> Result<Vec<EventId>> {
    if ids.is_empty() || ids.len() > MOST_SETTLED {
        let code = match ids.is_empty() {
            true => UserErrorCode::Required,
            false => UserErrorCode::TooMany,
        };
        let error = UserError::new(code, "eventIds", "quarantine-count");
        return Err(error.with("maximum", MOST_SETTLED).into());
    }
    ids.iter().map(|id| named(id, "eventIds")).collect()
}

async fn settle(
    ctx: &Context<'_>,
    ids: &[ID],
    settling: Result<Settling>,
) -> async_graphql::Result<(Vec<EventReceipt>, Vec<UserErrorObject>)> {
    let administrator = administrator(ctx)?;
    let asked = event_ids(ids).and_then(|ids| Ok((ids, settling?)));
    let outcome = match asked {
        Ok((ids, settling)) => {
            let learning = ctx.data::<Learning>()?;
            learning.settle_all(&administrator, &ids, &settling).await
        }
        Err(error) => Err(error),
    };
    let (settled, user_errors) = split(ctx, outcome)?;
    let receipt = |settled: inbox::Settled| {
        EventReceipt::of(ctx, settled.row.event_id.to_string(), settled.outcome)
    };
    let receipts = settled.unwrap_or_default().into_iter().map(receipt);
    Ok((receipts.collect(), user_errors))
}

/// What may be done about events set aside.
#[derive(Clone, Copy, Debug, Default)]
pub struct InboxMutation;

#[Object]
impl InboxMutation {
    /// Takes in events that were set aside, each after the same mending. It counts as if it had come right at first; sending
    /// or replaying it again changes nothing. One that is still wrong goes on waiting.
    async fn replay_quarantined_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which events, and what to change.")] input: ReplayQuarantinedEventsInput,
    ) -> async_graphql::Result<ReplayQuarantinedEventsPayload> {
        let person = input.person_id.as_ref();
        let person = person.map(|id| named(id, "personId")).transpose();
        let settling = person.map(|person| {
            Settling::Replay(Mend {
                person,
                kind: input.kind,
                lesson: input.lesson_id,
                module: input.module_id,
                release: input.release_id,
                occurred_at: input.occurred_at,
            })
        });
        let (receipts, user_errors) = settle(ctx, &input.event_ids, settling).await?;
        Ok(ReplayQuarantinedEventsPayload {
            receipts,
            user_errors,
        })
    }

    /// Decides that events set aside do not count. Their sender sees it.
    async fn dismiss_quarantined_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which events.")] input: DismissQuarantinedEventsInput,
    ) -> async_graphql::Result<DismissQuarantinedEventsPayload> {
        let settling = Ok(Settling::Dismiss);
        let (receipts, user_errors) = settle(ctx, &input.event_ids, settling).await?;
        Ok(DismissQuarantinedEventsPayload {
            receipts,
            user_errors,
        })
    }
}
