//! Reading counts month by month.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use entity::ids::{AtomId, IndicatorId};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use uuid::Uuid;

use super::{Counters, Reading, Version, measure};
use crate::{
    coverage::{counters::first_of_month, measure::Measure},
    db::uuid_list,
    error::Result,
};

/// What one statement tells of counts over months.
#[derive(Clone, Debug, Default)]
pub struct SeriesReading {
    /// Folded counts at the ends of months with a change, by place, measure and month.
    months: BTreeMap<(Uuid, Measure), BTreeMap<NaiveDate, i64>>,
    /// What is not yet folded, everywhere, by day.
    unfolded: Vec<(AtomId, Measure, NaiveDate, i64)>,
    /// Whether populations have changes that are not yet folded.
    pub populations_unfolded: bool,
    /// Which version of the populations last changed which month.
    changed: BTreeMap<NaiveDate, i64>,
    /// Which pools were in force when this was read.
    pools: i64,
    /// The month for which pools were last judged.
    pub pools_judged_for: NaiveDate,
}

impl SeriesReading {
    /// The counts of the last day of a month, or of today.
    pub fn on(&self, day: NaiveDate) -> Reading {
        let month = first_of_month(day);
        let last = |months: &BTreeMap<NaiveDate, i64>| {
            let last = months.range(..=month).next_back();
            last.map_or(0, |(_, total)| *total)
        };
        let due = self.unfolded.iter().filter(|(_, _, on, _)| *on <= day);
        let folded = self.months.iter();
        let folded = folded.map(|(key, months)| (*key, last(months)));
        Reading {
            counters: Arc::new(Counters {
                folded: folded.collect(),
                ..Counters::default()
            }),
            unfolded: due
                .map(|(atom, measure, _, delta)| (*atom, *measure, *delta))
                .collect(),
            populations_unfolded: self.populations_unfolded,
            version: self.version(day),
            pools_judged_for: self.pools_judged_for,
            ..Reading::default()
        }
    }

    /// Which populations and pools were in force on a day.
    pub fn version(&self, day: NaiveDate) -> Version {
        let changed = self.changed.range(..=first_of_month(day));
        Version {
            populations: changed.map(|(_, version)| *version).max().unwrap_or(0),
            pools: self.pools,
        }
    }
}

/// Counts of places at the ends of months from `first_month` to `last`, which is today or the end of a month, with
/// what is not yet folded, at one instant.
pub async fn read_series(
    db: &impl ConnectionTrait,
    places: &[Uuid],
    indicator: IndicatorId,
    measures: &[Measure],
    first_month: NaiveDate,
    last: NaiveDate,
) -> Result<SeriesReading> {
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
        .map(|measure| format!("SELECT '{}' AS measure", measure.word()))
        .collect();
    let asked = asked.join(" UNION ALL ");
    // Raw: one statement for the same reason as `read_counts`; each series by its key. Tested on both engines.
    let sql = format!(
        "SELECT 1 AS part, c.place_id, c.measure, c.total, CAST(0 AS bigint) AS other, c.month AS day \
         FROM ({list}) p CROSS JOIN ({asked}) w JOIN coverage_month c \
           ON c.place_id = p.place_id AND c.indicator_id = $2 AND c.measure = w.measure AND c.month <= $4 \
           AND c.month >= COALESCE((SELECT MAX(b.month) FROM coverage_month b WHERE b.place_id = p.place_id \
             AND b.indicator_id = $2 AND b.measure = w.measure AND b.month < $3), $3) \
         UNION ALL \
         SELECT 2, t.atom_id, t.measure, {sum}, CAST(0 AS bigint), t.on_day FROM coverage_delta t \
         WHERE t.on_day <= $4 AND t.indicator_id = $2 AND t.measure IN ({words}) \
         GROUP BY t.atom_id, t.measure, t.on_day \
         UNION ALL \
         SELECT 3, NULL, NULL, CAST(0 AS bigint), f.pools_version, f.pools_judged_for FROM coverage_fold f \
         UNION ALL \
         SELECT 5, NULL, NULL, v.version, CAST(0 AS bigint), v.month FROM coverage_population_change v \
         UNION ALL \
         SELECT 4, NULL, NULL, COUNT(*), CAST(0 AS bigint), CAST(NULL AS date) FROM coverage_delta t \
         WHERE t.on_day <= $4 AND t.measure = 'POPULATION'"
    );
    let values = [
        uuid_list(backend, places.iter().copied()),
        indicator.0.into(),
        first_month.into(),
        last.into(),
    ];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let mut reading = SeriesReading::default();
    for row in Row::find_by_statement(statement).all(db).await? {
        let measure = row.measure.as_deref().map(measure).transpose()?;
        match (row.part, row.place_id, measure, row.day) {
            (1, Some(place), Some(measure), Some(month)) => {
                let months = reading.months.entry((place, measure)).or_default();
                months.insert(month, row.total);
            }
            (2, Some(atom), Some(measure), Some(day)) => {
                let unfolded = (atom.into(), measure, day, row.total);
                reading.unfolded.push(unfolded);
            }
            (3, ..) => {
                reading.pools = row.other;
                reading.pools_judged_for = row.day.unwrap_or_default();
            }
            (5, .., Some(month)) => {
                reading.changed.insert(month, row.total);
            }
            _ => reading.populations_unfolded = row.total > 0,
        }
    }
    Ok(reading)
}
