//! Which events lead to somebody who is erased.

use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use crate::{
    db::{in_uuid_list, uuid_list},
    error::Result,
    people::holdings::Subject,
};

/// The ids of every event of somebody, and of those of her account that wait to be mended.
pub async fn event_ids(db: &impl ConnectionTrait, who: &Subject) -> Result<Vec<Uuid>> {
    // Raw: lists of any length under one text; tested on both engines.
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT event_id FROM learning_event WHERE {} UNION SELECT event_id FROM quarantined_event WHERE {}",
        in_uuid_list(backend, "person_id", 1),
        in_uuid_list(backend, "uploader_account_id", 2)
    );
    let persons = uuid_list(backend, who.persons.iter().map(|id| id.0));
    let accounts = uuid_list(backend, who.accounts.iter().map(|id| id.0));
    let statement = Statement::from_sql_and_values(backend, sql, [persons, accounts]);
    let rows = db.query_all_raw(statement).await?;
    let ids = rows.iter().map(|row| row.try_get("", "event_id"));
    Ok(ids.collect::<Result<_, sea_orm::DbErr>>()?)
}
