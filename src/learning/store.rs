//! Every statement on learners, events, tiers and the quarantine.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::{
    ids::{EventId, IndicatorId, PersonId},
    learner, learning_event, tier_reached,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, Statement,
    sea_query::{Expr, OnConflict, Query},
};
use serde::Serialize;

use super::{
    applies::Facts,
    event::Event,
    merge::PersonState,
    tiers::{Reached, Tier, TiersReached},
};
use crate::{
    db::{in_uuid_list, uuid_list},
    error::{Error, Result},
};

mod merged;
mod quarantine;

pub use merged::record_of_events;
pub use quarantine::{SetAside, release_from_quarantine, set_aside};

/// Days on which tiers were reached, by indicator: what screens and the fast path need of [`TiersReached`].
pub type TierDays = BTreeMap<IndicatorId, BTreeMap<Tier, NaiveDate>>;

/// One person's row: everything a screen about her learning needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Who.
    pub person: PersonId,
    /// Where the family's rows live when the database is spread.
    pub bucket: i32,
    /// Grows by one with every change.
    pub revision: i64,
    /// What she has learned.
    pub state: PersonState,
    /// What decides which lessons apply to her.
    pub facts: Facts,
    /// Tiers reached.
    pub tiers: TierDays,
}

/// An event and the hash of what the client sent.
#[derive(Clone, Debug)]
pub struct Stamped {
    /// The event.
    pub event: Event,
    /// Hash of the body as sent.
    pub fingerprint: String,
}

/// What an id already stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Whose event it is.
    pub person: PersonId,
    /// Hash of the body first sent.
    pub fingerprint: String,
}

impl Record {
    /// Of somebody who has learned nothing yet.
    pub fn new(person: PersonId, bucket: i32) -> Self {
        let (state, facts, tiers) = Default::default();
        Self {
            person,
            bucket,
            revision: 0,
            state,
            facts,
            tiers,
        }
    }
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::internal)
}

fn print(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

fn read_record(row: learner::Model) -> Result<Record> {
    Ok(Record {
        person: row.person_id,
        bucket: row.bucket,
        revision: row.revision,
        state: parse(&row.state)?,
        facts: parse(&row.household)?,
        tiers: parse(&row.tiers)?,
    })
}

/// One person's row.
pub async fn record(db: &impl ConnectionTrait, person: PersonId) -> Result<Option<Record>> {
    learner::Entity::find_by_id(person)
        .one(db)
        .await?
        .map(read_record)
        .transpose()
}

/// One person's row, held until the transaction ends, so that two uploads for one person follow each other.
pub async fn record_to_change(
    tx: &DatabaseTransaction,
    person: PersonId,
) -> Result<Option<Record>> {
    // SQLite has one writer and knows no row locks.
    let query = learner::Entity::find_by_id(person);
    let query = match tx.get_database_backend() {
        sea_orm::DbBackend::Postgres => query.lock_exclusive(),
        _ => query,
    };
    query.one(tx).await?.map(read_record).transpose()
}

/// People's rows in order of id, for going through everybody.
pub async fn records(
    db: &impl ConnectionTrait,
    after: Option<PersonId>,
    limit: u64,
) -> Result<Vec<Record>> {
    let mut query = learner::Entity::find()
        .order_by_asc(learner::Column::PersonId)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(learner::Column::PersonId.gt(after));
    }
    query.all(db).await?.into_iter().map(read_record).collect()
}

/// Writes a person's row, whatever was there.
pub async fn save_record(db: &impl ConnectionTrait, record: &Record) -> Result<()> {
    let row = learner::ActiveModel {
        person_id: Set(record.person),
        bucket: Set(record.bucket),
        revision: Set(record.revision),
        state: Set(print(&record.state)?),
        household: Set(print(&record.facts)?),
        tiers: Set(print(&record.tiers)?),
        last_activity_at: Set(record.state.last_activity_at()),
    };
    let replace = OnConflict::column(learner::Column::PersonId)
        .update_columns([
            learner::Column::Revision,
            learner::Column::State,
            learner::Column::Household,
            learner::Column::Tiers,
            learner::Column::LastActivityAt,
        ])
        .to_owned();
    learner::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

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

/// One event.
pub async fn event(db: &impl ConnectionTrait, id: EventId) -> Result<Option<Event>> {
    learning_event::Entity::find_by_id(id)
        .one(db)
        .await?
        .map(read_event)
        .transpose()
}

/// Every event that counts for a person: her own and those of her merged duplicates; none for a duplicate.
pub async fn events_of(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Event>> {
    let rows = merged::events(db, person).await?;
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

/// The tiers a person has reached, with what was required then.
pub async fn tiers_of(
    db: &impl ConnectionTrait,
    person: PersonId,
) -> Result<BTreeMap<IndicatorId, TiersReached>> {
    let rows = tier_reached::Entity::find()
        .filter(tier_reached::Column::PersonId.eq(person))
        .all(db)
        .await?;
    let mut tiers: BTreeMap<IndicatorId, TiersReached> = BTreeMap::new();
    for row in rows {
        let tier = Tier::of_word(&row.tier)
            .ok_or_else(|| Error::internal(format!("no such tier: {}", row.tier)))?;
        let reached = Reached {
            on: row.reached_on,
            required: parse(&row.required)?,
        };
        tiers
            .entry(row.indicator_id)
            .or_default()
            .insert(tier, reached);
    }
    Ok(tiers)
}

/// Writes the tiers of a person that differ from those stored.
pub async fn save_tiers(
    db: &impl ConnectionTrait,
    record: &Record,
    stored: &BTreeMap<IndicatorId, TiersReached>,
    now: &BTreeMap<IndicatorId, TiersReached>,
    rule_version: i32,
) -> Result<()> {
    use tier_reached::Column as C;
    let nothing = TiersReached::new();
    for (indicator, tiers) in stored {
        let kept = now.get(indicator).unwrap_or(&nothing);
        for tier in tiers.keys().filter(|tier| !kept.contains_key(tier)) {
            tier_reached::Entity::delete_by_id((record.person, *indicator, tier.word().to_owned()))
                .exec(db)
                .await?;
        }
    }
    let mut changed = Vec::new();
    for (indicator, tiers) in now {
        let before = stored.get(indicator).unwrap_or(&nothing);
        for (tier, reached) in tiers
            .iter()
            .filter(|(tier, reached)| before.get(tier) != Some(reached))
        {
            changed.push(tier_reached::ActiveModel {
                person_id: Set(record.person),
                bucket: Set(record.bucket),
                indicator_id: Set(*indicator),
                tier: Set(tier.word().to_owned()),
                reached_on: Set(reached.on),
                required: Set(print(&reached.required)?),
                rule_version: Set(rule_version),
            });
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    let replace = OnConflict::columns([C::PersonId, C::IndicatorId, C::Tier])
        .update_columns([C::ReachedOn, C::Required, C::RuleVersion])
        .to_owned();
    tier_reached::Entity::insert_many(changed)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
