//! Statements on certificates.

use chrono::{DateTime, Utc};
use entity::{certificate, ids::PersonId, learner, person};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::{Expr, OnConflict},
};

use super::{TierDays, parse};
use crate::{error::Result, people::holdings::Subject};

/// The certificates of somebody, oldest first.
pub async fn certificates_of(
    db: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Vec<certificate::Model>> {
    Ok(certificate::Entity::find()
        .filter(certificate::Column::PersonId.eq(person))
        .order_by_asc(certificate::Column::CertificateId)
        .all(db)
        .await?)
}

/// Writes a certificate, unless the person has one of the programme.
pub async fn issue_certificate(db: &impl ConnectionTrait, row: certificate::Model) -> Result<()> {
    certificate::Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The certificate of a code, its holder's name, and the tiers she has reached.
pub async fn certificate_by_code(
    db: &impl ConnectionTrait,
    code: &str,
) -> Result<Option<(certificate::Model, String, TierDays)>> {
    let found = certificate::Entity::find()
        .filter(certificate::Column::Code.eq(code))
        .one(db)
        .await?;
    let Some(row) = found else { return Ok(None) };
    let name = name_of(db, row.person_id).await?.unwrap_or_default();
    let record = learner::Entity::find_by_id(row.person_id).one(db).await?;
    let tiers = record.map(|record| parse(&record.tiers)).transpose()?;
    Ok(Some((row, name, tiers.unwrap_or_default())))
}

/// What somebody is called.
pub async fn name_of(db: &impl ConnectionTrait, id: PersonId) -> Result<Option<String>> {
    let found = person::Entity::find_by_id(id).one(db).await?;
    Ok(found.map(|row| row.full_name))
}

/// Withdraws the certificates of somebody who is erased.
pub async fn withdraw_certificates(
    tx: &impl ConnectionTrait,
    who: &Subject,
    at: DateTime<Utc>,
) -> Result<()> {
    certificate::Entity::update_many()
        .col_expr(certificate::Column::WithdrawnAt, Expr::value(Some(at)))
        .filter(certificate::Column::PersonId.is_in(who.persons.iter().copied()))
        .filter(certificate::Column::WithdrawnAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}
