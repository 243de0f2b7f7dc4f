//! The outbox: writing notices with their causes, and sending what is due.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{
    delivery::{self, DeliveryClass, DeliveryState},
    ids::{
        AccountId, AnnouncementId, AreaId, LeaseId, LessonId, ModuleId, NoticeId, PersonId, ResetId,
    },
    notice::{self, NoticeKind},
};
use futures_util::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{
    Notices,
    channels::{Fault, Outgoing, Reach},
    rules::{self, Turn, Verdict, Why},
    store::{self, Lease, Outcome, Recipient, Worded},
    wording,
};
use crate::{
    clock::day_in_viet_nam,
    db::Tx,
    error::{Error, Result},
    messages::Language,
};

/// Deliveries sent at once by one server.
const BATCH: u64 = 20;
/// How long a server may take over a batch before another may: longer than any channel takes.
const LEASE: Duration = Duration::minutes(5);
/// The longest reason kept, in characters.
const REASON_LIMIT: usize = 200;

/// Something to tell one person.
#[derive(Clone, Debug)]
pub struct NewNotice {
    /// Whom.
    pub person: PersonId,
    /// What it is about.
    pub kind: NoticeKind,
    /// The cause: one cause makes one notice.
    pub cause: String,
    /// What its text names.
    pub about: About,
    /// The announcement, if it is one.
    pub announcement: Option<AnnouncementId>,
    /// The trainer who sends it, if one does.
    pub by: Option<AccountId>,
    /// How long it is shown, and worth sending.
    pub lasts: Duration,
}

/// What a text names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// A lesson.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lesson: Option<LessonId>,
    /// A module.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<ModuleId>,
    /// An area.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaId>,
    /// A period of a report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// The day something is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_on: Option<NaiveDate>,
    /// Somebody in a group of the reader's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// A request for a new password: the code follows from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<ResetId>,
    /// Whether the code for an e-mail address is to be sent.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub email: bool,
}

impl About {
    /// As it was kept.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn read(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(Error::internal)
    }
}

/// Somebody a batch tells something: who, and on which devices.
struct Told<'a> {
    recipient: &'a Recipient,
    devices: &'a [String],
}

