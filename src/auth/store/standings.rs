//! Statements about standings.

use chrono::NaiveDate;
use entity::{
    account,
    ids::{AccountId, StandingId},
    standing,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, sea_query::OnConflict,
};

use crate::error::Result;

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
