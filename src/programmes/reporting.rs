//! Reporting values and verifying them one level up.

use chrono::NaiveDate;
use entity::{
    denominator,
    ids::{AccountId, AreaId, IndicatorId, ReportedValueId},
    reported_value,
    reported_value::Verdict,
};

use super::{
    Programmes, VersionTaken,
    elements::Needed,
    reported::{ReportValue, is_text},
    store,
};
use crate::{
    areas::Atlas,
    auth::capability::Supervisor,
    db::ConnectionTrait,
    error::{Error, Result, UserErrorCode},
};

/// What the office above says of a value.
#[derive(Clone, Debug)]
pub struct Verify {
    /// The version.
    pub id: ReportedValueId,
    /// Whether it holds.
    pub verdict: Verdict,
    /// Why; needed to return it.
    pub comment: Option<String>,
}

impl Programmes {
    /// Reports a value as the next version of its area, indicator and first day; what was reported stays. Reporting what
    /// the latest version says already gives that version.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an area that is not the supervisor's; what must be mended in the value.
    pub async fn report_value(
        &self,
        supervisor: &Supervisor,
        atlas: &Atlas,
        value: ReportValue,
    ) -> Result<reported_value::Model> {
        supervisor.over(atlas, value.area)?;
        let value = value.tidied().with_whole();
        let rulebook = self.rulebook();
        let indicator = rulebook.indicator_by_id(value.indicator);
        let programme = indicator.and_then(|known| rulebook.programme(known.row.programme_id));
        let first = programme.map_or(NaiveDate::MIN, |programme| programme.issued_on);
        let today = self.clock.today();
        let last = value.period_to.unwrap_or(value.period_from);
        let mut chain = vec![value.area];
        chain.extend(atlas.ancestors(value.area, last));
        let target = rulebook.applied_target(value.indicator, &chain, last);
        let target = target.map(|applied| &**applied.target);
        let known = indicator.map(|known| (&**known, Needed::of(known, target)));
        let faults = value.faults(known, atlas, first, today);
        if !faults.is_empty() {
            return Err(Error::User(faults));
        }
        let (this, by) = (self.clone(), supervisor.account());
        self.versioned(move |tx| {
            let (this, value) = (this.clone(), value.clone());
            Box::pin(async move {
                let latest = store::latest_report(tx, &value).await?;
                if let Some(latest) = &latest
                    && latest.verdict != Some(Verdict::Returned)
                    && value.says_the_same(latest)
                {
                    return Ok(latest.clone());
                }
                let row = this.reported_row(value, latest.as_ref(), by);
                if !store::add_report(tx, row.clone()).await? {
                    return Err(Error::internal(VersionTaken));
                }
                this.register_changed(tx).await?;
                Ok(row)
            })
        })
        .await
    }

    fn reported_row(
        &self,
        value: ReportValue,
        latest: Option<&reported_value::Model>,
        by: AccountId,
    ) -> reported_value::Model {
        reported_value::Model {
            reported_value_id: self.clock.id(),
            area_id: value.area,
            indicator_id: value.indicator,
            period_from: value.period_from,
            period_to: value.period_to,
            version: latest.map_or(0, |row| row.version) + 1,
            numerator: value.numerator,
            denominator: value.denominator,
            in_place: value.in_place,
            elements: value.elements,
            milestone: value.milestone,
            source: value.source,
            document: value.document,
            entered_by: by,
            entered_at: self.clock.now(),
            verdict: None,
            verified_by: None,
            verified_at: None,
            comment: None,
        }
    }

    /// Says of a value whether it holds: for somebody who stands on an area above, never who reported it. Saying the same
    /// again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a value of an area that is not the supervisor's; what must be mended.
    pub async fn verify_reported_value(
        &self,
        supervisor: &Supervisor,
        atlas: &Atlas,
        verify: Verify,
    ) -> Result<reported_value::Model> {
        let db = self.db.latest();
        let row = store::report(db, verify.id).await?.ok_or(Error::NotFound)?;
        supervisor.over(atlas, row.area_id)?;
        let by = supervisor.account();
        if row.entered_by == by {
            return Err(Error::user(UserErrorCode::Conflict, "id", "reported-own"));
        }
        if !stands_above(supervisor, atlas, row.area_id) {
            return Err(Error::user(
                UserErrorCode::Invalid,
                "id",
                "reported-not-above",
            ));
        }
        let comment = verify.comment.map(|text| text.trim().to_owned());
        let comment = comment.filter(|text| !text.is_empty());
        let says = comment.as_deref().is_some_and(is_text);
        if (verify.verdict == Verdict::Returned || comment.is_some()) && !says {
            return Err(Error::user(
                UserErrorCode::Required,
                "comment",
                "reported-comment",
            ));
        }
        let (this, verdict) = (self.clone(), verify.verdict);
        let now = self.clock.now();
        self.versioned(move |tx| {
            let (this, comment) = (this.clone(), comment.clone());
            Box::pin(async move {
                let said = store::verify(tx, verify.id, verdict, by, now, comment).await?;
                let row = store::report(tx, verify.id).await?.ok_or(Error::NotFound)?;
                if !said && (row.verdict, row.verified_by) != (Some(verdict), Some(by)) {
                    return Err(Error::user(UserErrorCode::Conflict, "id", "reported-said"));
                }
                if said {
                    this.register_changed(tx).await?;
                }
                Ok(row)
            })
        })
        .await
    }

    /// Every version of an indicator's values that began by a day, of the areas.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reports_of(
        &self,
        indicator: IndicatorId,
        areas: &[AreaId],
        day: NaiveDate,
    ) -> Result<Vec<reported_value::Model>> {
        if areas.is_empty() {
            return Ok(Vec::new());
        }
        store::reports_of(self.db.latest(), indicator, areas, day).await
    }

    /// Every version of every area's values of an indicator that began by a day.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn every_report(
        &self,
        db: &impl ConnectionTrait,
        indicator: IndicatorId,
        day: NaiveDate,
    ) -> Result<Vec<reported_value::Model>> {
        store::every_report(db, indicator, day).await
    }

    /// Everything ever entered into the register and reported.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn everything_entered(
        &self,
    ) -> Result<(Vec<denominator::Model>, Vec<reported_value::Model>)> {
        let db = self.db.read();
        Ok((store::register(db).await?, store::reports(db).await?))
    }

    /// Every version of an area's values, the latest period first; of one indicator, or of all.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reports_of_area(
        &self,
        area: AreaId,
        indicator: Option<IndicatorId>,
    ) -> Result<Vec<reported_value::Model>> {
        store::reports_of_area(self.db.latest(), area, indicator).await
    }
}

/// Whether a supervisor stands on an area around another, of a higher level.
pub fn stands_above(supervisor: &Supervisor, atlas: &Atlas, area: AreaId) -> bool {
    let level = |id| atlas.area(id).map(|area| area.level);
    supervisor
        .areas()
        .iter()
        .any(|held| level(*held) < level(area) && atlas.covers(*held, area))
}
