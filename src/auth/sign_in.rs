//! Signing a device in: guesses are counted before they are compared, and cost the same whether there is an account.

use chrono::{DateTime, Duration, DurationRound, Utc};
use entity::secret::PasswordHash;
use secrecy::SecretString;

use super::{
    Auth,
    capability::Viewer,
    login::{Login, guess_key},
    password::Verdict,
    rate::ClientAddress,
    session::{Device, Session},
    standing,
    store::{self, Credentials},
};
use crate::{
    error::{Error, Result, UserError, UserErrorCode as Code},
    people::name,
};

/// Characters of what a device calls itself.
const DEVICE_LIMIT: usize = 100;

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
        let db = self.0.db.latest();
        let found = store::credentials(db, name, device.as_deref()).await?;
        let holder = self.guess(key, found, &told.password).await?;
        let holder = holder.ok_or_else(|| {
            let code = Code::WrongCredentials;
            Error::user(code, "", "credentials-wrong")
        })?;
        let account = holder.account;
        let opened = self.open_device(account, device).await?;
        // The device that had been signed in longest may have been signed out.
        self.0.sessions.forget_account(account)?;
        let standings = store::standings_of(db, account).await?;
        let device = Device {
            account,
            person: holder.person,
            session: opened.id,
            family: opened.family,
            access_hash: entity::secret::Digest(Vec::new()),
            access_expires_at: opened.session.expires_at,
            seen: false,
            standings: standings.iter().map(standing::standing_of).collect(),
        };
        let viewer = device.viewer(self.0.clock.today(), &self.0.areas.atlas());
        Ok((opened.session, viewer))
    }

    /// Tries a password: counted before it is compared, and compared at equal cost when there is no account.
    /// Answers the account whose password it is.
    pub(super) async fn guess(
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
}

/// What a device calls itself, as kept.
pub(super) fn device_label(told: Option<&str>) -> Result<Option<String>, UserError> {
    let told = told.filter(|text| !text.trim().is_empty());
    told.map(|text| name::line(text, DEVICE_LIMIT, "device"))
        .transpose()
}

pub(super) fn seconds_until(then: DateTime<Utc>, now: DateTime<Utc>) -> u64 {
    u64::try_from((then - now).num_seconds())
        .unwrap_or(0)
        .max(1)
}
