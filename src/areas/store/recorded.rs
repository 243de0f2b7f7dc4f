//! Statements on the changes of areas that are recorded.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    area_change, area_change_edge,
    ids::{AccountId, AreaChangeId},
};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, Statement};

use super::changes::effects_of;
use crate::{areas::changes::Applied, error::Result};

/// Every change.
pub async fn changes(db: &impl ConnectionTrait) -> Result<Vec<area_change::Model>> {
    Ok(area_change::Entity::find().all(db).await?)
}

/// Every edge.
pub async fn edges(db: &impl ConnectionTrait) -> Result<Vec<area_change_edge::Model>> {
    Ok(area_change_edge::Entity::find().all(db).await?)
}

/// Who applied what, and when.
pub async fn applied(db: &impl ConnectionTrait) -> Result<HashMap<AreaChangeId, Applied>> {
    #[derive(FromQueryResult)]
    struct Row {
        area_change_id: AreaChangeId,
        applied_by: AccountId,
        applied_at: DateTime<Utc>,
        kept: String,
        login: Option<String>,
    }
    // Raw: the login may be gone with its account, and then only the name is missing.
    let sql = "SELECT c.area_change_id, c.applied_by, c.applied_at, c.kept, l.login \
               FROM area_change_applied c LEFT JOIN account_login l ON l.account_id = c.applied_by";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let mut applied = HashMap::new();
    for row in Row::find_by_statement(statement).all(db).await? {
        let known = Applied {
            by: row.applied_by,
            login: row.login,
            at: row.applied_at,
            effects: effects_of(&row.kept)?,
        };
        applied.insert(row.area_change_id, known);
    }
    Ok(applied)
}
