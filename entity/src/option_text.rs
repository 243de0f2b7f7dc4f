//! What an answer says, by language.

use sea_orm::entity::prelude::*;

use crate::ids::OptionId;

/// An answer in one language.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "option_text")]
pub struct Model {
    /// The answer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub option_id: OptionId,
    /// BCP 47 tag, for example `vi`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub language: String,
    /// What it says.
    pub text: String,
}

impl ActiveModelBehavior for ActiveModel {}
