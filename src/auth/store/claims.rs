//! Statements about codes with which people claim their accounts.

use chrono::{DateTime, Utc};
use entity::{
    account, claim_code,
    ids::{AccountId, PersonId},
    secret::Digest,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr,
};

use crate::error::Result;

/// The account of a person.
///
/// # Errors
/// When the database does not answer.
pub async fn account_of_person(
    db: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Option<AccountId>> {
    let found = account::Entity::find()
        .filter(account::Column::PersonId.eq(person))
        .one(db)
        .await?;
    Ok(found.map(|row| row.account_id))
}

/// Writes a code.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_claim(tx: &impl ConnectionTrait, row: claim_code::Model) -> Result<()> {
    claim_code::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Makes the codes of a person that were not used no longer good.
///
/// # Errors
/// When the database does not answer.
pub async fn replace_claims(
    tx: &impl ConnectionTrait,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<()> {
    claim_code::Entity::update_many()
        .col_expr(claim_code::Column::ReplacedAt, Expr::value(Some(now)))
        .filter(claim_code::Column::PersonId.eq(person))
        .filter(claim_code::Column::UsedAt.is_null())
        .filter(claim_code::Column::ReplacedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// A code by its hash.
///
/// # Errors
/// When the database does not answer.
pub async fn claim(db: &impl ConnectionTrait, code: &Digest) -> Result<Option<claim_code::Model>> {
    let found = claim_code::Entity::find()
        .filter(claim_code::Column::CodeHash.eq(code.clone()))
        .one(db)
        .await?;
    Ok(found)
}

/// Uses a code; answers whose it is, nothing when it is used, replaced or expired.
///
/// # Errors
/// When the database does not answer.
pub async fn use_claim(
    tx: &impl ConnectionTrait,
    code: &Digest,
    now: DateTime<Utc>,
) -> Result<Option<PersonId>> {
    let used = claim_code::Entity::update_many()
        .col_expr(claim_code::Column::UsedAt, Expr::value(Some(now)))
        .filter(claim_code::Column::CodeHash.eq(code.clone()))
        .filter(claim_code::Column::UsedAt.is_null())
        .filter(claim_code::Column::ReplacedAt.is_null())
        .filter(claim_code::Column::ExpiresAt.gt(now))
        .exec(tx)
        .await?;
    if used.rows_affected == 0 {
        return Ok(None);
    }
    Ok(claim(tx, code).await?.map(|row| row.person_id))
}
