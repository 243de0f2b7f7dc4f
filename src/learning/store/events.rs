//! Statements on events.

use std::collections::{BTreeMap, BTreeSet};

use entity::{
    ids::{EventId, ModuleId, PersonId},
    learning_event,
};
use sea_orm::{
    ConnectionTrait, EntityTrait, FromQueryResult, Statement,
    sea_query::{Expr, OnConflict, Query},
};

use super::{Known, Stamped, parse, print};
use crate::{
    db::{in_uuid_list, uuid_list},
    error::Result,
    learning::event::Event,
};

/// Adds events; answers the ids of those that were not there yet.
pub async fn add_events(
    db: &impl ConnectionTrait,
    bucket: i32,
    events: &[Stamped],
) -> Result<BTreeSet<EventId>> {
    use learning_event::Column as C;
    let columns = [
        C::EventId,
        C::Bucket,
        C::PersonId,
        C::ActorAccountId,
        C::Device,
        C::Kind,
        C::LessonId,
        C::ModuleId,
        C::ReleaseId,
        C::ChildId,
        C::TargetEventId,
        C::Payload,
        C::Fingerprint,
        C::OccurredAt,
        C::ClaimedAt,
        C::ClockOffsetMs,
        C::Clamped,
        C::ReceivedAt,
    ];
    let mut added = BTreeSet::new();
    // SQLite takes 32,766 values in a statement: 500 events are 9,000.
    for chunk in events.chunks(500) {
        let mut insert = Query::insert();
        insert.into_table(learning_event::Entity).columns(columns);
        for Stamped { event, fingerprint } in chunk {
            let happened = &event.happened;
            insert.values_panic([
                Expr::val(event.id),
                Expr::val(bucket),
                Expr::val(event.person),
                Expr::val(event.actor),
                Expr::val(event.device.clone()),
                Expr::val(happened.kind()),
                Expr::val(happened.lesson()),
                Expr::val(happened.module()),
                Expr::val(event.release),
                Expr::val(event.child),
                Expr::val(happened.voids()),
                Expr::val(print(happened)?),
                Expr::val(fingerprint.clone()),
                Expr::val(event.occurred_at),
                Expr::val(event.claimed_at),
                Expr::val(event.clock_offset_ms),
                Expr::val(event.clamped),
                Expr::val(event.received_at),
            ]);
        }
        insert
            .on_conflict(OnConflict::column(C::EventId).do_nothing().to_owned())
            .returning_col(C::EventId);
        for row in db.query_all(&insert).await? {
            added.insert(row.try_get_by_index::<EventId>(0)?);
        }
    }
    Ok(added)
}

/// What ids already stand for.
pub async fn known_events(
    db: &impl ConnectionTrait,
    ids: &[EventId],
) -> Result<BTreeMap<EventId, Known>> {
    #[derive(FromQueryResult)]
    struct Row {
        event_id: EventId,
        person_id: PersonId,
        fingerprint: String,
    }
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    // Raw, because the text must not change with the length of the list; tested on both engines.
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT event_id, person_id, fingerprint FROM learning_event WHERE {}",
        in_uuid_list(backend, "event_id", 1)
    );
    let list = uuid_list(backend, ids.iter().map(|id| id.0));
    let rows = Row::find_by_statement(Statement::from_sql_and_values(backend, sql, [list]))
        .all(db)
        .await?;
    let known = |row: Row| {
        (
            row.event_id,
            Known {
                person: row.person_id,
                fingerprint: row.fingerprint,
            },
        )
    };
    Ok(rows.into_iter().map(known).collect())
}

/// Which of these events have been taken back.
pub async fn voided_among(db: &impl ConnectionTrait, ids: &[EventId]) -> Result<BTreeSet<EventId>> {
    #[derive(FromQueryResult)]
    struct Row {
        target_event_id: EventId,
    }
    // Raw for the same reason as above.
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT DISTINCT target_event_id FROM learning_event WHERE target_event_id IS NOT NULL AND {}",
        in_uuid_list(backend, "target_event_id", 1)
    );
    let list = uuid_list(backend, ids.iter().map(|id| id.0));
    let rows = Row::find_by_statement(Statement::from_sql_and_values(backend, sql, [list]))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.target_event_id).collect())
}

/// Events by their ids.
pub async fn events(db: &impl ConnectionTrait, ids: &[EventId]) -> Result<Vec<Event>> {
    // Raw for the same reason as above.
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT * FROM learning_event WHERE {}",
        in_uuid_list(backend, "event_id", 1)
    );
    let list = uuid_list(backend, ids.iter().map(|id| id.0));
    let rows = learning_event::Entity::find()
        .from_raw_sql(Statement::from_sql_and_values(backend, sql, [list]))
        .all(db)
        .await?;
    rows.into_iter().map(read_event).collect()
}

/// The attempts of a person at a module's quiz that were not taken back, newest first.
pub async fn attempts(
    db: &impl ConnectionTrait,
    person: PersonId,
    module: ModuleId,
    limit: u64,
) -> Result<Vec<Event>> {
    // Raw, because what was taken back is left out in the same statement; tested on both engines.
    let sql = "SELECT e.* FROM learning_event e WHERE e.person_id = $1 AND e.module_id = $2 \
                 AND e.kind = 'QUIZ_ANSWERED' AND NOT EXISTS \
                   (SELECT 1 FROM learning_event v WHERE v.target_event_id = e.event_id) \
               ORDER BY e.occurred_at DESC, e.event_id DESC LIMIT $3";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = [person.0.into(), module.0.into(), limit.into()];
    let rows = learning_event::Entity::find()
        .from_raw_sql(Statement::from_sql_and_values(
            db.get_database_backend(),
            sql,
            values,
        ))
        .all(db)
        .await?;
    rows.into_iter().map(read_event).collect()
}

/// Every event that counts for a person: her own and those of her merged duplicates; none for a duplicate.
pub async fn events_of(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Event>> {
    let rows = super::merged::events(db, person).await?;
    rows.into_iter().map(read_event).collect()
}

fn read_event(row: learning_event::Model) -> Result<Event> {
    Ok(Event {
        id: row.event_id,
        person: row.person_id,
        actor: row.actor_account_id,
        device: row.device,
        occurred_at: row.occurred_at,
        claimed_at: row.claimed_at,
        clock_offset_ms: row.clock_offset_ms,
        clamped: row.clamped,
        received_at: row.received_at,
        release: row.release_id,
        child: row.child_id,
        happened: parse(&row.payload)?,
    })
}
