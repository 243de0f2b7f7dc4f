//! How a notice leaves the house: one trait, and a thin driver for each way.
//!
//! A channel is told the notice's id with every try. Between a channel taking a notice and our noting it the server may
//! die: then the notice is sent again, with the same id, by which whoever receives it can drop the second copy.

use std::{path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};
use entity::{delivery::DeliveryChannel, ids::NoticeId, notice::NoticeKind};
use secrecy::SecretString;

use crate::{config::Settings, error::Result, messages::Language};

mod log;
mod mail;
mod push;
mod web;
mod webhook;

/// What leaves the house.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The same with every try.
    pub id: NoticeId,
    /// What it is about.
    pub kind: NoticeKind,
    /// Language of its words.
    pub language: Language,
    /// What may be seen on a locked screen: no child's name, no disability, no topic of a lesson.
    pub title: String,
    /// The whole of it, for an e-mail.
    pub body: String,
    /// The link that turns its kind off by one tap.
    pub off_link: Option<String>,
    /// The code it carries. Never logged, never pushed.
    pub code: Option<SecretString>,
    /// When it was made.
    pub at: DateTime<Utc>,
}

impl Outgoing {
    /// As one line, for a screen that may be locked: the code is in it, if there is one, and nothing personal.
    fn short(&self) -> String {
        match &self.code {
            Some(_) => self.body.clone(),
            None => self.title.clone(),
        }
    }
}

/// Where somebody can be reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// A verified e-mail address.
    pub email: Option<String>,
    /// A telephone number, E.164.
    pub phone: Option<String>,
    /// Devices that take push notices.
    pub devices: Vec<String>,
}

/// Why a channel did not take a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It may take it later.
    Later(String),
    /// It never will; another channel may.
    Never(String),
    /// None of these devices is there any more; another channel may take it.
    Gone(Vec<String>),
}

/// What a channel did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Devices that are no more.
    pub gone: Vec<String>,
}

/// One way out.
#[async_trait::async_trait]
pub trait Channel: Send + Sync {
    /// Which.
    fn name(&self) -> DeliveryChannel;

    /// Whether it reaches somebody at all, and may carry a code if there is one to carry.
    fn reaches(&self, to: &Reach, carries_code: bool) -> bool;

    /// Sends.
    ///
    /// # Errors
    /// Why not, in words for the operator that name nobody.
    async fn send(&self, to: &Reach, outgoing: &Outgoing) -> Result<Taken, Fault>;
}

/// How the channels are set up.
#[derive(Clone, Debug, Default)]
pub struct ChannelSettings {
    /// `smtp://…` or `smtps://…`, with user and password.
    pub smtp_url: Option<SecretString>,
    /// Who e-mails are from.
    pub mail_from: Option<String>,
    /// The operator's gateway.
    pub webhook_url: Option<String>,
    /// The key its requests are signed with.
    pub webhook_key: Option<SecretString>,
    /// File of the service account for push notices.
    pub fcm_account: Option<PathBuf>,
    /// Where push notices are sent.
    pub fcm_url: String,
    /// How long a channel may take.
    pub patience: Duration,
}

impl ChannelSettings {
    /// The part of the settings that channels need.
    pub fn of(settings: &Settings) -> Self {
        Self {
            smtp_url: settings.smtp_url.clone(),
            mail_from: settings.mail_from.clone(),
            webhook_url: settings.webhook_url.clone(),
            webhook_key: settings.webhook_key.clone(),
            fcm_account: settings.fcm_account.clone(),
            fcm_url: settings.fcm_url.clone(),
            patience: Duration::from_secs(settings.channel_seconds),
        }
    }

    /// The channels that are set up, in the order in which they are tried; the log where none is.
    ///
    /// # Errors
    /// When a setting does not fit.
    pub fn open(&self, clock: &crate::clock::Clock) -> Result<Vec<Box<dyn Channel>>> {
        let mut channels: Vec<Box<dyn Channel>> = Vec::new();
        if let Some(file) = &self.fcm_account {
            channels.push(Box::new(push::Push::open(self, file, clock.clone())?));
        }
        if let Some(url) = &self.smtp_url {
            channels.push(Box::new(mail::Mail::open(self, url)?));
        }
        if let Some(url) = &self.webhook_url {
            channels.push(Box::new(webhook::Webhook::open(self, url, clock.clone())?));
        }
        if channels.is_empty() {
            channels.push(Box::new(log::Log));
        }
        Ok(channels)
    }
}
