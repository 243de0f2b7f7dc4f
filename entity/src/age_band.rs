//! Age bands of lessons, in months since the month of birth.

use sea_orm::entity::prelude::*;

/// An age band.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "age_band")]
pub struct Model {
    /// For example `A3`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub age_band: String,
    /// Youngest age in months; absent for the band before birth.
    pub from_month: Option<i32>,
    /// Age in months from which it is over.
    pub to_month_exclusive: i32,
    /// Its name in Vietnamese.
    pub label_vi: String,
    /// Its name in English.
    pub label_en: String,
}

impl ActiveModelBehavior for ActiveModel {}
