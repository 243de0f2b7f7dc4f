//! The limit: each work as one hand-written statement on the same tables behind a bare route, without GraphQL,
//! sign-in, checks or bookkeeping. What the statement need not fetch (titles of lessons) it holds in memory too.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
    serve::ListenerExt,
};
use sea_orm::sqlx::{self, PgPool, Row, postgres::PgPoolOptions};
use serde::Deserialize;
use uuid::Uuid;

use crate::{Trouble, works::Plan};

/// Statements as they are prepared: one for each work.
const MODULE: &str = "SELECT state FROM learner WHERE person_id = $1";
const COMPLETE: &str = "WITH e AS (INSERT INTO learning_event (event_id, bucket, person_id, actor_account_id, device, \
     kind, lesson_id, module_id, release_id, child_id, target_event_id, payload, fingerprint, occurred_at, claimed_at, \
     clock_offset_ms, clamped, received_at) \
   SELECT $1, l.bucket, l.person_id, l.person_id, NULL, 'COMPLETED', $3, NULL, NULL, NULL, NULL, $4, $5, now(), now(), \
     NULL, false, now() FROM learner l WHERE l.person_id = $2 ON CONFLICT (event_id) DO NOTHING RETURNING event_id) \
   UPDATE learner SET revision = revision + 1, last_activity_at = now(), \
     state = jsonb_set(state::jsonb, ARRAY['l', $6], $7::jsonb || coalesce(state::jsonb -> 'l' -> $6, '{}'))::text \
   WHERE person_id = $2 AND EXISTS (SELECT 1 FROM e) RETURNING state";
const COVERAGE: &str = "SELECT p.place_id, w.measure, \
     coalesce((SELECT total FROM coverage_month c WHERE c.place_id = p.place_id AND c.indicator_id = $2 \
       AND c.measure = w.measure AND c.month < $3 ORDER BY c.month DESC LIMIT 1), 0) \
   + coalesce((SELECT total FROM coverage_day d WHERE d.place_id = p.place_id AND d.indicator_id = $2 \
       AND d.measure = w.measure AND d.on_day >= $3 AND d.on_day <= $4 ORDER BY d.on_day DESC LIMIT 1), 0) AS total \
   FROM unnest($1::uuid[]) AS p (place_id) CROSS JOIN (VALUES ('POPULATION'), ('DEMONSTRATED')) AS w (measure)";
const ROSTER: &str = "SELECT p.full_name, l.state, l.last_activity_at FROM group_member m \
   JOIN person p ON p.person_id = m.person_id LEFT JOIN learner l ON l.person_id = m.person_id \
   WHERE m.group_id = $1 AND m.left_on IS NULL ORDER BY p.name_sort_key, p.person_id";

struct Limit {
    pool: PgPool,
    plan: Plan,
}

/// What of a stored state tells how far lessons are.
#[derive(Deserialize)]
struct Learned {
    #[serde(default)]
    l: BTreeMap<Uuid, Lesson>,
}

#[derive(Deserialize)]
struct Lesson {
    o: Option<i64>,
    c: Option<serde::de::IgnoredAny>,
}

/// Serves the limit until the process is ended.
///
/// # Errors
/// When the database or the address cannot be had.
pub async fn serve(url: &str, connections: u32, listen: &str, plan: Plan) -> Result<(), Trouble> {
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .test_before_acquire(false)
        .connect(url)
        .await?;
    let router = Router::new()
        .route("/w1/{person}", get(module))
        .route("/w2/{person}/{lesson}", get(complete))
        .route("/w3", get(coverage))
        .route("/w4/{group}", get(roster))
        .with_state(Arc::new(Limit { pool, plan }));
    let listener = tokio::net::TcpListener::bind(listen)
        .await?
        .tap_io(|stream| {
            let _as_it_is = stream.set_nodelay(true);
        });
    axum::serve(listener, router).await?;
    Ok(())
}

fn word(lesson: Option<&Lesson>) -> &'static str {
    match lesson {
        Some(Lesson { c: Some(_), .. }) => "COMPLETED",
        Some(Lesson { o: Some(_), .. }) => "IN_PROGRESS",
        _ => "NOT_STARTED",
    }
}

