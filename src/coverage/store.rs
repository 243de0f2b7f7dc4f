//! Every statement on who is counted, on the ledger and on the counters.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{
    coverage_delta, coverage_fold, coverage_interval,
    ids::{AtomId, IndicatorId, PersonId},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter,
    QuerySelect, Statement, Value,
};
use uuid::Uuid;

use super::{measure::Measure, ranges::Range};
use crate::error::{Error, Result};

mod backfill;
mod children;
mod counters;
mod erased;
mod findings;
mod flows;
mod pools;
mod present;
mod reading;
mod series;

pub use backfill::{children_made_up, children_to_make_up};
pub use children::{change_child_intervals, child_intervals_of, children_without_carers};
pub use counters::{counters, counters_changed, every_counter, forget_places, save_counters};
pub use erased::{add_erased, erased_on};
pub use findings::{add_findings, finding, findings, save_findings, unresolved};
pub use flows::{Flows, Side, Whom, flows};
pub use pools::{change_memberships, memberships, outdate_pools};
pub use present::{
    add_late, add_present, every_present, note_population_change, populations, present_populations,
    recorded_on,
};
pub use reading::{Counters, Reading, Version, read_counts, read_ledger};
pub use series::{SeriesReading, read_series};

/// A run of days on which a person is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// On which indicator.
    pub indicator: IndicatorId,
    /// In which measure.
    pub measure: Measure,
    /// Where she lives.
    pub atom: AtomId,
    /// The days.
    pub days: Range,
}

/// A change of a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delta {
    /// Where.
    pub atom: AtomId,
    /// On which indicator.
    pub indicator: IndicatorId,
    /// In which measure.
    pub measure: Measure,
    /// From which day on.
    pub on: NaiveDate,
    /// By how many.
    pub delta: i32,
}

/// Rows that fit into one statement: SQLite takes 32,766 values.
const CHUNK: usize = 4_000;

fn measure(word: &str) -> Result<Measure> {
    Measure::of_word(word).ok_or_else(|| Error::internal(format!("no such measure: {word}")))
}

fn interval(row: &coverage_interval::Model) -> Result<Interval> {
    let days = Range::new(row.enter_on, row.leave_on)
        .ok_or_else(|| Error::internal("an interval without days"))?;
    Ok(Interval {
        indicator: row.indicator_id,
        measure: measure(&row.measure)?,
        atom: row.atom_id,
        days,
    })
}

/// When a person is counted.
pub async fn intervals_of(
    db: &impl ConnectionTrait,
    person: PersonId,
) -> Result<BTreeSet<Interval>> {
    let rows = coverage_interval::Entity::find()
        .filter(coverage_interval::Column::PersonId.eq(person))
        .all(db)
        .await?;
    rows.iter().map(interval).collect()
}

