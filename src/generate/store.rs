//! Writing many rows at once: COPY on PostgreSQL, statements of many rows in one transaction a block on SQLite.

use std::fmt::Write as _;

use entity::{coverage_day, coverage_delta, coverage_month, learning_event, person};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ConnectionTrait, DbBackend, EntityTrait, IdenStatic,
    IntoActiveModel, Iterable, PaginatorTrait, Statement, Value, sqlx,
};
use sha2::{Digest, Sha256};

use crate::{
    coverage::{
        counters::{Counter, Series},
        store::Delta,
    },
    db::{Db, Tx},
    error::{Error, Result},
    learning::event::Event,
};

/// SQLite takes this many values in a statement.
const VALUES: usize = 32_000;
/// Rows sent at a time.
const ROWS: usize = 20_000;

/// Whether the database holds a person.
///
/// # Errors
/// When it does not answer.
pub async fn holds_anybody(db: &impl ConnectionTrait) -> Result<bool> {
    Ok(person::Entity::find().count(db).await? > 0)
}

/// The row of an event.
pub fn event_row(event: Event, bucket: i32) -> learning_event::Model {
    learning_event::Model {
        event_id: event.id,
        bucket,
        person_id: event.person,
        actor_account_id: event.actor,
        device: event.device,
        kind: event.happened.kind().to_owned(),
        lesson_id: event.happened.lesson(),
        module_id: event.happened.module(),
        release_id: event.release,
        child_id: event.child,
        target_event_id: event.happened.voids(),
        payload: serde_json::to_string(&event.happened).unwrap_or_default(),
        // No client sent it: as long as one that was.
        fingerprint: format!("{:x}", Sha256::digest(event.id.0.as_bytes())),
        occurred_at: event.occurred_at,
        claimed_at: event.claimed_at,
        clock_offset_ms: event.clock_offset_ms,
        clamped: event.clamped,
        received_at: event.received_at,
    }
}

/// Whether [`put`] wants a transaction to write in.
pub fn wants_transaction(db: &Db) -> bool {
    db.backend() != DbBackend::Postgres
}

/// Writes rows of any table: on PostgreSQL by COPY, each call for itself, on connections that may take their time;
/// on SQLite within the transaction given.
///
/// # Errors
/// When the database refuses a row.
pub async fn put<E>(db: &Db, tx: Option<&Tx>, rows: &[E::Model]) -> Result<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    match tx {
        Some(tx) => insert::<E>(tx, rows).await,
        None => copy::<E>(db, rows).await,
    }
}

fn columns<E: EntityTrait>() -> (usize, String) {
    let names: Vec<_> = E::Column::iter().map(|column| column.as_str()).collect();
    (names.len(), names.join(", "))
}

fn values<E>(row: &E::Model) -> impl Iterator<Item = Value>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E>,
{
    let row = row.clone().into_active_model();
    E::Column::iter().map(move |column| match row.get(column) {
        ActiveValue::Set(value) | ActiveValue::Unchanged(value) => value,
        // A model has every column.
        ActiveValue::NotSet => Value::Bool(None),
    })
}

async fn insert<E>(tx: &Tx, rows: &[E::Model]) -> Result<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E>,
{
    let (width, columns) = columns::<E>();
    // Raw, because building some hundred thousand rows through a query builder takes longer than inserting them.
    let row = format!("({})", vec!["?"; width].join(","));
    for rows in rows.chunks(VALUES / width) {
        let places = vec![row.as_str(); rows.len()].join(",");
        let sql = format!(
            "INSERT INTO {} ({columns}) VALUES {places}",
            E::default().table_name()
        );
        let values: Vec<Value> = rows.iter().flat_map(values::<E>).collect();
        tx.execute_raw(Statement::from_sql_and_values(
            DbBackend::Sqlite,
            sql,
            values,
        ))
        .await?;
    }
    Ok(())
}

