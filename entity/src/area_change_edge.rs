//! From which areas to which a change led.

use sea_orm::entity::prelude::*;

use crate::ids::{AreaChangeId, AreaId};

/// One edge of a change. A rename or retype leads from an area to itself.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "area_change_edge")]
pub struct Model {
    /// The change.
    #[sea_orm(primary_key, auto_increment = false)]
    pub area_change_id: AreaChangeId,
    /// The area that ended, or was renamed or retyped.
    #[sea_orm(primary_key, auto_increment = false)]
    pub from_area_id: AreaId,
    /// The area that all or part of it belongs to from the change on.
    #[sea_orm(primary_key, auto_increment = false)]
    pub to_area_id: AreaId,
    /// Share of the old area's population, above 0 to 1; absent where no source gives one.
    pub share: Option<f64>,
}

impl ActiveModelBehavior for ActiveModel {}
