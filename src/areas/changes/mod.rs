//! Changes of areas by decision: previewed, applied and undone, with everything that hangs on the areas.
//!
//! Invariant: a preview and an application are the same steps of the same plan; a preview only writes nothing.
//! Invariant: what later features hold about areas moves through [`AreaChangeFollower`], in the same transaction.

pub mod ask;
mod check;
pub mod plan;
mod recorded;
mod steps;
mod targets;
pub mod world;

use std::{collections::BTreeSet, sync::Arc};

use chrono::NaiveDate;
use entity::ids::{AccountId, AreaChangeId, AreaId, AtomId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Areas, Atlas, Settled};
use crate::{
    clock::Clock,
    db::{Db, Tx},
    error::Result,
};
use plan::ChangePlan;

pub use ask::{Ask, Edge, Move, Target};
pub use recorded::{Applied, Reader, Recorded};
pub(super) use steps::Prepared;

/// A change with the areas before and after it.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it does.
    pub plan: Arc<ChangePlan>,
    /// The areas without it.
    pub before: Arc<Atlas>,
    /// The areas with it.
    pub after: Arc<Atlas>,
    /// Today in Viet Nam.
    pub today: NaiveDate,
}

/// What becomes of something that hangs on an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Fate {
    /// It goes on as it was.
    Stays,
    /// It goes on in the one area that holds all of the old one.
    Follows,
    /// It is divided among the new areas by the stated shares.
    Divided,
    /// Somebody decides: there is no one successor.
    Waits,
    /// It does not say anything about the new areas.
    Unknown,
}

/// What hangs on areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Matter {
    /// People living there.
    People,
    /// Standings.
    Standings,
    /// Groups.
    Groups,
    /// Values of the denominator register.
    Denominators,
    /// Targets of the area's own.
    Targets,
    /// Reports that are not locked.
    Reports,
}

/// What a change does to one kind of thing in one area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// What.
    pub matter: Matter,
    /// Where it is now.
    pub area: AreaId,
    /// Where it may go.
    pub successors: Vec<AreaId>,
    /// What becomes of it.
    pub fate: Fate,
    /// How many there are.
    pub count: u64,
}

/// Something that keeps a change from being undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// What; absent for later changes of areas.
    pub matter: Option<Matter>,
    /// Where.
    pub area: AreaId,
    /// How many.
    pub count: u64,
}

impl Hold {
    /// One for each area that something names.
    pub fn of(matter: Matter, counts: impl IntoIterator<Item = (Uuid, u64)>) -> Vec<Self> {
        let counts = counts.into_iter();
        counts
            .map(|(area, count)| Self {
                matter: Some(matter),
                area: area.into(),
                count,
            })
            .collect()
    }
}

/// Something that waits for a decision, because its area ended without one successor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// What waits: the id of the standing or group.
    pub id: Uuid,
    /// What kind of thing it is.
    pub matter: Matter,
    /// The area that ended.
    pub area: AreaId,
    /// Whose it is.
    pub account: AccountId,
    /// The login name of the account.
    pub login: String,
    /// What it is called: the name of a group, the kind of a standing.
    pub label: String,
}

/// Who holds something about areas and must follow a change of them.
#[async_trait::async_trait]
pub trait AreaChangeFollower: Send + Sync {
    /// What the change does to what the feature holds. Writes nothing.
    ///
    /// # Errors
    /// When the database does not answer.
    async fn effects(&self, tx: &Tx, step: &Step) -> Result<Vec<Effect>>;

    /// Carries the change on, after it is written and before it can be seen.
    ///
    /// # Errors
    /// An error gives the whole change up.
    async fn follow(&self, _: &Tx, _: &Step) -> Result<()> {
        Ok(())
    }

    /// What has come to depend on the areas and atoms that the change made.
    ///
    /// # Errors
    /// When the database does not answer.
    async fn holds(&self, tx: &Tx, made: &Made) -> Result<Vec<Hold>>;

    /// Takes back what [`AreaChangeFollower::follow`] did, before the areas are taken back.
    ///
    /// # Errors
    /// An error gives the undoing up.
    async fn undo(&self, _: &Tx, _: &Step) -> Result<()> {
        Ok(())
    }

    /// What waits for a decision today.
    ///
    /// # Errors
    /// When the database does not answer.
    async fn reviews(&self, _: &Tx, _: &Atlas, _: NaiveDate) -> Result<Vec<Review>> {
        Ok(Vec::new())
    }

