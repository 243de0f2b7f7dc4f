//! One disability of a child, as far as the caregiver tells it. Sensitive data: needs its own consent.

use sea_orm::entity::prelude::*;

use crate::{
    disability::Disability,
    ids::{ChildDisabilityId, ChildId},
};

/// How severe, in the words of the same law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Degree {
    /// Extremely severe.
    #[sea_orm(string_value = "EXTREMELY_SEVERE")]
    ExtremelySevere,
    /// Severe.
    #[sea_orm(string_value = "SEVERE")]
    Severe,
    /// Mild.
    #[sea_orm(string_value = "MILD")]
    Mild,
}

/// What the entry rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Basis {
    /// A certificate of disability.
    #[sea_orm(string_value = "CERTIFICATE")]
    Certificate,
    /// A screening by somebody trained.
    #[sea_orm(string_value = "SCREENING")]
    Screening,
    /// The caregiver's concern.
    #[sea_orm(string_value = "CONCERN")]
    Concern,
    /// Not told.
    #[sea_orm(string_value = "UNKNOWN")]
    Unknown,
}

/// One entry, valid over `[recorded_on, removed_on)`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "child_disability")]
pub struct Model {
    /// Made by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub child_disability_id: ChildDisabilityId,
    /// The child.
    pub child_id: ChildId,
    /// The child's bucket.
    pub bucket: i32,
    /// Which type; withheld when absent.
    pub disability: Option<Disability>,
    /// How severe; withheld when absent.
    pub degree: Option<Degree>,
    /// What it rests on.
    pub basis: Basis,
    /// When recorded.
    pub recorded_on: Date,
    /// When replaced or removed.
    pub removed_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}
