//! Making an account: a person, a login name and the first signed-in device, in one transaction.

use entity::{
    account,
    ids::{AccountId, AreaId, PersonId},
    secret::PasswordHash,
};
use secrecy::SecretString;

use super::{
    Auth, SignIn,
    capability::{Identity, Viewer},
    login::Login,
    password,
    rate::ClientAddress,
    session::Session,
    sign_in::device_label,
    store,
};
use crate::{
    db::Tx,
    error::{Error, Result, UserErrorCode as Code},
    people::{
        household::{Audience, Channel, Purpose},
        registration::{Recorded, Registration},
    },
};

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

/// An account to write, checked.
#[derive(Clone, Debug)]
pub(super) struct Enrolment {
    pub account: AccountId,
    pub login: Login,
    pub recorded: Recorded,
    pub hash: PasswordHash,
}

impl Auth {
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
        let holder = store::credentials(self.0.db.latest(), login.as_str(), None).await?;
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
        let new = Enrolment {
            account,
            login,
            recorded,
            hash,
        };
        let opened = self.write_account_with_device(new, device).await?;
        let newcomer = Viewer::new(Identity {
            account,
            person,
            session: opened.id,
            family: opened.family,
            standings: Vec::new(),
        });
        Ok((opened.session, newcomer))
    }

    /// Checks somebody who wants an account; writes nothing.
    pub(super) fn check(
        &self,
        told: &SignUp,
        registration: &Registration,
    ) -> Result<(Login, Recorded)> {
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
    pub(super) async fn enrol(&self, tx: &Tx, new: Enrolment) -> Result<()> {
        let person_id = new.recorded.person_id();
        if !self.0.people.record(tx, new.recorded).await? {
            return Err(Error::user(Code::Taken, "id", "id-taken"));
        }
        let row = account::Model {
            account_id: new.account,
            person_id,
            password_hash: new.hash,
            state: account::AccountState::Active,
            created_at: self.0.clock.now(),
        };
        if store::insert_account(tx, row, new.login.as_str()).await? {
            Ok(())
        } else {
            Err(login_taken())
        }
    }
}

pub(super) fn login_taken() -> Error {
    Error::user(Code::Taken, "login", "login-taken")
}
