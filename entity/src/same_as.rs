//! Two records of one person: decided by an administrator, dated, and undoable. Nothing of either is moved.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, PersonId, SameAsId};

/// One merge. At most one of a duplicate stands at a time.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "same_as")]
pub struct Model {
    /// Made by the client or by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub same_as_id: SameAsId,
    /// The duplicate: its events keep it, and it has no state and is counted nowhere.
    pub person_id: PersonId,
    /// The person it is: state and counting are hers.
    pub canonical_id: PersonId,
    /// Who decided.
    pub merged_by: AccountId,
    /// When.
    pub merged_at: DateTimeUtc,
    /// Who undid it.
    pub undone_by: Option<AccountId>,
    /// When it was undone; stands when absent.
    pub undone_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
