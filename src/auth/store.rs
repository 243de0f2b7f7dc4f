//! Every statement of the feature: here those about accounts, guesses and the audit log.

use chrono::{DateTime, Utc};
use entity::{
    account::{self, AccountState},
    account_login, audit_log,
    ids::{AccountId, PersonId},
    secret::PasswordHash,
    session, sign_in_attempt,
};
use sea_orm::{
    ActiveEnum,
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult,
    IntoActiveModel, QueryFilter, Statement, Value,
    sea_query::{Expr, OnConflict},
};

use crate::error::{Error, Result};

mod claims;
mod resets;
mod sessions;
mod standings;

pub use claims::*;
pub use resets::*;
pub use sessions::*;
pub use standings::*;

/// What signing in needs to know of an account.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The account.
    pub account: AccountId,
    /// Its person.
    pub person: PersonId,
    /// Its password.
    pub password_hash: PasswordHash,
    /// Whether it may be used.
    pub is_active: bool,
    /// Whether this device has signed in to it before.
    pub is_known_device: bool,
}

#[derive(FromQueryResult)]
struct CredentialsRow {
    account_id: AccountId,
    person_id: PersonId,
    password_hash: PasswordHash,
    state: String,
    known: i32,
}

/// The account of a login name. One statement whether there is one or not, so that both take the same time.
///
/// # Errors
/// When the database does not answer.
pub async fn credentials(
    db: &impl ConnectionTrait,
    login: &str,
    device: Option<&str>,
) -> Result<Option<Credentials>> {
    let sql = "SELECT a.account_id, a.person_id, a.password_hash, a.state, \
          CASE WHEN EXISTS (SELECT 1 FROM session s WHERE s.account_id = a.account_id AND s.device_label = $2) \
            THEN 1 ELSE 0 END AS known \
        FROM account_login l JOIN account a ON a.account_id = l.account_id WHERE l.login = $1";
    let values = [login.into(), device.into()];
    let row = one::<CredentialsRow>(db, sql, values).await?;
    Ok(row.map(|row| Credentials {
        account: row.account_id,
        person: row.person_id,
        password_hash: row.password_hash,
        is_active: row.state == AccountState::Active.to_value(),
        is_known_device: row.known == 1,
    }))
}

async fn one<R: FromQueryResult>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<R>> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(R::find_by_statement(statement).one(db).await?)
}

/// Writes an account with its login name. Answers whether the name was free; when not, the transaction must be
/// given up.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_account(
    tx: &impl ConnectionTrait,
    new: account::Model,
    login: &str,
) -> Result<bool> {
    let account_id = new.account_id;
    account::Entity::insert(new.into_active_model())
        .exec_without_returning(tx)
        .await?;
    let taken = OnConflict::column(account_login::Column::Login)
        .do_nothing()
        .to_owned();
    let row = account_login::Model {
        login: login.to_owned(),
        account_id,
    };
    let inserted = account_login::Entity::insert(row.into_active_model())
        .on_conflict(taken)
        .exec_without_returning(tx)
        .await?;
    Ok(inserted > 0)
}

