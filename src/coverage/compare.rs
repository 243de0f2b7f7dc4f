//! Two figures held against each other, and why they differ: people who came, went, grew out and were reached,
//! areas that became others, populations entered anew.

use std::collections::BTreeSet;

use entity::ids::AtomId;

use super::{
    Asked, Cell, Coverage, CoverageUnit,
    disclosure::Figure,
    explanation::Line,
    measure::Measure,
    store::{self, Flows, Side, Whom},
};
use crate::{
    areas::Atlas,
    error::{Error, Result},
};

/// Two figures of one question, on two days or over two sets of areas.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The earlier figure.
    pub from: Cell,
    /// The later figure.
    pub to: Cell,
    /// Who came and went; nothing for what areas report.
    pub flows: Option<ShownFlows>,
    /// What else differs, in words.
    pub reasons: Vec<Line>,
}

/// [`Flows`] as they may be shown: only where both figures are.
#[derive(Clone, Copy, Debug)]
pub struct ShownFlows {
    /// New to the population, counted nowhere before.
    pub joined: Figure<u64>,
    /// Came from another area.
    pub moved_in: Figure<u64>,
    /// Left because the last child outgrew the age.
    pub outgrown: Figure<u64>,
    /// Went to another area.
    pub moved_out: Figure<u64>,
    /// Left for any other reason.
    pub left_otherwise: Figure<u64>,
    /// Were there on both days and were reached in between.
    pub reached: Figure<u64>,
    /// Came or joined, and are reached.
    pub joined_reached: Figure<u64>,
    /// Left, and had been reached.
    pub left_reached: Figure<u64>,
    /// Stayed, and are no longer reached: events were taken back.
    pub taken_back: Figure<u64>,
}

impl Coverage {
    /// Holds two figures of the same area and indicator against each other.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn compare(&self, from: &Asked, to: &Asked) -> Result<Comparison> {
        let (from, to) = (self.single(from).await?, self.single(to).await?);
        let atlas = self.areas().atlas();
        let flows = match from.asked.count {
            Some(_) => {
                let flows = self.flows(&atlas, &from, &to).await?;
                Some(shown(&atlas, &from, &to, flows))
            }
            None => None,
        };
        let reasons = reasons(&atlas, &from, &to);
        Ok(Comparison {
            from,
            to,
            flows,
            reasons,
        })
    }

    async fn single(&self, asked: &Asked) -> Result<Cell> {
        let cells = self.answer(asked, &[asked.area]).await?;
        let cell = cells.into_iter().next();
        cell.ok_or_else(|| Error::internal("an area without an answer"))
    }

    async fn flows(&self, atlas: &Atlas, from: &Cell, to: &Cell) -> Result<Flows> {
        let asked = &from.asked;
        let Some(count) = asked.count else {
            return Ok(Flows::default());
        };
        let rulebook = self.programmes().rulebook();
        let indicator = rulebook.indicator_by_id(asked.indicator);
        let months = indicator.and_then(|indicator| rulebook.max_age_months(indicator));
        let mut children = self.child_counts().into_iter();
        let whom = Whom {
            count,
            children: asked.of == CoverageUnit::Children
                || children.any(|known| known.count == count),
            under_months: months.and_then(|months| u32::try_from(months).ok()),
        };
        let (first, second) = (side(atlas, from), side(atlas, to));
        let tier = Measure::Tier(asked.tier);
        let db = self.db().latest();
        let flows = store::flows(db, whom, tier, &first, &second).await?;
        let was = store::erased_on(db, count, tier, &first).await?;
        let is = store::erased_on(db, count, tier, &second).await?;
        Ok(flows.with_erased(was, is))
    }
}

fn side(atlas: &Atlas, cell: &Cell) -> Side {
    let atoms: BTreeSet<AtomId> = cell.atoms(atlas).iter().collect();
    Side {
        on: cell.asked.on,
        atoms,
    }
}

/// Invariant: a number about two days is shown only where the figures of both may be.
fn shown(atlas: &Atlas, from: &Cell, to: &Cell, flows: Flows) -> ShownFlows {
    let show = |people: i64| {
        let people = u64::try_from(people).unwrap_or(0);
        to.count(atlas, people).only_with(from.count(atlas, people))
    };
    ShownFlows {
        joined: show(flows.joined),
        moved_in: show(flows.moved_in),
        outgrown: show(flows.outgrown),
        moved_out: show(flows.moved_out),
        left_otherwise: show(flows.left_otherwise),
        reached: show(flows.reached),
        joined_reached: show(flows.joined_reached),
        left_reached: show(flows.left_reached),
        taken_back: show(flows.taken_back),
    }
}

fn reasons(atlas: &Atlas, from: &Cell, to: &Cell) -> Vec<Line> {
    let mut reasons = Vec::new();
    if from.counted != to.counted {
        let names = |cell: &Cell| {
            let name = |area: &entity::ids::AreaId| atlas.display_name(*area, cell.asked.on);
            cell.counted.iter().map(name).collect::<Vec<_>>().join("; ")
        };
        reasons.push(
            Line::new("compare-areas")
                .with("from", names(from))
                .with("to", names(to)),
        );
    }
    if from.widened != to.widened {
        reasons.push(Line::new("explain-widened"));
    }
    let values = |cell: &Cell| -> Vec<_> {
        let register = cell.register.iter();
        register.map(|value| value.denominator_id).collect()
    };
    if values(from) != values(to) {
        let told = |cell: &Cell| {
            let value = |value: &entity::denominator::Model| {
                format!("{} ({})", value.source, value.version)
            };
            match cell.register.as_slice() {
                [] => "–".to_owned(),
                known => known.iter().map(value).collect::<Vec<_>>().join("; "),
            }
        };
        reasons.push(
            Line::new("compare-register")
                .with("from", told(from))
                .with("to", told(to)),
        );
    }
    if from.figures.is_pooled() || to.figures.is_pooled() {
        reasons.push(Line::new("coverage-pooled"));
    }
    reasons
}
