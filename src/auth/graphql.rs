//! Signing up, in and out on the wire, the viewer, and standings.

use async_graphql::{Context, Object, SimpleObject};

use super::{Auth, Claim, SignIn, capability::Viewer, rate::ClientAddress};
use crate::{
    error::Error,
    graphql::{
        ids::named,
        payload::{UserErrorObject, graphql_error, split},
    },
};

mod inputs;
mod objects;
mod own_data;
mod reset;

pub use inputs::*;
pub use objects::*;
pub use own_data::*;
pub use reset::*;

/// Who is asking, if anyone is signed in.
pub fn visitor_or_viewer<'c>(ctx: &Context<'c>) -> Option<&'c Viewer> {
    ctx.data_opt::<Viewer>()
        .or_else(|| ctx.data_opt::<Option<Viewer>>().and_then(Option::as_ref))
}

/// Who is asking.
///
/// # Errors
/// `UNAUTHENTICATED` for a visitor.
pub fn viewer<'c>(ctx: &Context<'c>) -> async_graphql::Result<&'c Viewer> {
    visitor_or_viewer(ctx).ok_or_else(|| graphql_error(ctx, &Error::Unauthenticated))
}

fn address(ctx: &Context<'_>) -> Option<ClientAddress> {
    ctx.data_opt::<ClientAddress>().copied()
}

/// What `signUp` did.
#[derive(SimpleObject)]
pub struct SignUpPayload {
    /// The session of the device that signed up.
    session: Option<Session>,
    /// Who is signed in now.
    viewer: Option<ViewerObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `claimPerson` did.
#[derive(SimpleObject)]
pub struct ClaimPersonPayload {
    /// The session of the device that claimed.
    session: Option<Session>,
    /// Who is signed in now: the person the trainer recorded, with all she learned.
    viewer: Option<ViewerObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `signIn` did.
#[derive(SimpleObject)]
pub struct SignInPayload {
    /// The session of the device.
    session: Option<Session>,
    /// Who is signed in now.
    viewer: Option<ViewerObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `refreshSession` did.
#[derive(SimpleObject)]
pub struct RefreshSessionPayload {
    /// The next session. The one before is no longer good.
    session: Option<Session>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `signOut` did.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// Always null: nobody is signed in now.
    viewer: Option<ViewerObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `grantStanding` did.
#[derive(SimpleObject)]
pub struct GrantStandingPayload {
    /// The standing as it is now.
    standing: Option<Standing>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `revokeStanding` did.
#[derive(SimpleObject)]
pub struct RevokeStandingPayload {
    /// The standing as it is now.
    standing: Option<Standing>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What anyone may ask about the request itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuthQuery;

/// What anyone may ask about the request itself.
#[Object]
impl AuthQuery {
    /// Who is signed in; null for a visitor.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<ViewerObject> {
        visitor_or_viewer(ctx).map(ViewerObject::of)
    }
}

/// Signing up, in and out, and standings.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuthMutation;

/// Signing up, in and out, and standings.
#[Object]
impl AuthMutation {
    /// Makes an account for a person and signs the device in.
    async fn sign_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and where the person lives.")] input: SignUpInput,
    ) -> async_graphql::Result<SignUpPayload> {
        let auth = ctx.data::<Auth>()?;
        let outcome = match input.read(ctx) {
            Ok(told) => auth.sign_up(told, address(ctx)).await,
            Err(error) => Err(error),
        };
        let (signed_in, user_errors) = split(ctx, outcome)?;
        let (session, viewer) = signed_in.unzip();
        Ok(SignUpPayload {
            session: session.as_ref().map(Session::of),
            viewer: viewer.as_ref().map(ViewerObject::of),
            user_errors,
        })
    }

