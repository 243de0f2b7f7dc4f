//! The steps of previewing, applying, undoing and deciding, inside a transaction of the caller.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use entity::{
    area::AreaLevel,
    ids::{AccountId, AreaChangeId, AreaId},
};
use uuid::Uuid;

use super::{
    super::{Atlas, Settled, records::Records, store},
    AreaChanges, Ask, Hold, Matter, Outcome, Review, Step,
    check::fault,
    concerned,
    plan::{ChangePlan, plan},
    world::World,
};
use crate::{
    auth::capability::Administrator,
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
};

/// A change before its transaction.
pub(in super::super) enum Prepared {
    /// It was applied before, with the same id.
    Done(Outcome),
    /// Planned on the areas of an edition.
    Planned(Step, i64),
}

impl AreaChanges {
    /// Plans a change. Outside the transaction: reading all areas takes longer than other writers should wait.
    pub(in super::super) async fn prepare(
        &self,
        administrator: &Administrator,
        ask: &Ask,
    ) -> Result<Prepared> {
        let db = self.0.db.latest();
        let (edition, records) = store::changes::records_of_edition(db).await?;
        let before = match self.0.areas.of_edition(edition) {
            Some(atlas) => atlas,
            None => Arc::new(Atlas::new(&records)?),
        };
        check_standing(administrator, &before, ask)?;
        if let Some(done) = self.done_before(&records, &before, ask).await? {
            return Ok(Prepared::Done(done));
        }
        let today = self.0.clock.today();
        let plan = plan(&World::new(&records), ask, today).map_err(Error::User)?;
        let after = Arc::new(Atlas::new(&plan.applied(&records))?);
        check_extents(&before, &after, &plan)?;
        let plan = Arc::new(plan);
        let step = Step {
            plan,
            before,
            after,
            today,
        };
        Ok(Prepared::Planned(step, edition))
    }

    /// Says what a planned change does, and does it where `write` says so. Nothing when areas have changed since it
    /// was planned.
    pub(in super::super) async fn carry_out(
        &self,
        tx: &Tx,
        by: AccountId,
        step: &Step,
        edition: i64,
        write: bool,
    ) -> Result<Option<(Outcome, Option<i64>)>> {
        let now = match write {
            true => store::changes::lock_edition(tx).await?,
            false => store::changes::edition(tx).await?,
        };
        if now != edition {
            return Ok(None);
        }
        let mut effects = Vec::new();
        for follower in &self.0.followers {
            effects.extend(follower.effects(tx, step).await?);
        }
        effects.sort_by_key(|effect| (effect.matter, effect.area));
        let mut next = None;
        if write {
            let now = self.0.clock.now();
            store::changes::write(tx, &step.plan, &effects, (by, now)).await?;
            for follower in &self.0.followers {
                follower.follow(tx, step).await?;
            }
            next = Some(store::changes::next_edition(tx, edition).await?);
        }
        let outcome = Outcome {
            step: step.clone(),
            effects,
            was_applied: false,
        };
        Ok(Some((outcome, next)))
    }

    /// The change of the same id, when it was applied before.
    async fn done_before(
        &self,
        records: &Records,
        atlas: &Arc<Atlas>,
        ask: &Ask,
    ) -> Result<Option<Outcome>> {
        let known = records
            .changes
            .iter()
            .find(|row| row.area_change_id == ask.id);
        let Some(known) = known else { return Ok(None) };
        let same = known.decision == ask.decision.trim()
            && (known.effective_on, known.kind) == (ask.effective_on, ask.kind);
        let Some(plan) = store::changes::applied(self.0.db.latest(), records, ask.id).await? else {
            return Err(fault(Code::Taken, "id", "id-taken").into());
        };
        if !same {
            return Err(fault(Code::Taken, "id", "id-taken").into());
        }
        let before = Arc::new(Atlas::new(&plan.undone(records))?);
        Ok(Some(Outcome {
            step: Step {
                plan: Arc::new(plan),
                before,
                after: Arc::clone(atlas),
                today: self.0.clock.today(),
            },
            effects: Vec::new(),
            was_applied: true,
        }))
    }

