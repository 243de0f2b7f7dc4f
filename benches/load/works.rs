//! The works as requests, and what they are asked about.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult, Statement, Value};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::{Trouble, client::Request};

/// A work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Work {
    /// A parent opens modules with twenty lessons in all, each with her own state.
    W1,
    /// A lesson is completed: a new event each time.
    W2,
    /// The country's coverage with its provinces.
    W3,
    /// A trainer's roster: 50 learners and 20 lessons.
    W4,
    /// A province's coverage with its communes.
    Province,
    /// A phone comes back with [`BATCH`] events.
    Sync,
}

/// Events of one upload.
pub const BATCH: usize = 100;

impl Work {
    /// The four that are measured against a limit.
    pub const ALL: [Self; 4] = [Self::W1, Self::W2, Self::W3, Self::W4];

    /// Whether there is a limit to measure it against.
    pub fn has_limit(self) -> bool {
        Self::ALL.contains(&self)
    }
}

/// Who can be asked as: a line of the file that `vun generate --tokens` writes.
#[derive(Clone, Debug, Deserialize)]
pub struct Caller {
    /// `caregiver`, `trainer` or `supervisor`.
    pub standing: String,
    /// Access token.
    pub token: String,
    /// Who it is.
    pub person: Uuid,
    /// The trainer's group.
    pub group: Option<Uuid>,
}

/// A module with its lessons.
#[derive(Clone, Debug)]
pub struct Module {
    /// Its id.
    pub id: Uuid,
    /// Its title in Vietnamese.
    pub title: String,
    /// Its lessons: id and title.
    pub lessons: Vec<(Uuid, String)>,
}

/// What is asked about.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The modules of the first group.
    pub modules: Vec<Module>,
    /// The country, then its provinces.
    pub areas: Vec<Uuid>,
    /// The indicator D3.
    pub indicator: Uuid,
    /// Today in Viet Nam, and the first day of its month.
    pub today: NaiveDate,
    /// See [`Plan::today`].
    pub month: NaiveDate,
}

async fn rows(
    db: &DatabaseConnection,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>, Trouble> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.query_all_raw(statement).await?)
}

impl Plan {
    /// Reads it from a generated database.
    ///
    /// # Errors
    /// When the database was not generated with a group.
    pub async fn read(db: &DatabaseConnection) -> Result<Self, Trouble> {
        let found = rows(
            db,
            "SELECT m.module_id, t.title FROM module m JOIN module_text t ON t.module_id = m.module_id \
             WHERE t.language = 'vi' AND m.module_id IN (SELECT module_id FROM assignment) ORDER BY m.code",
            Vec::new(),
        );
        let mut modules = Vec::new();
        for row in found.await? {
            let (id, title): (Uuid, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let lessons = rows(
                db,
                "SELECT l.lesson_id, v.title FROM lesson l JOIN lesson_release r ON r.lesson_id = l.lesson_id \
                 JOIN lesson_variant v ON v.release_id = r.release_id \
                 WHERE l.module_id = $1 AND r.state = 'PUBLISHED' AND v.language = 'vi' AND v.modality = 'TEXT' \
                 ORDER BY l.position",
                vec![id.into()],
            );
            let lesson =
                |row: &QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
            let lessons: Result<Vec<_>, Trouble> = lessons.await?.iter().map(lesson).collect();
            modules.push(Module {
                id,
                title,
                lessons: lessons?,
            });
        }
        let areas = rows(
            db,
            "SELECT area_id FROM area WHERE level IN ('COUNTRY', 'PROVINCE') AND valid_to IS NULL ORDER BY level, area_id",
            Vec::new(),
        );
        let areas: Result<Vec<Uuid>, Trouble> = areas
            .await?
            .iter()
            .map(|row| Ok(row.try_get_by_index(0)?))
            .collect();
        let indicator = rows(
            db,
            "SELECT indicator_id FROM indicator WHERE code = 'D3'",
            Vec::new(),
        )
        .await?;
        let today = vun::clock::Clock::machine().today();
        Ok(Self {
            modules,
            areas: areas?,
            indicator: indicator
                .first()
                .ok_or("no indicator D3")?
                .try_get_by_index(0)?,
            today,
            month: today.with_day(1).unwrap_or(today),
        })
    }

    /// The lessons of a group, in order.
    pub fn roster(&self) -> impl Iterator<Item = Uuid> {
        self.modules
            .iter()
            .flat_map(|module| module.lessons.iter().map(|(id, _)| *id))
    }
}

/// Makes requests.
pub struct Asker {
    callers: Arc<[Caller]>,
    plan: Arc<Plan>,
    lessons: Vec<Uuid>,
    chance: StdRng,
}

impl Asker {
    /// One of several: each connection has its own chance. The callers of a standing stand together.
    pub fn new(callers: Arc<[Caller]>, plan: Arc<Plan>, number: u64) -> Self {
        let lessons = plan.roster().collect();
        Self {
            callers,
            plan,
            lessons,
            chance: StdRng::seed_from_u64(number),
        }
    }

