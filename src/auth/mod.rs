//! Who is asking and what they may do: accounts, signed-in devices, standings, and the audit log.
//!
//! Invariant: capabilities ([`capability`]) are made here and nowhere else.

use std::sync::Arc;

use chrono::{DateTime, Duration, DurationRound, Utc};
use entity::{
    account,
    ids::{AccountId, AreaId, FamilyId, PersonId, SessionId},
    secret::PasswordHash,
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    areas::Areas,
    clock::Clock,
    db::Db,
    error::{Error, Result, UserError, UserErrorCode as Code},
    people::{
        People,
        household::{Audience, Channel, Purpose},
        name,
        registration::{Recorded, Registration},
    },
};

pub mod audit;
pub mod capability;
pub mod graphql;
pub mod login;
mod operator;
pub mod password;
pub mod rate;
pub mod session;
mod standing;
mod store;
mod token;

pub use operator::NewAccount;
pub use standing::{GrantStanding, StandingGrant, Target};

use audit::Audit;
use capability::Viewer;
use login::{Login, guess_key};
use password::{Passwords, Verdict};
use rate::{ClientAddress, RateLimits, Rates};
use session::{Device, Session, Sessions};
use store::Credentials;

/// Characters of what a device calls itself.
const DEVICE_LIMIT: usize = 100;

/// The feature's operations. Cheap to clone.
#[derive(Clone)]
pub struct Auth(Arc<Parts>);

struct Parts {
    db: Db,
    clock: Clock,
    areas: Areas,
    people: People,
    passwords: Passwords,
    sessions: Sessions,
    rates: Rates,
    limits: RateLimits,
    audit: Audit,
}

/// Somebody who makes an account.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// Made by the client, so that the same sign-up again is answered instead of refused.
    pub id: Option<PersonId>,
    /// Login name.
    pub login: String,
    /// Password.
    pub password: SecretString,
    /// Full name.
    pub full_name: String,
    /// The commune the person lives in today.
    pub area: AreaId,
    /// As what the person is counted.
    pub audiences: Vec<Audience>,
    /// What the person consents to.
    pub consents: Vec<Purpose>,
    /// Version of the consent texts shown; the one in force when absent.
    pub text_version: Option<String>,
    /// Language of the consent texts shown.
    pub language: String,
    /// What the device calls itself.
    pub device: Option<String>,
}

/// Somebody who signs in.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Login name.
    pub login: String,
    /// Password.
    pub password: SecretString,
    /// What the device calls itself: a device that signed in before is not locked out by others' guesses.
    pub device: Option<String>,
}

impl Auth {
    /// The feature. Starts the audit log's writer, so it needs a runtime.
    pub fn new(db: Db, clock: Clock, areas: Areas, people: People, limits: RateLimits) -> Self {
        Self(Arc::new(Parts {
            passwords: Passwords::default(),
            sessions: Sessions::new(db.clone(), clock.clone()),
            rates: Rates::new(limits),
            limits,
            audit: Audit::start(db.clone(), clock.clone()),
            db,
            clock,
            areas,
            people,
        }))
    }

    /// The audit log's entrance.
    pub fn audit(&self) -> &Audit {
        &self.0.audit
    }

    /// Who sends an access token; nobody without one.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the token is unknown, expired or revoked, or the account is disabled.
    pub async fn viewer(&self, token: Option<&str>) -> Result<Option<Viewer>> {
        let Some(token) = token else {
            return Ok(None);
        };
        let device = self.0.sessions.device(token).await?;
        Ok(Some(device.viewer(self.0.clock.today())))
    }

