//! Where a person can be reached beside her telephone: an e-mail address that she shows to be hers, and her devices.

use chrono::Duration;
use entity::{
    email_contact,
    ids::{EmailContactId, PersonId},
    notice::NoticeKind,
};
use lettre::message::Mailbox;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::{
    Notices,
    channels::Reach,
    outbox::{About, NewNotice},
    preferences::Preferences,
    store,
};
use crate::{
    auth::{
        capability::{Learner, Viewer},
        kept_code, typed_code,
    },
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
    people::name,
};

/// What codes of this kind follow from.
const PURPOSE: &str = "e-mail address";
/// How long a code is good.
const GOOD_FOR: Duration = Duration::hours(24);
/// Wrong codes before one is no longer good.
const TRIES: i32 = 5;
/// How long to wait between two codes.
const PAUSE: Duration = Duration::minutes(5);
/// The longest address, in bytes (RFC 5321).
const EMAIL_LIMIT: usize = 254;
/// The longest name of a device, in characters.
const DEVICE_LIMIT: usize = 64;
/// The longest token of a push service, in bytes.
const TOKEN_LIMIT: usize = 512;
/// Devices of one account that take push notices.
const MOST_DEVICES: u64 = 5;

/// An address as it is kept.
///
/// # Errors
/// A user error naming `email` when it is none: also when it holds a line break or a name beside the address.
fn address(text: &str) -> Result<String, UserError> {
    let wrong = || UserError::new(Code::Invalid, "email", "email-invalid");
    let text = text.trim();
    let bare = |c: char| c.is_ascii_graphic() && !"<>,;:\"()[]\\".contains(c);
    if text.len() > EMAIL_LIMIT || !text.chars().all(bare) {
        return Err(wrong());
    }
    let parsed: Mailbox = text.parse().map_err(|cause| {
        tracing::debug!(%cause, "no address");
        wrong()
    })?;
    let (user, domain) = (parsed.email.user(), parsed.email.domain());
    if parsed.name.is_some() || !domain.contains('.') {
        return Err(wrong());
    }
    Ok(format!("{user}@{}", domain.to_ascii_lowercase()))
}

impl Notices {
    /// Notes the learner's e-mail address and sends a code to it: nothing else is sent there until the code comes
    /// back. Telling an address that is verified again changes nothing; telling none removes it.
    ///
    /// # Errors
    /// A user error when it is no address, or a code was sent a moment ago.
    pub async fn save_email(&self, learner: &Learner, told: Option<&str>) -> Result<Preferences> {
        let told = told.filter(|text| !text.trim().is_empty());
        let email = told.map(address).transpose()?;
        let reach = Reach {
            email: email.clone(),
            ..Reach::default()
        };
        if email.is_some() && !self.reaches(&reach, true) {
            return Err(Error::user(Code::Conflict, "email", "email-no-channel"));
        }
        let person = learner.person();
        self.together(move |this, tx| {
            let email = email.clone();
            Box::pin(async move { this.email_within(tx, person, email).await })
        })
        .await?;
        self.preferences(learner).await
    }

    async fn email_within(&self, tx: &Tx, person: PersonId, email: Option<String>) -> Result<()> {
        let bucket = store::hold_person(tx, person)
            .await?
            .ok_or(Error::NotFound)?;
        let Some(email) = email else {
            return store::remove_email(tx, person).await;
        };
        let now = self.clock().now();
        if let Some(before) = store::email(tx, person).await? {
            if before.email == email && before.verified_at.is_some() {
                return Ok(());
            }
            if before.verified_at.is_none() && now < before.told_at + PAUSE {
                let minutes = (before.told_at + PAUSE - now).num_minutes() + 1;
                let error = UserError::new(Code::TooMany, "email", "email-too-often");
                return Err(error.with("minutes", minutes).into());
            }
        }
        let id: EmailContactId = self.clock().id();
        let code = self.auth().keyed_code(PURPOSE, id.0.as_bytes()).await?;
        let row = email_contact::Model {
            person_id: person,
            bucket,
            email_contact_id: id,
            email,
            code_hash: kept_code(PURPOSE, code.expose_secret()),
            tries: 0,
            told_at: now,
            verified_at: None,
        };
        store::put_email(tx, row).await?;
        let told = NewNotice {
            person,
            kind: NoticeKind::EmailCode,
            cause: format!("email:{id}"),
            about: About {
                email: true,
                ..About::default()
            },
            announcement: None,
            by: None,
            lasts: GOOD_FOR,
        };
        self.post(tx, vec![told]).await.map(drop)
    }

