//! Joining by code, and recording for the people of a group.

use entity::{
    ids::{GroupId, PersonId},
    training_group,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;
use vun::{
    auth::{capability::Viewer, rate::ClientAddress},
    error::Error,
    learning::intake::{Outcome, Trouble, Upload},
    training::{NewGroup, framing::Frame, join_code::JoinCode, screens::Age},
};

use super::world::{World, to_mend, trainer};
use crate::app::on_both;

async fn group_of(world: &World, viewer: &Viewer) -> (GroupId, String) {
    let new = NewGroup {
        id: None,
        name: "Nhóm".to_owned(),
        area: world.commune(0),
        frame: Frame::default(),
    };
    let id = world
        .training
        .create_group(&trainer(viewer), new)
        .await
        .unwrap();
    let roster = world
        .training
        .group(&trainer(viewer), id, &[], Age::Now)
        .await
        .unwrap();
    (id, roster.group.join_code.unwrap().to_string())
}

fn upload(person: PersonId, world: &World) -> Upload {
    Upload {
        id: Uuid::now_v7().to_string(),
        person: Some(person.to_string()),
        kind: "COMPLETED".to_owned(),
        lesson: Some(world.lessons("HC1")[0].to_string()),
        ..Upload::default()
    }
}

async fn outcome_of(world: &World, sender: &Viewer, person: PersonId) -> Outcome {
    let uploads = vec![upload(person, world)];
    let receipts = world
        .learning
        .upload(&sender.learner(), Default::default(), uploads)
        .await;
    receipts.unwrap().remove(0).outcome
}

#[tokio::test]
async fn a_learner_joins_by_the_code_once_and_sees_only_the_group() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let one = world.trainer(here).await;
        let (group, code) = group_of(&world, &one).await;
        let learner = world.caregiver(here).await;
        let joined = world
            .training
            .join_group(&learner.learner(), &code, None)
            .await
            .unwrap();
        assert_eq!(
            (joined.group.id, joined.joined_on),
            (group, world.areas.today())
        );

        let document = "mutation($code: String!) { joinGroup(input: { joinCode: $code }) {
            group { id name area { name } joinedOn } userErrors { code field } } }";
        let typed = code.to_lowercase().replace('-', " ");
        let answer = world
            .ask(
                Some(&learner),
                document,
                serde_json::json!({ "code": typed }),
            )
            .await;
        assert_eq!(
            answer["data"]["joinGroup"],
            serde_json::json!({
                "group": {
                    "id": group.to_string(),
                    "name": "Nhóm",
                    "area": { "name": world.atlas().name(here, world.areas.today()) },
                    "joinedOn": "2026-11-22",
                },
                "userErrors": [],
            })
        );
        let members = "query($id: ID!) { group(id: $id) { members { nodes { person { id } } } } }";
        let id = serde_json::json!({ "id": group.to_string() });
        let seen = world.ask(Some(&one), members, id.clone()).await;
        let nodes = &seen["data"]["group"]["members"]["nodes"];
        assert_eq!(nodes[0]["person"]["id"], learner.person().to_string());
        assert_eq!(nodes.as_array().unwrap().len(), 1);
        let forbidden = world.ask(Some(&learner), members, id).await;
        assert_eq!(forbidden["errors"][0]["extensions"]["code"], "FORBIDDEN");
    })
    .await;
}

#[tokio::test]
async fn codes_cannot_be_guessed_by_trying() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let one = world.trainer(here).await;
        let (_, code) = group_of(&world, &one).await;
        let (guesser, guest) = (world.caregiver(here).await, world.caregiver(here).await);
        let address = Some(ClientAddress("203.0.113.7".parse().unwrap()));
        let told = [(
            "NotFound".to_owned(),
            "joinCode".to_owned(),
            "join-code-unknown",
        )];
        for tried in 0..10 {
            // One that nobody has and one that cannot be a code answer the same.
            let wrong = match tried % 2 {
                0 => JoinCode::fresh().to_string(),
                _ => "not a code".to_owned(),
            };
            let outcome = world
                .training
                .join_group(&guesser.learner(), &wrong, address)
                .await;
            assert_eq!(to_mend(outcome), told);
        }
        // Even the right one, now.
        let refused = world
            .training
            .join_group(&guesser.learner(), &code, address)
            .await;
        assert!(matches!(
            refused,
            Err(Error::RateLimited {
                retry_after: 1..=361
            })
        ));
        // Others over the same address still join.
        world
            .training
            .join_group(&guest.learner(), &code, address)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_code_of_a_group_put_away_or_without_a_trainer_opens_nothing() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let (one, two) = (world.trainer(here).await, world.trainer(here).await);
        let (_, led_no_more) = group_of(&world, &one).await;
        let (put_away, code) = group_of(&world, &two).await;
        world.moved(&one, world.commune(1)).await;
        let archived = training_group::ActiveModel {
            archived_at: sea_orm::Set(Some(world.app.clock.now())),
            ..Default::default()
        };
        training_group::Entity::update_many()
            .set(archived)
            .filter(training_group::Column::GroupId.eq(put_away))
            .exec(world.app.db.write())
            .await
            .unwrap();
        let learner = world.caregiver(here).await.learner();
        let told = [(
            "NotFound".to_owned(),
            "joinCode".to_owned(),
            "join-code-unknown",
        )];
        for code in [led_no_more, code] {
            let outcome = world.training.join_group(&learner, &code, None).await;
            assert_eq!(to_mend(outcome), told);
        }
    })
    .await;
}

