//! What a person wishes of notices: what is off, when nothing may ring, and in which language.

use std::collections::BTreeSet;

use entity::{ids::PersonId, notice_preference};

use super::{Notices, outbox::language_of, rules::minute_of_day, store};
use crate::{
    auth::capability::Learner,
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
    messages::Language,
};

/// What can be turned off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mute {
    /// Reminders, also those a trainer sends.
    Reminders,
    /// Whatever a trainer sends.
    TrainerMessages,
}

impl Mute {
    /// Everything that can be turned off.
    pub const ALL: [Self; 2] = [Self::Reminders, Self::TrainerMessages];
}

/// What a person wishes, and where she is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// Who.
    pub person: PersonId,
    /// What is off.
    pub muted: BTreeSet<Mute>,
    /// First minute of the day in which nothing rings.
    pub quiet_from: u16,
    /// First minute of the day in which things may ring again.
    pub quiet_until: u16,
    /// Whether the hours are her own, and not those of the installation.
    pub own_hours: bool,
    /// The language of notices.
    pub language: Language,
    /// Her e-mail address, and whether it was shown to be hers.
    pub email: Option<(String, bool)>,
}

/// A change of what a person wishes; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct SavePreferences {
    /// First quiet minute, such as `21:00`.
    pub quiet_from: Option<String>,
    /// First minute that is no longer quiet.
    pub quiet_until: Option<String>,
    /// Back to the hours of the installation.
    pub usual_hours: bool,
    /// Language, vi or en.
    pub language: Option<String>,
}

/// A change, checked.
#[derive(Clone, Debug)]
struct Wished {
    hours: Option<Option<(u16, u16)>>,
    language: Option<String>,
    mute: Option<(BTreeSet<Mute>, bool)>,
}

impl Notices {
    /// What the learner wishes.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the person was erased.
    pub async fn preferences(&self, learner: &Learner) -> Result<Preferences> {
        self.preferences_of(learner.person()).await
    }

    async fn preferences_of(&self, person: PersonId) -> Result<Preferences> {
        let db = self.db().latest();
        let found = store::recipients(db, [person]).await?;
        let recipient = found.get(&person).ok_or(Error::NotFound)?;
        let email = store::email(db, recipient.person_id).await?;
        let wishes = self.wishes(recipient);
        let off = [
            (Mute::Reminders, wishes.reminders_muted),
            (Mute::TrainerMessages, wishes.messages_muted),
        ];
        Ok(Preferences {
            person: recipient.person_id,
            muted: off
                .into_iter()
                .filter_map(|(mute, is_off)| is_off.then_some(mute))
                .collect(),
            quiet_from: wishes.quiet.from(),
            quiet_until: wishes.quiet.until(),
            own_hours: recipient.quiet_from.is_some() && recipient.quiet_until.is_some(),
            language: language_of(recipient),
            email: email.map(|row| (row.email, row.verified_at.is_some())),
        })
    }

    /// Turns things off, or on again. Again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the person was erased.
    pub async fn mute(
        &self,
        learner: &Learner,
        what: BTreeSet<Mute>,
        off: bool,
    ) -> Result<Preferences> {
        self.mute_person(learner.person(), what, off).await
    }

    /// [`Notices::mute`] for whoever holds a link that only she was sent.
    pub(super) async fn mute_person(
        &self,
        person: PersonId,
        what: BTreeSet<Mute>,
        off: bool,
    ) -> Result<Preferences> {
        let wished = Wished {
            hours: None,
            language: None,
            mute: Some((what, off)),
        };
        self.wish(person, wished).await
    }

    /// Changes when nothing may ring, and the language.
    ///
    /// # Errors
    /// Everything the person can mend, all at once.
    pub async fn save_preferences(
        &self,
        learner: &Learner,
        told: SavePreferences,
    ) -> Result<Preferences> {
        let mut errors = Vec::new();
        let hours = match (&told.quiet_from, &told.quiet_until) {
            (None, None) => told.usual_hours.then_some(None),
            (Some(from), Some(until)) => {
                let mut minute = |text: &str, field: &str| {
                    let found = minute_of_day(text.trim());
                    if found.is_none() {
                        errors.push(UserError::new(Code::Invalid, field, "quiet-hours-invalid"));
                    }
                    found.unwrap_or_default()
                };
                Some(Some((
                    minute(from, "quietFrom"),
                    minute(until, "quietUntil"),
                )))
            }
            (from, _) => {
                let field = if from.is_none() {
                    "quietFrom"
                } else {
                    "quietUntil"
                };
                errors.push(UserError::new(
                    Code::Required,
                    field,
                    "quiet-hours-together",
                ));
                None
            }
        };
        let language = told.language.filter(|tag| !tag.is_empty());
        if language
            .as_deref()
            .is_some_and(|tag| Language::of_tag(tag).is_none())
        {
            errors.push(UserError::new(
                Code::Invalid,
                "language",
                "notice-language-invalid",
            ));
        }
        if !errors.is_empty() {
            return Err(Error::User(errors));
        }
        let wished = Wished {
            hours,
            language,
            mute: None,
        };
        self.wish(learner.person(), wished).await
    }

    async fn wish(&self, person: PersonId, wished: Wished) -> Result<Preferences> {
        self.together(move |this, tx| {
            let wished = wished.clone();
            Box::pin(async move { this.wish_within(tx, person, wished).await })
        })
        .await?;
        self.preferences_of(person).await
    }

    async fn wish_within(&self, tx: &Tx, person: PersonId, wished: Wished) -> Result<()> {
        let found = store::recipients(tx, [person]).await?;
        let person = found.get(&person).ok_or(Error::NotFound)?.person_id;
        let bucket = store::hold_person(tx, person)
            .await?
            .ok_or(Error::NotFound)?;
        let now = self.clock().now();
        let before = store::preference(tx, person).await?;
        let mut row = before.unwrap_or(notice_preference::Model {
            person_id: person,
            bucket,
            reminders_muted_at: None,
            messages_muted_at: None,
            quiet_from: None,
            quiet_until: None,
            language: None,
            changed_at: now,
        });
        row.changed_at = now;
        if let Some(hours) = wished.hours {
            (row.quiet_from, row.quiet_until) = hours
                .map(|(from, until)| (i32::from(from), i32::from(until)))
                .unzip();
        }
        row.language = wished.language.or(row.language);
        if let Some((what, off)) = wished.mute {
            for mute in what {
                let since = match mute {
                    Mute::Reminders => &mut row.reminders_muted_at,
                    Mute::TrainerMessages => &mut row.messages_muted_at,
                };
                *since = off.then(|| since.unwrap_or(now));
            }
        }
        store::put_preference(tx, row).await
    }
}
