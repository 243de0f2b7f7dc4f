//! Every statement about persons, their homes, children and consents.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    caregiving, child, child_disability, consent,
    ids::{AreaId, ChildDisabilityId, ChildId, ConsentId, PersonId},
    person, person_audience, residence,
};
use sea_orm::{
    ActiveEnum, ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, PaginatorTrait,
    QueryFilter, QuerySelect, Statement,
    sea_query::{Expr, OnConflict},
};

use super::{
    child::{ChildPlan, NewDisability},
    household::{AudienceSpell, Child, Consent, DisabilitySpell, Household, Residence},
    registration::Recorded,
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
        "SELECT {COLUMNS} FROM ({}) AS household ORDER BY kind, day_1, at_1, id, text_1",
        union("= $1")
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
        "WITH who AS (SELECT person_id FROM person WHERE person_id > $1 ORDER BY person_id LIMIT $2) \
         SELECT {COLUMNS} FROM ({}) AS household ORDER BY person_id, kind, day_1, at_1, id, text_1",
        union("IN (SELECT person_id FROM who)")
    );
    let after = after.map_or(uuid::Uuid::nil(), |person| person.0);
    let rows = fetch(db, &sql, vec![after.into(), i64::from(limit).into()]).await?;
    households_of(rows)
}

/// One branch per table; the first names the type of every column for PostgreSQL.
/// Raw SQL, because a household fetched table by table costs six round trips.
fn union(whose: &str) -> String {
    format!(
        "SELECT 0 AS kind, person_id, CAST(NULL AS uuid) AS id, CAST(NULL AS uuid) AS other_id, \
           full_name AS text_1, CAST(NULL AS text) AS text_2, CAST(NULL AS text) AS text_3, CAST(NULL AS text) AS text_4, \
           bucket AS number_1, CASE WHEN exclude_from_reporting THEN 1 ELSE 0 END AS number_2, \
           CAST(NULL AS date) AS day_1, CAST(NULL AS date) AS day_2, CAST(NULL AS date) AS day_3, \
           CAST(NULL AS date) AS day_4, CAST(NULL AS date) AS day_5, CAST(NULL AS date) AS day_6, \
           CAST(NULL AS timestamp with time zone) AS at_1, CAST(NULL AS timestamp with time zone) AS at_2 \
         FROM person WHERE person_id {whose} \
         UNION ALL \
         SELECT 1, person_id, NULL, NULL, audience, NULL, NULL, NULL, NULL, NULL, \
           from_on, to_on, NULL, NULL, NULL, NULL, NULL, NULL \
         FROM person_audience WHERE person_id {whose} \
         UNION ALL \
         SELECT 2, person_id, area_id, atom_id, NULL, NULL, NULL, NULL, NULL, NULL, \
           from_on, to_on, NULL, NULL, NULL, NULL, NULL, NULL \
         FROM residence WHERE person_id {whose} \
         UNION ALL \
         SELECT 3, c.person_id, k.child_id, NULL, k.nickname, k.sex, NULL, NULL, k.premature_weeks, NULL, \
           c.from_on, c.to_on, k.born_month, k.due_month, k.recorded_on, k.removed_on, NULL, NULL \
         FROM caregiving c JOIN child k ON k.child_id = c.child_id WHERE c.person_id {whose} \
         UNION ALL \
         SELECT 4, c.person_id, d.child_id, d.child_disability_id, d.disability, d.degree, d.basis, NULL, NULL, NULL, \
           d.recorded_on, d.removed_on, NULL, NULL, NULL, NULL, NULL, NULL \
         FROM caregiving c JOIN child_disability d ON d.child_id = c.child_id WHERE c.person_id {whose} \
         UNION ALL \
         SELECT 5, person_id, consent_id, NULL, purpose, text_version, language, channel, NULL, NULL, \
           NULL, NULL, NULL, NULL, NULL, NULL, given_at, withdrawn_at \
         FROM consent WHERE person_id {whose}"
    )
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

/// Lets only one transaction at a time change a household. Answers whether the person exists.
///
/// # Errors
/// When the database does not answer.
pub async fn lock(tx: &impl ConnectionTrait, id: PersonId) -> Result<bool> {
    let found = person::Entity::find_by_id(id)
        .select_only()
        .column(person::Column::PersonId)
        .lock_exclusive()
        .into_tuple::<PersonId>()
        .one(tx)
        .await?;
    Ok(found.is_some())
}

/// The commune, as it was then, that a person lives in.
///
/// # Errors
/// When the database does not answer.
pub async fn home(db: &impl ConnectionTrait, id: PersonId) -> Result<Option<AreaId>> {
    let found = residence::Entity::find()
        .filter(residence::Column::PersonId.eq(id))
        .filter(residence::Column::ToOn.is_null())
        .one(db)
        .await?;
    Ok(found.map(|residence| residence.area_id))
}

/// Writes a person. Answers whether the id was free; when not, nothing was written.
///
/// # Errors
/// When the database does not answer, or refuses a row.
pub async fn insert_person(tx: &impl ConnectionTrait, new: Recorded) -> Result<bool> {
    let taken = OnConflict::column(person::Column::PersonId)
        .do_nothing()
        .to_owned();
    let inserted = person::Entity::insert(new.person.into_active_model())
        .on_conflict(taken)
        .exec_without_returning(tx)
        .await?;
    if inserted == 0 {
        return Ok(false);
    }
    insert_all(tx, new.audiences).await?;
    residence::Entity::insert(new.residence.into_active_model())
        .exec_without_returning(tx)
        .await?;
    insert_all(tx, new.consents).await?;
    Ok(true)
}

async fn insert_all<M, A>(tx: &impl ConnectionTrait, rows: Vec<M>) -> Result<()>
where
    M: IntoActiveModel<A>,
    A: ActiveModelTrait,
{
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    <A::Entity as EntityTrait>::insert_many(rows)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Writes a child and what is known of disabilities. Answers whether the id was free or already the person's;
/// when not, the transaction must be given up.
///
/// # Errors
/// When the database does not answer, or refuses a row.
pub async fn save_child(
    tx: &impl ConnectionTrait,
    household: &Household,
    plan: &ChildPlan,
    today: NaiveDate,
    fresh: &(dyn Fn() -> ChildDisabilityId + Sync),
) -> Result<bool> {
    let row = child::ActiveModel {
        child_id: Set(plan.id),
        nickname: Set(plan.nickname.clone()),
        born_month: Set(plan.born_month),
        due_month: Set(plan.due_month),
        sex: Set(plan.sex),
        premature_weeks: Set(plan.premature_weeks),
        ..Default::default()
    };
    if plan.is_new {
        let taken = OnConflict::column(child::Column::ChildId)
            .do_nothing()
            .to_owned();
        let row = child::ActiveModel {
            bucket: Set(household.bucket),
            recorded_on: Set(today),
            removed_on: Set(None),
            ..row
        };
        let inserted = child::Entity::insert(row)
            .on_conflict(taken)
            .exec_without_returning(tx)
            .await?;
        if inserted == 0 {
            return Ok(false);
        }
        let care = caregiving::Model {
            person_id: household.person,
            child_id: plan.id,
            bucket: household.bucket,
            from_on: today,
            to_on: None,
        };
        insert_all(tx, vec![care]).await?;
    } else {
        child::Entity::update(row)
            .exec_without_returning(tx)
            .await?;
    }
    if let Some(wanted) = &plan.disabilities {
        replace_disabilities(tx, household, plan.id, wanted, today, fresh).await?;
    }
    Ok(true)
}

/// Closes the entries that are no longer told and adds the new ones; what is told again stays as it is.
async fn replace_disabilities(
    tx: &impl ConnectionTrait,
    household: &Household,
    id: ChildId,
    wanted: &[NewDisability],
    today: NaiveDate,
    fresh: &(dyn Fn() -> ChildDisabilityId + Sync),
) -> Result<()> {
    let same = |entry: &DisabilitySpell, wanted: &NewDisability| {
        (entry.disability, entry.degree, entry.basis)
            == (wanted.disability, wanted.degree, wanted.basis)
    };
    let known: Vec<_> = household
        .child(id)
        .map(|child| child.disabilities_now().copied().collect())
        .unwrap_or_default();
    for gone in known
        .iter()
        .filter(|entry| !wanted.iter().any(|wanted| same(entry, wanted)))
    {
        child_disability::Entity::update(child_disability::ActiveModel {
            child_disability_id: Set(gone.id),
            removed_on: Set(Some(today.max(gone.recorded_on))),
            ..Default::default()
        })
        .exec_without_returning(tx)
        .await?;
    }
    let new = wanted
        .iter()
        .filter(|wanted| !known.iter().any(|entry| same(entry, wanted)))
        .map(|wanted| child_disability::Model {
            child_disability_id: fresh(),
            child_id: id,
            bucket: household.bucket,
            disability: wanted.disability,
            degree: wanted.degree,
            basis: wanted.basis,
            recorded_on: today,
            removed_on: None,
        });
    insert_all(tx, new.collect()).await
}

/// Ends the person's care of a child; when nobody is left, the child is removed and its nickname forgotten.
/// Months and disabilities stay, so that past figures can be worked out again.
///
/// # Errors
/// When the database does not answer.
pub async fn remove_child(
    tx: &impl ConnectionTrait,
    household: &Household,
    gone: &Child,
    today: NaiveDate,
) -> Result<()> {
    caregiving::Entity::update_many()
        .col_expr(
            caregiving::Column::ToOn,
            Expr::value(Some(today.max(gone.from_on))),
        )
        .filter(caregiving::Column::PersonId.eq(household.person))
        .filter(caregiving::Column::ChildId.eq(gone.id))
        .filter(caregiving::Column::ToOn.is_null())
        .exec(tx)
        .await?;
    let others = caregiving::Entity::find()
        .filter(caregiving::Column::ChildId.eq(gone.id))
        .filter(caregiving::Column::ToOn.is_null())
        .count(tx)
        .await?;
    if others > 0 {
        return Ok(());
    }
    child::Entity::update(child::ActiveModel {
        child_id: Set(gone.id),
        nickname: Set(None),
        removed_on: Set(Some(today.max(gone.recorded_on))),
        ..Default::default()
    })
    .exec_without_returning(tx)
    .await?;
    for entry in gone.disabilities_now() {
        child_disability::Entity::update(child_disability::ActiveModel {
            child_disability_id: Set(entry.id),
            removed_on: Set(Some(today.max(entry.recorded_on))),
            ..Default::default()
        })
        .exec_without_returning(tx)
        .await?;
    }
    Ok(())
}

/// Counts the person in an audience from a day on.
///
/// # Errors
/// When the database does not answer.
pub async fn join_audience(tx: &impl ConnectionTrait, spell: person_audience::Model) -> Result<()> {
    use person_audience::Column;
    let reopen = OnConflict::columns([Column::PersonId, Column::Audience, Column::FromOn])
        .update_column(Column::ToOn)
        .to_owned();
    person_audience::Entity::insert(spell.into_active_model())
        .on_conflict(reopen)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Writes a consent.
///
/// # Errors
/// When the database does not answer, or refuses the row.
pub async fn insert_consent(tx: &impl ConnectionTrait, consent: consent::Model) -> Result<()> {
    insert_all(tx, vec![consent]).await
}

/// Ends a consent.
///
/// # Errors
/// When the database does not answer.
pub async fn end_consent(
    tx: &impl ConnectionTrait,
    id: ConsentId,
    at: DateTime<Utc>,
) -> Result<()> {
    consent::Entity::update(consent::ActiveModel {
        consent_id: Set(id),
        withdrawn_at: Set(Some(at)),
        ..Default::default()
    })
    .exec_without_returning(tx)
    .await?;
    Ok(())
}
