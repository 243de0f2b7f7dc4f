//! Statements about what tells people of one name apart.

use entity::ids::{AreaId, PersonId};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use super::super::particulars::LookAlike;
use crate::error::Result;

/// Everybody else who is reached on a telephone.
///
/// # Errors
/// When the database does not answer.
pub async fn sharing_phone(
    db: &impl ConnectionTrait,
    person: PersonId,
    phone: &str,
) -> Result<Vec<LookAlike>> {
    #[derive(FromQueryResult)]
    struct Row {
        person_id: PersonId,
        full_name: String,
        birth_year: Option<i32>,
    }
    let sql = "SELECT p.person_id, p.full_name, d.birth_year FROM person_particulars d \
          JOIN person p ON p.person_id = d.person_id \
        WHERE d.phone = $1 AND d.person_id <> $2 ORDER BY p.name_sort_key, p.person_id LIMIT 50";
    let values = [phone.into(), person.0.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = Row::find_by_statement(statement).all(db).await?;
    let found = rows.into_iter().map(|row| LookAlike {
        person: row.person_id,
        full_name: row.full_name,
        birth_year: row.birth_year,
    });
    Ok(found.collect())
}

/// People of a commune whose names fold alike and whose years of birth do not differ.
///
/// # Errors
/// When the database does not answer.
pub async fn look_alikes(
    db: &impl ConnectionTrait,
    person: PersonId,
    name_fold: &str,
    birth_year: Option<i32>,
    area: AreaId,
) -> Result<Vec<LookAlike>> {
    #[derive(FromQueryResult)]
    struct Row {
        person_id: PersonId,
        full_name: String,
        birth_year: Option<i32>,
    }
    // Raw: a join of three tables in one round trip, the same text on both engines.
    let sql = "SELECT p.person_id, p.full_name, d.birth_year FROM person_particulars d \
          JOIN person p ON p.person_id = d.person_id \
          JOIN residence r ON r.person_id = d.person_id AND r.to_on IS NULL \
        WHERE d.name_fold = $1 AND r.area_id = $2 AND d.person_id <> $3 \
          AND NOT EXISTS (SELECT 1 FROM same_as s WHERE s.person_id = d.person_id AND s.undone_at IS NULL) \
        ORDER BY p.name_sort_key, p.person_id";
    let values = [name_fold.into(), area.0.into(), person.0.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = Row::find_by_statement(statement).all(db).await?;
    let same_year = |row: &Row| match (row.birth_year, birth_year) {
        (Some(theirs), Some(hers)) => theirs == hers,
        _ => true,
    };
    let found = rows.into_iter().filter(same_year).map(|row| LookAlike {
        person: row.person_id,
        full_name: row.full_name,
        birth_year: row.birth_year,
    });
    Ok(found.collect())
}
