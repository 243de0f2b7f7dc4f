//! Totals that are added up from the accepted reports below.
//!
//! A total is counted for the area itself, or added up from the accepted reports below. When it is added up, cells
//! shown there are taken as frozen; those pooled there are counted again **together and at one time**, and shown only
//! if all of them may be shown as one. Adding frozen numbers of different times inside one pool would give away, by
//! difference, what became of a single small area.

use std::collections::{BTreeSet, HashMap};

use entity::{
    ids::{AreaId, IndicatorId, ReportId, ReportVersionId},
    report_version,
};

use super::{
    Reports,
    form::{CellForm, CellState, Form, Row, RowState, Taken},
    freezing::{Below, empty, register_forms},
    seals::Seals,
    store,
};
use crate::{
    auth::capability::AreaScope,
    coverage::{
        disclosure::Sealed,
        frozen::{FrozenCell, POPULATION},
    },
    error::Result,
};

impl Reports {
    /// The rows and the total of a report that adds up those below.
    pub(super) async fn summed(
        &self,
        scope: &AreaScope,
        below: &[Below],
        accepted: &[ReportId],
        form: &mut Form,
        seals: &mut Seals,
    ) -> Result<()> {
        let sent = store::latest_versions(self.db().latest(), accepted).await?;
        let mut forms: Vec<Form> = Vec::new();
        let mut covered = BTreeSet::new();
        for below in below {
            let version = below
                .report
                .as_ref()
                .filter(|_| below.is_accepted())
                .and_then(|report| sent.get(&report.report_id));
            let (state, from, cells) = match version {
                None => (RowState::Missing, None, Vec::new()),
                Some(version) => {
                    let child = Form::read(version)?;
                    covered.extend(child.covered.iter().copied());
                    let cells = child.total.clone();
                    forms.push(child);
                    (RowState::Accepted, Some(taken(version)), cells)
                }
            };
            form.rows.push(Row {
                area: self.place(below.area, form.on),
                state,
                from,
                cells,
            });
        }
        form.covered = covered.into_iter().collect();
        // What is pooled below, by indicator; the same areas for many indicators are read once.
        let rulebook = self.programmes().rulebook();
        let indicators: Vec<(IndicatorId, String)> = self
            .coverage()
            .counted()
            .into_iter()
            .filter_map(|counted| {
                let known = rulebook.indicator_by_id(counted.indicator)?;
                Some((counted.indicator, known.row.code.clone()))
            })
            .collect();
        let pooled: Vec<Vec<AreaId>> = indicators
            .iter()
            .map(|(_, code)| pooled_together(&forms, code))
            .collect();
        let mut groups: Vec<Vec<AreaId>> = vec![vec![scope.area()]];
        groups.extend(pooled.iter().filter(|group| !group.is_empty()).cloned());
        groups.sort();
        groups.dedup();
        let read = self.coverage().freeze(scope, form.on, &groups).await?;
        let read: HashMap<&Vec<AreaId>, Vec<FrozenCell>> = groups.iter().zip(read).collect();
        let find = |group: &Vec<AreaId>, indicator| {
            let cells = read.get(group)?;
            cells.iter().find(|cell| cell.indicator == indicator)
        };
        let own = vec![scope.area()];
        for ((indicator, code), group) in indicators.iter().zip(&pooled) {
            let rest = find(group, *indicator).filter(|_| !group.is_empty());
            // With everybody there, the area's own entry in the register says how many there are.
            let register = find(&own, *indicator)
                .filter(|cell| form.acknowledged_missing.is_empty() && cell.is_own_entry);
            let total = Total {
                code,
                forms: &forms,
                rest,
                register,
                area: scope.area(),
                version: form.version,
            };
            let mut cell = total.cell(seals)?;
            cell.target = self.target(form, scope.area(), *indicator);
            form.total.push(cell);
        }
        Ok(())
    }
}

