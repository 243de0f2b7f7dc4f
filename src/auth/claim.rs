//! Claiming: a person whom a trainer recorded makes the account that is hers, with a code used once. What she
//! learned before stays hers.

use chrono::{DateTime, Duration, DurationRound, Utc};
use entity::{
    account, claim_code,
    ids::{AccountId, PersonId},
    secret::{Digest as Kept, PasswordHash},
};
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use super::{
    Auth, SignIn,
    capability::{Identity, Viewer},
    login::Login,
    password,
    rate::{ClientAddress, network_of},
    session::{Opened, Session},
    sign_in::{device_label, seconds_until},
    sign_up::login_taken,
    store,
};
use crate::{
    db::Tx,
    error::{Error, Result, UserErrorCode as Code},
    people,
};

/// Digits and letters that neither look nor sound alike in Vietnamese.
const ALPHABET: &[u8; 18] = b"23456789AEHKMPRTVX";
/// Characters of a code: 3 million million codes, of which a handful are good at a time.
const LENGTH: usize = 10;
/// How long a code is good: until the next session and some days.
const GOOD_FOR: Duration = Duration::days(14);
/// Wrong codes of one network in a clock hour.
const GUESSES_PER_HOUR: i32 = 40;

/// A code as it is handed over: never kept, never printed.
#[derive(Clone, Debug)]
pub struct ClaimCode {
    /// What to type, in two halves.
    pub code: SecretString,
    /// From when it is no longer good.
    pub expires_at: DateTime<Utc>,
}

/// Somebody who claims.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The code the trainer gave.
    pub code: SecretString,
    /// Login name.
    pub login: String,
    /// Password.
    pub password: SecretString,
    /// What the device calls itself.
    pub device: Option<String>,
}

/// An account to write for a person who exists.
#[derive(Clone, Debug)]
pub(super) struct Claimed {
    code: Kept,
    account: AccountId,
    login: Login,
    hash: PasswordHash,
    device: Option<String>,
}

/// The code somebody typed, case, spaces and dashes aside, as it is kept.
fn typed(text: &str) -> Option<Kept> {
    let mut code = String::with_capacity(LENGTH);
    for letter in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let letter = letter.to_ascii_uppercase();
        let known = u8::try_from(letter).is_ok_and(|byte| ALPHABET.contains(&byte));
        if !known || code.len() == LENGTH {
            return None;
        }
        code.push(letter);
    }
    (code.len() == LENGTH).then(|| kept(&code))
}

fn kept(code: &str) -> Kept {
    Kept(Sha256::digest(format!("claim:{code}")).to_vec())
}

fn unknown() -> Error {
    Error::user(Code::NotFound, "code", "claim-code-unknown")
}

impl Auth {
    /// Makes a code for a person without an account, inside a transaction of the caller, who knows that the
    /// trainer may; an earlier one is no longer good.
    ///
    /// # Errors
    /// A user error when she has an account.
    pub(crate) async fn issue_claim(
        &self,
        tx: &Tx,
        by: AccountId,
        person: PersonId,
    ) -> Result<ClaimCode> {
        if !people::store::lock(tx, person).await? {
            return Err(Error::NotFound);
        }
        if store::account_of_person(tx, person).await?.is_some() {
            return Err(Error::user(Code::Conflict, "personId", "claim-has-account"));
        }
        let now = self.0.clock.now();
        let letter = || {
            let at = rand::random_range(0..ALPHABET.len());
            ALPHABET.get(at).copied().map_or('2', char::from)
        };
        let code: String = std::iter::repeat_with(letter).take(LENGTH).collect();
        store::replace_claims(tx, person, now).await?;
        let row = claim_code::Model {
            claim_id: self.0.clock.id(),
            person_id: person,
            bucket: people::registration::bucket(person),
            code_hash: kept(&code),
            created_by: by,
            created_at: now,
            expires_at: now + GOOD_FOR,
            used_at: None,
            replaced_at: None,
        };
        store::insert_claim(tx, row).await?;
        let (first, second) = code.split_at_checked(LENGTH / 2).unwrap_or((&code, ""));
        Ok(ClaimCode {
            code: format!("{first}-{second}").into(),
            expires_at: now + GOOD_FOR,
        })
    }

