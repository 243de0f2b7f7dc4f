//! Media: what was uploaded, the files made of it, what it shows and says; and the keys of the installation.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// The step.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const TYPES: [&str; 8] = ["JPEG", "PNG", "WEBP", "MP3", "OGG", "M4A", "MP4", "WEBM"];
const PURPOSES: [&str; 3] = ["ADDRESS", "CODE", "PACKAGE"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [media(), media_text(), server_key()] {
            manager.create_table(table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["server_key", "media_text", "media"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn media() -> TableCreateStatement {
    Table::create()
        .table("media")
        .col(id("media_id"))
        .col(text("sha256"))
        .col(text("file_type"))
        .col(whole("bytes"))
        .col(text("files"))
        .col(id("uploaded_by"))
        .col(instant("uploaded_at"))
        .primary_key(Index::create().name("pk_media").col("media_id"))
        .index(
            Index::create()
                .unique()
                .name("uq_media_sha256")
                .col("sha256"),
        )
        .check(one_of("ck_media_file_type", "file_type", &TYPES))
        .to_owned()
}

fn media_text() -> TableCreateStatement {
    Table::create()
        .table("media_text")
        .col(id("media_id"))
        .col(text("language"))
        .col(text_null("alt_text"))
        .col(text_null("transcript"))
        .primary_key(
            Index::create()
                .name("pk_media_text")
                .col("media_id")
                .col("language"),
        )
        .foreign_key(&mut belongs("media_text", "media_id", "media"))
        .to_owned()
}

fn server_key() -> TableCreateStatement {
    Table::create()
        .table("server_key")
        .col(text("purpose"))
        .col(whole("number"))
        .col(text("secret"))
        .col(instant("made_at"))
        .col(instant_null("revoked_at"))
        .primary_key(
            Index::create()
                .name("pk_server_key")
                .col("purpose")
                .col("number"),
        )
        .check(one_of("ck_server_key_purpose", "purpose", &PURPOSES))
        .to_owned()
}