#[tokio::test]
async fn a_code_expires_is_renewed_and_is_shown_as_a_picture() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let one = world.trainer(here).await;
        let (group, code) = group_of(&world, &one).await;
        let learner = world.caregiver(here).await;
        let training = &world.training;
        let screen = "query($id: ID!) { group(id: $id) { joinCode joinCodeExpiresAt joinCodeQr } }";
        let id = serde_json::json!({ "id": group.to_string() });
        let shown = world.ask(Some(&one), screen, id).await;
        let shown = &shown["data"]["group"];
        assert_eq!(shown["joinCodeExpiresAt"], "2027-02-20T02:00:00+00:00");
        assert!(shown["joinCodeQr"].as_str().unwrap().contains("<svg"));
        world.app.clock.advance(chrono::Duration::days(90));
        let late = training.join_group(&learner.learner(), &code, None).await;
        assert_eq!(
            to_mend(late),
            [(
                "Closed".to_owned(),
                "joinCode".to_owned(),
                "join-code-expired"
            )]
        );
        training
            .rotate_join_code(&trainer(&one), group, true)
            .await
            .unwrap();
        let scanned = format!("VUN-JOIN:{}", code.replace('-', ""));
        training
            .join_group(&learner.learner(), &scanned, None)
            .await
            .unwrap();
        training
            .rotate_join_code(&trainer(&one), group, false)
            .await
            .unwrap();
        let other = world.caregiver(here).await;
        let old = training.join_group(&other.learner(), &code, None).await;
        assert_eq!(
            to_mend(old),
            [(
                "NotFound".to_owned(),
                "joinCode".to_owned(),
                "join-code-unknown"
            )]
        );
    })
    .await;
}

#[tokio::test]
async fn a_trainer_records_for_the_people_in_her_groups_and_nobody_else() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let (one, other) = (world.trainer(here).await, world.trainer(here).await);
        let (group, code) = group_of(&world, &one).await;
        let (member, stranger) = (world.caregiver(here).await, world.caregiver(here).await);
        world
            .training
            .join_group(&member.learner(), &code, None)
            .await
            .unwrap();

        let unknown = Outcome::Quarantined(Trouble::PersonUnknown);
        assert_eq!(Trouble::PersonUnknown.code(), "PERSON_UNKNOWN");
        assert_eq!(
            outcome_of(&world, &one, member.person()).await,
            Outcome::Accepted
        );
        assert_eq!(outcome_of(&world, &one, stranger.person()).await, unknown);
        assert_eq!(
            outcome_of(&world, &one, Uuid::now_v7().into()).await,
            unknown
        );
        // Not another trainer of the commune, nor another member, nor the member for her trainer.
        assert_eq!(outcome_of(&world, &other, member.person()).await, unknown);
        assert_eq!(
            outcome_of(&world, &stranger, member.person()).await,
            unknown
        );
        assert_eq!(outcome_of(&world, &member, one.person()).await, unknown);

        // The trainer sees what was recorded.
        let document =
            "query($id: ID!) { group(id: $id) { members { nodes { lastActivityAt } } } }";
        let id = serde_json::json!({ "id": group.to_string() });
        let seen = world.ask(Some(&one), document, id).await;
        let active = &seen["data"]["group"]["members"]["nodes"][0]["lastActivityAt"];
        assert_eq!(active, "2026-11-22T02:00:00+00:00");

        let person = member.person();
        let (training, who) = (&world.training, trainer(&one));
        training
            .remove_member(&who, group, person, None)
            .await
            .unwrap();
        assert_eq!(outcome_of(&world, &one, person).await, unknown);
        world
            .training
            .join_group(&member.learner(), &code, None)
            .await
            .unwrap();
        assert_eq!(outcome_of(&world, &one, person).await, Outcome::Accepted);
        let moved = world.moved(&one, world.commune(1)).await;
        assert_eq!(outcome_of(&world, &moved, person).await, unknown);
    })
    .await;
}
