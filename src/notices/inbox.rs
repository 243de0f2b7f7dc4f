//! What a person is shown in the app: every notice of hers, whether or not it rang.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entity::{
    ids::{GroupId, NoticeId, PersonId},
    notice::NoticeKind,
};
use fluent_templates::fluent_bundle::FluentValue;

use super::{
    Notices,
    outbox::About,
    store::{self, Worded},
    wording::{self, Named},
};
use crate::{
    auth::capability::Learner,
    error::{Error, Result, UserError, UserErrorCode as Code},
    messages::Language,
};

/// The most notices marked at once.
pub const MOST_MARKED: usize = 200;

/// A notice as a person is shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The notice.
    pub id: NoticeId,
    /// What it is about.
    pub kind: NoticeKind,
    /// One sentence that gives nothing away.
    pub title: String,
    /// The whole of it.
    pub text: String,
    /// What the text names.
    pub about: About,
    /// The group whose trainer sent it, for an announcement.
    pub group: Option<GroupId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when it is no longer shown.
    pub expires_at: DateTime<Utc>,
    /// When it was read.
    pub read_at: Option<DateTime<Utc>>,
}

/// A run of notices, newest first.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The notices.
    pub notices: Vec<Shown>,
    /// Whether there are more behind.
    pub has_more: bool,
}

impl Notices {
    /// A run of the learner's notices, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn inbox(
        &self,
        learner: &Learner,
        language: Language,
        after: Option<NoticeId>,
        first: usize,
    ) -> Result<Page> {
        let now = self.clock().now();
        let most = u64::try_from(first).map_err(Error::internal)?;
        let mut rows = store::inbox(self.db().latest(), learner.person(), now, after, most).await?;
        let has_more = rows.len() > first;
        rows.truncate(first);
        let notices = self.show(learner, rows, language).await?;
        Ok(Page { notices, has_more })
    }

    /// How many of the learner's notices were not read.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_unread(&self, learner: &Learner) -> Result<u64> {
        store::count_unread(self.db().latest(), learner.person(), self.clock().now()).await
    }

    /// Those of the learner's notices that have these ids and are shown now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn own(
        &self,
        learner: &Learner,
        ids: &BTreeSet<NoticeId>,
        language: Language,
    ) -> Result<Vec<Shown>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.clock().now();
        let mut rows = store::own_among(self.db().latest(), learner.person(), ids).await?;
        rows.retain(|row| row.notice.expires_at > now);
        self.show(learner, rows, language).await
    }

    /// Marks notices of the learner's as read. Again changes nothing.
    ///
    /// # Errors
    /// A user error when one of them is none of hers, or there are too many.
    pub async fn mark_read(
        &self,
        learner: &Learner,
        ids: BTreeSet<NoticeId>,
        language: Language,
    ) -> Result<Vec<Shown>> {
        if ids.is_empty() {
            return Err(Error::user(Code::Required, "ids", "notices-required"));
        }
        if ids.len() > MOST_MARKED {
            let error = UserError::new(Code::TooMany, "ids", "named-too-many");
            return Err(error.with("limit", MOST_MARKED).into());
        }
        let person = learner.person();
        let rows = self
            .together(move |this, tx| {
                let ids = ids.clone();
                Box::pin(async move {
                    let own = store::own_among(tx, person, &ids).await?;
                    if own.len() < ids.len() {
                        return Err(Error::user(Code::NotFound, "ids", "notice-unknown"));
                    }
                    store::mark_read(tx, person, &ids, this.clock().now()).await?;
                    store::own_among(tx, person, &ids).await
                })
            })
            .await?;
        self.show(learner, rows, language).await
    }

    /// When the learner's notices last changed, from a revision of her record on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn revised(&self, learner: &Learner, from: i64) -> Result<Vec<(NoticeId, i64)>> {
        let (db, now) = (self.db().latest(), self.clock().now());
        let rows = store::revised(db, learner.person(), from, now).await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.notice_id, row.revision))
            .collect())
    }

    /// The names of people in groups that the learner leads now; reading them leaves a row in the audit log.
    async fn names(
        &self,
        learner: &Learner,
        others: BTreeSet<PersonId>,
    ) -> Result<BTreeMap<PersonId, String>> {
        if others.is_empty() {
            return Ok(BTreeMap::new());
        }
        let others: Vec<PersonId> = others.into_iter().collect();
        let (db, account) = (self.db().latest(), learner.account());
        let led = self.0.on.training.led_among(db, account, &others).await?;
        let subjects = led.iter().map(|person| person.0);
        self.audit().record(account, "notices", subjects).await?;
        store::full_names(db, led).await
    }

    /// Puts notices into words.
    async fn show(
        &self,
        learner: &Learner,
        rows: Vec<Worded>,
        language: Language,
    ) -> Result<Vec<Shown>> {
        let mut read = Vec::with_capacity(rows.len());
        for row in rows {
            let about = About::read(&row.notice.arguments)?;
            read.push((row, about));
        }
        let others = read.iter().filter_map(|(_, about)| about.person).collect();
        let names = self.names(learner, others).await?;
        let mut shown = Vec::with_capacity(read.len());
        for (row, about) in read {
            let name = about.person.and_then(|person| names.get(&person).cloned());
            let named = self.named(&row, &about, name, language);
            let kind = row.notice.kind;
            shown.push(Shown {
                id: row.notice.notice_id,
                kind,
                title: wording::title(kind, language),
                text: wording::in_app(kind, language, &named),
                about,
                group: row.announcement.map(|announcement| announcement.group_id),
                created_at: row.notice.created_at,
                expires_at: row.notice.expires_at,
                read_at: row.notice.read_at,
            });
        }
        Ok(shown)
    }

    /// The values that a text names.
    fn named(
        &self,
        row: &Worded,
        about: &About,
        name: Option<String>,
        language: Language,
    ) -> Named {
        let catalogue = self.0.on.content.catalogue();
        let tag = language.tag();
        let lesson = about.lesson.and_then(|id| {
            let lesson = catalogue.lesson(id)?;
            let release = lesson.release.as_ref()?;
            Some(release.heading(tag)?.said.title.clone())
        });
        let module = about.module.and_then(|id| {
            let module = catalogue.module(id)?;
            Some(module.texts.served(tag)?.said.title.clone())
        });
        let area = about.area.map(|id| {
            let today = self.clock().today();
            self.0.on.areas.atlas().display_name(id, today)
        });
        let due = about.due_on.map(|day| day.format("%d/%m/%Y").to_string());
        let words = row.announcement.as_ref().map(|row| row.body.clone());
        let values = [
            ("lesson", lesson.map(Into::into)),
            ("module", module.map(Into::into)),
            ("area", area),
            ("period", about.period.clone()),
            ("due", due),
            ("words", words),
            ("name", name),
        ];
        values
            .into_iter()
            .map(|(key, value): (&'static str, Option<String>)| {
                (key.into(), FluentValue::from(value.unwrap_or_default()))
            })
            .collect()
    }
}
