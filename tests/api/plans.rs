//! How SQLite answers the statements of the tests: what grows with people is found by an index, never read from one end
//! to the other.
//!
//! Every statement that any test on SQLite sent is explained at the test's end. PostgreSQL decides by statistics, which a
//! test's few people do not give; a table that SQLite can only read whole has no index for PostgreSQL either.

use std::{collections::BTreeSet, sync::Mutex};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use crate::{app::on_both, databases::Engine};

/// Tables with a row or more for each person, child, device or event.
const GROWING: [&str; 34] = [
    "account",
    "account_login",
    "assignment_excuse",
    "audit_log",
    "caregiving",
    "certificate",
    "child",
    "child_disability",
    "child_tier_reached",
    "claim_code",
    "consent",
    "coverage_child_interval",
    "coverage_interval",
    "delivery",
    "device",
    "email_contact",
    "erased_mark",
    "follow_up",
    "group_member",
    "home_visit",
    "learner",
    "learning_event",
    "notice",
    "notice_preference",
    "person",
    "person_audience",
    "person_particulars",
    "push_token",
    "quarantined_event",
    "reminder_day",
    "residence",
    "session",
    "session_tick",
    "tier_reached",
];

/// What reads everybody on purpose: a part of its text, and why.
const WHOLE: [(&str, &str); 10] = [
    (
        "SELECT r.atom_id, COUNT(*) AS active",
        "devices in use by home: an answer that is kept for ten minutes",
    ),
    (
        "-COUNT(*) AS delta FROM coverage_interval",
        "`vun check` counts everything once more",
    ),
    (
        "SELECT DISTINCT i.child_id FROM coverage_child_interval",
        "`vun check`",
    ),
    (
        "DELETE FROM \"session\"",
        "sign-ins that have expired, once an hour",
    ),
    (
        "DELETE FROM reminder_day",
        "what is older than a day, once an hour: no more than is sent in two",
    ),
    ("CAST(COUNT(*) AS bigint) AS n FROM", "tests count"),
    (
        "subjects LIKE",
        "erasing, and telling somebody what is held: a row tells of many people",
    ),
    (
        "FROM quarantined_event WHERE",
        "erasing, and telling what is held: what was sent may name anybody",
    ),
    (
        "WHERE \"group_member\".\"left_on\" IS NULL",
        "a test looks at every group",
    ),
    ("UPDATE account SET password_hash", "a test"),
];

/// The statements of a test.
#[derive(Default)]
pub struct Plans(Mutex<BTreeSet<String>>);

impl Plans {
    /// Remembers a statement.
    pub fn note(&self, statement: &Statement) {
        let mut seen = self.0.lock().expect("no test panicked while noting");
        if !seen.contains(&statement.sql) {
            seen.insert(statement.sql.clone());
        }
    }

    /// What is read whole by the statements seen so far, which are forgotten.
    pub async fn faults(&self, db: &DatabaseConnection) -> Vec<String> {
        let seen = std::mem::take(&mut *self.0.lock().expect("nobody else"));
        let mut faults = Vec::new();
        for sql in seen {
            if !asks_for_some(&sql) || WHOLE.iter().any(|(part, _why)| sql.contains(part)) {
                continue;
            }
            let explain = Statement::from_string(
                db.get_database_backend(),
                format!("EXPLAIN QUERY PLAN {sql}"),
            );
            // Statements without a plan: pragmas, and those about tables a test has removed.
            let Ok(plan) = db.query_all_raw(explain).await else {
                continue;
            };
            let steps = plan.iter().map(|row| row.try_get::<String>("", "detail"));
            for step in steps {
                let step = step.expect("a step");
                if let Some(table) = read_whole(&sql, &step) {
                    faults.push(format!("{table} is read whole ({step}) by\n{sql}"));
                }
            }
        }
        faults
    }
}

/// Whether a statement can be answered better than by reading everything: one without a condition asks for everything,
/// and when rows are only added, or a table goes, the plan names what nobody reads.
fn asks_for_some(sql: &str) -> bool {
    let adds = sql.starts_with("INSERT") && !sql.contains("SELECT");
    !adds && !sql.starts_with("DROP") && (sql.contains("WHERE") || sql.contains(" JOIN "))
}

/// The growing table that a step of a plan reads from one end to the other.
fn read_whole(sql: &str, step: &str) -> Option<&'static str> {
    let mut words = step.split_whitespace();
    let how = words.next()?;
    let name = words.next()?;
    // An index in the wanted order, of which a page is taken, is no reading of everything.
    let is_page = step.contains("USING") && sql.contains("LIMIT");
    let is_whole = how == "SCAN" && !is_page || step.contains("AUTOMATIC");
    if !is_whole {
        return None;
    }
    let table = |word: &str| GROWING.into_iter().find(|table| *table == word);
    let words: Vec<&str> = sql
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case("as"))
        .collect();
    let named = words.windows(2).find_map(|pair| match pair {
        [of, alias] if *alias == name => table(of),
        _ => None,
    });
    table(name).or(named)
}

#[tokio::test]
async fn a_table_that_is_read_whole_is_noticed() {
    on_both(async |app| {
        if app.engine != Engine::Sqlite {
            return;
        }
        let plans = Plans::default();
        let note = |sql: &str| plans.note(&Statement::from_string(DbBackend::Sqlite, sql));
        // By an index, by its order, and all of it because all is asked for.
        note("SELECT e.* FROM learning_event e WHERE e.person_id = $1");
        note("SELECT * FROM learner WHERE person_id > $1 ORDER BY person_id LIMIT 10");
        note("SELECT person_id FROM person");
        assert_eq!(plans.faults(app.db.read()).await, [] as [String; 0]);
        let whole = [
            "SELECT e.* FROM learning_event e WHERE e.payload = $1",
            "SELECT p.full_name FROM person AS p WHERE upper(p.full_name) = $1",
            "DELETE FROM consent WHERE language = $1",
        ];
        whole.into_iter().for_each(note);
        let found = plans.faults(app.db.read()).await;
        assert_eq!(found.len(), whole.len(), "{found:?}");
    })
    .await;
}
