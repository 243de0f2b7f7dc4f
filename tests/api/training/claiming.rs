//! People without phones: recorded, warned about, and given the account that is theirs.

use chrono::Duration;
use serde_json::{Value, json};
use uuid::Uuid;
use vun::auth::capability::Viewer;

use super::world::World;
use crate::{app::on_both, authorization::operation};

async fn change(world: &World, who: Option<&Viewer>, name: &str, input: Value) -> Value {
    let answer = world
        .ask(who, &operation(name), json!({ "input": input }))
        .await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"][name].clone()
}

fn fields(payload: &Value) -> Vec<(&str, String)> {
    let errors = payload["userErrors"].as_array().unwrap().iter();
    errors
        .map(|error| {
            let field = error["field"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default();
            let field: Vec<_> = field.iter().map(|part| part.as_str().unwrap()).collect();
            (error["code"].as_str().unwrap(), field.join("."))
        })
        .collect()
}

async fn group(world: &World, who: &Viewer) -> Value {
    let input = json!({ "name": "Nhóm", "areaId": world.commune(0).0 });
    change(world, Some(who), "createGroup", input).await["group"]["id"].clone()
}

#[tokio::test]
async fn somebody_is_recorded_once_with_children_and_group_and_wrong_fields_are_named() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let one = world.trainer(here).await;
        let group = group(&world, &one).await;
        let person = json!({
            "id": Uuid::now_v7(), "fullName": "Nguyễn Thị  Mẫu", "birthYear": 1990, "phone": "01689123456",
            "areaId": here.0, "audiences": ["CAREGIVER"], "groupId": group,
            "consents": ["LEARNING_RECORD", "CHILD_PROFILE"],
            "children": [{ "id": Uuid::now_v7(), "bornMonth": "2024-05", "nickname": "Bi" }],
        });
        let first = change(&world, Some(&one), "registerPerson", person.clone()).await;
        assert_eq!(first["userErrors"], json!([]));
        assert_eq!(first["person"]["fullName"], "Nguyễn Thị Mẫu");
        let again = change(&world, Some(&one), "registerPerson", person.clone()).await;
        assert_eq!(again["person"], first["person"]);
        let members = world
            .ask(Some(&one), &operation("group"), json!({ "id": group }))
            .await;
        let nodes = &members["data"]["group"]["members"]["nodes"];
        assert_eq!(nodes.as_array().unwrap().len(), 1);

        let mut other = person.clone();
        other["fullName"] = json!("Trần Văn Mẫu");
        let refused = change(&world, Some(&one), "registerPerson", other).await;
        assert_eq!(fields(&refused), [("CONFLICT", "id".to_owned())]);
        let wrong = json!({
            "fullName": " ", "birthYear": 2025, "phone": "số của chồng", "areaId": world.commune(1).0,
            "audiences": [], "groupId": group, "joinedOn": "2020-01-01",
        });
        let refused = change(&world, Some(&one), "registerPerson", wrong).await;
        let mut found = fields(&refused);
        found.sort();
        let wanted = [
            ("DATE_OUT_OF_RANGE", "birthYear"),
            ("DATE_OUT_OF_RANGE", "joinedOn"),
            ("INVALID", "phone"),
            ("NOT_FOUND", "areaId"),
            ("REQUIRED", "audiences"),
            ("REQUIRED", "fullName"),
        ];
        assert_eq!(found, wanted.map(|(code, field)| (code, field.to_owned())));
        // Without the consent to keep a child, nothing of the person is written either.
        let id = Uuid::now_v7();
        let half = json!({
            "id": id, "fullName": "Lê Thị Mẫu", "areaId": here.0, "audiences": ["CAREGIVER"],
            "children": [{ "bornMonth": "2024-05" }],
        });
        let refused = change(&world, Some(&one), "registerPerson", half.clone()).await;
        assert_eq!(fields(&refused), [("CONSENT_MISSING", "children.0".to_owned())]);
        let mut mended = half;
        mended["children"] = json!([]);
        let taken = change(&world, Some(&one), "registerPerson", mended).await;
        assert_eq!(taken["person"]["id"], id.to_string());
    })
    .await;
}

#[tokio::test]
async fn a_warning_of_duplicates_tells_how_many_and_shows_only_the_trainers_own() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let (one, other) = (world.trainer(here).await, world.trainer(here).await);
        let (mine, theirs) = (group(&world, &one).await, group(&world, &other).await);
        let person = |name: &str, year: Value, group: &Value| {
            json!({
                "fullName": name, "birthYear": year, "areaId": here.0, "audiences": ["CAREGIVER"], "groupId": group,
            })
        };
        let own = person("Đặng Thị Hoà", json!(1990), &mine);
        change(&world, Some(&one), "registerPerson", own).await;
        let stranger = person("Dang thi hoa", json!(null), &theirs);
        change(&world, Some(&other), "registerPerson", stranger).await;
        let another_year = person("Đặng Thị Hòa", json!(1960), &theirs);
        change(&world, Some(&other), "registerPerson", another_year).await;

        let mut asked = person("Đặng Thị Hòa", json!(1990), &mine);
        asked["lookOnly"] = json!(true);
        let looked = change(&world, Some(&one), "registerPerson", asked.clone()).await;
        assert_eq!(looked["person"], Value::Null);
        assert_eq!(
            looked["lookAlikes"],
            json!({ "count": 2, "known": [{ "person": { "fullName": "Đặng Thị Hoà" }, "birthYear": 1990 }] })
        );
        asked["lookOnly"] = json!(false);
        let written = change(&world, Some(&one), "registerPerson", asked).await;
        assert_eq!(written["lookAlikes"], looked["lookAlikes"], "a warning, never a refusal");
        assert!(written["person"]["id"].is_string());
    })
    .await;
}

