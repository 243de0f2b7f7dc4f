//! Statements that follow the pages of what is held: reading rows out, and erasing them.

use std::collections::BTreeSet;

use entity::{
    erased_mark,
    ids::{AccountId, ChildId, PersonId},
};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, Statement, Value,
    sea_query::OnConflict,
};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::super::holdings::{Erasing, Held, Subject, Whose, mark};
use crate::{
    db::{in_uuid_list, uuid_list},
    error::{Error, Result},
};

/// Marks written in one statement.
const CHUNK: usize = 5_000;

/// Somebody with every record of hers, and whose children are hers alone; nobody when there is no such person.
///
/// # Errors
/// When the database does not answer.
pub async fn subject(db: &impl ConnectionTrait, person: PersonId) -> Result<Option<Subject>> {
    #[derive(FromQueryResult)]
    struct Row {
        kind: i32,
        id: Uuid,
    }
    // Raw: one statement, so that what is erased was there at one instant; tested on both engines.
    let sql = "WITH who (person_id) AS (SELECT person_id FROM person WHERE person_id = $1 UNION \
           SELECT person_id FROM same_as WHERE canonical_id = $1 AND undone_at IS NULL), \
         cared (child_id) AS (SELECT DISTINCT c.child_id FROM who w CROSS JOIN caregiving c \
           WHERE c.person_id = w.person_id) \
         SELECT 1 AS kind, person_id AS id FROM who \
         UNION ALL SELECT 2, a.account_id FROM who w CROSS JOIN account a WHERE a.person_id = w.person_id \
         UNION ALL SELECT CASE WHEN EXISTS (SELECT 1 FROM caregiving o WHERE o.child_id = k.child_id \
           AND o.person_id NOT IN (SELECT person_id FROM who)) THEN 4 ELSE 3 END, k.child_id FROM cared k";
    let statement =
        Statement::from_sql_and_values(db.get_database_backend(), sql, [person.0.into()]);
    let mut found = Subject::default();
    for Row { kind, id } in Row::find_by_statement(statement).all(db).await? {
        match kind {
            1 => found.persons.push(PersonId(id)),
            2 => found.accounts.push(AccountId(id)),
            3 => found.children.push(ChildId(id)),
            _ => found.shared_children.push(ChildId(id)),
        }
    }
    Ok((!found.persons.is_empty()).then_some(found))
}

/// The condition that any one of these ways leads to somebody; `$1` and so on are the values.
fn condition(
    backend: DbBackend,
    whose: &[Whose],
    who: &Subject,
    children: &[ChildId],
) -> (String, Vec<Value>) {
    let (mut parts, mut values) = (Vec::new(), Vec::new());
    for way in whose {
        let (column, ids): (_, Vec<Uuid>) = match way {
            Whose::Person(column) => (column, who.persons.iter().map(|id| id.0).collect()),
            Whose::Account(column) => (column, who.accounts.iter().map(|id| id.0).collect()),
            Whose::Child(column) => (column, children.iter().map(|id| id.0).collect()),
            Whose::Mentions(column) => {
                let named = who
                    .ids()
                    .into_iter()
                    .map(|id| format!("{column} LIKE '%{id}%'"));
                parts.extend(named);
                continue;
            }
        };
        values.push(uuid_list(backend, ids));
        parts.push(in_uuid_list(backend, column, values.len()));
    }
    (format!("({})", parts.join(" OR ")), values)
}

/// The rows of a page's entry that are hers, each column by its name: text, a number of ours as text, null, or what the
/// column holds as JSON.
///
/// # Errors
/// When the database does not answer.
pub async fn rows(db: &impl ConnectionTrait, held: &Held, who: &Subject) -> Result<Vec<Json>> {
    let backend = db.get_database_backend();
    let columns: Vec<&str> = held.columns.split_whitespace().collect();
    // Raw: columns of every type become text, each engine in its way; all names are ours. Tested on both engines.
    let shown = |column: &&str| match backend {
        DbBackend::Postgres => format!("'=' || CAST({column} AS text) AS {column}"),
        _ => format!(
            "CASE typeof({column}) WHEN 'blob' THEN '#' || lower(hex({column})) \
             ELSE '=' || CAST({column} AS text) END AS {column}"
        ),
    };
    let shown: Vec<_> = columns.iter().map(shown).collect();
    let children: Vec<ChildId> = who.every_child().into_iter().collect();
    let (condition, values) = condition(backend, held.whose, who, &children);
    let sql = format!(
        "SELECT {} FROM {} WHERE {condition} ORDER BY 1",
        shown.join(", "),
        held.table
    );
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let mut rows = Vec::new();
    for row in db.query_all_raw(statement).await? {
        let mut told = Map::new();
        for column in &columns {
            let text: Option<String> = row.try_get("", column)?;
            told.insert((*column).to_owned(), text.map_or(Json::Null, value));
        }
        rows.push(Json::Object(told));
    }
    Ok(rows)
}

/// What a column holds, from its text with a sign before it.
fn value(text: String) -> Json {
    match text.split_at_checked(1) {
        Some(("#", hex)) => {
            let id = Uuid::try_parse(hex).map(|id| id.to_string());
            Json::String(id.unwrap_or_else(|_not_an_id| hex.to_owned()))
        }
        Some((_, plain)) if plain.starts_with(['{', '[']) => {
            serde_json::from_str(plain).unwrap_or_else(|_plain_text| plain.into())
        }
        Some((_, plain)) => plain.into(),
        None => Json::String(text),
    }
}

