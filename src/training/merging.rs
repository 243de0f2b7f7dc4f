//! Merging two records of one person: by an administrator, shown before it is done, and undone without loss.
//!
//! Invariant: nothing of either record is moved or changed. One row says that they are the same; while it stands, the
//! state is folded from the events of both, and only the canonical person is counted.

use entity::{
    ids::{PersonId, SameAsId},
    same_as,
};

use super::{Training, store};
use crate::{
    auth::capability::Administrator,
    db::Tx,
    error::{Error, Result, UserErrorCode as Code},
    learning::merge::Status,
    people,
};

/// What to merge.
#[derive(Clone, Copy, Debug)]
pub struct MergePersons {
    /// Made by the client or by us.
    pub id: Option<SameAsId>,
    /// Who stays.
    pub canonical: PersonId,
    /// Who turned out to be her.
    pub duplicate: PersonId,
    /// Only show what would be merged.
    pub preview: bool,
}

/// One of two records, as an administrator compares them: counts, never what was learned about whose child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeSide {
    /// Who.
    pub person: PersonId,
    /// As the person writes it.
    pub full_name: String,
    /// Year of birth, if told.
    pub birth_year: Option<i32>,
    /// Whether there is an account.
    pub has_account: bool,
    /// Children in the record now.
    pub children: usize,
    /// Groups the person is in now.
    pub groups: usize,
    /// Events of the record itself.
    pub events: usize,
    /// Lessons completed, of the events that count for the record now.
    pub completed: usize,
}

/// A merge, done or shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The row; absent when it was only shown.
    pub row: Option<same_as::Model>,
    /// Who stays.
    pub canonical: MergeSide,
    /// Who turned out to be her.
    pub duplicate: MergeSide,
}

impl Training {
    /// Merges two records of one person, or shows what would be merged. The same again changes nothing.
    ///
    /// # Errors
    /// Everything the administrator can mend: a person who does not live in her area answers as unknown.
    pub async fn merge_persons(
        &self,
        administrator: &Administrator,
        asked: MergePersons,
    ) -> Result<Merge> {
        if asked.canonical == asked.duplicate {
            return Err(Error::user(Code::Invalid, "duplicateId", "merge-with-self"));
        }
        let by = administrator.clone();
        let merge = self
            .together(move |this, tx| {
                let by = by.clone();
                Box::pin(async move { this.merge_within(tx, &by, asked).await })
            })
            .await?;
        let subjects = [asked.canonical.0, asked.duplicate.0];
        let operation = if asked.preview {
            "previewMerge"
        } else {
            "mergePersons"
        };
        self.audit()
            .record(administrator.account(), operation, subjects)
            .await?;
        Ok(merge)
    }

    async fn merge_within(
        &self,
        tx: &Tx,
        by: &Administrator,
        asked: MergePersons,
    ) -> Result<Merge> {
        let MergePersons {
            canonical,
            duplicate,
            ..
        } = asked;
        for (person, field) in lock_order(canonical, duplicate) {
            self.lives_under(tx, by, person, field).await?;
        }
        let standing = store::merges_touching(tx, [canonical, duplicate]).await?;
        let same = standing
            .iter()
            .find(|row| row.person_id == duplicate && row.canonical_id == canonical);
        if let Some(row) = same {
            return self
                .sides(tx, Some(row.clone()), canonical, duplicate)
                .await;
        }
        for row in &standing {
            if row.person_id == duplicate || row.canonical_id == duplicate {
                return Err(Error::user(Code::Conflict, "duplicateId", "merge-standing"));
            }
            if row.person_id == canonical {
                return Err(Error::user(Code::Conflict, "canonicalId", "merge-standing"));
            }
        }
        let shown = self.sides(tx, None, canonical, duplicate).await?;
        if shown.duplicate.has_account {
            let code = Code::Conflict;
            return Err(Error::user(code, "duplicateId", "merge-has-account"));
        }
        if asked.preview {
            return Ok(shown);
        }
        let row = same_as::Model {
            same_as_id: asked.id.unwrap_or_else(|| self.0.clock.id()),
            person_id: duplicate,
            canonical_id: canonical,
            merged_by: by.account(),
            merged_at: self.0.clock.now(),
            undone_by: None,
            undone_at: None,
        };
        if !store::insert_merge(tx, row.clone()).await? {
            return Err(Error::user(Code::Conflict, "id", "id-taken"));
        }
        self.0.auth.withdraw_claims(tx, duplicate).await?;
        self.rebuild_both(tx, canonical, duplicate).await?;
        self.sides(tx, Some(row), canonical, duplicate).await
    }

