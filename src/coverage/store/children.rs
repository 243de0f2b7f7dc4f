//! Statements on when and where children are counted.

use std::collections::{BTreeMap, BTreeSet};

use entity::{coverage_child_interval, ids::ChildId};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, FromQueryResult, Statement};

use super::{CHUNK, Interval, Range, measure};
use crate::{
    db::{in_uuid_list, uuid_list},
    error::{Error, Result},
};

/// When and where children are counted.
pub async fn child_intervals_of(
    db: &impl ConnectionTrait,
    children: &BTreeSet<ChildId>,
) -> Result<BTreeMap<ChildId, BTreeSet<Interval>>> {
    let backend = db.get_database_backend();
    // Raw: a list of any length under one text; tested on both engines.
    let sql = format!(
        "SELECT * FROM coverage_child_interval WHERE {}",
        in_uuid_list(backend, "child_id", 1)
    );
    let list = uuid_list(backend, children.iter().map(|child| child.0));
    let statement = Statement::from_sql_and_values(backend, sql, [list]);
    let rows = coverage_child_interval::Model::find_by_statement(statement)
        .all(db)
        .await?;
    let mut intervals: BTreeMap<ChildId, BTreeSet<Interval>> = BTreeMap::new();
    for row in rows {
        let days = Range::new(row.enter_on, row.leave_on)
            .ok_or_else(|| Error::internal("an interval without days"))?;
        intervals.entry(row.child_id).or_default().insert(Interval {
            indicator: row.indicator_id,
            measure: measure(&row.measure)?,
            atom: row.atom_id,
            days,
        });
    }
    Ok(intervals)
}

/// Replaces some of a child's intervals.
pub async fn change_child_intervals(
    db: &impl ConnectionTrait,
    child: ChildId,
    bucket: i32,
    gone: impl IntoIterator<Item = Interval>,
    new: impl IntoIterator<Item = Interval>,
) -> Result<()> {
    for interval in gone {
        let key = (
            child,
            interval.indicator,
            interval.measure.word().to_owned(),
            interval.atom,
            interval.days.enter,
        );
        coverage_child_interval::Entity::delete_by_id(key)
            .exec(db)
            .await?;
    }
    let rows: Vec<_> = new
        .into_iter()
        .map(|interval| coverage_child_interval::ActiveModel {
            child_id: Set(child),
            bucket: Set(bucket),
            indicator_id: Set(interval.indicator),
            measure: Set(interval.measure.word().to_owned()),
            atom_id: Set(interval.atom),
            enter_on: Set(interval.days.enter),
            leave_on: Set(interval.days.leave),
        })
        .collect();
    for rows in rows.chunks(CHUNK) {
        coverage_child_interval::Entity::insert_many(rows.to_vec())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Children that are counted although nobody is recorded to care for them. For `check`.
pub async fn children_without_carers(db: &impl ConnectionTrait) -> Result<Vec<ChildId>> {
    #[derive(FromQueryResult)]
    struct Row {
        child_id: ChildId,
    }
    // Raw: an anti-join, the same text on both engines.
    let sql = "SELECT DISTINCT i.child_id FROM coverage_child_interval i WHERE NOT EXISTS \
               (SELECT 1 FROM caregiving c WHERE c.child_id = i.child_id)";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = Row::find_by_statement(statement).all(db).await?;
    Ok(rows.into_iter().map(|row| row.child_id).collect())
}
