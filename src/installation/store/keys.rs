//! SQL of the installation's keys.

use chrono::{DateTime, Utc};
use entity::server_key::{Column, Entity, KeyPurpose, Model};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, sea_query::OnConflict,
};

use crate::error::Result;

/// Every key of a purpose, in the order they were made.
pub async fn keys(db: &impl ConnectionTrait, purpose: KeyPurpose) -> Result<Vec<Model>> {
    let found = Entity::find()
        .filter(Column::Purpose.eq(purpose))
        .order_by_asc(Column::Number);
    Ok(found.all(db).await?)
}

/// Adds a key, unless one of that number is there.
pub async fn add(db: &impl ConnectionTrait, key: Model) -> Result<()> {
    let mut conflict = OnConflict::columns([Column::Purpose, Column::Number]);
    conflict.do_nothing();
    Entity::insert(key.into_active_model())
        .on_conflict(conflict)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Marks the keys of a purpose up to a number as in wrong hands.
pub async fn revoke(
    db: &impl ConnectionTrait,
    purpose: KeyPurpose,
    number: i32,
    at: DateTime<Utc>,
) -> Result<()> {
    let change = entity::server_key::ActiveModel {
        revoked_at: Set(Some(at)),
        ..Default::default()
    };
    Entity::update_many()
        .set(change)
        .filter(Column::Purpose.eq(purpose))
        .filter(Column::Number.lte(number))
        .filter(Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}
