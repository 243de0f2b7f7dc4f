//! The six kinds of disability of the Law on Persons with Disabilities 51/2010/QH12, article 3.

use sea_orm::entity::prelude::*;

/// A kind of disability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Disability {
    /// Khuyết tật vận động.
    #[sea_orm(string_value = "MOBILITY")]
    Mobility,
    /// Khuyết tật nghe, nói.
    #[sea_orm(string_value = "HEARING_SPEECH")]
    HearingSpeech,
    /// Khuyết tật nhìn.
    #[sea_orm(string_value = "VISION")]
    Vision,
    /// Khuyết tật thần kinh, tâm thần.
    #[sea_orm(string_value = "NEURO_MENTAL")]
    NeuroMental,
    /// Khuyết tật trí tuệ.
    #[sea_orm(string_value = "INTELLECTUAL")]
    Intellectual,
    /// Khuyết tật khác.
    #[sea_orm(string_value = "OTHER")]
    Other,
}
