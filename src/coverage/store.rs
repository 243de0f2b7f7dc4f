//! Every statement on who is counted, on the ledger and on the counters.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::{
    coverage_day, coverage_delta, coverage_fold, coverage_interval, coverage_month,
    disclosure_membership,
    ids::{AtomId, IndicatorId, PersonId},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    FromQueryResult, QueryFilter, QuerySelect, Statement, Value, sea_query::OnConflict,
};
use uuid::Uuid;

use super::{
    counters::{Counter, Series, first_of_month, next_month},
    disclosure::{Changes, Membership, Month, PoolId},
    measure::Measure,
    ranges::Range,
};
use crate::{
    db::{in_uuid_list, uuid_list},
    error::{Error, Result},
};

/// A run of days on which a person is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// On which indicator.
    pub indicator: IndicatorId,
    /// In which measure.
    pub measure: Measure,
    /// Where she lives.
    pub atom: AtomId,
    /// The days.
    pub days: Range,
}

/// A change of a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delta {
    /// Where.
    pub atom: AtomId,
    /// On which indicator.
    pub indicator: IndicatorId,
    /// In which measure.
    pub measure: Measure,
    /// From which day on.
    pub on: NaiveDate,
    /// By how many.
    pub delta: i32,
}

/// Rows that fit into one statement: SQLite takes 32,766 values.
const CHUNK: usize = 4_000;

fn measure(word: &str) -> Result<Measure> {
    Measure::of_word(word).ok_or_else(|| Error::internal(format!("no such measure: {word}")))
}

fn interval(row: &coverage_interval::Model) -> Result<Interval> {
    let days = Range::new(row.enter_on, row.leave_on)
        .ok_or_else(|| Error::internal("an interval without days"))?;
    Ok(Interval {
        indicator: row.indicator_id,
        measure: measure(&row.measure)?,
        atom: row.atom_id,
        days,
    })
}

/// When a person is counted.
pub async fn intervals_of(
    db: &impl ConnectionTrait,
    person: PersonId,
) -> Result<BTreeSet<Interval>> {
    let rows = coverage_interval::Entity::find()
        .filter(coverage_interval::Column::PersonId.eq(person))
        .all(db)
        .await?;
    rows.iter().map(interval).collect()
}

