//! Assigning modules and lessons to groups and to people: states, counts, the path, excuses, and what sync tells.

use chrono::Duration;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    given::Actor,
    requests::Answer,
};

const SCREEN: &str = "query($id: ID!) { group(id: $id) {
    lessons { code }
    assignments { id module { code } lesson { code } personId dueOn note lessons { lesson { code } releaseNumber }
      counts { notStarted onTheWay late done excused } }
    members { nodes { id person { id } lessonStates assignments { assignmentId state completedCount lessonCount excuse } } } } }";

const PATH: &str = "{ learningPath(first: 100) { lesson { code } dueOn note reason } }";

const MINE: &str = "query($since: String) { changes(scope: ME, since: $since, first: 200) {
    nodes { __typename id ... on LearnerAssignment { assignmentId groupName note dueOn state completedCount lessonCount
      excuse lesson { code } module { code } lessons { lesson { code } releaseNumber } } }
    tombstones { id typename } cursor hasMore } }";

/// A group of two caregivers with phones.
struct Village {
    trainer: Actor,
    group: Uuid,
    one: Actor,
    other: Actor,
}

impl Village {
    async fn of(app: &TestApp) -> Self {
        let trainer = app.trainer(app.ward()).await;
        let (one, other) = (app.caregiver().await, app.caregiver().await);
        let group = Uuid::now_v7();
        let made = json!({ "id": group, "name": "Nhóm ấp 3", "areaId": app.ward().0 });
        change(app, &trainer, "createGroup", made).await;
        let added = json!({ "groupId": group, "personIds": [one.person.0, other.person.0] });
        change(app, &trainer, "addMembers", added).await;
        Self {
            trainer,
            group,
            one,
            other,
        }
    }

    async fn screen(&self, app: &TestApp) -> Value {
        let asked = json!({ "id": self.group });
        let answer = self.trainer.graphql(app, SCREEN, asked).await;
        answer.data("group").clone()
    }

    /// The member's states, one for each assignment of hers.
    async fn states(&self, app: &TestApp, of: &Actor) -> Vec<Value> {
        let screen = self.screen(app).await;
        let members = screen["members"]["nodes"].as_array().unwrap();
        let id = json!(of.person.0);
        let member = members.iter().find(|member| member["person"]["id"] == id);
        let assigned = member.unwrap()["assignments"].as_array().unwrap().iter();
        assigned.map(|one| one["state"].clone()).collect()
    }

    async fn counts(&self, app: &TestApp) -> Vec<[i64; 5]> {
        let screen = self.screen(app).await;
        let assignments = screen["assignments"].as_array().unwrap().iter();
        let count = |counts: &Value, name: &str| counts[name].as_i64().unwrap();
        assignments
            .map(|one| {
                let names = ["notStarted", "onTheWay", "late", "done", "excused"];
                names.map(|name| count(&one["counts"], name))
            })
            .collect()
    }
}

async fn send(app: &TestApp, who: &Actor, name: &str, input: Value) -> Answer {
    who.graphql(app, &operation(name), json!({ "input": input }))
        .await
}

async fn change(app: &TestApp, who: &Actor, name: &str, input: Value) -> Value {
    let answer = send(app, who, name, input).await;
    assert_eq!(answer.user_errors(name), [] as [(&str, &str); 0], "{name}");
    answer.data(name).clone()
}

fn lesson(app: &TestApp, code: &str) -> Uuid {
    app.app
        .content
        .catalogue()
        .lesson_by_code(code)
        .unwrap()
        .id
        .0
}

fn module(app: &TestApp, code: &str) -> Uuid {
    app.app
        .content
        .catalogue()
        .module_by_code(code)
        .unwrap()
        .id
        .0
}

async fn complete(app: &TestApp, who: &Actor, code: &str) {
    let input = json!({ "eventId": Uuid::now_v7(), "lessonId": lesson(app, code) });
    change(app, who, "completeLesson", input).await;
}

async fn path(app: &TestApp, who: &Actor) -> Vec<Value> {
    let answer = who.graphql(app, PATH, json!({})).await;
    answer.data("learningPath").as_array().unwrap().clone()
}

