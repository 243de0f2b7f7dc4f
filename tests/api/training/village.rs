//! A village of 30 over HTTP, as a trainer's phone does it: who is recorded, four sessions, two modules, follow-ups,
//! and how many requests and bytes that takes.

use chrono::Duration;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    given::Actor,
};

/// A trainer's phone that counts what it sends and gets.
struct Phone<'a> {
    app: &'a TestApp,
    trainer: &'a Actor,
    requests: usize,
    sent: usize,
    got: usize,
}

impl Phone<'_> {
    async fn ask(&mut self, name: &str, variables: Value) -> Value {
        let document = operation(name);
        let body = json!({ "query": document, "variables": variables });
        let answer = self.trainer.graphql(self.app, &document, variables).await;
        self.requests += 1;
        self.sent += body.to_string().len();
        self.got += answer.json.to_string().len();
        assert!(answer.errors().is_empty(), "{name}: {answer}");
        answer.json["data"].clone()
    }

    async fn change(&mut self, name: &str, input: Value) -> Value {
        let data = self.ask(name, json!({ "input": input })).await[name].take();
        assert_eq!(data["userErrors"], json!([]), "{name}: {data}");
        data
    }
}

#[tokio::test]
async fn a_village_of_thirty_is_recorded_taught_and_followed_up_from_one_phone() {
    on_both(async |app| {
        let ward = app.ward();
        let trainer = app.trainer(ward).await;
        let mut families = Vec::new();
        for _ in 0..18 {
            families.push(app.caregiver().await);
        }
        let mut phone = Phone {
            app: &app,
            trainer: &trainer,
            requests: 0,
            sent: 0,
            got: 0,
        };
        let group = Uuid::now_v7();
        let input = json!({ "id": group, "name": "Nhóm ấp 3", "areaId": ward.0 });
        phone.change("createGroup", input).await;
        // Eighteen have phones and are known; twelve have none.
        let known: Vec<_> = families.iter().map(|family| family.person.0).collect();
        let input = json!({ "groupId": group, "personIds": known });
        phone.change("addMembers", input).await;
        let mut people = known.clone();
        for number in 0..12 {
            let person = Uuid::now_v7();
            let input = json!({
                "id": person, "fullName": format!("Nguyễn Thị Mẫu {number:02}"), "birthYear": 1980 + number,
                "phone": "0168 912 3456", "areaId": ward.0, "audiences": ["CAREGIVER"],
                "children": [{ "id": Uuid::now_v7(), "bornMonth": "2024-05" }],
                "consents": ["LEARNING_RECORD", "CHILD_PROFILE", "STATISTICS"], "groupId": group,
            });
            let registered = phone.change("registerPerson", input).await;
            assert_eq!(registered["lookAlikes"]["count"], 0);
            people.push(person);
        }
        let modules = ["HC1", "ED1"].map(|code| {
            let catalogue = app.app.content.catalogue();
            catalogue.module_by_code(code).unwrap().id.0
        });
        let input = json!({
            "groupId": group, "moduleIds": modules, "dueOn": app.clock.today() + Duration::days(60),
        });
        phone.change("assignModules", input).await;
        let lessons: Vec<Uuid> = {
            let catalogue = app.app.content.catalogue();
            let module = catalogue.module_by_code("HC1").unwrap();
            catalogue.published_of(module).map(|lesson| lesson.id.0).collect()
        };
        // Three never come.
        let attending: Vec<_> = people.iter().skip(3).collect();
        for (number, lesson) in lessons.iter().take(4).enumerate() {
            let ticks: Vec<_> = attending
                .iter()
                .map(|person| json!({ "personId": person }))
                .collect();
            let input = json!({
                "id": Uuid::now_v7(), "groupId": group, "heldAt": app.clock.now(), "topic": format!("Buổi {number}"),
                "lessonIds": [lesson], "people": ticks,
            });
            let recorded = phone.change("recordSession", input).await;
            let receipts = recorded["receipts"].as_array().unwrap();
            assert_eq!(receipts.len(), 27);
            assert!(receipts.iter().all(|receipt| receipt["credit"] == "GIVEN"));
            app.clock.advance(Duration::minutes(10));
        }
        let list = phone.ask("worklist", json!({ "groupId": group })).await["worklist"].take();
        let reasons: Vec<_> = list.as_array().unwrap().iter().map(|item| &item["reason"]).collect();
        assert_eq!(reasons, ["NEVER_OPENED"; 3], "who never came, and nobody else");
        for item in list.as_array().unwrap() {
            assert_eq!(item["nextAction"], "OPEN_FIRST_LESSON");
            let input = json!({
                "id": Uuid::now_v7(), "groupId": group, "personId": item["person"]["id"], "outcome": "WILL_CONTINUE",
            });
            phone.change("logFollowUp", input).await;
        }
        let list = phone.ask("worklist", json!({ "groupId": group })).await;
        assert_eq!(list["worklist"], json!([]));
        let input = json!({
            "personId": people[0], "purpose": "Đến xem góc chơi của bé", "practised": "Đọc sách cùng bé",
            "observedLessonIds": [lessons[0]], "nextStep": "Đọc mỗi tối",
        });
        phone.change("recordHomeVisit", input).await;
        let roster = phone.ask("group", json!({ "id": group })).await;
        assert_eq!(roster["group"]["lessons"][0]["code"], "HC1.1");
        eprintln!(
            "a village of 30: {} requests, {} bytes sent, {} bytes got",
            phone.requests, phone.sent, phone.got
        );
        // 1 group, 1 list of members, 12 people, 1 assignment, 4 sessions, 3 follow-ups, 2 worklists, 1 visit, 1 roster.
        assert_eq!(phone.requests, 26);
        assert!(phone.sent < 30_000, "{} bytes sent", phone.sent);
        assert!(phone.got < 30_000, "{} bytes got", phone.got);
        // The family reads what was noted of the visit; a neighbour does not.
        let own = families[0].graphql(&app, &operation("homeVisits"), json!({})).await;
        assert_eq!(own.data("homeVisits.0.nextStep"), "Đọc mỗi tối");
        let asked = json!({ "personId": people[0] });
        let other = families[1].graphql(&app, &operation("homeVisits"), asked).await;
        assert_eq!(other.code(), "NOT_FOUND");
    })
    .await;
}

#[tokio::test]
async fn a_worklist_takes_the_same_statements_whatever_the_number_of_people() {
    on_both(async |app| {
        let ward = app.ward();
        let trainer = app.trainer(ward).await;
        let mut costs = Vec::new();
        for count in [1, 30] {
            let group = Uuid::now_v7();
            let input = json!({ "input": { "id": group, "name": "Nhóm", "areaId": ward.0 } });
            trainer.graphql(&app, &operation("createGroup"), input).await;
            for number in 0..count {
                let input = json!({ "input": {
                    "fullName": format!("Người Mẫu {number}"), "areaId": ward.0, "audiences": ["CAREGIVER"],
                    "consents": ["LEARNING_RECORD"], "groupId": group,
                } });
                trainer.graphql(&app, &operation("registerPerson"), input).await;
            }
            let audit = app.app.auth.audit();
            audit.flush().await.unwrap();
            let asked = json!({ "groupId": group, "first": 200 });
            let (answer, statements) = app
                .statements_of(async || {
                    let answer = trainer.graphql(&app, &operation("worklist"), asked).await;
                    audit.flush().await.unwrap();
                    answer
                })
                .await;
            assert_eq!(answer.data("worklist").as_array().unwrap().len(), count);
            costs.push(statements);
        }
        assert_eq!(costs, [7, 7]);
    })
    .await;
}
