//! What is frozen when a report is submitted or restated: the total, the areas below, and what stays inside.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use entity::{
    area::AreaLevel,
    ids::{AreaId, IndicatorId, ReportId, ReportVersionId},
    report, report_seal,
};

use super::{
    Reports,
    form::{
        CellForm, CellState, FORMAT, Form, Place, RegisterForm, Row, RowState, Source, Span,
        TargetForm,
    },
    seals::Seals,
    store,
};
use crate::{
    auth::capability::{AreaScope, Supervisor},
    coverage::frozen::FrozenCell,
    error::{Error, Result, UserError, UserErrorCode as Code},
    learning::RULE_VERSION,
};

/// What is asked to be frozen.
#[derive(Clone, Debug)]
pub(super) struct Freezing {
    /// The report as it is.
    pub report: report::Model,
    /// The id of the new version.
    pub version: ReportVersionId,
    /// Areas below of which the asker says that their reports are missing.
    pub acknowledged: BTreeSet<AreaId>,
    /// The version restated and why; none for a submission.
    pub restated: Option<(Form, String, String)>,
}

/// What was frozen.
#[derive(Clone, Debug)]
pub(super) struct Frozen {
    /// The published form.
    pub form: Form,
    /// What stands behind its commitments.
    pub seals: Vec<report_seal::Model>,
    /// Accepted reports that it carries upward.
    pub carried: Vec<ReportId>,
}

/// An area below with the report it sent, if that was accepted.
#[derive(Clone, Debug)]
pub struct Below {
    /// The area.
    pub area: AreaId,
    /// Its report for the period, in whatever state.
    pub report: Option<report::Model>,
}

impl Below {
    /// Whether its report was accepted.
    pub fn is_accepted(&self) -> bool {
        let state = self.report.as_ref().map(|report| report.state);
        matches!(
            state,
            Some(report::ReportState::Accepted | report::ReportState::Locked)
        )
    }
}