#[tokio::test]
async fn a_code_makes_the_account_once_and_what_was_learned_before_stays_hers() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let one = world.trainer(here).await;
        let group = group(&world, &one).await;
        let person = Uuid::now_v7();
        let input = json!({
            "id": person, "fullName": "Lê Thị Mẫu", "areaId": here.0, "audiences": ["CAREGIVER"],
            "consents": ["LEARNING_RECORD"], "groupId": group,
        });
        change(&world, Some(&one), "registerPerson", input).await;
        let lessons = world.lessons("HC1");
        let input = json!({
            "id": Uuid::now_v7(), "groupId": group, "heldAt": world.app.clock.now(), "lessonIds": [lessons[0].0],
            "people": [{ "personId": person }],
        });
        change(&world, Some(&one), "recordSession", input).await;

        let make = async || {
            let input = json!({ "personId": person });
            let made = change(&world, Some(&one), "createClaimCode", input).await;
            made["code"].as_str().unwrap().to_owned()
        };
        let first = make().await;
        let second = make().await;
        let claim = async |code: &str, login: &str| {
            let input = json!({ "code": code, "login": login, "password": "bay con ca xanh" });
            change(&world, None, "claimPerson", input).await
        };
        let unknown = [("NOT_FOUND", "code".to_owned())];
        assert_eq!(fields(&claim(&first, "le.mau").await), unknown, "replaced");
        assert_eq!(fields(&claim("22222-22222", "le.mau").await), unknown);
        let typed = second.to_lowercase().replace('-', " ");
        let claimed = claim(&typed, "le.mau").await;
        assert_eq!(claimed["userErrors"], json!([]));
        assert_eq!(claimed["viewer"]["person"]["id"], person.to_string());
        // The answer was lost: the same again signs in; anybody else is told nothing.
        let again = claim(&second, "le.mau").await;
        assert_eq!(again["viewer"]["person"]["id"], person.to_string());
        assert_eq!(fields(&claim(&second, "nguoi.khac").await), unknown);
        let input = json!({ "personId": person });
        let refused = change(&world, Some(&one), "createClaimCode", input).await;
        assert_eq!(fields(&refused), [("CONFLICT", "personId".to_owned())]);

        let token = again["session"]["accessToken"].as_str().unwrap().to_owned();
        let progress = world
            .app
            .graphql(
                Some(&token),
                "{ lesson(code: \"HC1.1\") { progress { status evidence } } }",
                json!({}),
            )
            .await;
        assert_eq!(
            progress.data("lesson.progress"),
            &json!({ "status": "COMPLETED", "evidence": ["IN_PERSON"] })
        );
        let (people, found) = world.app.app.coverage.check(&world.learning).await.unwrap();
        assert!(people > 0);
        assert_eq!(found, []);
    })
    .await;
}

#[tokio::test]
async fn a_code_grows_old_and_is_not_to_be_guessed() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let one = world.trainer(here).await;
        let group = group(&world, &one).await;
        let input = json!({
            "fullName": "Lê Thị Mẫu", "areaId": here.0, "audiences": ["CAREGIVER"], "groupId": group,
        });
        let person = change(&world, Some(&one), "registerPerson", input).await["person"]["id"].clone();
        let input = json!({ "personId": person });
        let code = change(&world, Some(&one), "createClaimCode", input).await["code"].clone();
        world.app.clock.advance(Duration::days(15));
        let input = json!({ "code": code, "login": "le.mau", "password": "bay con ca xanh" });
        let old = change(&world, None, "claimPerson", input.clone()).await;
        assert_eq!(fields(&old), [("NOT_FOUND", "code".to_owned())]);
        let mut limited = false;
        for _ in 0..45 {
            let variables = json!({ "input": input });
            let answer = world.ask(None, &operation("claimPerson"), variables).await;
            limited |= answer["errors"][0]["extensions"]["code"] == "RATE_LIMITED";
        }
        assert!(limited, "guessing is stopped");
        // Only her own trainers make codes.
        let stranger = world.trainer(here).await;
        let input = json!({ "personId": person });
        let refused = change(&world, Some(&stranger), "createClaimCode", input).await;
        assert_eq!(fields(&refused), [("NOT_FOUND", "personId".to_owned())]);
    })
    .await;
}
