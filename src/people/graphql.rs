//! People on the wire: the viewer's own person, children and consents.

use std::collections::BTreeMap;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    GiveConsent, People,
    child::{ClearChild, NewDisability, SaveChild},
    consent::ConsentText,
    household::{self, Household},
};
use crate::{
    auth::{
        capability::Viewer,
        graphql::{ViewerObject, viewer},
    },
    error::Result as Outcome,
    graphql::{
        context::language_or,
        date::{Date, Month},
        ids::{named, wire},
        payload::{UserErrorObject, split},
    },
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
    async fn id(&self) -> ID {
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
    id: ID,
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
    fn of(child: &household::Child) -> Self {
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
    fn of(consent: &household::Consent) -> Self {
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
    fn of(text: &ConsentText) -> Self {
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

/// What to record about a child. Null and absent both mean unchanged; clearing is explicit.
#[derive(InputObject)]
pub struct SaveChildInput {
    /// A UUID made by the client (version 7 is best): a new child, or one recorded before. Sending the same again
    /// changes nothing. Without it, every request records another child.
    id: Option<ID>,
    /// What the family calls the child, at most 50 characters.
    nickname: Option<String>,
    /// Month of birth: not in the future, under 16 years ago.
    born_month: Option<Month>,
    /// Month the birth is expected in: from this month to 10 months ahead.
    due_month: Option<Month>,
    /// Sex.
    sex: Option<ChildSex>,
    /// Weeks born before term, 0 to 17.
    premature_weeks: Option<i32>,
    /// Everything known of disabilities, each type once: replaces what was recorded. Needs the consent
    /// DISABILITY_DATA.
    disabilities: Option<Vec<DisabilityInput>>,
    /// Withhold the nickname from now on.
    clear_nickname: Option<bool>,
    /// Withhold the month of birth or expected birth from now on.
    clear_month: Option<bool>,
    /// Withhold the sex from now on.
    clear_sex: Option<bool>,
    /// Withhold the weeks born before term from now on.
    clear_premature_weeks: Option<bool>,
    /// Withhold every disability from now on.
    clear_disabilities: Option<bool>,
}

/// One disability as the caregiver tells it.
#[derive(Clone, Copy, InputObject)]
pub struct DisabilityInput {
    /// Which type; leave out to withhold.
    #[graphql(name = "type")]
    kind: Option<DisabilityType>,
    /// How severe; leave out to withhold.
    degree: Option<DisabilityDegree>,
    /// What it rests on; UNKNOWN when left out.
    basis: Option<DisabilityBasis>,
}

impl SaveChildInput {
    fn read(self) -> Outcome<SaveChild> {
        let disability = |entry: DisabilityInput| NewDisability {
            disability: entry.kind.map(Into::into),
            degree: entry.degree.map(Into::into),
            basis: entry.basis.unwrap_or(DisabilityBasis::Unknown).into(),
        };
        Ok(SaveChild {
            id: self.id.map(|id| named(&id, "id")).transpose()?,
            nickname: self.nickname,
            born_month: self.born_month.map(|month| month.0),
            due_month: self.due_month.map(|month| month.0),
            sex: self.sex.map(Into::into),
            premature_weeks: self.premature_weeks,
            disabilities: self
                .disabilities
                .map(|entries| entries.into_iter().map(disability).collect()),
            clear: ClearChild {
                nickname: self.clear_nickname.unwrap_or(false),
                month: self.clear_month.unwrap_or(false),
                sex: self.clear_sex.unwrap_or(false),
                premature_weeks: self.clear_premature_weeks.unwrap_or(false),
                disabilities: self.clear_disabilities.unwrap_or(false),
            },
        })
    }
}

/// A child to remove.
#[derive(InputObject)]
pub struct RemoveChildInput {
    /// Id of the child.
    id: ID,
}

/// A consent to give.
#[derive(InputObject)]
pub struct GiveConsentInput {
    /// What for.
    purpose: ConsentPurpose,
    /// Version of the text shown, from `consentTexts`.
    text_version: String,
    /// Language of the text shown: vi or en.
    language: String,
}

/// A consent to withdraw.
#[derive(InputObject)]
pub struct WithdrawConsentInput {
    /// What for.
    purpose: ConsentPurpose,
}

/// What `saveChild` did.
#[derive(SimpleObject)]
pub struct SaveChildPayload {
    /// The child as it is now.
    child: Option<ChildObject>,
    /// The viewer as it is now.
    viewer: Option<ViewerObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `removeChild` did.
#[derive(SimpleObject)]
pub struct RemoveChildPayload {
    /// Id of the child removed.
    removed_id: Option<ID>,
    /// The viewer as it is now.
    viewer: Option<ViewerObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `giveConsent` did.
#[derive(SimpleObject)]
pub struct GiveConsentPayload {
    /// The consent as it is now.
    consent: Option<Consent>,
    /// The viewer as it is now.
    viewer: Option<ViewerObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `withdrawConsent` did.
#[derive(SimpleObject)]
pub struct WithdrawConsentPayload {
    /// The consent as it is now; null when none was ever given.
    consent: Option<Consent>,
    /// The viewer as it is now.
    viewer: Option<ViewerObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What anyone may ask about people.
#[derive(Clone, Copy, Debug, Default)]
pub struct PeopleQuery;

/// What anyone may ask about people.
#[Object]
impl PeopleQuery {
    /// The consent texts in force, one per purpose.
    async fn consent_texts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "vi or en; the language of the request when left out.")] language: Option<
            String,
        >,
    ) -> async_graphql::Result<Vec<ConsentTextObject>> {
        let language = language_or(ctx, language.as_deref());
        let texts = ctx.data::<People>()?.consent_texts().current(language);
        Ok(texts.map(ConsentTextObject::of).collect())
    }
}

/// What a learner may do with the own household.
#[derive(Clone, Copy, Debug, Default)]
pub struct PeopleMutation;

/// What a learner may do with the own household.
#[Object]
impl PeopleMutation {
    /// Records or changes one of the viewer's children. Needs the consent CHILD_PROFILE. The same input again
    /// changes nothing.
    async fn save_child(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to record.")] input: SaveChildInput,
    ) -> async_graphql::Result<SaveChildPayload> {
        let (people, viewer) = (ctx.data::<People>()?, viewer(ctx)?);
        let outcome = match input.read() {
            Ok(input) => people.save_child(&viewer.learner(), input).await,
            Err(error) => Err(error),
        };
        let (saved, user_errors) = split(ctx, outcome)?;
        let (child, viewer) = match saved {
            Some((household, id)) => (
                household.child(id).map(ChildObject::of),
                Some(ViewerObject::with(viewer, household)),
            ),
            None => (None, None),
        };
        Ok(SaveChildPayload {
            child,
            viewer,
            user_errors,
        })
    }

    /// Removes one of the viewer's children. Removing it again changes nothing; it cannot be recorded again under
    /// the same id.
    async fn remove_child(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which child.")] input: RemoveChildInput,
    ) -> async_graphql::Result<RemoveChildPayload> {
        let (people, viewer) = (ctx.data::<People>()?, viewer(ctx)?);
        let outcome = match named(&input.id, "id") {
            Ok(id) => {
                let household = people.remove_child(&viewer.learner(), id).await;
                household.map(|household| (household, wire(id)))
            }
            Err(error) => Err(error),
        };
        let (removed, user_errors) = split(ctx, outcome)?;
        let (household, removed_id) = removed.unzip();
        Ok(RemoveChildPayload {
            removed_id,
            viewer: household.map(|household| ViewerObject::with(viewer, household)),
            user_errors,
        })
    }

    /// Records the viewer's consent for one purpose. The same consent again changes nothing.
    async fn give_consent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which consent, to which text.")] input: GiveConsentInput,
    ) -> async_graphql::Result<GiveConsentPayload> {
        let (people, viewer) = (ctx.data::<People>()?, viewer(ctx)?);
        let given = GiveConsent {
            purpose: input.purpose.into(),
            text_version: input.text_version,
            language: input.language,
        };
        let outcome = people.give_consent(&viewer.learner(), given).await;
        let (household, user_errors) = split(ctx, outcome)?;
        let (consent, viewer) = consent_and_viewer(viewer, household, input.purpose);
        Ok(GiveConsentPayload {
            consent,
            viewer,
            user_errors,
        })
    }

    /// Withdraws the viewer's consent for one purpose, which stops at once. Withdrawing again changes nothing.
    async fn withdraw_consent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which consent.")] input: WithdrawConsentInput,
    ) -> async_graphql::Result<WithdrawConsentPayload> {
        let (people, viewer) = (ctx.data::<People>()?, viewer(ctx)?);
        let purpose = input.purpose.into();
        let outcome = people.withdraw_consent(&viewer.learner(), purpose).await;
        let (household, user_errors) = split(ctx, outcome)?;
        let (consent, viewer) = consent_and_viewer(viewer, household, input.purpose);
        Ok(WithdrawConsentPayload {
            consent,
            viewer,
            user_errors,
        })
    }
}

fn consent_and_viewer(
    viewer: &Viewer,
    household: Option<Household>,
    purpose: ConsentPurpose,
) -> (Option<Consent>, Option<ViewerObject>) {
    let Some(household) = household else {
        return (None, None);
    };
    let purpose = purpose.into();
    let of_purpose = |consent: &&household::Consent| consent.purpose == purpose;
    let latest = household.consents.iter().rev().find(of_purpose);
    let consent = latest.map(Consent::of);
    (consent, Some(ViewerObject::with(viewer, household)))
}