impl Reports {
    /// The areas directly below on the last day of the period, and what they sent.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn below(&self, report: &report::Model) -> Result<Vec<Below>> {
        let areas = self
            .areas()
            .atlas()
            .children(report.area_id, report.period_to);
        if areas.is_empty() {
            return Ok(Vec::new());
        }
        let db = self.db().latest();
        let mut sent = store::reports_of(db, &areas, &report.period_code).await?;
        let below = |area| Below {
            report: sent.remove(&area),
            area,
        };
        Ok(areas.into_iter().map(below).collect())
    }

    pub(super) async fn freeze(&self, by: &Supervisor, asked: Freezing) -> Result<Frozen> {
        let report = &asked.report;
        let on = report.period_to;
        let atlas = self.areas().atlas();
        let scope = by.scope(&atlas, report.area_id)?;
        let newest_event_at = store::newest_event(self.db().latest()).await?;
        let below = self.below(report).await?;
        let accepted: Vec<ReportId> = below
            .iter()
            .filter(|below| below.is_accepted())
            .filter_map(|below| below.report.as_ref().map(|report| report.report_id))
            .collect();
        let source = match &asked.restated {
            Some((before, ..)) => before.source,
            None if accepted.is_empty() => Source::Computed,
            None => Source::Summed,
        };
        let missing: Vec<AreaId> = below
            .iter()
            .filter(|below| !below.is_accepted())
            .map(|below| below.area)
            .collect();
        if asked.restated.is_none() {
            self.check_missing(&missing, &asked.acknowledged, on)?;
        }
        let (mut form, mut seals) = (self.bare(&asked, newest_event_at), Seals::default());
        form.source = source;
        form.acknowledged_missing.clone_from(&missing);
        form.acknowledged_missing.sort_unstable();
        match source {
            Source::Computed => self.computed(&scope, &below, &mut form, &mut seals).await?,
            Source::Summed => {
                self.summed(&scope, &below, &accepted, &mut form, &mut seals)
                    .await?
            }
        }
        self.reported(&scope, &mut form, &mut seals).await?;
        if let Some((before, ..)) = &asked.restated {
            form.differences = form.differences_from(before);
        }
        Ok(Frozen {
            form,
            seals: seals.into_rows(),
            carried: accepted,
        })
    }

    /// Refuses to freeze while an area below is missing and nobody said so.
    pub(super) fn check_missing(
        &self,
        missing: &[AreaId],
        acknowledged: &BTreeSet<AreaId>,
        on: NaiveDate,
    ) -> Result<()> {
        /// Areas named in the message; the report lists them all.
        const NAMED: usize = 10;
        let atlas = self.areas().atlas();
        let unsaid: Vec<&AreaId> = missing
            .iter()
            .filter(|area| !acknowledged.contains(area))
            .collect();
        if unsaid.is_empty() {
            return Ok(());
        }
        let names = unsaid.iter().take(NAMED).map(|area| atlas.name(**area, on));
        let names: Vec<&str> = names.collect();
        let error = UserError::new(Code::Required, "acknowledgeMissing", "report-missing-below");
        Err(error
            .with("count", unsaid.len())
            .with("areas", names.join("; "))
            .into())
    }

    fn bare(&self, asked: &Freezing, newest: Option<DateTime<Utc>>) -> Form {
        let report = &asked.report;
        let before = asked.restated.as_ref().map(|(before, ..)| before);
        Form {
            format: FORMAT.to_owned(),
            report: report.report_id,
            version: asked.version,
            number: report.version_number + 1,
            restatement: before.map(|before| before.restatement.unwrap_or(0) + 1),
            reason: asked.restated.as_ref().map(|(_, _, reason)| reason.clone()),
            previous_sha256: asked.restated.as_ref().map(|(_, hash, _)| hash.clone()),
            area: self.place(report.area_id, report.period_to),
            period: Span {
                code: report.period_code.clone(),
                from: report.period_from,
                to: report.period_to,
            },
            on: report.period_to,
            basis: "AS_REPORTED".to_owned(),
            frozen_at: self.clock().now(),
            // A whole second says enough about freshness and little about anybody.
            newest_event_at: newest.map(|at| at.trunc_subsecs(0)),
            rule_version: RULE_VERSION,
            source: Source::Computed,
            acknowledged_missing: Vec::new(),
            covered: Vec::new(),
            rows: Vec::new(),
            total: Vec::new(),
            differences: Vec::new(),
        }
    }

    pub(super) fn place(&self, area: AreaId, on: NaiveDate) -> Place {
        let atlas = self.areas().atlas();
        let level = match atlas.area(area).map(|area| area.level) {
            Some(AreaLevel::Province) => "PROVINCE",
            Some(AreaLevel::District) => "DISTRICT",
            Some(AreaLevel::Commune) => "COMMUNE",
            Some(AreaLevel::Country) | None => "COUNTRY",
        };
        Place {
            id: area,
            code: atlas.code(area, on).map(str::to_owned),
            level: level.to_owned(),
            name: atlas.name(area, on).to_owned(),
        }
    }

    async fn computed(
        &self,
        scope: &AreaScope,
        below: &[Below],
        form: &mut Form,
        seals: &mut Seals,
    ) -> Result<()> {
        let mut groups = vec![vec![scope.area()]];
        groups.extend(below.iter().map(|below| vec![below.area]));
        let mut frozen = self
            .coverage()
            .freeze(scope, form.on, &groups)
            .await?
            .into_iter();
        for cell in frozen.next().unwrap_or_default() {
            form.total
                .push(self.cell(form, scope.area(), &cell, seals)?);
        }
        for (below, cells) in below.iter().zip(frozen) {
            let cells: Result<Vec<CellForm>> = cells
                .iter()
                .map(|cell| self.cell(form, below.area, cell, seals))
                .collect();
            form.rows.push(Row {
                area: self.place(below.area, form.on),
                state: RowState::Computed,
                from: None,
                cells: cells?,
            });
        }
        form.covered = vec![scope.area()];
        Ok(())
    }

    pub(super) fn cell(
        &self,
        form: &Form,
        area: AreaId,
        frozen: &FrozenCell,
        seals: &mut Seals,
    ) -> Result<CellForm> {
        let rulebook = self.programmes().rulebook();
        let indicator = rulebook
            .indicator_by_id(frozen.indicator)
            .ok_or_else(|| Error::internal("an indicator of no programme"))?;
        let mut cell = empty(&indicator.row.code, frozen.is_pooled);
        cell.target = self.target(form, area, frozen.indicator);
        for figure in &frozen.figures {
            let measure = figure.measure.to_owned();
            if frozen.is_pooled {
                let place = (form.version, area, &*indicator.row.code);
                let commitment = seals.add(place, &figure.measure, figure.sealed)?;
                cell.commitments.insert(measure, commitment);
            } else {
                cell.figures.insert(measure, figure.shown.exact());
            }
        }
        if !frozen.is_pooled {
            cell.register = register_forms(&frozen.register);
        }
        Ok(cell)
    }

    pub(super) fn target(
        &self,
        form: &Form,
        area: AreaId,
        indicator: IndicatorId,
    ) -> Option<TargetForm> {
        let mut chain = vec![area];
        chain.extend(self.areas().atlas().ancestors(area, form.on));
        let rulebook = self.programmes().rulebook();
        let applied = rulebook.applied_target(indicator, &chain, form.on)?;
        Some(TargetForm {
            id: applied.target.target_id,
            area: applied.from_area,
            percent: u32::try_from(applied.target.percent?).ok()?,
        })
    }
}

pub(super) fn register_forms(rows: &[entity::denominator::Model]) -> Vec<RegisterForm> {
    let form = |row: &entity::denominator::Model| RegisterForm {
        id: row.denominator_id,
        version: row.version,
        source: row.source.clone(),
    };
    rows.iter().map(form).collect()
}

pub(super) fn empty(code: &str, is_pooled: bool) -> CellForm {
    CellForm {
        indicator: code.to_owned(),
        state: if is_pooled {
            CellState::Pooled
        } else {
            CellState::Exact
        },
        figures: BTreeMap::new(),
        commitments: BTreeMap::new(),
        register: Vec::new(),
        target: None,
        reported: None,
    }
}
