//! Which official code named an area, from when until when. Codes are reused, so a code alone names nothing.

use sea_orm::entity::prelude::*;

use crate::ids::AreaId;

/// One official code during one time.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "area_code")]
pub struct Model {
    /// The area.
    #[sea_orm(primary_key, auto_increment = false)]
    pub area_id: AreaId,
    /// Counts the area's codes from the oldest, 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// First day; since the area began when absent.
    pub valid_from: Option<Date>,
    /// Last day, inclusive; until the area ends when absent.
    pub valid_to: Option<Date>,
    /// Two digits for a province, three for a district, five for a commune, VN for the country.
    pub code: String,
}

impl ActiveModelBehavior for ActiveModel {}
