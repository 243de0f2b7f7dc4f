//! The database: one door for reading, one for writing, and the only place a transaction begins.
//!
//! SQLite has one writer connection, which commits in groups ([`grouping`]), and several readers on the same file;
//! PostgreSQL has a primary and, where one is set, a replica. What was just written is read from [`Db::latest`].

mod grouping;

use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc, time::Duration};

use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ConnectOptions, Database, DatabaseConnection,
    DatabaseTransaction, DbBackend, DbErr, EntityTrait, IdenStatic, IntoActiveModel, Iterable,
    PrimaryKeyToColumn, Statement, TransactionTrait, Value, sea_query::OnConflict,
};

use self::grouping::Groups;
use crate::{
    config::DatabaseSettings,
    error::{Error, Result},
};

/// What a unit of work inside a transaction returns.
pub type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// An open transaction, as [`Db::tx`] gives it to its work.
pub type Tx = DatabaseTransaction;

/// Whatever statements can be sent through: a door, or a transaction.
pub use sea_orm::ConnectionTrait;

/// Told of every statement sent to the database.
pub type Listener = Arc<dyn Fn(&Statement) + Send + Sync>;

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Doors>);

struct Doors {
    write: DatabaseConnection,
    read: DatabaseConnection,
    groups: Groups,
}

/// How often a transaction that lost a race is tried again before the person is told to come back.
const TRIES: u32 = 8;

impl Db {
    /// Opens the database named by the settings.
    ///
    /// # Errors
    /// When it cannot be reached, is not a database, or a pragma is refused.
    pub async fn connect(settings: &DatabaseSettings) -> Result<Self> {
        Self::connect_counting(settings, None).await
    }

    /// [`Db::connect`] with a listener told of every statement: for tests that count them.
    ///
    /// # Errors
    /// As [`Db::connect`].
    pub async fn connect_counting(
        settings: &DatabaseSettings,
        listener: Option<Listener>,
    ) -> Result<Self> {
        let url = secrecy::ExposeSecret::expose_secret(&settings.url).to_owned();
        let (mut write, mut read) = if url.starts_with("sqlite:") {
            let write = Database::connect(sqlite(&url, 1, false)).await?;
            let read = Database::connect(sqlite(&url, settings.read_connections, true)).await?;
            (write, read)
        } else {
            let write = Database::connect(postgres(&url, settings)).await?;
            let replica = settings
                .replica_url
                .as_ref()
                .map(secrecy::ExposeSecret::expose_secret);
            let read = match replica {
                Some(replica) => Database::connect(postgres(replica, settings)).await?,
                None => write.clone(),
            };
            (write, read)
        };
        if let Some(listener) = listener {
            let other = Arc::clone(&listener);
            write.set_metric_callback(move |info| listener(info.statement));
            read.set_metric_callback(move |info| other(info.statement));
        }
        let groups = Groups::default();
        Ok(Self(Arc::new(Doors {
            write,
            read,
            groups,
        })))
    }

    /// For reads that may be a moment old.
    pub fn read(&self) -> &DatabaseConnection {
        &self.0.read
    }

    /// For reads that must see whatever was committed before they began. On SQLite they do not wait for the writer: every
    /// connection sees the same file, and those that only read stand in nobody's way.
    pub fn latest(&self) -> &DatabaseConnection {
        match self.backend() {
            DbBackend::Sqlite => &self.0.read,
            _ => &self.0.write,
        }
    }

    /// For single statements that write.
    pub fn write(&self) -> &DatabaseConnection {
        &self.0.write
    }

    /// Which engine answers.
    pub fn backend(&self) -> DbBackend {
        self.0.write.get_database_backend()
    }

    /// Whether transactions follow each other, so that one that does more costs less than several.
    pub fn commits_one_at_a_time(&self) -> bool {
        self.backend() == DbBackend::Sqlite
    }

    /// Runs `work` in one transaction: all of it happens or none. Losing a race (serialization, deadlock,
    /// busy) runs it again from the start, so `work` must not act outside the database.
    ///
    /// # Errors
    /// What `work` returns, after rolling back; [`Error::Unavailable`] when every try lost.
    pub async fn tx<T, F>(&self, work: F) -> Result<T>
    where
        T: Send,
        F: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, T> + Send + Sync,
    {
        let mut tried = 0;
        loop {
            tried += 1;
            let error = match self.try_tx(&work).await {
                Ok(Some(value)) => return Ok(value),
                Ok(None) => Error::Unavailable(DbErr::Custom("not committed".to_owned())),
                Err(error) if lost_race(&error) => error,
                Err(error) => return Err(error),
            };
            if tried == TRIES {
                return Err(error);
            }
            let wait = u64::from(tried * tried) + u64::from(rand::random::<u8>() % 8);
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }

    /// Nothing, when others were in the way and the work can simply run again.
    async fn try_tx<T, F>(&self, work: &F) -> Result<Option<T>>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, T>,
    {
        if self.backend() == DbBackend::Sqlite {
            return self.0.groups.run(&self.0.write, work).await;
        }
        let transaction = self.0.write.begin().await?;
        match work(&transaction).await {
            Ok(value) => {
                transaction.commit().await?;
                Ok(Some(value))
            }
            Err(error) => {
                if let Err(cause) = transaction.rollback().await {
                    tracing::warn!(%cause, "rollback failed; the connection is dropped");
                }
                Err(error)
            }
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<()> {
        self.0.write.ping().await?;
        Ok(self.0.read.ping().await?)
    }

    /// Closes every connection after the statements in flight.
    ///
    /// # Errors
    /// When the driver cannot close.
    pub async fn close(&self) -> Result<()> {
        self.0.read.close_by_ref().await?;
        Ok(self.0.write.close_by_ref().await?)
    }
}

fn sqlite(url: &str, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(3))
        .sqlx_logging(false)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options
                .create_if_missing(!read_only)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(5))
                .pragma("journal_mode", "WAL")
                // An acknowledged event survives a power cut.
                .pragma("synchronous", "FULL")
                // Caches and maps count against the server's memory: two megabytes a connection.
                .pragma("cache_size", "-2000")
                .pragma("mmap_size", "0")
                .pragma("temp_store", "MEMORY");
            if read_only {
                options.pragma("query_only", "ON")
            } else {
                options
            }
        });
    options
}

