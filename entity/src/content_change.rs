//! When each thing of the curriculum last changed: the counter behind the cursor of delta sync.

use sea_orm::entity::prelude::*;
use uuid::Uuid;

/// The revision of the curriculum at which one thing last changed, or the counter itself.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "content_change")]
pub struct Model {
    /// COUNTER, DOMAIN, MODULE or LESSON.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// Which thing; nil for the counter.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: Uuid,
    /// The revision.
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
