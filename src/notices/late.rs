//! Reminding those who supervise an area that its report is due, or late.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate};
use entity::{
    ids::{AreaId, PersonId},
    notice::NoticeKind,
};

use super::{
    Notices,
    outbox::{About, NewNotice, day_began},
    store,
};
use crate::{db::Tx, error::Result, reports::periods::Period};

/// Days before the due day on which is reminded.
const AHEAD: i64 = 1;
/// Days after the due day on which is reminded, ever more seldom.
const LATE_AFTER: [i64; 4] = [1, 7, 14, 28];
/// How far back periods are looked for: past the longest time to report and the last reminder.
const BACK: [i64; 5] = [0, 20, 40, 60, 80];

impl Notices {
    /// Tells everybody who supervises exactly an area of its reports that are due or late, of one each day: as many
    /// statements as there are periods, whatever the number of areas.
    pub(super) async fn remind_of_reports(&self, tx: &Tx, today: NaiveDate) -> Result<()> {
        let supervisors = store::supervisors(tx, today).await?;
        if supervisors.is_empty() {
            return Ok(());
        }
        let persons = supervisors.iter().map(|row| row.person_id);
        let reminded = store::reminded(tx, persons, day_began(today)).await?;
        let mut of_area: BTreeMap<AreaId, Vec<PersonId>> = BTreeMap::new();
        for row in supervisors {
            if !reminded.contains(&row.person_id) {
                of_area.entry(row.area_id).or_default().push(row.person_id);
            }
        }
        let mut wanted = Vec::new();
        for period in self.periods_to_remind_of(today) {
            wanted.extend(self.late_with(tx, &of_area, &period, today).await?);
        }
        let said = store::causes_among(tx, wanted.iter().map(|notice| &*notice.cause)).await?;
        let mut first: BTreeMap<PersonId, NewNotice> = BTreeMap::new();
        for notice in wanted {
            if !said.contains(&notice.cause) {
                first.entry(notice.person).or_insert(notice);
            }
        }
        self.post(tx, first.into_values().collect()).await?;
        Ok(())
    }

    /// The periods that every area reports on and that ended lately, the earliest first.
    fn periods_to_remind_of(&self, today: NaiveDate) -> Vec<Period> {
        let mut found: BTreeMap<(NaiveDate, String), Period> = BTreeMap::new();
        for days in BACK {
            let day = today - Duration::days(days);
            for period in self.0.on.reports.periods(Some(day)) {
                let expected = self
                    .0
                    .report_periods
                    .iter()
                    .any(|word| word == period.word());
                if expected && period.to < today {
                    found.insert((period.to, period.code.clone()), period);
                }
            }
        }
        found.into_values().collect()
    }

    /// What to tell of one period.
    async fn late_with(
        &self,
        tx: &Tx,
        of_area: &BTreeMap<AreaId, Vec<PersonId>>,
        period: &Period,
        today: NaiveDate,
    ) -> Result<Vec<NewNotice>> {
        let atlas = self.0.on.areas.atlas();
        let mut waiting = BTreeMap::new();
        for area in of_area.keys() {
            let Some(known) = atlas.area(*area).filter(|area| area.is_valid(period.to)) else {
                continue;
            };
            let due_on = period.due_on(known.level);
            let late = (today - due_on).num_days();
            let stage = LATE_AFTER.iter().copied().filter(|stage| *stage <= late);
            match stage.max() {
                Some(stage) => waiting.insert(*area, (NoticeKind::ReportLate, due_on, stage)),
                None if late >= -AHEAD => {
                    waiting.insert(*area, (NoticeKind::ReportDue, due_on, -AHEAD))
                }
                None => None,
            };
        }
        let areas: Vec<AreaId> = waiting.keys().copied().collect();
        if areas.is_empty() {
            return Ok(Vec::new());
        }
        let submitted = self
            .0
            .on
            .reports
            .submitted_among(tx, &areas, period)
            .await?;
        let mut told = Vec::new();
        for (area, (kind, due_on, stage)) in waiting {
            if submitted.contains(&area) {
                continue;
            }
            for person in of_area.get(&area).into_iter().flatten() {
                told.push(NewNotice {
                    person: *person,
                    kind,
                    cause: format!("{person}:report:{area}:{}:{stage}", period.code),
                    about: About {
                        area: Some(area),
                        period: Some(period.code.clone()),
                        due_on: Some(due_on),
                        ..About::default()
                    },
                    announcement: None,
                    by: None,
                    lasts: Duration::days(30),
                });
            }
        }
        Ok(told)
    }
}
