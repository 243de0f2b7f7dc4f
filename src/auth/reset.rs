//! A new password for somebody who forgot hers: a code that reaches her on a channel of hers or over her trainer's desk.
//!
//! Invariant: asking costs and answers the same whether or not anybody has the login name: the same statements run, and
//! finding out whom to tell happens later, in the outbox.

use chrono::{DateTime, Duration, DurationRound, Utc};
use entity::{
    ids::{AccountId, PersonId, ResetId},
    password_reset,
    secret::PasswordHash,
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{
    Auth,
    keys::{kept_code, typed_code},
    login::{Login, guess_key},
    password,
    rate::{ClientAddress, network_of},
    sign_in::seconds_until,
    store,
};
use crate::{
    db::Tx,
    error::{Error, Result, UserErrorCode as Code},
};

/// What codes of this kind follow from.
const PURPOSE: &str = "password reset";
/// How long a code is good.
const GOOD_FOR: Duration = Duration::minutes(15);
/// Wrong codes before one is no longer good.
const TRIES: i32 = 5;
/// Requests for one login name in a clock hour.
const ASKED_PER_HOUR: i32 = 4;
/// Requests and wrong codes of one network in a clock hour: whole villages share an address.
const NETWORK_PER_HOUR: i32 = 40;

/// Told, inside the transaction, when a password was changed by a code. Notices listen.
#[async_trait::async_trait]
pub trait PasswordChanged: Send + Sync {
    /// Called once everything is written.
    ///
    /// # Errors
    /// An error gives the change up.
    async fn password_changed(&self, tx: &Tx, person: PersonId, reset: ResetId) -> Result<()>;
}

/// A request whose code is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResetToTell {
    /// The request.
    pub id: ResetId,
    /// Whose password.
    pub person: PersonId,
    /// From when the code is no longer good.
    pub expires_at: DateTime<Utc>,
}

/// A code given over a trainer's desk: never kept, never printed.
#[derive(Clone, Debug)]
pub struct ResetCode {
    /// What to type.
    pub code: SecretString,
    /// From when it is no longer good.
    pub expires_at: DateTime<Utc>,
}

/// Somebody with a code.
#[derive(Clone, Debug)]
pub struct ResetPassword {
    /// Login name.
    pub login: String,
    /// The code she got.
    pub code: SecretString,
    /// The password from now on.
    pub password: SecretString,
}

/// A new password to write.
#[derive(Clone, Debug)]
pub(super) struct Renewed {
    account: AccountId,
    reset: ResetId,
    hash: PasswordHash,
}

fn wrong() -> Error {
    Error::user(Code::NotFound, "code", "reset-code-wrong")
}

impl Auth {
    /// Asks for a code. Answers until when it would be good, whether or not there is such a login name.
    ///
    /// # Errors
    /// [`Error::RateLimited`], for a login name that nobody has as for any other.
    pub async fn request_password_reset(
        &self,
        login: &str,
        address: Option<ClientAddress>,
    ) -> Result<DateTime<Utc>> {
        let key = guess_key(login);
        self.0.rates.try_from(address, Some(key))?;
        let named: [u8; 32] = Sha256::new()
            .chain_update("reset of ")
            .chain_update(key)
            .finalize()
            .into();
        self.count_request(named, ASKED_PER_HOUR).await?;
        self.count_network(address).await?;
        let row = self.reset_row(None).await?;
        let expires_at = row.expires_at;
        // Nobody has a name that cannot be one.
        let login = Login::typed(login).ok();
        let name = login.as_ref().map_or("", Login::as_str);
        store::insert_reset_of_login(self.0.db.write(), row, name).await?;
        Ok(expires_at)
    }

    /// Sets a new password with a code, and signs every device of the account out.
    ///
    /// # Errors
    /// Everything the person can mend; the same for a login name that nobody has as for a wrong code;
    /// [`Error::RateLimited`].
    pub async fn reset_password(
        &self,
        told: ResetPassword,
        address: Option<ClientAddress>,
    ) -> Result<String> {
        let key = guess_key(&told.login);
        self.0.rates.try_from(address, Some(key))?;
        let login = Login::typed(&told.login).ok();
        let name = login.as_ref().map_or("", Login::as_str);
        password::check(&told.password, Some(name))?;
        self.count_network(address).await?;
        let code = typed_code(told.code.expose_secret()).ok_or_else(wrong)?;
        let (db, now) = (self.0.db.write(), self.0.clock.now());
        // Counted before it is compared, so that no number of tries at once gets past the limit.
        let tried = store::try_resets(db, name, now, TRIES).await?;
        let typed = kept_code(PURPOSE, &code);
        let mut good = tried
            .into_iter()
            .filter(|row| row.code_hash.0.ct_eq(&typed.0).into());
        let found = good.next().ok_or_else(wrong)?;
        let account = found.account_id.ok_or_else(wrong)?;
        let hash = PasswordHash(self.0.passwords.hash(&told.password).await?);
        let renewed = Renewed {
            account,
            reset: found.reset_id,
            hash,
        };
        self.write_renewed(renewed).await?;
        self.0.sessions.forget_account(account)?;
        Ok(name.to_owned())
    }

