//! Statements about requests for a new password, and the key that codes follow from.

use chrono::{DateTime, Utc};
use entity::{
    account,
    ids::{AccountId, PersonId, ResetId},
    password_reset,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, PaginatorTrait,
    QueryFilter, QuerySelect, Statement, sea_query::Expr,
};

use crate::{
    auth::reset::ResetToTell,
    error::{Error, Result},
};

/// Writes a request.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_reset(tx: &impl ConnectionTrait, row: password_reset::Model) -> Result<()> {
    password_reset::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Writes a request for the account of a login name; for nobody's when there is none.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_reset_of_login(
    db: &impl ConnectionTrait,
    row: password_reset::Model,
    login: &str,
) -> Result<()> {
    // Raw: whose it is must be looked up by the statement that writes it, so that both cost the same.
    let sql = "INSERT INTO password_reset (reset_id, account_id, code_hash, asked_at, expires_at, tries) \
        SELECT $1, (SELECT a.account_id FROM account_login l JOIN account a ON a.account_id = l.account_id \
          WHERE l.login = $5 AND a.state = 'ACTIVE'), $2, $3, $4, 0";
    let values = [
        row.reset_id.into(),
        row.code_hash.into(),
        row.asked_at.into(),
        row.expires_at.into(),
        login.into(),
    ];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.execute_raw(statement).await?;
    Ok(())
}

/// Counts a try of every good request of a login name, and answers them.
///
/// # Errors
/// When the database does not answer.
pub async fn try_resets(
    db: &impl ConnectionTrait,
    login: &str,
    now: DateTime<Utc>,
    most: i32,
) -> Result<Vec<password_reset::Model>> {
    // Raw, because counting and reading must be one statement.
    let sql = "UPDATE password_reset SET tries = tries + 1 \
        WHERE used_at IS NULL AND expires_at > $2 AND tries < $3 AND account_id = \
          (SELECT a.account_id FROM account_login l JOIN account a ON a.account_id = l.account_id \
           WHERE l.login = $1 AND a.state = 'ACTIVE') RETURNING *";
    let values = [login.into(), now.into(), most.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(password_reset::Model::find_by_statement(statement)
        .all(db)
        .await?)
}

/// Uses a request; false when it was used or has expired.
///
/// # Errors
/// When the database does not answer.
pub async fn use_reset(tx: &impl ConnectionTrait, id: ResetId, now: DateTime<Utc>) -> Result<bool> {
    let used = password_reset::Entity::update_many()
        .col_expr(password_reset::Column::UsedAt, Expr::value(Some(now)))
        .filter(password_reset::Column::ResetId.eq(id))
        .filter(password_reset::Column::UsedAt.is_null())
        .filter(password_reset::Column::ExpiresAt.gt(now))
        .exec(tx)
        .await?;
    Ok(used.rows_affected > 0)
}

/// Makes every request of an account no longer good.
///
/// # Errors
/// When the database does not answer.
pub async fn end_resets(
    tx: &impl ConnectionTrait,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<()> {
    password_reset::Entity::update_many()
        .col_expr(password_reset::Column::UsedAt, Expr::value(Some(now)))
        .filter(password_reset::Column::AccountId.eq(account))
        .filter(password_reset::Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Whether there are good requests of accounts that nobody has told yet.
///
/// # Errors
/// When the database does not answer.
pub async fn has_resets(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<bool> {
    use password_reset::Column as C;
    let found = password_reset::Entity::find()
        .filter(C::ToldAt.is_null())
        .filter(C::UsedAt.is_null())
        .filter(C::AccountId.is_not_null())
        .filter(C::ExpiresAt.gt(now))
        .limit(1)
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Marks the good requests of accounts that nobody has told yet as told, and answers them.
///
/// # Errors
/// When the database does not answer.
pub async fn take_resets(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Vec<ResetToTell>> {
    #[derive(FromQueryResult)]
    struct Row {
        reset_id: ResetId,
        account_id: Option<AccountId>,
        expires_at: DateTime<Utc>,
    }
    // Raw: of two servers that ask at once, each request goes to one.
    let sql = "UPDATE password_reset SET told_at = $1 WHERE told_at IS NULL AND used_at IS NULL \
        AND account_id IS NOT NULL AND expires_at > $1 RETURNING reset_id, account_id, expires_at";
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, [now.into()]);
    let rows = Row::find_by_statement(statement).all(tx).await?;
    let mut told = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(account) = row.account_id else {
            continue;
        };
        let found = account::Entity::find_by_id(account).one(tx).await?;
        let person: PersonId = found.ok_or(Error::NotFound)?.person_id;
        told.push(ResetToTell {
            id: row.reset_id,
            person,
            expires_at: row.expires_at,
        });
    }
    Ok(told)
}

/// Whether a request is still good.
///
/// # Errors
/// When the database does not answer.
pub async fn is_good_reset(
    db: &impl ConnectionTrait,
    id: ResetId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let found = password_reset::Entity::find_by_id(id)
        .filter(password_reset::Column::UsedAt.is_null())
        .filter(password_reset::Column::ExpiresAt.gt(now))
        .count(db)
        .await?;
    Ok(found > 0)
}

/// Deletes requests that were over before a moment.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_resets(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<()> {
    password_reset::Entity::delete_many()
        .filter(password_reset::Column::ExpiresAt.lt(before))
        .exec(db)
        .await?;
    Ok(())
}
