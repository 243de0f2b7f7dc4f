//! Codes for new passwords on their way: to a channel of the person's, or else to her trainer's desk.

use std::sync::OnceLock;

use entity::{
    ids::{PersonId, ResetId},
    notice::NoticeKind,
};
use secrecy::SecretString;

use super::{
    Notices,
    channels::Reach,
    outbox::{About, NewNotice},
    store::{self, Worded},
};
use crate::{
    auth::{PasswordChanged, ResetToTell},
    db::Tx,
    error::Result,
};

/// How long a notice that concerns an account is shown in the app.
const SHOWN: chrono::Duration = chrono::Duration::days(90);

/// Hears of changed passwords. Filled once notices are open: accounts come before them in the order.
#[derive(Default)]
pub struct PasswordsChanged(OnceLock<Notices>);

impl PasswordsChanged {
    /// Lets notices hear; false when they do already.
    pub fn fill(&self, notices: Notices) -> bool {
        self.0.set(notices).is_ok()
    }
}

#[async_trait::async_trait]
impl PasswordChanged for PasswordsChanged {
    async fn password_changed(&self, tx: &Tx, person: PersonId, reset: ResetId) -> Result<()> {
        let Some(notices) = self.0.get() else {
            return Ok(());
        };
        let told = NewNotice {
            person,
            kind: NoticeKind::PasswordChanged,
            cause: format!("changed:{reset}"),
            about: About::default(),
            announcement: None,
            by: None,
            lasts: SHOWN,
        };
        notices.post(tx, vec![told]).await.map(drop)
    }
}

impl Notices {
    /// Hands the codes that were asked for to the outbox; answers how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tell_resets(&self) -> Result<usize> {
        if !self.auth().has_resets_to_tell().await? {
            return Ok(0);
        }
        self.together(|this, tx| {
            Box::pin(async move {
                let asked = this.auth().resets_to_tell(tx).await?;
                let persons = asked.iter().map(|reset| reset.person);
                let found = store::recipients(tx, persons).await?;
                let mut told = Vec::new();
                for reset in &asked {
                    let reach = found.get(&reset.person).map(Self::reach);
                    match this.reaches(&reach.unwrap_or_default(), true) {
                        true => told.push(code_notice(reset, this.clock().now())),
                        false => told.extend(this.desk_notices(tx, reset).await?),
                    }
                }
                this.post(tx, told).await?;
                Ok(asked.len())
            })
        })
        .await
    }

    /// To everybody who leads a group of hers: she asks, and can be reached on no channel.
    async fn desk_notices(&self, tx: &Tx, reset: &ResetToTell) -> Result<Vec<NewNotice>> {
        let leaders = self.0.on.training.leaders_of(tx, reset.person).await?;
        let told = leaders.into_iter().map(|leader| NewNotice {
            person: leader,
            kind: NoticeKind::ResetAsked,
            cause: format!("desk:{}:{leader}", reset.id),
            about: About {
                person: Some(reset.person),
                ..About::default()
            },
            announcement: None,
            by: None,
            lasts: chrono::Duration::days(2),
        });
        Ok(told.collect())
    }

    /// The code that a notice carries, while it is good.
    pub(super) async fn code(&self, worded: &Worded) -> Result<Option<SecretString>> {
        let about = About::read(&worded.notice.arguments)?;
        match (about.reset, about.email) {
            (Some(reset), _) => self.auth().reset_code(reset).await,
            (None, true) => self.email_code(worded.notice.person_id).await,
            (None, false) => Ok(None),
        }
    }

    /// Where a notice goes: the code for an e-mail address goes to that address alone, which is not verified yet; every
    /// other where the person can be reached.
    pub(super) async fn unverified(&self, to: Reach, worded: &Worded) -> Result<Reach> {
        if worded.notice.kind != NoticeKind::EmailCode {
            return Ok(to);
        }
        let told = store::email(self.db().latest(), worded.notice.person_id).await?;
        Ok(Reach {
            email: told.map(|row| row.email),
            ..Reach::default()
        })
    }
}

fn code_notice(reset: &ResetToTell, now: chrono::DateTime<chrono::Utc>) -> NewNotice {
    NewNotice {
        person: reset.person,
        kind: NoticeKind::ResetCode,
        cause: format!("reset:{}", reset.id),
        about: About {
            reset: Some(reset.id),
            ..About::default()
        },
        announcement: None,
        by: None,
        lasts: reset.expires_at - now,
    }
}
