//! Reading whole households: every kind of row in one statement.

use chrono::{DateTime, NaiveDate, Utc};
use entity::ids::{ChildId, PersonId};
use sea_orm::{ActiveEnum, ConnectionTrait, FromQueryResult, Statement};

use super::super::household::{
    AudienceSpell, Child, Consent, DisabilitySpell, Household, Residence,
};
use crate::error::{Error, Result};

/// The columns of a household's rows: one shape for every kind of row, so that one statement fetches them all.
const COLUMNS: &str = "kind, person_id, id, other_id, text_1, text_2, text_3, text_4, number_1, number_2, \
    day_1, day_2, day_3, day_4, day_5, day_6, at_1, at_2";

/// One household, in one statement.
///
/// # Errors
/// When the database does not answer.
pub async fn household(db: &impl ConnectionTrait, id: PersonId) -> Result<Option<Household>> {
    let sql = format!(
        "WITH who (person_id, owner) AS (SELECT $1, $1 UNION ALL \
           SELECT person_id, canonical_id FROM same_as WHERE canonical_id = $1 AND undone_at IS NULL) \
         SELECT {COLUMNS} FROM ({}) AS household ORDER BY kind, day_1, at_1, id, text_1",
        union()
    );
    let rows = fetch(db, &sql, vec![id.0.into()]).await?;
    Ok(households_of(rows)?.pop())
}

/// A run of households in the order of their ids, in one statement.
///
/// # Errors
/// When the database does not answer.
pub async fn households(
    db: &impl ConnectionTrait,
    after: Option<PersonId>,
    limit: u32,
) -> Result<Vec<Household>> {
    let sql = format!(
        "WITH page AS (SELECT person_id FROM person WHERE person_id > $1 ORDER BY person_id LIMIT $2), \
           who (person_id, owner) AS (SELECT person_id, person_id FROM page UNION ALL \
             SELECT s.person_id, s.canonical_id FROM same_as s JOIN page ON page.person_id = s.canonical_id \
             WHERE s.undone_at IS NULL) \
         SELECT {COLUMNS} FROM ({}) AS household ORDER BY person_id, kind, day_1, at_1, id, text_1",
        union()
    );
    let after = after.map_or(uuid::Uuid::nil(), |person| person.0);
    let rows = fetch(db, &sql, vec![after.into(), i64::from(limit).into()]).await?;
    households_of(rows)
}

/// One branch per table; the first names the type of every column for PostgreSQL. `who` holds the persons and whose
/// household each belongs to: while two records are merged, the children, audiences and consents of both are the
/// canonical person's, and the duplicate is counted nowhere.
/// Raw SQL, because a household fetched table by table costs six round trips. `CROSS JOIN` says to SQLite where to begin:
/// it takes the few of `who` for many and would rather read the other table whole. To PostgreSQL it says nothing.
fn union() -> String {
    "SELECT 0 AS kind, p.person_id, CAST(NULL AS uuid) AS id, CAST(NULL AS uuid) AS other_id, \
       p.full_name AS text_1, CAST(NULL AS text) AS text_2, CAST(NULL AS text) AS text_3, CAST(NULL AS text) AS text_4, \
       p.bucket AS number_1, CASE WHEN p.exclude_from_reporting OR EXISTS (SELECT 1 FROM same_as s \
         WHERE s.person_id = p.person_id AND s.undone_at IS NULL) THEN 1 ELSE 0 END AS number_2, \
       CAST(NULL AS date) AS day_1, CAST(NULL AS date) AS day_2, CAST(NULL AS date) AS day_3, \
       CAST(NULL AS date) AS day_4, CAST(NULL AS date) AS day_5, CAST(NULL AS date) AS day_6, \
       CAST(NULL AS timestamp with time zone) AS at_1, CAST(NULL AS timestamp with time zone) AS at_2 \
     FROM who w CROSS JOIN person p WHERE p.person_id = w.person_id AND w.person_id = w.owner \
     UNION ALL \
     SELECT 1, w.owner, NULL, NULL, a.audience, NULL, NULL, NULL, NULL, NULL, \
       a.from_on, a.to_on, NULL, NULL, NULL, NULL, NULL, NULL \
     FROM who w CROSS JOIN person_audience a WHERE a.person_id = w.person_id \
     UNION ALL \
     SELECT 2, w.owner, r.area_id, r.atom_id, NULL, NULL, NULL, NULL, NULL, NULL, \
       r.from_on, r.to_on, NULL, NULL, NULL, NULL, NULL, NULL \
     FROM who w CROSS JOIN residence r WHERE r.person_id = w.person_id AND w.person_id = w.owner \
     UNION ALL \
     SELECT 3, w.owner, k.child_id, NULL, k.nickname, k.sex, NULL, NULL, k.premature_weeks, NULL, \
       c.from_on, c.to_on, k.born_month, k.due_month, k.recorded_on, k.removed_on, NULL, NULL \
     FROM who w CROSS JOIN caregiving c CROSS JOIN child k WHERE c.person_id = w.person_id AND k.child_id = c.child_id \
     UNION ALL \
     SELECT 4, w.owner, d.child_id, d.child_disability_id, d.disability, d.degree, d.basis, NULL, NULL, NULL, \
       d.recorded_on, d.removed_on, NULL, NULL, NULL, NULL, NULL, NULL \
     FROM who w CROSS JOIN caregiving c CROSS JOIN child_disability d \
     WHERE c.person_id = w.person_id AND d.child_id = c.child_id \
     UNION ALL \
     SELECT 5, w.owner, n.consent_id, NULL, n.purpose, n.text_version, n.language, n.channel, NULL, NULL, \
       NULL, NULL, NULL, NULL, NULL, NULL, n.given_at, n.withdrawn_at \
     FROM who w CROSS JOIN consent n WHERE n.person_id = w.person_id"
        .to_owned()
}

