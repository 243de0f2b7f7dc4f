//! Statements on populations: of today from one row for each atom, of past days from the counters.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use entity::{
    coverage_late, coverage_population_change, coverage_present,
    ids::{AtomId, IndicatorId},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, Statement,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use uuid::Uuid;

use super::{CHUNK, counters::counters_changed};
use crate::{
    clock::day_in_viet_nam,
    coverage::counters::{Series, first_of_month},
    db::{in_uuid_list, uuid_list},
    error::Result,
};

/// The day in Viet Nam on which a change was written to the ledger: its id tells.
pub fn recorded_on(delta: Uuid) -> Option<NaiveDate> {
    let (seconds, nanos) = delta.get_timestamp()?.to_unix();
    let at = DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)?;
    Some(day_in_viet_nam(at))
}

/// Adds to the present populations.
pub async fn add_present(
    db: &impl ConnectionTrait,
    changes: BTreeMap<(IndicatorId, AtomId), i64>,
) -> Result<()> {
    use coverage_present::{Column as C, Entity};
    let rows: Vec<_> = changes
        .into_iter()
        .filter(|(_, change)| *change != 0)
        .map(
            |((indicator, atom), change)| coverage_present::ActiveModel {
                indicator_id: Set(indicator),
                atom_id: Set(atom),
                total: Set(change),
            },
        )
        .collect();
    for rows in rows.chunks(CHUNK) {
        let total = Expr::col((Entity, C::Total)).add(Expr::cust("excluded.total"));
        let add = OnConflict::columns([C::IndicatorId, C::AtomId])
            .value(C::Total, total)
            .to_owned();
        Entity::insert_many(rows.to_vec())
            .on_conflict(add)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// The present population of every atom in which anybody was ever counted.
pub async fn present_populations(
    db: &impl ConnectionTrait,
    indicators: &[IndicatorId],
) -> Result<Vec<(Uuid, IndicatorId, i64)>> {
    let rows = coverage_present::Entity::find()
        .filter(coverage_present::Column::IndicatorId.is_in(indicators.iter().copied()))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.atom_id.0, row.indicator_id, row.total))
        .collect())
}

/// Every present population there is: for `check`.
pub async fn every_present(
    db: &impl ConnectionTrait,
) -> Result<BTreeMap<(IndicatorId, AtomId), i64>> {
    let rows = coverage_present::Entity::find().all(db).await?;
    let present = |row: coverage_present::Model| ((row.indicator_id, row.atom_id), row.total);
    Ok(rows
        .into_iter()
        .map(present)
        .filter(|(_, total)| *total != 0)
        .collect())
}

/// Notes that a version changed the populations of a month and of those after it.
pub async fn note_population_change(
    db: &impl ConnectionTrait,
    month: NaiveDate,
    version: i64,
) -> Result<()> {
    use coverage_population_change::{ActiveModel, Column as C, Entity};
    let row = ActiveModel {
        month: Set(month),
        version: Set(version),
    };
    let replace = OnConflict::column(C::Month)
        .update_column(C::Version)
        .to_owned();
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Adds to what was recorded after its month: by series, month, and month of recording.
pub async fn add_late(
    db: &impl ConnectionTrait,
    late: BTreeMap<(Series, NaiveDate, NaiveDate), i64>,
) -> Result<()> {
    use coverage_late::{Column as C, Entity};
    let rows: Vec<_> = late
        .into_iter()
        .map(
            |((series, month, recorded), changes)| coverage_late::ActiveModel {
                place_id: Set(series.place),
                indicator_id: Set(series.indicator),
                measure: Set(series.measure.word().to_owned()),
                recorded_month: Set(recorded),
                month: Set(month),
                changes: Set(changes),
            },
        )
        .collect();
    if !rows.is_empty() {
        counters_changed(db).await?;
    }
    for rows in rows.chunks(CHUNK) {
        let changes = Expr::col((Entity, C::Changes)).add(Expr::cust("excluded.changes"));
        let key = [
            C::PlaceId,
            C::IndicatorId,
            C::Measure,
            C::RecordedMonth,
            C::Month,
        ];
        let add = OnConflict::columns(key)
            .value(C::Changes, changes)
            .to_owned();
        Entity::insert_many(rows.to_vec())
            .on_conflict(add)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Populations of every place on a past day, by place and indicator; places nobody was ever counted in are left out.
pub async fn populations(
    db: &impl ConnectionTrait,
    indicators: &[IndicatorId],
    on: NaiveDate,
) -> Result<Vec<(Uuid, IndicatorId, i64)>> {
    #[derive(FromQueryResult)]
    struct Row {
        place_id: Uuid,
        indicator_id: IndicatorId,
        total: i64,
    }
    let backend = db.get_database_backend();
    let sum = match backend {
        sea_orm::DbBackend::Postgres => "CAST(SUM(total) AS bigint)",
        _ => "SUM(total)",
    };
    // Raw: "the last row up to a day" of every series at once, summed over months and days; tested on both engines.
    let sql = format!(
        "SELECT place_id, indicator_id, {sum} AS total FROM ( \
           SELECT place_id, indicator_id, total, \
             ROW_NUMBER() OVER (PARTITION BY place_id, indicator_id ORDER BY month DESC) AS latest \
           FROM coverage_month WHERE measure = 'POPULATION' AND month < $2 AND {of} \
           UNION ALL \
           SELECT place_id, indicator_id, total, \
             ROW_NUMBER() OVER (PARTITION BY place_id, indicator_id ORDER BY on_day DESC) AS latest \
           FROM coverage_day WHERE measure = 'POPULATION' AND on_day >= $2 AND on_day <= $3 AND {of} \
         ) s WHERE latest = 1 GROUP BY place_id, indicator_id",
        of = in_uuid_list(backend, "indicator_id", 1)
    );
    let values = [
        uuid_list(backend, indicators.iter().map(|indicator| indicator.0)),
        first_of_month(on).into(),
        on.into(),
    ];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let rows = Row::find_by_statement(statement).all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.place_id, row.indicator_id, row.total))
        .collect())
}
