//! What tells people of one name apart, and how to reach one of them.

use sea_orm::entity::prelude::*;

use crate::ids::PersonId;

/// Of one person.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person_particulars")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// The person's bucket.
    pub bucket: i32,
    /// The name without case and diacritics.
    #[sea_orm(column_type = "Text")]
    pub name_fold: String,
    /// Year of birth, if told.
    pub birth_year: Option<i32>,
    /// A telephone to reach the person on, E.164. Families share one.
    #[sea_orm(column_type = "Text", nullable)]
    pub phone: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
