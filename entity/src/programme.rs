//! Programmes: national decisions and what they are for.

use sea_orm::entity::prelude::*;

use crate::ids::ProgrammeId;

/// A programme.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "programme")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub programme_id: ProgrammeId,
    /// For example `VN1438`.
    pub code: String,
    /// Number of the decision.
    pub decision: String,
    /// The day it was signed.
    pub issued_on: Date,
    /// Who signed it, in Vietnamese.
    pub issuer_vi: String,
    /// Who signed it, in English.
    pub issuer_en: String,
    /// Title in Vietnamese.
    pub title_vi: String,
    /// Title in English.
    pub title_en: String,
    /// Whom it is for, in Vietnamese.
    pub population_vi: String,
    /// Whom it is for, in English.
    pub population_en: String,
    /// Its general objective, verbatim.
    pub objective_vi: String,
    /// Where the decision can be read, one address a line.
    pub sources: String,
    /// Whether "to age 8" holds the whole ninth year: under 108 months instead of under 96.
    pub early_years_inclusive: bool,
}

impl ActiveModelBehavior for ActiveModel {}
