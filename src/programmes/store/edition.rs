//! The edition of the programmes: which of them are in force.

use entity::programme_edition;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};

use super::all;
use crate::{
    error::{Error, Result},
    programmes::rulebook::Rows,
};

/// The number of the programmes in force: it grows with every change, so that servers know when theirs are old.
pub async fn edition(db: &impl ConnectionTrait) -> Result<i64> {
    let row = programme_edition::Entity::find_by_id(1).one(db).await?;
    let gone = || Error::internal("the row of programme_edition is gone");
    row.map(|row| row.edition).ok_or_else(gone)
}

/// Notes in a transaction that the programmes have changed: changes follow each other.
pub async fn next_edition(db: &impl ConnectionTrait) -> Result<()> {
    use programme_edition::Column as C;
    programme_edition::Entity::update_many()
        .col_expr(C::Edition, Expr::col(C::Edition).add(1))
        .filter(C::EditionId.eq(1))
        .exec(db)
        .await?;
    Ok(())
}

/// How often the programmes are read again because they were changed while they were read.
const READINGS: usize = 20;

/// Every row, and which edition it is. Several statements read them: a change that comes between would leave half of it
/// old, so they are read again until the edition was the same before and after.
pub async fn all_of_edition(db: &impl ConnectionTrait) -> Result<(i64, Rows)> {
    for _ in 0..READINGS {
        let before = edition(db).await?;
        let rows = all(db).await?;
        if edition(db).await? == before {
            return Ok((before, rows));
        }
    }
    Err(Error::internal(
        "programmes change faster than they can be read",
    ))
}
