//! Statements on groups whose area has changed.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    ids::{AccountId, AreaId, GroupId},
    training_group,
};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, FromQueryResult};
use uuid::Uuid;

use super::all;
use crate::{db::count_naming, error::Result};

/// How many groups meet in each area: those in use, or all that ever were.
///
/// # Errors
/// When the database does not answer.
pub async fn count_groups(
    db: &impl ConnectionTrait,
    areas: impl IntoIterator<Item = AreaId>,
    in_use: bool,
) -> Result<HashMap<Uuid, u64>> {
    let condition = match in_use {
        true => "archived_at IS NULL",
        false => "1 = 1",
    };
    let areas = areas.into_iter().map(|area| area.0);
    count_naming(db, ("training_group", "area_id", condition), areas, []).await
}

/// A group in use whose area has ended.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Stranded {
    /// The group.
    pub group_id: GroupId,
    /// Where it met.
    pub area_id: AreaId,
    /// What it is called.
    pub name: String,
    /// Whose it is.
    pub trainer_account_id: AccountId,
    /// The login name of the account.
    pub login: String,
}

/// The groups in use whose area ended before a day.
///
/// # Errors
/// When the database does not answer.
pub async fn groups_on_ended(db: &impl ConnectionTrait, today: NaiveDate) -> Result<Vec<Stranded>> {
    // Raw: a join of what no entity relates.
    let sql = "SELECT g.group_id, g.area_id, g.name, g.trainer_account_id, l.login FROM training_group g \
               JOIN area a ON a.area_id = g.area_id JOIN account_login l ON l.account_id = g.trainer_account_id \
               WHERE a.valid_to < $1 AND g.archived_at IS NULL";
    all(db, sql.to_owned(), [today.into()]).await
}

/// Lets a group meet in another area.
///
/// # Errors
/// When the database does not answer.
pub async fn move_group(db: &impl ConnectionTrait, id: GroupId, to: AreaId) -> Result<()> {
    let row = training_group::ActiveModel {
        group_id: Set(id),
        area_id: Set(to),
        ..Default::default()
    };
    training_group::Entity::update(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
