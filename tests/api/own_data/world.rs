//! Somebody marked in every place where people leave traces, and a search for her marks in the whole database.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use entity::{
    caregiving,
    ids::{ChildId, PersonId},
};
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::TestApp,
    authorization::operation,
    coverage::{everything, upload, with_child},
    databases::Engine,
    given::{Actor, PASSWORD},
    requests::Answer,
    tables::columns,
};

pub const NAME: &str = "Khuất Thị Dấu Vết";
pub const NICKNAME: &str = "Bé Dấu Chân";
const PHONE: &str = "0912345678";
const DEVICE: &str = "may-dau-vet";

/// She, those around her, and what is hers alone.
pub struct Marked {
    pub she: Actor,
    pub trainer: Actor,
    pub group: Value,
    /// A caregiver who shares a child with her.
    pub co_guardian: Actor,
    pub shared_child: ChildId,
    /// Events that were taken in.
    pub events: Vec<Value>,
    /// What must be found nowhere: words of hers, and ids.
    pub words: Vec<String>,
    pub ids: Vec<Uuid>,
}

/// Sends an operation; nothing to mend is expected.
pub async fn change(app: &TestApp, who: Option<&Actor>, name: &str, input: Value) -> Value {
    let token = who.map(|who| who.token.as_str());
    let answer = app
        .graphql(token, &operation(name), json!({ "input": input }))
        .await;
    let errors = answer.user_errors(name);
    assert!(errors.is_empty(), "{name}: {errors:?}");
    answer.data(name).clone()
}

pub async fn erase(app: &TestApp, who: &Actor, password: &str) -> Answer {
    let input = json!({ "input": { "password": password } });
    who.graphql(app, &operation("eraseMyAccount"), input).await
}

impl Marked {
    /// Recorded by a trainer with her phone, claimed, with children of her own and one shared, everything learned; she
    /// leads a group herself, and was looked at.
    pub async fn new(app: &TestApp) -> Self {
        let ward = app.ward();
        let trainer = app.trainer(ward).await;
        let input = json!({ "name": "Nhóm mẫu", "areaId": ward.0 });
        let made = change(app, Some(&trainer), "createGroup", input).await;
        let group = made["group"]["id"].clone();
        let (person, first_child) = (Uuid::now_v7(), Uuid::now_v7());
        let input = json!({
            "id": person, "fullName": NAME, "birthYear": 1991, "phone": PHONE, "areaId": ward.0,
            "audiences": ["CAREGIVER", "STAFF"], "groupId": group,
            "children": [{ "id": first_child, "bornMonth": "2024-05", "nickname": NICKNAME }],
            "consents": ["LEARNING_RECORD", "CHILD_PROFILE", "DISABILITY_DATA", "STATISTICS"],
        });
        change(app, Some(&trainer), "registerPerson", input).await;
        // A second record of her, merged into the first.
        let duplicate = Uuid::now_v7();
        let input = json!({
            "id": duplicate, "fullName": NAME, "areaId": ward.0, "audiences": ["CAREGIVER"],
            "consents": ["LEARNING_RECORD"], "groupId": group,
        });
        change(app, Some(&trainer), "registerPerson", input).await;
        let administrator = app.administrator(app.province()).await;
        let input = json!({ "canonicalId": person, "duplicateId": duplicate });
        change(app, Some(&administrator), "mergePersons", input).await;
        let code = change(
            app,
            Some(&trainer),
            "createClaimCode",
            json!({ "personId": person }),
        )
        .await;
        let login = format!("dau.vet.{}", &person.simple().to_string()[20..]);
        let input = json!({
            "code": code["code"], "login": login, "password": PASSWORD, "device": DEVICE,
        });
        let claimed = change(app, None, "claimPerson", input).await;
        let token = claimed["session"]["accessToken"].as_str().expect("a token");
        let viewer = app.app.auth.viewer(Some(token)).await.expect("good");
        let viewer = viewer.expect("somebody");
        let she = Actor {
            login: login.clone(),
            token: token.to_owned(),
            refresh_token: String::new(),
            account: viewer.account(),
            person: viewer.person(),
        };
        assert_eq!(she.person, PersonId(person));
        let (co_guardian, shared_child) = Self::share(app, &she).await;
        let second_child = Uuid::now_v7();
        let input = json!({
            "id": second_child, "nickname": NICKNAME, "bornMonth": "2025-06",
            "disabilities": [{ "type": "INTELLECTUAL", "degree": "SEVERE", "basis": "CERTIFICATE" }],
        });
        change(app, Some(&she), "saveChild", input).await;
        let events = everything(app, &she).await;
        let receipts = upload(app, &she, &events).await;
        assert!(
            receipts
                .iter()
                .all(|receipt| receipt["outcome"] == "ACCEPTED")
        );
        let programmes = app
            .graphql(None, "{ programmes { id code } }", json!({}))
            .await;
        let programmes = programmes
            .data("programmes")
            .as_array()
            .expect("programmes")
            .clone();
        let programme = programmes.iter().find(|known| known["code"] == "VN1438");
        let input = json!({ "programmeId": programme.expect("the programme")["id"] });
        change(app, Some(&she), "issueCertificate", input).await;
        // One that waits to be mended, from a phone with a name.
        let input = json!({ "deviceId": DEVICE, "deviceLabel": NAME, "events": [
            { "id": Uuid::now_v7(), "kind": "COMPLETED", "lessonId": Uuid::now_v7(), "occurredAt": app.clock.now().to_rfc3339() },
        ] });
        change(app, Some(&she), "uploadLearningEvents", input).await;
        let ids = [person, duplicate, she.account.0, first_child, second_child];
        let event = |event: &Value| event["id"].as_str().and_then(|id| id.parse().ok());
        let ids = ids.into_iter().chain(events.iter().filter_map(event));
        let marked = Self {
            words: [
                NAME,
                "khuat thi dau vet",
                NICKNAME,
                "912345678",
                &login,
                DEVICE,
            ]
            .map(str::to_owned)
            .to_vec(),
            ids: ids.collect(),
            she,
            trainer,
            group,
            co_guardian,
            shared_child,
            events,
        };
        marked.be_looked_after(app).await;
        marked.lead(app).await;
        marked
    }

