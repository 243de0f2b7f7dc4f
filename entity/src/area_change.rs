//! Changes of areas: what one decision did on one day.

use sea_orm::entity::prelude::*;

use crate::ids::AreaChangeId;

/// One kind of change by one decision on one day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "area_change")]
pub struct Model {
    /// The change.
    #[sea_orm(primary_key, auto_increment = false)]
    pub area_change_id: AreaChangeId,
    /// Number of the decision, as its source writes it.
    pub decision: String,
    /// First day on which the new state holds.
    pub effective_on: Date,
    /// What was done.
    pub kind: AreaChangeKind,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a change does to areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum AreaChangeKind {
    /// Another name; the same area.
    #[sea_orm(string_value = "RENAMED")]
    Renamed,
    /// Another unit type; the same area.
    #[sea_orm(string_value = "RETYPED")]
    Retyped,
    /// Whole areas became part of a new one.
    #[sea_orm(string_value = "MERGED")]
    Merged,
    /// One area's parts went to several new ones.
    #[sea_orm(string_value = "SPLIT")]
    Split,
    /// A part of an area went to another that goes on under the same name.
    #[sea_orm(string_value = "PART_TRANSFERRED")]
    PartTransferred,
    /// A level of the tree ended; its areas have no successor of their own.
    #[sea_orm(string_value = "LEVEL_ABOLISHED")]
    LevelAbolished,
    /// A district became a commune of the type đặc khu.
    #[sea_orm(string_value = "BECAME_SPECIAL_ZONE")]
    BecameSpecialZone,
}
