//! SQL of the programmes: read whole into memory, written by imports; and of the denominator register.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use entity::{
    denominator,
    ids::{AreaId, DenominatorId, IndicatorId},
    indicator, indicator_element, indicator_module, phase, programme, target, target_version,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    SqlErr, Statement,
};

use uuid::Uuid;

use crate::{
    db::{count_naming, in_uuid_list, put_rows, remove_rows, uuid_list},
    error::Result,
};

use super::rulebook::Rows;

mod edition;
mod reports;
mod targets;

pub use edition::{all_of_edition, edition, next_edition};

pub use reports::{
    add_report, every_report, latest_report, report, reports, reports_of, reports_of_area, verify,
};
pub use targets::{
    add_target_version, put_phase, put_target, set_early_years, target_in, versions_of_target,
};

/// Every row of every table but the register: some hundreds.
pub async fn all(db: &impl ConnectionTrait) -> Result<Rows> {
    Ok(Rows {
        programmes: programme::Entity::find().all(db).await?,
        phases: phase::Entity::find().all(db).await?,
        indicators: indicator::Entity::find().all(db).await?,
        elements: indicator_element::Entity::find().all(db).await?,
        core_sets: indicator_module::Entity::find().all(db).await?,
        targets: target::Entity::find().all(db).await?,
        target_versions: target_version::Entity::find().all(db).await?,
    })
}

/// Writes rows, in the order their foreign keys ask for.
pub async fn put(db: &impl ConnectionTrait, rows: Rows) -> Result<()> {
    put_rows::<programme::Entity>(db, rows.programmes).await?;
    put_rows::<phase::Entity>(db, rows.phases).await?;
    put_rows::<indicator::Entity>(db, rows.indicators).await?;
    put_rows::<indicator_element::Entity>(db, rows.elements).await?;
    put_rows::<indicator_module::Entity>(db, rows.core_sets).await?;
    put_rows::<target::Entity>(db, rows.targets).await?;
    put_rows::<target_version::Entity>(db, rows.target_versions).await
}

/// Removes modules from core sets: nothing else of the programmes is ever removed.
pub async fn remove(db: &impl ConnectionTrait, rows: Rows) -> Result<()> {
    remove_rows::<indicator_module::Entity>(db, rows.core_sets).await
}

/// How many values of the register each area has: all, or those that speak for a day or later.
pub async fn count_register(
    db: &impl ConnectionTrait,
    areas: &[AreaId],
    on: Option<NaiveDate>,
) -> Result<HashMap<Uuid, u64>> {
    let areas = areas.iter().map(|area| area.0);
    let reaching = ("denominator", "area_id", "period_to >= $2");
    let on = on.unwrap_or(NaiveDate::MIN);
    let first = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default();
    count_naming(db, reaching, areas, [on.max(first).into()]).await
}

/// How many targets each area has set.
pub async fn count_targets(
    db: &impl ConnectionTrait,
    areas: &[AreaId],
) -> Result<HashMap<Uuid, u64>> {
    let areas = areas.iter().map(|area| area.0);
    count_naming(db, ("target", "area_id", "1 = 1"), areas, []).await
}

/// Every version of every value of an indicator whose period holds a day, for the areas.
///
/// Raw SQL: one text whatever the number of areas, so that it is prepared once.
pub async fn denominators_on(
    db: &impl ConnectionTrait,
    indicator: IndicatorId,
    areas: &[AreaId],
    day: NaiveDate,
) -> Result<Vec<denominator::Model>> {
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT * FROM denominator WHERE indicator_id = $1 AND period_from <= $2 AND period_to >= $2 AND {}",
        in_uuid_list(backend, "area_id", 3)
    );
    let areas = uuid_list(backend, areas.iter().map(|area| area.0));
    let values = [indicator.0.into(), day.into(), areas];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    Ok(denominator::Entity::find()
        .from_raw_sql(statement)
        .all(db)
        .await?)
}

