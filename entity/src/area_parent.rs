//! Which area an area lay directly in, from when until when.

use sea_orm::entity::prelude::*;

use crate::ids::AreaId;

/// One parent during one time.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "area_parent")]
pub struct Model {
    /// The area that lies inside.
    #[sea_orm(primary_key, auto_increment = false)]
    pub area_id: AreaId,
    /// Counts the area's parents from the oldest, 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// First day; since the area began when absent.
    pub valid_from: Option<Date>,
    /// Last day, inclusive; until the area ends when absent.
    pub valid_to: Option<Date>,
    /// The area directly around it, of a higher level.
    pub parent_id: AreaId,
}

impl ActiveModelBehavior for ActiveModel {}
