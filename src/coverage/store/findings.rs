//! Statements on findings.

use entity::{
    data_finding,
    data_finding::FindingState,
    ids::{AreaId, FindingId},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Statement,
    sea_query::OnConflict,
};

use super::CHUNK;
use crate::{
    db::{in_uuid_list, put_rows, uuid_list},
    error::Result,
};

/// The findings of areas.
///
/// Raw SQL: one text whatever the number of areas, so that it is prepared once.
pub async fn findings(
    db: &impl ConnectionTrait,
    areas: impl IntoIterator<Item = AreaId>,
) -> Result<Vec<data_finding::Model>> {
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT * FROM data_finding WHERE {} ORDER BY raised_at DESC, finding_id DESC",
        in_uuid_list(backend, "area_id", 1)
    );
    let areas = uuid_list(backend, areas.into_iter().map(|area| area.0));
    let statement = Statement::from_sql_and_values(backend, sql, [areas]);
    Ok(data_finding::Entity::find()
        .from_raw_sql(statement)
        .all(db)
        .await?)
}

/// The finding of an id.
pub async fn finding(
    db: &impl ConnectionTrait,
    id: FindingId,
) -> Result<Option<data_finding::Model>> {
    Ok(data_finding::Entity::find_by_id(id).one(db).await?)
}

/// Adds findings; one that is there already stays as it is.
pub async fn add_findings(db: &impl ConnectionTrait, rows: Vec<data_finding::Model>) -> Result<()> {
    use data_finding::Column as C;
    for rows in rows.chunks(CHUNK / 2) {
        let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
        let matter = [C::AreaId, C::IndicatorId, C::PeriodFrom, C::Kind];
        let kept = OnConflict::columns(matter).do_nothing().to_owned();
        data_finding::Entity::insert_many(rows)
            .on_conflict(kept)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Writes findings as they now are.
pub async fn save_findings(
    db: &impl ConnectionTrait,
    rows: Vec<data_finding::Model>,
) -> Result<()> {
    put_rows::<data_finding::Entity>(db, rows).await
}

/// Every finding that is not resolved.
pub async fn unresolved(db: &impl ConnectionTrait) -> Result<Vec<data_finding::Model>> {
    Ok(data_finding::Entity::find()
        .filter(data_finding::Column::State.ne(FindingState::Resolved))
        .all(db)
        .await?)
}
