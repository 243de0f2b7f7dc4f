//! One server at a time changes the tables: the others wait their turn and then find nothing left to do.
//!
//! Invariant: all the steps of one turn are one transaction, so a server that dies half-way leaves nothing
//! behind, and the lease ends with it. Nothing outlives the transaction on its connection (no session lock), so
//! this also holds behind a pooler that lends a connection for one transaction only.

use std::time::Duration;

use sea_orm_migration::{
    MigratorTrait,
    sea_orm::{
        ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, RuntimeErr,
        SqliteTransactionMode, TransactionOptions, TransactionTrait,
    },
};

/// How often a turn is asked for, and the pause in between. SQLite waits for its writer up to the connection's
/// busy timeout at each try; PostgreSQL waits for the lease itself and is asked again only when two servers
/// created the lease's table at the same moment.
const TRIES: u32 = 12;
const PAUSE: Duration = Duration::from_millis(50);

/// Takes the steps that were not taken yet, or only the first `steps` of them.
///
/// # Errors
/// When a step fails, and then none of this turn was taken; when another server held the lease for a minute.
pub async fn up<M: MigratorTrait>(
    db: &DatabaseConnection,
    steps: Option<u32>,
) -> Result<(), DbErr> {
    let turn = take_turn(db).await?;
    M::up(&turn, steps).await?;
    turn.commit().await
}

/// Takes back every step that was taken, or only the last `steps` of them.
///
/// # Errors
/// As [`up`].
pub async fn down<M: MigratorTrait>(
    db: &DatabaseConnection,
    steps: Option<u32>,
) -> Result<(), DbErr> {
    let turn = take_turn(db).await?;
    M::down(&turn, steps).await?;
    turn.commit().await
}

async fn take_turn(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let mut tried = 0;
    loop {
        tried += 1;
        match try_turn(db).await {
            Err(error) if tried < TRIES && somebody_was_first(&error) => {
                tokio::time::sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

async fn try_turn(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let turn = db.begin_with_options(options).await?;
    let postgres = turn.get_database_backend() == DbBackend::Postgres;
    if postgres {
        // A step over many rows may take longer than any request; waiting for the lease may too.
        turn.execute_unprepared("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'")
            .await?;
    }
    turn.execute_unprepared(
        "CREATE TABLE IF NOT EXISTS migration_lease \
         (migration_lease_id integer NOT NULL, CONSTRAINT pk_migration_lease PRIMARY KEY (migration_lease_id))",
    )
    .await?;
    turn.execute_unprepared(
        "INSERT INTO migration_lease (migration_lease_id) VALUES (1) ON CONFLICT DO NOTHING",
    )
    .await?;
    if postgres {
        // The row is the lease. A step itself queues behind a long query only briefly: every later request on
        // that table would queue behind the step.
        turn.execute_unprepared(
            "SELECT migration_lease_id FROM migration_lease FOR UPDATE; SET LOCAL lock_timeout = '10s'",
        )
        .await?;
    }
    Ok(turn)
}

/// Whether the turn was lost to another server and can be asked for again.
fn somebody_was_first(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))
    | DbErr::Conn(RuntimeErr::SqlxError(cause))) = error
    else {
        return false;
    };
    cause
        .as_database_error()
        .and_then(|error| error.code())
        // PostgreSQL: two CREATE TABLE at once (unique violation in its catalogue, duplicate table), deadlock;
        // SQLite: busy, locked, busy snapshot.
        .is_some_and(|code| {
            matches!(
                &*code,
                "23505" | "42P07" | "40P01" | "40001" | "5" | "6" | "517"
            )
        })
}
