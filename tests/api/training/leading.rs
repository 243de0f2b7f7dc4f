//! Who leads a group, its code, and putting it away.

use serde_json::{Value, json};
use vun::auth::capability::Viewer;

use super::world::World;
use crate::{app::on_both, authorization::operation};

async fn change(world: &World, who: &Viewer, name: &str, input: Value) -> Value {
    let variables = json!({ "input": input });
    let answer = world.ask(Some(who), &operation(name), variables).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"][name].clone()
}

#[tokio::test]
async fn a_co_trainer_sees_and_records_until_taken_out_and_decides_nothing_about_the_group() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let (one, other) = (world.trainer(here).await, world.trainer(here).await);
        let elsewhere = world.trainer(world.commune(1)).await;
        let member = world.caregiver(here).await.person();
        let input = json!({ "name": "Nhóm", "areaId": here.0 });
        let group = change(&world, &one, "createGroup", input).await["group"]["id"].clone();
        let input = json!({ "groupId": group, "personIds": [member.0] });
        change(&world, &one, "addMembers", input).await;
        let see = async |who| {
            let asked = json!({ "id": group });
            let answer = world.ask(Some(who), &operation("group"), asked).await;
            answer["data"]["group"]["members"]["nodes"]
                .as_array()
                .map(Vec::len)
        };
        assert_eq!(see(&other).await, None);
        for (login, code) in [
            (world.auth.login(&elsewhere).await.unwrap(), "NOT_FOUND"),
            ("khong.ai".to_owned(), "NOT_FOUND"),
        ] {
            let input = json!({ "groupId": group, "login": login });
            let refused = change(&world, &one, "addCoTrainer", input).await;
            assert_eq!(refused["userErrors"][0]["code"], code);
        }
        let login = world.auth.login(&other).await.unwrap();
        let input = json!({ "groupId": group, "login": login });
        let added = change(&world, &one, "addCoTrainer", input).await;
        assert_eq!(
            added["group"]["coTrainers"][0]["accountId"],
            other.account().to_string()
        );
        assert_eq!(see(&other).await, Some(1));
        for (name, input) in [
            ("archiveGroup", json!({ "groupId": group })),
            ("addCoTrainer", json!({ "groupId": group, "login": login })),
        ] {
            let refused = change(&world, &other, name, input).await;
            assert_eq!(refused["userErrors"][0]["code"], "NOT_FOUND", "{name}");
        }
        let input = json!({ "groupId": group, "accountId": other.account().0 });
        change(&world, &one, "removeCoTrainer", input).await;
        assert_eq!(see(&other).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_new_code_closes_the_old_one_and_a_group_put_away_is_not_joined() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let one = world.trainer(here).await;
        let learner = world.caregiver(here).await;
        let input = json!({ "name": "Nhóm", "areaId": here.0 });
        let made = change(&world, &one, "createGroup", input).await["group"].clone();
        let input = json!({ "groupId": made["id"] });
        let rotated = change(&world, &one, "rotateJoinCode", input.clone()).await;
        let join = async |code: &Value| {
            let input = json!({ "joinCode": code });
            change(&world, &learner, "joinGroup", input).await["userErrors"].clone()
        };
        let (old, new) = (&made["joinCode"], &rotated["group"]["joinCode"]);
        assert_eq!(join(old).await[0]["code"], "NOT_FOUND");
        assert_eq!(join(new).await, json!([]));
        for _ in 0..2 {
            let away = change(&world, &one, "archiveGroup", input.clone()).await;
            assert_eq!(away["archivedId"], made["id"]);
        }
        assert_eq!(join(new).await[0]["code"], "NOT_FOUND");
        let groups = world
            .ask(Some(&one), "{ groups { nodes { id } } }", json!({}))
            .await;
        assert_eq!(groups["data"]["groups"]["nodes"], json!([]));
    })
    .await;
}
