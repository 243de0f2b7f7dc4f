//! A new password for somebody who forgot hers, on the wire.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{super::ResetPassword, address};
use crate::{
    auth::Auth,
    graphql::payload::{UserErrorObject, split},
};

/// Somebody who forgot her password.
#[derive(InputObject)]
pub struct RequestPasswordResetInput {
    /// Login name.
    login: String,
}

/// What `requestPasswordReset` did: the same for every login name, whether or not anybody has it.
#[derive(SimpleObject)]
pub struct RequestPasswordResetPayload {
    /// Until when the code is good, if there is such an account. It goes to the account's verified e-mail address or its
    /// telephone; where there is neither, the trainer of the person's group is told, and can give a code.
    expires_at: Option<DateTime<Utc>>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// Somebody with a code.
#[derive(InputObject)]
pub struct ResetPasswordInput {
    /// Login name.
    login: String,
    /// The code that was sent, or that the trainer gave: eight digits; spaces and dashes do not matter.
    code: String,
    /// The password from now on: 8 to 128 characters, not one of those that everybody tries first.
    password: String,
}

/// What `resetPassword` did.
#[derive(SimpleObject)]
pub struct ResetPasswordPayload {
    /// The login name whose password was set: every device of the account is signed out now; sign in.
    login: Option<String>,
    /// What to mend; nothing was written when there is any. A wrong code and an unknown login name answer the same.
    user_errors: Vec<UserErrorObject>,
}

/// What somebody who cannot sign in may do.
#[derive(Clone, Copy, Debug, Default)]
pub struct ResetMutation;

/// What somebody who cannot sign in may do.
#[Object]
impl ResetMutation {
    /// Asks for a code with which to set a new password. It is good for 15 minutes and for five tries.
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose password.")] input: RequestPasswordResetInput,
    ) -> async_graphql::Result<RequestPasswordResetPayload> {
        let auth = ctx.data::<Auth>()?;
        let outcome = auth
            .request_password_reset(&input.login, address(ctx))
            .await;
        let (expires_at, user_errors) = split(ctx, outcome)?;
        Ok(RequestPasswordResetPayload {
            expires_at,
            user_errors,
        })
    }

    /// Sets a new password with a code, once, and signs every device of the account out.
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code, and the new password.")] input: ResetPasswordInput,
    ) -> async_graphql::Result<ResetPasswordPayload> {
        let told = ResetPassword {
            login: input.login,
            code: input.code.into(),
            password: input.password.into(),
        };
        let auth = ctx.data::<Auth>()?;
        let outcome = auth.reset_password(told, address(ctx)).await;
        let (login, user_errors) = split(ctx, outcome)?;
        Ok(ResetPasswordPayload { login, user_errors })
    }
}
