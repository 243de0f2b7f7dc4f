//! SQL of the curriculum: read whole into memory, written by imports.

pub mod media;

use std::collections::BTreeSet;

use entity::{
    age_band, content_change, domain, domain_text, lesson, lesson_age_band, lesson_disability,
    lesson_release, lesson_variant, module, module_core_for, module_counts_for, module_text,
    option_text, question, question_option, question_text,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, Statement};

use crate::{
    db::{put_rows, remove_rows},
    error::{Error, Result},
};

use super::{
    Catalogue,
    changes::{Marks, Subject},
    rows::Rows,
};

pub mod drafts;

/// The curriculum put together from its rows. The revisions are read first: what is written meanwhile is told again.
pub async fn catalogue(db: &impl ConnectionTrait) -> Result<Catalogue> {
    let marks = Marks::of(&content_change::Entity::find().all(db).await?);
    let mut catalogue = Catalogue::of(all(db).await?);
    catalogue.marks = marks;
    Ok(catalogue)
}

/// The counter of changes.
pub async fn revision(db: &impl ConnectionTrait) -> Result<i64> {
    let found = content_change::Entity::find()
        .filter(content_change::Column::Kind.eq("COUNTER"))
        .one(db)
        .await?;
    Ok(found.map_or(0, |row| row.revision))
}

/// Notes that things changed, each at a revision of its own. The counter is held until the transaction ends, so that
/// revisions are in the order in which changes become visible.
pub async fn note(tx: &impl ConnectionTrait, subjects: BTreeSet<Subject>) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Counted {
        revision: i64,
    }
    if subjects.is_empty() {
        return Ok(());
    }
    let many = i64::try_from(subjects.len()).map_err(Error::internal)?;
    // Raw, because the counter is raised and read in one statement; tested on both engines.
    let sql = "INSERT INTO content_change (kind, subject_id, revision) VALUES ('COUNTER', $1, $2) \
               ON CONFLICT (kind, subject_id) \
               DO UPDATE SET revision = content_change.revision + excluded.revision \
               RETURNING revision";
    let values = [uuid::Uuid::nil().into(), many.into()];
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    let counted = Counted::find_by_statement(statement).one(tx).await?;
    let counted = counted.ok_or_else(|| Error::internal("the counter was not raised"))?;
    let first = counted.revision - many + 1;
    let rows = (first..).zip(subjects);
    let rows = rows
        .map(|(revision, subject)| subject.row(revision))
        .collect();
    put_rows::<content_change::Entity>(tx, rows).await
}

/// Every row of every table of the curriculum: some thousands.
pub async fn all(db: &impl ConnectionTrait) -> Result<Rows> {
    Ok(Rows {
        domains: domain::Entity::find().all(db).await?,
        domain_texts: domain_text::Entity::find().all(db).await?,
        modules: module::Entity::find().all(db).await?,
        module_texts: module_text::Entity::find().all(db).await?,
        counts_for: module_counts_for::Entity::find().all(db).await?,
        core_for: module_core_for::Entity::find().all(db).await?,
        age_bands: age_band::Entity::find().all(db).await?,
        lessons: lesson::Entity::find().all(db).await?,
        lesson_age_bands: lesson_age_band::Entity::find().all(db).await?,
        lesson_disabilities: lesson_disability::Entity::find().all(db).await?,
        releases: lesson_release::Entity::find().all(db).await?,
        variants: lesson_variant::Entity::find().all(db).await?,
        questions: question::Entity::find().all(db).await?,
        question_texts: question_text::Entity::find().all(db).await?,
        options: question_option::Entity::find().all(db).await?,
        option_texts: option_text::Entity::find().all(db).await?,
    })
}

/// Writes rows, in the order their foreign keys ask for.
pub async fn put(db: &impl ConnectionTrait, rows: Rows) -> Result<()> {
    put_rows::<domain::Entity>(db, rows.domains).await?;
    put_rows::<domain_text::Entity>(db, rows.domain_texts).await?;
    put_rows::<module::Entity>(db, rows.modules).await?;
    put_rows::<module_text::Entity>(db, rows.module_texts).await?;
    put_rows::<module_counts_for::Entity>(db, rows.counts_for).await?;
    put_rows::<module_core_for::Entity>(db, rows.core_for).await?;
    put_rows::<age_band::Entity>(db, rows.age_bands).await?;
    put_rows::<lesson::Entity>(db, rows.lessons).await?;
    put_rows::<lesson_age_band::Entity>(db, rows.lesson_age_bands).await?;
    put_rows::<lesson_disability::Entity>(db, rows.lesson_disabilities).await?;
    put_rows::<lesson_release::Entity>(db, rows.releases).await?;
    put_rows::<lesson_variant::Entity>(db, rows.variants).await?;
    put_rows::<question::Entity>(db, rows.questions).await?;
    put_rows::<question_text::Entity>(db, rows.question_texts).await?;
    put_rows::<question_option::Entity>(db, rows.options).await?;
    put_rows::<option_text::Entity>(db, rows.option_texts).await
}

/// Removes rows of the tables an import may take from: links, questions and answers.
pub async fn remove(db: &impl ConnectionTrait, rows: Rows) -> Result<()> {
    remove_rows::<option_text::Entity>(db, rows.option_texts).await?;
    remove_rows::<question_option::Entity>(db, rows.options).await?;
    remove_rows::<question_text::Entity>(db, rows.question_texts).await?;
    remove_rows::<question::Entity>(db, rows.questions).await?;
    remove_rows::<lesson_disability::Entity>(db, rows.lesson_disabilities).await?;
    remove_rows::<lesson_age_band::Entity>(db, rows.lesson_age_bands).await?;
    remove_rows::<module_core_for::Entity>(db, rows.core_for).await?;
    remove_rows::<module_counts_for::Entity>(db, rows.counts_for).await
}
