//! Every statement about persons, their homes, children and consents.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    caregiving, child, child_disability, consent,
    ids::{AreaId, ChildDisabilityId, ChildId, ConsentId, PersonId},
    person, person_audience, residence, same_as,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, OnConflict, SelectStatement},
};

use super::{
    child::{ChildPlan, NewDisability},
    household::{Child, DisabilitySpell, Household},
    registration::Recorded,
};
use crate::error::Result;

mod area_change;
mod carers;
mod households;
mod particulars;

pub use area_change::{count_homes, count_placed, count_residents, place};
pub use carers::{carers, hold_children};
pub use households::{household, households};
pub use particulars::{look_alikes, sharing_phone};

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
    insert_all(tx, vec![new.particulars]).await?;
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

/// The duplicates that are a person now.
fn merged_into(person: PersonId) -> SelectStatement {
    same_as::Entity::find()
        .select_only()
        .column(same_as::Column::PersonId)
        .filter(same_as::Column::CanonicalId.eq(person))
        .filter(same_as::Column::UndoneAt.is_null())
        .into_query()
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
        .filter(
            Condition::any()
                .add(caregiving::Column::PersonId.eq(household.person))
                .add(caregiving::Column::PersonId.in_subquery(merged_into(household.person))),
        )
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
