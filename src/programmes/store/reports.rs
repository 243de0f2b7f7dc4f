//! Statements on the values that areas report.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ids::{AccountId, AreaId, IndicatorId, ReportedValueId},
    reported_value,
    reported_value::Verdict,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, Statement, sea_query::Expr,
};

use super::added;
use crate::{
    db::{in_uuid_list, uuid_list},
    error::Result,
    programmes::reported::ReportValue,
};

/// The version of an id.
pub async fn report(
    db: &impl ConnectionTrait,
    id: ReportedValueId,
) -> Result<Option<reported_value::Model>> {
    Ok(reported_value::Entity::find_by_id(id).one(db).await?)
}

/// The latest version of the area, indicator and first day that a value speaks of.
pub async fn latest_report(
    db: &impl ConnectionTrait,
    value: &ReportValue,
) -> Result<Option<reported_value::Model>> {
    use reported_value::COLUMN;
    Ok(reported_value::Entity::find()
        .filter(COLUMN.area_id.eq(value.area))
        .filter(COLUMN.indicator_id.eq(value.indicator))
        .filter(COLUMN.period_from.eq(value.period_from))
        .order_by_desc(COLUMN.version)
        .one(db)
        .await?)
}

/// Adds a version; false when another took its number first.
pub async fn add_report(db: &impl ConnectionTrait, row: reported_value::Model) -> Result<bool> {
    let insert = reported_value::Entity::insert(row.into_active_model());
    added(insert.exec_without_returning(db).await.map(|_| ()))
}

/// Notes what was said of a version; false when something was said before.
pub async fn verify(
    db: &impl ConnectionTrait,
    id: ReportedValueId,
    verdict: Verdict,
    by: AccountId,
    at: DateTime<Utc>,
    comment: Option<String>,
) -> Result<bool> {
    use reported_value::Column as C;
    let said = reported_value::Entity::update_many()
        .col_expr(C::Verdict, Expr::value(verdict.to_value()))
        .col_expr(C::VerifiedBy, Expr::value(by))
        .col_expr(C::VerifiedAt, Expr::value(at))
        .col_expr(C::Comment, Expr::value(comment))
        .filter(C::ReportedValueId.eq(id))
        .filter(C::Verdict.is_null());
    Ok(said.exec(db).await?.rows_affected == 1)
}

/// Every version of an indicator's values that began by a day, of the areas.
///
/// Raw SQL: one text whatever the number of areas, so that it is prepared once.
pub async fn reports_of(
    db: &impl ConnectionTrait,
    indicator: IndicatorId,
    areas: &[AreaId],
    day: NaiveDate,
) -> Result<Vec<reported_value::Model>> {
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT * FROM reported_value WHERE indicator_id = $1 AND period_from <= $2 AND {}",
        in_uuid_list(backend, "area_id", 3)
    );
    let areas = uuid_list(backend, areas.iter().map(|area| area.0));
    let statement =
        Statement::from_sql_and_values(backend, sql, [indicator.0.into(), day.into(), areas]);
    Ok(reported_value::Entity::find()
        .from_raw_sql(statement)
        .all(db)
        .await?)
}

/// Every version of every area's values of an indicator that began by a day.
pub async fn every_report(
    db: &impl ConnectionTrait,
    indicator: IndicatorId,
    day: NaiveDate,
) -> Result<Vec<reported_value::Model>> {
    use reported_value::COLUMN;
    Ok(reported_value::Entity::find()
        .filter(COLUMN.indicator_id.eq(indicator))
        .filter(COLUMN.period_from.lte(day))
        .all(db)
        .await?)
}

/// Every version of an area's values, the latest period and version first.
pub async fn reports_of_area(
    db: &impl ConnectionTrait,
    area: AreaId,
    indicator: Option<IndicatorId>,
) -> Result<Vec<reported_value::Model>> {
    use reported_value::COLUMN;
    let mut rows = reported_value::Entity::find().filter(COLUMN.area_id.eq(area));
    if let Some(indicator) = indicator {
        rows = rows.filter(COLUMN.indicator_id.eq(indicator));
    }
    Ok(rows
        .order_by_desc(COLUMN.period_from)
        .order_by_asc(COLUMN.indicator_id)
        .order_by_desc(COLUMN.version)
        .all(db)
        .await?)
}

/// Every version of every value.
pub async fn reports(db: &impl ConnectionTrait) -> Result<Vec<reported_value::Model>> {
    Ok(reported_value::Entity::find().all(db).await?)
}
