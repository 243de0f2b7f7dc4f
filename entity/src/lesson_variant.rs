//! Variants: one release in one language and modality.

use sea_orm::entity::prelude::*;

use crate::ids::ReleaseId;

/// How a variant speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Modality {
    /// Written text.
    #[sea_orm(string_value = "TEXT")]
    Text,
    /// Sound.
    #[sea_orm(string_value = "AUDIO")]
    Audio,
    /// Moving pictures.
    #[sea_orm(string_value = "VIDEO")]
    Video,
    /// Sign language.
    #[sea_orm(string_value = "SIGN_VIDEO")]
    SignVideo,
    /// Short, easy sentences.
    #[sea_orm(string_value = "EASY_READ")]
    EasyRead,
    /// Pictures.
    #[sea_orm(string_value = "PICTURE")]
    Picture,
}

/// A variant.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lesson_variant")]
pub struct Model {
    /// The release.
    #[sea_orm(primary_key, auto_increment = false)]
    pub release_id: ReleaseId,
    /// BCP 47 tag, for example `vi`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub language: String,
    /// How it speaks.
    #[sea_orm(primary_key, auto_increment = false)]
    pub modality: Modality,
    /// Its title.
    pub title: String,
    /// What it is about, in a sentence or two.
    pub summary: String,
    /// Markdown.
    pub body: String,
    /// Size of the body in UTF-8.
    pub bytes: i32,
    /// SHA-256 of the body, lower-case hexadecimal.
    pub sha256: String,
    /// Of a translation, the fingerprint of the source text it was made of; that of this release when absent.
    pub source_sha256: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
