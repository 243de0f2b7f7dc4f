//! Elements of compound indicators: what is to be there together, each reported apart too.

use sea_orm::entity::prelude::*;

use crate::ids::IndicatorId;

/// One element of one indicator.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "indicator_element")]
pub struct Model {
    /// The indicator.
    #[sea_orm(primary_key, auto_increment = false)]
    pub indicator_id: IndicatorId,
    /// For example `NETWORK`; of capital letters and `_`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// Place among the indicator's elements, from 0.
    pub position: i32,
    /// Name in Vietnamese.
    pub name_vi: String,
    /// Name in English.
    pub name_en: String,
}

impl ActiveModelBehavior for ActiveModel {}
