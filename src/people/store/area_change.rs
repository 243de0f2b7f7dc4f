//! Statements on homes whose commune has changed.

use std::collections::{BTreeSet, HashMap};

use entity::{
    ids::{AreaId, AtomId, PersonId},
    residence,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::Expr};
use uuid::Uuid;

use crate::{db::count_naming, error::Result};

/// How many people live on each atom.
///
/// # Errors
/// When the database does not answer.
pub async fn count_residents(
    db: &impl ConnectionTrait,
    atoms: &BTreeSet<AtomId>,
) -> Result<HashMap<Uuid, u64>> {
    let atoms = atoms.iter().map(|atom| atom.0);
    count_naming(db, ("residence", "atom_id", "to_on IS NULL"), atoms, []).await
}

/// How many homes, also former ones, name each area.
///
/// # Errors
/// When the database does not answer.
pub async fn count_homes(
    db: &impl ConnectionTrait,
    areas: &[AreaId],
) -> Result<HashMap<Uuid, u64>> {
    let areas = areas.iter().map(|area| area.0);
    count_naming(db, ("residence", "area_id", "1 = 1"), areas, []).await
}

/// How many homes, also former ones, lie on each atom.
///
/// # Errors
/// When the database does not answer.
pub async fn count_placed(
    db: &impl ConnectionTrait,
    atoms: &[AtomId],
) -> Result<HashMap<Uuid, u64>> {
    let atoms = atoms.iter().map(|atom| atom.0);
    count_naming(db, ("residence", "atom_id", "1 = 1"), atoms, []).await
}

/// Lays the present home of a person on another atom.
///
/// # Errors
/// When the database does not answer.
pub async fn place(db: &impl ConnectionTrait, person: PersonId, atom: AtomId) -> Result<()> {
    residence::Entity::update_many()
        .col_expr(residence::Column::AtomId, Expr::value(atom.0))
        .filter(residence::Column::PersonId.eq(person))
        .filter(residence::Column::ToOn.is_null())
        .exec(db)
        .await?;
    Ok(())
}
