//! Statements on the pools.

use chrono::NaiveDate;
use entity::{coverage_fold, disclosure_membership, ids::AtomId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter,
    sea_query::Expr,
};

use super::CHUNK;
use crate::{
    coverage::disclosure::{Changes, Membership, Month, PoolId},
    error::{Error, Result},
};

/// The pools of a family.
pub async fn memberships(
    db: &impl ConnectionTrait,
    family: &str,
) -> Result<Vec<Membership<AtomId>>> {
    let rows = disclosure_membership::Entity::find()
        .filter(disclosure_membership::Column::Family.eq(family))
        .all(db)
        .await?;
    let membership = |row: disclosure_membership::Model| Membership {
        atom: row.atom_id,
        from: (row.from_month != always()).then(|| Month::of(row.from_month)),
        until: row.until_month.map(Month::of),
        pool: PoolId(row.pool_number),
        joined: Month::of(row.joined_month),
    };
    Ok(rows.into_iter().map(membership).collect())
}

/// Changes the pools of a family.
pub async fn change_memberships(
    db: &impl ConnectionTrait,
    family: &str,
    changes: &Changes<AtomId>,
) -> Result<()> {
    let first_day = |month: Month| {
        month
            .first_day()
            .ok_or_else(|| Error::internal("a month without days"))
    };
    let from =
        |membership: &Membership<AtomId>| membership.from.map_or_else(|| Ok(always()), first_day);
    for gone in &changes.removed {
        let key = (family.to_owned(), gone.atom, from(gone)?);
        disclosure_membership::Entity::delete_by_id(key)
            .exec(db)
            .await?;
    }
    let mut rows = Vec::with_capacity(changes.added.len());
    for new in &changes.added {
        rows.push(disclosure_membership::ActiveModel {
            family: Set(family.to_owned()),
            atom_id: Set(new.atom),
            from_month: Set(from(new)?),
            until_month: Set(new.until.map(first_day).transpose()?),
            pool_number: Set(new.pool.0),
            joined_month: Set(first_day(new.joined)?),
        });
    }
    for rows in rows.chunks(CHUNK) {
        disclosure_membership::Entity::insert_many(rows.to_vec())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Notes that populations changed outside the ledger: the next fold judges the pools again, and nobody reads an answer
/// about the old ones.
pub async fn outdate_pools(db: &impl ConnectionTrait) -> Result<()> {
    use coverage_fold::Column as C;
    coverage_fold::Entity::update_many()
        .col_expr(
            C::PopulationsVersion,
            Expr::col(C::PopulationsVersion).add(1),
        )
        .col_expr(C::PoolsJudgedFor, Expr::value(always()))
        .exec(db)
        .await?;
    // What may be shown of every month is to be worked out again.
    let row = coverage_fold::Entity::find_by_id(1).one(db).await?;
    let version = row.map_or(0, |row| row.populations_version);
    super::present::note_population_change(db, always(), version).await
}

/// Stands for "since ever" in a key that cannot be empty.
fn always() -> NaiveDate {
    NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default()
}
