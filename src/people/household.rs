//! A household: one person with everything that decides which lessons apply and where the person counts.

use chrono::{DateTime, NaiveDate, Utc};
use entity::ids::{AreaId, AtomId, ChildDisabilityId, ChildId, ConsentId, PersonId};
pub use entity::{
    child::Sex,
    child_disability::{Basis, Degree},
    consent::{Channel, Purpose},
    disability::Disability,
    person_audience::Audience,
};

/// One person, with every dated row: what was true on a past day can be read from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Household {
    /// The caregiver or staff member.
    pub person: PersonId,
    /// 0-1023; the bucket of every row of the family.
    pub bucket: i32,
    /// As shown.
    pub full_name: String,
    /// Testers never count.
    pub exclude_from_reporting: bool,
    /// As what the person is counted, oldest first.
    pub audiences: Vec<AudienceSpell>,
    /// Where the person lived, oldest first.
    pub residences: Vec<Residence>,
    /// The children, also those removed, in the order they were recorded.
    pub children: Vec<Child>,
    /// The consents, also those withdrawn, oldest first.
    pub consents: Vec<Consent>,
}

/// A run of days in one audience: `[from_on, to_on)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudienceSpell {
    /// As what.
    pub audience: Audience,
    /// First day.
    pub from_on: NaiveDate,
    /// First day no more.
    pub to_on: Option<NaiveDate>,
}

/// A run of days in one commune: `[from_on, to_on)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Residence {
    /// The commune of that time.
    pub area: AreaId,
    /// The piece counted.
    pub atom: AtomId,
    /// First day.
    pub from_on: NaiveDate,
    /// First day no more.
    pub to_on: Option<NaiveDate>,
}

/// A child, in the care of the person over `[from_on, to_on)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// The child.
    pub id: ChildId,
    /// What the family calls the child.
    pub nickname: Option<String>,
    /// First day of the month of birth; withheld when absent.
    pub born_month: Option<NaiveDate>,
    /// First day of the month the birth is expected in; never beside `born_month`.
    pub due_month: Option<NaiveDate>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Weeks born before term, 0-17.
    pub premature_weeks: Option<i32>,
    /// First day of care.
    pub from_on: NaiveDate,
    /// First day of care no more.
    pub to_on: Option<NaiveDate>,
    /// When recorded.
    pub recorded_on: NaiveDate,
    /// When removed.
    pub removed_on: Option<NaiveDate>,
    /// Disabilities, also those replaced, oldest first.
    pub disabilities: Vec<DisabilitySpell>,
}

/// One entry about a disability, valid over `[recorded_on, removed_on)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DisabilitySpell {
    /// The entry.
    pub id: ChildDisabilityId,
    /// Which type; withheld when absent.
    pub disability: Option<Disability>,
    /// How severe; withheld when absent.
    pub degree: Option<Degree>,
    /// What it rests on.
    pub basis: Basis,
    /// When recorded.
    pub recorded_on: NaiveDate,
    /// When replaced or removed.
    pub removed_on: Option<NaiveDate>,
}

/// A consent, valid over `[given_at, withdrawn_at)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The consent.
    pub id: ConsentId,
    /// What for.
    pub purpose: Purpose,
    /// Version of the text shown.
    pub text_version: String,
    /// Language of the text shown.
    pub language: String,
    /// How it reached us.
    pub channel: Channel,
    /// When given.
    pub given_at: DateTime<Utc>,
    /// When withdrawn, or replaced by one to a newer text.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

impl Household {
    /// The valid consent for a purpose.
    pub fn consent(&self, purpose: Purpose) -> Option<&Consent> {
        let valid =
            |consent: &&Consent| consent.purpose == purpose && consent.withdrawn_at.is_none();
        self.consents.iter().find(valid)
    }

    /// Where the person lives now.
    pub fn residence(&self) -> Option<&Residence> {
        self.residences.iter().find(|spell| spell.to_on.is_none())
    }

    /// As what the person is counted now.
    pub fn audiences_now(&self) -> impl Iterator<Item = Audience> {
        let open = self.audiences.iter().filter(|spell| spell.to_on.is_none());
        open.map(|spell| spell.audience)
    }

    /// The children in the person's care now.
    pub fn children_now(&self) -> impl Iterator<Item = &Child> {
        self.children.iter().filter(|child| child.is_here())
    }

    /// One child, also when removed.
    pub fn child(&self, id: ChildId) -> Option<&Child> {
        self.children.iter().find(|child| child.id == id)
    }
}

impl Child {
    /// Whether the child is in the person's care now.
    pub fn is_here(&self) -> bool {
        self.removed_on.is_none() && self.to_on.is_none()
    }

    /// What is known of disabilities now.
    pub fn disabilities_now(&self) -> impl Iterator<Item = &DisabilitySpell> {
        self.disabilities
            .iter()
            .filter(|entry| entry.removed_on.is_none())
    }
}