async fn fetch(
    db: &impl ConnectionTrait,
    sql: &str,
    values: Vec<sea_orm::Value>,
) -> Result<Vec<HouseholdRow>> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(HouseholdRow::find_by_statement(statement).all(db).await?)
}

/// One row of a household. Which columns mean what depends on `kind`: see [`union`].
#[derive(FromQueryResult)]
struct HouseholdRow {
    kind: i32,
    person_id: PersonId,
    id: Option<uuid::Uuid>,
    other_id: Option<uuid::Uuid>,
    text_1: Option<String>,
    text_2: Option<String>,
    text_3: Option<String>,
    text_4: Option<String>,
    number_1: Option<i32>,
    number_2: Option<i32>,
    day_1: Option<NaiveDate>,
    day_2: Option<NaiveDate>,
    day_3: Option<NaiveDate>,
    day_4: Option<NaiveDate>,
    day_5: Option<NaiveDate>,
    day_6: Option<NaiveDate>,
    at_1: Option<DateTime<Utc>>,
    at_2: Option<DateTime<Utc>>,
}

/// Puts rows ordered by person and kind together.
fn households_of(rows: Vec<HouseholdRow>) -> Result<Vec<Household>> {
    let mut households: Vec<Household> = Vec::new();
    for row in rows {
        if row.kind == 0 {
            households.push(Household {
                person: row.person_id,
                bucket: need(row.number_1)?,
                full_name: need(row.text_1)?,
                exclude_from_reporting: row.number_2 == Some(1),
                audiences: Vec::new(),
                residences: Vec::new(),
                children: Vec::new(),
                consents: Vec::new(),
            });
        } else {
            add(need(households.last_mut())?, row)?;
        }
    }
    Ok(households)
}

fn add(household: &mut Household, row: HouseholdRow) -> Result<()> {
    match row.kind {
        1 => household.audiences.push(AudienceSpell {
            audience: word(row.text_1)?,
            from_on: need(row.day_1)?,
            to_on: row.day_2,
        }),
        2 => household.residences.push(Residence {
            area: need(row.id)?.into(),
            atom: need(row.other_id)?.into(),
            from_on: need(row.day_1)?,
            to_on: row.day_2,
        }),
        3 => household.children.push(Child {
            id: need(row.id)?.into(),
            nickname: row.text_1,
            sex: row.text_2.map(Some).map(word).transpose()?,
            premature_weeks: row.number_1,
            from_on: need(row.day_1)?,
            to_on: row.day_2,
            born_month: row.day_3,
            due_month: row.day_4,
            recorded_on: need(row.day_5)?,
            removed_on: row.day_6,
            disabilities: Vec::new(),
        }),
        4 => {
            let child = ChildId(need(row.id)?);
            let entry = DisabilitySpell {
                id: need(row.other_id)?.into(),
                disability: row.text_1.map(Some).map(word).transpose()?,
                degree: row.text_2.map(Some).map(word).transpose()?,
                basis: word(row.text_3)?,
                recorded_on: need(row.day_1)?,
                removed_on: row.day_2,
            };
            let children = household.children.iter_mut();
            for child in children.filter(|other| other.id == child) {
                child.disabilities.push(entry);
            }
        }
        _ => household.consents.push(Consent {
            id: need(row.id)?.into(),
            purpose: word(row.text_1)?,
            text_version: need(row.text_2)?,
            language: need(row.text_3)?,
            channel: word(row.text_4)?,
            given_at: need(row.at_1)?,
            withdrawn_at: row.at_2,
        }),
    }
    Ok(())
}

/// A column that the table says is never null.
fn need<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::internal("a household row lacks a column that is never null"))
}

/// An enumeration stored as a word.
fn word<E: ActiveEnum<Value = String>>(value: Option<String>) -> Result<E> {
    Ok(E::try_from_value(&need(value)?)?)
}
