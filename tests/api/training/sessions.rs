//! Sessions: two trainers' records of one session, corrections, and what is refused row by row.

use chrono::{DateTime, Duration, Utc};
use entity::ids::{GroupId, LessonId, PersonId};
use serde_json::{Value, json};
use uuid::Uuid;
use vun::auth::capability::Viewer;

use super::world::{World, trainer};
use crate::{app::on_both, authorization::operation};

/// A group led by two trainers, and some people in it.
struct Village {
    world: World,
    one: Viewer,
    other: Viewer,
    group: GroupId,
    people: Vec<PersonId>,
    lessons: Vec<LessonId>,
}

impl Village {
    async fn of(world: World, count: usize) -> Self {
        let here = world.commune(0);
        let (one, other) = (world.trainer(here).await, world.trainer(here).await);
        let group = vun::training::NewGroup {
            id: None,
            name: "Nhóm".to_owned(),
            area: here,
            frame: vun::training::framing::Frame::default(),
        };
        let leader = trainer(&one);
        let group = world.training.create_group(&leader, group).await.unwrap();
        let login = world.auth.login(&other).await.unwrap();
        let led = world.training.add_co_trainer(&leader, group, &login);
        led.await.unwrap();
        let mut people = Vec::new();
        for _ in 0..count {
            people.push(world.caregiver(here).await.person());
        }
        let added = world.training.add_members(&leader, group, people.clone());
        added.await.unwrap();
        let lessons = world.lessons("HC1");
        Self {
            world,
            one,
            other,
            group,
            people,
            lessons,
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.world.app.clock.now()
    }

    /// A record: which lessons, and which people by their place.
    fn record(&self, lessons: &[usize], people: &[usize]) -> Value {
        let people = people
            .iter()
            .map(|at| json!({ "personId": self.people[*at].0 }));
        json!({
            "id": Uuid::now_v7(), "groupId": self.group.0, "heldAt": self.now(),
            "lessonIds": lessons.iter().map(|at| self.lessons[*at].0).collect::<Vec<_>>(),
            "people": people.collect::<Vec<_>>(),
        })
    }

    async fn send(&self, who: &Viewer, input: &Value) -> Value {
        self.change(who, "recordSession", input).await
    }

    async fn change(&self, who: &Viewer, name: &str, input: &Value) -> Value {
        let variables = json!({ "input": input });
        let answer = self.world.ask(Some(who), &operation(name), variables).await;
        assert_eq!(answer["errors"], Value::Null, "{answer}");
        answer["data"][name].clone()
    }

    /// The sessions as a leader sees them, but for when the server had each record.
    async fn sessions(&self) -> Value {
        let asked = json!({ "id": self.group.to_string() });
        let document = operation("groupSessions");
        let answer = self.world.ask(Some(&self.other), &document, asked).await;
        assert_eq!(answer["errors"], Value::Null, "{answer}");
        answer["data"]["group"]["sessions"]["nodes"].clone()
    }

    /// By person, the lessons completed.
    async fn credit(&self) -> Vec<usize> {
        let document = "query($id: ID!) { group(id: $id) { members { nodes { person { id } completedCount } } } }";
        let modules = vec![self.world.module_id("HC1")];
        let due_on = self.world.areas.today() + Duration::days(30);
        let training = &self.world.training;
        let leader = trainer(&self.one);
        let assigned = training.assign_modules(&leader, self.group, modules, due_on);
        assigned.await.unwrap();
        let asked = json!({ "id": self.group.to_string() });
        let answer = self.world.ask(Some(&self.one), document, asked).await;
        let members = answer["data"]["group"]["members"]["nodes"]
            .as_array()
            .unwrap()
            .clone();
        let count = |person: &PersonId| {
            let hers = |row: &&Value| row["person"]["id"] == person.to_string();
            let row = members.iter().find(hers).unwrap();
            usize::try_from(row["completedCount"].as_u64().unwrap()).unwrap()
        };
        self.people.iter().map(count).collect()
    }
}

fn errors(payload: &Value) -> Vec<(String, String)> {
    let errors = payload["userErrors"].as_array().unwrap().iter();
    errors
        .map(|error| {
            let field = error["field"].as_array().unwrap().iter();
            let field: Vec<_> = field.map(|part| part.as_str().unwrap()).collect();
            (error["code"].as_str().unwrap().to_owned(), field.join("."))
        })
        .collect()
}

#[tokio::test]
async fn two_trainers_records_of_one_session_add_up_to_the_same_in_either_order() {
    let mut seen: Vec<(Value, Vec<usize>)> = Vec::new();
    for turned in [false, true] {
        let found = std::sync::Mutex::new(Vec::new());
        on_both(async |app| {
            let village = Village::of(World::new(app).await, 4).await;
            let first = village.record(&[0, 1], &[0, 1]);
            let second = village.record(&[1, 2], &[1, 2]);
            let mut sent = [(&village.one, &first), (&village.other, &second)];
            if turned {
                sent.reverse();
            }
            for (who, record) in sent.into_iter().chain(sent) {
                let recorded = village.send(who, record).await;
                assert_eq!(recorded["userErrors"], json!([]));
            }
            let sessions = village.sessions().await;
            assert_eq!(sessions.as_array().unwrap().len(), 1, "one session");
            let session = &sessions[0];
            let codes = |value: &Value| {
                let codes = value.as_array().unwrap().iter();
                codes
                    .map(|code| code.as_str().unwrap().to_owned())
                    .collect::<Vec<_>>()
            };
            let mut attendance: Vec<_> = session["attendance"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| {
                    let at = village
                        .people
                        .iter()
                        .position(|person| row["person"]["id"] == person.to_string());
                    (
                        at.unwrap(),
                        codes(&row["lessonCodes"]),
                        codes(&row["recordedBy"]).len(),
                    )
                })
                .collect();
            attendance.sort();
            let lessons = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
            let expected: Vec<(usize, Vec<String>, usize)> = vec![
                (0, lessons(&["HC1.1", "HC1.2"]), 1),
                (1, lessons(&["HC1.1", "HC1.2", "HC1.3"]), 2),
                (2, lessons(&["HC1.2", "HC1.3"]), 1),
            ];
            assert_eq!(attendance, expected);
            assert_eq!(
                session["records"].as_array().unwrap().len(),
                2,
                "who ticked what"
            );
            let shown = json!(attendance.iter().map(|row| &row.1).collect::<Vec<_>>());
            let credit = village.credit().await;
            assert_eq!(credit, [2, 3, 2, 0]);
            found.lock().unwrap().push((shown, credit));
        })
        .await;
        seen.extend(found.into_inner().unwrap());
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
}

#[tokio::test]
async fn a_record_sent_twice_gives_credit_once_and_another_under_its_id_is_refused() {
    on_both(async |app| {
        let village = Village::of(World::new(app).await, 2).await;
        let record = village.record(&[0], &[0, 1]);
        let first = village.send(&village.one, &record).await;
        assert_eq!(village.send(&village.one, &record).await, first);
        let mut other = village.record(&[0, 1], &[0]);
        other["id"] = record["id"].clone();
        let refused = village.send(&village.one, &other).await;
        assert_eq!(errors(&refused), [("CONFLICT".to_owned(), "id".to_owned())]);
        assert_eq!(village.credit().await, [1, 1]);
    })
    .await;
}

#[tokio::test]
async fn a_correction_takes_the_credit_back_and_stays_seen() {
    on_both(async |app| {
        let village = Village::of(World::new(app).await, 2).await;
        let record = village.record(&[0, 1], &[0, 1]);
        village.send(&village.one, &record).await;
        let wrong = json!({
            "recordId": record["id"], "personId": village.people[1].0, "reason": "Đánh dấu nhầm",
        });
        for _ in 0..2 {
            let corrected = village
                .change(&village.other, "correctSession", &wrong)
                .await;
            assert_eq!(corrected["userErrors"], json!([]));
        }
        assert_eq!(village.credit().await, [2, 0]);
        // Sending the record again does not bring it back.
        village.send(&village.one, &record).await;
        assert_eq!(village.credit().await, [2, 0]);
        let sessions = village.sessions().await;
        let people = sessions[0]["records"][0]["people"]
            .as_array()
            .unwrap()
            .clone();
        let hers = |row: &&Value| row["person"]["id"] == village.people[1].to_string();
        let trace = &people.iter().find(hers).unwrap()["correction"];
        assert_eq!(trace["reason"], "Đánh dấu nhầm");
        assert_eq!(sessions[0]["attendance"].as_array().unwrap().len(), 1);
        let stranger = village.world.trainer(village.world.commune(0)).await;
        let refused = village.change(&stranger, "correctSession", &wrong).await;
        assert_eq!(
            errors(&refused),
            [("NOT_FOUND".to_owned(), "recordId".to_owned())]
        );
    })
    .await;
}

#[tokio::test]
async fn membership_on_the_sessions_day_decides_not_todays() {
    on_both(async |app| {
        let village = Village::of(World::new(app).await, 2).await;
        let held = village.record(&[0], &[0, 1]);
        village.world.app.clock.advance(Duration::days(2));
        let one = village
            .world
            .moved(&village.one, village.world.commune(0))
            .await;
        let training = &village.world.training;
        let leader = trainer(&one);
        let gone = training.remove_member(&leader, village.group, village.people[1], None);
        gone.await.unwrap();
        village.world.app.clock.advance(Duration::days(2));
        let one = village.world.moved(&one, village.world.commune(0)).await;
        // She has left since, but was there then.
        let recorded = village.send(&one, &held).await;
        assert_eq!(recorded["userErrors"], json!([]));
        assert_eq!(recorded["receipts"][1]["credit"], "GIVEN");
        // After she left, and before anybody joined.
        let late = village.record(&[0], &[0, 1]);
        let refused = village.send(&one, &late).await;
        let expected = [("CONFLICT".to_owned(), "people.1.personId".to_owned())];
        assert_eq!(errors(&refused), expected);
        let mut early = village.record(&[0], &[0, 1]);
        early["heldAt"] = json!(village.now() - Duration::days(30));
        assert_eq!(errors(&village.send(&one, &early).await).len(), 2);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_named_row_by_row_and_nothing_is_half_done() {
    on_both(async |app| {
        let village = Village::of(World::new(app).await, 3).await;
        let world = &village.world;
        let stranger = world.caregiver(world.commune(1)).await.person();
        let mut record = village.record(&[0], &[0, 1, 1]);
        let rows = record["people"].as_array_mut().unwrap();
        rows.push(json!({ "personId": "không phải id" }));
        let refused = village.send(&village.one, &record).await;
        let expected = [("INVALID".to_owned(), "people.3.personId".to_owned())];
        assert_eq!(errors(&refused), expected);

        let rows = record["people"].as_array_mut().unwrap();
        rows[3] = json!({ "personId": village.people[2].0, "observedLessonIds": [Uuid::now_v7()] });
        record["lessonIds"] = json!([Uuid::now_v7()]);
        record["heldAt"] = json!(village.now() + Duration::days(2));
        let refused = village.send(&village.one, &record).await;
        let wanted = [
            ("DATE_OUT_OF_RANGE", "heldAt"),
            ("NOT_FOUND", "lessonIds.0"),
            ("CONFLICT", "people.2.personId"),
            ("NOT_FOUND", "people.3.observedLessonIds.0"),
        ];
        let wanted = wanted.map(|(code, field)| (code.to_owned(), field.to_owned()));
        assert_eq!(errors(&refused), wanted);

        let mut record = village.record(&[0], &[0, 1]);
        let rows = record["people"].as_array_mut().unwrap();
        rows.push(json!({ "personId": stranger.0 }));
        let refused = village.send(&village.one, &record).await;
        let expected = [("NOT_FOUND".to_owned(), "people.2.personId".to_owned())];
        assert_eq!(errors(&refused), expected);
        assert_eq!(village.sessions().await, json!([]), "nothing half-done");
        assert_eq!(village.credit().await, [0, 0, 0]);
        // Mended, the same id is taken in.
        record["people"].as_array_mut().unwrap().pop();
        assert_eq!(
            village.send(&village.one, &record).await["userErrors"],
            json!([])
        );
        assert_eq!(village.credit().await, [1, 1, 0]);

        // Another trainer's group answers as if it did not exist.
        let other = world.trainer(world.commune(0)).await;
        let refused = village.send(&other, &village.record(&[0], &[0])).await;
        assert_eq!(
            errors(&refused),
            [("NOT_FOUND".to_owned(), "groupId".to_owned())]
        );
        // 10,000 names at once.
        let mut many = village.record(&[0], &[]);
        let names: Vec<_> = (0..10_000)
            .map(|_| json!({ "personId": Uuid::now_v7() }))
            .collect();
        many["people"] = json!(names);
        let variables = json!({ "input": many });
        let answer = world
            .ask(Some(&village.one), &operation("recordSession"), variables)
            .await;
        let refused = &answer["data"]["recordSession"];
        let too_many = refused["userErrors"][0]["code"] == "TOO_MANY";
        assert!(
            too_many || answer["errors"][0]["extensions"]["code"].is_string(),
            "{answer}"
        );
    })
    .await;
}

#[tokio::test]
async fn who_did_not_consent_holds_nobody_up_and_gets_credit_once_she_has() {
    on_both(async |app| {
        let village = Village::of(World::new(app).await, 1).await;
        let here = village.world.commune(0);
        let registered = village
            .change(
                &village.one,
                "registerPerson",
                &json!({
                    "fullName": "Lê Thị Mẫu", "areaId": here.0, "audiences": ["CAREGIVER"],
                    "groupId": village.group.0,
                }),
            )
            .await;
        let mut record = village.record(&[0], &[0]);
        let rows = record["people"].as_array_mut().unwrap();
        rows.push(json!({ "personId": registered["person"]["id"] }));
        let recorded = village.send(&village.one, &record).await;
        assert_eq!(recorded["userErrors"], json!([]));
        assert_eq!(recorded["receipts"][0]["credit"], "GIVEN");
        assert_eq!(recorded["receipts"][1]["credit"], "CONSENT_MISSING");
        assert_eq!(village.credit().await, [1]);
    })
    .await;
}

#[tokio::test]
async fn a_plan_is_changed_by_planning_again_and_takes_the_records_of_both() {
    on_both(async |app| {
        let village = Village::of(World::new(app).await, 2).await;
        let id = Uuid::now_v7();
        let mut plan = json!({
            "id": id, "groupId": village.group.0, "startsAt": village.now(), "topic": "Chơi cùng con",
            "place": "Nhà văn hoá", "lessonIds": [village.lessons[0].0],
        });
        village.change(&village.one, "planSession", &plan).await;
        plan["topic"] = json!("Đọc cùng con");
        village.change(&village.other, "planSession", &plan).await;
        for who in [&village.one, &village.other] {
            let mut record = village.record(&[1], &[0]);
            record["sessionId"] = json!(id);
            village.send(who, &record).await;
        }
        let sessions = village.sessions().await;
        assert_eq!(sessions.as_array().unwrap().len(), 1);
        assert_eq!(sessions[0]["topic"], "Đọc cùng con");
        assert_eq!(sessions[0]["records"].as_array().unwrap().len(), 2);
        let past = json!({ "groupId": village.group.0, "startsAt": "2026-01-01T00:00:00Z" });
        let refused = village.change(&village.one, "planSession", &past).await;
        let expected = [("DATE_OUT_OF_RANGE".to_owned(), "startsAt".to_owned())];
        assert_eq!(errors(&refused), expected);
    })
    .await;
}