    /// Takes a change back.
    pub(in super::super) async fn take_back(
        &self,
        tx: &Tx,
        administrator: &Administrator,
        id: AreaChangeId,
    ) -> Result<(Step, i64)> {
        let edition = store::changes::lock_edition(tx).await?;
        let records = store::records(tx).await?;
        let unknown = || Error::user(Code::NotFound, "id", "area-change-unknown");
        let known = records.changes.iter().any(|row| row.area_change_id == id);
        if !known {
            return Err(unknown());
        }
        let shipped = || Error::user(Code::Conflict, "id", "area-change-shipped");
        let plan = store::changes::applied(tx, &records, id)
            .await?
            .ok_or_else(shipped)?;
        let after = Arc::new(Atlas::new(&records)?);
        let covered = |area| administrator.over(&after, area).is_ok();
        if !plan
            .touched
            .iter()
            .filter_map(|area| area.id())
            .all(covered)
        {
            return Err(unknown());
        }
        self.check_holds(tx, &plan, &records, &after).await?;
        let undone = plan.undone(&records);
        let step = Step {
            before: Arc::new(Atlas::new(&undone)?),
            after,
            plan: Arc::new(plan),
            today: self.0.clock.today(),
        };
        for follower in self.0.followers.iter().rev() {
            follower.undo(tx, &step).await?;
        }
        store::changes::take_back(tx, &step.plan).await?;
        let next = store::changes::next_edition(tx, edition).await?;
        Ok((step, next))
    }

    /// Says everything that depends on a change, if anything does.
    async fn check_holds(
        &self,
        tx: &Tx,
        plan: &ChangePlan,
        records: &Records,
        after: &Arc<Atlas>,
    ) -> Result<()> {
        let world = World::new(records);
        let made: BTreeSet<_> = plan.opened().collect();
        let mut holds = Vec::new();
        let mut later = |area| {
            holds.push(Hold {
                matter: None,
                area,
                count: 1,
            });
        };
        for area in &plan.touched {
            if let Some(id) = area.id()
                && world.facts.get(&id) != area.after.as_ref()
            {
                later(id);
            }
        }
        let own = plan.change.area_change_id;
        for edge in records
            .edges
            .iter()
            .filter(|edge| edge.area_change_id != own)
        {
            let named = [edge.from_area_id, edge.to_area_id].into_iter();
            named.filter(|id| made.contains(id)).for_each(&mut later);
        }
        let touched: BTreeSet<_> = plan.touched.iter().filter_map(|area| area.id()).collect();
        for row in &records.parents {
            if made.contains(&row.parent_id) && !touched.contains(&row.area_id) {
                later(row.parent_id);
            }
        }
        let step = Step {
            plan: Arc::new(plan.clone()),
            before: Arc::clone(after),
            after: Arc::clone(after),
            today: self.0.clock.today(),
        };
        let made = step.made();
        for follower in &self.0.followers {
            holds.extend(follower.holds(tx, &made).await?);
        }
        if holds.is_empty() {
            return Ok(());
        }
        Err(Error::User(
            held_by(&holds)
                .into_iter()
                .map(|((matter, area), count)| {
                    let name = after.name(area, plan.change.effective_on);
                    let wrong = fault(Code::Conflict, "id", hold_message(matter));
                    wrong.with("area", name).with("count", count)
                })
                .collect(),
        ))
    }

    /// What waits for a decision in the areas of the administrator's standing, oldest area first.
    pub(in super::super) async fn waiting(
        &self,
        tx: &Tx,
        administrator: &Administrator,
    ) -> Result<Vec<Review>> {
        let (atlas, today) = (self.0.areas.atlas(), self.0.clock.today());
        let mut reviews = Vec::new();
        for follower in &self.0.followers {
            reviews.extend(follower.reviews(tx, &atlas, today).await?);
        }
        let waits = |review: &Review| {
            matches!(atlas.settled(review.area, today), Settled::Waits(_))
                && administrator.over(&atlas, review.area).is_ok()
        };
        reviews.retain(waits);
        reviews.sort_by_key(|review| (review.matter, review.id));
        Ok(reviews)
    }

