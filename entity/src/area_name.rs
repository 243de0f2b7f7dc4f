//! What an area was called, and what type of unit it was, from when until when.

use sea_orm::entity::prelude::*;

use crate::ids::AreaId;

/// One official name during one time.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "area_name")]
pub struct Model {
    /// The area named.
    #[sea_orm(primary_key, auto_increment = false)]
    pub area_id: AreaId,
    /// Counts the area's names from the oldest, 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// First day; since the area began when absent.
    pub valid_from: Option<Date>,
    /// Last day, inclusive; until the area ends when absent.
    pub valid_to: Option<Date>,
    /// In full with its unit type: "Phường Thuận An". NFC.
    pub name: String,
    /// The name without case, diacritics and đ, for searching.
    pub name_folded: String,
    /// Bytes that sort as the name without its unit type does in Vietnamese.
    pub sort_key: Vec<u8>,
    /// The unit type.
    pub unit_type: UnitType,
}

impl ActiveModelBehavior for ActiveModel {}

/// The type of an administrative unit, which its full name begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum UnitType {
    /// The country.
    #[sea_orm(string_value = "COUNTRY")]
    Country,
    /// Tỉnh.
    #[sea_orm(string_value = "PROVINCE")]
    Province,
    /// Thành phố: a province, or until 2025 a district.
    #[sea_orm(string_value = "CITY")]
    City,
    /// Quận.
    #[sea_orm(string_value = "URBAN_DISTRICT")]
    UrbanDistrict,
    /// Huyện.
    #[sea_orm(string_value = "RURAL_DISTRICT")]
    RuralDistrict,
    /// Thị xã.
    #[sea_orm(string_value = "TOWN")]
    Town,
    /// Phường.
    #[sea_orm(string_value = "WARD")]
    Ward,
    /// Xã.
    #[sea_orm(string_value = "COMMUNE")]
    Commune,
    /// Thị trấn.
    #[sea_orm(string_value = "TOWNSHIP")]
    Township,
    /// Đặc khu.
    #[sea_orm(string_value = "SPECIAL_ZONE")]
    SpecialZone,
}