/// Replaces some of a person's intervals.
pub async fn change_intervals(
    db: &impl ConnectionTrait,
    person: PersonId,
    bucket: i32,
    gone: impl IntoIterator<Item = Interval>,
    new: impl IntoIterator<Item = Interval>,
) -> Result<()> {
    for Interval {
        indicator,
        measure,
        atom,
        days,
    } in gone
    {
        let key = (
            person,
            indicator,
            measure.word().to_owned(),
            atom,
            days.enter,
        );
        coverage_interval::Entity::delete_by_id(key)
            .exec(db)
            .await?;
    }
    let rows: Vec<_> = new
        .into_iter()
        .map(|interval| coverage_interval::ActiveModel {
            person_id: Set(person),
            bucket: Set(bucket),
            indicator_id: Set(interval.indicator),
            measure: Set(interval.measure.word().to_owned()),
            atom_id: Set(interval.atom),
            enter_on: Set(interval.days.enter),
            leave_on: Set(interval.days.leave),
        })
        .collect();
    for rows in rows.chunks(CHUNK) {
        coverage_interval::Entity::insert_many(rows.to_vec())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Adds changes to the ledger.
pub async fn add_deltas(
    db: &impl ConnectionTrait,
    deltas: impl IntoIterator<Item = (Uuid, Delta)>,
) -> Result<()> {
    let rows: Vec<_> = deltas
        .into_iter()
        .map(|(id, delta)| coverage_delta::ActiveModel {
            delta_id: Set(id),
            atom_id: Set(delta.atom),
            indicator_id: Set(delta.indicator),
            measure: Set(delta.measure.word().to_owned()),
            on_day: Set(delta.on),
            delta: Set(delta.delta),
        })
        .collect();
    for rows in rows.chunks(CHUNK) {
        coverage_delta::Entity::insert_many(rows.to_vec())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// The row that whoever folds holds until the transaction ends.
pub async fn lock_fold(tx: &DatabaseTransaction) -> Result<coverage_fold::Model> {
    // SQLite has one writer and knows no row locks.
    let query = coverage_fold::Entity::find_by_id(1);
    let query = match tx.get_database_backend() {
        sea_orm::DbBackend::Postgres => query.lock_exclusive(),
        _ => query,
    };
    query
        .one(tx)
        .await?
        .ok_or_else(|| Error::internal("the row of coverage_fold is gone"))
}

/// Notes what the fold has done.
pub async fn save_fold(db: &impl ConnectionTrait, row: coverage_fold::Model) -> Result<()> {
    let row = coverage_fold::ActiveModel {
        fold_id: Set(1),
        populations_version: Set(row.populations_version),
        pools_version: Set(row.pools_version),
        pools_judged_for: Set(row.pools_judged_for),
        folded_at: Set(row.folded_at),
    };
    coverage_fold::Entity::update(row).exec(db).await?;
    Ok(())
}

/// Takes changes whose day has come out of the ledger, at most `limit`.
pub async fn take_deltas(
    tx: &DatabaseTransaction,
    today: NaiveDate,
    limit: u32,
) -> Result<Vec<Delta>> {
    // Raw: DELETE … RETURNING with a limit, the same text on both engines, tested on both.
    let sql = "DELETE FROM coverage_delta WHERE delta_id IN \
               (SELECT delta_id FROM coverage_delta WHERE on_day <= $1 LIMIT $2) \
               RETURNING delta_id, atom_id, indicator_id, measure, on_day, delta";
    let values = [Value::from(today), Value::from(i64::from(limit))];
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    let rows = coverage_delta::Model::find_by_statement(statement)
        .all(tx)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Delta {
                atom: row.atom_id,
                indicator: row.indicator_id,
                measure: measure(&row.measure)?,
                on: row.on_day,
                delta: row.delta,
            })
        })
        .collect()
}

#[derive(FromQueryResult)]
struct CounterRow {
    place_id: Uuid,
    indicator_id: IndicatorId,
    measure: String,
    period: NaiveDate,
    total: i64,
}

impl CounterRow {
    fn series(&self) -> Result<Series> {
        Ok(Series {
            place: self.place_id,
            indicator: self.indicator_id,
            measure: measure(&self.measure)?,
        })
    }
}

/// The counters of places, as far as changes on days from `first` to `last` need them: of each series every
/// month from that of `first` on, the last month before it, and the days of the months in between.
pub async fn counters(
    db: &impl ConnectionTrait,
    places: impl IntoIterator<Item = Uuid>,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<BTreeMap<Series, Counter>> {
    let backend = db.get_database_backend();
    let places = uuid_list(backend, places);
    let month = first_of_month(first);
    // Raw: lists of any length under one text, and "the last row before" by key order; tested on both engines.
    let months = format!(
        "SELECT place_id, indicator_id, measure, month AS period, total FROM coverage_month m WHERE {} \
         AND month >= COALESCE((SELECT MAX(month) FROM coverage_month p WHERE p.place_id = m.place_id \
         AND p.indicator_id = m.indicator_id AND p.measure = m.measure AND p.month < $2), $2)",
        in_uuid_list(backend, "place_id", 1)
    );
    let days = format!(
        "SELECT place_id, indicator_id, measure, on_day AS period, total FROM coverage_day WHERE {} \
         AND on_day >= $2 AND on_day < $3",
        in_uuid_list(backend, "place_id", 1)
    );
    let mut counters: BTreeMap<Series, Counter> = BTreeMap::new();
    let values = vec![places.clone(), month.into()];
    let statement = Statement::from_sql_and_values(backend, months, values);
    for row in CounterRow::find_by_statement(statement).all(db).await? {
        counters
            .entry(row.series()?)
            .or_default()
            .months
            .insert(row.period, row.total);
    }
    let values = vec![
        places,
        month.into(),
        next_month(first_of_month(last)).into(),
    ];
    let statement = Statement::from_sql_and_values(backend, days, values);
    for row in CounterRow::find_by_statement(statement).all(db).await? {
        counters
            .entry(row.series()?)
            .or_default()
            .days
            .insert(row.period, row.total);
    }
    Ok(counters)
}

/// Every counter there is: for `check`.
pub async fn every_counter(db: &impl ConnectionTrait) -> Result<BTreeMap<Series, Counter>> {
    let mut counters: BTreeMap<Series, Counter> = BTreeMap::new();
    for row in coverage_month::Entity::find().all(db).await? {
        let series = Series {
            place: row.place_id,
            indicator: row.indicator_id,
            measure: measure(&row.measure)?,
        };
        counters
            .entry(series)
            .or_default()
            .months
            .insert(row.month, row.total);
    }
    for row in coverage_day::Entity::find().all(db).await? {
        let series = Series {
            place: row.place_id,
            indicator: row.indicator_id,
            measure: measure(&row.measure)?,
        };
        counters
            .entry(series)
            .or_default()
            .days
            .insert(row.on_day, row.total);
    }
    Ok(counters)
}

/// Writes the rows of counters that differ from what was read.
pub async fn save_counters(
    db: &impl ConnectionTrait,
    before: &BTreeMap<Series, Counter>,
    after: &BTreeMap<Series, Counter>,
) -> Result<()> {
    let nothing = Counter::default();
    let (mut months, mut days) = (Vec::new(), Vec::new());
    for (series, counter) in after {
        let old = before.get(series).unwrap_or(&nothing);
        let word = series.measure.word();
        for (month, total) in &counter.months {
            if old.months.get(month) != Some(total) {
                months.push(coverage_month::ActiveModel {
                    place_id: Set(series.place),
                    indicator_id: Set(series.indicator),
                    measure: Set(word.to_owned()),
                    month: Set(*month),
                    total: Set(*total),
                });
            }
        }
        for (day, total) in &counter.days {
            if old.days.get(day) != Some(total) {
                days.push(coverage_day::ActiveModel {
                    place_id: Set(series.place),
                    indicator_id: Set(series.indicator),
                    measure: Set(word.to_owned()),
                    on_day: Set(*day),
                    total: Set(*total),
                });
            }
        }
    }
    for rows in months.chunks(CHUNK) {
        use coverage_month::Column as C;
        let replace = OnConflict::columns([C::PlaceId, C::IndicatorId, C::Measure, C::Month])
            .update_column(C::Total)
            .to_owned();
        coverage_month::Entity::insert_many(rows.to_vec())
            .on_conflict(replace)
            .exec_without_returning(db)
            .await?;
    }
    for rows in days.chunks(CHUNK) {
        use coverage_day::Column as C;
        let replace = OnConflict::columns([C::PlaceId, C::IndicatorId, C::Measure, C::OnDay])
            .update_column(C::Total)
            .to_owned();
        coverage_day::Entity::insert_many(rows.to_vec())
            .on_conflict(replace)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// What one statement tells of counts on a day.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Folded counts of the places asked.
    pub folded: BTreeMap<(Uuid, Measure), i64>,
    /// What is not yet folded, everywhere.
    pub unfolded: Vec<(AtomId, Measure, i64)>,
    /// Whether populations have changes that are not yet folded.
    pub populations_unfolded: bool,
    /// Which populations and pools were in force when this was read.
    pub version: Version,
    /// The month for which pools were last judged.
    pub pools_judged_for: NaiveDate,
}

/// Which populations and pools are in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Version {
    /// Of the populations in the counters.
    pub populations: i64,
    /// Of the pools.
    pub pools: i64,
}

/// Counts of places on one indicator on a day, with what is not yet folded, at one instant.
pub async fn read_counts(
    db: &impl ConnectionTrait,
    places: &[Uuid],
    indicator: IndicatorId,
    measures: &[Measure],
    on: NaiveDate,
) -> Result<Reading> {
    #[derive(FromQueryResult)]
    struct Row {
        part: i32,
        place_id: Option<Uuid>,
        measure: Option<String>,
        total: i64,
        other: i64,
        day: Option<NaiveDate>,
    }
    let backend = db.get_database_backend();
    let (list, sum) = match backend {
        sea_orm::DbBackend::Postgres => (
            "SELECT unnest($1::uuid[]) AS place_id",
            "CAST(SUM(t.delta) AS bigint)",
        ),
        _ => (
            "SELECT unhex(value) AS place_id FROM json_each($1)",
            "SUM(t.delta)",
        ),
    };
    let words: Vec<_> = measures
        .iter()
        .map(|measure| format!("'{}'", measure.word()))
        .collect();
    let words = words.join(", ");
    let asked: Vec<_> = measures
        .iter()
        .map(|m| format!("SELECT '{}' AS measure", m.word()))
        .collect();
    let asked = asked.join(" UNION ALL ");
    // Raw: one statement, so that counters and ledger are seen at one instant while a fold moves rows from one
    // to the other; measures are words of ours. Tested on both engines.
    let sql = format!(
        "SELECT 1 AS part, p.place_id, w.measure, \
           COALESCE((SELECT total FROM coverage_month c WHERE c.place_id = p.place_id AND c.indicator_id = $2 \
             AND c.measure = w.measure AND c.month < $3 ORDER BY c.month DESC LIMIT 1), 0) \
         + COALESCE((SELECT total FROM coverage_day d WHERE d.place_id = p.place_id AND d.indicator_id = $2 \
             AND d.measure = w.measure AND d.on_day >= $3 AND d.on_day <= $4 ORDER BY d.on_day DESC LIMIT 1), 0) \
           AS total, CAST(0 AS bigint) AS other, CAST(NULL AS date) AS day \
         FROM ({list}) p CROSS JOIN ({asked}) w \
         UNION ALL \
         SELECT 2, t.atom_id, t.measure, {sum}, CAST(0 AS bigint), CAST(NULL AS date) FROM coverage_delta t \
         WHERE t.on_day <= $4 AND t.indicator_id = $2 AND t.measure IN ({words}) GROUP BY t.atom_id, t.measure \
         UNION ALL \
         SELECT 3, NULL, NULL, f.populations_version, f.pools_version, f.pools_judged_for FROM coverage_fold f \
         UNION ALL \
         SELECT 4, NULL, NULL, COUNT(*), CAST(0 AS bigint), CAST(NULL AS date) FROM coverage_delta t \
         WHERE t.on_day <= $4 AND t.measure = 'POPULATION'"
    );
    let values = [
        uuid_list(backend, places.iter().copied()),
        indicator.0.into(),
        first_of_month(on).into(),
        on.into(),
    ];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let mut reading = Reading::default();
    for row in Row::find_by_statement(statement).all(db).await? {
        match (
            row.part,
            row.place_id,
            row.measure.as_deref().map(measure).transpose()?,
        ) {
            (1, Some(place), Some(measure)) => {
                reading.folded.insert((place, measure), row.total);
            }
            (2, Some(atom), Some(measure)) => {
                reading.unfolded.push((atom.into(), measure, row.total))
            }
            (3, ..) => {
                reading.version = Version {
                    populations: row.total,
                    pools: row.other,
                };
                reading.pools_judged_for = row.day.unwrap_or_default();
            }
            _ => reading.populations_unfolded = row.total > 0,
        }
    }
    Ok(reading)
}

/// Populations of every place on a day, by place and indicator; places nobody was ever counted in are left out.
pub async fn populations(
    db: &impl ConnectionTrait,
    indicators: &[IndicatorId],
    on: NaiveDate,
) -> Result<Vec<(Uuid, IndicatorId, i64)>> {
    #[derive(FromQueryResult)]
    struct Row {
        place_id: Uuid,
        indicator_id: IndicatorId,
        total: i64,
    }
    let backend = db.get_database_backend();
    let sum = match backend {
        sea_orm::DbBackend::Postgres => "CAST(SUM(total) AS bigint)",
        _ => "SUM(total)",
    };
    // Raw: "the last row up to a day" of every series at once, summed over months and days; tested on both engines.
    let sql = format!(
        "SELECT place_id, indicator_id, {sum} AS total FROM ( \
           SELECT place_id, indicator_id, total, \
             ROW_NUMBER() OVER (PARTITION BY place_id, indicator_id ORDER BY month DESC) AS latest \
           FROM coverage_month WHERE measure = 'POPULATION' AND month < $2 AND {of} \
           UNION ALL \
           SELECT place_id, indicator_id, total, \
             ROW_NUMBER() OVER (PARTITION BY place_id, indicator_id ORDER BY on_day DESC) AS latest \
           FROM coverage_day WHERE measure = 'POPULATION' AND on_day >= $2 AND on_day <= $3 AND {of} \
         ) s WHERE latest = 1 GROUP BY place_id, indicator_id",
        of = in_uuid_list(backend, "indicator_id", 1)
    );
    let values = [
        uuid_list(backend, indicators.iter().map(|indicator| indicator.0)),
        first_of_month(on).into(),
        on.into(),
    ];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let rows = Row::find_by_statement(statement).all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.place_id, row.indicator_id, row.total))
        .collect())
}

