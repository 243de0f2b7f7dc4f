//! Who came and went between two days: people of some atoms on one day held against those of others on another.

use std::collections::BTreeSet;

use chrono::{Months, NaiveDate};
use entity::ids::{AtomId, IndicatorId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};

use crate::{
    coverage::{
        counters::{first_of_month, next_month},
        measure::Measure,
    },
    db::{in_uuid_list, uuid_list},
    error::Result,
};

/// How many people of two days are the same, came and went. All counts are of people, or of children.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct Flows {
    /// In the population on the second day only, and nowhere counted on the first.
    pub joined: i64,
    /// In the population on the second day only: counted elsewhere on the first.
    pub moved_in: i64,
    /// In the population on the first day only, until the last child outgrew the age.
    pub outgrown: i64,
    /// In the population on the first day only: counted elsewhere on the second.
    pub moved_out: i64,
    /// In the population on the first day only for any other reason: care or consent ended.
    pub left_otherwise: i64,
    /// In the population on both days, in the tier on the second only.
    pub reached: i64,
    /// In the tier on the second day, in the population only then.
    pub joined_reached: i64,
    /// In the tier on the first day, in the population only then.
    pub left_reached: i64,
    /// In the population on both days, in the tier on the first only: events were taken back.
    pub taken_back: i64,
}

impl Flows {
    /// Adds those who were erased since: how many of them were in the population and in the tier on the first day, and
    /// on the second. Who of them stayed is not known any more, so that only the difference came or went.
    #[must_use]
    pub fn with_erased(mut self, was: (i64, i64), is: (i64, i64)) -> Self {
        let (people, reached) = (is.0 - was.0, is.1 - was.1);
        self.joined += people.max(0);
        self.left_otherwise += (-people).max(0);
        let joined_reached = reached.clamp(0, people.max(0));
        self.joined_reached += joined_reached;
        self.reached += reached.max(0) - joined_reached;
        let left_reached = (-reached).clamp(0, (-people).max(0));
        self.left_reached += left_reached;
        self.taken_back += (-reached).max(0) - left_reached;
        self
    }
}

/// One side of a comparison.
#[derive(Clone, Debug)]
pub struct Side {
    /// The day.
    pub on: NaiveDate,
    /// Where.
    pub atoms: BTreeSet<AtomId>,
}

/// Whom a count counts.
#[derive(Clone, Copy, Debug)]
pub struct Whom {
    /// The count.
    pub count: IndicatorId,
    /// Whether it is one of children.
    pub children: bool,
    /// The age in months that ends it.
    pub under_months: Option<u32>,
}

