//! Signing up, in and out on the wire, the viewer, and standings.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::ids::AccountId;
use secrecy::ExposeSecret;

use super::{
    Auth, GrantStanding, SignIn, SignUp, StandingGrant, Target,
    capability::{self, Viewer},
    rate::ClientAddress,
    session,
};
use crate::{
    error::{Error, Result as Outcome, UserErrorCode as Code},
    graphql::{
        context::language,
        date::Date,
        ids::{named, wire},
        payload::{UserErrorObject, graphql_error, split},
    },
    people::{
        People,
        graphql::{Audience, ConsentPurpose, ViewerPerson},
        household::Household,
    },
};

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

/// What a standing allows. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::standing::StandingKind")]
pub enum StandingKind {
    /// Runs groups.
    Trainer,
    /// Sees counts and reports.
    Supervisor,
    /// Writes and publishes lessons.
    Editor,
    /// Grants standings.
    Administrator,
}

/// Who is signed in.
pub struct ViewerObject {
    viewer: Viewer,
    household: Option<Household>,
}

impl ViewerObject {
    /// The viewer, everything else fetched when asked for.
    pub fn of(viewer: &Viewer) -> Self {
        Self {
            viewer: viewer.clone(),
            household: None,
        }
    }

    /// The viewer with the household at hand.
    pub fn with(viewer: &Viewer, household: Household) -> Self {
        Self {
            viewer: viewer.clone(),
            household: Some(household),
        }
    }
}

/// Who is signed in.
#[Object(name = "Viewer")]
impl ViewerObject {
    /// The person of the account.
    async fn person(&self, ctx: &Context<'_>) -> async_graphql::Result<ViewerPerson> {
        if let Some(household) = &self.household {
            return Ok(ViewerPerson(household.clone()));
        }
        let people = ctx.data::<People>()?;
        match people.household(&self.viewer.learner()).await {
            Ok(household) => Ok(ViewerPerson(household)),
            Err(error) => Err(graphql_error(ctx, &error)),
        }
    }

    /// The account signed in.
    async fn account(&self) -> Account {
        Account {
            viewer: self.viewer.clone(),
        }
    }

    /// The standings valid today.
    async fn standings(&self) -> Vec<Standing> {
        let account = self.viewer.account();
        let standings = self.viewer.standings().iter();
        standings
            .map(|standing| Standing::of(account, standing))
            .collect()
    }
}

/// A login of one person.
pub struct Account {
    viewer: Viewer,
}

/// A login of one person.
#[Object]
impl Account {
    /// Id of the account.
    async fn id(&self) -> ID {
        wire(self.viewer.account())
    }

    /// The login name.
    async fn login(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        let login = ctx.data::<Auth>()?.login(&self.viewer).await;
        login.map_err(|error| graphql_error(ctx, &error))
    }
}

/// What an account may do on an area and below it, and when.
#[derive(Clone, Debug, SimpleObject)]
pub struct Standing {
    /// Id of the standing.
    id: ID,
    /// Whose.
    account_id: ID,
    /// What for.
    kind: StandingKind,
    /// Where, and below.
    area_id: ID,
    /// First day.
    from_on: Date,
    /// First day on which it is no longer valid; open when null.
    to_on: Option<Date>,
}

impl Standing {
    fn of(account: AccountId, standing: &capability::Standing) -> Self {
        Self {
            id: wire(standing.id),
            account_id: wire(account),
            kind: standing.kind.into(),
            area_id: wire(standing.area),
            from_on: Date(standing.from_on),
            to_on: standing.to_on.map(Date),
        }
    }

    fn granted(granted: &StandingGrant) -> Self {
        Self::of(granted.account, &granted.standing)
    }
}

/// What a device needs to go on asking. Keep both tokens secret.
#[derive(SimpleObject)]
pub struct Session {
    /// Sent with every request as `Authorization: Bearer …`.
    access_token: String,
    /// Traded by `refreshSession` for the next session. Good once, for 90 days.
    refresh_token: String,
    /// Until when the access token is good: an hour.
    expires_at: DateTime<Utc>,
}

