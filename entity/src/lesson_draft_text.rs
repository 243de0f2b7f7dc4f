//! Texts of a draft: one language and modality each.

use sea_orm::entity::prelude::*;

use crate::{ids::ReleaseId, lesson_variant::Modality};

/// One text.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lesson_draft_text")]
pub struct Model {
    /// The draft.
    #[sea_orm(primary_key, auto_increment = false)]
    pub draft_id: ReleaseId,
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
    /// Of a translation, the fingerprint of the source text it was made of; absent in the source language.
    pub source_sha256: Option<String>,
    /// When it was last written.
    pub changed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
