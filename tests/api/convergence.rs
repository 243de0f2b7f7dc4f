//! Random histories of learning through the API and the database: whatever phones lose, send twice, mix up and misdate, each
//! person's record is that of her events in order.
//!
//! Ten thousand histories go through the merge itself in every run of the unit tests; through both databases
//! [`HISTORIES`] go unless `VUN_TEST_HISTORIES` says how many.

use std::collections::HashSet;

use chrono::Duration;
use entity::{consent, ids::PersonId, learner, person, person_audience, residence};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;
use vun::learning::{merge::PersonState, store};

use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    given::Actor,
};

/// Histories that go through each database in an ordinary run.
const HISTORIES: usize = 400;
/// People of one trainer's phone at a time.
const VILLAGE: usize = 100;
/// Events of one upload.
const MOST_SENT: usize = 500;

fn histories() -> usize {
    let asked = std::env::var("VUN_TEST_HISTORIES").ok();
    asked.map_or(HISTORIES, |text| {
        text.parse().expect("VUN_TEST_HISTORIES is a number")
    })
}

async fn said(app: &TestApp, who: &Actor, name: &str, input: Value) -> Value {
    let answer = who
        .graphql(app, &operation(name), json!({ "input": input }))
        .await;
    assert_eq!(answer.user_errors(name), [] as [(&str, &str); 0], "{name}");
    answer.data(name).clone()
}

/// People like one who signed up, without accounts: her rows under other ids.
async fn people_like(app: &TestApp, one: PersonId, count: usize) -> Vec<PersonId> {
    let db = app.db.write();
    macro_rules! rows_of {
        ($table:ident) => {
            $table::Entity::find()
                .filter($table::Column::PersonId.eq(one))
                .all(db)
                .await
                .expect("rows")
        };
    }
    let (home, consents) = (rows_of!(residence), rows_of!(consent));
    let (audiences, records, names) = (
        rows_of!(person_audience),
        rows_of!(learner),
        rows_of!(person),
    );
    let ids: Vec<PersonId> = (0..count).map(|_| app.clock.id()).collect();
    macro_rules! copy {
        ($table:ident, $rows:expr, $own:ident: $id:expr) => {
            let rows: Vec<_> = ids
                .iter()
                .flat_map(|person| {
                    $rows.iter().cloned().map(|mut row| {
                        row.person_id = *person;
                        row.$own = $id(*person);
                        row.into_active_model()
                    })
                })
                .collect();
            if !rows.is_empty() {
                let insert = $table::Entity::insert_many(rows);
                insert.exec_without_returning(db).await.expect("copied");
            }
        };
    }
    copy!(person, names, person_id: |id| id);
    copy!(residence, home, residence_id: |_| app.clock.id());
    copy!(consent, consents, consent_id: |_| app.clock.id());
    copy!(person_audience, audiences, person_id: |id| id);
    copy!(learner, records, person_id: |id| id);
    ids
}

/// What one person learned, each event as a phone has it.
fn history(app: &TestApp, chance: &mut StdRng, who: PersonId) -> Vec<Value> {
    let catalogue = app.app.content.catalogue();
    let mut events: Vec<Value> = Vec::new();
    for _ in 0..chance.random_range(4..=14) {
        let kinds = [
            "OPENED",
            "PROGRESSED",
            "COMPLETED",
            "PRACTISED_AT_HOME",
            "ATTENDED_IN_PERSON",
            "OBSERVED_BY_TRAINER",
            "VOIDED",
        ];
        let lesson = ["HC1.1", "HC1.2", "HC2.1", "ED1.1"][chance.random_range(0..4)];
        let lesson = catalogue.lesson_by_code(lesson).expect("a lesson").id;
        let mut kind = kinds[chance.random_range(0..kinds.len())];
        let earlier: Vec<&Value> = events
            .iter()
            .filter(|event| event["kind"] != "VOIDED")
            .collect();
        let target = match earlier.len() {
            0 => Value::Null,
            count => earlier[chance.random_range(0..count)]["id"].clone(),
        };
        if target.is_null() && kind == "VOIDED" {
            kind = "OPENED";
        }
        // Two years ahead or behind.
        let skew = Duration::minutes(chance.random_range(-1_051_200..=1_051_200));
        events.push(json!({
            "id": app.clock.id::<Uuid>(), "personId": who.0, "kind": kind, "lessonId": lesson.to_string(),
            "occurredAt": (app.clock.now() + skew).to_rfc3339(), "percent": chance.random_range(0..=100),
            "targetEventId": target,
        }));
    }
    events
}