impl Session {
    fn of(session: &session::Session) -> Self {
        Self {
            access_token: session.access_token.expose_secret().to_owned(),
            refresh_token: session.refresh_token.expose_secret().to_owned(),
            expires_at: session.expires_at,
        }
    }
}

/// Somebody who makes an account.
#[derive(InputObject)]
pub struct SignUpInput {
    /// A UUID made by the client for the person. With it, sending the same sign-up again signs in instead of
    /// finding the login name taken.
    id: Option<ID>,
    /// 3 to 64 letters a-z, digits and `. _ - @ +`; upper case is kept as lower case.
    login: String,
    /// 8 to 128 characters, not one of those that everybody tries first.
    password: String,
    /// As the person writes it, at most 200 characters.
    full_name: String,
    /// The commune the person lives in today.
    area_id: ID,
    /// As what the person is counted: at least one.
    audiences: Vec<Audience>,
    /// What the person consents to: only what was asked and answered. None when left out.
    consents: Option<Vec<ConsentPurpose>>,
    /// Version of the consent texts shown; the one in force when left out.
    consent_text_version: Option<String>,
    /// Language of the consent texts shown, vi or en; that of the request when left out.
    language: Option<String>,
    /// What the device calls itself, at most 100 characters. A value that stays the same and cannot be guessed
    /// keeps the device from being locked out by others' guesses.
    device: Option<String>,
}

/// Somebody who signs in.
#[derive(InputObject)]
pub struct SignInInput {
    /// Login name.
    login: String,
    /// Password.
    password: String,
    /// What the device calls itself, at most 100 characters. A value that stays the same and cannot be guessed
    /// keeps the device from being locked out by others' guesses.
    device: Option<String>,
}

/// A session to trade for the next.
#[derive(InputObject)]
pub struct RefreshSessionInput {
    /// The refresh token of the session.
    refresh_token: String,
}

/// What to sign out.
#[derive(InputObject)]
pub struct SignOutInput {
    /// The refresh token of the device to sign out; that of the request when left out.
    refresh_token: Option<String>,
    /// Every device of the account. No when left out.
    everywhere: Option<bool>,
}

/// A standing to grant.
#[derive(InputObject)]
pub struct GrantStandingInput {
    /// A UUID made by the client. With it, the same grant again changes nothing, even after it was revoked.
    id: Option<ID>,
    /// To whom: the account, or else the login name.
    account_id: Option<ID>,
    /// To whom: the login name, or else the account.
    login: Option<String>,
    /// What for. EDITOR is granted on the country only.
    kind: StandingKind,
    /// Where, and below.
    area_id: ID,
    /// First day; today when left out.
    from_on: Option<Date>,
    /// First day on which it is no longer valid; open when left out.
    to_on: Option<Date>,
}

/// A standing to revoke.
#[derive(InputObject)]
pub struct RevokeStandingInput {
    /// Id of the standing.
    id: ID,
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

impl SignUpInput {
    fn read(self, ctx: &Context<'_>) -> Outcome<SignUp> {
        Ok(SignUp {
            id: self.id.map(|id| named(&id, "id")).transpose()?,
            login: self.login,
            password: self.password.into(),
            full_name: self.full_name,
            area: named(&self.area_id, "areaId")?,
            audiences: self.audiences.into_iter().map(Into::into).collect(),
            consents: self
                .consents
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            text_version: self.consent_text_version,
            language: self
                .language
                .unwrap_or_else(|| language(ctx).tag().to_owned()),
            device: self.device,
        })
    }
}

impl GrantStandingInput {
    fn read(self) -> Outcome<GrantStanding> {
        let to = match (self.account_id, self.login) {
            (Some(id), None) => Target::Account(named(&id, "accountId")?),
            (None, Some(login)) => Target::Login(login),
            _ => return Err(Error::user(Code::Required, "accountId", "target-required")),
        };
        Ok(GrantStanding {
            id: self.id.map(|id| named(&id, "id")).transpose()?,
            to,
            kind: self.kind.into(),
            area: named(&self.area_id, "areaId")?,
            from_on: self.from_on.map(|date| date.0),
            to_on: self.to_on.map(|date| date.0),
        })
    }
}
