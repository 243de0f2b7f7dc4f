//! What clients send to sign up, in and out, and about standings.

use async_graphql::{Context, ID, InputObject};

use super::{
    super::{GrantStanding, SignUp, Target},
    objects::StandingKind,
};
use crate::{
    error::{Error, Result, UserErrorCode as Code},
    graphql::{context::language, date::Date, ids::named},
    people::graphql::{Audience, ConsentPurpose},
};

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

/// Somebody whom a trainer recorded, who makes her account.
#[derive(InputObject)]
pub struct ClaimPersonInput {
    /// The code the trainer gave: ten digits and letters; case, spaces and dashes do not matter.
    pub(super) code: String,
    /// 3 to 64 letters a-z, digits and `. _ - @ +`; upper case is kept as lower case.
    pub(super) login: String,
    /// 8 to 128 characters, not one of those that everybody tries first.
    pub(super) password: String,
    /// What the device calls itself, at most 100 characters.
    pub(super) device: Option<String>,
}

/// Somebody who signs in.
#[derive(InputObject)]
pub struct SignInInput {
    /// Login name.
    pub(super) login: String,
    /// Password.
    pub(super) password: String,
    /// What the device calls itself, at most 100 characters. A value that stays the same and cannot be guessed
    /// keeps the device from being locked out by others' guesses.
    pub(super) device: Option<String>,
}

/// A session to trade for the next.
#[derive(InputObject)]
pub struct RefreshSessionInput {
    /// The refresh token of the session.
    pub(super) refresh_token: String,
}

/// What to sign out.
#[derive(InputObject)]
pub struct SignOutInput {
    /// The refresh token of the device to sign out; that of the request when left out.
    pub(super) refresh_token: Option<String>,
    /// Every device of the account. No when left out.
    pub(super) everywhere: Option<bool>,
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
    pub(super) id: ID,
}

impl SignUpInput {
    pub(super) fn read(self, ctx: &Context<'_>) -> Result<SignUp> {
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
    pub(super) fn read(self) -> Result<GrantStanding> {
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
