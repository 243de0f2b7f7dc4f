//! Training: groups of people who learn together, what they are to learn by when, and how far each of them is.
//!
//! Invariant: a trainer sees and changes only groups of the own account in areas the account's standing covers today;
//! every other group answers as if it did not exist.
//! Invariant: leaving a group ends a run of days and deletes nothing.

use std::sync::Arc;

use chrono::NaiveDate;
use entity::{
    group_member::LeftReason,
    ids::{AreaId, GroupId, ModuleId, PersonId},
    training_group,
};
use uuid::Uuid;

use crate::{
    areas::Areas,
    auth::{
        audit::Audit,
        capability::{Learner, Trainer},
        rate::ClientAddress,
    },
    clock::Clock,
    content::Content,
    db::{Db, Tx},
    error::{Error, Result, UserError, UserErrorCode as Code},
    people::name,
};

mod area_change;
mod assigning;
mod delegates;
pub mod graphql;
pub mod join_code;
mod members;
pub mod roster;
pub mod screens;
mod store;
pub mod sync;

pub use delegates::Delegates;
use join_code::{JoinCode, JoinLimits, JoinRates};
use members::{group_full, membership};
use roster::Group;

/// The longest name of a group, in characters.
pub const NAME_LIMIT: usize = 100;
/// The most people in a group at a time.
pub const MOST_MEMBERS: usize = 200;
/// The most people or modules named at once.
pub const MOST_NAMED: usize = 100;
/// How many codes are tried until one is free.
const CODE_TRIES: usize = 8;

/// The feature's operations. Cheap to clone.
#[derive(Clone)]
pub struct Training(Arc<Parts>);

struct Parts {
    db: Db,
    clock: Clock,
    areas: Areas,
    content: Content,
    audit: Audit,
    rates: JoinRates,
}

/// A group to make.
#[derive(Clone, Debug)]
pub struct NewGroup {
    /// Made by the client or by us.
    pub id: Option<GroupId>,
    /// As the trainer calls it.
    pub name: String,
    /// Where it meets.
    pub area: AreaId,
}

/// A group as somebody who joined it sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The group.
    pub group: Group,
    /// First day in it.
    pub joined_on: NaiveDate,
}

impl Training {
    /// The feature.
    pub fn new(
        db: Db,
        clock: Clock,
        areas: Areas,
        content: Content,
        audit: Audit,
        limits: JoinLimits,
    ) -> Self {
        Self(Arc::new(Parts {
            db,
            clock,
            areas,
            content,
            audit,
            rates: JoinRates::new(limits),
        }))
    }

    /// The areas groups meet in.
    pub fn areas(&self) -> &Areas {
        &self.0.areas
    }

    /// Makes a group. The same id with the same content again changes nothing.
    ///
    /// # Errors
    /// Everything the trainer can mend, all at once; a conflict when the id names another group.
    pub async fn create_group(&self, trainer: &Trainer, new: NewGroup) -> Result<GroupId> {
        let name = self.check_group(trainer, &new)?;
        let id = new.id.unwrap_or_else(|| self.0.clock.id());
        let db = self.0.db.write();
        for _ in 0..CODE_TRIES {
            let row = training_group::Model {
                group_id: id,
                area_id: new.area,
                name: name.clone(),
                trainer_account_id: trainer.account(),
                join_code: Some(JoinCode::fresh().as_str().to_owned()),
                created_at: self.0.clock.now(),
                archived_at: None,
                revision: 0,
                shape_revision: 0,
            };
            let matter = |row: &training_group::Model| {
                (row.trainer_account_id, row.area_id, row.name.clone())
            };
            let wanted = matter(&row);
            if store::insert_group(db, row).await? {
                return Ok(id);
            }
            match store::group(db, id).await? {
                Some(before) if matter(&before) == wanted => return Ok(id),
                Some(_) => return Err(Error::user(Code::Conflict, "id", "id-taken")),
                // It was the code that another group has.
                None => {}
            }
        }
        Err(Error::internal("no join code was free"))
    }

    /// Checks a group to make; answers its name as kept.
    fn check_group(&self, trainer: &Trainer, new: &NewGroup) -> Result<String> {
        let (atlas, today) = (self.0.areas.atlas(), self.0.clock.today());
        let mut errors = Vec::new();
        let name = name::line(&new.name, NAME_LIMIT, "name");
        let name = name.map_err(|error| errors.push(error)).unwrap_or_default();
        if trainer.over(&atlas, new.area).is_err() {
            errors.push(UserError::new(Code::NotFound, "areaId", "area-unknown"));
        } else if !atlas.is_open(new.area, today) {
            errors.push(UserError::new(Code::Closed, "areaId", "area-closed"));
        }
        if new.id.is_some_and(|id| id.0.is_nil()) {
            errors.push(UserError::new(Code::Invalid, "id", "id-invalid"));
        }
        if errors.is_empty() {
            Ok(name)
        } else {
            Err(Error::User(errors))
        }
    }

    /// Adds people who live in the areas of the trainer's standing. Who is in the group already stays as she is.
    ///
    /// # Errors
    /// Everything the trainer can mend, all at once: somebody unknown and somebody who lives elsewhere answer the
    /// same.
    pub async fn add_members(
        &self,
        trainer: &Trainer,
        group: GroupId,
        persons: Vec<PersonId>,
    ) -> Result<()> {
        check_count(persons.len(), "personIds", "members-required")?;
        let subjects = [group.0].into_iter().chain(persons.iter().map(|id| id.0));
        let subjects: Vec<Uuid> = subjects.collect();
        let (this, asker, persons) = (self.clone(), trainer.clone(), Arc::new(persons));
        self.0
            .db
            .tx(move |tx| {
                let (this, asker) = (this.clone(), asker.clone());
                let persons = Arc::clone(&persons);
                Box::pin(async move { this.add_within(tx, &asker, group, &persons).await })
            })
            .await?;
        let account = trainer.account();
        self.0.audit.record(account, "addMembers", subjects).await
    }

