//! The statement behind a trainer's screens.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::group_member::JoinedHow;
use entity::ids::{AccountId, GroupId, LessonId, PersonId};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

use super::{all, leads, releases};
use crate::{
    db::{in_uuid_list, uuid_list},
    error::{Error, Result},
    training::{
        assigned::Assignment,
        framing::Frame,
        join_code::JoinCode,
        roster::{Fetched, Group, MemberPlace, MemberRow, MembersAsked},
    },
};

/// A row of [`rosters`]. Which columns mean what depends on `kind`.
#[derive(FromQueryResult)]
struct RosterRow {
    kind: i32,
    group_id: GroupId,
    id: Uuid,
    other_id: Uuid,
    text_1: Option<String>,
    text_2: Option<String>,
    state: Option<String>,
    day: Option<NaiveDate>,
    at: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    lesson_id: Option<LessonId>,
    person_id: Option<PersonId>,
    is_staff: i32,
    how: Option<JoinedHow>,
    ends_on: Option<NaiveDate>,
    place: i64,
}

/// Groups in use of a trainer with their assignments and a run of the members of each, in one statement.
///
/// # Errors
/// When the database does not answer.
pub async fn rosters(
    db: &impl ConnectionTrait,
    trainer: AccountId,
    groups: &[GroupId],
    asked: Option<&MembersAsked>,
) -> Result<BTreeMap<GroupId, Fetched>> {
    let backend = db.get_database_backend();
    // PostgreSQL plans a list of unknown length anew each time, which takes as long as the answer; one group is the rule.
    let (these, list) = match groups {
        [one] => ("g.group_id = $2".to_owned(), one.0.into()),
        many => (
            in_uuid_list(backend, "g.group_id", 2),
            uuid_list(backend, many.iter().map(|id| id.0)),
        ),
    };
    let mut values: Vec<Value> = vec![trainer.0.into(), list];
    let mut sql = format!(
        "WITH mine AS (SELECT g.group_id, g.area_id, g.name, g.join_code, g.join_code_expires_at, g.starts_on, g.ends_on, g.language, g.created_at FROM training_group g \
           WHERE {} AND g.archived_at IS NULL AND {these}) \
         SELECT 0 AS kind, group_id, group_id AS id, area_id AS other_id, name AS text_1, join_code AS text_2, \
           language AS state, starts_on AS day, created_at AS at, \
           join_code_expires_at AS until, CAST(NULL AS uuid) AS lesson_id, CAST(NULL AS uuid) AS person_id, 0 AS is_staff, CAST(NULL AS text) AS how, ends_on, CAST(0 AS bigint) AS place FROM mine \
         UNION ALL \
         SELECT 1, a.group_id, a.assignment_id, a.module_id, a.note, NULL, a.releases, a.due_on, a.assigned_at, NULL, \
           a.lesson_id, a.person_id, 0, NULL, NULL, 0 \
           FROM mine JOIN assignment a ON a.group_id = mine.group_id WHERE a.withdrawn_at IS NULL \
         UNION ALL \
         SELECT 2, a.group_id, a.assignment_id, e.person_id, e.reason, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 0 \
           FROM mine JOIN assignment a ON a.group_id = mine.group_id \
           JOIN assignment_excuse e ON e.assignment_id = a.assignment_id \
           WHERE a.withdrawn_at IS NULL AND e.taken_back_at IS NULL",
        leads("g", 1)
    );
    // Raw, because one statement for the whole screen is what makes it quick, and a run of each group's members
    // needs a window. Comparing rows stands for "behind this place in the list". What was learned is read of the run alone.
    if let Some(asked) = asked {
        sql.push_str(
            " UNION ALL \
             SELECT 3, listed.group_id, group_member_id, listed.person_id, full_name, name_sort_key, l.state, joined_on, \
               l.last_activity_at, NULL, NULL, NULL, \
               CASE WHEN EXISTS (SELECT 1 FROM person_audience u WHERE u.person_id = listed.person_id \
                 AND u.audience = 'STAFF' AND u.to_on IS NULL) THEN 1 ELSE 0 END, joined_how, NULL, place \
             FROM (SELECT m.group_id, m.group_member_id, m.person_id, m.joined_on, m.joined_how, \
                 COALESCE(s.canonical_id, m.person_id) AS learner_id, p.full_name, p.name_sort_key, \
                 row_number() OVER (PARTITION BY m.group_id ORDER BY p.name_sort_key, p.person_id) AS place \
               FROM mine JOIN group_member m ON m.group_id = mine.group_id \
               JOIN person p ON p.person_id = m.person_id \
               LEFT JOIN same_as s ON s.person_id = m.person_id AND s.undone_at IS NULL \
               WHERE m.left_on IS NULL AND (s.canonical_id IS NULL OR NOT EXISTS (SELECT 1 FROM group_member o \
                 WHERE o.group_id = m.group_id AND o.person_id = s.canonical_id AND o.left_on IS NULL)) \
               AND (p.name_sort_key, p.person_id) > ($3, $4)) AS listed \
             LEFT JOIN learner l ON l.person_id = listed.learner_id \
             WHERE place <= $5",
        );
        let after = asked.after.clone();
        let (key, person) = after.map_or_else(Default::default, |place| {
            (place.name_sort_key, place.person.0)
        });
        let most = i64::try_from(asked.first).map_err(Error::internal)? + 1;
        values.extend([key.into(), person.into(), most.into()]);
    }
    // Sorted here: the database would carry every learner's state through its sort.
    let mut rows: Vec<RosterRow> = all(db, sql, values).await?;
    rows.sort_by_key(|row| (row.kind, row.place));
    let mut fetched = BTreeMap::new();
    for row in rows {
        add(&mut fetched, row)?;
    }
    Ok(fetched)
}

