//! Who has to do with one lesson, counted where people live.

use entity::ids::{AreaId, LessonId, ReleaseId};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};

use crate::{
    db::{in_uuid_list, uuid_list},
    error::Result,
};

/// People of one commune, by how far a lesson is.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct LearnersOfLesson {
    /// The commune.
    pub area_id: AreaId,
    /// Finished some release.
    pub completed: i64,
    /// Of these, those who finished one of the releases that count.
    pub counting: i64,
    /// Opened it and did not finish.
    pub in_progress: i64,
}

/// The people with an event about a lesson that was not taken back, by commune. A merged duplicate is the person it is.
pub async fn learners_of_lesson(
    db: &impl ConnectionTrait,
    lesson: LessonId,
    counting: &[ReleaseId],
) -> Result<Vec<LearnersOfLesson>> {
    // Raw: folded to one row a person and grouped on the server; tested on both engines.
    let backend = db.get_database_backend();
    let sql = format!(
        "WITH person_state AS ( \
           SELECT COALESCE(s.canonical_id, e.person_id) AS person_id, \
             MAX(CASE WHEN e.kind IN ('COMPLETED', 'ATTENDED_IN_PERSON') THEN 1 ELSE 0 END) AS done, \
             MAX(CASE WHEN e.kind IN ('COMPLETED', 'ATTENDED_IN_PERSON') AND {} THEN 1 ELSE 0 END) AS counts \
           FROM learning_event e \
           LEFT JOIN same_as s ON s.person_id = e.person_id AND s.undone_at IS NULL \
           WHERE e.lesson_id = $1 AND e.kind IN ('OPENED', 'PROGRESSED', 'COMPLETED', 'ATTENDED_IN_PERSON') \
             AND NOT EXISTS (SELECT 1 FROM learning_event v WHERE v.target_event_id = e.event_id) \
           GROUP BY COALESCE(s.canonical_id, e.person_id)) \
         SELECT r.area_id AS area_id, CAST(SUM(p.done) AS BIGINT) AS completed, \
           CAST(SUM(p.counts) AS BIGINT) AS counting, CAST(SUM(1 - p.done) AS BIGINT) AS in_progress \
         FROM person_state p JOIN residence r ON r.person_id = p.person_id AND r.to_on IS NULL \
         GROUP BY r.area_id",
        in_uuid_list(backend, "e.release_id", 2)
    );
    let values: [Value; 2] = [
        lesson.0.into(),
        uuid_list(backend, counting.iter().map(|id| id.0)),
    ];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    Ok(LearnersOfLesson::find_by_statement(statement)
        .all(db)
        .await?)
}
