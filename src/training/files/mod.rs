//! The roster and the attendance of a group as files: to print, to sign, and to hand in.

use std::collections::HashMap;

use entity::ids::{GroupId, PersonId};

use super::{
    Training,
    roster::{EVERYBODY, Roster},
    screens::Age,
    sessions::Session,
    store,
};
use crate::{
    auth::capability::Trainer,
    error::{Error, Result},
};

mod csv;
mod tables;
mod xlsx;

/// The most sessions in one table of attendance: more do not fit on paper.
const SESSIONS: usize = 50;

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matter {
    /// Who is in the group, how to reach them, and how far each lesson is.
    Roster,
    /// Who came to which session.
    Attendance,
}

/// How it is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A workbook, laid out for A4.
    Xlsx,
    /// Text for other programs.
    Csv,
}

/// A file to hand out.
#[derive(Clone, Debug)]
pub struct File {
    /// Its media type.
    pub content_type: &'static str,
    /// What to call it.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a table is made of.
struct Book {
    roster: Roster,
    area: String,
    contacts: HashMap<PersonId, store::KnownMember>,
    sessions: Vec<Session>,
}

impl Training {
    /// A file of a group the trainer leads: a bounded number of statements whatever the number of people.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the trainer leads no such group.
    pub async fn file(
        &self,
        trainer: &Trainer,
        group: GroupId,
        (matter, form): (Matter, Form),
    ) -> Result<File> {
        let roster = self.group(trainer, group, &[EVERYBODY], Age::Now).await?;
        let known = store::known_members(self.0.db.latest(), group).await?;
        let sessions = match matter {
            Matter::Roster => Vec::new(),
            Matter::Attendance => {
                let found = self.sessions(trainer, &roster, SESSIONS, None).await?;
                let (mut sessions, _) = found;
                sessions.reverse();
                sessions
            }
        };
        let people: Vec<_> = known.iter().map(|one| one.person_id.0).collect();
        let atlas = self.0.areas.atlas();
        let area = atlas
            .name(roster.group.area, self.0.clock.today())
            .to_owned();
        let book = Book {
            roster,
            area,
            contacts: known.into_iter().map(|one| (one.person_id, one)).collect(),
            sessions,
        };
        let table = match matter {
            Matter::Roster => tables::roster(&book),
            Matter::Attendance => tables::attendance(&book),
        };
        let subjects = people.into_iter().chain([group.0]);
        self.audit()
            .record(trainer.account(), "groupFile", subjects)
            .await?;
        let word = match matter {
            Matter::Roster => "danh-sach",
            Matter::Attendance => "diem-danh",
        };
        let name = |ending| format!("{word}-{}.{ending}", self.0.clock.today());
        Ok(match form {
            Form::Csv => File {
                content_type: "text/csv; charset=utf-8",
                name: name("csv"),
                bytes: csv::write(&table)?,
            },
            Form::Xlsx => {
                let called = name("xlsx");
                let making = tokio::task::spawn_blocking(move || xlsx::write(&table));
                File {
                    content_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    name: called,
                    bytes: making.await.map_err(Error::internal)??,
                }
            }
        })
    }
}
