//! Notices: what people are told in the app, what may ring, and how it leaves the house.
//!
//! A notice is written in the transaction of its cause, once for each cause, and is always shown in the app. Beside it
//! stands its delivery, the outbox ([`outbox`]): servers claim deliveries for a while, look at the rules ([`rules`]), and
//! hand them to a channel ([`channels`]). A daily sweep ([`sweeping`]) finds who needs a reminder ([`reminders`]).
//!
//! Invariant: one cause makes one notice, and one notice is sent by one server at a time. A server that dies between
//! sending and noting it leaves the notice to be sent again under the same id: at least once, told to the receiver.
//! Invariant: whether somebody muted a trainer is told to nobody.

use std::sync::Arc;

use crate::{
    areas::Areas,
    auth::{Auth, audit::Audit},
    clock::Clock,
    config::Settings,
    content::Content,
    db::{Db, Tx, Work},
    error::{Error, Result},
    learning::Learning,
    reports::Reports,
    training::Training,
};

pub mod channels;
pub mod contacts;
pub mod graphql;
mod held;
pub mod inbox;
mod late;
pub mod messaging;
pub mod off;
pub mod outbox;
pub mod preferences;
pub mod reminders;
mod resets;
pub mod rules;
mod store;
pub mod sweeping;
pub mod wording;

pub use resets::PasswordsChanged;

use channels::{Channel, ChannelSettings, Reach};
use rules::{Quiet, Wishes};
use store::Recipient;

/// The feature's operations. Cheap to clone.
#[derive(Clone)]
pub struct Notices(Arc<Parts>);

struct Parts {
    on: Foundations,
    channels: Vec<Box<dyn Channel>>,
    quiet: Quiet,
    report_periods: Vec<String>,
    public_url: Option<String>,
}

/// What notices build on.
pub struct Foundations {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// The areas whose reports are due.
    pub areas: Areas,
    /// Codes, keys, and the audit log.
    pub auth: Auth,
    /// The lessons reminders are about.
    pub content: Content,
    /// What people have learned.
    pub learning: Learning,
    /// Groups, and who leads them.
    pub training: Training,
    /// What areas report.
    pub reports: Reports,
}

impl Notices {
    /// The feature.
    ///
    /// # Errors
    /// When a setting of a channel does not fit.
    pub fn open(on: Foundations, settings: &Settings) -> Result<Self> {
        let channels = ChannelSettings::of(settings).open(&on.clock)?;
        let words = settings.report_periods.split(',').map(str::trim);
        let report_periods: Vec<String> = words
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        let known = crate::reports::periods::words();
        if let Some(wrong) = report_periods.iter().find(|word| !known.contains(word)) {
            let known = known.join(", ");
            return Err(Error::internal(format!(
                "VUN_REPORT_PERIODS: {wrong:?} is none of {known}"
            )));
        }
        let url = settings.public_url.as_deref();
        Ok(Self(Arc::new(Parts {
            channels,
            quiet: Quiet::read(&settings.quiet_hours)?,
            report_periods,
            public_url: url.map(|url| url.trim_end_matches('/').to_owned()),
            on,
        })))
    }

    fn db(&self) -> &Db {
        &self.0.on.db
    }

    fn clock(&self) -> &Clock {
        &self.0.on.clock
    }

    fn auth(&self) -> &Auth {
        &self.0.on.auth
    }

    fn audit(&self) -> &Audit {
        self.0.on.auth.audit()
    }

    /// Where every transaction of the feature begins and ends: all of the work, or none.
    async fn together<T, F>(&self, work: F) -> Result<T>
    where
        T: Send,
        F: for<'t> Fn(Self, &'t Tx) -> Work<'t, T> + Send + Sync,
    {
        self.db().tx(|tx| work(self.clone(), tx)).await
    }

    /// Where somebody can be reached, her devices aside.
    fn reach(recipient: &Recipient) -> Reach {
        Reach {
            email: recipient.email.clone(),
            phone: recipient.phone.clone(),
            devices: Vec::new(),
        }
    }

    /// What somebody wishes: her own hours, or else those of the installation.
    fn wishes(&self, recipient: &Recipient) -> Wishes {
        let own = recipient.quiet_from.zip(recipient.quiet_until);
        let own = own.and_then(|(from, until)| Quiet::of_minutes(from, until));
        Wishes {
            reminders_muted: recipient.reminders_muted_at.is_some(),
            messages_muted: recipient.messages_muted_at.is_some(),
            quiet: own.unwrap_or(self.0.quiet),
        }
    }

    /// Whether any channel reaches somebody, with a code or without.
    fn reaches(&self, to: &Reach, carries_code: bool) -> bool {
        let mut channels = self.0.channels.iter();
        channels.any(|channel| channel.reaches(to, carries_code))
    }

    /// Deletes what nobody is shown any more. To be called every hour or so.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_old(&self) -> Result<()> {
        let (now, today) = (self.clock().now(), self.clock().today());
        let days = chrono::Duration::days(KEPT_DAYS);
        self.together(move |_, tx| Box::pin(store::forget_old(tx, now - days, today - days)))
            .await
    }
}

/// Days for which what is no longer shown is kept, to answer an app that syncs late.
const KEPT_DAYS: i64 = 30;
