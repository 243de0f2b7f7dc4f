//! One new event and the state that follows from it.

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::{Record, Stamped, print};
use crate::{
    error::{Error, Result},
    people::holdings::mark,
};

// Raw: a statement whose parts write two tables, so that a completion is one round trip. The row is held before
// anything is written and `revision` is looked at again once it is: of two writers who read the same record the
// second writes nothing. Tested by uploading from two phones at once.
const APPEND: &str = "WITH held AS MATERIALIZED ( \
     SELECT person_id, bucket FROM learner WHERE person_id = $1 AND revision = $2 FOR UPDATE), \
   added AS ( \
     INSERT INTO learning_event (event_id, bucket, person_id, actor_account_id, device, kind, lesson_id, module_id, \
       release_id, child_id, target_event_id, payload, fingerprint, occurred_at, claimed_at, clock_offset_ms, clamped, \
       received_at) \
     SELECT $3, held.bucket, held.person_id, $4, $5, $6, $7, $8, $9, $10, NULL, $11, $12, $13, $14, $15, $16, $17 \
     FROM held WHERE NOT EXISTS (SELECT 1 FROM erased_mark WHERE mark = $18) ON CONFLICT (event_id) DO NOTHING RETURNING person_id) \
   UPDATE learner SET revision = $19, state = $20, changes = $21, last_activity_at = $22 \
   FROM added WHERE learner.person_id = added.person_id";
// The same in the two statements that SQLite needs, of the one transaction that writes.
const ADD: &str = "INSERT INTO learning_event (event_id, bucket, person_id, actor_account_id, device, kind, lesson_id, \
     module_id, release_id, child_id, target_event_id, payload, fingerprint, occurred_at, claimed_at, clock_offset_ms, \
     clamped, received_at) \
   SELECT $3, bucket, person_id, $4, $5, $6, $7, $8, $9, $10, NULL, $11, $12, $13, $14, $15, $16, $17 FROM learner \
   WHERE person_id = $1 AND revision = $2 AND NOT EXISTS (SELECT 1 FROM erased_mark WHERE mark = $18) \
   ON CONFLICT (event_id) DO NOTHING";
const MOVE_ON: &str = "UPDATE learner SET revision = $2, state = $3, changes = $4, last_activity_at = $5 WHERE person_id = $1";

/// Whether [`append`] is one statement, and needs no transaction around it.
pub fn appends_in_one_statement(backend: DbBackend) -> bool {
    backend == DbBackend::Postgres
}

/// Adds an event and writes the state of its person, both or neither; answers whether it did. It does nothing if
/// the event's id is known or was erased, or the record's revision is no longer `before`.
pub async fn append(
    db: &impl ConnectionTrait,
    record: &Record,
    before: i64,
    stamped: &Stamped,
) -> Result<bool> {
    let Stamped { event, fingerprint } = stamped;
    let happened = &event.happened;
    let added: [Value; 18] = [
        record.person.into(),
        before.into(),
        event.id.into(),
        event.actor.into(),
        event.device.clone().into(),
        happened.kind().into(),
        happened.lesson().into(),
        happened.module().into(),
        event.release.into(),
        event.child.into(),
        print(happened)?.into(),
        fingerprint.clone().into(),
        event.occurred_at.into(),
        event.claimed_at.into(),
        event.clock_offset_ms.into(),
        event.clamped.into(),
        event.received_at.into(),
        mark(event.id.0).into(),
    ];
    let state: [Value; 4] = [
        record.revision.into(),
        print(&record.state)?.into(),
        print(&record.changes)?.into(),
        record.state.last_activity_at().into(),
    ];
    let backend = db.get_database_backend();
    let run = async |sql, values: Vec<Value>| {
        let statement = Statement::from_sql_and_values(backend, sql, values);
        let written = db.execute_raw(statement).await?;
        Ok::<_, Error>(written.rows_affected() == 1)
    };
    if appends_in_one_statement(backend) {
        return run(APPEND, added.into_iter().chain(state).collect()).await;
    }
    if !run(ADD, added.into()).await? {
        return Ok(false);
    }
    let whose = std::iter::once(record.person.into());
    if !run(MOVE_ON, whose.chain(state).collect()).await? {
        return Err(Error::internal("an event was added for nobody"));
    }
    Ok(true)
}