/// Sends from up to six phones in pieces, mixed up and some of it twice, until each event has a receipt that was heard.
async fn send(app: &TestApp, trainer: &Actor, chance: &mut StdRng, events: &[Value]) {
    let mut waiting = events.to_vec();
    while !waiting.is_empty() {
        waiting.shuffle(chance);
        let count = chance
            .random_range(waiting.len().min(MOST_SENT / 2)..=waiting.len().min(MOST_SENT - 20));
        let mut batch = waiting[..count].to_vec();
        let twice = batch.len().min(10);
        batch.extend_from_within(..twice);
        let device = format!("máy {}", chance.random_range(0..6));
        app.clock.advance(Duration::seconds(7));
        let input = json!({ "deviceId": device, "events": batch });
        let receipts = said(app, trainer, "uploadLearningEvents", input).await["receipts"].clone();
        let receipts = receipts.as_array().expect("receipts");
        assert_eq!(receipts.len(), batch.len());
        let mut heard: HashSet<&str> = HashSet::new();
        for receipt in receipts {
            let id = receipt["eventId"].as_str().expect("an id");
            match (receipt["outcome"].as_str(), receipt["code"].as_str()) {
                (Some("ACCEPTED" | "DUPLICATE"), _) => {
                    heard.insert(id);
                }
                // What it takes back is still on another phone.
                (Some("QUARANTINED"), Some("TARGET_UNKNOWN")) => {}
                _ => panic!("{receipt}"),
            }
        }
        // Three answers of ten are lost on the way, and the phone sends again.
        if chance.random_bool(0.7) {
            waiting.retain(|event| !heard.contains(event["id"].as_str().expect("an id")));
        }
    }
}

#[tokio::test]
async fn random_histories_of_six_phones_converge_to_the_state_of_their_events_in_order() {
    on_both(async |app| {
        let app = &app;
        let trainer = app.trainer(app.ward()).await;
        let model = app.caregiver().await;
        let chance = &mut StdRng::seed_from_u64(1438);
        let mut sent = 0;
        for village in 0..histories().div_ceil(VILLAGE) {
            let people = people_like(app, model.person, VILLAGE).await;
            let group = json!({ "id": app.clock.id::<Uuid>(), "name": format!("Nhóm mẫu {village}"), "areaId": app.ward().0 });
            let group = said(app, &trainer, "createGroup", group).await["group"]["id"].clone();
            let members: Vec<Uuid> = people.iter().map(|person| person.0).collect();
            said(app, &trainer, "addMembers", json!({ "groupId": group, "personIds": members })).await;
            let each: Vec<Vec<Value>> = people.iter().map(|who| history(app, chance, *who)).collect();
            let events = each.concat();
            send(app, &trainer, chance, &events).await;
            for (who, events) in people.iter().zip(&each) {
                let mut stored = store::events_of(app.db.write(), *who).await.expect("events");
                assert_eq!(stored.len(), events.len(), "{who:?}: each event once");
                stored.sort_by_key(|event| (event.occurred_at, event.id));
                let record = store::record(app.db.write(), *who).await.expect("read");
                let record = record.expect("a record");
                assert_eq!(record.state, PersonState::fold(&stored), "{events:#?}");
            }
            sent += events.len();
        }
        let (people, differences) = app.app.coverage.check(&app.app.learning).await.expect("checked");
        assert!(differences.is_empty(), "{differences:?}");
        eprintln!("{} histories, {sent} events, {people} people checked", histories().next_multiple_of(VILLAGE));
    })
    .await;
}
