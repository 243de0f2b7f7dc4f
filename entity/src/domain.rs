//! Domains of the curriculum: home care, inclusion, early development.

use sea_orm::entity::prelude::*;

use crate::ids::DomainId;

/// A domain.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "domain")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub domain_id: DomainId,
    /// For example `HC`.
    pub code: String,
    /// Place among the domains, from 0.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