fn add(fetched: &mut BTreeMap<GroupId, Fetched>, row: RosterRow) -> Result<()> {
    if row.kind == 0 {
        let group = Group {
            id: row.group_id,
            area: row.other_id.into(),
            name: need(row.text_1)?,
            join_code: row.text_2.map(JoinCode::kept),
            join_code_expires_at: row.until,
            frame: Frame {
                starts_on: row.day,
                ends_on: row.ends_on,
                language: row.state,
            },
            created_at: need(row.at)?,
        };
        let (assignments, members) = Default::default();
        let empty = Fetched {
            group,
            assignments,
            members,
        };
        fetched.insert(row.group_id, empty);
        return Ok(());
    }
    let of = need(fetched.get_mut(&row.group_id))?;
    if row.kind == 1 {
        of.assignments.push(Assignment {
            id: row.id.into(),
            module: row.other_id.into(),
            lesson: row.lesson_id,
            person: row.person_id,
            due_on: need(row.day)?,
            assigned_at: need(row.at)?,
            note: row.text_1,
            releases: releases(row.state.as_deref())?,
            excused: BTreeMap::new(),
        });
        return Ok(());
    }
    if row.kind == 2 {
        let assigned = of.assignments.iter_mut();
        let excused = assigned.filter(|assignment| assignment.id.0 == row.id);
        for assignment in excused {
            let reason = row.text_1.clone().unwrap_or_default();
            assignment.excused.insert(row.other_id.into(), reason);
        }
        return Ok(());
    }
    of.members.push(MemberRow {
        id: row.id.into(),
        place: MemberPlace {
            name_sort_key: need(row.text_2)?,
            person: row.other_id.into(),
        },
        full_name: need(row.text_1)?,
        joined_on: need(row.day)?,
        joined_how: row.how,
        state: row.state,
        last_activity_at: row.at,
        is_staff: row.is_staff == 1,
    });
    Ok(())
}

/// A column that the table says is never null.
fn need<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::internal("a roster row lacks a column that is never null"))
}

/// Somebody in a group, with what tells her apart.
#[derive(Clone, Debug, FromQueryResult)]
pub struct KnownMember {
    /// Who.
    pub person_id: PersonId,
    /// As the person writes it.
    pub full_name: String,
    /// Year of birth, if told.
    pub birth_year: Option<i32>,
    /// A telephone, E.164, if told.
    pub phone: Option<String>,
}

/// Who is in a group, with what tells them apart.
///
/// # Errors
/// When the database does not answer.
pub async fn known_members(db: &impl ConnectionTrait, group: GroupId) -> Result<Vec<KnownMember>> {
    let sql = "SELECT m.person_id, p.full_name, d.birth_year, d.phone FROM group_member m \
                 JOIN person p ON p.person_id = m.person_id \
                 LEFT JOIN person_particulars d ON d.person_id = m.person_id \
               WHERE m.group_id = $1 AND m.left_on IS NULL";
    all(db, sql.to_owned(), [group.0.into()]).await
}