/// Recounts from the intervals: on which days how many entered and left, by atom. For `check`.
pub async fn recount(db: &impl ConnectionTrait) -> Result<Vec<Delta>> {
    #[derive(FromQueryResult)]
    struct Row {
        atom_id: AtomId,
        indicator_id: IndicatorId,
        measure: String,
        on_day: NaiveDate,
        delta: i64,
    }
    // Raw: grouping on the server keeps this proportional to days and atoms, not people.
    let sql = "SELECT atom_id, indicator_id, measure, enter_on AS on_day, COUNT(*) AS delta \
               FROM coverage_interval GROUP BY atom_id, indicator_id, measure, enter_on \
               UNION ALL \
               SELECT atom_id, indicator_id, measure, leave_on AS on_day, -COUNT(*) AS delta \
               FROM coverage_interval WHERE leave_on IS NOT NULL GROUP BY atom_id, indicator_id, measure, leave_on";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = Row::find_by_statement(statement).all(db).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Delta {
                atom: row.atom_id,
                indicator: row.indicator_id,
                measure: measure(&row.measure)?,
                on: row.on_day,
                delta: i32::try_from(row.delta).map_err(Error::internal)?,
            })
        })
        .collect()
}

/// Everything still in the ledger, the future included. For `check`.
pub async fn every_delta(db: &impl ConnectionTrait) -> Result<Vec<Delta>> {
    let rows = coverage_delta::Entity::find().all(db).await?;
    rows.iter()
        .map(|row| {
            Ok(Delta {
                atom: row.atom_id,
                indicator: row.indicator_id,
                measure: measure(&row.measure)?,
                on: row.on_day,
                delta: row.delta,
            })
        })
        .collect()
}

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

/// Stands for "since ever" in a key that cannot be empty.
fn always() -> NaiveDate {
    NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default()
}