/// Erases her rows of a page's entry.
///
/// # Errors
/// When the database does not answer, or something that no page names still points at a row.
pub async fn erase(tx: &impl ConnectionTrait, held: &Held, who: &Subject) -> Result<()> {
    let backend = tx.get_database_backend();
    let table = held.table;
    let mut statements = Vec::new();
    // Raw: the tables and columns are those of the page. Tested on both engines by looking everywhere for what went.
    let (emptied, blank) = match held.erasing {
        Erasing::Deleted => {
            let (condition, values) = condition(backend, held.whose, who, &who.children);
            statements.push((format!("DELETE FROM {table} WHERE {condition}"), values));
            return run(tx, statements).await;
        }
        Erasing::Unnamed(blank) => (false, blank),
        Erasing::Vacated => (true, &[][..]),
    };
    for way in held.whose {
        let blank: String = blank
            .iter()
            .map(|column| format!(", {column} = NULL"))
            .collect();
        let (Whose::Person(column) | Whose::Account(column) | Whose::Child(column)) = *way else {
            let Whose::Mentions(column) = *way else {
                continue;
            };
            let nobody = Uuid::nil();
            statements.extend(who.ids().into_iter().map(|id| {
                let sql = format!(
                    "UPDATE {table} SET {column} = REPLACE({column}, '{id}', '{nobody}') WHERE {column} LIKE '%{id}%'"
                );
                (sql, Vec::new())
            }));
            continue;
        };
        let (condition, mut values) = condition(backend, &[*way], who, &who.children);
        let nobody = if emptied {
            "NULL".to_owned()
        } else {
            values.push(Uuid::nil().into());
            format!("${}", values.len())
        };
        let sql = format!("UPDATE {table} SET {column} = {nobody}{blank} WHERE {condition}");
        statements.push((sql, values));
    }
    run(tx, statements).await
}

async fn run(tx: &impl ConnectionTrait, statements: Vec<(String, Vec<Value>)>) -> Result<()> {
    for (sql, values) in statements {
        let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
        tx.execute_raw(statement).await?;
    }
    Ok(())
}

/// Remembers by their marks that ids were erased.
///
/// # Errors
/// When the database does not answer.
pub async fn add_marks(
    tx: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<()> {
    let marks: BTreeSet<Uuid> = ids.into_iter().map(mark).collect();
    let marks: Vec<_> = marks
        .into_iter()
        .map(|mark| erased_mark::ActiveModel { mark: Set(mark) })
        .collect();
    for marks in marks.chunks(CHUNK) {
        let there = OnConflict::column(erased_mark::Column::Mark)
            .do_nothing()
            .to_owned();
        erased_mark::Entity::insert_many(marks.to_vec())
            .on_conflict(there)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Which of these ids were erased.
///
/// # Errors
/// When the database does not answer.
pub async fn erased_among(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<BTreeSet<Uuid>> {
    let asked: Vec<(Uuid, Uuid)> = ids.into_iter().map(|id| (mark(id), id)).collect();
    if asked.is_empty() {
        return Ok(BTreeSet::new());
    }
    // Raw: a list of any length under one text; tested on both engines.
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT mark FROM erased_mark WHERE {}",
        in_uuid_list(backend, "mark", 1)
    );
    let list = uuid_list(backend, asked.iter().map(|(mark, _)| *mark));
    let statement = Statement::from_sql_and_values(backend, sql, [list]);
    let mut marks = BTreeSet::new();
    for row in db.query_all_raw(statement).await? {
        marks.insert(row.try_get::<Uuid>("", "mark").map_err(Error::from)?);
    }
    let erased = asked.into_iter().filter(|(mark, _)| marks.contains(mark));
    Ok(erased.map(|(_, id)| id).collect())
}

/// Makes sure of the nobody whom rows name in place of people who were erased: a person and an account that cannot
/// sign in, live nowhere and are counted nowhere.
///
/// # Errors
/// When the database does not answer.
pub async fn put_nobody(
    tx: &impl ConnectionTrait,
    name: &str,
    at: chrono::DateTime<chrono::Utc>,
) -> Result<()> {
    let person = "INSERT INTO person (person_id, bucket, full_name, name_sort_key, exclude_from_reporting, created_at) \
        VALUES ($1, 0, $2, '', $3, $4) ON CONFLICT (person_id) DO NOTHING";
    let account = "INSERT INTO account (account_id, person_id, password_hash, state, created_at) \
        VALUES ($1, $1, '!', 'DISABLED', $2) ON CONFLICT (account_id) DO NOTHING";
    let nobody = || Value::from(Uuid::nil());
    run(
        tx,
        vec![
            (
                person.to_owned(),
                vec![nobody(), name.into(), true.into(), at.into()],
            ),
            (account.to_owned(), vec![nobody(), at.into()]),
        ],
    )
    .await
}

/// Forgets what children are called whom nobody cares for but these persons.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_nicknames(
    tx: &impl ConnectionTrait,
    children: &[ChildId],
    persons: &[PersonId],
) -> Result<()> {
    let backend = tx.get_database_backend();
    let sql = format!(
        "UPDATE child SET nickname = NULL WHERE {} AND NOT EXISTS \
         (SELECT 1 FROM caregiving c WHERE c.child_id = child.child_id AND c.to_on IS NULL AND NOT {})",
        in_uuid_list(backend, "child_id", 1),
        in_uuid_list(backend, "c.person_id", 2)
    );
    let children = uuid_list(backend, children.iter().map(|child| child.0));
    let persons = uuid_list(backend, persons.iter().map(|person| person.0));
    run(tx, vec![(sql, vec![children, persons])]).await
}
