//! How many people a lesson is assigned to, counted where they live.

use entity::ids::{AreaId, LessonId, ModuleId};
use sea_orm::{ConnectionTrait, Statement};

use crate::error::Result;

/// The members of groups in use to whom a lesson, or the whole of its module, is assigned, each once, by commune.
///
/// # Errors
/// When the database does not answer.
pub async fn assigned_lesson(
    db: &impl ConnectionTrait,
    (module, lesson): (ModuleId, LessonId),
) -> Result<Vec<(AreaId, i64)>> {
    // Raw, because it is counted on the server; tested on both engines.
    let sql = "SELECT r.area_id AS area_id, COUNT(DISTINCT m.person_id) AS assigned \
               FROM assignment a \
               JOIN training_group g ON g.group_id = a.group_id AND g.archived_at IS NULL \
               JOIN group_member m ON m.group_id = g.group_id AND m.left_on IS NULL \
                AND (a.person_id IS NULL OR a.person_id = m.person_id) \
               JOIN residence r ON r.person_id = m.person_id AND r.to_on IS NULL \
               WHERE a.module_id = $1 AND (a.lesson_id IS NULL OR a.lesson_id = $2) AND a.withdrawn_at IS NULL GROUP BY r.area_id";
    let backend = db.get_database_backend();
    let statement =
        Statement::from_sql_and_values(backend, sql, [module.0.into(), lesson.0.into()]);
    let rows = db.query_all_raw(statement).await?.into_iter();
    rows.map(|row| Ok((row.try_get("", "area_id")?, row.try_get("", "assigned")?)))
        .collect()
}
