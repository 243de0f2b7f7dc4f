//! SQL of media: what was uploaded, and what it shows and says.

use entity::{
    ids::MediaId,
    media::{self, Model},
    media_text,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Statement, sea_query::OnConflict,
};

use crate::{
    db::{in_uuid_list, put_rows, uuid_list},
    error::Result,
};

/// Media with what they show and say.
pub type Found = (Model, Vec<media_text::Model>);

/// The media of these ids; those that are not there are left out.
pub async fn of_ids(db: &impl ConnectionTrait, ids: &[MediaId]) -> Result<Vec<Found>> {
    // Raw: one text whatever the number of ids; tested on both engines.
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT media_id, sha256, file_type, bytes, files, uploaded_by, uploaded_at FROM media WHERE {}",
        in_uuid_list(backend, "media_id", 1)
    );
    let values = [uuid_list(backend, ids.iter().map(|id| id.0))];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let found = media::Entity::find()
        .from_raw_sql(statement)
        .all(db)
        .await?;
    with_texts(db, found).await
}

/// The media uploaded with these bytes, if any.
pub async fn of_hash(db: &impl ConnectionTrait, sha256: &str) -> Result<Option<Found>> {
    let found = media::Entity::find().filter(media::Column::Sha256.eq(sha256));
    let found = found.one(db).await?.into_iter().collect();
    Ok(with_texts(db, found).await?.pop())
}

/// Media, the newest first, older than one of them.
pub async fn newest(
    db: &impl ConnectionTrait,
    before: Option<MediaId>,
    first: u64,
) -> Result<Vec<Found>> {
    let mut wanted = media::Entity::find().order_by_desc(media::Column::MediaId);
    if let Some(before) = before {
        wanted = wanted.filter(media::Column::MediaId.lt(before));
    }
    let found = wanted.limit(first).all(db).await?;
    with_texts(db, found).await
}

async fn with_texts(db: &impl ConnectionTrait, found: Vec<Model>) -> Result<Vec<Found>> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    // Raw: one text whatever the number of ids; tested on both engines.
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT media_id, language, alt_text, transcript FROM media_text WHERE {} ORDER BY language",
        in_uuid_list(backend, "media_id", 1)
    );
    let values = [uuid_list(backend, found.iter().map(|row| row.media_id.0))];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let texts = media_text::Entity::find()
        .from_raw_sql(statement)
        .all(db)
        .await?;
    let with_texts = |row: Model| {
        let own = texts.iter().filter(|text| text.media_id == row.media_id);
        let own = own.cloned().collect();
        (row, own)
    };
    Ok(found.into_iter().map(with_texts).collect())
}

/// Writes media, unless the same bytes or the same id are there.
pub async fn add(db: &impl ConnectionTrait, row: Model) -> Result<()> {
    media::Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes what media show and say in one language.
pub async fn describe(db: &impl ConnectionTrait, text: media_text::Model) -> Result<()> {
    put_rows::<media_text::Entity>(db, vec![text]).await
}
