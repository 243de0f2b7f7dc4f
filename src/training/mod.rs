//! Training: groups of people who learn together, what they are to learn by when, and how far each of them is.
//!
//! Invariant: a trainer sees and changes only groups she leads, alone or with others, in areas her account's standing
//! covers today; every other group answers as if it did not exist.
//! Invariant: leaving a group ends a run of days and deletes nothing.

use std::sync::Arc;

use entity::{
    ids::{AreaId, GroupId, PersonId},
    training_group,
};

use crate::{
    areas::Areas,
    auth::{Auth, audit::Audit, capability::Trainer},
    clock::Clock,
    content::Content,
    db::{Db, Tx, Work},
    error::{Error, Result, UserError, UserErrorCode as Code},
    learning::Learning,
    people::People,
};

mod area_change;
pub mod assigned;
pub mod assigning;
pub mod concerned;
mod correcting;
mod delegates;
pub mod files;
mod following;
pub mod framing;
pub mod graphql;
mod held;
pub mod import;
pub mod join_code;
mod joining;
mod leading;
pub mod matching;
mod members;
pub mod merging;
pub mod own;
mod planning;
mod reassigning;
mod recording;
mod registering;
pub mod roster;
pub mod screens;
pub mod sessions;
mod store;
pub mod sync;
mod telling;
mod visiting;
pub mod worklist;

pub use assigning::{NewAssignments, Work as AssignedWork};
pub use delegates::Delegates;
pub use following::{LogFollowUp, Logged};
use framing::Frame;
use join_code::{JoinCode, JoinLimits, JoinRates};
pub use joining::Joined;
pub use leading::NewGroup;
pub use planning::PlanSession;
pub use reassigning::ChangeAssignment;
pub use recording::{RecordSession, Recorded, Tick};
pub use registering::{RegisterPerson, Registered};
use roster::Group;
pub use visiting::{HomeVisit, RecordHomeVisit};

/// The longest name of a group, in characters.
pub const NAME_LIMIT: usize = 100;
/// The most people in a group at a time.
pub const MOST_MEMBERS: usize = 200;
/// The most people or modules named at once.
pub const MOST_NAMED: usize = 100;
/// The longest note of a trainer, in characters.
pub const NOTE_LIMIT: usize = 500;

/// The feature's operations. Cheap to clone.
#[derive(Clone)]
pub struct Training(Arc<Parts>);

struct Parts {
    db: Db,
    clock: Clock,
    areas: Areas,
    people: People,
    auth: Auth,
    content: Content,
    learning: Learning,
    rates: JoinRates,
    imports: import::progress::Imports,
}

/// What training builds on.
pub struct Foundations {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// The areas groups meet in.
    pub areas: Areas,
    /// The people trainers record.
    pub people: People,
    /// Codes to claim accounts, and the audit log.
    pub auth: Auth,
    /// The lessons to learn.
    pub content: Content,
    /// Where attendance becomes credit.
    pub learning: Learning,
}

impl Training {
    /// The feature.
    pub fn new(on: Foundations, limits: JoinLimits) -> Self {
        Self(Arc::new(Parts {
            db: on.db,
            clock: on.clock,
            areas: on.areas,
            people: on.people,
            auth: on.auth,
            content: on.content,
            learning: on.learning,
            rates: JoinRates::new(limits),
            imports: import::progress::Imports::default(),
        }))
    }

    /// The areas groups meet in.
    pub fn areas(&self) -> &Areas {
        &self.0.areas
    }

    /// The lessons to learn.
    pub fn content(&self) -> &Content {
        &self.0.content
    }

    fn audit(&self) -> &Audit {
        self.0.auth.audit()
    }

    /// Where every transaction of the feature begins and ends: all of the work, or none.
    async fn together<T, F>(&self, work: F) -> Result<T>
    where
        T: Send,
        F: for<'t> Fn(Self, &'t Tx) -> Work<'t, T> + Send + Sync,
    {
        self.0.db.tx(|tx| work(self.clone(), tx)).await
    }

    /// A group in use that the trainer leads, held until the transaction ends. `field` names it in the input.
    async fn led_group(
        &self,
        tx: &Tx,
        trainer: &Trainer,
        id: GroupId,
        field: &str,
    ) -> Result<training_group::Model> {
        let unknown = || Error::user(Code::NotFound, field, "group-unknown");
        let found = store::group_to_change(tx, id).await?.ok_or_else(unknown)?;
        let account = trainer.account();
        let leads =
            found.trainer_account_id == account || store::is_co_trainer(tx, id, account).await?;
        let led = leads && self.leads_in(trainer, found.area_id);
        led.then_some(found).ok_or_else(unknown)
    }

    /// Whether a group's area is in reach of the trainer's standing. A group that waits for a decision after a split
    /// stays in her reach.
    fn leads_in(&self, trainer: &Trainer, area: AreaId) -> bool {
        let (atlas, today) = (self.0.areas.atlas(), self.0.clock.today());
        let mut held = trainer.areas().iter();
        held.any(|held| atlas.reaches(*held, area, today))
    }

    /// Whether somebody is in a group of the trainer's today.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn leads(&self, trainer: &Trainer, person: PersonId) -> Result<bool> {
        let today = self.0.clock.today();
        let led = store::led(self.0.db.latest(), trainer.account(), &[person], today).await?;
        Ok(led.iter().any(|row| self.leads_in(trainer, row.area_id)))
    }

    /// [`Training::led_group`] for those who only need to know that it is one.
    async fn own_group(&self, tx: &Tx, trainer: &Trainer, id: GroupId) -> Result<()> {
        self.led_group(tx, trainer, id, "groupId").await.map(drop)
    }
}

impl From<training_group::Model> for Group {
    fn from(row: training_group::Model) -> Self {
        Self {
            id: row.group_id,
            area: row.area_id,
            name: row.name,
            join_code: row.join_code.map(JoinCode::kept),
            join_code_expires_at: row.join_code_expires_at,
            frame: Frame {
                starts_on: row.starts_on,
                ends_on: row.ends_on,
                language: row.language,
            },
            created_at: row.created_at,
        }
    }
}

/// Whether a number of things named at once will do.
fn check_count(count: usize, field: &str, none: &'static str) -> Result<()> {
    match count {
        0 => Err(Error::user(Code::Required, field, none)),
        1..=MOST_NAMED => Ok(()),
        _ => {
            let error = UserError::new(Code::TooMany, field, "named-too-many");
            Err(error.with("limit", MOST_NAMED).into())
        }
    }
}
