//! What is looked up, and what must not be missed when a row others point at goes, is found by an index.

use sea_orm_migration::prelude::*;

/// The step.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

/// An index: its table and column; `true` leaves rows out in which the column is empty.
const INDEXES: [(&str, &str, bool); 21] = [
    // Who lives there: previews of area changes, groups' rules.
    ("residence", "area_id", false),
    ("residence", "atom_id", false),
    // A group's members, also those who left.
    ("group_member", "group_id", false),
    // Who else has this telephone.
    ("person_particulars", "phone", true),
    // Clearing what has expired.
    ("notice", "expires_at", false),
    ("reminder_day", "notice_id", false),
    // Erasing somebody or an account, and telling her what is held.
    ("learning_event", "actor_account_id", false),
    ("consent", "given_by", true),
    ("quarantined_event", "settled_by", true),
    ("certificate", "person_id", false),
    ("child_tier_reached", "child_id", false),
    ("child_tier_reached", "person_id", false),
    ("assignment_excuse", "assignment_id", false),
    ("assignment_excuse", "person_id", false),
    ("assignment_excuse", "excused_by", false),
    ("claim_code", "person_id", false),
    ("claim_code", "created_by", false),
    ("follow_up", "person_id", false),
    ("follow_up", "account_id", false),
    ("home_visit", "account_id", false),
    ("session_tick", "corrected_by", true),
];

fn name(table: &str, column: &str) -> String {
    format!("ix_{table}_{}", column.trim_end_matches("_id"))
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column, is_sparse) in INDEXES {
            let mut index = Index::create();
            index.name(name(table, column)).table(table).col(column);
            if is_sparse {
                index.and_where(Expr::col(column).is_not_null());
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column, _) in INDEXES {
            let mut index = Index::drop();
            index.name(name(table, column)).table(table);
            manager.drop_index(index).await?;
        }
        Ok(())
    }
}
