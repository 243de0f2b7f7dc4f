//! Statements on the sums kept of people who were erased.

use chrono::NaiveDate;
use entity::{coverage_erased, ids::IndicatorId};
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, EntityTrait, FromQueryResult, Statement,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use super::{CHUNK, Delta, Side};
use crate::{
    coverage::measure::Measure,
    db::{in_uuid_list, uuid_list},
    error::Result,
};

/// Adds to the sums.
pub async fn add_erased(db: &impl ConnectionTrait, deltas: Vec<Delta>) -> Result<()> {
    use coverage_erased::Column as C;
    let rows: Vec<_> = deltas
        .into_iter()
        .map(|delta| coverage_erased::ActiveModel {
            atom_id: Set(delta.atom),
            indicator_id: Set(delta.indicator),
            measure: Set(delta.measure.word().to_owned()),
            on_day: Set(delta.on),
            total: Set(i64::from(delta.delta)),
        })
        .collect();
    for rows in rows.chunks(CHUNK) {
        let more =
            Expr::col((coverage_erased::Entity, C::Total)).add(Expr::col(("excluded", C::Total)));
        let add = OnConflict::columns([C::AtomId, C::IndicatorId, C::Measure, C::OnDay])
            .value(C::Total, more)
            .to_owned();
        coverage_erased::Entity::insert_many(rows.to_vec())
            .on_conflict(add)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// How many of those who were erased were in the population, and in a tier, of one count on a day.
pub async fn erased_on(
    db: &impl ConnectionTrait,
    count: IndicatorId,
    tier: Measure,
    side: &Side,
) -> Result<(i64, i64)> {
    #[derive(FromQueryResult)]
    struct Row {
        population: i64,
        reached: i64,
    }
    // Raw: lists of any length under one text, both sums at one instant; measures are words of ours. Tested on both engines.
    let backend = db.get_database_backend();
    let sum = |word: &str| {
        format!(
            "CAST(COALESCE(SUM(CASE WHEN measure = '{word}' THEN total ELSE 0 END), 0) AS bigint)"
        )
    };
    let sql = format!(
        "SELECT {} AS population, {} AS reached FROM coverage_erased \
         WHERE indicator_id = $1 AND on_day <= $2 AND {}",
        sum(Measure::Population.word()),
        sum(tier.word()),
        in_uuid_list(backend, "atom_id", 3)
    );
    let atoms = uuid_list(backend, side.atoms.iter().map(|atom| atom.0));
    let on: NaiveDate = side.on;
    let values = [count.0.into(), on.into(), atoms];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let row = Row::find_by_statement(statement).one(db).await?;
    Ok(row.map_or((0, 0), |row| (row.population, row.reached)))
}