    /// Writes the new password inside a transaction of the caller: the code is used once, whoever is first.
    pub(super) async fn renew(&self, tx: &Tx, new: Renewed) -> Result<()> {
        let now = self.0.clock.now();
        if !store::use_reset(tx, new.reset, now).await? {
            return Err(wrong());
        }
        store::end_resets(tx, new.account, now).await?;
        store::set_password(tx, new.account, new.hash).await?;
        store::revoke_account(tx, new.account, now).await?;
        let person = store::person_of(tx, new.account).await?;
        let person = person.ok_or(Error::NotFound)?;
        match self.0.changed.get() {
            Some(listener) => listener.password_changed(tx, person, new.reset).await,
            None => Ok(()),
        }
    }

    /// Whether there are requests that nobody has told yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn has_resets_to_tell(&self) -> Result<bool> {
        store::has_resets(self.0.db.latest(), self.0.clock.now()).await
    }

    /// Requests nobody has told yet, from now on told, inside a transaction of the caller.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn resets_to_tell(&self, tx: &Tx) -> Result<Vec<ResetToTell>> {
        store::take_resets(tx, self.0.clock.now()).await
    }

    /// The code of a request that is still good; nothing when it was used or has expired.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn reset_code(&self, id: ResetId) -> Result<Option<SecretString>> {
        if !store::is_good_reset(self.0.db.latest(), id, self.0.clock.now()).await? {
            return Ok(None);
        }
        self.keyed_code(PURPOSE, id.0.as_bytes()).await.map(Some)
    }

    /// Makes a code for somebody who stands at a trainer's desk, inside a transaction of the caller, who knows that the
    /// trainer may; earlier ones are no longer good.
    ///
    /// # Errors
    /// A user error when she has no account, or one with a standing: nobody takes over the account of somebody who
    /// sees more than she does.
    pub(crate) async fn issue_reset(
        &self,
        tx: &Tx,
        by: AccountId,
        person: PersonId,
    ) -> Result<ResetCode> {
        let account = store::account_of_person(tx, person).await?;
        let refused = |message| Error::user(Code::Conflict, "personId", message);
        let account = account.ok_or_else(|| refused("reset-no-account"))?;
        if !store::is_active(tx, account).await? {
            return Err(refused("reset-no-account"));
        }
        let today = self.0.clock.today();
        let standings = store::standings_of(tx, account).await?;
        if standings
            .iter()
            .any(|row| row.to_on.is_none_or(|to| today < to))
        {
            return Err(refused("reset-has-standing"));
        }
        let now = self.0.clock.now();
        store::end_resets(tx, account, now).await?;
        let row = password_reset::Model {
            account_id: Some(account),
            told_at: Some(now),
            ..self.reset_row(Some(by)).await?
        };
        let code = self.keyed_code(PURPOSE, row.reset_id.0.as_bytes()).await?;
        let expires_at = row.expires_at;
        store::insert_reset(tx, row).await?;
        let code = code.expose_secret();
        let (first, second) = code.split_at_checked(4).unwrap_or((code, ""));
        Ok(ResetCode {
            code: format!("{first} {second}").into(),
            expires_at,
        })
    }

    /// A fresh request of nobody's.
    async fn reset_row(&self, issued_by: Option<AccountId>) -> Result<password_reset::Model> {
        let (id, now): (ResetId, _) = (self.0.clock.id(), self.0.clock.now());
        let code = self.keyed_code(PURPOSE, id.0.as_bytes()).await?;
        Ok(password_reset::Model {
            reset_id: id,
            account_id: None,
            code_hash: kept_code(PURPOSE, code.expose_secret()),
            issued_by,
            asked_at: now,
            expires_at: now + GOOD_FOR,
            tries: 0,
            told_at: None,
            used_at: None,
        })
    }

    async fn count_network(&self, address: Option<ClientAddress>) -> Result<()> {
        let network = address.map(|ClientAddress(address)| network_of(address).to_string());
        let key = format!("reset from {}", network.unwrap_or_default());
        self.count_request(Sha256::digest(key).into(), NETWORK_PER_HOUR)
            .await
    }

    async fn count_request(&self, key: [u8; 32], limit: i32) -> Result<()> {
        let now = self.0.clock.now();
        let hour = now
            .duration_trunc(Duration::hours(1))
            .map_err(Error::internal)?;
        if store::count_guess(self.0.db.write(), key, false, hour).await? > limit {
            return Err(Error::RateLimited {
                retry_after: seconds_until(hour + Duration::hours(1), now),
            });
        }
        Ok(())
    }
}