    /// Decides where something that waits goes.
    pub(in super::super) async fn settle(
        &self,
        tx: &Tx,
        administrator: &Administrator,
        id: Uuid,
        to: &[AreaId],
    ) -> Result<Review> {
        let (atlas, today) = (self.0.areas.atlas(), self.0.clock.today());
        let waiting = self.waiting(tx, administrator).await?;
        let review = waiting.into_iter().find(|review| review.id == id);
        let review =
            review.ok_or_else(|| Error::user(Code::NotFound, "id", "area-review-unknown"))?;
        let next = match atlas.settled(review.area, today) {
            Settled::Waits(next) => next,
            Settled::In(area) => vec![area],
        };
        let mut wrong = Vec::new();
        for (at, area) in to.iter().enumerate() {
            let field = format!("areaIds.{at}");
            let within = next.iter().any(|next| atlas.covers(*next, *area));
            if administrator.over(&atlas, *area).is_err() {
                wrong.push(fault(Code::NotFound, field, "area-unknown"));
            } else if !within || !atlas.is_open(*area, today) {
                let names: Vec<_> = next.iter().map(|id| atlas.name(*id, today)).collect();
                let names = names.join("; ");
                wrong.push(
                    fault(Code::Invalid, field, "area-review-elsewhere").with("areas", names),
                );
            }
        }
        if !wrong.is_empty() {
            return Err(Error::User(wrong));
        }
        for follower in &self.0.followers {
            if follower
                .decide(tx, &review, to, administrator.account())
                .await?
            {
                return Ok(review);
            }
        }
        Err(Error::user(Code::NotFound, "id", "area-review-unknown"))
    }
}

fn held_by(holds: &[Hold]) -> BTreeMap<(Option<Matter>, AreaId), u64> {
    let mut sums = BTreeMap::new();
    for hold in holds {
        *sums.entry((hold.matter, hold.area)).or_default() += hold.count;
    }
    sums
}

fn hold_message(matter: Option<Matter>) -> &'static str {
    match matter {
        None => "area-change-held-by-change",
        Some(Matter::People) => "area-change-held-by-people",
        Some(Matter::Standings) => "area-change-held-by-standings",
        Some(Matter::Groups) => "area-change-held-by-groups",
        Some(Matter::Denominators) => "area-change-held-by-denominators",
        Some(Matter::Targets) => "area-change-held-by-targets",
        Some(Matter::Reports) => "area-change-held-by-reports",
    }
}

/// Every area named must lie in those of the standing; the others answer as if they did not exist.
fn check_standing(administrator: &Administrator, atlas: &Atlas, ask: &Ask) -> Result<()> {
    let mut wrong: Vec<UserError> = Vec::new();
    for (at, id) in ask.from.iter().enumerate() {
        if administrator.over(atlas, *id).is_err() {
            wrong.push(fault(
                Code::NotFound,
                format!("fromIds.{at}"),
                "area-unknown",
            ));
        }
    }
    for (at, to) in ask.to.iter().enumerate() {
        if to
            .parent
            .is_some_and(|id| administrator.over(atlas, id).is_err())
        {
            wrong.push(fault(
                Code::NotFound,
                format!("to.{at}.parentId"),
                "area-unknown",
            ));
        }
        if atlas.area(to.id).is_some() && administrator.over(atlas, to.id).is_err() {
            wrong.push(fault(Code::Taken, format!("to.{at}.id"), "id-taken"));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::User(wrong))
    }
}

/// Any change of extent makes a new area: one that goes on may hold only new atoms besides those it held.
fn check_extents(before: &Atlas, after: &Atlas, plan: &ChangePlan) -> Result<()> {
    let made: BTreeSet<_> = plan.atoms.iter().map(|atom| atom.atom_id).collect();
    let day = plan.change.effective_on;
    let mut wrong = Vec::new();
    for id in concerned(plan, before, after) {
        let Some(area) = before.area(id) else {
            continue;
        };
        if area.level == AreaLevel::Country || area.valid_from == Some(day) {
            continue;
        }
        let held: BTreeSet<_> = before.atoms_of_area(id).collect();
        let holds: BTreeSet<_> = after.atoms_of_area(id).collect();
        let gained = holds.difference(&held).any(|atom| !made.contains(atom));
        if gained || held.difference(&holds).next().is_some() {
            let wrong_area = fault(Code::Conflict, "to", "area-change-extent");
            wrong.push(wrong_area.with("area", before.name(id, day)));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::User(wrong))
    }
}