/// The login name of an account.
///
/// # Errors
/// When the database does not answer.
pub async fn login_of(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<String>> {
    let found = account_login::Entity::find()
        .filter(account_login::Column::AccountId.eq(account))
        .one(db)
        .await?;
    Ok(found.map(|row| row.login))
}

/// The person of an account.
///
/// # Errors
/// When the database does not answer.
pub async fn person_of(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<PersonId>> {
    let found = account::Entity::find_by_id(account).one(db).await?;
    Ok(found.map(|row| row.person_id))
}

/// Keeps a hash at today's cost.
///
/// # Errors
/// When the database does not answer.
pub async fn set_password(
    db: &impl ConnectionTrait,
    account: AccountId,
    hash: PasswordHash,
) -> Result<()> {
    let row = account::ActiveModel {
        account_id: Set(account),
        password_hash: Set(hash),
        ..Default::default()
    };
    account::Entity::update(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Stops an account from being used.
///
/// # Errors
/// When the database does not answer.
pub async fn disable(db: &impl ConnectionTrait, account: AccountId) -> Result<()> {
    let row = account::ActiveModel {
        account_id: Set(account),
        state: Set(AccountState::Disabled),
        ..Default::default()
    };
    account::Entity::update(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Whether an account may be used.
///
/// # Errors
/// When the database does not answer.
pub async fn is_active(db: &impl ConnectionTrait, account: AccountId) -> Result<bool> {
    let found = account::Entity::find_by_id(account).one(db).await?;
    Ok(found.is_some_and(|row| row.state == AccountState::Active))
}

/// Counts a guess before it is made, so that no number of guesses at once gets past the limit. Answers how many
/// were counted in this window.
///
/// # Errors
/// When the database does not answer.
pub async fn count_guess(
    db: &impl ConnectionTrait,
    login: [u8; 32],
    known_device: bool,
    window_at: DateTime<Utc>,
) -> Result<i32> {
    #[derive(FromQueryResult)]
    struct Counted {
        guesses: i32,
    }
    // Raw, because counting and reading the count must be one statement.
    let sql = "INSERT INTO sign_in_attempt (login_hash, known_device, window_at, guesses) VALUES ($1, $2, $3, 1) \
        ON CONFLICT (login_hash, known_device, window_at) DO UPDATE SET guesses = sign_in_attempt.guesses + 1 \
        RETURNING guesses";
    let values = [login.to_vec().into(), known_device.into(), window_at.into()];
    let counted = one::<Counted>(db, sql, values).await?;
    let counted = counted.ok_or_else(|| Error::internal("a counted guess was not returned"))?;
    Ok(counted.guesses)
}

/// Takes back a guess that was the right password.
///
/// # Errors
/// When the database does not answer.
pub async fn uncount_guess(
    db: &impl ConnectionTrait,
    login: [u8; 32],
    known_device: bool,
    window_at: DateTime<Utc>,
) -> Result<()> {
    use sign_in_attempt::Column;
    sign_in_attempt::Entity::update_many()
        .col_expr(Column::Guesses, Expr::col(Column::Guesses).sub(1))
        .filter(Column::LoginHash.eq(login.to_vec()))
        .filter(Column::KnownDevice.eq(known_device))
        .filter(Column::WindowAt.eq(window_at))
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets the guesses counted under a login name.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_guesses(db: &impl ConnectionTrait, login: [u8; 32]) -> Result<()> {
    sign_in_attempt::Entity::delete_many()
        .filter(sign_in_attempt::Column::LoginHash.eq(login.to_vec()))
        .exec(db)
        .await?;
    Ok(())
}

/// The hashes of every access token of an account.
///
/// # Errors
/// When the database does not answer.
pub async fn access_hashes(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Vec<entity::secret::Digest>> {
    let rows = session::Entity::find()
        .filter(session::Column::AccountId.eq(account))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.access_hash).collect())
}

/// Commits audit rows, all or none. Rows that are there already stay as they are.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_audit(db: &impl ConnectionTrait, rows: &[audit_log::Model]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let there = OnConflict::column(audit_log::Column::AuditId)
        .do_nothing()
        .to_owned();
    let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
    audit_log::Entity::insert_many(rows)
        .on_conflict(there)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Deletes counted guesses, and pairs that no longer matter: expired, or traded so long ago that a replay of
/// them is refused anyway.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_old(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    guesses_before: DateTime<Utc>,
    traded_before: DateTime<Utc>,
) -> Result<()> {
    sign_in_attempt::Entity::delete_many()
        .filter(sign_in_attempt::Column::WindowAt.lt(guesses_before))
        .exec(db)
        .await?;
    let old = Condition::any()
        .add(session::Column::RefreshExpiresAt.lt(now))
        .add(session::Column::UsedAt.lt(traded_before));
    session::Entity::delete_many().filter(old).exec(db).await?;
    Ok(())
}
