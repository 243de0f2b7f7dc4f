//! Statements about who leads a group, its code, and putting it away.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    group_trainer,
    ids::{AccountId, AreaId, GroupId},
    training_group,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, PaginatorTrait,
    QueryFilter,
    sea_query::{Expr, OnConflict},
};

use super::{all, trains_on};
use crate::{
    error::Result,
    training::{framing::Frame, join_code::JoinCode, leading::CoTrainer},
};

/// Whether an account leads a group beside its trainer.
///
/// # Errors
/// When the database does not answer.
pub async fn is_co_trainer(
    db: &impl ConnectionTrait,
    group: GroupId,
    account: AccountId,
) -> Result<bool> {
    let found = group_trainer::Entity::find_by_id((group, account))
        .filter(group_trainer::Column::RemovedAt.is_null())
        .count(db)
        .await?;
    Ok(found > 0)
}

/// The account of a login name while it is a trainer's, with each area it stands on.
///
/// # Errors
/// When the database does not answer.
pub async fn trainers_named(
    db: &impl ConnectionTrait,
    login: &str,
    today: NaiveDate,
) -> Result<Vec<(AccountId, AreaId)>> {
    #[derive(FromQueryResult)]
    struct Row {
        account_id: AccountId,
        area_id: AreaId,
    }
    let sql = format!(
        "SELECT s.account_id, s.area_id FROM account_login l JOIN account a ON a.account_id = l.account_id \
           JOIN standing s ON s.account_id = a.account_id \
         WHERE l.login = $1 AND a.state = 'ACTIVE' AND {} ORDER BY s.area_id",
        trains_on(2)
    );
    let rows = all::<Row>(db, sql, [login.into(), today.into()]).await?;
    let rows = rows.into_iter().map(|row| (row.account_id, row.area_id));
    Ok(rows.collect())
}

/// Lets an account lead a group.
///
/// # Errors
/// When the database does not answer.
pub async fn put_co_trainer(
    tx: &impl ConnectionTrait,
    group: GroupId,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<()> {
    use group_trainer::Column as C;
    let row = group_trainer::Model {
        group_id: group,
        account_id: account,
        added_at: now,
        removed_at: None,
    };
    let reopen = OnConflict::columns([C::GroupId, C::AccountId])
        .update_column(C::RemovedAt)
        .to_owned();
    group_trainer::Entity::insert(row.into_active_model())
        .on_conflict(reopen)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Ends an account's leading of a group.
///
/// # Errors
/// When the database does not answer.
pub async fn end_co_trainer(
    tx: &impl ConnectionTrait,
    group: GroupId,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<()> {
    use group_trainer::Column as C;
    group_trainer::Entity::update_many()
        .col_expr(C::RemovedAt, Expr::value(Some(now)))
        .filter(C::GroupId.eq(group))
        .filter(C::AccountId.eq(account))
        .filter(C::RemovedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Who leads a group beside its trainer, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn co_trainers(db: &impl ConnectionTrait, group: GroupId) -> Result<Vec<CoTrainer>> {
    #[derive(FromQueryResult)]
    struct Row {
        account_id: AccountId,
        full_name: String,
        added_at: DateTime<Utc>,
    }
    let sql = "SELECT t.account_id, p.full_name, t.added_at FROM group_trainer t \
          JOIN account a ON a.account_id = t.account_id JOIN person p ON p.person_id = a.person_id \
        WHERE t.group_id = $1 AND t.removed_at IS NULL ORDER BY p.name_sort_key, t.account_id";
    let rows = all::<Row>(db, sql.to_owned(), [group.0.into()]).await?;
    let shown = rows.into_iter().map(|row| CoTrainer {
        account: row.account_id,
        full_name: row.full_name,
        added_at: row.added_at,
    });
    Ok(shown.collect())
}

/// Whether no group has a code.
///
/// # Errors
/// When the database does not answer.
pub async fn code_is_free(db: &impl ConnectionTrait, code: &JoinCode) -> Result<bool> {
    let found = training_group::Entity::find()
        .filter(training_group::Column::JoinCode.eq(code.as_str()))
        .count(db)
        .await?;
    Ok(found == 0)
}

/// Gives a group a code that is good until an instant.
///
/// # Errors
/// When the database does not answer, or another group has the code.
pub async fn set_code(
    tx: &impl ConnectionTrait,
    group: GroupId,
    code: &JoinCode,
    until: DateTime<Utc>,
) -> Result<()> {
    change(tx, group, |row| {
        row.join_code = Set(Some(code.as_str().to_owned()));
        row.join_code_expires_at = Set(Some(until));
    })
    .await
}

/// Names a group and says its days and language.
///
/// # Errors
/// When the database does not answer.
pub async fn set_frame(
    tx: &impl ConnectionTrait,
    group: GroupId,
    name: String,
    frame: Frame,
) -> Result<()> {
    change(tx, group, |row| {
        row.name = Set(name);
        row.starts_on = Set(frame.starts_on);
        row.ends_on = Set(frame.ends_on);
        row.language = Set(frame.language);
    })
    .await
}

/// Puts a group away; its code is free again.
///
/// # Errors
/// When the database does not answer.
pub async fn archive(tx: &impl ConnectionTrait, group: GroupId, now: DateTime<Utc>) -> Result<()> {
    change(tx, group, |row| {
        row.archived_at = Set(Some(now));
        row.join_code = Set(None);
        row.join_code_expires_at = Set(None);
    })
    .await
}

async fn change(
    tx: &impl ConnectionTrait,
    group: GroupId,
    change: impl FnOnce(&mut training_group::ActiveModel),
) -> Result<()> {
    let mut row = training_group::ActiveModel {
        group_id: Set(group),
        ..Default::default()
    };
    change(&mut row);
    training_group::Entity::update(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
