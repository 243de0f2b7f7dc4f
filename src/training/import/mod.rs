//! A roster from a file: read, checked row by row, and recorded all at once or not at all.
//!
//! A dry run does everything but write. Sending the same file again changes nothing: a person's id follows from the file,
//! her row and the group, and who is in the group already is left as she is.
//!
//! Invariant: nothing is half done. One transaction records everybody; one fault in one row and nobody is.

use std::{collections::HashMap, sync::Arc};

use entity::{
    group_member::JoinedHow,
    ids::{AccountId, AreaId, GroupId},
};
use tokio::sync::watch;
use uuid::Uuid;

use super::{
    MOST_MEMBERS, Training,
    members::{group_full, membership},
    store,
};
use crate::{
    areas::Atlas,
    auth::capability::{Administrator, Trainer},
    db::Tx,
    error::{Error, Result, UserErrorCode as Code},
    fold,
};

mod checking;
mod faults;
mod headings;
pub mod progress;
mod rows;
pub mod sheet;

use checking::Checked;
use progress::{Progress, Stage, Telling};
use rows::Rows;

/// The most people in one file.
pub const MOST_ROWS: usize = 500;

/// Who imports.
#[derive(Clone, Debug)]
pub enum Importer {
    /// A trainer, into a group of hers or into her area.
    Trainer(Trainer),
    /// An administrator, into her area.
    Administrator(Administrator),
}

/// A file to import.
#[derive(Clone, Debug)]
pub struct ImportPersons {
    /// The group to join; a trainer's only.
    pub group: Option<GroupId>,
    /// The commune of those whose row names none; that of the group when absent.
    pub area: Option<AreaId>,
    /// XLSX or CSV.
    pub file: Vec<u8>,
    /// Only check, and say what would be done.
    pub dry_run: bool,
    /// The id under which whoever imports watches it; see [`Training::watch_import`].
    pub id: Option<Uuid>,
}

/// What is to be looked at, and stops nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The row, counted from 1 as in the spreadsheet.
    pub row: u32,
    /// What it is.
    pub kind: NoticeKind,
}

/// Why a row is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeKind {
    /// Is in the group already, and was left as she is.
    AlreadyThere,
    /// Has the telephone of somebody else in the file or the group: families share them.
    PhoneShared,
    /// Has the name and year of somebody else in the file or in the commune.
    LooksAlike,
}

impl std::fmt::Display for NoticeKind {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(match self {
            Self::AlreadyThere => "is there already",
            Self::PhoneShared => "shares a telephone with somebody else",
            Self::LooksAlike => "looks like somebody else",
        })
    }
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Rows that held somebody.
    pub read: usize,
    /// People recorded, or to be recorded in a dry run.
    pub recorded: usize,
    /// What to look at, by row.
    pub notices: Vec<Notice>,
    /// Headings of columns that were left alone.
    pub ignored: Vec<String>,
}

impl Importer {
    fn account(&self) -> AccountId {
        match self {
            Self::Trainer(trainer) => trainer.account(),
            Self::Administrator(administrator) => administrator.account(),
        }
    }

    fn reaches(&self, atlas: &Atlas, area: AreaId) -> bool {
        match self {
            Self::Trainer(trainer) => trainer.over(atlas, area).is_ok(),
            Self::Administrator(administrator) => administrator.over(atlas, area).is_ok(),
        }
    }
}

impl Training {
    /// Imports people who have no account, as if each were registered: a trainer into a group she leads or into her area,
    /// an administrator into hers.
    ///
    /// # Errors
    /// What is wrong with the file, or what is wrong in it by row and column; then nothing was written.
    pub async fn import_persons(&self, by: &Importer, told: ImportPersons) -> Result<Imported> {
        let watchers = told.id.map(|id| self.0.imports.of(by.account(), id));
        let telling = watchers.map(Telling::to).unwrap_or_default();
        telling.at(Stage::Reading);
        let imported = self.import_told(by, &told, &telling).await;
        telling.at(match imported {
            Ok(_) => Stage::Done,
            Err(_) => Stage::Refused,
        });
        imported
    }

    /// How far an import of the account has come, and where that is told. It need not have begun.
    pub fn watch_import(&self, account: AccountId, id: Uuid) -> watch::Receiver<Progress> {
        self.0.imports.of(account, id).subscribe()
    }

    async fn import_told(
        &self,
        by: &Importer,
        told: &ImportPersons,
        telling: &Telling,
    ) -> Result<Imported> {
        if let (Some(_), Importer::Administrator(_)) = (told.group, by) {
            return Err(Error::user(Code::NotFound, "groupId", "group-unknown"));
        }
        let atlas = self.0.areas.atlas();
        let reach = |area| by.reaches(&atlas, area);
        let (rows, people) = self.read_roster(told, Some(by.account()), &reach).await?;
        let subjects: Vec<Uuid> = people.iter().map(|one| one.person.person_id().0).collect();
        let imported = self
            .import_checked((Some(by), told), rows, people, telling)
            .await?;
        if !told.dry_run {
            let subjects = subjects.into_iter().chain(told.group.map(|id| id.0));
            self.audit()
                .record(by.account(), "importPersons", subjects)
                .await?;
        }
        Ok(imported)
    }

