//! Statements on drafts: reading them, writing them, and making a release of one.

use std::collections::HashMap;

use entity::{
    ids::{AccountId, LessonId, ReleaseId},
    lesson, lesson_age_band, lesson_disability, lesson_draft,
    lesson_draft::DraftState,
    lesson_draft_author, lesson_draft_step, lesson_draft_text, lesson_release, lesson_variant,
    lesson_variant::Modality,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Statement, sea_query::OnConflict,
};

use crate::{
    content::editing::{Draft, DraftPlace},
    db::{in_uuid_list, put_rows, uuid_list},
    error::Result,
};

/// Lets only one transaction at a time change a lesson, its releases and its drafts.
pub async fn lock_lesson(tx: &impl ConnectionTrait, id: LessonId) -> Result<Option<lesson::Model>> {
    Ok(lesson::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx)
        .await?)
}

/// Writes a lesson that nobody sees yet, at the end of its module. Answers whether its id and its code were free.
pub async fn insert_lesson(tx: &impl ConnectionTrait, row: lesson::Model) -> Result<bool> {
    let taken = OnConflict::new().do_nothing().to_owned();
    let inserted = lesson::Entity::insert(row.into_active_model())
        .on_conflict(taken)
        .exec_without_returning(tx)
        .await?;
    Ok(inserted > 0)
}

/// The place behind the last lesson of a module.
pub async fn next_position(tx: &impl ConnectionTrait, lesson: &lesson::Model) -> Result<i32> {
    let last = lesson::Entity::find()
        .filter(lesson::Column::ModuleId.eq(lesson.module_id))
        .order_by_desc(lesson::Column::Position)
        .one(tx)
        .await?;
    Ok(last.map_or(0, |last| last.position + 1))
}

/// A draft with everything of it.
pub async fn draft(db: &impl ConnectionTrait, id: ReleaseId) -> Result<Option<Draft>> {
    let row = lesson_draft::Entity::find_by_id(id).one(db).await?;
    match row {
        Some(row) => Ok(whole(db, vec![row]).await?.pop()),
        None => Ok(None),
    }
}

/// The open draft of a lesson.
pub async fn open_draft(db: &impl ConnectionTrait, lesson: LessonId) -> Result<Option<Draft>> {
    let row = lesson_draft::Entity::find()
        .filter(lesson_draft::Column::LessonId.eq(lesson))
        .filter(lesson_draft::Column::ClosedAt.is_null())
        .one(db)
        .await?;
    match row {
        Some(row) => Ok(whole(db, vec![row]).await?.pop()),
        None => Ok(None),
    }
}

/// Drafts, changed last first, at most `limit` behind a place.
pub async fn drafts(
    db: &impl ConnectionTrait,
    state: Option<DraftState>,
    after: Option<DraftPlace>,
    limit: u64,
) -> Result<Vec<Draft>> {
    use lesson_draft::Column as C;
    let mut query = lesson_draft::Entity::find()
        .order_by_desc(C::ChangedAt)
        .order_by_desc(C::DraftId)
        .limit(limit);
    query = match state {
        Some(state) => query.filter(C::State.eq(state)),
        None => query.filter(C::ClosedAt.is_null()),
    };
    if let Some(DraftPlace { changed_at, id }) = after {
        let same = Condition::all()
            .add(C::ChangedAt.eq(changed_at))
            .add(C::DraftId.lt(id));
        query = query.filter(Condition::any().add(C::ChangedAt.lt(changed_at)).add(same));
    }
    whole(db, query.all(db).await?).await
}