    /// Makes an account and signs its device in. With the id the client made, the same sign-up again signs in.
    ///
    /// # Errors
    /// Everything the person can mend, all at once; [`Error::RateLimited`].
    pub async fn sign_up(
        &self,
        told: SignUp,
        address: Option<ClientAddress>,
    ) -> Result<(Session, Viewer)> {
        self.0.rates.try_from(address, None)?;
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
            channel: Channel::App,
            given_by: Some(account),
            exclude_from_reporting: false,
        };
        let (login, recorded) = self.check(&told, &registration)?;
        let device = device_label(told.device.as_deref())?;
        let holder = store::credentials(self.0.db.write(), login.as_str(), None).await?;
        if let Some(holder) = holder {
            if told.id != Some(holder.person) {
                return Err(login_taken());
            }
            let again = SignIn {
                login: told.login,
                password: told.password,
                device,
            };
            return match self.sign_in(again, address).await {
                Err(Error::User(_)) => Err(login_taken()),
                other => other,
            };
        }
        let hash = PasswordHash(self.0.passwords.hash(&told.password).await?);
        let auth = self.clone();
        let (session, id, family) = self
            .0
            .db
            .tx(move |tx| {
                let (auth, login, recorded) = (auth.clone(), login.clone(), recorded.clone());
                let (hash, device) = (hash.clone(), device.clone());
                Box::pin(async move {
                    auth.enrol(tx, account, &login, recorded, hash).await?;
                    auth.0.sessions.open(tx, account, device.as_deref()).await
                })
            })
            .await?;
        Ok((session, self.newcomer(account, person, id, family)))
    }

    /// Checks somebody who wants an account; writes nothing.
    fn check(&self, told: &SignUp, registration: &Registration) -> Result<(Login, Recorded)> {
        let mut errors = Vec::new();
        let login = Login::typed(&told.login);
        let login = login.map_err(|error| errors.push(error)).ok();
        let name = login.as_ref().map(Login::as_str);
        errors.extend(password::check(&told.password, name).err());
        let recorded = match self.0.people.check(registration) {
            Ok(recorded) => Some(recorded),
            Err(Error::User(more)) => {
                errors.extend(more);
                None
            }
            Err(other) => return Err(other),
        };
        match (login, recorded) {
            (Some(login), Some(recorded)) if errors.is_empty() => Ok((login, recorded)),
            _ => Err(Error::User(errors)),
        }
    }

    /// Writes a person with an account, inside a transaction of the caller.
    async fn enrol(
        &self,
        tx: &crate::db::Tx,
        account: AccountId,
        login: &Login,
        recorded: Recorded,
        hash: PasswordHash,
    ) -> Result<()> {
        let person_id = recorded.person_id();
        if !self.0.people.record(tx, recorded).await? {
            return Err(Error::user(Code::Taken, "id", "id-taken"));
        }
        let row = account::Model {
            account_id: account,
            person_id,
            password_hash: hash,
            state: account::AccountState::Active,
            created_at: self.0.clock.now(),
        };
        if store::insert_account(tx, row, login.as_str()).await? {
            Ok(())
        } else {
            Err(login_taken())
        }
    }

    /// Somebody who has just signed up.
    fn newcomer(
        &self,
        account: AccountId,
        person: PersonId,
        session: SessionId,
        family: FamilyId,
    ) -> Viewer {
        Viewer::new(capability::Identity {
            account,
            person,
            session,
            family,
            standings: Vec::new(),
        })
    }

    /// Signs a device in.
    ///
    /// # Errors
    /// One and the same user error when the login name is unknown, the password is wrong or the account
    /// disabled; [`Error::RateLimited`].
    pub async fn sign_in(
        &self,
        told: SignIn,
        address: Option<ClientAddress>,
    ) -> Result<(Session, Viewer)> {
        let key = guess_key(&told.login);
        self.0.rates.try_from(address, Some(key))?;
        let device = device_label(told.device.as_deref())?;
        let login = Login::typed(&told.login).ok();
        let name = login.as_ref().map_or("", Login::as_str);
        let db = self.0.db.write();
        let found = store::credentials(db, name, device.as_deref()).await?;
        let holder = self.guess(key, found, &told.password).await?;
        let holder = holder.ok_or_else(|| {
            let code = Code::WrongCredentials;
            Error::user(code, "", "credentials-wrong")
        })?;
        let account = holder.account;
        let (sessions, label) = (self.0.sessions.clone(), device.clone());
        let (session, id, family) = self
            .0
            .db
            .tx(move |tx| {
                let (sessions, label) = (sessions.clone(), label.clone());
                Box::pin(async move { sessions.open(tx, account, label.as_deref()).await })
            })
            .await?;
        // The device that had been signed in longest may have been signed out.
        self.0.sessions.forget_account(account)?;
        let standings = store::standings_of(db, account).await?;
        let device = Device {
            account,
            person: holder.person,
            session: id,
            family,
            access_hash: entity::secret::Digest(Vec::new()),
            access_expires_at: session.expires_at,
            seen: false,
            standings: standings.iter().map(standing::standing_of).collect(),
        };
        Ok((session, device.viewer(self.0.clock.today())))
    }

    /// Tries a password: counted before it is compared, and compared at equal cost when there is no account.
    /// Answers the account whose password it is.
    async fn guess(
        &self,
        key: [u8; 32],
        found: Option<Credentials>,
        password: &SecretString,
    ) -> Result<Option<Credentials>> {
        let (db, now) = (self.0.db.write(), self.0.clock.now());
        let hour = now
            .duration_trunc(Duration::hours(1))
            .map_err(Error::internal)?;
        let is_known = found.as_ref().is_some_and(|found| found.is_known_device);
        let limit = if is_known {
            self.0.limits.known_guesses_per_hour
        } else {
            self.0.limits.stranger_guesses_per_hour
        };
        let counted = store::count_guess(db, key, is_known, hour).await?;
        if i64::from(counted) > i64::from(limit) {
            return Err(Error::RateLimited {
                retry_after: seconds_until(hour + Duration::hours(1), now),
            });
        }
        let kept = found.as_ref().map(|found| found.password_hash.0.clone());
        let verdict = self.0.passwords.verify(password, kept).await;
        let Some(holder) = found.filter(|found| found.is_active) else {
            verdict?;
            return Ok(None);
        };
        match verdict? {
            Verdict::Wrong => return Ok(None),
            Verdict::Right => {}
            Verdict::RightButCheap => {
                let hash = PasswordHash(self.0.passwords.hash(password).await?);
                store::set_password(db, holder.account, hash).await?;
            }
        }
        store::uncount_guess(db, key, is_known, hour).await?;
        Ok(Some(holder))
    }

    /// Trades a refresh token for the next session of its device.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when it is unknown, expired, revoked, or was traded and its answer used.
    pub async fn refresh(&self, refresh_token: &SecretString) -> Result<Session> {
        let token = refresh_token.expose_secret();
        self.0.sessions.refresh(token).await
    }

    /// Signs out the device of the viewer or of a refresh token, or every device of the account. Signing out
    /// again changes nothing.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when neither is given.
    pub async fn sign_out(
        &self,
        viewer: Option<&Viewer>,
        refresh_token: Option<&SecretString>,
        everywhere: bool,
    ) -> Result<()> {
        let by_token = match refresh_token {
            Some(token) => self.0.sessions.owner(token.expose_secret()).await?,
            None => None,
        };
        let by_viewer = viewer.map(|viewer| (viewer.account(), viewer.family()));
        if refresh_token.is_none() && by_viewer.is_none() {
            return Err(Error::Unauthenticated);
        }
        for (account, family) in by_viewer.into_iter().chain(by_token) {
            let family = (!everywhere).then_some(family);
            self.0.sessions.revoke(account, family).await?;
        }
        Ok(())
    }

    /// The login name of the viewer's account.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the account was erased.
    pub async fn login(&self, viewer: &Viewer) -> Result<String> {
        let found = store::login_of(self.0.db.read(), viewer.account()).await?;
        found.ok_or(Error::NotFound)
    }

    /// Deletes counted guesses and pairs of tokens that no longer matter. To be called every hour or so.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_old(&self) -> Result<()> {
        let now = self.0.clock.now();
        let (guesses, traded) = (now - Duration::hours(2), now - Duration::days(7));
        store::forget_old(self.0.db.write(), now, guesses, traded).await
    }
}

fn login_taken() -> Error {
    Error::user(Code::Taken, "login", "login-taken")
}

/// What a device calls itself, as kept.
fn device_label(told: Option<&str>) -> Result<Option<String>, UserError> {
    let told = told.filter(|text| !text.trim().is_empty());
    told.map(|text| name::line(text, DEVICE_LIMIT, "device"))
        .transpose()
}

fn seconds_until(then: DateTime<Utc>, now: DateTime<Utc>) -> u64 {
    u64::try_from((then - now).num_seconds()).unwrap_or(0) + 1
}