    /// The code for the address of a person, while it waits to be shown.
    pub(super) async fn email_code(&self, person: PersonId) -> Result<Option<SecretString>> {
        let Some(row) = store::email(self.db().latest(), person).await? else {
            return Ok(None);
        };
        if row.verified_at.is_some() || self.clock().now() >= row.told_at + GOOD_FOR {
            return Ok(None);
        }
        let id = row.email_contact_id.0;
        self.auth()
            .keyed_code(PURPOSE, id.as_bytes())
            .await
            .map(Some)
    }

    /// Shows with the code that the address is the learner's. Again changes nothing.
    ///
    /// # Errors
    /// A user error when the code is wrong or too old.
    pub async fn confirm_email(&self, learner: &Learner, code: &str) -> Result<Preferences> {
        let (db, person, now) = (self.db().write(), learner.person(), self.clock().now());
        let wrong = || Error::user(Code::NotFound, "code", "email-code-wrong");
        let typed = typed_code(code).ok_or_else(wrong)?;
        let typed = kept_code(PURPOSE, &typed);
        let told = store::email(db, person).await?.ok_or_else(wrong)?;
        let is_it = |row: &email_contact::Model| -> bool { row.code_hash.0.ct_eq(&typed.0).into() };
        if told.verified_at.is_some() && is_it(&told) {
            return self.preferences(learner).await;
        }
        // Counted before it is compared.
        let tried = store::try_email(db, person, now - GOOD_FOR, TRIES).await?;
        let tried = tried.filter(is_it).ok_or_else(wrong)?;
        if !store::verify_email(db, person, tried.email_contact_id, now).await? {
            return Err(wrong());
        }
        self.preferences(learner).await
    }

    /// Registers a device of the viewer's for push notices, for as long as she is signed in on it.
    ///
    /// # Errors
    /// Everything the person can mend, all at once.
    pub async fn register_device(
        &self,
        viewer: &Viewer,
        device: &str,
        token: &str,
    ) -> Result<String> {
        let mut errors = Vec::new();
        let device = device_name(device).map_err(|error| errors.push(error));
        let plain = !token.is_empty()
            && token.len() <= TOKEN_LIMIT
            && token.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain {
            errors.push(UserError::new(Code::Invalid, "token", "push-token-invalid"));
        }
        let Ok(device) = device else {
            return Err(Error::User(errors));
        };
        if !errors.is_empty() {
            return Err(Error::User(errors));
        }
        let (account, family, now) = (viewer.account(), viewer.family(), self.clock().now());
        let named = (device.clone(), token.to_owned());
        self.together(move |_, tx| {
            let row = store::device_row(account, family, named.clone(), now);
            Box::pin(async move {
                store::put_device(tx, row).await?;
                store::trim_devices(tx, account, MOST_DEVICES).await
            })
        })
        .await?;
        Ok(device)
    }

    /// Drops a device of the viewer's. Again changes nothing.
    ///
    /// # Errors
    /// A user error when no device is named.
    pub async fn remove_device(&self, viewer: &Viewer, device: &str) -> Result<String> {
        let device = device_name(device)?;
        store::remove_device(self.db().write(), viewer.account(), &device).await?;
        Ok(device)
    }
}

fn device_name(text: &str) -> Result<String, UserError> {
    if text.trim().is_empty() {
        return Err(UserError::new(
            Code::Required,
            "deviceId",
            "device-name-required",
        ));
    }
    name::line(text, DEVICE_LIMIT, "deviceId")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_in_one_form() {
        assert_eq!(
            address(" Me.Bong+1@Example.VN ").as_deref(),
            Ok("Me.Bong+1@example.vn")
        );
    }

    #[test]
    fn what_could_become_a_header_or_another_receiver_is_refused() {
        let long = format!("{}@example.vn", "a".repeat(250));
        for wrong in [
            "",
            "ten",
            "ten@",
            "@example.vn",
            "ten@example",
            "ten@example.vn\r\nBcc: all@example.vn",
            "ten@example.vn\nSubject: x",
            "ten@example.vn, other@example.vn",
            "Tên <ten@example.vn>",
            "\"a b\"@example.vn",
            "ten@[127.0.0.1]",
            "tên@example.vn",
            "ten@example.vn\0",
            &long,
        ] {
            let error = address(wrong).unwrap_err();
            assert_eq!(error.field, ["email"], "{wrong:?}");
        }
    }
}