/// Who came and went between two days. Reads the people of these atoms: for an answer to one dispute, not for a screen.
pub async fn flows(
    db: &impl ConnectionTrait,
    whom: Whom,
    tier: Measure,
    from: &Side,
    to: &Side,
) -> Result<Flows> {
    let backend = db.get_database_backend();
    let (table, key, carers) = if whom.children {
        ("coverage_child_interval", "child_id", "child k")
    } else {
        (
            "coverage_interval",
            "person_id",
            "caregiving c JOIN child k ON k.child_id = c.child_id",
        )
    };
    let whose = if whom.children {
        "k.child_id"
    } else {
        "c.person_id"
    };
    let then = in_uuid_list(backend, "i.atom_id", 4);
    let now = in_uuid_list(backend, "i.atom_id", 5);
    let word = tier.word();
    let outgrown = match outgrown_days(backend, whom, from.on, to.on) {
        Some(days) => format!(
            "EXISTS (SELECT 1 FROM {carers} JOIN ({days}) o ON o.born = k.born_month \
             WHERE {whose} = e.who AND o.outgrown = e.left_on)"
        ),
        None => "1 = 0".to_owned(),
    };
    let held = |measure: &str, day: &str| {
        format!(
            "i.{key} = e.who AND i.indicator_id = $1 AND i.measure = '{measure}' \
             AND i.enter_on <= {day} AND (i.leave_on IS NULL OR i.leave_on > {day})"
        )
    };
    let flag = |condition: String| format!("CASE WHEN {condition} THEN 1 ELSE 0 END");
    let exists = |held: String| flag(format!("EXISTS (SELECT 1 FROM {table} i WHERE {held})"));
    let had = exists(format!("{} AND {then}", held(word, "$2")));
    let has = exists(format!("{} AND {now}", held(word, "$3")));
    let before = exists(held("POPULATION", "$2"));
    let after = exists(held("POPULATION", "$3"));
    let total = |condition: &str, name: &str| {
        format!("COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS {name}")
    };
    let totals = [
        total("was = 0 AND is_now = 1 AND before = 0", "joined"),
        total("was = 0 AND is_now = 1 AND before = 1", "moved_in"),
        total(
            "was = 1 AND is_now = 0 AND after = 0 AND grown = 1",
            "outgrown",
        ),
        total("was = 1 AND is_now = 0 AND after = 1", "moved_out"),
        total(
            "was = 1 AND is_now = 0 AND after = 0 AND grown = 0",
            "left_otherwise",
        ),
        total("was = 1 AND is_now = 1 AND had = 0 AND has = 1", "reached"),
        total("was = 0 AND is_now = 1 AND has = 1", "joined_reached"),
        total("was = 1 AND is_now = 0 AND had = 1", "left_reached"),
        total(
            "was = 1 AND is_now = 1 AND had = 1 AND has = 0",
            "taken_back",
        ),
    ]
    .join(", ");
    // Raw: people held against themselves on another day; measures and days are ours. Tested on both engines.
    let sql = format!(
        "WITH seen AS (SELECT i.{key} AS who, i.leave_on, \
             {was} AS was, {is_now} AS is_now \
           FROM {table} i WHERE i.indicator_id = $1 AND i.measure = 'POPULATION' AND i.enter_on <= $3 \
             AND (i.leave_on IS NULL OR i.leave_on > $2) AND ({then} OR {now})), \
         each_one AS (SELECT who, MAX(was) AS was, MAX(is_now) AS is_now, MAX(leave_on) AS left_on \
           FROM seen GROUP BY who), \
         told AS (SELECT e.was, e.is_now, {had} AS had, {has} AS has, {before} AS before, {after} AS after, \
             {grown} AS grown FROM each_one e WHERE e.was = 1 OR e.is_now = 1) \
         SELECT {totals} FROM told",
        was = flag(format!("i.enter_on <= $2 AND {then}")),
        is_now = flag(format!("(i.leave_on IS NULL OR i.leave_on > $3) AND {now}")),
        grown = flag(outgrown),
    );
    let list = |side: &Side| uuid_list(backend, side.atoms.iter().map(|atom| atom.0));
    let values = [
        whom.count.0.into(),
        from.on.into(),
        to.on.into(),
        list(from),
        list(to),
    ];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let flows = Flows::find_by_statement(statement).one(db).await?;
    Ok(flows.unwrap_or_default())
}

/// The days between two on which a month of birth is outgrown, each with that month, as rows.
fn outgrown_days(backend: DbBackend, whom: Whom, from: NaiveDate, to: NaiveDate) -> Option<String> {
    let months = Months::new(whom.under_months?);
    let literal = |day: NaiveDate| match backend {
        DbBackend::Postgres => format!("DATE '{day}'"),
        _ => format!("'{day}'"),
    };
    let days = std::iter::successors(Some(next_month(first_of_month(from))), |day| {
        Some(next_month(*day))
    });
    let rows: Vec<String> = days
        .take_while(|day| *day <= to)
        .filter_map(|day| {
            let born = literal(day.checked_sub_months(months)?);
            Some(format!(
                "SELECT {born} AS born, {} AS outgrown",
                literal(day)
            ))
        })
        .collect();
    (!rows.is_empty()).then(|| rows.join(" UNION ALL "))
}