    /// [`Training::import_persons`] for the person at the machine's command line. Nothing that answers a request calls
    /// this.
    ///
    /// # Errors
    /// As there.
    pub async fn import_as_operator(&self, told: ImportPersons) -> Result<Imported> {
        let (rows, people) = self.read_roster(&told, None, &|_| true).await?;
        let telling = Telling::default();
        self.import_checked((None, &told), rows, people, &telling)
            .await
    }

    async fn import_checked(
        &self,
        (by, told): (Option<&Importer>, &ImportPersons),
        rows: Rows,
        people: Vec<Checked>,
        telling: &Telling,
    ) -> Result<Imported> {
        let (group, dry_run) = (told.group, told.dry_run);
        let leader = match by {
            Some(Importer::Trainer(trainer)) => Some(trainer.clone()),
            _ => None,
        };
        let work = Arc::new((leader, people, telling.clone()));
        let mut imported = self
            .together(move |this, tx| {
                let work = Arc::clone(&work);
                Box::pin(async move {
                    let (leader, people, telling) = &*work;
                    telling.at(Stage::Recording);
                    if let (Some(leader), Some(group)) = (leader, group) {
                        this.own_group(tx, leader, group).await?;
                    }
                    this.import_within(tx, group, (people, dry_run), telling)
                        .await
                })
            })
            .await?;
        imported.ignored = rows.ignored;
        Ok(imported)
    }

    async fn import_within(
        &self,
        tx: &Tx,
        group: Option<GroupId>,
        (people, dry_run): (&[Checked], bool),
        telling: &Telling,
    ) -> Result<Imported> {
        let there = match group {
            Some(group) => store::known_members(tx, group).await?,
            None => Vec::new(),
        };
        let mut imported = Imported {
            read: people.len(),
            ..Imported::default()
        };
        let mut phones: HashMap<&str, usize> = HashMap::new();
        let own = people
            .iter()
            .filter_map(|one| one.particulars.phone.as_deref());
        let theirs = there.iter().filter_map(|one| one.phone.as_deref());
        for phone in own.chain(theirs) {
            *phones.entry(phone).or_default() += 1;
        }
        let mut names: HashMap<(&str, Option<i32>), usize> = HashMap::new();
        for one in people {
            let key = (one.name_fold.as_str(), one.particulars.birth_year);
            *names.entry(key).or_default() += 1;
        }
        let mut memberships = Vec::new();
        for (done, one) in people.iter().enumerate() {
            telling.rows(done, people.len());
            let row = one.row + 1;
            let mut notice = |kind| imported.notices.push(Notice { row, kind });
            let year = one.particulars.birth_year;
            let known = there.iter().any(|other| {
                fold::fold(&other.full_name) == one.name_fold
                    && (other.birth_year == year || other.birth_year.is_none() || year.is_none())
            });
            let person = one.person.person_id();
            if known {
                notice(NoticeKind::AlreadyThere);
                continue;
            }
            let phone = one.particulars.phone.as_deref();
            if phone
                .and_then(|phone| phones.get(phone))
                .is_some_and(|count| *count > 1)
            {
                notice(NoticeKind::PhoneShared);
            }
            let who = (person, one.person.full_name());
            let alike = self.0.people.look_alikes(tx, who, year, one.area).await?;
            let twice = names
                .get(&(one.name_fold.as_str(), year))
                .is_some_and(|count| *count > 1);
            if twice || !alike.is_empty() {
                notice(NoticeKind::LooksAlike);
            }
            if !dry_run && !self.0.people.record(tx, one.person.clone()).await? {
                // The same file again: whoever has left the group since stays out of it.
                notice(NoticeKind::AlreadyThere);
                continue;
            }
            imported.recorded += 1;
            if let Some(group) = group {
                memberships.push(membership(
                    &self.0.clock,
                    group,
                    person,
                    (one.joined_on, JoinedHow::Imported),
                ));
            }
        }
        telling.rows(people.len(), people.len());
        let Some(group) = group else {
            return Ok(imported);
        };
        if there.len() + memberships.len() > MOST_MEMBERS && !memberships.is_empty() {
            return Err(group_full("file"));
        }
        if dry_run || memberships.is_empty() {
            return Ok(imported);
        }
        let added: Vec<_> = memberships.iter().map(|row| row.group_member_id).collect();
        let persons: Vec<_> = memberships.iter().map(|row| row.person_id).collect();
        store::insert_members(tx, memberships).await?;
        store::note_members(tx, group, &added).await?;
        self.tell_members(tx, group, &persons).await?;
        Ok(imported)
    }
}
