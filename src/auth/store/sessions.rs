//! Statements about pairs of tokens.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ids::{AccountId, AreaId, FamilyId, PersonId, SessionId, StandingId},
    secret::Digest,
    session,
    standing::StandingKind,
};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait,
    EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Statement,
    Value, sea_query::Expr,
};

use super::super::{capability::Standing, session::Device};
use crate::error::Result;

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
pub(in crate::auth) async fn device_by_access(
    db: &impl ConnectionTrait,
    hash: Digest,
    today: NaiveDate,
) -> Result<Option<Device>> {
    let sql = "SELECT s.account_id, a.person_id, s.session_id, s.family_id, s.access_hash, s.access_expires_at, \
          s.access_used_at, t.standing_id, t.kind, t.area_id, t.from_on, t.to_on \
        FROM session s JOIN account a ON a.account_id = s.account_id \
          LEFT JOIN standing t ON t.account_id = s.account_id AND (t.to_on IS NULL OR t.to_on > $2) \
        WHERE s.access_hash = $1 AND s.used_at IS NULL AND s.revoked_at IS NULL AND a.state = 'ACTIVE' \
        ORDER BY t.from_on, t.standing_id";
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