/// The drafts of rows with their lessons, texts, authors and steps: four statements for all of them.
async fn whole(db: &impl ConnectionTrait, rows: Vec<lesson_draft::Model>) -> Result<Vec<Draft>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let backend = db.get_database_backend();
    let ids: Vec<uuid::Uuid> = rows.iter().map(|row| row.draft_id.0).collect();
    // Raw, because the text must not change with the length of the list; tested on both engines.
    let of = |table: &str, order: &str| {
        let sql = format!(
            "SELECT * FROM {table} WHERE {} ORDER BY {order}",
            in_uuid_list(backend, "draft_id", 1)
        );
        Statement::from_sql_and_values(backend, sql, [uuid_list(backend, ids.iter().copied())])
    };
    let texts = lesson_draft_text::Entity::find()
        .from_raw_sql(of("lesson_draft_text", "language, modality"))
        .all(db)
        .await?;
    let authors = lesson_draft_author::Entity::find()
        .from_raw_sql(of("lesson_draft_author", "account_id"))
        .all(db)
        .await?;
    let steps = lesson_draft_step::Entity::find()
        .from_raw_sql(of("lesson_draft_step", "revision, step_id"))
        .all(db)
        .await?;
    let sql = format!(
        "SELECT * FROM lesson WHERE {}",
        in_uuid_list(backend, "lesson_id", 1)
    );
    let list = uuid_list(backend, rows.iter().map(|row| row.lesson_id.0));
    let lessons = lesson::Entity::find()
        .from_raw_sql(Statement::from_sql_and_values(backend, sql, [list]))
        .all(db)
        .await?;
    let lessons: HashMap<LessonId, lesson::Model> = lessons
        .into_iter()
        .map(|lesson| (lesson.lesson_id, lesson))
        .collect();
    let draft = |row: lesson_draft::Model| {
        Some(Draft {
            lesson: lessons.get(&row.lesson_id)?.clone(),
            row,
            texts: Vec::new(),
            authors: Vec::new(),
            steps: Vec::new(),
        })
    };
    let mut drafts: Vec<Draft> = rows.into_iter().filter_map(draft).collect();
    let place: HashMap<ReleaseId, usize> = drafts
        .iter()
        .enumerate()
        .map(|(at, draft)| (draft.row.draft_id, at))
        .collect();
    for text in texts {
        let at = place.get(&text.draft_id).copied().unwrap_or(usize::MAX);
        if let Some(draft) = drafts.get_mut(at) {
            draft.texts.push(text);
        }
    }
    for author in authors {
        let at = place.get(&author.draft_id).copied().unwrap_or(usize::MAX);
        if let Some(draft) = drafts.get_mut(at) {
            draft.authors.push(author.account_id);
        }
    }
    for step in steps {
        let at = place.get(&step.draft_id).copied().unwrap_or(usize::MAX);
        if let Some(draft) = drafts.get_mut(at) {
            draft.steps.push(step);
        }
    }
    Ok(drafts)
}

/// Writes a draft's row, new or changed, and the texts given.
pub async fn put_draft(
    tx: &impl ConnectionTrait,
    row: lesson_draft::Model,
    texts: Vec<lesson_draft_text::Model>,
) -> Result<()> {
    put_rows::<lesson_draft::Entity>(tx, vec![row]).await?;
    put_rows::<lesson_draft_text::Entity>(tx, texts).await
}

/// Takes a text out of a draft.
pub async fn remove_text(
    tx: &impl ConnectionTrait,
    draft: ReleaseId,
    language: &str,
    modality: Modality,
) -> Result<()> {
    let key = (draft, language.to_owned(), modality);
    lesson_draft_text::Entity::delete_by_id(key)
        .exec(tx)
        .await?;
    Ok(())
}