impl Notices {
    /// Writes notices inside the transaction of their causes; answers whom something new was told. People who are no
    /// more are left out; a duplicate's are those of whom she was merged into.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(super) async fn post(&self, tx: &Tx, new: Vec<NewNotice>) -> Result<BTreeSet<PersonId>> {
        if new.is_empty() {
            return Ok(BTreeSet::new());
        }
        let found = store::recipients(tx, new.iter().map(|notice| notice.person)).await?;
        let now = self.clock().now();
        let mut rows = Vec::with_capacity(new.len());
        let mut by_id = BTreeMap::new();
        for new in new {
            let Some(recipient) = found.get(&new.person) else {
                continue;
            };
            let id: NoticeId = self.clock().id();
            by_id.insert(id, new.person);
            let notice = notice::Model {
                notice_id: id,
                person_id: recipient.person_id,
                bucket: recipient.bucket,
                kind: new.kind,
                dedupe_key: new.cause,
                arguments: serde_json::to_string(&new.about).map_err(Error::internal)?,
                announcement_id: new.announcement,
                created_by: new.by,
                created_at: now,
                expires_at: now + new.lasts,
                read_at: None,
                revision: 0,
            };
            let delivery = delivery::Model {
                notice_id: id,
                person_id: recipient.person_id,
                bucket: recipient.bucket,
                class: rules::class_of(new.kind),
                state: DeliveryState::Queued,
                channel: None,
                reason: None,
                attempts: 0,
                not_before: now,
                lease_id: None,
                leased_until: None,
                finished_at: None,
            };
            rows.push((notice, delivery));
        }
        let written = store::insert_notices(tx, rows).await?;
        Ok(written
            .into_iter()
            .filter_map(|id| by_id.get(&id).copied())
            .collect())
    }

    /// Claims deliveries that are due and deals with them; answers how many. Several servers may do so at once.
    ///
    /// # Errors
    /// When the database does not answer. What was claimed is then sent when the turn has ended.
    pub async fn send_due(&self) -> Result<usize> {
        let now = self.clock().now();
        let lease = Lease {
            id: self.clock().id::<LeaseId>(),
            now,
            until: now + LEASE,
        };
        let db = self.db().write();
        let claimed = store::claim(db, lease, BATCH).await?;
        if claimed.is_empty() {
            return Ok(0);
        }
        let notices = store::notices_among(db, claimed.iter().map(|row| row.notice_id)).await?;
        let persons: BTreeSet<_> = claimed.iter().map(|row| row.person_id).collect();
        let recipients = store::recipients(db, persons.iter().copied()).await?;
        let holders = recipients.values().map(|recipient| recipient.person_id);
        let devices = store::devices(db, holders, now).await?;
        let nobody: Vec<String> = Vec::new();
        let sending = claimed.iter().map(|row| {
            let told = recipients.get(&row.person_id).map(|recipient| Told {
                recipient,
                devices: devices.get(&recipient.person_id).unwrap_or(&nobody),
            });
            let notice = notices.get(&row.notice_id);
            async move {
                let outcome = match (notice, told) {
                    (Some(notice), Some(told)) => self.deal_with(row, notice, told).await?,
                    // Erased meanwhile.
                    _ => suppressed(row, Why::NoChannel),
                };
                let now = self.clock().now();
                store::settle(self.db().write(), row.notice_id, lease.id, outcome, now).await
            }
        });
        let count = claimed.len();
        for settled in join_all(sending).await {
            if !settled? {
                tracing::warn!("a delivery took longer than its turn: it may go out twice");
            }
        }
        Ok(count)
    }

    /// What becomes of one delivery at its turn.
    async fn deal_with(
        &self,
        row: &delivery::Model,
        worded: &Worded,
        told: Told<'_>,
    ) -> Result<Outcome> {
        let now = self.clock().now();
        let turn = Turn {
            kind: worded.notice.kind,
            now,
            expires_at: worded.notice.expires_at,
            day_taken: false,
        };
        let wishes = self.wishes(told.recipient);
        match rules::judge(turn, wishes) {
            Verdict::Suppress(why) => return Ok(suppressed(row, why)),
            Verdict::Wait(until) => {
                // Looking is no try.
                return Ok(Outcome {
                    attempts: row.attempts - 1,
                    not_before: until,
                    ..waiting(row, "QUIET".to_owned())
                });
            }
            Verdict::Send => {}
        }
        let carries_code = carries_code(worded.notice.kind);
        let to = Reach {
            devices: told.devices.to_vec(),
            ..Self::reach(told.recipient)
        };
        let to = self.unverified(to, worded).await?;
        if !self.reaches(&to, carries_code) {
            return Ok(suppressed(row, Why::NoChannel));
        }
        if row.class == DeliveryClass::Reminder {
            let (person, day) = (told.recipient.person_id, day_in_viet_nam(now));
            let has_it = store::take_day(self.db().write(), person, day, row.notice_id).await?;
            let day_taken = has_it != row.notice_id;
            if let Verdict::Suppress(why) = rules::judge(Turn { day_taken, ..turn }, wishes) {
                return Ok(suppressed(row, why));
            }
        }
        let code = match carries_code {
            true => match self.code(worded).await? {
                Some(code) => Some(code),
                None => return Ok(suppressed(row, Why::Expired)),
            },
            false => None,
        };
        let outgoing = self.compose(worded, told.recipient, code).await?;
        self.hand_over(row, &to, &outgoing).await
    }

    /// Hands a notice to the first channel that takes it.
    async fn hand_over(
        &self,
        row: &delivery::Model,
        to: &Reach,
        outgoing: &Outgoing,
    ) -> Result<Outcome> {
        let mut refused = None;
        for channel in &self.0.channels {
            if !channel.reaches(to, outgoing.code.is_some()) {
                continue;
            }
            let name = Some(channel.name());
            match channel.send(to, outgoing).await {
                Ok(taken) => {
                    self.forget_devices(taken.gone).await?;
                    return Ok(Outcome {
                        state: DeliveryState::Sent,
                        channel: name,
                        reason: None,
                        attempts: row.attempts,
                        not_before: row.not_before,
                    });
                }
                Err(Fault::Gone(gone)) => {
                    self.forget_devices(gone).await?;
                    refused = Some((name, "no device is there any more".to_owned()));
                }
                Err(Fault::Never(said)) => refused = Some((name, said)),
                Err(Fault::Later(said)) => {
                    let said: String = said.chars().take(REASON_LIMIT).collect();
                    let pause = rules::pause_after(row.attempts);
                    tracing::warn!(notice = %row.notice_id, channel = ?name, said, "a notice was not taken");
                    let again = Outcome {
                        channel: name,
                        ..waiting(row, said)
                    };
                    return Ok(match pause {
                        Some(pause) => Outcome {
                            not_before: self.clock().now() + pause,
                            ..again
                        },
                        None => Outcome {
                            state: DeliveryState::Failed,
                            ..again
                        },
                    });
                }
            }
        }
        let (channel, said) = refused.unwrap_or_default();
        tracing::warn!(notice = %row.notice_id, ?channel, said, "a notice was refused");
        Ok(Outcome {
            state: DeliveryState::Failed,
            channel,
            ..waiting(row, said.chars().take(REASON_LIMIT).collect())
        })
    }

    async fn forget_devices(&self, gone: Vec<String>) -> Result<()> {
        if gone.is_empty() {
            return Ok(());
        }
        store::forget_tokens(self.db().write(), gone).await
    }

    /// Puts a notice into words that may leave the house.
    async fn compose(
        &self,
        worded: &Worded,
        recipient: &Recipient,
        code: Option<SecretString>,
    ) -> Result<Outgoing> {
        let notice = &worded.notice;
        let language = language_of(recipient);
        let off_link = match rules::class_of(notice.kind) {
            DeliveryClass::Security => None,
            _ => self.off_link(recipient.person_id, notice.kind).await?,
        };
        let announced = worded.announcement.as_ref().map(|row| row.body.as_str());
        let shown = code.as_ref().map(ExposeSecret::expose_secret);
        // Beside a code stands no link: nobody is to learn to tap on one where a code is asked for.
        let open = self.0.public_url.as_deref().filter(|_| code.is_none());
        let links = (open, off_link.as_deref());
        let body = wording::body(notice.kind, language, (announced, shown), links);
        Ok(Outgoing {
            id: notice.notice_id,
            kind: notice.kind,
            language,
            title: wording::title(notice.kind, language),
            body,
            off_link,
            code,
            at: notice.created_at,
        })
    }
}

/// Whether a kind of notice carries a code.
pub(super) fn carries_code(kind: NoticeKind) -> bool {
    matches!(kind, NoticeKind::ResetCode | NoticeKind::EmailCode)
}

/// The language somebody is written to in.
pub(super) fn language_of(recipient: &Recipient) -> Language {
    let tag = recipient.language.as_deref();
    tag.and_then(Language::of_tag).unwrap_or_default()
}

fn waiting(row: &delivery::Model, reason: String) -> Outcome {
    Outcome {
        state: DeliveryState::Queued,
        channel: row.channel,
        reason: Some(reason),
        attempts: row.attempts,
        not_before: row.not_before,
    }
}

fn suppressed(row: &delivery::Model, why: Why) -> Outcome {
    Outcome {
        state: DeliveryState::Suppressed,
        ..waiting(row, why.word().to_owned())
    }
}

/// The start of today in Viet Nam, as an instant.
pub(super) fn day_began(today: NaiveDate) -> DateTime<Utc> {
    let midnight = today.and_time(chrono::NaiveTime::MIN).and_utc();
    midnight - Duration::hours(7)
}
