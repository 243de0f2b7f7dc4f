//! The tables as a database itself describes them, one line per column, key and constraint, the same words for
//! both engines.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use vun::db::Db;

use crate::databases::Engine;

/// One line of a description.
#[derive(FromQueryResult)]
struct Line {
    line: String,
}

/// `table.column` of every column.
pub async fn columns(db: &Db) -> BTreeSet<String> {
    lines(db, SQLITE_COLUMNS, POSTGRES_COLUMNS).await
}

/// Columns and whether they may be null, primary and unique keys, foreign keys, indexes.
pub async fn structure(db: &Db) -> BTreeSet<String> {
    lines(db, SQLITE_STRUCTURE, POSTGRES_STRUCTURE).await
}

/// Names of unique keys, checks and indexes. SQLite keeps no names of foreign keys, and a primary key of one column
/// has a name on PostgreSQL only: both are left out. So is the migration library's table, not ours to name.
pub async fn names(db: &Db) -> BTreeSet<String> {
    let found = lines(db, SQLITE_NAMES, POSTGRES_NAMES).await;
    if engine(db) == Engine::Postgres {
        return found;
    }
    // SQLite keeps the text of CREATE TABLE, and the names only in it.
    let named = |sql: &String| -> Vec<String> {
        sql.split("CONSTRAINT ")
            .skip(1)
            .filter_map(|rest| {
                let name = rest.trim_start_matches('"');
                let end = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_')?;
                Some(name[..end].to_owned())
            })
            .collect()
    };
    let (tables, indexes): (Vec<String>, Vec<String>) = found
        .into_iter()
        .partition(|line| line.starts_with("CREATE TABLE"));
    let named = tables.iter().flat_map(named).chain(indexes);
    named.filter(|name| !name.starts_with("pk_")).collect()
}

async fn lines(db: &Db, sqlite: &str, postgres: &str) -> BTreeSet<String> {
    let sql = match engine(db) {
        Engine::Sqlite => sqlite,
        Engine::Postgres => postgres,
    };
    let statement = Statement::from_string(db.backend(), sql);
    let rows = db.write().query_all_raw(statement).await.expect("answered");
    rows.iter()
        .map(|row| Line::from_query_result(row, "").expect("a line").line)
        .collect()
}

fn engine(db: &Db) -> Engine {
    match db.backend() {
        sea_orm::DbBackend::Postgres => Engine::Postgres,
        _ => Engine::Sqlite,
    }
}

const SQLITE_COLUMNS: &str = "
SELECT t.name || '.' || c.name AS line
FROM pragma_table_list t, pragma_table_info(t.name) c
WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

const POSTGRES_COLUMNS: &str = "
SELECT c.table_name || '.' || c.column_name AS line
FROM information_schema.columns c
WHERE c.table_schema = current_schema()";

const SQLITE_STRUCTURE: &str = "
WITH tables AS (
  SELECT name FROM pragma_table_list
  WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
)
SELECT 'column ' || t.name || '.' || c.name || CASE WHEN c.\"notnull\" OR c.pk THEN ' not null' ELSE '' END AS line
FROM tables t, pragma_table_info(t.name) c
UNION ALL
SELECT 'primary key ' || name || '(' || group_concat(column_name, ', ') || ')' FROM (
  SELECT t.name, c.name AS column_name FROM tables t, pragma_table_info(t.name) c WHERE c.pk ORDER BY t.name, c.pk
) GROUP BY name
UNION ALL
SELECT CASE WHEN is_unique THEN 'unique ' ELSE 'index ' END || name || '(' || group_concat(column_name, ', ') || ')'
    || CASE WHEN partial THEN ' partial' ELSE '' END
FROM (
  SELECT t.name, i.name AS index_name, i.\"unique\" AS is_unique, i.partial, ifnull(c.name, '(expression)') AS column_name
  FROM tables t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
  WHERE i.origin <> 'pk' ORDER BY t.name, i.name, c.seqno
) GROUP BY name, index_name, is_unique, partial
UNION ALL
SELECT 'foreign key ' || name || '(' || group_concat(column_name, ', ') || ') to '
    || target || '(' || group_concat(target_column, ', ') || ')'
FROM (
  SELECT t.name, f.id, f.\"from\" AS column_name, f.\"table\" AS target, f.\"to\" AS target_column
  FROM tables t, pragma_foreign_key_list(t.name) f ORDER BY t.name, f.id, f.seq
) GROUP BY name, id, target";

const POSTGRES_STRUCTURE: &str = "
WITH ours AS (
  SELECT oid, relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
), keyed AS (
  SELECT c.contype, t.relname, f.relname AS target,
    (SELECT string_agg(a.attname, ', ' ORDER BY k.at) FROM unnest(c.conkey) WITH ORDINALITY k(number, at)
      JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number) AS columns,
    (SELECT string_agg(a.attname, ', ' ORDER BY k.at) FROM unnest(c.confkey) WITH ORDINALITY k(number, at)
      JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number) AS target_columns
  FROM pg_constraint c JOIN ours t ON t.oid = c.conrelid LEFT JOIN ours f ON f.oid = c.confrelid
)
SELECT 'column ' || t.relname || '.' || a.attname || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END AS line
FROM ours t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT CASE contype WHEN 'p' THEN 'primary key ' ELSE 'unique ' END || relname || '(' || columns || ')'
FROM keyed WHERE contype IN ('p', 'u')
UNION ALL
SELECT 'foreign key ' || relname || '(' || columns || ') to ' || target || '(' || target_columns || ')'
FROM keyed WHERE contype = 'f'
UNION ALL
SELECT CASE WHEN i.indisunique THEN 'unique ' ELSE 'index ' END || t.relname || '('
    || (SELECT string_agg(coalesce(a.attname, '(expression)'), ', ' ORDER BY k.at)
        FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, at)
        LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number AND k.number > 0
        WHERE k.at <= i.indnkeyatts)
    || ')' || CASE WHEN i.indpred IS NOT NULL THEN ' partial' ELSE '' END
FROM pg_index i JOIN ours t ON t.oid = i.indrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u'))";

const SQLITE_NAMES: &str = "
SELECT sql AS line FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%' AND name <> 'seaql_migrations'
UNION ALL
SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL";

const POSTGRES_NAMES: &str = "
SELECT conname::text AS line FROM pg_constraint
WHERE connamespace = current_schema()::regnamespace AND contype IN ('u', 'c')
  AND conrelid <> 'seaql_migrations'::regclass
UNION ALL
SELECT i.relname::text FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
WHERE i.relnamespace = current_schema()::regnamespace
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u'))";
