//! What the person at the machine's command line may do: make accounts, grant standings, disable accounts.
//!
//! Invariant: nothing that answers a request calls these; who can run them can read the database anyway.

use chrono::Duration;
use entity::{
    ids::{AccountId, PersonId},
    secret::PasswordHash,
    session,
};
use secrecy::SecretString;

use super::{
    Auth, GrantStanding, SignUp, StandingGrant, Target,
    capability::Learner,
    sign_up::{Enrolment, login_taken},
    store,
    token::Token,
};
use crate::{
    error::{Error, Result, UserErrorCode as Code},
    people::{household::Channel, registration::Registration},
};

/// An account to make.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// As at sign-up; the device is not used.
    pub sign_up: SignUp,
    /// How the consents reached us.
    pub channel: Channel,
    /// Testers never count.
    pub exclude_from_reporting: bool,
}

impl Auth {
    /// Makes an account without signing it in.
    ///
    /// # Errors
    /// As at sign-up.
    pub async fn create_account(&self, new: NewAccount) -> Result<(AccountId, PersonId)> {
        let told = new.sign_up;
        let person = told.id.unwrap_or_else(|| self.0.clock.id());
        let account: AccountId = self.0.clock.id();
        let registration = Registration {
            person,
            full_name: told.full_name.clone(),
            area: told.area,
            audiences: told.audiences.clone(),
            consents: told.consents.clone(),
            text_version: told.text_version.clone(),
            language: told.language.clone(),
            channel: new.channel,
            given_by: None,
            exclude_from_reporting: new.exclude_from_reporting,
        };
        let (login, recorded) = self.check(&told, &registration)?;
        let db = self.0.db.latest();
        if store::credentials(db, login.as_str(), None)
            .await?
            .is_some()
        {
            return Err(login_taken());
        }
        let hash = PasswordHash(self.0.passwords.hash(&told.password).await?);
        let new = Enrolment {
            account,
            login,
            recorded,
            hash,
        };
        self.write_account(new).await?;
        Ok((account, person))
    }

    /// Grants a standing anywhere.
    ///
    /// # Errors
    /// As [`Auth::grant_standing`], for every account and area.
    pub async fn grant(&self, asked: GrantStanding) -> Result<StandingGrant> {
        let account = self.account_of(&asked.to).await?;
        let account =
            account.ok_or_else(|| Error::user(Code::NotFound, "login", "account-unknown"))?;
        self.write_grant(account, &asked, None).await
    }

    /// Disables an account and signs out its devices: at once on this node, within 30 seconds on others.
    ///
    /// # Errors
    /// A user error when there is no such account.
    pub async fn disable(&self, target: &Target) -> Result<()> {
        let account = self.account_of(target).await?;
        let account =
            account.ok_or_else(|| Error::user(Code::NotFound, "login", "account-unknown"))?;
        store::disable(self.0.db.write(), account).await?;
        self.0.sessions.revoke(account, None).await
    }

    /// The account of a login name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn account_named(&self, login: &str) -> Result<Option<AccountId>> {
        self.account_of(&Target::Login(login.to_owned())).await
    }

    /// The person of an account as a learner: for samples and generated populations.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such account.
    pub async fn learner(&self, account: AccountId) -> Result<Learner> {
        let person = store::person_of(self.0.db.latest(), account)
            .await?
            .ok_or(Error::NotFound)?;
        Ok(Learner::new(account, person))
    }

    /// The row of a session for an account, good for a while from now, and its access token: for generated
    /// populations.
    pub fn open_session(
        &self,
        account: AccountId,
        good_for: Duration,
    ) -> (session::Model, SecretString) {
        self.0.sessions.row_for(account, good_for)
    }

    /// A hash that no password is known of: for accounts nobody signs in to by password.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when too many passwords are being hashed.
    pub async fn unknown_password(&self) -> Result<PasswordHash> {
        let unknown = Token::fresh().text();
        Ok(PasswordHash(self.0.passwords.hash(&unknown).await?))
    }
}
