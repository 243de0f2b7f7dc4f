//! Pictures, sounds and films that lessons show.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, MediaId};

/// What a file is, as its first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum FileType {
    /// A photograph.
    #[sea_orm(string_value = "JPEG")]
    Jpeg,
    /// A drawing.
    #[sea_orm(string_value = "PNG")]
    Png,
    /// Either.
    #[sea_orm(string_value = "WEBP")]
    Webp,
    /// Sound.
    #[sea_orm(string_value = "MP3")]
    Mp3,
    /// Sound.
    #[sea_orm(string_value = "OGG")]
    Ogg,
    /// Sound.
    #[sea_orm(string_value = "M4A")]
    M4a,
    /// A film.
    #[sea_orm(string_value = "MP4")]
    Mp4,
    /// A film.
    #[sea_orm(string_value = "WEBM")]
    Webm,
}

/// A picture, sound or film.
///
/// Invariant: a row is written once the bytes were checked and the files it names are there.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub media_id: MediaId,
    /// SHA-256 of what was uploaded, lower-case hexadecimal.
    pub sha256: String,
    /// What was uploaded.
    pub file_type: FileType,
    /// Size of what was uploaded.
    pub bytes: i32,
    /// The files that are served, smallest first: JSON.
    pub files: String,
    /// Who uploaded it. No foreign key: media stay when an account is erased.
    pub uploaded_by: AccountId,
    /// When it was there, whole and checked.
    pub uploaded_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