/// Every version of the values of an indicator for areas whose period begins on a day or earlier.
///
/// Raw SQL: one text whatever the number of areas, so that it is prepared once.
pub async fn denominators_until(
    db: &impl ConnectionTrait,
    indicator: IndicatorId,
    areas: &[AreaId],
    last: NaiveDate,
) -> Result<Vec<denominator::Model>> {
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT * FROM denominator WHERE indicator_id = $1 AND period_from <= $2 AND {}",
        in_uuid_list(backend, "area_id", 3)
    );
    let areas = uuid_list(backend, areas.iter().map(|area| area.0));
    let values = [indicator.0.into(), last.into(), areas];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    Ok(denominator::Entity::find()
        .from_raw_sql(statement)
        .all(db)
        .await?)
}

/// The official values of an indicator whose period holds a day or ended before it in the same year, every version.
pub async fn official_in_year(
    db: &impl ConnectionTrait,
    indicator: IndicatorId,
    day: NaiveDate,
) -> Result<Vec<denominator::Model>> {
    let first = NaiveDate::from_ymd_opt(day.year(), 1, 1).unwrap_or(day);
    let rows = denominator::Entity::find()
        .filter(denominator::Column::IndicatorId.eq(indicator))
        .filter(denominator::Column::Status.eq(denominator::DenominatorStatus::Official))
        .filter(denominator::Column::PeriodFrom.lte(day))
        .filter(denominator::Column::PeriodTo.gte(first));
    Ok(rows.all(db).await?)
}

/// The register's values of an indicator whose period holds a day, every area, status and version.
pub async fn register_on(
    db: &impl ConnectionTrait,
    indicator: IndicatorId,
    day: NaiveDate,
) -> Result<Vec<denominator::Model>> {
    let rows = denominator::Entity::find()
        .filter(denominator::Column::IndicatorId.eq(indicator))
        .filter(denominator::Column::PeriodFrom.lte(day))
        .filter(denominator::Column::PeriodTo.gte(day));
    Ok(rows.all(db).await?)
}

/// Every version of every value of an area, the latest period and version first; of one indicator, or of all.
pub async fn register_of_area(
    db: &impl ConnectionTrait,
    area: AreaId,
    indicator: Option<IndicatorId>,
) -> Result<Vec<denominator::Model>> {
    use denominator::COLUMN;
    let mut rows = denominator::Entity::find().filter(COLUMN.area_id.eq(area));
    if let Some(indicator) = indicator {
        rows = rows.filter(COLUMN.indicator_id.eq(indicator));
    }
    Ok(rows
        .order_by_desc(COLUMN.period_from)
        .order_by_asc(COLUMN.period_to)
        .order_by_asc(COLUMN.indicator_id)
        .order_by_desc(COLUMN.entered_at)
        .order_by_desc(COLUMN.denominator_id)
        .all(db)
        .await?)
}

/// The version of an id.
pub async fn denominator(
    db: &impl ConnectionTrait,
    id: DenominatorId,
) -> Result<Option<denominator::Model>> {
    Ok(denominator::Entity::find_by_id(id).one(db).await?)
}

/// Every version of what was entered for an area, indicator and period, of every status and source.
pub async fn register_place(
    db: &impl ConnectionTrait,
    area: AreaId,
    indicator: IndicatorId,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<denominator::Model>> {
    use denominator::COLUMN;
    Ok(denominator::Entity::find()
        .filter(COLUMN.area_id.eq(area))
        .filter(COLUMN.indicator_id.eq(indicator))
        .filter(COLUMN.period_from.eq(from))
        .filter(COLUMN.period_to.eq(to))
        .all(db)
        .await?)
}

/// The whole register, for an import to compare with.
pub async fn register(db: &impl ConnectionTrait) -> Result<Vec<denominator::Model>> {
    Ok(denominator::Entity::find().all(db).await?)
}

/// Adds versions, all or none; false when another took one of their numbers first.
pub async fn add_versions(
    db: &impl ConnectionTrait,
    rows: Vec<denominator::Model>,
) -> Result<bool> {
    // SQLite takes 32 thousand parameters in a statement.
    for rows in rows.chunks(1_000) {
        let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
        let insert = denominator::Entity::insert_many(rows);
        if !added(insert.exec_without_returning(db).await.map(|_| ()))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether rows were added; false when a unique number among them was taken.
fn added(outcome: Result<(), DbErr>) -> Result<bool> {
    match outcome {
        Ok(()) => Ok(true),
        Err(error) => match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Ok(false),
            _ => Err(error.into()),
        },
    }
}
