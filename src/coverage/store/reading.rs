//! Reading counts: of the counters, of what is not yet folded into them, and of what is in force.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use entity::ids::{AtomId, IndicatorId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};
use uuid::Uuid;

use super::measure;
use crate::{
    coverage::{counters::first_of_month, measure::Measure},
    db::uuid_list,
    error::Result,
};

/// What one statement tells of counts on a day.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What is folded of the places asked.
    pub counters: Arc<Counters>,
    /// What is not yet folded, everywhere.
    pub unfolded: Vec<(AtomId, Measure, i64)>,
    /// Whether populations have changes that are not yet folded.
    pub populations_unfolded: bool,
    /// Which populations and pools were in force when this was read.
    pub version: Version,
    /// The month for which pools were last judged.
    pub pools_judged_for: NaiveDate,
    /// Which counters were in force when this was read.
    pub counters_version: i64,
}

/// What is folded of some places on a day: the same as long as the version of the counters is.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    /// Counts of the places asked.
    pub folded: BTreeMap<(Uuid, Measure), i64>,
    /// Changes of the tier by place that were recorded after the month of the day.
    pub late: BTreeMap<Uuid, i64>,
    /// The last day with a change of the tier, by place.
    pub newest: BTreeMap<Uuid, NaiveDate>,
    /// Which counters were in force when this was read.
    pub version: i64,
}

impl Reading {
    /// Changes of the tier in places up to the day that were recorded after its month.
    pub fn late_in(&self, places: &[Uuid]) -> u64 {
        let late = places
            .iter()
            .filter_map(|place| self.counters.late.get(place));
        u64::try_from(late.sum::<i64>()).unwrap_or(0)
    }

