//! Capabilities: values that only this feature can make, and that reading or writing personal data takes.
//!
//! Invariant: their fields are private and nothing outside `auth` constructs them, so that a forgotten check does
//! not compile.

use std::sync::Arc;

use chrono::NaiveDate;
use entity::{
    area::AreaLevel,
    ids::{AccountId, AreaId, FamilyId, PersonId, SessionId, StandingId},
    standing::StandingKind,
};

use crate::{
    areas::Atlas,
    error::{Error, Result},
};

/// Somebody signed in, with the standings valid today.
#[derive(Clone, Debug)]
pub struct Viewer(Arc<Identity>);

/// What a [`Viewer`] is made of; known to `auth` alone.
#[derive(Debug)]
pub(super) struct Identity {
    pub account: AccountId,
    pub person: PersonId,
    pub session: SessionId,
    pub family: FamilyId,
    pub standings: Vec<Standing>,
}

/// A standing of an account on an area: `[from_on, to_on)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The standing.
    pub id: StandingId,
    /// What for.
    pub kind: StandingKind,
    /// Where, and below.
    pub area: AreaId,
    /// First day.
    pub from_on: NaiveDate,
    /// First day no more; open when absent.
    pub to_on: Option<NaiveDate>,
}

impl Standing {
    /// Whether it is valid on a day.
    pub fn is_valid(&self, day: NaiveDate) -> bool {
        self.from_on <= day && self.to_on.is_none_or(|to| day < to)
    }
}

/// May read and change her own and her children's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learner {
    account: AccountId,
    person: PersonId,
}

/// May run groups.
#[derive(Clone, Debug)]
pub struct Trainer(Grant);

/// May see counts and reports of her areas.
#[derive(Clone, Debug)]
pub struct Supervisor(Grant);

/// May write, review and publish lessons.
#[derive(Clone, Debug)]
pub struct Editor(Grant);

/// May see accounts of her areas and grant standings.
#[derive(Clone, Debug)]
pub struct Administrator(Grant);

/// What an account holds of one kind of standing.
#[derive(Clone, Debug)]
struct Grant {
    account: AccountId,
    person: PersonId,
    areas: Vec<AreaId>,
}

/// An area whose counts a supervisor may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AreaScope {
    area: AreaId,
    account: AccountId,
    own_commune: bool,
}

impl Viewer {
    pub(super) fn new(identity: Identity) -> Self {
        Self(Arc::new(identity))
    }

    /// The account signed in.
    pub fn account(&self) -> AccountId {
        self.0.account
    }

    /// The person of the account.
    pub fn person(&self) -> PersonId {
        self.0.person
    }

    /// The pair of tokens in use.
    pub fn session(&self) -> SessionId {
        self.0.session
    }

    /// The signed-in device.
    pub fn family(&self) -> FamilyId {
        self.0.family
    }

    /// The standings valid today.
    pub fn standings(&self) -> &[Standing] {
        &self.0.standings
    }

    /// Everybody signed in is a learner.
    pub fn learner(&self) -> Learner {
        Learner {
            account: self.0.account,
            person: self.0.person,
        }
    }

    /// As a trainer.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without that standing today.
    pub fn trainer(&self) -> Result<Trainer> {
        self.grant(StandingKind::Trainer).map(Trainer)
    }

    /// As a supervisor.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without that standing today.
    pub fn supervisor(&self) -> Result<Supervisor> {
        self.grant(StandingKind::Supervisor).map(Supervisor)
    }

    /// As an editor.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without that standing today.
    pub fn editor(&self) -> Result<Editor> {
        self.grant(StandingKind::Editor).map(Editor)
    }

    /// As an administrator.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without that standing today.
    pub fn administrator(&self) -> Result<Administrator> {
        self.grant(StandingKind::Administrator).map(Administrator)
    }

    fn grant(&self, kind: StandingKind) -> Result<Grant> {
        let held = self.0.standings.iter().filter(|held| held.kind == kind);
        let areas: Vec<_> = held.map(|standing| standing.area).collect();
        if areas.is_empty() {
            return Err(Error::Forbidden);
        }
        Ok(Grant {
            account: self.0.account,
            person: self.0.person,
            areas,
        })
    }
}

impl Grant {
    /// A standing covers its area and what lies in it, nothing else: an area that was closed does not widen to
    /// what it became.
    fn covers(&self, atlas: &Atlas, area: AreaId) -> Result<()> {
        let known = atlas.area(area).is_some();
        if known && self.areas.iter().any(|held| atlas.covers(*held, area)) {
            Ok(())
        } else {
            Err(Error::NotFound)
        }
    }
}

impl Learner {
    pub(super) fn new(account: AccountId, person: PersonId) -> Self {
        Self { account, person }
    }

    /// The account signed in.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The person learning.
    pub fn person(&self) -> PersonId {
        self.person
    }
}

/// What the four kinds of standing have in common.
macro_rules! standing {
    ($($capability:ident)*) => {$(
        impl $capability {
            /// The account signed in.
            pub fn account(&self) -> AccountId {
                self.0.account
            }

            /// The person of the account.
            pub fn person(&self) -> PersonId {
                self.0.person
            }

            /// The areas of the standings valid today.
            pub fn areas(&self) -> &[AreaId] {
                &self.0.areas
            }

            /// Whether an area lies in those of the standings.
            ///
            /// # Errors
            /// [`Error::NotFound`] when it does not, or there is no such area.
            pub fn over(&self, atlas: &Atlas, area: AreaId) -> Result<()> {
                self.0.covers(atlas, area)
            }
        }
    )*};
}

standing! { Trainer Supervisor Editor Administrator }

impl Supervisor {
    /// The area as one whose counts she may see.
    ///
    /// # Errors
    /// [`Error::NotFound`] when no standing covers it, or there is no such area.
    pub fn scope(&self, atlas: &Atlas, area: AreaId) -> Result<AreaScope> {
        self.over(atlas, area)?;
        let is_commune = atlas
            .area(area)
            .is_some_and(|found| found.level == AreaLevel::Commune);
        Ok(AreaScope {
            area,
            account: self.0.account,
            own_commune: is_commune && self.0.areas.iter().all(|held| *held == area),
        })
    }
}

impl AreaScope {
    /// The area.
    pub fn area(&self) -> AreaId {
        self.area
    }

    /// The supervisor's account.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The same area as those above it see it: what leaves the commune shows no small counts.
    pub fn from_above(&self) -> Self {
        Self {
            own_commune: false,
            ..*self
        }
    }

    /// Whether it is a commune and the only area she stands on: the one place small counts may be seen.
    pub fn is_own_commune(&self) -> bool {
        self.own_commune
    }
}