    /// Undoes a merge: each record has again what was its own. Undoing it again changes nothing.
    ///
    /// # Errors
    /// A user error when there is no such merge in the administrator's area.
    pub async fn undo_merge(&self, administrator: &Administrator, id: SameAsId) -> Result<Merge> {
        let by = administrator.clone();
        let merge = self
            .together(move |this, tx| {
                let by = by.clone();
                Box::pin(async move {
                    let unknown = || Error::user(Code::NotFound, "id", "merge-unknown");
                    let mut row = store::merge(tx, id).await?.ok_or_else(unknown)?;
                    let (canonical, duplicate) = (row.canonical_id, row.person_id);
                    for (person, _) in lock_order(canonical, duplicate) {
                        let lives = this.lives_under(tx, &by, person, "id").await;
                        lives.map_err(|error| match error {
                            Error::User(_) => unknown(),
                            other => other,
                        })?;
                    }
                    if row.undone_at.is_none() {
                        let now = this.0.clock.now();
                        store::undo_merge(tx, id, by.account(), now).await?;
                        (row.undone_by, row.undone_at) = (Some(by.account()), Some(now));
                        this.rebuild_both(tx, canonical, duplicate).await?;
                    }
                    this.sides(tx, Some(row), canonical, duplicate).await
                })
            })
            .await?;
        let subjects = [merge.canonical.person.0, merge.duplicate.person.0];
        self.audit()
            .record(administrator.account(), "undoMerge", subjects)
            .await?;
        Ok(merge)
    }

    /// The person lives in the administrator's area; held until the transaction ends.
    async fn lives_under(
        &self,
        tx: &Tx,
        by: &Administrator,
        person: PersonId,
        field: &str,
    ) -> Result<()> {
        let unknown = || Error::user(Code::NotFound, field, "merge-person-unknown");
        if !people::store::lock(tx, person).await? {
            return Err(unknown());
        }
        let home = people::store::home(tx, person).await?.ok_or_else(unknown)?;
        let atlas = self.0.areas.atlas();
        by.over(&atlas, home).map_err(|error| match error {
            Error::NotFound => unknown(),
            other => other,
        })
    }

    async fn rebuild_both(&self, tx: &Tx, one: PersonId, other: PersonId) -> Result<()> {
        for (person, _) in lock_order(one, other) {
            self.0.learning.rebuild(tx, person).await?;
        }
        Ok(())
    }

    async fn sides(
        &self,
        tx: &Tx,
        row: Option<same_as::Model>,
        canonical: PersonId,
        duplicate: PersonId,
    ) -> Result<Merge> {
        Ok(Merge {
            row,
            canonical: self.side(tx, canonical).await?,
            duplicate: self.side(tx, duplicate).await?,
        })
    }

    async fn side(&self, tx: &Tx, person: PersonId) -> Result<MergeSide> {
        let facts = store::merge_facts(tx, person).await?;
        let household = people::store::household(tx, person).await?;
        let household = household.ok_or(Error::NotFound)?;
        let record = crate::learning::store::record(tx, person).await?;
        let completed = record.map_or(0, |record| {
            let lessons = record.state.lessons.values();
            lessons
                .filter(|lesson| lesson.status() == Status::Completed)
                .count()
        });
        Ok(MergeSide {
            person,
            children: household.children_now().count(),
            full_name: household.full_name,
            birth_year: facts.birth_year,
            has_account: facts.accounts > 0,
            groups: usize::try_from(facts.groups).unwrap_or_default(),
            events: usize::try_from(facts.events).unwrap_or_default(),
            completed,
        })
    }
}

/// Both, each with its field, in the order of ids: two merges at once never wait for each other.
fn lock_order(canonical: PersonId, duplicate: PersonId) -> [(PersonId, &'static str); 2] {
    let mut both = [(canonical, "canonicalId"), (duplicate, "duplicateId")];
    both.sort_unstable();
    both
}
