//! Numbers that somebody entered, shown to whom may see them: the register and the reported values of an area.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::NaiveDate;
use entity::{
    denominator,
    ids::{AreaId, IndicatorId},
    reported_value::{self, Said},
};

use super::{
    AreaBasis, Asked, Coverage, CoverageUnit, DenominatorKind,
    disclosure::{Figure, Published, Tally},
    pools::{self, Screen},
};
use crate::{
    auth::capability::Supervisor,
    error::{Error, Result, UserError, UserErrorCode},
    learning::tiers::Tier,
    programmes::{
        denominators::{claims, in_force, is_conflict},
        reported::in_force as speaking,
    },
};

/// A version of the register, shown.
#[derive(Clone, Debug)]
pub struct RegisterRow {
    /// The version; its value leaves as `value` only.
    pub row: denominator::Model,
    /// The value, as far as it may be shown.
    pub value: Figure<u64>,
    /// Whether it is the one of its period that applies.
    pub is_in_force: bool,
    /// Whether it is the latest word of its source.
    pub is_latest: bool,
    /// Whether sources contradict each other here and nobody has settled it.
    pub is_conflict: bool,
}

/// A version of a reported value, shown.
#[derive(Clone, Debug)]
pub struct ReportedRow {
    /// The version; its numbers leave as `figures` only.
    pub row: reported_value::Model,
    /// The numbers, as far as they may be shown.
    pub figures: Published,
    /// What was said of each element of a compound indicator.
    pub elements: Vec<ElementRow>,
    /// Whether it is the one that speaks for its first day.
    pub is_in_force: bool,
}

/// What was said of one element of a compound indicator.
#[derive(Clone, Debug)]
pub struct ElementRow {
    /// Its code.
    pub code: String,
    /// Whether the area has it; nothing of numbers.
    pub in_place: Option<bool>,
    /// How many reached it, as far as it may be shown.
    pub reached: Figure<u64>,
}

/// Screens already fetched for one answer.
pub(super) type Screens = HashMap<(String, NaiveDate), Arc<Screen>>;

impl Coverage {
    /// The register of an area, every version, the latest period first; of one indicator, or only what contradicts itself.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an area that is not the supervisor's; a user error for an unknown indicator.
    pub async fn register_of(
        &self,
        supervisor: &Supervisor,
        area: AreaId,
        indicator: Option<&str>,
        only_conflicts: bool,
    ) -> Result<Vec<RegisterRow>> {
        supervisor.over(&self.areas().atlas(), area)?;
        let indicator = self.indicator_named(indicator)?;
        let rows = self.programmes().register_of_area(area, indicator).await?;
        let mut shown = self.shown(supervisor, rows).await?;
        shown.retain(|row| row.is_conflict || !only_conflicts);
        Ok(shown)
    }

    /// One version among those of its area, indicator and period.
    ///
    /// # Errors
    /// As [`Coverage::register_of`].
    pub async fn register_row(
        &self,
        supervisor: &Supervisor,
        row: &denominator::Model,
    ) -> Result<RegisterRow> {
        let all = self
            .programmes()
            .register_of_area(row.area_id, Some(row.indicator_id))
            .await?;
        let shown = self.shown(supervisor, all).await?;
        let mut shown = shown.into_iter();
        shown
            .find(|shown| shown.row.denominator_id == row.denominator_id)
            .ok_or(Error::NotFound)
    }

    async fn shown(
        &self,
        supervisor: &Supervisor,
        rows: Vec<denominator::Model>,
    ) -> Result<Vec<RegisterRow>> {
        let mut places: HashMap<_, Vec<&denominator::Model>> = HashMap::new();
        let place = |row: &denominator::Model| {
            (
                row.area_id,
                row.indicator_id,
                row.period_from,
                row.period_to,
            )
        };
        for row in &rows {
            places.entry(place(row)).or_default().push(row);
        }
        let mut screens = Screens::new();
        let mut shown = Vec::with_capacity(rows.len());
        for row in &rows {
            let versions = places.get(&place(row)).map_or(&[][..], Vec::as_slice);
            let tally = Tally {
                numerator: None,
                denominator: u64::try_from(row.value).ok(),
            };
            let period = (row.period_from, row.period_to);
            let figures = self
                .entered(
                    supervisor,
                    &mut screens,
                    (row.area_id, row.indicator_id),
                    period,
                    tally,
                )
                .await?;
            let is = |other: Option<&denominator::Model>| {
                other.is_some_and(|other| other.denominator_id == row.denominator_id)
            };
            shown.push(RegisterRow {
                row: row.clone(),
                value: figures.denominator(),
                is_in_force: is(in_force(versions)),
                is_latest: claims(versions).into_iter().any(|claim| is(Some(claim))),
                is_conflict: is_conflict(versions),
            });
        }
        Ok(shown)
    }

