//! What media show and say, for those who cannot see or hear them.

use sea_orm::entity::prelude::*;

use crate::ids::MediaId;

/// Media told in one language.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media_text")]
pub struct Model {
    /// What is told.
    #[sea_orm(primary_key, auto_increment = false)]
    pub media_id: MediaId,
    /// BCP 47 tag, for example `vi`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub language: String,
    /// What a picture shows, or what a sound or film is about.
    pub alt_text: Option<String>,
    /// What is said in a sound or film, word for word.
    pub transcript: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
