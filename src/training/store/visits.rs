//! Statements about home visits.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    home_visit,
    ids::{AccountId, HomeVisitId, PersonId},
};
use sea_orm::{
    ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, sea_query::OnConflict,
};

use super::{all, read_lessons};
use crate::{
    error::{Error, Result},
    training::visiting::HomeVisit,
};

/// Writes a visit. Answers whether its id was free; when not, nothing was written.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_visit(tx: &impl ConnectionTrait, new: home_visit::Model) -> Result<bool> {
    let there = OnConflict::column(home_visit::Column::HomeVisitId)
        .do_nothing()
        .to_owned();
    let inserted = home_visit::Entity::insert(new.into_active_model())
        .on_conflict(there)
        .exec_without_returning(tx)
        .await?;
    Ok(inserted > 0)
}

/// A visit.
///
/// # Errors
/// When the database does not answer.
pub async fn visit(
    db: &impl ConnectionTrait,
    id: HomeVisitId,
) -> Result<Option<home_visit::Model>> {
    Ok(home_visit::Entity::find_by_id(id).one(db).await?)
}

/// The visits to a home, newest first, each with the trainer's name.
///
/// # Errors
/// When the database does not answer.
pub async fn visits(
    db: &impl ConnectionTrait,
    person: PersonId,
    first: usize,
) -> Result<Vec<HomeVisit>> {
    #[derive(FromQueryResult)]
    struct Row {
        home_visit_id: HomeVisitId,
        person_id: PersonId,
        account_id: AccountId,
        visited_on: NaiveDate,
        purpose: String,
        practised: Option<String>,
        observed: String,
        next_step: Option<String>,
        received_at: DateTime<Utc>,
        full_name: String,
    }
    let sql = "SELECT v.home_visit_id, v.person_id, v.account_id, v.visited_on, v.purpose, v.practised, \
          v.observed, v.next_step, v.received_at, p.full_name \
        FROM home_visit v JOIN account a ON a.account_id = v.account_id \
          JOIN person p ON p.person_id = a.person_id \
        WHERE v.person_id = $1 ORDER BY v.visited_on DESC, v.home_visit_id DESC LIMIT $2";
    let first = i64::try_from(first).map_err(Error::internal)?;
    let rows = all::<Row>(db, sql.to_owned(), [person.0.into(), first.into()]).await?;
    let visit = |row: Row| {
        Ok(HomeVisit {
            observed: read_lessons(&row.observed)?,
            visitor: row.full_name,
            row: home_visit::Model {
                home_visit_id: row.home_visit_id,
                person_id: row.person_id,
                account_id: row.account_id,
                visited_on: row.visited_on,
                purpose: row.purpose,
                practised: row.practised,
                observed: row.observed,
                next_step: row.next_step,
                received_at: row.received_at,
            },
        })
    };
    rows.into_iter().map(visit).collect()
}
