//! The denominator register at work: entering, importing, settling conflicts, and what applies.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    denominator,
    ids::{AccountId, AreaId, DenominatorId, IndicatorId},
};

use super::{
    Programmes, VersionTaken,
    denominators::{self, Entry},
    plan::{new_versions, next_version},
    reported::is_text,
    restated::{self, Entries},
    store,
};
use crate::{
    areas::Atlas,
    auth::capability::Supervisor,
    db::ConnectionTrait,
    error::{Error, Result, UserErrorCode},
    shipped::Report,
};

/// Says which of contradicting sources applies.
#[derive(Clone, Debug)]
pub struct Settle {
    /// The version that is to apply: the latest of its source.
    pub id: DenominatorId,
    /// Why, in words.
    pub reason: String,
}

impl Programmes {
    /// The register's value of an indicator on a day for each of the areas that has one, read in one statement.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn denominators(
        &self,
        indicator: IndicatorId,
        areas: &[AreaId],
        day: NaiveDate,
    ) -> Result<HashMap<AreaId, denominator::Model>> {
        let rows = store::denominators_on(self.db.read(), indicator, areas, day).await?;
        Ok(applying_by_area(rows, day))
    }

    /// Every version of the register's values of an indicator that begin on a day or earlier, for areas and all that they
    /// were made of, read in one statement: [`restated::population`] says what they amount to on a day.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn entries(
        &self,
        atlas: &Atlas,
        indicator: IndicatorId,
        areas: &[AreaId],
        last: NaiveDate,
    ) -> Result<Entries> {
        let areas = restated::speaking_for(atlas, areas);
        let rows = store::denominators_until(self.db.read(), indicator, &areas, last).await?;
        Ok(by_area(rows))
    }

    /// The register's official values of an indicator whose period holds a day or ended within its year, by area, every
    /// version.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn official_entries(
        &self,
        indicator: IndicatorId,
        day: NaiveDate,
    ) -> Result<Entries> {
        let rows = store::official_in_year(self.db.read(), indicator, day).await?;
        Ok(by_area(rows))
    }

    /// Enters a value as the next version of its area, indicator, period and status; what was entered stays. Entering
    /// what the latest version says already gives that version. `open` tells whether an area is open on a day.
    ///
    /// Who may enter for the area is for the caller to have checked.
    ///
    /// # Errors
    /// What must be mended in the entry; [`Error::Internal`] when others keep entering the same value at once.
    pub async fn set_denominator(
        &self,
        entry: Entry,
        by: Option<AccountId>,
        open: &(dyn Fn(AreaId, NaiveDate) -> bool + Sync),
    ) -> Result<denominator::Model> {
        let faults = entry.faults(&self.rulebook(), &open);
        if !faults.is_empty() {
            return Err(Error::User(faults));
        }
        let entry = Entry {
            source: entry.source.trim().to_owned(),
            ..entry
        };
        let this = self.clone();
        self.versioned(move |tx| {
            let (this, entry) = (this.clone(), entry.clone());
            Box::pin(async move {
                let period = (entry.period_from, entry.period_to);
                let there = store::register_place(tx, entry.area, entry.indicator, period).await?;
                let there: Vec<_> = there
                    .iter()
                    .filter(|row| row.status == entry.status)
                    .collect();
                let now = this.clock.now();
                let Some(row) = next_version(&there, &entry, by, &this.clock, now) else {
                    let own = there.iter().filter(|row| row.source == entry.source);
                    let latest = own.max_by_key(|row| row.version);
                    return latest
                        .map(|row| (*row).clone())
                        .ok_or_else(|| Error::internal("a version without a value"));
                };
                if !store::add_versions(tx, vec![row.clone()]).await? {
                    return Err(Error::internal(VersionTaken));
                }
                this.register_changed(tx).await?;
                Ok(row)
            })
        })
        .await
    }

    /// Settles which of contradicting sources applies to an area, indicator and period, as a further version of it; what
    /// the others said stays. Settling the same again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a version of an area that is not the supervisor's; what must be mended.
    pub async fn settle_denominator(
        &self,
        supervisor: &Supervisor,
        atlas: &Atlas,
        settle: Settle,
    ) -> Result<denominator::Model> {
        let found = store::denominator(self.db.latest(), settle.id).await?;
        let chosen = found.ok_or(Error::NotFound)?;
        supervisor.over(atlas, chosen.area_id)?;
        let reason = settle.reason.trim().to_owned();
        if !is_text(&reason) {
            return Err(Error::user(
                UserErrorCode::Required,
                "reason",
                "denominator-settle-reason",
            ));
        }
        let (this, by) = (self.clone(), supervisor.account());
        self.versioned(move |tx| {
            let (this, chosen, reason) = (this.clone(), chosen.clone(), reason.clone());
            Box::pin(async move {
                let period = (chosen.period_from, chosen.period_to);
                let place =
                    store::register_place(tx, chosen.area_id, chosen.indicator_id, period).await?;
                let versions: Vec<_> = place.iter().collect();
                let claims = denominators::claims(&versions);
                let mut own = claims.iter().filter(|claim| {
                    (claim.status, &claim.source) == (chosen.status, &chosen.source)
                });
                let Some(own) = own.next().filter(|own| own.value == chosen.value) else {
                    return Err(Error::user(
                        UserErrorCode::Conflict,
                        "id",
                        "denominator-superseded",
                    ));
                };
                if claims.len() < 2 {
                    return Err(Error::user(
                        UserErrorCode::Conflict,
                        "id",
                        "denominator-no-conflict",
                    ));
                }
                if own.settled_because.as_ref() == Some(&reason)
                    && denominators::in_force(&versions) == Some(*own)
                    && !denominators::is_conflict(&versions)
                {
                    return Ok((*own).clone());
                }
                let same = versions.iter().filter(|row| row.status == own.status);
                let last = same.map(|row| row.version).max().unwrap_or(0);
                let row = denominator::Model {
                    denominator_id: this.clock.id(),
                    version: last + 1,
                    entered_by: Some(by),
                    entered_at: this.clock.now(),
                    settled_because: Some(reason),
                    ..(*own).clone()
                };
                if !store::add_versions(tx, vec![row.clone()]).await? {
                    return Err(Error::internal(VersionTaken));
                }
                this.register_changed(tx).await?;
                Ok(row)
            })
        })
        .await
    }

    /// Every version of an area's register, the latest period and version first; of one indicator, or of all.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn register_of_area(
        &self,
        area: AreaId,
        indicator: Option<IndicatorId>,
    ) -> Result<Vec<denominator::Model>> {
        store::register_of_area(self.db.latest(), area, indicator).await
    }

    /// The register's value of an indicator in force on a day, of every area that has one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn register_on(
        &self,
        db: &impl ConnectionTrait,
        indicator: IndicatorId,
        day: NaiveDate,
    ) -> Result<HashMap<AreaId, denominator::Model>> {
        let rows = store::register_on(db, indicator, day).await?;
        Ok(applying_by_area(rows, day))
    }

    /// Enters the values that [`denominators::read`] read: all of them or nothing. A dry run only reports what would
    /// change.
    ///
    /// # Errors
    /// When the database refuses or does not answer.
    pub async fn import_denominators(&self, entries: Vec<Entry>, dry_run: bool) -> Result<Report> {
        let (clock, now) = (self.clock.clone(), self.clock.now());
        if dry_run {
            let register = store::register(self.db.latest()).await?;
            return Ok(new_versions(&register, &entries, &clock, now).1);
        }
        let this = self.clone();
        self.versioned(move |tx| {
            let (this, entries) = (this.clone(), entries.clone());
            Box::pin(async move {
                let register = store::register(tx).await?;
                let (rows, report) = new_versions(&register, &entries, &this.clock, now);
                if rows.is_empty() {
                    return Ok(report);
                }
                if !store::add_versions(tx, rows).await? {
                    return Err(Error::internal(VersionTaken));
                }
                this.register_changed(tx).await?;
                Ok(report)
            })
        })
        .await
    }
}

fn by_area(rows: Vec<denominator::Model>) -> Entries {
    let mut by_area = Entries::new();
    for row in rows {
        by_area.entry(row.area_id).or_default().push(row);
    }
    by_area
}

fn applying_by_area(
    rows: Vec<denominator::Model>,
    day: NaiveDate,
) -> HashMap<AreaId, denominator::Model> {
    let applying = |(area, rows): (AreaId, Vec<denominator::Model>)| {
        Some((area, denominators::applying(&rows, day)?.clone()))
    };
    by_area(rows).into_iter().filter_map(applying).collect()
}