/// Replaces some of a person's intervals.
pub async fn change_intervals(
    db: &impl ConnectionTrait,
    person: PersonId,
    bucket: i32,
    gone: impl IntoIterator<Item = Interval>,
    new: impl IntoIterator<Item = Interval>,
) -> Result<()> {
    for Interval {
        indicator,
        measure,
        atom,
        days,
    } in gone
    {
        let key = (
            person,
            indicator,
            measure.word().to_owned(),
            atom,
            days.enter,
        );
        coverage_interval::Entity::delete_by_id(key)
            .exec(db)
            .await?;
    }
    let rows: Vec<_> = new
        .into_iter()
        .map(|interval| coverage_interval::ActiveModel {
            person_id: Set(person),
            bucket: Set(bucket),
            indicator_id: Set(interval.indicator),
            measure: Set(interval.measure.word().to_owned()),
            atom_id: Set(interval.atom),
            enter_on: Set(interval.days.enter),
            leave_on: Set(interval.days.leave),
        })
        .collect();
    for rows in rows.chunks(CHUNK) {
        coverage_interval::Entity::insert_many(rows.to_vec())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Adds changes to the ledger.
pub async fn add_deltas(
    db: &impl ConnectionTrait,
    deltas: impl IntoIterator<Item = (Uuid, Delta)>,
) -> Result<()> {
    let rows: Vec<_> = deltas
        .into_iter()
        .map(|(id, delta)| coverage_delta::ActiveModel {
            delta_id: Set(id),
            atom_id: Set(delta.atom),
            indicator_id: Set(delta.indicator),
            measure: Set(delta.measure.word().to_owned()),
            on_day: Set(delta.on),
            delta: Set(delta.delta),
        })
        .collect();
    for rows in rows.chunks(CHUNK) {
        coverage_delta::Entity::insert_many(rows.to_vec())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// The row that whoever folds holds until the transaction ends.
pub async fn lock_fold(tx: &DatabaseTransaction) -> Result<coverage_fold::Model> {
    // SQLite has one writer and knows no row locks.
    let query = coverage_fold::Entity::find_by_id(1);
    let query = match tx.get_database_backend() {
        sea_orm::DbBackend::Postgres => query.lock_exclusive(),
        _ => query,
    };
    query
        .one(tx)
        .await?
        .ok_or_else(|| Error::internal("the row of coverage_fold is gone"))
}

/// Notes what the fold has done.
pub async fn save_fold(db: &impl ConnectionTrait, row: coverage_fold::Model) -> Result<()> {
    let row = coverage_fold::ActiveModel {
        fold_id: Set(1),
        populations_version: Set(row.populations_version),
        pools_version: Set(row.pools_version),
        pools_judged_for: Set(row.pools_judged_for),
        folded_at: Set(row.folded_at),
        // Whoever changes counters counts it up by itself.
        counters_version: NotSet,
    };
    coverage_fold::Entity::update(row).exec(db).await?;
    Ok(())
}

/// A change taken out of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The change.
    pub delta: Delta,
    /// The day on which it was recorded.
    pub recorded_on: NaiveDate,
}

/// Takes changes whose day has come out of the ledger, at most `limit`.
pub async fn take_deltas(
    tx: &DatabaseTransaction,
    today: NaiveDate,
    limit: u32,
) -> Result<Vec<Taken>> {
    // Raw: DELETE … RETURNING with a limit, the same text on both engines, tested on both.
    let sql = "DELETE FROM coverage_delta WHERE delta_id IN \
               (SELECT delta_id FROM coverage_delta WHERE on_day <= $1 LIMIT $2) \
               RETURNING delta_id, atom_id, indicator_id, measure, on_day, delta";
    let values = [Value::from(today), Value::from(i64::from(limit))];
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    let rows = coverage_delta::Model::find_by_statement(statement)
        .all(tx)
        .await?;
    let taken = |row: &coverage_delta::Model| {
        Ok(Taken {
            delta: delta_of(row)?,
            recorded_on: recorded_on(row.delta_id).unwrap_or(row.on_day),
        })
    };
    rows.iter().map(taken).collect()
}

fn delta_of(row: &coverage_delta::Model) -> Result<Delta> {
    Ok(Delta {
        atom: row.atom_id,
        indicator: row.indicator_id,
        measure: measure(&row.measure)?,
        on: row.on_day,
        delta: row.delta,
    })
}

/// Recounts from the intervals and what was kept of people who were erased: on which days how many entered and left,
/// by atom. For `check`.
pub async fn recount(db: &impl ConnectionTrait) -> Result<Vec<Delta>> {
    #[derive(FromQueryResult)]
    struct Row {
        atom_id: AtomId,
        indicator_id: IndicatorId,
        measure: String,
        on_day: NaiveDate,
        delta: i64,
    }
    // Raw: grouping on the server keeps this proportional to days and atoms, not people.
    let of = |table: &str| {
        format!(
            "SELECT atom_id, indicator_id, measure, enter_on AS on_day, COUNT(*) AS delta \
             FROM {table} GROUP BY atom_id, indicator_id, measure, enter_on \
             UNION ALL \
             SELECT atom_id, indicator_id, measure, leave_on AS on_day, -COUNT(*) AS delta \
             FROM {table} WHERE leave_on IS NOT NULL GROUP BY atom_id, indicator_id, measure, leave_on"
        )
    };
    let sql = format!(
        "{} UNION ALL {} UNION ALL \
         SELECT atom_id, indicator_id, measure, on_day, total AS delta FROM coverage_erased",
        of("coverage_interval"),
        of("coverage_child_interval")
    );
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = Row::find_by_statement(statement).all(db).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Delta {
                atom: row.atom_id,
                indicator: row.indicator_id,
                measure: measure(&row.measure)?,
                on: row.on_day,
                delta: i32::try_from(row.delta).map_err(Error::internal)?,
            })
        })
        .collect()
}

/// Everything still in the ledger, the future included. For `check`.
pub async fn every_delta(db: &impl ConnectionTrait) -> Result<Vec<Delta>> {
    let rows = coverage_delta::Entity::find().all(db).await?;
    rows.iter().map(delta_of).collect()
}
