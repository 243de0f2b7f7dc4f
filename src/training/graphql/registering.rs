//! Recording people without phones, and handing them the code to their account, on the wire.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;

use super::{GroupPerson, trainer};
use crate::{
    error::{Error, Result as Outcome},
    graphql::{
        context::language,
        date::Date,
        ids::{named, wire},
        payload::{UserErrorObject, split},
    },
    people::graphql::{Audience, ConsentPurpose, SaveChildInput},
    people::particulars::LookAlike,
    training::{RegisterPerson, Registered, Training},
};

/// How somebody without a phone consented. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ConsentChannel {
    /// Signed a paper, which the trainer keeps.
    Paper,
    /// Said so on the telephone.
    Phone,
}

/// Somebody to record who has no account.
#[derive(InputObject)]
pub struct RegisterPersonInput {
    /// A UUID made by the client for the person. With it, the same again changes nothing; without it, every request
    /// records another person.
    id: Option<ID>,
    /// As the person writes it, at most 200 characters.
    full_name: String,
    /// Year of birth, if known.
    birth_year: Option<i32>,
    /// A telephone to reach the person on, as dictated: families may share one, and old numbers of eleven digits
    /// become what they are today.
    phone: Option<String>,
    /// The commune the person lives in today, in the area of the viewer's standing as trainer.
    area_id: ID,
    /// As what the person is counted: at least one.
    audiences: Vec<Audience>,
    /// The children the person cares for; needs the consent CHILD_PROFILE.
    children: Option<Vec<SaveChildInput>>,
    /// What the person consents to: only what was asked and answered. None when left out.
    consents: Option<Vec<ConsentPurpose>>,
    /// How the consents were given; PAPER when left out.
    consent_channel: Option<ConsentChannel>,
    /// Version of the consent texts shown or read out; the one in force when left out.
    consent_text_version: Option<String>,
    /// Language of the consent texts, vi or en; that of the request when left out.
    language: Option<String>,
    /// A group the viewer leads, to join at once.
    group_id: Option<ID>,
    /// First day in the group, at most 60 days ago: people are recorded where there is no signal. Today when left
    /// out.
    joined_on: Option<Date>,
    /// Only look who is alike, and write nothing. No when left out.
    look_only: Option<bool>,
}

/// Who looks like somebody: a name alike but for case and accents, in the same commune, of no other year of birth.
#[derive(SimpleObject)]
pub struct LookAlikes {
    /// How many, the viewer's own and others.
    count: i32,
    /// Those of them who are in groups the viewer leads. Of the others nothing is told.
    known: Vec<KnownLookAlike>,
}

/// Somebody of the viewer's own groups who looks like the person recorded, or shares her telephone.
#[derive(SimpleObject)]
pub struct KnownLookAlike {
    /// Who.
    person: GroupPerson,
    /// Year of birth, if known.
    birth_year: Option<i32>,
}

/// What `registerPerson` did.
#[derive(SimpleObject)]
pub struct RegisterPersonPayload {
    /// The person recorded; null when nothing was to be written.
    person: Option<GroupPerson>,
    /// A warning, never a refusal: who looks like her. Duplicates are merged by an administrator.
    look_alikes: Option<LookAlikes>,
    /// A hint, never a refusal: who of the viewer's own groups is reached on the same telephone. Families share one.
    same_phone: Vec<KnownLookAlike>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// For whom to make a code.
#[derive(InputObject)]
pub struct CreateClaimCodeInput {
    /// A member of a group the viewer leads, without an account.
    person_id: ID,
}

/// What `createClaimCode` did.
#[derive(SimpleObject)]
pub struct CreateClaimCodePayload {
    /// What the person types into `claimPerson`: shown once. An earlier one is no longer good.
    code: Option<String>,
    /// From when it is no longer good.
    expires_at: Option<DateTime<Utc>>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What a trainer does for people without phones.
#[derive(Clone, Copy, Debug, Default)]
pub struct RegisteringMutation;

/// What a trainer does for people without phones.
#[Object]
impl RegisteringMutation {
    /// Records somebody without an account, with children and consents, and puts her into a group: one screen, one
    /// request.
    async fn register_person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and where the person lives.")] input: RegisterPersonInput,
    ) -> async_graphql::Result<RegisterPersonPayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let outcome = match input.read(ctx) {
            Ok(told) => training.register_person(&trainer, told).await,
            Err(error) => Err(error),
        };
        let (registered, user_errors) = split(ctx, outcome)?;
        Ok(RegisterPersonPayload {
            person: registered.as_ref().and_then(person),
            same_phone: registered
                .iter()
                .flat_map(|registered| registered.same_phone.iter().map(KnownLookAlike::of))
                .collect(),
            look_alikes: registered.map(LookAlikes::of),
            user_errors,
        })
    }

