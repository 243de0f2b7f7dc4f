//! A person a programme counts; may have no account and no phone.

use sea_orm::entity::prelude::*;

use crate::ids::PersonId;

/// One person.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    /// Made by the client or by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// 0-1023, from the first person of the family; never changes.
    pub bucket: i32,
    /// As shown, NFC.
    #[sea_orm(column_type = "Text")]
    pub full_name: String,
    /// Orders people by given name in Vietnamese order.
    #[sea_orm(column_type = "Text")]
    pub name_sort_key: String,
    /// Testers never count.
    pub exclude_from_reporting: bool,
    /// When the person was recorded.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