    fn caller(&mut self, standing: &str) -> Option<Caller> {
        let first = self
            .callers
            .iter()
            .position(|caller| caller.standing == standing)?;
        let fitting = self
            .callers
            .iter()
            .skip(first)
            .take_while(|caller| caller.standing == standing)
            .count();
        self.callers
            .get(first + self.chance.random_range(0..fitting))
            .cloned()
    }

    fn lesson(&mut self) -> Option<Uuid> {
        self.lessons
            .get(self.chance.random_range(0..self.lessons.len().max(1)))
            .copied()
    }

    /// Something learned on a phone: opened, come further, or completed.
    fn event(&mut self) -> serde_json::Value {
        let ago = chrono::Duration::minutes(self.chance.random_range(0..600));
        let at = vun::clock::Clock::machine().now() - ago;
        let kinds = ["OPENED", "PROGRESSED", "COMPLETED"];
        let kind = kinds.choose(&mut self.chance).copied().unwrap_or("OPENED");
        json!({ "id": Uuid::now_v7(), "kind": kind, "lessonId": self.lesson(), "occurredAt": at.to_rfc3339(),
            "percent": (kind == "PROGRESSED").then_some(50) })
    }

    /// The next request of a work, to the server or to the limit.
    ///
    /// # Errors
    /// When nobody is there to ask as.
    pub fn next(&mut self, work: Work, limit: bool) -> Result<Request, Trouble> {
        let standing = match work {
            Work::W1 | Work::W2 | Work::Sync => "caregiver",
            Work::W3 | Work::Province => "supervisor",
            Work::W4 => "trainer",
        };
        let Caller {
            token,
            person,
            group,
            ..
        } = self
            .caller(standing)
            .ok_or("no such caller: see --tokens")?;
        let group = group.unwrap_or_default();
        let lesson = self.lesson().ok_or("no lessons")?;
        if limit {
            return Ok(Request::get(&match work {
                Work::W1 => format!("/w1/{person}"),
                Work::W2 => format!("/w2/{person}/{lesson}"),
                Work::W3 => "/w3".to_owned(),
                Work::W4 => format!("/w4/{group}"),
                Work::Province | Work::Sync => return Err("it has no limit".into()),
            }));
        }
        Ok(match work {
            Work::W1 => {
                let ids: Vec<_> = self.plan.modules.iter().map(|module| module.id).collect();
                let variables: serde_json::Map<_, _> = ids
                    .iter()
                    .enumerate()
                    .map(|(at, id)| (format!("m{at}"), json!(id)))
                    .collect();
                Request::graphql(&token, &modules_query(ids.len()), &variables.into())
            }
            Work::W2 => {
                let variables =
                    json!({ "input": { "eventId": Uuid::now_v7(), "lessonId": lesson } });
                Request::graphql(&token, COMPLETE, &variables)
            }
            Work::W3 => Request::graphql(
                &token,
                COVERAGE,
                &json!({ "area": self.plan.areas.first() }),
            ),
            Work::W4 => Request::graphql(&token, ROSTER, &json!({ "group": group })),
            Work::Province => {
                let provinces = self.plan.areas.get(1..).unwrap_or_default();
                let at = self.chance.random_range(0..provinces.len().max(1));
                Request::graphql(&token, COVERAGE, &json!({ "area": provinces.get(at) }))
            }
            Work::Sync => {
                let events: Vec<_> = (0..BATCH).map(|_| self.event()).collect();
                let input = json!({ "deviceId": person, "events": events });
                Request::graphql(&token, UPLOAD, &json!({ "input": input }))
            }
        })
    }
}

fn modules_query(count: usize) -> String {
    let declared: Vec<String> = (0..count).map(|at| format!("$m{at}: ID!")).collect();
    let asked: Vec<String> = (0..count)
        .map(|at| format!("m{at}: module(id: $m{at}) {{ ...Own }}"))
        .collect();
    format!(
        "query OpenModules({}) {{ {} }} fragment Own on Module {{ title lessons {{ id title progress {{ status }} }} }}",
        declared.join(", "),
        asked.join(" ")
    )
}

const COMPLETE: &str = "mutation Complete($input: CompleteLessonInput!) { completeLesson(input: $input) { \
    lessonProgress { status completedAt } moduleProgress { status completedCount applicableCount } \
    userErrors { code field message } } }";
const COVERAGE: &str = "query Coverage($area: ID!) { coverage(areaId: $area, indicator: \"D3\", tier: DEMONSTRATED, \
    denominator: REGISTERED) { ...Figures children(first: 200) { nodes { ...Figures } } } } \
    fragment Figures on Coverage { area { id name } numerator { state value } denominator { state value } rate targetMet }";
const UPLOAD: &str = "mutation Upload($input: UploadLearningEventsInput!) { uploadLearningEvents(input: $input) { \
    receipts { eventId outcome code } userErrors { code field message } } }";
const ROSTER: &str = "query Roster($group: ID!) { group(id: $group) { name lessons { id title } members(first: 50) { \
    nodes { person { fullName } lessonStates completedCount lastActivityAt } } } }";