    /// The last day up to the one read on which the tier changed in one of the places.
    pub fn newest_in(&self, places: &[Uuid]) -> Option<NaiveDate> {
        let newest = places
            .iter()
            .filter_map(|place| self.counters.newest.get(place));
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

#[derive(FromQueryResult)]
struct Row {
    part: i32,
    place_id: Option<Uuid>,
    measure: Option<String>,
    total: i64,
    other: i64,
    day: Option<NaiveDate>,
}

/// Counts of places on one indicator on a day, with what is not yet folded, at one instant.
pub async fn read_counts(
    db: &impl ConnectionTrait,
    places: &[Uuid],
    indicator: IndicatorId,
    measures: &[Measure],
    on: NaiveDate,
) -> Result<Reading> {
    let backend = db.get_database_backend();
    let (list, changes) = match backend {
        DbBackend::Postgres => (
            "SELECT unnest($4::uuid[]) AS place_id",
            "CAST(SUM(l.changes) AS bigint)",
        ),
        _ => (
            "SELECT unhex(value) AS place_id FROM json_each($4)",
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
    let asked: Vec<_> = measures
        .iter()
        .map(|m| format!("SELECT '{}' AS measure", m.word()))
        .collect();
    let asked = asked.join(" UNION ALL ");
    let ledger = ledger(backend, measures);
    // Raw: one statement, so that counters and ledger are seen at one instant while a fold moves rows from one
    // to the other; measures are words of ours. Tested on both engines.
    let sql = format!(
        "SELECT 1 AS part, p.place_id, w.measure, \
           COALESCE((SELECT total FROM coverage_month c WHERE c.place_id = p.place_id AND c.indicator_id = $1 \
             AND c.measure = w.measure AND c.month < $2 ORDER BY c.month DESC LIMIT 1), 0) \
         + COALESCE((SELECT total FROM coverage_day d WHERE d.place_id = p.place_id AND d.indicator_id = $1 \
             AND d.measure = w.measure AND d.on_day >= $2 AND d.on_day <= $3 ORDER BY d.on_day DESC LIMIT 1), 0) \
           AS total, CAST(0 AS bigint) AS other, CAST(NULL AS date) AS day \
         FROM ({list}) p CROSS JOIN ({asked}) w \
         UNION ALL \
         SELECT 5, l.place_id, NULL, {changes}, CAST(0 AS bigint), CAST(NULL AS date) \
         FROM ({list}) p JOIN coverage_late l ON l.place_id = p.place_id AND l.indicator_id = $1 \
           AND l.measure = '{late_of}' AND l.recorded_month > $2 AND l.month <= $2 GROUP BY l.place_id \
         UNION ALL \
         SELECT 6, p.place_id, NULL, CAST(0 AS bigint), CAST(0 AS bigint), \
           (SELECT MAX(d.on_day) FROM coverage_day d WHERE d.place_id = p.place_id AND d.indicator_id = $1 \
             AND d.measure = '{late_of}' AND d.on_day <= $3) \
         FROM ({list}) p \
         UNION ALL {ledger}"
    );
    let values = [
        indicator.0.into(),
        first_of_month(on).into(),
        on.into(),
        uuid_list(backend, places.iter().copied()),
    ];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    reading(Row::find_by_statement(statement).all(db).await?)
}

/// What of [`read_counts`] changes without the counters: what is not yet folded, and what is in force. Of the counters it
/// says their version only.
pub async fn read_ledger(
    db: &impl ConnectionTrait,
    indicator: IndicatorId,
    measures: &[Measure],
    on: NaiveDate,
) -> Result<Reading> {
    let backend = db.get_database_backend();
    let values = [indicator.0.into(), first_of_month(on).into(), on.into()];
    // Raw: as in `read_counts`.
    let statement = Statement::from_sql_and_values(backend, ledger(backend, measures), values);
    reading(Row::find_by_statement(statement).all(db).await?)
}

/// The parts of the statement on what is not yet folded and what is in force: of the indicator `$1`, in the month `$2`, on
/// the day `$3`.
fn ledger(backend: DbBackend, measures: &[Measure]) -> String {
    let sum = match backend {
        DbBackend::Postgres => "CAST(SUM(t.delta) AS bigint)",
        _ => "SUM(t.delta)",
    };
    let words: Vec<_> = measures
        .iter()
        .map(|measure| format!("'{}'", measure.word()))
        .collect();
    let words = words.join(", ");
    format!(
        "SELECT 2 AS part, t.atom_id AS place_id, t.measure, {sum} AS total, CAST(0 AS bigint) AS other, \
           CAST(NULL AS date) AS day FROM coverage_delta t \
         WHERE t.on_day <= $3 AND t.indicator_id = $1 AND t.measure IN ({words}) GROUP BY t.atom_id, t.measure \
         UNION ALL \
         SELECT 3, NULL, NULL, COALESCE((SELECT MAX(v.version) FROM coverage_population_change v WHERE v.month <= $2), 0), \
           f.pools_version, f.pools_judged_for FROM coverage_fold f \
         UNION ALL \
         SELECT 4, NULL, NULL, COUNT(*), CAST(0 AS bigint), CAST(NULL AS date) FROM coverage_delta t \
         WHERE t.on_day <= $3 AND t.measure = 'POPULATION' \
         UNION ALL \
         SELECT 7, NULL, NULL, f.counters_version, CAST(0 AS bigint), CAST(NULL AS date) FROM coverage_fold f"
    )
}

fn reading(rows: Vec<Row>) -> Result<Reading> {
    let (mut reading, mut counters) = (Reading::default(), Counters::default());
    for row in rows {
        let measure = row.measure.as_deref().map(measure).transpose()?;
        match (row.part, row.place_id, measure) {
            (1, Some(place), Some(measure)) => {
                counters.folded.insert((place, measure), row.total);
            }
            (2, Some(atom), Some(measure)) => {
                reading.unfolded.push((atom.into(), measure, row.total));
            }
            (3, ..) => {
                reading.version = Version {
                    populations: row.total,
                    pools: row.other,
                };
                reading.pools_judged_for = row.day.unwrap_or_default();
            }
            (5, Some(place), None) => {
                counters.late.insert(place, row.total);
            }
            (6, Some(place), None) => {
                counters.newest.extend(row.day.map(|day| (place, day)));
            }
            (7, ..) => reading.counters_version = row.total,
            _ => reading.populations_unfolded = row.total > 0,
        }
    }
    counters.version = reading.counters_version;
    reading.counters = Arc::new(counters);
    Ok(reading)
}
