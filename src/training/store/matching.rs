//! Statements on who may be put in touch with trainers.

use entity::ids::{AtomId, PersonId};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::all;
use crate::{
    db::{in_uuid_list, uuid_list},
    error::Result,
};

/// Somebody who agreed to be referred.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Referable {
    /// Who.
    pub person_id: PersonId,
    /// As she writes it.
    pub full_name: String,
    /// What decides which lessons apply to her, as JSON.
    pub household: String,
}

/// People who live in some atoms and agree, now, to be put in touch with services: by given name, at most so many.
///
/// # Errors
/// When the database does not answer.
pub async fn referable(
    db: &impl ConnectionTrait,
    atoms: &[AtomId],
    most: usize,
) -> Result<Vec<Referable>> {
    let backend = db.get_database_backend();
    // Raw: a join of four tables in one round trip, and one text whatever the number of atoms.
    let sql = format!(
        "SELECT p.person_id, p.full_name, l.household FROM residence r \
           JOIN person p ON p.person_id = r.person_id \
           JOIN learner l ON l.person_id = r.person_id \
         WHERE r.to_on IS NULL AND {} \
           AND EXISTS (SELECT 1 FROM consent c WHERE c.person_id = r.person_id \
             AND c.purpose = 'REFERRAL' AND c.withdrawn_at IS NULL) \
           AND NOT EXISTS (SELECT 1 FROM same_as s WHERE s.person_id = r.person_id AND s.undone_at IS NULL) \
         ORDER BY p.name_sort_key, p.person_id LIMIT {most}",
        in_uuid_list(backend, "r.atom_id", 1)
    );
    let list = uuid_list(backend, atoms.iter().map(|atom| atom.0));
    all(db, sql, [list]).await
}
