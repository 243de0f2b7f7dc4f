//! Where the viewer is reached, on the wire.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::NoticePreferences;
use crate::{
    auth::graphql::viewer,
    graphql::payload::{UserErrorObject, split},
    notices::Notices,
};

/// An e-mail address to be reached at.
#[derive(InputObject)]
pub struct SaveContactEmailInput {
    /// The address; none removes the one there is.
    email: Option<String>,
}

/// What `saveContactEmail` did.
#[derive(SimpleObject)]
pub struct SaveContactEmailPayload {
    /// Where the viewer is reached now.
    preferences: Option<NoticePreferences>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// The code that was sent to an address.
#[derive(InputObject)]
pub struct ConfirmContactEmailInput {
    /// Eight digits; spaces and dashes do not matter.
    code: String,
}

/// What `confirmContactEmail` did.
#[derive(SimpleObject)]
pub struct ConfirmContactEmailPayload {
    /// Where the viewer is reached now.
    preferences: Option<NoticePreferences>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// A device that takes push notices.
#[derive(InputObject)]
pub struct RegisterPushTokenInput {
    /// The device, as the app names it in `uploadLearningEvents`, at most 64 characters.
    device_id: ID,
    /// What the push service (FCM) calls it.
    token: String,
}

/// What `registerPushToken` did.
#[derive(SimpleObject)]
pub struct RegisterPushTokenPayload {
    /// The device.
    device_id: Option<ID>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// A device that takes push notices no more.
#[derive(InputObject)]
pub struct RemovePushTokenInput {
    /// The device, as the app names it.
    device_id: ID,
}

/// What `removePushToken` did.
#[derive(SimpleObject)]
pub struct RemovePushTokenPayload {
    /// The device.
    device_id: Option<ID>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// Where the viewer is reached.
#[derive(Clone, Copy, Debug, Default)]
pub struct ContactMutation;

#[Object]
impl ContactMutation {
    /// Notes the viewer's e-mail address and sends a code to it. Nothing else is sent there before the code came back.
    async fn save_contact_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address.")] input: SaveContactEmailInput,
    ) -> async_graphql::Result<SaveContactEmailPayload> {
        let learner = viewer(ctx)?.learner();
        let notices = ctx.data::<Notices>()?;
        let outcome = notices.save_email(&learner, input.email.as_deref()).await;
        let (found, user_errors) = split(ctx, outcome)?;
        Ok(SaveContactEmailPayload {
            preferences: found.map(NoticePreferences::of),
            user_errors,
        })
    }

    /// Shows with the code that was sent that the address is the viewer's. Five tries within 24 hours.
    async fn confirm_contact_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code.")] input: ConfirmContactEmailInput,
    ) -> async_graphql::Result<ConfirmContactEmailPayload> {
        let learner = viewer(ctx)?.learner();
        let notices = ctx.data::<Notices>()?;
        let outcome = notices.confirm_email(&learner, &input.code).await;
        let (found, user_errors) = split(ctx, outcome)?;
        Ok(ConfirmContactEmailPayload {
            preferences: found.map(NoticePreferences::of),
            user_errors,
        })
    }

    /// Registers the device of the request for push notices, for as long as the viewer is signed in on it. A push says
    /// only that something changed: then ask `changes(scope: ME)`.
    async fn register_push_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The device.")] input: RegisterPushTokenInput,
    ) -> async_graphql::Result<RegisterPushTokenPayload> {
        let viewer = viewer(ctx)?;
        let notices = ctx.data::<Notices>()?;
        let outcome = notices
            .register_device(viewer, &input.device_id, &input.token)
            .await;
        let (device, user_errors) = split(ctx, outcome)?;
        Ok(RegisterPushTokenPayload {
            device_id: device.map(ID),
            user_errors,
        })
    }

    /// Sends no more push notices to a device. Again changes nothing.
    async fn remove_push_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The device.")] input: RemovePushTokenInput,
    ) -> async_graphql::Result<RemovePushTokenPayload> {
        let viewer = viewer(ctx)?;
        let notices = ctx.data::<Notices>()?;
        let outcome = notices.remove_device(viewer, &input.device_id).await;
        let (device, user_errors) = split(ctx, outcome)?;
        Ok(RemovePushTokenPayload {
            device_id: device.map(ID),
            user_errors,
        })
    }
}
