//! Statements on the counters, and reading them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::{
    coverage_day, coverage_month,
    ids::{AtomId, IndicatorId},
};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, EntityTrait, FromQueryResult, Statement,
    sea_query::OnConflict,
};
use uuid::Uuid;

use super::{CHUNK, measure};
use crate::{
    coverage::{
        counters::{Counter, Series, first_of_month, next_month},
        measure::Measure,
    },
    db::{in_uuid_list, uuid_list},
    error::Result,
};

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

/// Forgets what places that are no more counted, and the pools of those that were atoms.
pub async fn forget_places(db: &impl ConnectionTrait, places: Vec<Uuid>) -> Result<()> {
    let backend = db.get_database_backend();
    for (table, column) in [
        ("coverage_month", "place_id"),
        ("coverage_day", "place_id"),
        ("disclosure_membership", "atom_id"),
    ] {
        // Raw: lists of any length under one text; tested on both engines.
        let sql = format!(
            "DELETE FROM {table} WHERE {}",
            in_uuid_list(backend, column, 1)
        );
        let places = uuid_list(backend, places.iter().copied());
        let statement = Statement::from_sql_and_values(backend, sql, [places]);
        db.execute_raw(statement).await?;
    }
    Ok(())
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
    /// Changes of the tier by place that were recorded after the month of the day.
    pub late: BTreeMap<Uuid, i64>,
    /// The last day with a change of the tier, by place.
    pub newest: BTreeMap<Uuid, NaiveDate>,
}

impl Reading {
    /// Changes of the tier in places up to the day that were recorded after its month.
    pub fn late_in(&self, places: &[Uuid]) -> u64 {
        let late = places.iter().filter_map(|place| self.late.get(place));
        u64::try_from(late.sum::<i64>()).unwrap_or(0)
    }

    /// The last day up to the one read on which the tier changed in one of the places.
    pub fn newest_in(&self, places: &[Uuid]) -> Option<NaiveDate> {
        let newest = places.iter().filter_map(|place| self.newest.get(place));
        newest.max().copied()
    }
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
    let (list, sum, changes) = match backend {
        sea_orm::DbBackend::Postgres => (
            "SELECT unnest($1::uuid[]) AS place_id",
            "CAST(SUM(t.delta) AS bigint)",
            "CAST(SUM(l.changes) AS bigint)",
        ),
        _ => (
            "SELECT unhex(value) AS place_id FROM json_each($1)",
            "SUM(t.delta)",
            "SUM(l.changes)",
        ),
    };
    let mut tiers = measures
        .iter()
        .filter(|measure| **measure != Measure::Population);
    let late_of = tiers
        .next_back()
        .copied()
        .unwrap_or(Measure::Population)
        .word();
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
         SELECT 3, NULL, NULL, COALESCE((SELECT MAX(v.version) FROM coverage_population_change v WHERE v.month <= $3), 0), \
           f.pools_version, f.pools_judged_for FROM coverage_fold f \
         UNION ALL \
         SELECT 4, NULL, NULL, COUNT(*), CAST(0 AS bigint), CAST(NULL AS date) FROM coverage_delta t \
         WHERE t.on_day <= $4 AND t.measure = 'POPULATION' \
         UNION ALL \
         SELECT 5, l.place_id, NULL, {changes}, CAST(0 AS bigint), CAST(NULL AS date) \
         FROM ({list}) p JOIN coverage_late l ON l.place_id = p.place_id AND l.indicator_id = $2 \
           AND l.measure = '{late_of}' AND l.recorded_month > $3 AND l.month <= $3 GROUP BY l.place_id \
         UNION ALL \
         SELECT 6, p.place_id, NULL, CAST(0 AS bigint), CAST(0 AS bigint), \
           (SELECT MAX(d.on_day) FROM coverage_day d WHERE d.place_id = p.place_id AND d.indicator_id = $2 \
             AND d.measure = '{late_of}' AND d.on_day <= $4) \
         FROM ({list}) p"
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
            (5, Some(place), None) => {
                reading.late.insert(place, row.total);
            }
            (6, Some(place), None) => {
                reading.newest.extend(row.day.map(|day| (place, day)));
            }
            _ => reading.populations_unfolded = row.total > 0,
        }
    }
    Ok(reading)
}
