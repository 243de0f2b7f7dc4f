//! The statement behind a trainer's screens.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::ids::{AccountId, GroupId};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

use super::{all, leads};
use crate::{
    db::{in_uuid_list, uuid_list},
    error::{Error, Result},
    training::{
        join_code::JoinCode,
        roster::{Assignment, Fetched, Group, MemberPlace, MemberRow, MembersAsked},
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
    let mut values: Vec<Value> = vec![
        trainer.0.into(),
        uuid_list(backend, groups.iter().map(|id| id.0)),
    ];
    let mut sql = format!(
        "WITH mine AS (SELECT g.group_id, g.area_id, g.name, g.join_code, g.created_at FROM training_group g \
           WHERE {} AND g.archived_at IS NULL AND {}) \
         SELECT 0 AS kind, group_id, group_id AS id, area_id AS other_id, name AS text_1, join_code AS text_2, \
           CAST(NULL AS text) AS state, CAST(NULL AS date) AS day, created_at AS at, 0 AS place FROM mine \
         UNION ALL \
         SELECT 1, a.group_id, a.assignment_id, a.module_id, NULL, NULL, NULL, a.due_on, a.assigned_at, 0 \
           FROM mine JOIN assignment a ON a.group_id = mine.group_id WHERE a.withdrawn_at IS NULL",
        leads("g", 1),
        in_uuid_list(backend, "g.group_id", 2)
    );
    // Raw, because one statement for the whole screen is what makes it quick, and a run of each group's members
    // needs a window. Comparing rows stands for "behind this place in the list".
    if let Some(asked) = asked {
        sql.push_str(
            " UNION ALL \
             SELECT 2, group_id, group_member_id, person_id, full_name, name_sort_key, state, joined_on, \
               last_activity_at, place \
             FROM (SELECT m.group_id, m.group_member_id, m.person_id, p.full_name, p.name_sort_key, l.state, \
                 m.joined_on, l.last_activity_at, \
                 row_number() OVER (PARTITION BY m.group_id ORDER BY p.name_sort_key, p.person_id) AS place \
               FROM mine JOIN group_member m ON m.group_id = mine.group_id \
               JOIN person p ON p.person_id = m.person_id \
               LEFT JOIN same_as s ON s.person_id = m.person_id AND s.undone_at IS NULL \
               LEFT JOIN learner l ON l.person_id = COALESCE(s.canonical_id, m.person_id) \
               WHERE m.left_on IS NULL AND NOT EXISTS (SELECT 1 FROM group_member o \
                 WHERE o.group_id = m.group_id AND o.person_id = s.canonical_id AND o.left_on IS NULL) AND (p.name_sort_key, p.person_id) > ($3, $4)) AS listed \
             WHERE place <= $5",
        );
        let after = asked.after.clone();
        let (key, person) = after.map_or_else(Default::default, |place| {
            (place.name_sort_key, place.person.0)
        });
        let most = i64::try_from(asked.first).map_err(Error::internal)? + 1;
        values.extend([key.into(), person.into(), most.into()]);
    }
    sql.push_str(" ORDER BY kind, place");
    let mut fetched = BTreeMap::new();
    for row in all::<RosterRow>(db, sql, values).await? {
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
            due_on: need(row.day)?,
            assigned_at: need(row.at)?,
        });
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
        state: row.state,
        last_activity_at: row.at,
    });
    Ok(())
}

/// A column that the table says is never null.
fn need<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::internal("a roster row lacks a column that is never null"))
}