/// Remembers who wrote in a draft.
pub async fn add_author(
    tx: &impl ConnectionTrait,
    draft_id: ReleaseId,
    account_id: AccountId,
) -> Result<()> {
    let row = lesson_draft_author::Model {
        draft_id,
        account_id,
    };
    let known = OnConflict::new().do_nothing().to_owned();
    lesson_draft_author::Entity::insert(row.into_active_model())
        .on_conflict(known)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Full names of the persons of accounts.
pub async fn names_of(db: &impl ConnectionTrait, accounts: &[AccountId]) -> Result<Vec<String>> {
    // Raw, because the text must not change with the length of the list; tested on both engines.
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT p.full_name FROM account a JOIN person p ON p.person_id = a.person_id WHERE {}",
        in_uuid_list(backend, "a.account_id", 1)
    );
    let list = uuid_list(backend, accounts.iter().map(|id| id.0));
    let rows = db
        .query_all_raw(Statement::from_sql_and_values(backend, sql, [list]))
        .await?;
    let name = |row: sea_orm::QueryResult| Ok(row.try_get("", "full_name")?);
    rows.into_iter().map(name).collect()
}

/// Remembers what was decided.
pub async fn add_step(tx: &impl ConnectionTrait, row: lesson_draft_step::Model) -> Result<()> {
    put_rows::<lesson_draft_step::Entity>(tx, vec![row]).await
}

/// The releases of a lesson by number.
pub async fn releases_of(
    db: &impl ConnectionTrait,
    lesson: LessonId,
) -> Result<Vec<lesson_release::Model>> {
    Ok(lesson_release::Entity::find()
        .filter(lesson_release::Column::LessonId.eq(lesson))
        .order_by_asc(lesson_release::Column::Number)
        .all(db)
        .await?)
}

/// One release.
pub async fn release(
    db: &impl ConnectionTrait,
    id: ReleaseId,
) -> Result<Option<lesson_release::Model>> {
    Ok(lesson_release::Entity::find_by_id(id).one(db).await?)
}

/// The texts of a release.
pub async fn variants_of(
    db: &impl ConnectionTrait,
    release: ReleaseId,
) -> Result<Vec<lesson_variant::Model>> {
    Ok(lesson_variant::Entity::find()
        .filter(lesson_variant::Column::ReleaseId.eq(release))
        .all(db)
        .await?)
}

/// Codes of the age bands a lesson is for, and kinds of disability.
pub async fn meant_for(
    db: &impl ConnectionTrait,
    lesson: LessonId,
) -> Result<(Vec<lesson_age_band::Model>, Vec<lesson_disability::Model>)> {
    let bands = lesson_age_band::Entity::find()
        .filter(lesson_age_band::Column::LessonId.eq(lesson))
        .order_by_asc(lesson_age_band::Column::AgeBand)
        .all(db)
        .await?;
    let kinds = lesson_disability::Entity::find()
        .filter(lesson_disability::Column::LessonId.eq(lesson))
        .order_by_asc(lesson_disability::Column::Disability)
        .all(db)
        .await?;
    Ok((bands, kinds))
}

/// Writes a lesson's row and whom it is for, in place of what was said before.
pub async fn put_lesson(
    tx: &impl ConnectionTrait,
    row: lesson::Model,
    bands: Vec<lesson_age_band::Model>,
    kinds: Vec<lesson_disability::Model>,
) -> Result<()> {
    let id = row.lesson_id;
    put_rows::<lesson::Entity>(tx, vec![row]).await?;
    lesson_age_band::Entity::delete_many()
        .filter(lesson_age_band::Column::LessonId.eq(id))
        .exec(tx)
        .await?;
    lesson_disability::Entity::delete_many()
        .filter(lesson_disability::Column::LessonId.eq(id))
        .exec(tx)
        .await?;
    put_rows::<lesson_age_band::Entity>(tx, bands).await?;
    put_rows::<lesson_disability::Entity>(tx, kinds).await
}

/// Writes releases, those that end before those that begin, and the texts of new ones.
pub async fn put_releases(
    tx: &impl ConnectionTrait,
    releases: Vec<lesson_release::Model>,
    variants: Vec<lesson_variant::Model>,
) -> Result<()> {
    for release in releases {
        put_rows::<lesson_release::Entity>(tx, vec![release]).await?;
    }
    put_rows::<lesson_variant::Entity>(tx, variants).await
}
