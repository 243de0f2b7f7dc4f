//! Every statement on learners, events, tiers and the quarantine.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::{
    ids::{ChildId, IndicatorId, PersonId},
    learner,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Statement, sea_query::OnConflict,
};
use serde::Serialize;

use super::{applies::Facts, changes::Changes, event::Event, merge::PersonState, tiers::Tier};
use crate::{
    db::{in_uuid_list, uuid_list},
    error::{Error, Result},
};

mod appending;
mod awarded;
mod certificates;
mod devices;
mod events;
mod held;
mod lessons;
mod merged;
mod quarantine;

pub use appending::{append, appends_in_one_statement};
pub use awarded::{child_tiers_of, save_child_tiers, save_tiers, tiers_of};
pub use certificates::{
    certificate_by_code, certificates_of, issue_certificate, name_of, withdraw_certificates,
};
pub use devices::{HomeDevices, devices_by_home, devices_of, events_from, touch_device};
pub use events::{add_events, attempts, events, events_of, known_events, voided_among};
pub use held::event_ids;
pub use lessons::{LearnersOfLesson, learners_of_lesson};
pub use merged::record_of_events;
pub use quarantine::{
    SetAside, count_waiting, homes, of_uploader, residence, set_aside, set_aside_among, settle,
    settle_taken, to_settle, waiting,
};

/// Days on which tiers were reached, by indicator: what screens and the fast path need of
/// [`super::tiers::TiersReached`].
pub type TierDays = BTreeMap<IndicatorId, BTreeMap<Tier, NaiveDate>>;

/// The same for single children.
pub type ChildTierDays = BTreeMap<ChildId, TierDays>;

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
    /// Tiers reached for single children.
    pub child_tiers: ChildTierDays,
    /// When each thing of it last changed.
    pub changes: Changes,
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
        let (state, facts, tiers, child_tiers, changes) = Default::default();
        Self {
            person,
            bucket,
            revision: 0,
            state,
            facts,
            tiers,
            child_tiers,
            changes,
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
        child_tiers: parse(&row.child_tiers)?,
        changes: parse(&row.changes)?,
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

/// The rows of some people, in order of id.
pub async fn records_among(db: &impl ConnectionTrait, persons: &[PersonId]) -> Result<Vec<Record>> {
    let backend = db.get_database_backend();
    // Raw: one text whatever the number of people.
    let sql = format!(
        "SELECT * FROM learner WHERE {} ORDER BY person_id",
        in_uuid_list(backend, "person_id", 1)
    );
    let list = uuid_list(backend, persons.iter().map(|id| id.0));
    let statement = Statement::from_sql_and_values(backend, sql, [list]);
    let rows = learner::Model::find_by_statement(statement).all(db).await?;
    rows.into_iter().map(read_record).collect()
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
        child_tiers: Set(print(&record.child_tiers)?),
        changes: Set(print(&record.changes)?),
        last_activity_at: Set(record.state.last_activity_at()),
    };
    let replace = OnConflict::column(learner::Column::PersonId)
        .update_columns([
            learner::Column::Revision,
            learner::Column::State,
            learner::Column::Household,
            learner::Column::Tiers,
            learner::Column::ChildTiers,
            learner::Column::Changes,
            learner::Column::LastActivityAt,
        ])
        .to_owned();
    learner::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