fn postgres(url: &str, settings: &DatabaseSettings) -> ConnectOptions {
    let statement_timeout = format!("{}s", settings.statement_seconds);
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(settings.connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(3))
        .sqlx_logging(false)
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .map_sqlx_postgres_opts(move |options| {
            options.application_name("vun").options([
                ("statement_timeout", statement_timeout.as_str()),
                ("lock_timeout", "2s"),
                ("timezone", "UTC"),
            ])
        });
    options
}

/// Whether an error means that another transaction was first and the same work can simply run again.
fn lost_race(error: &Error) -> bool {
    let Error::Internal(cause) = error else {
        return false;
    };
    let Some(DbErr::Exec(cause) | DbErr::Query(cause)) = cause.downcast_ref::<DbErr>() else {
        return false;
    };
    let sea_orm::RuntimeErr::SqlxError(cause) = cause else {
        return false;
    };
    cause
        .as_database_error()
        .and_then(|error| error.code().map(|code| code.into_owned()))
        // PostgreSQL: serialization failure, deadlock, a lock not had in time; SQLite: busy, locked, busy snapshot.
        .is_some_and(|code| {
            matches!(
                code.as_str(),
                "40001" | "40P01" | "55P03" | "5" | "6" | "517"
            )
        })
}

/// `column IN (a list)` whose text does not change with the length of the list, so that it is prepared once.
/// `$n` is the statement's parameter that [`uuid_list`] fills.
pub fn in_uuid_list(backend: DbBackend, column: &str, parameter: usize) -> String {
    match backend {
        DbBackend::Postgres => format!("{column} = ANY(${parameter})"),
        _ => format!("{column} IN (SELECT unhex(value) FROM json_each(${parameter}))"),
    }
}

/// The parameter of [`in_uuid_list`].
pub fn uuid_list(backend: DbBackend, ids: impl IntoIterator<Item = uuid::Uuid>) -> Value {
    match backend {
        DbBackend::Postgres => ids.into_iter().collect::<Vec<_>>().into(),
        _ => {
            let hex: Vec<String> = ids.into_iter().map(|id| id.simple().to_string()).collect();
            serde_json::Value::from(hex).to_string().into()
        }
    }
}

/// How many rows of a table name each of the ids in a column; ids that none names are left out. `condition` is text of
/// ours over the values, which count from `$2`.
///
/// # Errors
/// When the database does not answer.
pub async fn count_naming(
    db: &impl ConnectionTrait,
    (table, column, condition): (&'static str, &'static str, &'static str),
    ids: impl IntoIterator<Item = uuid::Uuid>,
    values: impl IntoIterator<Item = Value>,
) -> Result<HashMap<uuid::Uuid, u64>> {
    // Raw: one text whatever the number of ids, and grouped on the server; tested on both engines.
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT {column} AS id, COUNT(*) AS n FROM {table} WHERE {} AND {condition} GROUP BY {column}",
        in_uuid_list(backend, column, 1)
    );
    let values = std::iter::once(uuid_list(backend, ids)).chain(values);
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let mut counts = HashMap::new();
    for row in db.query_all_raw(statement).await? {
        let count: i64 = row.try_get("", "n")?;
        let count = u64::try_from(count).map_err(Error::internal)?;
        counts.insert(row.try_get("", "id")?, count);
    }
    Ok(counts)
}

/// Writes whole rows of reference data: new ones are inserted, those whose key exists are overwritten.
///
/// # Errors
/// When a constraint is broken or the database does not answer.
pub async fn put_rows<E>(db: &impl ConnectionTrait, rows: Vec<E::Model>) -> Result<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let keys: Vec<E::Column> = E::PrimaryKey::iter()
        .map(PrimaryKeyToColumn::into_column)
        .collect();
    let is_key = |column: &E::Column| keys.iter().any(|key| key.as_str() == column.as_str());
    let rest: Vec<E::Column> = E::Column::iter().filter(|column| !is_key(column)).collect();
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        // SQLite takes 32 thousand parameters in a statement; no table has 60 columns.
        let chunk = rows.by_ref().take(500);
        let mut insert = E::insert_many(chunk.map(IntoActiveModel::into_active_model));
        if !rest.is_empty() {
            let mut conflict = OnConflict::columns(keys.iter().copied());
            conflict.update_columns(rest.iter().copied());
            insert = insert.on_conflict(conflict);
        }
        insert.exec_without_returning(db).await?;
    }
    Ok(())
}

/// Removes rows of reference data by their keys.
///
/// # Errors
/// When something still points at one of them, or the database does not answer.
pub async fn remove_rows<E>(db: &impl ConnectionTrait, rows: Vec<E::Model>) -> Result<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + ActiveModelBehavior + Send,
{
    for row in rows {
        row.into_active_model().delete(db).await?;
    }
    Ok(())
}
