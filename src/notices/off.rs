//! Turning a kind of notice off by one tap, without signing in: a link that only we can make.
//!
//! The link never ends, since turning something off must not; it can do nothing else. Opening it shows a question, so that
//! a program that looks at links turns nothing off; answering it does.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{delivery::DeliveryClass, ids::PersonId, notice::NoticeKind};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{Notices, outbox::language_of, preferences::Mute, rules, store};
use crate::{
    error::{Error, Result},
    messages::{Language, text},
};

/// What links of this kind follow from.
const PURPOSE: &str = "notices off";
/// Bytes of the keyed digest in a link.
const TAG_BYTES: usize = 16;
/// Bytes of a person's id and the word.
const BODY_BYTES: usize = 17;

/// What a link said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffPage {
    /// Whether the link was one of ours.
    pub known: bool,
    /// A page to show, in HTML.
    pub html: String,
}

impl Notices {
    /// The link that turns a kind off for a person; none where nobody said at which address we are.
    pub(super) async fn off_link(
        &self,
        person: PersonId,
        kind: NoticeKind,
    ) -> Result<Option<String>> {
        let Some(base) = &self.0.public_url else {
            return Ok(None);
        };
        let what = match rules::class_of(kind) {
            DeliveryClass::Message => Mute::TrainerMessages,
            _ => Mute::Reminders,
        };
        let token = self.off_token(person, what).await?;
        Ok(Some(format!("{base}/off/{token}")))
    }

    /// What stands behind `/off/` in the link of a person.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn off_token(&self, person: PersonId, what: Mute) -> Result<String> {
        let mut bytes = person.0.as_bytes().to_vec();
        bytes.push(byte_of(what));
        let tag = self.auth().keyed(PURPOSE, &bytes).await?;
        bytes.extend(tag.iter().take(TAG_BYTES));
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Opens a link, and does what it says if that was confirmed. Doing it again changes nothing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn off(&self, token: &str, confirmed: bool, language: Language) -> Result<OffPage> {
        let unknown = || OffPage {
            known: false,
            html: page(language, &paragraph(language, "off-unknown")),
        };
        let Some((person, what)) = self.read_off(token).await? else {
            return Ok(unknown());
        };
        let found = store::recipients(self.db().latest(), [person]).await?;
        let Some(recipient) = found.get(&person) else {
            return Ok(unknown());
        };
        let language = match &recipient.language {
            Some(_) => language_of(recipient),
            None => language,
        };
        if confirmed {
            match self.mute_person(person, [what].into(), true).await {
                Ok(_) => {}
                Err(Error::NotFound) => return Ok(unknown()),
                Err(error) => return Err(error),
            }
        }
        let html = match confirmed {
            true => page(language, &paragraph(language, "off-done")),
            false => page(
                language,
                &format!(
                    "<h1>{}</h1>{}<form method=\"post\"><button type=\"submit\">{}</button></form>",
                    text(language, "off-question"),
                    paragraph(language, "off-explained"),
                    text(language, "off-button"),
                ),
            ),
        };
        Ok(OffPage { known: true, html })
    }

    /// Whose link it is and what it turns off; nothing for a link we did not make.
    async fn read_off(&self, token: &str) -> Result<Option<(PersonId, Mute)>> {
        if token.len() > 2 * (BODY_BYTES + TAG_BYTES) {
            return Ok(None);
        }
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else {
            return Ok(None);
        };
        let Some((body, tag)) = bytes.split_at_checked(BODY_BYTES) else {
            return Ok(None);
        };
        let ours = self.auth().keyed(PURPOSE, body).await?;
        let ours = ours.get(..TAG_BYTES).unwrap_or_default();
        if !bool::from(ours.ct_eq(tag)) {
            return Ok(None);
        }
        let Some((what, person)) = body.split_last() else {
            return Ok(None);
        };
        let person = Uuid::from_slice(person).map_err(Error::internal)?;
        let what = Mute::ALL.into_iter().find(|mute| byte_of(*mute) == *what);
        Ok(what.map(|what| (person.into(), what)))
    }
}

fn byte_of(what: Mute) -> u8 {
    match what {
        Mute::Reminders => b'r',
        Mute::TrainerMessages => b't',
    }
}

fn paragraph(language: Language, key: &str) -> String {
    format!("<p>{}</p>", text(language, key))
}

/// A page of our own words only: nothing a request brought is in it.
fn page(language: Language, inside: &str) -> String {
    format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Vun</title></head>\
         <body><main>{inside}</main></body></html>",
        language.tag()
    )
}
