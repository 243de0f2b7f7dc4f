//! Statements on counts that are made up in databases older than them.

use entity::{coverage_backfill, ids::PersonId};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};

use crate::error::{Error, Result};

/// The count of children.
const CHILDREN: &str = "CHILDREN";

/// Where making up the count of children stands: after whom to go on, or nothing once it is done.
pub async fn children_to_make_up(db: &impl ConnectionTrait) -> Result<Option<Option<PersonId>>> {
    let row = coverage_backfill::Entity::find_by_id(CHILDREN)
        .one(db)
        .await?;
    let row = row.ok_or_else(|| Error::internal("the row of coverage_backfill is gone"))?;
    Ok((!row.is_done).then_some(row.after_person_id))
}

/// Notes who was looked at last, or that everybody was.
pub async fn children_made_up(
    db: &impl ConnectionTrait,
    after: Option<PersonId>,
    is_done: bool,
) -> Result<()> {
    let row = coverage_backfill::ActiveModel {
        count: Set(CHILDREN.to_owned()),
        after_person_id: Set(after),
        is_done: Set(is_done),
    };
    coverage_backfill::Entity::update(row).exec(db).await?;
    Ok(())
}