#[tokio::test]
async fn a_lesson_for_one_and_a_module_for_all_have_states_counts_and_places_in_the_paths() {
    on_both(async |app| {
        let village = Village::of(&app).await;
        let due_on = app.clock.today() + Duration::days(10);
        let to_all = json!({
            "groupId": village.group, "moduleIds": [module(&app, "HC1")], "dueOn": due_on, "note": "Trước buổi tới",
        });
        change(&app, &village.trainer, "assignModules", to_all).await;
        let to_one = json!({
            "groupId": village.group, "lessonIds": [lesson(&app, "ED1.2")], "personIds": [village.one.person.0],
            "dueOn": due_on - Duration::days(3), "note": "Chị xem lại phần trò chơi",
        });
        change(&app, &village.trainer, "assignLessons", to_one.clone()).await;
        let screen = village.screen(&app).await;
        let lessons: Vec<_> = screen["lessons"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
        assert_eq!(lessons, ["HC1.1", "HC1.2", "HC1.3", "HC1.4", "HC1.5"], "only what the whole group learns");
        let assigned = screen["assignments"].as_array().unwrap();
        assert_eq!(assigned.len(), 2);
        assert_eq!((&assigned[0]["lesson"], &assigned[0]["personId"]), (&Value::Null, &Value::Null));
        assert_eq!(assigned[1]["lesson"]["code"], "ED1.2");
        assert_eq!(assigned[1]["personId"], json!(village.one.person.0));
        assert_eq!(assigned[1]["lessons"], json!([{ "lesson": { "code": "ED1.2" }, "releaseNumber": 1 }]));
        assert_eq!(village.counts(&app).await, [[2, 0, 0, 0, 0], [1, 0, 0, 0, 0]]);
        let mine = path(&app, &village.one).await;
        assert_eq!(mine[0]["lesson"]["code"], "ED1.2", "due the soonest");
        assert_eq!(mine[0]["note"], "Chị xem lại phần trò chơi");
        let day = (due_on - Duration::days(3)).format("%d/%m/%Y").to_string();
        assert!(mine[0]["reason"].as_str().unwrap().contains(&day), "{}", mine[0]["reason"]);
        assert_eq!(mine[1]["lesson"]["code"], "HC1.1");
        let others = path(&app, &village.other).await;
        assert_eq!(others[0]["lesson"]["code"], "HC1.1");
        assert_eq!(others[0]["note"], "Trước buổi tới");
        complete(&app, &village.one, "ED1.2").await;
        complete(&app, &village.one, "HC1.3").await;
        assert_eq!(village.states(&app, &village.one).await, ["ON_THE_WAY", "DONE"]);
        assert_eq!(village.states(&app, &village.other).await, ["NOT_STARTED"]);
        assert_eq!(village.counts(&app).await, [[1, 1, 0, 0, 0], [0, 0, 0, 1, 0]]);
        // The same again with another day changes the day of the one there is.
        let later = due_on + Duration::days(30);
        let mut again = to_one;
        again["dueOn"] = json!(later);
        change(&app, &village.trainer, "assignLessons", again).await;
        let screen = village.screen(&app).await;
        assert_eq!(screen["assignments"].as_array().unwrap().len(), 2);
        assert_eq!(screen["assignments"][1]["dueOn"], json!(later));
        assert_eq!(screen["assignments"][1]["note"], "Chị xem lại phần trò chơi");
        // Eleven days later the module is late for who is not done.
        app.clock.advance(Duration::days(11));
        let trainer = app.sign_in_again(&village.trainer).await;
        let village = Village { trainer, ..village };
        assert_eq!(village.states(&app, &village.other).await, ["LATE"]);
        assert_eq!(village.counts(&app).await, [[0, 0, 2, 0, 0], [0, 0, 0, 1, 0]]);
    })
    .await;
}

#[tokio::test]
async fn changing_withdrawing_and_excusing_touch_no_progress_and_are_the_same_twice() {
    on_both(async |app| {
        let village = Village::of(&app).await;
        let due_on = app.clock.today() + Duration::days(10);
        let to_all = json!({ "groupId": village.group, "moduleIds": [module(&app, "HC1")], "dueOn": due_on });
        change(&app, &village.trainer, "assignModules", to_all.clone()).await;
        complete(&app, &village.one, "HC1.1").await;
        let id = village.screen(&app).await["assignments"][0]["id"].clone();
        let excuse = json!({ "assignmentId": id, "personId": village.other.person.0, "reason": "Mới sinh" });
        for _ in 0..2 {
            change(&app, &village.trainer, "excuseLearner", excuse.clone()).await;
        }
        assert_eq!(village.counts(&app).await, [[0, 1, 0, 0, 1]]);
        let screen = village.screen(&app).await;
        let excused: Vec<_> = screen["members"]["nodes"].as_array().unwrap().iter()
            .filter_map(|member| member["assignments"][0]["excuse"].as_str()).collect();
        assert_eq!(excused, ["Mới sinh"]);
        assert!(path(&app, &village.other).await.iter().all(|step| step["dueOn"].is_null()));
        let list = village.trainer.graphql(&app, &operation("worklist"), json!({ "groupId": village.group })).await;
        let called = list.data("worklist").as_array().unwrap().iter()
            .filter(|item| item["person"]["id"] == json!(village.other.person.0));
        for item in called {
            assert_eq!(item["lesson"], Value::Null, "nothing is asked of who is excused");
        }
        let back = json!({ "assignmentId": id, "personId": village.other.person.0, "takeBack": true });
        for _ in 0..2 {
            change(&app, &village.trainer, "excuseLearner", back.clone()).await;
        }
        assert_eq!(village.counts(&app).await, [[1, 1, 0, 0, 0]]);
        let changed = json!({ "assignmentId": id, "dueOn": due_on + Duration::days(5), "note": "Thêm năm ngày" });
        let shown = change(&app, &village.trainer, "changeAssignment", changed).await;
        assert_eq!(shown["group"]["assignments"][0]["dueOn"], json!(due_on + Duration::days(5)));
        let cleared = json!({ "assignmentId": id, "note": "" });
        let shown = change(&app, &village.trainer, "changeAssignment", cleared).await;
        assert_eq!(shown["group"]["assignments"][0]["note"], Value::Null);
        assert_eq!(shown["group"]["assignments"][0]["dueOn"], json!(due_on + Duration::days(5)), "what is left out stays");
        for _ in 0..2 {
            let shown = change(&app, &village.trainer, "withdrawAssignment", json!({ "assignmentId": id })).await;
            assert_eq!(shown["group"]["assignments"], json!([]));
        }
        let late = send(&app, &village.trainer, "changeAssignment", json!({ "assignmentId": id, "note": "?" })).await;
        assert_eq!(late.user_errors("changeAssignment"), [("CLOSED", "assignmentId")]);
        assert!(path(&app, &village.other).await.iter().all(|step| step["dueOn"].is_null()));
        // Assigned anew, what was learned before is still learned.
        change(&app, &village.trainer, "assignModules", to_all).await;
        assert_eq!(village.states(&app, &village.one).await, ["ON_THE_WAY"]);
    })
    .await;
}

#[tokio::test]
async fn a_phone_hears_of_its_assignments_when_they_change_and_of_nobody_elses() {
    on_both(async |app| {
        let village = Village::of(&app).await;
        let pull = async |who: &Actor, since: Option<&Value>| {
            let answer = who.graphql(&app, MINE, json!({ "since": since })).await;
            answer.data("changes").clone()
        };
        let assigned = |page: &Value| -> Vec<Value> {
            let nodes = page["nodes"].as_array().unwrap().iter();
            nodes.filter(|node| node["__typename"] == "LearnerAssignment").cloned().collect()
        };
        let before = pull(&village.one, None).await;
        assert_eq!(assigned(&before), [] as [Value; 0]);
        let others = pull(&village.other, None).await;
        let due_on = app.clock.today() + Duration::days(10);
        let to_one = json!({
            "groupId": village.group, "lessonIds": [lesson(&app, "ED1.2")], "personIds": [village.one.person.0],
            "dueOn": due_on, "note": "Cho chị",
        });
        change(&app, &village.trainer, "assignLessons", to_one).await;
        assert_eq!(pull(&village.other, Some(&others["cursor"])).await["nodes"], json!([]));
        let told = pull(&village.one, Some(&before["cursor"])).await;
        let [one] = &assigned(&told)[..] else { panic!("{told}") };
        assert_eq!((&one["state"], &one["note"], &one["groupName"]), (&json!("NOT_STARTED"), &json!("Cho chị"), &json!("Nhóm ấp 3")));
        assert_eq!(one["lessons"], json!([{ "lesson": { "code": "ED1.2" }, "releaseNumber": 1 }]));
        assert_eq!(pull(&village.one, Some(&told["cursor"])).await["nodes"], json!([]));
        // What is learned of it tells it anew.
        complete(&app, &village.one, "ED1.2").await;
        let learned = pull(&village.one, Some(&told["cursor"])).await;
        assert_eq!(assigned(&learned)[0]["state"], "DONE");
        let node = village.one.graphql(&app, "query($id: ID!) { node(id: $id) { id __typename } }", json!({ "id": one["id"] })).await;
        assert_eq!(node.data("node.__typename"), "LearnerAssignment");
        let stranger = village.other.graphql(&app, "query($id: ID!) { node(id: $id) { id } }", json!({ "id": one["id"] })).await;
        assert_eq!(stranger.code(), "NOT_FOUND");
        change(&app, &village.trainer, "withdrawAssignment", json!({ "assignmentId": one["assignmentId"] })).await;
        let gone = pull(&village.one, Some(&learned["cursor"])).await;
        assert_eq!(gone["tombstones"], json!([{ "id": one["id"], "typename": "LearnerAssignment" }]));
        // Who leaves the group is asked for nothing any more; who comes is told what is assigned there.
        let to_all = json!({ "groupId": village.group, "moduleIds": [module(&app, "HC1")], "dueOn": due_on });
        change(&app, &village.trainer, "assignModules", to_all).await;
        let told = pull(&village.one, Some(&gone["cursor"])).await;
        assert_eq!(assigned(&told).len(), 1);
        let input = json!({ "groupId": village.group, "personId": village.one.person.0 });
        change(&app, &village.trainer, "removeMember", input).await;
        let left = pull(&village.one, Some(&told["cursor"])).await;
        assert_eq!(left["tombstones"].as_array().unwrap().len(), 1);
        let input = json!({ "groupId": village.group, "personIds": [village.one.person.0] });
        change(&app, &village.trainer, "addMembers", input).await;
        let back = pull(&village.one, Some(&left["cursor"])).await;
        assert_eq!(assigned(&back).len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_trainers_other_phone_hears_of_assignments_and_excuses() {
    on_both(async |app| {
        let village = Village::of(&app).await;
        let query = "query($scope: ChangeScope!, $since: String) { changes(scope: $scope, since: $since) { cursor nodes {
            __typename ... on Group { assignments { lesson { code } counts { notStarted excused } } }
            ... on GroupMember { person { id } assignments { state excuse } } } } }";
        let pull = async |since: Option<&Value>| {
            let asked = json!({ "scope": village.group, "since": since });
            village.trainer.graphql(&app, query, asked).await.data("changes").clone()
        };
        let before = pull(None).await;
        let due_on = app.clock.today() + Duration::days(10);
        let to_all = json!({ "groupId": village.group, "lessonIds": [lesson(&app, "HC2.1")], "dueOn": due_on });
        change(&app, &village.trainer, "assignLessons", to_all).await;
        let told = pull(Some(&before["cursor"])).await;
        let group = told["nodes"].as_array().unwrap().iter().find(|node| node["__typename"] == "Group");
        let shown = json!([{ "lesson": { "code": "HC2.1" }, "counts": { "notStarted": 2, "excused": 0 } }]);
        assert_eq!(group.unwrap()["assignments"], shown);
        let id = village.screen(&app).await["assignments"][0]["id"].clone();
        let excuse = json!({ "assignmentId": id, "personId": village.other.person.0, "reason": "Ốm" });
        change(&app, &village.trainer, "excuseLearner", excuse).await;
        let told = pull(Some(&told["cursor"])).await;
        let excused: Vec<_> = told["nodes"].as_array().unwrap().iter()
            .filter(|node| node["assignments"][0]["excuse"] == "Ốm").map(|node| &node["person"]["id"]).collect();
        assert_eq!(excused, [&json!(village.other.person.0)]);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_an_assignment_is_told_place_by_place_and_nothing_is_written() {
    on_both(async |app| {
        let village = Village::of(&app).await;
        let stranger = app.trainer(app.ward()).await;
        let passer = app.caregiver().await;
        let due_on = app.clock.today() + Duration::days(10);
        let base = json!({
            "groupId": village.group, "lessonIds": [lesson(&app, "HC2.1"), Uuid::now_v7()], "dueOn": "2020-01-01",
            "note": "x".repeat(501),
        });
        let told = send(&app, &village.trainer, "assignLessons", base).await;
        let mut found = told.user_errors("assignLessons");
        found.sort_by(|one, other| one.field.cmp(&other.field));
        assert_eq!(found, [("DATE_OUT_OF_RANGE", "dueOn"), ("NOT_FOUND", "lessonIds.1"), ("INVALID", "note")]);
        let good = json!({ "groupId": village.group, "lessonIds": [lesson(&app, "HC2.1")], "dueOn": due_on });
        let with = |name: &str, value: Value| {
            let mut input = good.clone();
            input[name] = value;
            input
        };
        for (input, code, field) in [
            (with("personIds", json!([village.one.person.0, passer.person.0])), "NOT_FOUND", "personIds.1"),
            (with("personIds", json!([])), "REQUIRED", "personIds"),
            (with("lessonIds", json!([])), "REQUIRED", "lessonIds"),
            (with("lessonIds", json!(vec![Uuid::now_v7(); 101])), "TOO_MANY", "lessonIds"),
            (with("personIds", json!(vec![Uuid::now_v7(); 101])), "TOO_MANY", "personIds"),
            (with("groupId", json!(Uuid::now_v7())), "NOT_FOUND", "groupId"),
        ] {
            let told = send(&app, &village.trainer, "assignLessons", input).await;
            assert_eq!(told.user_errors("assignLessons"), [(code, field)]);
        }
        let flood = send(&app, &village.trainer, "assignLessons", with("personIds", json!(vec![Uuid::now_v7(); 10_000]))).await;
        assert_eq!(flood.code(), "LIMIT_EXCEEDED");
        let told = send(&app, &stranger, "assignLessons", good.clone()).await;
        assert_eq!(told.user_errors("assignLessons"), [("NOT_FOUND", "groupId")]);
        assert_eq!(village.screen(&app).await["assignments"], json!([]), "nothing is half done");
        change(&app, &village.trainer, "assignLessons", good).await;
        let id = village.screen(&app).await["assignments"][0]["id"].clone();
        for (name, input) in [
            ("changeAssignment", json!({ "assignmentId": id, "note": "?" })),
            ("withdrawAssignment", json!({ "assignmentId": id })),
            ("excuseLearner", json!({ "assignmentId": id, "personId": village.one.person.0, "reason": "?" })),
        ] {
            let told = send(&app, &stranger, name, input).await;
            assert_eq!(told.user_errors(name), [("NOT_FOUND", "assignmentId")], "{name}");
        }
        for (input, code, field) in [
            (json!({ "assignmentId": id, "personId": village.one.person.0 }), "REQUIRED", "reason"),
            (json!({ "assignmentId": id, "personId": passer.person.0, "reason": "Ốm" }), "NOT_FOUND", "personId"),
        ] {
            let told = send(&app, &village.trainer, "excuseLearner", input).await;
            assert_eq!(told.user_errors("excuseLearner"), [(code, field)]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_roster_with_counts_takes_the_same_statements_whatever_the_number_of_members() {
    on_both(async |app| {
        let trainer = app.trainer(app.ward()).await;
        let modules = ["HC1", "HC2", "IN1", "ED1"].map(|code| module(&app, code));
        let due_on = app.clock.today() + Duration::days(10);
        let mut costs = Vec::new();
        for count in [1_usize, 30] {
            let group = Uuid::now_v7();
            let made = json!({ "id": group, "name": "Nhóm", "areaId": app.ward().0 });
            change(&app, &trainer, "createGroup", made).await;
            for number in 0..count {
                let input = json!({
                    "fullName": format!("Người Mẫu {number}"), "areaId": app.ward().0, "audiences": ["CAREGIVER"],
                    "consents": ["LEARNING_RECORD"], "groupId": group,
                });
                change(&app, &trainer, "registerPerson", input).await;
            }
            let input = json!({ "groupId": group, "moduleIds": modules, "dueOn": due_on });
            change(&app, &trainer, "assignModules", input).await;
            let audit = app.app.auth.audit();
            audit.flush().await.unwrap();
            let asked = json!({ "id": group });
            let (answer, statements) = app
                .statements_of(async || {
                    let answer = trainer.graphql(&app, SCREEN, asked).await;
                    audit.flush().await.unwrap();
                    answer
                })
                .await;
            assert!(answer.data("group.lessons").as_array().unwrap().len() >= 19);
            for one in answer.data("group.assignments").as_array().unwrap() {
                assert_eq!(one["counts"]["notStarted"], json!(count));
            }
            costs.push(statements);
        }
        // One for the run of members shown, one for everybody as the counts need it, and the audit log's.
        assert_eq!(costs[0], costs[1]);
        assert!(costs[0] <= 5, "{} statements", costs[0]);
    })
    .await;
}