    /// Makes a code with which somebody the viewer recorded makes the account that is hers: once, within 14 days.
    async fn create_claim_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom.")] input: CreateClaimCodeInput,
    ) -> async_graphql::Result<CreateClaimCodePayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let outcome = match named(&input.person_id, "personId") {
            Ok(person) => training.create_claim_code(&trainer, person).await,
            Err(error) => Err(error),
        };
        let (made, user_errors) = split(ctx, outcome)?;
        let shown = |made: &crate::auth::ClaimCode| made.code.expose_secret().to_owned();
        Ok(CreateClaimCodePayload {
            code: made.as_ref().map(shown),
            expires_at: made.map(|made| made.expires_at),
            user_errors,
        })
    }
}

fn person(registered: &Registered) -> Option<GroupPerson> {
    let (id, full_name) = registered.person.as_ref()?;
    Some(GroupPerson {
        id: wire(*id),
        full_name: full_name.clone(),
    })
}

impl KnownLookAlike {
    fn of(alike: &LookAlike) -> Self {
        Self {
            person: GroupPerson {
                id: wire(alike.person),
                full_name: alike.full_name.clone(),
            },
            birth_year: alike.birth_year,
        }
    }
}

impl LookAlikes {
    fn of(registered: Registered) -> Self {
        Self {
            count: i32::try_from(registered.look_alikes).unwrap_or(i32::MAX),
            known: registered.known.iter().map(KnownLookAlike::of).collect(),
        }
    }
}

impl RegisterPersonInput {
    fn read(self, ctx: &Context<'_>) -> Outcome<RegisterPerson> {
        let mut children = Vec::new();
        for (at, child) in self.children.unwrap_or_default().into_iter().enumerate() {
            children.push(child.read().map_err(|error| match error {
                Error::User(mut errors) => {
                    for error in &mut errors {
                        let place = ["children".to_owned(), at.to_string()];
                        error.field.splice(0..0, place);
                    }
                    Error::User(errors)
                }
                other => other,
            })?);
        }
        let consents = self.consents.unwrap_or_default();
        Ok(RegisterPerson {
            person: self.id.map(|id| named(&id, "id")).transpose()?,
            full_name: self.full_name,
            birth_year: self.birth_year,
            phone: self.phone,
            area: named(&self.area_id, "areaId")?,
            audiences: self.audiences.into_iter().map(Into::into).collect(),
            children,
            consents: consents.into_iter().map(Into::into).collect(),
            channel: match self.consent_channel {
                Some(ConsentChannel::Phone) => entity::consent::Channel::Phone,
                _ => entity::consent::Channel::Paper,
            },
            text_version: self.consent_text_version,
            language: self
                .language
                .unwrap_or_else(|| language(ctx).tag().to_owned()),
            group: self.group_id.map(|id| named(&id, "groupId")).transpose()?,
            joined_on: self.joined_on.map(|date| date.0),
            look_only: self.look_only.unwrap_or(false),
        })
    }
}
