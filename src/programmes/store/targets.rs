//! Statements on targets that areas set themselves, and on the settings of programmes.

use entity::{
    ids::{AreaId, IndicatorId, PhaseId, ProgrammeId, TargetId},
    phase, programme, target, target_version,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::Expr,
};

use super::added;
use crate::{db::put_rows, error::Result};

/// The target of an area on an indicator for a phase.
pub async fn target_in(
    db: &impl ConnectionTrait,
    phase: PhaseId,
    indicator: IndicatorId,
    area: AreaId,
) -> Result<Option<target::Model>> {
    use target::COLUMN;
    Ok(target::Entity::find()
        .filter(COLUMN.phase_id.eq(phase))
        .filter(COLUMN.indicator_id.eq(indicator))
        .filter(COLUMN.area_id.eq(area))
        .one(db)
        .await?)
}

/// The versions of a target, earliest first.
pub async fn versions_of_target(
    db: &impl ConnectionTrait,
    target: TargetId,
) -> Result<Vec<target_version::Model>> {
    use target_version::COLUMN;
    Ok(target_version::Entity::find()
        .filter(COLUMN.target_id.eq(target))
        .order_by_asc(COLUMN.version)
        .all(db)
        .await?)
}

/// Adds a version; false when another took its number first.
pub async fn add_target_version(
    db: &impl ConnectionTrait,
    row: target_version::Model,
) -> Result<bool> {
    let insert = target_version::Entity::insert(row.into_active_model());
    added(insert.exec_without_returning(db).await.map(|_| ()))
}

/// Writes a phase of an area's own plan.
pub async fn put_phase(db: &impl ConnectionTrait, row: phase::Model) -> Result<()> {
    put_rows::<phase::Entity>(db, vec![row]).await
}

/// Writes a target as it now is.
pub async fn put_target(db: &impl ConnectionTrait, row: target::Model) -> Result<()> {
    put_rows::<target::Entity>(db, vec![row]).await
}

/// Sets how a programme reads "to age 8"; false when there is no such programme.
pub async fn set_early_years(
    db: &impl ConnectionTrait,
    programme: ProgrammeId,
    inclusive: bool,
) -> Result<bool> {
    use programme::Column as C;
    let set = programme::Entity::update_many()
        .col_expr(C::EarlyYearsInclusive, Expr::value(inclusive))
        .filter(C::ProgrammeId.eq(programme));
    Ok(set.exec(db).await?.rows_affected == 1)
}