async fn copy<E>(db: &Db, rows: &[E::Model]) -> Result<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E>,
{
    if rows.is_empty() {
        return Ok(());
    }
    let (_, columns) = columns::<E>();
    // Raw: COPY is several times as fast as any INSERT, and only PostgreSQL has it.
    let sql = format!("COPY {} ({columns}) FROM STDIN", E::default().table_name());
    let mut connection = patient(db).await?;
    let mut into = connection
        .copy_in_raw(&sql)
        .await
        .map_err(Error::internal)?;
    for rows in rows.chunks(ROWS) {
        let mut text = String::with_capacity(rows.len() * 256);
        for row in rows {
            let mut between = "";
            for value in values::<E>(row) {
                text.push_str(between);
                write_value(&mut text, &value)?;
                between = "\t";
            }
            text.push('\n');
        }
        into.send(text.into_bytes())
            .await
            .map_err(Error::internal)?;
    }
    into.finish().await.map_err(Error::internal)?;
    Ok(())
}

/// A connection without the deadlines that answers have.
async fn patient(db: &Db) -> Result<sqlx::pool::PoolConnection<sqlx::Postgres>> {
    let pool = db.write().get_postgres_connection_pool();
    let mut connection = pool.acquire().await.map_err(Error::internal)?;
    sqlx::query("SET statement_timeout = 0")
        .execute(&mut *connection)
        .await
        .map_err(Error::internal)?;
    Ok(connection)
}

/// A value as COPY's text format has it.
fn write_value(text: &mut String, value: &Value) -> Result<()> {
    let written = match value {
        Value::Uuid(Some(id)) => write!(text, "{id}"),
        Value::Int(Some(number)) => write!(text, "{number}"),
        Value::BigInt(Some(number)) => write!(text, "{number}"),
        Value::Bool(Some(yes)) => write!(text, "{yes}"),
        Value::ChronoDate(Some(day)) => write!(text, "{day}"),
        Value::ChronoDateTimeUtc(Some(at)) => {
            write!(text, "{}", at.format("%Y-%m-%dT%H:%M:%S%.6fZ"))
        }
        Value::Bytes(Some(bytes)) => {
            text.push_str("\\\\x");
            bytes.iter().try_for_each(|byte| write!(text, "{byte:02x}"))
        }
        Value::String(Some(said)) => {
            for letter in said.chars() {
                match letter {
                    '\\' => text.push_str("\\\\"),
                    '\n' => text.push_str("\\n"),
                    '\r' => text.push_str("\\r"),
                    '\t' => text.push_str("\\t"),
                    other => text.push(other),
                }
            }
            Ok(())
        }
        other if *other == other.as_null() => {
            text.push_str("\\N");
            Ok(())
        }
        other => {
            return Err(Error::internal(format!(
                "COPY was not taught to write {other:?}"
            )));
        }
    };
    written.map_err(Error::internal)
}

/// The rows of counters: months and days.
pub fn counter_rows(
    counters: Vec<(Series, Counter)>,
) -> (Vec<coverage_month::Model>, Vec<coverage_day::Model>) {
    let (mut months, mut days) = (Vec::new(), Vec::new());
    for (series, counter) in counters {
        let Series {
            place: place_id,
            indicator: indicator_id,
            measure,
        } = series;
        let measure = measure.word();
        months.extend(
            counter
                .months
                .into_iter()
                .map(|(month, total)| coverage_month::Model {
                    place_id,
                    indicator_id,
                    measure: measure.to_owned(),
                    month,
                    total,
                }),
        );
        days.extend(
            counter
                .days
                .into_iter()
                .map(|(on_day, total)| coverage_day::Model {
                    place_id,
                    indicator_id,
                    measure: measure.to_owned(),
                    on_day,
                    total,
                }),
        );
    }
    (months, days)
}

/// The rows of what waits in the ledger for its day.
pub fn delta_rows(deltas: &[Delta], id: impl Fn() -> uuid::Uuid) -> Vec<coverage_delta::Model> {
    let row = |delta: &Delta| coverage_delta::Model {
        delta_id: id(),
        atom_id: delta.atom,
        indicator_id: delta.indicator,
        measure: delta.measure.word().to_owned(),
        on_day: delta.on,
        delta: delta.delta,
    };
    deltas.iter().map(row).collect()
}

/// Tells the database's planner how large its tables have become.
///
/// # Errors
/// When it does not answer.
pub async fn analyze(db: &Db) -> Result<()> {
    match db.backend() {
        DbBackend::Postgres => {
            let mut connection = patient(db).await?;
            sqlx::query("VACUUM (ANALYZE)")
                .execute(&mut *connection)
                .await
                .map_err(Error::internal)?;
        }
        _ => {
            db.write()
                .execute_unprepared("PRAGMA optimize = 0x10002")
                .await?;
        }
    }
    Ok(())
}
