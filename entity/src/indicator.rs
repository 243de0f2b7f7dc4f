//! Indicators of programmes: what is counted, and how.

use sea_orm::entity::prelude::*;

use crate::ids::{IndicatorId, ProgrammeId};

/// Whose learning makes the numerator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Computed {
    /// Caregivers of children in the population.
    #[sea_orm(string_value = "CAREGIVER")]
    Caregiver,
    /// Staff.
    #[sea_orm(string_value = "STAFF")]
    Staff,
    /// Children, through their caregivers.
    #[sea_orm(string_value = "CHILD")]
    Child,
    /// Distinct persons in either part.
    #[sea_orm(string_value = "UNION")]
    Union,
    /// Nobody: areas report the value with its source.
    #[sea_orm(string_value = "REPORTED")]
    Reported,
}

/// How far learning has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Tier {
    /// A lesson was opened or attended.
    #[sea_orm(string_value = "REACHED")]
    Reached,
    /// Every applicable core lesson is completed.
    #[sea_orm(string_value = "COMPLETED")]
    Completed,
    /// Their quizzes are passed too.
    #[sea_orm(string_value = "DEMONSTRATED")]
    Demonstrated,
    /// A re-check was passed at least 30 days later.
    #[sea_orm(string_value = "RETAINED")]
    Retained,
    /// Practised at home, or observed.
    #[sea_orm(string_value = "PRACTISED")]
    Practised,
}

/// An indicator.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "indicator")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub indicator_id: IndicatorId,
    /// Its programme.
    pub programme_id: ProgrammeId,
    /// For example `D3`.
    pub code: String,
    /// Its name for programs.
    pub key: String,
    /// Place among the indicators, from 0.
    pub position: i32,
    /// Name in Vietnamese.
    pub name_vi: String,
    /// Name in English.
    pub name_en: String,
    /// What is counted: child, caregiver, staff, admin_unit …
    pub unit: String,
    /// What the numerator holds.
    pub numerator_en: String,
    /// What the denominator holds.
    pub denominator_en: Option<String>,
    /// The indicator it is a part of.
    pub parent_id: Option<IndicatorId>,
    /// The indicator a plan worded otherwise.
    pub variant_of_id: Option<IndicatorId>,
    /// Indicators of one family are protected together: the same pools.
    pub family: String,
    /// Whose learning makes the numerator, if any.
    pub computed: Computed,
    /// The tier a coverage question means when it names none; absent where areas report the value.
    pub default_tier: Option<Tier>,
    /// Age in months from which a child is no longer in the population.
    pub max_age_months: Option<i32>,
}

impl ActiveModelBehavior for ActiveModel {}
