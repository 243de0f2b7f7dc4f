//! SQL of the curriculum: read whole into memory, written by imports.

use entity::{
    age_band, domain, domain_text, lesson, lesson_age_band, lesson_disability, lesson_release,
    lesson_variant, module, module_core_for, module_counts_for, module_text, option_text, question,
    question_option, question_text,
};
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::{
    db::{put_rows, remove_rows},
    error::Result,
};

use super::rows::Rows;

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
