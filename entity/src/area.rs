//! Areas: country, provinces, districts and communes, each during one life span.

use sea_orm::entity::prelude::*;

use crate::ids::AreaId;

/// One area during one life span. Names, codes and parents are dated rows beside it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "area")]
pub struct Model {
    /// Ours, never an official code: those are reused.
    #[sea_orm(primary_key, auto_increment = false)]
    pub area_id: AreaId,
    /// Its place in the tree.
    pub level: AreaLevel,
    /// First day; unknown and before all records when absent.
    pub valid_from: Option<Date>,
    /// Last day, inclusive; open when absent.
    pub valid_to: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}

/// A level of the tree, highest first. Districts ended on 2025-06-30.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum AreaLevel {
    /// The country.
    #[sea_orm(string_value = "COUNTRY")]
    Country,
    /// Tỉnh, or thành phố directly under the country.
    #[sea_orm(string_value = "PROVINCE")]
    Province,
    /// Quận, huyện, thị xã, or thành phố inside a province.
    #[sea_orm(string_value = "DISTRICT")]
    District,
    /// Xã, phường, thị trấn, đặc khu.
    #[sea_orm(string_value = "COMMUNE")]
    Commune,
}
