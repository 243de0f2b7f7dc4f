//! What a domain is called, by language.

use sea_orm::entity::prelude::*;

use crate::ids::DomainId;

/// A domain in one language.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "domain_text")]
pub struct Model {
    /// Whose text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub domain_id: DomainId,
    /// BCP 47 tag, for example `vi`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub language: String,
    /// Its title.
    pub title: String,
    /// What it is about, in a sentence or two.
    pub summary: String,
}

impl ActiveModelBehavior for ActiveModel {}
