//! Statements on the counters, and reading them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::{coverage_day, coverage_fold, coverage_month, ids::IndicatorId};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, Statement,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::{CHUNK, measure};
use crate::{
    coverage::counters::{Counter, Series, first_of_month, next_month},
    db::{in_uuid_list, uuid_list},
    error::Result,
};

#[derive(FromQueryResult)]
struct CounterRow {
    place_id: Uuid,
    indicator_id: IndicatorId,
    measure: String,
    period: NaiveDate,
    total: i64,
}

impl CounterRow {
    fn series(&self) -> Result<Series> {
        Ok(Series {
            place: self.place_id,
            indicator: self.indicator_id,
            measure: measure(&self.measure)?,
        })
    }
}

/// The counters of places, as far as changes on days from `first` to `last` need them: of each series every
/// month from that of `first` on, the last month before it, and the days of the months in between.
pub async fn counters(
    db: &impl ConnectionTrait,
    places: impl IntoIterator<Item = Uuid>,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<BTreeMap<Series, Counter>> {
    let backend = db.get_database_backend();
    let places = uuid_list(backend, places);
    let month = first_of_month(first);
    // Raw: lists of any length under one text, and "the last row before" by key order; tested on both engines.
    let months = format!(
        "SELECT place_id, indicator_id, measure, month AS period, total FROM coverage_month m WHERE {} \
         AND month >= COALESCE((SELECT MAX(month) FROM coverage_month p WHERE p.place_id = m.place_id \
         AND p.indicator_id = m.indicator_id AND p.measure = m.measure AND p.month < $2), $2)",
        in_uuid_list(backend, "place_id", 1)
    );
    let days = format!(
        "SELECT place_id, indicator_id, measure, on_day AS period, total FROM coverage_day WHERE {} \
         AND on_day >= $2 AND on_day < $3",
        in_uuid_list(backend, "place_id", 1)
    );
    let mut counters: BTreeMap<Series, Counter> = BTreeMap::new();
    let values = vec![places.clone(), month.into()];
    let statement = Statement::from_sql_and_values(backend, months, values);
    for row in CounterRow::find_by_statement(statement).all(db).await? {
        counters
            .entry(row.series()?)
            .or_default()
            .months
            .insert(row.period, row.total);
    }
    let values = vec![
        places,
        month.into(),
        next_month(first_of_month(last)).into(),
    ];
    let statement = Statement::from_sql_and_values(backend, days, values);
    for row in CounterRow::find_by_statement(statement).all(db).await? {
        counters
            .entry(row.series()?)
            .or_default()
            .days
            .insert(row.period, row.total);
    }
    Ok(counters)
}

/// Every counter there is: for `check`.
pub async fn every_counter(db: &impl ConnectionTrait) -> Result<BTreeMap<Series, Counter>> {
    let mut counters: BTreeMap<Series, Counter> = BTreeMap::new();
    for row in coverage_month::Entity::find().all(db).await? {
        let series = Series {
            place: row.place_id,
            indicator: row.indicator_id,
            measure: measure(&row.measure)?,
        };
        counters
            .entry(series)
            .or_default()
            .months
            .insert(row.month, row.total);
    }
    for row in coverage_day::Entity::find().all(db).await? {
        let series = Series {
            place: row.place_id,
            indicator: row.indicator_id,
            measure: measure(&row.measure)?,
        };
        counters
            .entry(series)
            .or_default()
            .days
            .insert(row.on_day, row.total);
    }
    Ok(counters)
}

/// Forgets what places that are no more counted, and the pools of those that were atoms.
pub async fn forget_places(db: &impl ConnectionTrait, places: Vec<Uuid>) -> Result<()> {
    let backend = db.get_database_backend();
    for (table, column) in [
        ("coverage_month", "place_id"),
        ("coverage_day", "place_id"),
        ("disclosure_membership", "atom_id"),
    ] {
        // Raw: lists of any length under one text; tested on both engines.
        let sql = format!(
            "DELETE FROM {table} WHERE {}",
            in_uuid_list(backend, column, 1)
        );
        let places = uuid_list(backend, places.iter().copied());
        let statement = Statement::from_sql_and_values(backend, sql, [places]);
        db.execute_raw(statement).await?;
    }
    counters_changed(db).await
}

/// Notes that counters change in this transaction: nobody answers from what was kept of them before.
pub async fn counters_changed(db: &impl ConnectionTrait) -> Result<()> {
    use coverage_fold::Column as C;
    coverage_fold::Entity::update_many()
        .col_expr(C::CountersVersion, Expr::col(C::CountersVersion).add(1))
        .filter(C::FoldId.eq(1))
        .exec(db)
        .await?;
    Ok(())
}

/// Writes the rows of counters that differ from what was read.
pub async fn save_counters(
    db: &impl ConnectionTrait,
    before: &BTreeMap<Series, Counter>,
    after: &BTreeMap<Series, Counter>,
) -> Result<()> {
    let nothing = Counter::default();
    let (mut months, mut days) = (Vec::new(), Vec::new());
    for (series, counter) in after {
        let old = before.get(series).unwrap_or(&nothing);
        let word = series.measure.word();
        for (month, total) in &counter.months {
            if old.months.get(month) != Some(total) {
                months.push(coverage_month::ActiveModel {
                    place_id: Set(series.place),
                    indicator_id: Set(series.indicator),
                    measure: Set(word.to_owned()),
                    month: Set(*month),
                    total: Set(*total),
                });
            }
        }
        for (day, total) in &counter.days {
            if old.days.get(day) != Some(total) {
                days.push(coverage_day::ActiveModel {
                    place_id: Set(series.place),
                    indicator_id: Set(series.indicator),
                    measure: Set(word.to_owned()),
                    on_day: Set(*day),
                    total: Set(*total),
                });
            }
        }
    }
    if !(months.is_empty() && days.is_empty()) {
        counters_changed(db).await?;
    }
    for rows in months.chunks(CHUNK) {
        use coverage_month::Column as C;
        let replace = OnConflict::columns([C::PlaceId, C::IndicatorId, C::Measure, C::Month])
            .update_column(C::Total)
            .to_owned();
        coverage_month::Entity::insert_many(rows.to_vec())
            .on_conflict(replace)
            .exec_without_returning(db)
            .await?;
    }
    for rows in days.chunks(CHUNK) {
        use coverage_day::Column as C;
        let replace = OnConflict::columns([C::PlaceId, C::IndicatorId, C::Measure, C::OnDay])
            .update_column(C::Total)
            .to_owned();
        coverage_day::Entity::insert_many(rows.to_vec())
            .on_conflict(replace)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}