    /// Carries out a decision. Answers whether the review was this feature's.
    ///
    /// # Errors
    /// Everything the administrator can mend.
    async fn decide(&self, _: &Tx, _: &Review, _: &[AreaId], _: AccountId) -> Result<bool> {
        Ok(false)
    }

    /// Called once a decision is committed.
    fn decided(&self, _: &Review) -> Result<()> {
        Ok(())
    }
}

/// The areas and atoms that a change made.
#[derive(Clone, Debug)]
pub struct Made {
    /// New areas.
    pub areas: Vec<AreaId>,
    /// New atoms.
    pub atoms: Vec<AtomId>,
}

impl Step {
    /// The areas that the change is about, each with where it goes and what becomes of what hangs on it.
    pub fn fates(&self) -> Vec<(AreaId, Vec<AreaId>, Fate)> {
        let plan = &self.plan;
        let mut about: BTreeSet<AreaId> = plan.closed().collect();
        let own = plan.edges.iter();
        about.extend(own.map(|edge| edge.from_area_id));
        about
            .into_iter()
            .map(|area| {
                let next = plan.successors(area);
                let fate = match next.as_slice() {
                    [same] if *same == area => Fate::Stays,
                    [_] => Fate::Follows,
                    _ => Fate::Waits,
                };
                (area, next, fate)
            })
            .collect()
    }

    /// What was made.
    pub fn made(&self) -> Made {
        Made {
            areas: self.plan.opened().collect(),
            atoms: self.plan.atoms.iter().map(|atom| atom.atom_id).collect(),
        }
    }

    /// The effects on one kind of thing, of which so many hang on each area; areas without any are left out.
    pub fn effects(&self, matter: Matter, count: impl Fn(AreaId) -> u64) -> Vec<Effect> {
        let fates = self.fates().into_iter();
        fates
            .filter_map(|(area, successors, fate)| {
                let count = count(area);
                (count > 0).then_some(Effect {
                    matter,
                    area,
                    successors,
                    fate,
                    count,
                })
            })
            .collect()
    }
}

/// A change as it is shown: planned, or done.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The change with the areas before and after it.
    pub step: Step,
    /// What it does to what hangs on the areas.
    pub effects: Vec<Effect>,
    /// Whether it had been applied before with the same id.
    pub was_applied: bool,
}

/// The changes of areas. Cheap to clone.
#[derive(Clone)]
pub struct AreaChanges(pub(super) Arc<Parts>);

/// What [`AreaChanges`] works with.
pub(super) struct Parts {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) areas: Areas,
    pub(super) followers: Vec<Arc<dyn AreaChangeFollower>>,
}

impl AreaChanges {
    /// The feature. `followers` are told in their order, and of an undoing in the opposite one.
    pub fn new(
        db: Db,
        clock: Clock,
        areas: Areas,
        followers: Vec<Arc<dyn AreaChangeFollower>>,
    ) -> Self {
        Self(Arc::new(Parts {
            db,
            clock,
            areas,
            followers,
        }))
    }

    /// An id for a change that came without one.
    pub fn fresh_id(&self) -> AreaChangeId {
        self.0.clock.id()
    }
}

/// The areas whose extent a change may alter: those that hold, before or after it, what its areas hold.
pub fn concerned(plan: &ChangePlan, before: &Atlas, after: &Atlas) -> BTreeSet<AreaId> {
    let mut atoms: BTreeSet<AtomId> = plan.atoms.iter().map(|atom| atom.atom_id).collect();
    for area in plan.touched.iter().filter_map(|area| area.id()) {
        atoms.extend(before.atoms_of_area(area));
        atoms.extend(after.atoms_of_area(area));
    }
    let mut areas = BTreeSet::new();
    for atom in atoms {
        areas.extend(before.areas_of_atom(atom));
        areas.extend(after.areas_of_atom(atom));
    }
    areas
}

impl Areas {
    /// Where what hangs on an area hangs today: the area itself, or what it became.
    pub fn settled(&self, id: AreaId) -> Settled {
        self.atlas().settled(id, self.today())
    }

    /// The areas in memory, if they are of an edition.
    fn of_edition(&self, edition: i64) -> Option<Arc<Atlas>> {
        let held = self
            .held
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        (held.edition == edition).then(|| Arc::clone(&held.atlas))
    }
}
