//! Statements about standings.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    account,
    ids::{AccountId, AreaId, StandingId},
    standing,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, Statement, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::{db::count_naming, error::Result};

/// Writes a standing. Answers whether the id was free.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_standing(tx: &impl ConnectionTrait, row: standing::Model) -> Result<bool> {
    let taken = OnConflict::column(standing::Column::StandingId)
        .do_nothing()
        .to_owned();
    let inserted = standing::Entity::insert(row.into_active_model())
        .on_conflict(taken)
        .exec_without_returning(tx)
        .await?;
    Ok(inserted > 0)
}

/// One standing.
///
/// # Errors
/// When the database does not answer.
pub async fn standing(
    db: &impl ConnectionTrait,
    id: StandingId,
) -> Result<Option<standing::Model>> {
    Ok(standing::Entity::find_by_id(id).one(db).await?)
}

/// Every standing of an account, also those that have ended.
///
/// # Errors
/// When the database does not answer.
pub async fn standings_of(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Vec<standing::Model>> {
    Ok(standing::Entity::find()
        .filter(standing::Column::AccountId.eq(account))
        .order_by_asc(standing::Column::FromOn)
        .order_by_asc(standing::Column::StandingId)
        .all(db)
        .await?)
}

/// How many standings that are valid on a day or later each area has.
///
/// # Errors
/// When the database does not answer.
pub async fn count_standings(
    db: &impl ConnectionTrait,
    areas: impl IntoIterator<Item = AreaId>,
    today: NaiveDate,
) -> Result<HashMap<Uuid, u64>> {
    let valid = ("standing", "area_id", "(to_on IS NULL OR to_on > $2)");
    let areas = areas.into_iter().map(|area| area.0);
    count_naming(db, valid, areas, [today.into()]).await
}

/// How many standings each area ever had.
///
/// # Errors
/// When the database does not answer.
pub async fn count_every_standing(
    db: &impl ConnectionTrait,
    areas: impl IntoIterator<Item = AreaId>,
) -> Result<HashMap<Uuid, u64>> {
    let areas = areas.into_iter().map(|area| area.0);
    count_naming(db, ("standing", "area_id", "1 = 1"), areas, []).await
}

/// The standings valid on a day whose area had ended before it, each with the login name of its account.
///
/// # Errors
/// When the database does not answer.
pub async fn standings_on_ended(
    db: &impl ConnectionTrait,
    today: NaiveDate,
) -> Result<Vec<(standing::Model, String)>> {
    // Raw: a join of what no entity relates.
    let sql = "SELECT s.*, l.login FROM standing s JOIN area a ON a.area_id = s.area_id \
               JOIN account_login l ON l.account_id = s.account_id \
               WHERE a.valid_to < $1 AND s.from_on <= $1 AND (s.to_on IS NULL OR s.to_on > $1)";
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [today.into()]);
    let rows = db.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let standing = standing::Model::from_query_result(row, "")?;
            Ok((standing, row.try_get("", "login")?))
        })
        .collect()
}

/// Lets only one transaction at a time change what an account may do.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_account(tx: &impl ConnectionTrait, id: AccountId) -> Result<()> {
    account::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx)
        .await?;
    Ok(())
}

/// Sets the first day on which a standing is no longer valid.
///
/// # Errors
/// When the database does not answer.
pub async fn end_standing(tx: &impl ConnectionTrait, id: StandingId, on: NaiveDate) -> Result<()> {
    let row = standing::ActiveModel {
        standing_id: Set(id),
        to_on: Set(Some(on)),
        ..Default::default()
    };
    standing::Entity::update(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