    /// Ends somebody's membership today; when and why stays known. Ending it again changes nothing.
    ///
    /// # Errors
    /// A user error when she never was in the group.
    pub async fn remove_member(
        &self,
        trainer: &Trainer,
        group: GroupId,
        person: PersonId,
        reason: Option<LeftReason>,
    ) -> Result<()> {
        let (this, asker) = (self.clone(), trainer.clone());
        self.0
            .db
            .tx(move |tx| {
                let (this, asker) = (this.clone(), asker.clone());
                Box::pin(async move {
                    this.own_group(tx, &asker, group).await?;
                    let memberships = store::memberships(tx, group, person).await?;
                    if memberships.is_empty() {
                        let code = Code::NotFound;
                        return Err(Error::user(code, "personId", "group-member-unknown"));
                    }
                    let open = memberships.iter().find(|row| row.left_on.is_none());
                    let Some(open) = open else { return Ok(()) };
                    let left_on = this.0.clock.today().max(open.joined_on);
                    let member = open.group_member_id;
                    store::end_membership(tx, member, left_on, reason).await?;
                    store::note_members(tx, group, &[member]).await
                })
            })
            .await?;
        let (account, subjects) = (trainer.account(), [group.0, person.0]);
        self.0.audit.record(account, "removeMember", subjects).await
    }

    /// Assigns modules to a group. One that is assigned already gets the new due day.
    ///
    /// # Errors
    /// Everything the trainer can mend, all at once.
    pub async fn assign_modules(
        &self,
        trainer: &Trainer,
        group: GroupId,
        modules: Vec<ModuleId>,
        due_on: NaiveDate,
    ) -> Result<()> {
        self.check_assignment(&modules, due_on)?;
        let (this, asker, modules) = (self.clone(), trainer.clone(), Arc::new(modules));
        self.0
            .db
            .tx(move |tx| {
                let (this, asker) = (this.clone(), asker.clone());
                let modules = Arc::clone(&modules);
                Box::pin(async move { this.assign(tx, &asker, group, &modules, due_on).await })
            })
            .await?;
        let (account, subjects) = (trainer.account(), [group.0]);
        self.0
            .audit
            .record(account, "assignModules", subjects)
            .await
    }

    /// A group of the trainer's, held until the transaction ends.
    async fn own_group(&self, tx: &Tx, trainer: &Trainer, id: GroupId) -> Result<()> {
        let found = store::group_to_change(tx, id).await?;
        let own = found.is_some_and(|row| {
            row.trainer_account_id == trainer.account() && self.leads_in(trainer, row.area_id)
        });
        let unknown = || Error::user(Code::NotFound, "groupId", "group-unknown");
        own.then_some(()).ok_or_else(unknown)
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
        let led = store::led(self.0.db.write(), trainer.account(), &[person], today).await?;
        Ok(led.iter().any(|row| self.leads_in(trainer, row.area_id)))
    }

    /// Joins the group of a code. Joining again changes nothing.
    ///
    /// # Errors
    /// A user error when no group in use has the code, or the group is full; [`Error::RateLimited`] after too many
    /// tries.
    pub async fn join_group(
        &self,
        learner: &Learner,
        code: &str,
        address: Option<ClientAddress>,
    ) -> Result<Joined> {
        self.0.rates.try_from(learner.account(), address)?;
        let (atlas, today) = (self.0.areas.atlas(), self.0.clock.today());
        let unknown = || Error::user(Code::NotFound, "joinCode", "join-code-unknown");
        let code = JoinCode::typed(code).ok_or_else(unknown)?;
        let invitations = store::invitations(self.0.db.write(), &code, today).await?;
        let mut invitations = invitations.into_iter();
        let led = invitations.find(|row| atlas.reaches(row.standing_area_id, row.area_id, today));
        let id = led.ok_or_else(unknown)?.group_id;
        let (this, person) = (self.clone(), learner.person());
        self.0
            .db
            .tx(move |tx| {
                let this = this.clone();
                Box::pin(async move {
                    let group = store::group_to_change(tx, id).await?.ok_or_else(unknown)?;
                    let before = store::memberships(tx, id, person).await?;
                    let open = before.into_iter().find(|row| row.left_on.is_none());
                    let membership = match open {
                        Some(open) => open,
                        None if store::members(tx, id).await?.len() >= MOST_MEMBERS => {
                            return Err(group_full("joinCode"));
                        }
                        None => {
                            let new = membership(&this.0.clock, id, person);
                            store::insert_members(tx, vec![new.clone()]).await?;
                            store::note_members(tx, id, &[new.group_member_id]).await?;
                            new
                        }
                    };
                    Ok(Joined {
                        group: Group::from(group),
                        joined_on: membership.joined_on,
                    })
                })
            })
            .await
    }
}

impl From<training_group::Model> for Group {
    fn from(row: training_group::Model) -> Self {
        Self {
            id: row.group_id,
            area: row.area_id,
            name: row.name,
            join_code: row.join_code.map(JoinCode::kept),
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