    /// Makes the codes of a person no longer good: she turned out to be somebody else.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn withdraw_claims(&self, tx: &Tx, person: PersonId) -> Result<()> {
        store::replace_claims(tx, person, self.0.clock.now()).await
    }

    /// Makes the account of a code's person and signs the device in. The same again signs in.
    ///
    /// # Errors
    /// Everything the person can mend, all at once; [`Error::RateLimited`].
    pub async fn claim(
        &self,
        told: Claim,
        address: Option<ClientAddress>,
    ) -> Result<(Session, Viewer)> {
        self.0.rates.try_from(address, None)?;
        let found = self.guess_claim(&told.code, address).await?;
        let mut errors = Vec::new();
        let login = Login::typed(&told.login);
        let login = login.map_err(|error| errors.push(error)).ok();
        let name = login.as_ref().map(Login::as_str);
        errors.extend(password::check(&told.password, name).err());
        let Some(login) = login.filter(|_| errors.is_empty()) else {
            return Err(Error::User(errors));
        };
        let device = device_label(told.device.as_deref())?;
        let holder = store::credentials(self.0.db.latest(), login.as_str(), None).await?;
        if let Some(holder) = holder {
            if holder.person != found.person_id {
                return Err(login_taken());
            }
            let again = SignIn {
                login: told.login,
                password: told.password,
                device,
            };
            return self.sign_in(again, address).await;
        }
        if found.used_at.is_some() {
            return Err(unknown());
        }
        let account: AccountId = self.0.clock.id();
        let new = Claimed {
            code: found.code_hash,
            account,
            login,
            hash: PasswordHash(self.0.passwords.hash(&told.password).await?),
            device,
        };
        let opened = self.write_claimed(new).await?;
        let newcomer = Viewer::new(Identity {
            account,
            person: found.person_id,
            session: opened.id,
            family: opened.family,
            standings: Vec::new(),
        });
        Ok((opened.session, newcomer))
    }

    /// The claim of a code that may still be used, or was used: counted before it is looked up.
    async fn guess_claim(
        &self,
        code: &SecretString,
        address: Option<ClientAddress>,
    ) -> Result<claim_code::Model> {
        let (db, now) = (self.0.db.write(), self.0.clock.now());
        let hour = now
            .duration_trunc(Duration::hours(1))
            .map_err(Error::internal)?;
        let network = address.map(|ClientAddress(address)| network_of(address).to_string());
        let key = format!("claim from {}", network.unwrap_or_default());
        let key: [u8; 32] = Sha256::digest(key).into();
        if store::count_guess(db, key, false, hour).await? > GUESSES_PER_HOUR {
            return Err(Error::RateLimited {
                retry_after: seconds_until(hour + Duration::hours(1), now),
            });
        }
        let code = typed(secrecy::ExposeSecret::expose_secret(code)).ok_or_else(unknown)?;
        let found = store::claim(db, &code).await?;
        let good = found.filter(|claim| claim.replaced_at.is_none() && now < claim.expires_at);
        let found = good.ok_or_else(unknown)?;
        store::uncount_guess(db, key, false, hour).await?;
        Ok(found)
    }

    /// Writes the account, inside a transaction of the caller: the code is used once, whoever is first.
    pub(super) async fn settle_claim(&self, tx: &Tx, new: Claimed) -> Result<Opened> {
        let now = self.0.clock.now();
        let person = store::use_claim(tx, &new.code, now).await?;
        let person = person.ok_or_else(unknown)?;
        if store::account_of_person(tx, person).await?.is_some() {
            return Err(unknown());
        }
        let row = account::Model {
            account_id: new.account,
            person_id: person,
            password_hash: new.hash,
            state: account::AccountState::Active,
            created_at: now,
        };
        if !store::insert_account(tx, row, new.login.as_str()).await? {
            return Err(login_taken());
        }
        let device = new.device.as_deref();
        self.0.sessions.open(tx, new.account, device).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed_and_nothing_else_is_one() {
        let code = typed("234ae-hkmpr");
        assert!(code.is_some());
        assert_eq!(typed(" 234A EHK\tMPR "), code);
        let long = "2".repeat(1_000_000);
        for wrong in ["", "234AE-HKMP", "234AE-HKMPRT", "O34AE-HKMPR", &long] {
            assert!(typed(wrong).is_none());
        }
    }
}
