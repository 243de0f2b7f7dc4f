//! Statements about groups whose member or trainer is erased.

use entity::ids::{GroupId, PersonId};
use sea_orm::{ConnectionTrait, Statement};

use crate::{
    db::{in_uuid_list, uuid_list},
    error::Result,
    people::holdings::Subject,
};

/// The groups somebody is in now.
pub async fn groups_joined(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<GroupId>> {
    let sql = "SELECT group_id FROM group_member WHERE person_id = $1 AND left_on IS NULL ORDER BY group_id";
    let statement =
        Statement::from_sql_and_values(db.get_database_backend(), sql, [person.0.into()]);
    let rows = db.query_all_raw(statement).await?;
    let ids = rows.iter().map(|row| row.try_get("", "group_id"));
    Ok(ids.collect::<Result<_, sea_orm::DbErr>>()?)
}

/// Hands the groups of somebody to whoever has led each with her the longest.
pub async fn hand_over(tx: &impl ConnectionTrait, who: &Subject) -> Result<()> {
    // Raw: the heir is looked for in the same statement; tested on both engines.
    let backend = tx.get_database_backend();
    let heir = format!(
        "SELECT t.account_id FROM group_trainer t WHERE t.group_id = training_group.group_id \
         AND t.removed_at IS NULL AND NOT {} ORDER BY t.added_at, t.account_id LIMIT 1",
        in_uuid_list(backend, "t.account_id", 1)
    );
    let sql = format!(
        "UPDATE training_group SET trainer_account_id = COALESCE(({heir}), trainer_account_id) WHERE {}",
        in_uuid_list(backend, "trainer_account_id", 1)
    );
    let accounts = uuid_list(backend, who.accounts.iter().map(|id| id.0));
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, [accounts]))
        .await?;
    Ok(())
}
