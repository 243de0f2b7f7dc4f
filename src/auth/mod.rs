//! Who is asking and what they may do: accounts, signed-in devices, standings, and the audit log.
//!
//! Invariant: capabilities ([`capability`]) are made here and nowhere else.

use std::sync::{Arc, OnceLock};

use chrono::Duration;
use entity::ids::{AccountId, PersonId};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    areas::Areas,
    clock::Clock,
    db::Db,
    error::{Error, Result},
    people::People,
};

mod area_change;
pub mod audit;
pub mod capability;
mod claim;
mod erasing;
pub mod graphql;
mod held;
mod keys;
pub mod login;
mod operator;
pub mod password;
pub mod rate;
pub mod reset;
pub mod session;
mod sign_in;
mod sign_up;
mod standing;
mod store;
mod token;

pub use claim::{Claim, ClaimCode};
pub use erasing::{OwnData, Part};
pub(crate) use keys::{kept_code, typed_code};
pub use operator::NewAccount;
pub use reset::{PasswordChanged, ResetCode, ResetPassword, ResetToTell};
pub use sign_in::SignIn;
pub use sign_up::SignUp;
pub use standing::{GrantStanding, StandingGrant, Target};

use audit::Audit;
use capability::Viewer;
use password::Passwords;
use rate::{RateLimits, Rates};
use session::{Opened, Session, Sessions};
use sign_up::Enrolment;
use token::Token;

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
    keys: keys::Keys,
    changed: OnceLock<Arc<dyn PasswordChanged>>,
    holders: erasing::Holders,
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
            holders: erasing::Holders::default(),
            db,
            clock,
            areas,
            people,
            keys: keys::Keys::default(),
            changed: OnceLock::new(),
        }))
    }

    /// The audit log's entrance.
    pub fn audit(&self) -> &Audit {
        &self.0.audit
    }

    /// Tells a listener of every password that is changed by a code; false when another listens already.
    pub fn follow(&self, listener: Arc<dyn PasswordChanged>) -> bool {
        self.0.changed.set(listener).is_ok()
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
        let atlas = self.0.areas.atlas();
        Ok(Some(device.viewer(self.0.clock.today(), &atlas)))
    }

    /// Trades a refresh token for the next session of its device.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when it is unknown, expired, revoked, or was traded and its answer used.
    pub async fn refresh(&self, refresh_token: &SecretString) -> Result<Session> {
        let token = Token::read(refresh_token.expose_secret());
        let token = token.ok_or(Error::Unauthenticated)?;
        let auth = self.clone();
        let traded = self
            .0
            .db
            .tx(move |tx| {
                let (auth, token) = (auth.clone(), token.clone());
                Box::pin(async move { auth.0.sessions.trade(tx, &token).await })
            })
            .await?;
        self.0.sessions.settle(traded)
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

    /// Counts a try at something that could be guessed.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when the address has tried too often.
    pub fn count_try(&self, address: Option<rate::ClientAddress>) -> Result<()> {
        self.0.rates.try_from(address, None)
    }

    /// The login name of the viewer's account.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the account was erased.
    pub async fn login(&self, viewer: &Viewer) -> Result<String> {
        let found = store::login_of(self.0.db.read(), viewer.account()).await?;
        found.ok_or(Error::NotFound)
    }

    /// Deletes counted guesses, pairs of tokens and codes that no longer matter. To be called every hour or so.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_old(&self) -> Result<()> {
        let now = self.0.clock.now();
        let (guesses, traded) = (now - Duration::hours(2), now - Duration::days(7));
        store::forget_resets(self.0.db.write(), now - Duration::days(1)).await?;
        store::forget_old(self.0.db.write(), now, guesses, traded).await
    }
}

/// Where the feature's other transactions begin and end.
impl Auth {
    async fn write_erased(&self, person: PersonId) -> Result<()> {
        let auth = self.clone();
        self.0
            .db
            .tx(move |tx| {
                let auth = auth.clone();
                Box::pin(async move { auth.erase_within(tx, person).await })
            })
            .await
    }

    async fn write_account(&self, new: Enrolment) -> Result<()> {
        let auth = self.clone();
        self.0
            .db
            .tx(move |tx| {
                let (auth, new) = (auth.clone(), new.clone());
                Box::pin(async move { auth.enrol(tx, new).await })
            })
            .await
    }

    async fn write_account_with_device(
        &self,
        new: Enrolment,
        device: Option<String>,
    ) -> Result<Opened> {
        let auth = self.clone();
        self.0
            .db
            .tx(move |tx| {
                let (auth, new, device) = (auth.clone(), new.clone(), device.clone());
                Box::pin(async move {
                    let account = new.account;
                    auth.enrol(tx, new).await?;
                    auth.0.sessions.open(tx, account, device.as_deref()).await
                })
            })
            .await
    }

    async fn write_claimed(&self, new: claim::Claimed) -> Result<Opened> {
        let auth = self.clone();
        self.0
            .db
            .tx(move |tx| {
                let (auth, new) = (auth.clone(), new.clone());
                Box::pin(async move { auth.settle_claim(tx, new).await })
            })
            .await
    }

    async fn write_renewed(&self, new: reset::Renewed) -> Result<()> {
        let auth = self.clone();
        self.0
            .db
            .tx(move |tx| {
                let (auth, new) = (auth.clone(), new.clone());
                Box::pin(async move { auth.renew(tx, new).await })
            })
            .await
    }

    async fn open_device(&self, account: AccountId, device: Option<String>) -> Result<Opened> {
        let auth = self.clone();
        self.0
            .db
            .tx(move |tx| {
                let (auth, device) = (auth.clone(), device.clone());
                Box::pin(async move { auth.0.sessions.open(tx, account, device.as_deref()).await })
            })
            .await
    }

    async fn write_standing(
        &self,
        wanted: entity::standing::Model,
        has_own_id: bool,
    ) -> Result<entity::standing::Model> {
        let today = self.0.clock.today();
        self.0
            .db
            .tx(move |tx| {
                let wanted = wanted.clone();
                Box::pin(async move { standing::grant(tx, wanted, has_own_id, today).await })
            })
            .await
    }

    async fn write_end(&self, held: entity::standing::Model) -> Result<entity::standing::Model> {
        let today = self.0.clock.today();
        self.0
            .db
            .tx(move |tx| {
                let held = held.clone();
                Box::pin(async move { standing::end(tx, held, today).await })
            })
            .await
    }
}
