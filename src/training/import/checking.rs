//! Checking a roster row by row: where each person lives, who she is, and whether she is in the file twice.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::{
    area::AreaLevel,
    ids::{AccountId, AreaId, PersonId},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    super::{Training, registering::JOINED_WITHIN, store},
    ImportPersons, MOST_ROWS,
    faults::Faults,
    headings::Column,
    rows::{self, Row, Rows},
    sheet,
};
use crate::{
    error::{Error, Result, UserError, UserErrorCode as Code},
    fold,
    people::{
        household::{Audience, Channel},
        particulars::Particulars,
        registration::{Recorded, Registration},
    },
};

/// Namespace of the ids of people from files: the same file gives the same people.
const FROM_FILE: Uuid = Uuid::from_u128(0x1b6d_3c52_88a1_5f0e_9b47_7675_6e00_0003);

/// Somebody checked, ready to be recorded.
#[derive(Clone, Debug)]
pub(super) struct Checked {
    /// The row, counted from 0.
    pub row: u32,
    /// The rows to write.
    pub person: Recorded,
    /// Her name without accents and case.
    pub name_fold: String,
    /// Year of birth and telephone.
    pub particulars: Particulars,
    /// Where she lives.
    pub area: AreaId,
    /// First day in the group.
    pub joined_on: NaiveDate,
}

impl Training {
    /// The people of a file, each as she is to be recorded.
    pub(super) async fn read_roster(
        &self,
        told: &ImportPersons,
        given_by: Option<AccountId>,
        reach: &(dyn Fn(AreaId) -> bool + Sync),
    ) -> Result<(Rows, Vec<Checked>)> {
        let file = told.file.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let mut faults = Faults::default();
            let rows = rows::read(&sheet::read(&file)?, &mut faults)?;
            Ok::<_, Error>((rows, faults))
        });
        let (rows, mut faults) = reading.await.map_err(Error::internal)??;
        if rows.rows.len() > MOST_ROWS {
            let error = UserError::new(Code::TooMany, "file", "import-too-many-rows");
            return Err(error.with("limit", MOST_ROWS).into());
        }
        if rows.rows.is_empty() && faults.is_empty() {
            return Err(Error::user(Code::Required, "file", "import-nobody"));
        }
        let base = match (told.area, told.group) {
            (None, Some(group)) => store::group(self.0.db.latest(), group)
                .await?
                .map(|group| group.area_id),
            (area, _) => area,
        };
        let hash = Sha256::digest(&told.file);
        let place = told.group.map(|id| id.0).or(base.map(|id| id.0));
        let mut people = Vec::new();
        for row in &rows.rows {
            let name = format!("{hash:x}:{}:{}", place.unwrap_or_default(), row.row);
            let person = PersonId(Uuid::new_v5(&FROM_FILE, name.as_bytes()));
            match self.check_row(row, person, (base, given_by), reach) {
                Ok(checked) => people.push(checked),
                Err(Error::User(errors)) => {
                    for error in errors {
                        let column = rows::place(&rows, &error);
                        faults.put(row.row, column, error);
                    }
                }
                Err(other) => return Err(other),
            }
        }
        check_twice(&people, &rows, &mut faults);
        if faults.is_empty() {
            return Ok((rows, people));
        }
        let count = faults.len();
        let mut errors = faults.told();
        if count > errors.len() {
            let more = UserError::new(Code::TooMany, "rows", "import-more-faults");
            errors.push(more.with("count", count - errors.len()));
        }
        Err(Error::User(errors))
    }

    fn check_row(
        &self,
        row: &Row,
        person: PersonId,
        (base, given_by): (Option<AreaId>, Option<AccountId>),
        reach: &(dyn Fn(AreaId) -> bool + Sync),
    ) -> Result<Checked> {
        let (atlas, today) = (self.0.areas.atlas(), self.0.clock.today());
        let mut errors = Vec::new();
        let named = row.commune.as_deref().map(|code| {
            let found = atlas.by_code(code, Some(AreaLevel::Commune), today);
            found.into_iter().find(|area| reach(*area))
        });
        let area = match named {
            Some(found) => found,
            None => base.filter(|area| reach(*area)),
        };
        if area.is_none() {
            errors.push(UserError::new(
                Code::NotFound,
                "areaId",
                "import-commune-unknown",
            ));
        }
        let mut audiences = vec![Audience::Caregiver];
        audiences.extend(row.is_staff.then_some(Audience::Staff));
        let registration = Registration {
            person,
            full_name: row.full_name.clone(),
            area: area.unwrap_or(AreaId(Uuid::nil())),
            audiences,
            consents: row.consents.clone(),
            text_version: None,
            language: "vi".to_owned(),
            channel: Channel::Paper,
            given_by,
            exclude_from_reporting: false,
        };
        let recorded = match self.0.people.check(&registration) {
            Ok(recorded) => Some(recorded),
            Err(Error::User(more)) => {
                let unplaced = area.is_none();
                let more = more.into_iter();
                errors.extend(more.filter(|error| !(unplaced && error.field == ["areaId"])));
                None
            }
            Err(other) => return Err(other),
        };
        let particulars = Particulars::told(row.birth_year, row.phone.as_deref(), today);
        let particulars = particulars
            .map_err(|more| errors.extend(more))
            .unwrap_or_default();
        let joined_on = row.joined_on.unwrap_or(today);
        if joined_on > today || joined_on < today - JOINED_WITHIN {
            let error = UserError::new(Code::DateOutOfRange, "joinedOn", "joined-day-range");
            let error = error.with("first", today - JOINED_WITHIN);
            errors.push(error.with("last", today));
        }
        match (recorded, area) {
            (Some(recorded), Some(area)) if errors.is_empty() => Ok(Checked {
                row: row.row,
                name_fold: fold::fold(recorded.full_name()),
                person: recorded.with(particulars.clone()),
                particulars,
                area,
                joined_on,
            }),
            _ => Err(Error::User(errors)),
        }
    }
}

/// Notes rows that say the same of the same person: name, year and telephone.
fn check_twice(people: &[Checked], rows: &Rows, faults: &mut Faults) {
    let mut seen: BTreeMap<(&str, &Option<i32>, &Option<String>), u32> = BTreeMap::new();
    for one in people {
        let told = &one.particulars;
        let key = (one.name_fold.as_str(), &told.birth_year, &told.phone);
        let first = *seen.entry(key).or_insert(one.row);
        if first != one.row {
            let error = UserError::new(Code::Conflict, "", "import-row-twice");
            let column = rows.columns.get(&Column::FullName).copied();
            faults.put(one.row, column, error.with("row", first + 1));
        }
    }
}
