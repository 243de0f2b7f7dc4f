//! Moving somebody from group to group: what stays, what is told, and whom one may move.

use entity::group_member;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    given::Actor,
    requests::Answer,
};

async fn send(app: &TestApp, who: &Actor, name: &str, input: Value) -> Answer {
    who.graphql(app, &operation(name), json!({ "input": input }))
        .await
}

async fn group(app: &TestApp, trainer: &Actor) -> Uuid {
    let id = Uuid::now_v7();
    let input = json!({ "id": id, "name": "Nhóm", "areaId": app.ward().0 });
    send(app, trainer, "createGroup", input).await;
    id
}

#[tokio::test]
async fn who_is_moved_keeps_her_history_and_the_same_again_changes_nothing() {
    on_both(async |app| {
        let trainer = app.trainer(app.ward()).await;
        let (one, two) = (group(&app, &trainer).await, group(&app, &trainer).await);
        let member = app.caregiver().await;
        let added = json!({ "groupId": one, "personIds": [member.person.0] });
        send(&app, &trainer, "addMembers", added).await;
        app.clock.advance(chrono::Duration::days(3));
        let trainer = app.sign_in_again(&trainer).await;
        let moved = json!({ "fromGroupId": one, "toGroupId": two, "personId": member.person.0 });
        for _ in 0..2 {
            let answer = send(&app, &trainer, "moveMember", moved.clone()).await;
            assert_eq!(answer.user_errors("moveMember"), [] as [(&str, &str); 0]);
            let nodes = json!([{ "person": { "id": member.person.0 }, "joinedOn": "2026-11-25", "joinedHow": "MOVED" }]);
            assert_eq!(answer.data("moveMember.group.members.nodes"), &nodes);
        }
        let rows = group_member::Entity::find().filter(group_member::Column::PersonId.eq(member.person));
        let mut rows = rows.all(app.db.write()).await.unwrap();
        rows.sort_by_key(|row| row.joined_on);
        let [before, after] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!((before.joined_on.to_string(), before.left_on.unwrap().to_string()), ("2026-11-22".to_owned(), "2026-11-25".to_owned()));
        assert_eq!(before.moved_to.unwrap().0, two);
        assert_eq!((after.left_on, after.moved_to), (None, None));
    })
    .await;
}

#[tokio::test]
async fn only_between_ones_own_groups_and_only_who_is_in_the_first() {
    on_both(async |app| {
        let (trainer, stranger) = (app.trainer(app.ward()).await, app.trainer(app.ward()).await);
        let (one, two) = (group(&app, &trainer).await, group(&app, &trainer).await);
        let theirs = group(&app, &stranger).await;
        let (member, gone, passer) = (
            app.caregiver().await,
            app.caregiver().await,
            app.caregiver().await,
        );
        let added = json!({ "groupId": one, "personIds": [member.person.0, gone.person.0] });
        send(&app, &trainer, "addMembers", added).await;
        let removed = json!({ "groupId": one, "personId": gone.person.0 });
        send(&app, &trainer, "removeMember", removed).await;
        for (who, from, to, person, code, field) in [
            (&trainer, one, theirs, &member, "NOT_FOUND", "toGroupId"),
            (&trainer, theirs, one, &member, "NOT_FOUND", "fromGroupId"),
            (&trainer, one, one, &member, "INVALID", "toGroupId"),
            (&trainer, one, two, &passer, "NOT_FOUND", "personId"),
            (&trainer, one, two, &gone, "CLOSED", "personId"),
        ] {
            let input =
                json!({ "fromGroupId": from, "toGroupId": to, "personId": person.person.0 });
            let told = send(&app, who, "moveMember", input).await;
            assert_eq!(told.user_errors("moveMember"), [(code, field)]);
        }
        let open = group_member::Entity::find().filter(group_member::Column::LeftOn.is_null());
        let open = open.all(app.db.write()).await.unwrap();
        assert_eq!(open.len(), 1, "nobody was moved");
    })
    .await;
}