fn answer(outcome: Result<String, Trouble>) -> Response {
    let (status, body) = match outcome {
        Ok(body) => (200, body),
        Err(trouble) => (500, trouble.to_string()),
    };
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/json");
    response.body(body.into()).unwrap_or_default()
}

async fn module(State(limit): State<Arc<Limit>>, Path(person): Path<Uuid>) -> Response {
    let body = async {
        let (state,): (String,) = sqlx::query_as(MODULE)
            .bind(person)
            .fetch_one(&limit.pool)
            .await?;
        let learned: Learned = serde_json::from_str(&state)?;
        let mut body = String::from("{\"data\":[");
        for module in &limit.plan.modules {
            write!(body, "{{\"title\":{:?},\"lessons\":[", module.title)?;
            for (id, title) in &module.lessons {
                write!(
                    body,
                    "{{\"id\":\"{id}\",\"title\":{title:?},\"status\":\"{}\"}},",
                    word(learned.l.get(id))
                )?;
            }
            body.push_str("{}]},");
        }
        body.push_str("{}]}");
        Ok(body)
    };
    answer(body.await)
}

async fn complete(
    State(limit): State<Arc<Limit>>,
    Path((person, lesson)): Path<(Uuid, Uuid)>,
) -> Response {
    let body = async {
        let now = std::time::UNIX_EPOCH.elapsed()?.as_micros();
        let merged = format!("{{\"p\":100,\"o\":{now},\"c\":{{\"t\":{now}}},\"e\":1,\"a\":{now}}}");
        let (state,): (String,) = sqlx::query_as(COMPLETE)
            .bind(Uuid::now_v7())
            .bind(person)
            .bind(lesson)
            .bind(format!(
                "{{\"kind\":\"COMPLETED\",\"lesson\":\"{lesson}\",\"minutes\":null}}"
            ))
            .bind(format!("{now:064x}"))
            .bind(lesson.to_string())
            .bind(merged)
            .fetch_one(&limit.pool)
            .await?;
        let learned: Learned = serde_json::from_str(&state)?;
        let count = learned
            .l
            .values()
            .filter(|lesson| lesson.c.is_some())
            .count();
        Ok(format!(
            "{{\"data\":{{\"status\":\"COMPLETED\",\"completed\":{count}}}}}"
        ))
    };
    answer(body.await)
}

async fn coverage(State(limit): State<Arc<Limit>>) -> Response {
    let body = async {
        let rows = sqlx::query(COVERAGE)
            .bind(&limit.plan.areas)
            .bind(limit.plan.indicator)
            .bind(limit.plan.month)
            .bind(limit.plan.today)
            .fetch_all(&limit.pool)
            .await?;
        let mut body = String::from("{\"data\":[");
        for row in rows {
            let (place, measure, total): (Uuid, &str, i64) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            write!(
                body,
                "{{\"area\":\"{place}\",\"measure\":\"{measure}\",\"count\":{total}}},"
            )?;
        }
        body.push_str("{}]}");
        Ok(body)
    };
    answer(body.await)
}

async fn roster(State(limit): State<Arc<Limit>>, Path(group): Path<Uuid>) -> Response {
    let body = async {
        let rows = sqlx::query(ROSTER)
            .bind(group)
            .fetch_all(&limit.pool)
            .await?;
        let mut body = String::from("{\"data\":[");
        for row in rows {
            let (name, state): (&str, Option<&str>) = (row.try_get(0)?, row.try_get(1)?);
            let learned: Learned = serde_json::from_str(state.unwrap_or("{}"))?;
            write!(body, "{{\"fullName\":{name:?},\"lessonStates\":[")?;
            let mut completed = 0;
            for id in limit.plan.roster() {
                let word = word(learned.l.get(&id));
                completed += usize::from(word == "COMPLETED");
                write!(body, "\"{word}\",")?;
            }
            write!(body, "\"\"],\"completedCount\":{completed}}},")?;
        }
        body.push_str("{}]}");
        Ok(body)
    };
    answer(body.await)
}
