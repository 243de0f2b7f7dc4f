//! People on the wire: the viewer's own person, children and consents.

use async_graphql::{Context, ID, Object, SimpleObject};

use super::{
    GiveConsent, People,
    household::{self, Household},
};
use crate::{
    auth::{
        capability::Viewer,
        graphql::{ViewerObject, viewer},
    },
    graphql::{
        context::language_or,
        ids::{named, wire},
        payload::{UserErrorObject, split},
    },
};

mod inputs;
mod objects;

pub use inputs::*;
pub use objects::*;

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