    /// Another caregiver's child whom she cares for as well.
    async fn share(app: &TestApp, she: &Actor) -> (Actor, ChildId) {
        let other = with_child(app).await;
        let rows = caregiving::Entity::find().all(app.db.write()).await;
        let rows = rows.expect("rows");
        let own = rows.iter().find(|row| row.person_id == other.person);
        let care = caregiving::Model {
            person_id: she.person,
            ..own.expect("a child").clone()
        };
        let child = care.child_id;
        let row = caregiving::Entity::insert(care.into_active_model());
        row.exec_without_returning(app.db.write())
            .await
            .expect("written");
        (other, child)
    }

    /// Attendance, a follow-up and a visit by her trainer.
    async fn be_looked_after(&self, app: &TestApp) {
        let lesson = app
            .app
            .content
            .catalogue()
            .lesson_by_code("HC1.1")
            .expect("a lesson")
            .id
            .0;
        let person = self.she.person.0;
        let input = json!({
            "id": Uuid::now_v7(), "groupId": self.group, "heldAt": app.clock.now(), "lessonIds": [lesson],
            "people": [{ "personId": person, "observedLessonIds": [lesson] }],
        });
        change(app, Some(&self.trainer), "recordSession", input).await;
        let input = json!({
            "groupId": self.group, "personId": person, "outcome": "REACHED", "note": format!("Gọi cho {NAME}"),
        });
        change(app, Some(&self.trainer), "logFollowUp", input).await;
        let input = json!({ "personId": person, "purpose": format!("Thăm {NICKNAME}") });
        change(app, Some(&self.trainer), "recordHomeVisit", input).await;
    }

    /// She leads a group as a trainer, with the other trainer beside her, and records for a neighbour.
    async fn lead(&self, app: &TestApp) {
        let administrator = app.administrator(app.province()).await;
        let input = json!({ "login": self.she.login, "kind": "TRAINER", "areaId": app.ward().0 });
        change(app, Some(&administrator), "grantStanding", input).await;
        let input = json!({ "name": "Nhóm của chị", "areaId": app.ward().0 });
        let made = change(app, Some(&self.she), "createGroup", input).await;
        let group = made["group"]["id"].clone();
        let input = json!({ "groupId": group, "login": self.trainer.login });
        change(app, Some(&self.she), "addCoTrainer", input).await;
        let input = json!({ "groupId": group, "personIds": [self.co_guardian.person.0] });
        change(app, Some(&self.she), "addMembers", input).await;
        let lesson = app
            .app
            .content
            .catalogue()
            .lesson_by_code("HC1.2")
            .expect("a lesson")
            .id
            .0;
        let input = json!({
            "id": Uuid::now_v7(), "groupId": group, "heldAt": app.clock.now(), "lessonIds": [lesson],
            "people": [{ "personId": self.co_guardian.person.0 }],
        });
        change(app, Some(&self.she), "recordSession", input).await;
        let input = json!({ "deviceId": DEVICE, "events": [{
            "id": Uuid::now_v7(), "personId": self.co_guardian.person.0, "kind": "OPENED", "lessonId": lesson,
            "occurredAt": (app.clock.now() - Duration::hours(1)).to_rfc3339(),
        }] });
        change(app, Some(&self.she), "uploadLearningEvents", input).await;
    }

    /// The tables in which anything of hers is found, each with what.
    pub async fn traces(&self, app: &TestApp) -> BTreeMap<String, BTreeSet<String>> {
        app.app.auth.audit().flush().await.expect("written");
        let mut needles: Vec<String> = self.words.clone();
        for id in &self.ids {
            needles.extend([id.to_string(), id.simple().to_string()]);
        }
        let mut traces: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (table, rows) in every_row(app).await {
            for row in rows {
                let row = row.to_lowercase();
                let found = needles
                    .iter()
                    .filter(|needle| row.contains(&needle.to_lowercase()));
                for needle in found {
                    traces
                        .entry(table.clone())
                        .or_default()
                        .insert(needle.clone());
                }
            }
        }
        traces
    }
}

/// Every row of every table, as text.
async fn every_row(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in columns(&app.db).await {
        let (table, column) = path.split_once('.').expect("table.column");
        tables
            .entry(table.to_owned())
            .or_default()
            .push(column.to_owned());
    }
    let mut found = BTreeMap::new();
    for (table, columns) in tables {
        let shown: Vec<_> = columns
            .iter()
            .map(|column| match app.engine {
                Engine::Postgres => format!("COALESCE(CAST(\"{column}\" AS text), '')"),
                Engine::Sqlite => format!(
                    "COALESCE(CASE typeof(\"{column}\") WHEN 'blob' THEN hex(\"{column}\") \
                     ELSE CAST(\"{column}\" AS text) END, '')"
                ),
            })
            .collect();
        let sql = format!(
            "SELECT {} AS line FROM \"{table}\"",
            shown.join(" || ' ' || ")
        );
        let statement = Statement::from_string(app.db.backend(), sql);
        let rows = app.db.write().query_all_raw(statement).await.expect("rows");
        let rows = rows
            .iter()
            .map(|row| row.try_get("", "line").expect("text"));
        found.insert(table, rows.collect());
    }
    found
}
