//! What areas said themselves, frozen beside what was counted: reported values are taken as they stood on the day.
//!
//! An area speaks for itself, so nothing is added up: the row of an area below is what its accepted report says, or,
//! where nothing below was accepted, what it has reported so far.

use entity::{ids::AreaId, reported_value, reported_value::Verdict};

use super::{
    Reports,
    form::{CellForm, Form, ReportedForm, ReportedShape, RowState, ValueForm},
    seals::Seals,
};
use crate::{
    auth::capability::AreaScope, coverage::frozen::FrozenReport, error::Result,
    programmes::reported::Shape,
};

impl Reports {
    /// Adds what was reported to the total and to the rows that do not come from a report of their own.
    pub(super) async fn reported(
        &self,
        scope: &AreaScope,
        form: &mut Form,
        seals: &mut Seals,
    ) -> Result<()> {
        let computed = form.rows.iter().enumerate();
        let computed: Vec<(usize, AreaId)> = computed
            .filter(|(_, row)| row.state == RowState::Computed)
            .map(|(at, row)| (at, row.area.id))
            .collect();
        let mut areas = vec![scope.area()];
        areas.extend(computed.iter().map(|(_, area)| *area));
        let frozen = self
            .coverage()
            .freeze_reported(scope, form.on, &areas)
            .await?;
        let mut cells = Vec::with_capacity(frozen.len());
        for (area, reports) in areas.iter().zip(&frozen) {
            let of_area: Result<Vec<CellForm>> = reports
                .iter()
                .map(|report| self.statement(form, *area, report, seals))
                .collect();
            cells.push(of_area?);
        }
        let mut cells = cells.into_iter();
        form.total.extend(cells.next().unwrap_or_default());
        for ((at, _), cells) in computed.into_iter().zip(cells) {
            if let Some(row) = form.rows.get_mut(at) {
                row.cells.extend(cells);
            }
        }
        Ok(())
    }

    fn statement(
        &self,
        form: &Form,
        area: AreaId,
        frozen: &FrozenReport,
        seals: &mut Seals,
    ) -> Result<CellForm> {
        let mut cell = self.cell(form, area, &frozen.cell, seals)?;
        cell.reported = Some(ReportedForm {
            shape: match frozen.shape {
                Shape::InPlace => ReportedShape::InPlace,
                Shape::Milestone => ReportedShape::Milestone,
                Shape::OfPeople => ReportedShape::OfPeople,
                Shape::OfEstablishments => ReportedShape::OfEstablishments,
            },
            milestone: frozen.milestone.map(Into::into),
            values: frozen
                .values
                .iter()
                .map(|row| value(row, frozen.cell.is_pooled))
                .collect(),
            unreported: frozen.unreported.clone(),
        });
        Ok(cell)
    }
}

fn value(row: &reported_value::Model, is_pooled: bool) -> ValueForm {
    ValueForm {
        id: row.reported_value_id,
        area: row.area_id,
        version: row.version,
        verified: row.verdict == Some(Verdict::Verified),
        source: (!is_pooled).then(|| row.source.clone()),
    }
}