    /// Makes an account for the person of a code that a trainer gave, and signs the device in. What the trainer
    /// recorded of her stays hers. The same again signs in.
    async fn claim_person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code, and the login to make.")] input: ClaimPersonInput,
    ) -> async_graphql::Result<ClaimPersonPayload> {
        let told = Claim {
            code: input.code.into(),
            login: input.login,
            password: input.password.into(),
            device: input.device,
        };
        let outcome = ctx.data::<Auth>()?.claim(told, address(ctx)).await;
        let (signed_in, user_errors) = split(ctx, outcome)?;
        let (session, viewer) = signed_in.unzip();
        Ok(ClaimPersonPayload {
            session: session.as_ref().map(Session::of),
            viewer: viewer.as_ref().map(ViewerObject::of),
            user_errors,
        })
    }

    /// Signs a device in. An unknown login name and a wrong password answer the same.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Login name and password.")] input: SignInInput,
    ) -> async_graphql::Result<SignInPayload> {
        let told = SignIn {
            login: input.login,
            password: input.password.into(),
            device: input.device,
        };
        let outcome = ctx.data::<Auth>()?.sign_in(told, address(ctx)).await;
        let (signed_in, user_errors) = split(ctx, outcome)?;
        let (session, viewer) = signed_in.unzip();
        Ok(SignInPayload {
            session: session.as_ref().map(Session::of),
            viewer: viewer.as_ref().map(ViewerObject::of),
            user_errors,
        })
    }

    /// Trades a refresh token for the next session. Send it again when the answer was lost, before using anything
    /// else: once the next session was used, sending the old token again signs the device out. A token that is no
    /// longer good answers UNAUTHENTICATED: sign in again.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session.")] input: RefreshSessionInput,
    ) -> async_graphql::Result<RefreshSessionPayload> {
        let token = input.refresh_token.into();
        let outcome = ctx.data::<Auth>()?.refresh(&token).await;
        let (session, user_errors) = split(ctx, outcome)?;
        Ok(RefreshSessionPayload {
            session: session.as_ref().map(Session::of),
            user_errors,
        })
    }

    /// Signs out the device of the request, or of a refresh token. Signing out again changes nothing.
    async fn sign_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which device; that of the request when left out.")] input: Option<
            SignOutInput,
        >,
    ) -> async_graphql::Result<SignOutPayload> {
        let (token, everywhere) = match input {
            Some(input) => (input.refresh_token, input.everywhere.unwrap_or(false)),
            None => (None, false),
        };
        let (auth, viewer) = (ctx.data::<Auth>()?, visitor_or_viewer(ctx));
        let token = token.map(Into::into);
        let outcome = auth.sign_out(viewer, token.as_ref(), everywhere).await;
        let (_, user_errors) = split(ctx, outcome)?;
        Ok(SignOutPayload {
            viewer: None,
            user_errors,
        })
    }

    /// Grants a standing on an area of the administrator's, to an account in it.
    async fn grant_standing(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to whom, where and when.")] input: GrantStandingInput,
    ) -> async_graphql::Result<GrantStandingPayload> {
        let administrator = viewer(ctx)?.administrator();
        let administrator = administrator.map_err(|error| graphql_error(ctx, &error))?;
        let auth = ctx.data::<Auth>()?;
        let outcome = match input.read() {
            Ok(asked) => auth.grant_standing(&administrator, asked).await,
            Err(error) => Err(error),
        };
        let (granted, user_errors) = split(ctx, outcome)?;
        Ok(GrantStandingPayload {
            standing: granted.as_ref().map(Standing::granted),
            user_errors,
        })
    }

    /// Ends a standing today. Ending it again changes nothing.
    async fn revoke_standing(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which standing.")] input: RevokeStandingInput,
    ) -> async_graphql::Result<RevokeStandingPayload> {
        let administrator = viewer(ctx)?.administrator();
        let administrator = administrator.map_err(|error| graphql_error(ctx, &error))?;
        let auth = ctx.data::<Auth>()?;
        let outcome = match named(&input.id, "id") {
            Ok(id) => auth.revoke_standing(&administrator, id).await,
            Err(error) => Err(error),
        };
        let (revoked, user_errors) = split(ctx, outcome)?;
        Ok(RevokeStandingPayload {
            standing: revoked.as_ref().map(Standing::granted),
            user_errors,
        })
    }
}