/// One indicator of a total that is added up.
struct Total<'a> {
    code: &'a str,
    forms: &'a [Form],
    /// What is pooled below, counted together.
    rest: Option<&'a FrozenCell>,
    /// The area itself, where its own entry in the register counts.
    register: Option<&'a FrozenCell>,
    area: AreaId,
    version: ReportVersionId,
}

impl Total<'_> {
    fn cell(&self, seals: &mut Seals) -> Result<CellForm> {
        let shown: Vec<Option<&CellForm>> = self
            .forms
            .iter()
            .map(|form| form.total.iter().find(|cell| cell.indicator == self.code))
            .collect();
        let mut measures: BTreeSet<&str> = BTreeSet::new();
        for cell in shown.iter().flatten() {
            measures.extend(cell.measures().map(String::as_str));
        }
        let pooled = self.rest.is_some_and(|rest| rest.is_pooled)
            || self.register.is_some_and(|own| own.is_pooled);
        let mut total = empty(self.code, pooled);
        for measure in measures {
            let register = self.register.filter(|_| measure == POPULATION);
            let sum = match register {
                Some(own) => sealed(own, measure),
                None => {
                    let exact = shown
                        .iter()
                        .filter(|cell| cell.is_none_or(|cell| cell.state == CellState::Exact))
                        .map(|cell| {
                            let figure = cell.map(|cell| cell.published(measure, measure));
                            figure
                                .map_or(Sealed::kept(None), |cell| Sealed::shown(cell.numerator()))
                        });
                    exact.fold(
                        self.rest
                            .map_or(Sealed::kept(Some(0)), |rest| sealed(rest, measure)),
                        Sealed::plus,
                    )
                }
            };
            if pooled {
                let commitment = seals.add((self.version, self.area, self.code), measure, sum)?;
                total.commitments.insert(measure.to_owned(), commitment);
            } else {
                total
                    .figures
                    .insert(measure.to_owned(), self.shown(&shown, measure));
            }
        }
        if let Some(own) = self.register.filter(|_| !pooled) {
            total.register = register_forms(&own.register);
        }
        Ok(total)
    }

    /// The sum of what is shown below and what is shown of the rest.
    fn shown(&self, cells: &[Option<&CellForm>], measure: &str) -> Option<u64> {
        let figure = |cell: &FrozenCell| {
            let found = cell.figures.iter().find(|figure| figure.measure == measure);
            found.and_then(|figure| figure.shown.exact())
        };
        if let Some(own) = self.register.filter(|_| measure == POPULATION) {
            return figure(own);
        }
        let rest = self.rest.map_or(Some(0), figure)?;
        cells
            .iter()
            .filter(|cell| cell.is_none_or(|cell| cell.state == CellState::Exact))
            .map(|cell| cell.and_then(|cell| cell.figures.get(measure).copied().flatten()))
            .try_fold(rest, |sum, people| sum.checked_add(people?))
    }
}

/// The areas of those who are pooled on an indicator.
fn pooled_together(forms: &[Form], code: &str) -> Vec<AreaId> {
    let is_pooled = |form: &&Form| {
        let mut cells = form.total.iter();
        cells.any(|cell| cell.indicator == code && cell.state == CellState::Pooled)
    };
    let areas: BTreeSet<AreaId> = forms
        .iter()
        .filter(is_pooled)
        .flat_map(|form| form.covered.iter().copied())
        .collect();
    areas.into_iter().collect()
}

fn sealed(cell: &FrozenCell, measure: &str) -> Sealed {
    let mut figures = cell.figures.iter();
    let found = figures.find(|figure| figure.measure == measure);
    found.map_or(Sealed::kept(None), |figure| figure.sealed)
}

fn taken(version: &report_version::Model) -> Taken {
    Taken {
        report: version.report_id,
        version: version.version_id,
        number: version.number,
        sha256: version.sha256.clone(),
    }
}
