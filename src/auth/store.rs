//! Every statement about accounts, sessions, standings, guesses and the audit log.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    account::{self, AccountState},
    account_login, audit_log,
    ids::{AccountId, AreaId, FamilyId, PersonId, SessionId, StandingId},
    secret::{Digest, PasswordHash},
    session, sign_in_attempt,
    standing::{self, StandingKind},
};
use sea_orm::{
    ActiveEnum, ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
    sea_query::{Expr, OnConflict},
};

use super::{capability::Standing, session::Device};
use crate::error::{Error, Result};

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

/// Writes a pair.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_session(tx: &impl ConnectionTrait, row: session::Model) -> Result<()> {
    session::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Replaces the tokens of a pair that nobody has used.
///
/// # Errors
/// When the database does not answer.
pub async fn replace_session(tx: &impl ConnectionTrait, row: session::Model) -> Result<()> {
    session::Entity::update(row.into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Marks a pair as traded, under a new salt if one is given.
///
/// # Errors
/// When the database does not answer.
pub async fn use_session(
    tx: &impl ConnectionTrait,
    id: SessionId,
    at: DateTime<Utc>,
    salt: Option<Digest>,
) -> Result<()> {
    let mut row = session::ActiveModel {
        session_id: Set(id),
        used_at: Set(Some(at)),
        ..Default::default()
    };
    if let Some(salt) = salt {
        row.successor_salt = Set(salt);
    }
    session::Entity::update(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// The pair of a refresh token, for this transaction alone.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_by_refresh(
    tx: &impl ConnectionTrait,
    hash: Digest,
) -> Result<Option<session::Model>> {
    Ok(session::Entity::find()
        .filter(session::Column::RefreshHash.eq(hash))
        .lock_exclusive()
        .one(tx)
        .await?)
}

/// The pair that followed another, for this transaction alone.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_child(
    tx: &impl ConnectionTrait,
    parent: SessionId,
) -> Result<Option<session::Model>> {
    Ok(session::Entity::find()
        .filter(session::Column::ParentId.eq(parent))
        .lock_exclusive()
        .one(tx)
        .await?)
}

/// Whose a refresh token is or was.
///
/// # Errors
/// When the database does not answer.
pub async fn owner_by_refresh(
    db: &impl ConnectionTrait,
    hash: Digest,
) -> Result<Option<(AccountId, FamilyId)>> {
    let found = session::Entity::find()
        .filter(session::Column::RefreshHash.eq(hash))
        .one(db)
        .await?;
    Ok(found.map(|row| (row.account_id, row.family_id)))
}

#[derive(FromQueryResult)]
struct DeviceRow {
    account_id: AccountId,
    person_id: PersonId,
    session_id: SessionId,
    family_id: FamilyId,
    access_hash: Digest,
    access_expires_at: DateTime<Utc>,
    access_used_at: Option<DateTime<Utc>>,
    standing_id: Option<StandingId>,
    kind: Option<String>,
    area_id: Option<AreaId>,
    from_on: Option<NaiveDate>,
    to_on: Option<NaiveDate>,
}

/// The live pair of an access token with the standings that have not ended, in one statement.
///
/// # Errors
/// When the database does not answer.
pub async fn device_by_access(
    db: &impl ConnectionTrait,
    hash: Digest,
    today: NaiveDate,
) -> Result<Option<Device>> {
    let sql = "SELECT s.account_id, a.person_id, s.session_id, s.family_id, s.access_hash, s.access_expires_at, \
          s.access_used_at, t.standing_id, t.kind, t.area_id, t.from_on, t.to_on \
        FROM session s JOIN account a ON a.account_id = s.account_id \
          LEFT JOIN standing t ON t.account_id = s.account_id AND (t.to_on IS NULL OR t.to_on > $2) \
        WHERE s.access_hash = $1 AND s.used_at IS NULL AND s.revoked_at IS NULL AND a.state = 'ACTIVE' \
        ORDER BY t.standing_id";
    let values: [Value; 2] = [hash.into(), today.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = DeviceRow::find_by_statement(statement).all(db).await?;
    let mut device: Option<Device> = None;
    for row in rows {
        let standing = standing_of(&row)?;
        let device = device.get_or_insert_with(|| Device {
            account: row.account_id,
            person: row.person_id,
            session: row.session_id,
            family: row.family_id,
            access_hash: row.access_hash,
            access_expires_at: row.access_expires_at,
            seen: row.access_used_at.is_some(),
            standings: Vec::new(),
        });
        device.standings.extend(standing);
    }
    Ok(device)
}

fn standing_of(row: &DeviceRow) -> Result<Option<Standing>> {
    let (Some(id), Some(kind), Some(area), Some(from_on)) =
        (row.standing_id, &row.kind, row.area_id, row.from_on)
    else {
        return Ok(None);
    };
    Ok(Some(Standing {
        id,
        kind: StandingKind::try_from_value(kind)?,
        area,
        from_on,
        to_on: row.to_on,
    }))
}

/// Marks that somebody uses a pair. Answers whether this was the first time, with these tokens, of a live pair.
///
/// # Errors
/// When the database does not answer.
pub async fn mark_seen(
    db: &impl ConnectionTrait,
    id: SessionId,
    hash: Digest,
    at: DateTime<Utc>,
) -> Result<bool> {
    use session::Column;
    let marked = session::Entity::update_many()
        .col_expr(Column::AccessUsedAt, Expr::value(Some(at)))
        .filter(Column::SessionId.eq(id))
        .filter(Column::AccessHash.eq(hash))
        .filter(Column::AccessUsedAt.is_null())
        .filter(Column::UsedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(marked.rows_affected > 0)
}

/// Signs one device out.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke_family(
    db: &impl ConnectionTrait,
    family: FamilyId,
    at: DateTime<Utc>,
) -> Result<()> {
    revoke(db, session::Column::FamilyId.eq(family), at).await
}

/// Signs every device of an account out.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke_account(
    db: &impl ConnectionTrait,
    account: AccountId,
    at: DateTime<Utc>,
) -> Result<()> {
    revoke(db, session::Column::AccountId.eq(account), at).await
}

async fn revoke(
    db: &impl ConnectionTrait,
    which: sea_orm::sea_query::SimpleExpr,
    at: DateTime<Utc>,
) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(Some(at)))
        .filter(which)
        .filter(session::Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Signs out the devices beyond the newest `keep`.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke_oldest(
    db: &impl ConnectionTrait,
    account: AccountId,
    keep: u64,
    at: DateTime<Utc>,
) -> Result<()> {
    use session::Column;
    let live = Condition::all()
        .add(Column::AccountId.eq(account))
        .add(Column::UsedAt.is_null())
        .add(Column::RevokedAt.is_null());
    let families: Vec<FamilyId> = session::Entity::find()
        .select_only()
        .column(Column::FamilyId)
        .filter(live)
        .order_by_desc(Column::FamilyId)
        .offset(keep)
        .limit(keep)
        .into_tuple()
        .all(db)
        .await?;
    for family in families {
        revoke_family(db, family, at).await?;
    }
    Ok(())
}

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
