//! What the wire shows of people.

use std::collections::BTreeMap;

use async_graphql::{Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::super::{
    consent::ConsentText,
    household::{self, Household},
};
use crate::graphql::{
    date::{Date, Month},
    ids::wire,
};

/// As what a person is counted. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::person_audience::Audience")]
pub enum Audience {
    /// Cares for at least one child.
    Caregiver,
    /// Counted by staff indicators.
    Staff,
}

/// What a consent is for. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::consent::Purpose")]
pub enum ConsentPurpose {
    /// Keeping what the person learned.
    LearningRecord,
    /// Keeping the children's profiles.
    ChildProfile,
    /// Keeping the children's disabilities.
    DisabilityData,
    /// Counting in coverage.
    Statistics,
    /// Sharing for referral to services.
    Referral,
}

/// Sex of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::child::Sex")]
pub enum ChildSex {
    /// A girl.
    Female,
    /// A boy.
    Male,
}

/// The six types of the Law on Persons with Disabilities (51/2010/QH12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::disability::Disability")]
pub enum DisabilityType {
    /// Mobility.
    Mobility,
    /// Hearing and speech.
    HearingSpeech,
    /// Vision.
    Vision,
    /// Neurological and mental.
    NeuroMental,
    /// Intellectual.
    Intellectual,
    /// Any other.
    Other,
}

/// How severe a disability is, in the words of the same law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::child_disability::Degree")]
pub enum DisabilityDegree {
    /// Extremely severe.
    ExtremelySevere,
    /// Severe.
    Severe,
    /// Mild.
    Mild,
}

/// What an entry about a disability rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::child_disability::Basis")]
pub enum DisabilityBasis {
    /// A certificate of disability.
    Certificate,
    /// A screening by somebody trained.
    Screening,
    /// The caregiver's concern.
    Concern,
    /// Not told.
    Unknown,
}

/// The viewer's own person, with everything only the person may see.
pub struct ViewerPerson(pub Household);

/// The viewer's own person, with everything only the person may see.
#[Object]
impl ViewerPerson {
    /// Id of the person.
    pub async fn id(&self) -> ID {
        wire(self.0.person)
    }

    /// As the person writes it.
    async fn full_name(&self) -> &str {
        &self.0.full_name
    }

    /// As what the person is counted today.
    async fn audiences(&self) -> Vec<Audience> {
        self.0.audiences_now().map(Audience::from).collect()
    }

    /// The children in the person's care, at most 20, in the order they were recorded.
    async fn children(&self) -> Vec<ChildObject> {
        self.0.children_now().map(ChildObject::of).collect()
    }

    /// Where the person lives.
    async fn residence(&self) -> Option<Residence> {
        self.0.residence().map(|residence| Residence {
            area_id: wire(residence.area),
            since: Date(residence.from_on),
        })
    }

    /// The latest consent for each purpose, also when withdrawn.
    async fn consents(&self) -> Vec<Consent> {
        let mut latest = BTreeMap::new();
        for consent in &self.0.consents {
            latest.insert(consent.purpose, consent);
        }
        latest.into_values().map(Consent::of).collect()
    }
}

/// Where a person lives.
#[derive(Clone, Debug, SimpleObject)]
pub struct Residence {
    /// Id of the commune, as it was on that day.
    area_id: ID,
    /// First day.
    since: Date,
}

/// A child in the viewer's care. Whatever was withheld is null.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(name = "Child")]
pub struct ChildObject {
    /// Id of the child.
    #[graphql(owned)]
    pub id: ID,
    /// What the family calls the child.
    nickname: Option<String>,
    /// Month of birth.
    born_month: Option<Month>,
    /// Month the birth is expected in; never beside a month of birth.
    due_month: Option<Month>,
    /// Sex.
    sex: Option<ChildSex>,
    /// Weeks born before term, 0 to 17.
    premature_weeks: Option<i32>,
    /// What is known of disabilities.
    disabilities: Vec<ChildDisability>,
}

/// One disability of a child, as the caregiver told it.
#[derive(Clone, Debug, SimpleObject)]
pub struct ChildDisability {
    /// Which type; null when withheld.
    #[graphql(name = "type")]
    kind: Option<DisabilityType>,
    /// How severe; null when withheld.
    degree: Option<DisabilityDegree>,
    /// What it rests on.
    basis: DisabilityBasis,
}

impl ChildObject {
    /// A child as her caregiver may see it.
    pub fn of(child: &household::Child) -> Self {
        let disabilities = child.disabilities_now().map(|entry| ChildDisability {
            kind: entry.disability.map(DisabilityType::from),
            degree: entry.degree.map(DisabilityDegree::from),
            basis: entry.basis.into(),
        });
        Self {
            id: wire(child.id),
            nickname: child.nickname.clone(),
            born_month: child.born_month.map(Month),
            due_month: child.due_month.map(Month),
            sex: child.sex.map(ChildSex::from),
            premature_weeks: child.premature_weeks,
            disabilities: disabilities.collect(),
        }
    }
}

/// A consent for one purpose.
#[derive(Clone, Debug, SimpleObject)]
pub struct Consent {
    /// Id of the consent.
    id: ID,
    /// What for.
    purpose: ConsentPurpose,
    /// When given.
    given_at: DateTime<Utc>,
    /// When withdrawn; valid when null.
    withdrawn_at: Option<DateTime<Utc>>,
    /// Version of the text shown.
    text_version: String,
    /// Language of the text shown.
    language: String,
}

impl Consent {
    pub(super) fn of(consent: &household::Consent) -> Self {
        Self {
            id: wire(consent.id),
            purpose: consent.purpose.into(),
            given_at: consent.given_at,
            withdrawn_at: consent.withdrawn_at,
            text_version: consent.text_version.clone(),
            language: consent.language.clone(),
        }
    }
}

/// A text to show before asking for a consent.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(name = "ConsentText")]
pub struct ConsentTextObject {
    /// What for.
    purpose: ConsentPurpose,
    /// To be sent back with the consent.
    version: String,
    /// Language of the text: vi or en.
    language: String,
    /// One line.
    title: String,
    /// What the person agrees to.
    body: String,
    /// SHA-256 of title, line break and body, in hexadecimal: kept with every consent.
    hash: String,
    /// Whether a lawyer has yet to review the text.
    is_draft: bool,
}

impl ConsentTextObject {
    pub(super) fn of(text: &ConsentText) -> Self {
        Self {
            purpose: text.purpose.into(),
            version: text.version.clone(),
            language: text.language.tag().to_owned(),
            title: text.title.clone(),
            body: text.body.clone(),
            hash: text.hash.clone(),
            is_draft: text.is_draft,
        }
    }
}