    /// The reported values of an area, every version, the latest period first; of one indicator, or of all.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an area that is not the supervisor's; a user error for an unknown indicator.
    pub async fn reported_of(
        &self,
        supervisor: &Supervisor,
        area: AreaId,
        indicator: Option<&str>,
    ) -> Result<Vec<ReportedRow>> {
        supervisor.over(&self.areas().atlas(), area)?;
        let indicator = self.indicator_named(indicator)?;
        let rows = self.programmes().reports_of_area(area, indicator).await?;
        self.shown_reports(supervisor, rows).await
    }

    /// One version among those of its area and indicator.
    ///
    /// # Errors
    /// As [`Coverage::reported_of`].
    pub async fn reported_row(
        &self,
        supervisor: &Supervisor,
        row: &reported_value::Model,
    ) -> Result<ReportedRow> {
        let all = self
            .programmes()
            .reports_of_area(row.area_id, Some(row.indicator_id))
            .await?;
        let shown = self.shown_reports(supervisor, all).await?;
        let mut shown = shown.into_iter();
        shown
            .find(|shown| shown.row.reported_value_id == row.reported_value_id)
            .ok_or(Error::NotFound)
    }

    async fn shown_reports(
        &self,
        supervisor: &Supervisor,
        rows: Vec<reported_value::Model>,
    ) -> Result<Vec<ReportedRow>> {
        let mut screens = Screens::new();
        let mut shown = Vec::with_capacity(rows.len());
        for row in &rows {
            let number = |value: Option<i64>| value.and_then(|value| u64::try_from(value).ok());
            let tally = Tally {
                numerator: number(row.numerator),
                denominator: number(row.denominator),
            };
            let period = (row.period_from, row.period_to.unwrap_or(row.period_from));
            let figures = self
                .entered(
                    supervisor,
                    &mut screens,
                    (row.area_id, row.indicator_id),
                    period,
                    tally,
                )
                .await?;
            let mut elements = Vec::new();
            for (code, said) in row.elements.iter().flat_map(|said| &said.0) {
                let (in_place, reached) = match said {
                    Said::InPlace(has) => (Some(*has), Published::unknown()),
                    Said::Number(reached) => {
                        let tally = Tally {
                            numerator: number(Some(*reached)),
                            ..tally
                        };
                        let of = (row.area_id, row.indicator_id);
                        let shown = self.entered(supervisor, &mut screens, of, period, tally);
                        (None, shown.await?)
                    }
                };
                elements.push(ElementRow {
                    code: code.clone(),
                    in_place,
                    reached: reached.numerator(),
                });
            }
            let same: Vec<_> = rows
                .iter()
                .filter(|other| other.indicator_id == row.indicator_id)
                .cloned()
                .collect();
            let speaking = speaking(&same, row.period_from);
            shown.push(ReportedRow {
                is_in_force: speaking
                    .is_some_and(|other| other.reported_value_id == row.reported_value_id),
                row: row.clone(),
                figures,
                elements,
            });
        }
        Ok(shown)
    }

    /// What may be shown of numbers entered about an area: by the pools of the last day they speak for.
    pub(super) async fn entered(
        &self,
        supervisor: &Supervisor,
        screens: &mut Screens,
        (area, indicator): (AreaId, IndicatorId),
        (from, to): (NaiveDate, NaiveDate),
        tally: Tally,
    ) -> Result<Published> {
        let Some(family) = self.family_of(indicator) else {
            return Ok(Published::of_units(tally.numerator, tally.denominator));
        };
        let atlas = self.areas().atlas();
        let today = self.clock().today();
        let asked = Asked {
            scope: supervisor.scope(&atlas, area)?,
            area,
            indicator,
            tier: Tier::Demonstrated,
            on: if from > today { today } else { to.min(today) },
            basis: AreaBasis::AsReported,
            denominator: DenominatorKind::Population,
            of: CoverageUnit::Own,
            count: Some(indicator),
        };
        let screen = match screens.get(&(family.clone(), asked.on)) {
            Some(screen) => Arc::clone(screen),
            None => {
                let (screen, _) = self
                    .read(&asked, indicator, family.clone(), &BTreeSet::new())
                    .await?;
                screens.insert((family, asked.on), Arc::clone(&screen));
                screen
            }
        };
        let atoms = || pools::atoms(&atlas, &[area]);
        let (sight, k) = (asked.sight(area), self.threshold());
        Ok(screen.publish_entered(&vec![area], atoms, sight, k, tally))
    }

    fn indicator_named(&self, code: Option<&str>) -> Result<Option<IndicatorId>> {
        let Some(code) = code else { return Ok(None) };
        let rulebook = self.programmes().rulebook();
        let found = rulebook.indicator(code).map(|known| known.row.indicator_id);
        let unknown = || {
            UserError::new(
                UserErrorCode::NotFound,
                "indicator",
                "denominator-indicator-unknown",
            )
        };
        Ok(Some(found.ok_or_else(unknown)?))
    }
}
