//! Children counted through their caregivers, every tier from real events, and populations that change by themselves.

use chrono::Duration;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{TestApp, on_both},
    coverage::{ask, assert_checked, everything, outcomes, people, upload, with_child},
    given::Actor,
};

const GIVE: &str = "mutation($input: GiveConsentInput!) { giveConsent(input: $input) { userErrors { code message field } } }";
const WITHDRAW: &str = "mutation($input: WithdrawConsentInput!) { withdrawConsent(input: $input) { userErrors { code message field } } }";

/// Counts reached and population.
async fn count(app: &TestApp, who: &Actor, more: Value) -> (i64, i64) {
    let answer = ask(app, who, app.country(), more).await;
    (people(&answer["numerator"]), people(&answer["denominator"]))
}

fn of_children(indicator: &str) -> Value {
    json!({ "indicator": indicator, "of": "CHILDREN" })
}

/// Changes something of a household that matters to nobody, so that what follows from it is worked out again.
async fn touch(app: &TestApp, who: &Actor) {
    let texts = "{ consentTexts { version } }";
    let texts = app.graphql(None, texts, json!({})).await;
    let input = json!({ "purpose": "REFERRAL", "textVersion": texts.data("consentTexts.0.version"), "language": "vi" });
    let given = who.graphql(app, GIVE, json!({ "input": input })).await;
    assert!(given.user_errors("giveConsent").is_empty(), "{given}");
    let withdrawn = who
        .graphql(app, WITHDRAW, json!({ "input": { "purpose": "REFERRAL" } }))
        .await;
    assert!(withdrawn.user_errors("withdrawConsent").is_empty());
}

#[tokio::test]
async fn a_child_counts_once_however_many_care_for_it_and_loses_what_an_ended_caregiver_learned() {
    on_both(async |app| {
        let mut parents = Vec::new();
        for _ in 0..6 {
            parents.push(with_child(&app).await);
        }
        let other = app.caregiver().await;
        // Another caregiver of the first child: no operation records one yet.
        let link = "INSERT INTO caregiving (person_id, child_id, bucket, from_on, to_on) \
            SELECT p.person_id, c.child_id, p.bucket, c.from_on, NULL FROM person p, caregiving c \
            WHERE p.person_id = $1 AND c.person_id = $2";
        let values = [other.person.0.into(), parents[0].person.0.into()];
        let link = sea_orm::Statement::from_sql_and_values(app.db.backend(), link, values);
        app.db.write().execute_raw(link).await.expect("a link");
        touch(&app, &other).await;
        let watching = app.supervisor(app.country()).await;
        assert_eq!(count(&app, &watching, json!({})).await, (0, 7), "caregivers");
        assert_eq!(count(&app, &watching, of_children("D3")).await, (0, 6), "children");
        assert_eq!(count(&app, &watching, json!({ "indicator": "D2" })).await, (0, 6));
        assert_checked(&app).await;

        let events = everything(&app, &other).await;
        let receipts = upload(&app, &other, &events).await;
        assert_eq!(outcomes(&receipts, "ACCEPTED"), events.len(), "{receipts:?}");
        assert_eq!(count(&app, &watching, json!({})).await, (1, 7));
        for question in [of_children("D3"), of_children("E2C"), json!({ "indicator": "D2" })] {
            assert_eq!(count(&app, &watching, question.clone()).await, (1, 6), "{question}");
        }
        // The other parent learns too: still one child.
        let events = everything(&app, &parents[0]).await;
        upload(&app, &parents[0], &events).await;
        assert_eq!(count(&app, &watching, json!({})).await, (2, 7));
        assert_eq!(count(&app, &watching, of_children("D3")).await, (1, 6));
        app.app.coverage.fold().await.expect("a fold");
        assert_eq!(count(&app, &watching, of_children("D3")).await, (1, 6), "folding changes nothing");
        assert_checked(&app).await;

        // The parent's events are taken back and the other's care ends: the child has nobody who learned.
        let back: Vec<Value> = events.iter().map(|event| {
            json!({ "id": Uuid::now_v7().to_string(), "kind": "VOIDED", "targetEventId": event["id"], "occurredAt": event["occurredAt"] })
        }).collect();
        upload(&app, &parents[0], &back).await;
        assert_eq!(count(&app, &watching, of_children("D3")).await, (1, 6));
        let before = app.clock.today();
        app.clock.advance(Duration::days(1));
        let end = format!("UPDATE caregiving SET to_on = '{}' WHERE person_id = $1", app.clock.today());
        let end = sea_orm::Statement::from_sql_and_values(app.db.backend(), end, [other.person.0.into()]);
        app.db.write().execute_raw(end).await.expect("an end");
        let other = app.sign_in_again(&other).await;
        touch(&app, &other).await;
        let watching = app.sign_in_again(&watching).await;
        assert_eq!(count(&app, &watching, of_children("D3")).await, (0, 6));
        assert_eq!(count(&app, &watching, json!({ "indicator": "D2" })).await, (0, 6));
        let mut then = of_children("D3");
        then["on"] = json!(before.to_string());
        assert_eq!(count(&app, &watching, then).await, (1, 6), "yesterday stays as it was");
        assert_checked(&app).await;
    })
    .await;
}

#[tokio::test]
async fn children_are_pooled_with_their_families_and_have_no_target_and_no_register() {
    on_both(async |app| {
        for _ in 0..3 {
            with_child(&app).await;
        }
        let watching = app.supervisor(app.country()).await;
        let hidden = ask(&app, &watching, app.country(), of_children("D3")).await;
        assert_eq!(hidden["numerator"]["state"], "POOLED");
        assert_eq!(hidden["of"], "CHILDREN");
        for _ in 0..3 {
            with_child(&app).await;
        }
        let mut question = of_children("D3");
        let shown = ask(&app, &watching, app.country(), question.clone()).await;
        assert_eq!(
            (people(&shown["denominator"]), &shown["target"]),
            (6, &Value::Null)
        );
        assert!(
            shown["explanation"]["rule"]
                .as_str()
                .is_some_and(|rule| rule.contains("trẻ khuyết tật"))
        );
        question["denominator"] = json!("POPULATION");
        let unknown = ask(&app, &watching, app.country(), question).await;
        assert_eq!(unknown["denominator"]["state"], "UNKNOWN");
        let document =
            "query($area: ID!) { coverage(areaId: $area, indicator: \"D4\", of: CHILDREN) { on } }";
        let refused = watching
            .graphql(&app, document, json!({ "area": app.country().to_string() }))
            .await;
        assert_eq!(refused.code(), "BAD_USER_INPUT");
        assert!(
            refused.errors()[0]["message"]
                .as_str()
                .is_some_and(|text| text.contains("E2C"))
        );
    })
    .await;
}

#[tokio::test]
async fn every_tier_is_reached_by_events_that_a_phone_sends() {
    on_both(async |app| {
        let mut caregivers = Vec::new();
        for _ in 0..6 {
            caregivers.push(with_child(&app).await);
        }
        let watching = app.supervisor(app.country()).await;
        let tiers = async || {
            let mut counts = Vec::new();
            for tier in [
                "REACHED",
                "COMPLETED",
                "DEMONSTRATED",
                "RETAINED",
                "PRACTISED",
            ] {
                counts.push(count(&app, &watching, json!({ "tier": tier })).await.0);
            }
            counts
        };
        let all = everything(&app, &caregivers[0]).await;
        let days_ago = |days: i64| json!((app.clock.now() - Duration::days(days)).to_rfc3339());
        let again = |event: &Value, days: i64| {
            let mut event = event.clone();
            event["id"] = json!(Uuid::now_v7().to_string());
            event["occurredAt"] = days_ago(days);
            event
        };
        let is_quiz = |event: &&Value| event["kind"] == "QUIZ_ANSWERED";
        let lessons: Vec<Value> = all
            .iter()
            .filter(|event| !is_quiz(event))
            .cloned()
            .collect();
        let with_kind = |kind: &str| {
            let mut event = again(&lessons[0], 50);
            event["kind"] = json!(kind);
            event
        };
        let sent = async |events: &[Value]| {
            let receipts = upload(&app, &caregivers[0], events).await;
            assert_eq!(
                outcomes(&receipts, "ACCEPTED"),
                events.len(),
                "{receipts:?}"
            );
        };
        sent(&[with_kind("OPENED")]).await;
        assert_eq!(tiers().await, [1, 0, 0, 0, 0]);
        sent(&[with_kind("PRACTISED_AT_HOME")]).await;
        assert_eq!(tiers().await, [1, 0, 0, 0, 1]);
        let finished: Vec<Value> = lessons.iter().map(|event| again(event, 45)).collect();
        sent(&finished).await;
        assert_eq!(tiers().await, [1, 1, 0, 0, 1]);
        let quizzes = |days: i64| -> Vec<Value> {
            all.iter()
                .filter(is_quiz)
                .map(|event| again(event, days))
                .collect()
        };
        sent(&quizzes(40)).await;
        assert_eq!(tiers().await, [1, 1, 1, 0, 1]);
        sent(&quizzes(11)).await;
        assert_eq!(
            tiers().await,
            [1, 1, 1, 0, 1],
            "29 days later is no re-check"
        );
        sent(&quizzes(10)).await;
        assert_eq!(tiers().await, [1, 1, 1, 1, 1]);
        assert_eq!(
            count(
                &app,
                &watching,
                json!({ "indicator": "D2", "tier": "RETAINED" })
            )
            .await,
            (1, 6)
        );
        assert_checked(&app).await;
    })
    .await;
}

#[tokio::test]
async fn a_population_shrinks_by_itself_when_children_turn_eight() {
    on_both(async |app| {
        let save = "mutation($input: SaveChildInput!) { saveChild(input: $input) { userErrors { code message field } } }";
        for _ in 0..6 {
            let caregiver = app.caregiver().await;
            // 95 months in November 2026, 96 in December.
            let child = json!({ "input": { "bornMonth": "2018-12" } });
            let saved = caregiver.graphql(&app, save, child).await;
            assert!(saved.user_errors("saveChild").is_empty());
            // Others stay: a country with nobody left but a member of staff shows nothing.
            let caregiver = app.caregiver().await;
            let child = json!({ "input": { "bornMonth": "2024-05" } });
            let saved = caregiver.graphql(&app, save, child).await;
            assert!(saved.user_errors("saveChild").is_empty());
        }
        let watching = app.supervisor(app.country()).await;
        let young = json!({ "indicator": "E2C" });
        assert_eq!(count(&app, &watching, young.clone()).await, (0, 12));
        assert_eq!(count(&app, &watching, of_children("E2C")).await, (0, 12));
        app.clock.advance(Duration::days(40));
        let watching = app.sign_in_again(&watching).await;
        assert_eq!(count(&app, &watching, young).await, (0, 6), "nothing was recorded since");
        assert_eq!(count(&app, &watching, of_children("E2C")).await, (0, 6));
        for (day, expected) in [("2026-11-30", 12), ("2026-12-01", 6)] {
            let then = json!({ "indicator": "E2C", "on": day });
            assert_eq!(count(&app, &watching, then).await, (0, expected), "{day}");
        }
        assert_checked(&app).await;
    })
    .await;
}

#[tokio::test]
async fn a_database_older_than_the_count_of_children_makes_it_up_and_goes_on_where_it_was_broken_off()
 {
    on_both(async |app| {
        let mut parents = Vec::new();
        for _ in 0..7 {
            parents.push(with_child(&app).await);
        }
        let events = everything(&app, &parents[0]).await;
        upload(&app, &parents[0], &events).await;
        let watching = app.supervisor(app.country()).await;
        let before = [
            count(&app, &watching, of_children("D3")).await,
            count(&app, &watching, json!({ "indicator": "D2" })).await,
        ];
        assert_eq!(before[0], (1, 7));
        // As it was before: people are counted, and no child anywhere.
        let counts = app.app.coverage.child_counts().into_iter();
        let counts: Vec<_> = counts.map(|count| count.count.0).collect();
        for table in [
            "coverage_delta",
            "coverage_month",
            "coverage_day",
            "coverage_late",
            "coverage_present",
        ] {
            for count in &counts {
                let sql = format!("DELETE FROM {table} WHERE indicator_id = $1");
                let gone = sea_orm::Statement::from_sql_and_values(
                    app.db.backend(),
                    sql,
                    [(*count).into()],
                );
                app.db.write().execute_raw(gone).await.expect("gone");
            }
        }
        for sql in [
            "DELETE FROM coverage_child_interval",
            "UPDATE coverage_fold SET populations_version = populations_version + 1",
        ] {
            app.db
                .write()
                .execute_unprepared(sql)
                .await
                .expect("as before");
        }
        let (_, differences) = app
            .app
            .coverage
            .check(&app.app.learning)
            .await
            .expect("a check");
        assert!(!differences.is_empty(), "the children are missed");

        // It is broken off after two people, and another server goes on.
        assert!(
            app.app
                .coverage
                .make_up_children(&app.app.learning, 2)
                .await
                .expect("a page")
        );
        let restarted = crate::app::Product::open(&app.db, &app.clock).await;
        while restarted
            .app
            .coverage
            .make_up_children(&restarted.app.learning, 3)
            .await
            .expect("a page")
        {}
        assert_checked(&app).await;
        let after = [
            count(&app, &watching, of_children("D3")).await,
            count(&app, &watching, json!({ "indicator": "D2" })).await,
        ];
        assert_eq!(after, before);
        assert!(
            !app.app
                .coverage
                .make_up_children(&app.app.learning, 2)
                .await
                .expect("nothing left")
        );
        assert_checked(&app).await;
    })
    .await;
}

#[tokio::test]
async fn a_trainer_who_observes_practice_moves_her_member_into_practised_and_nobody_moves_herself()
{
    on_both(async |app| {
        let mut caregivers = Vec::new();
        for _ in 0..6 {
            caregivers.push(with_child(&app).await);
        }
        let trainer = app.trainer(app.ward()).await;
        let input = json!({ "id": app.clock.id::<Uuid>(), "name": "Nhóm mẫu", "areaId": app.ward().0 });
        let create = crate::authorization::operation("createGroup");
        let made = trainer.graphql(&app, &create, json!({ "input": input })).await;
        let members: Vec<_> = caregivers.iter().map(|actor| actor.person.0).collect();
        let input = json!({ "groupId": made.data("createGroup.group.id"), "personIds": members });
        let add = crate::authorization::operation("addMembers");
        let added = trainer.graphql(&app, &add, json!({ "input": input })).await;
        assert!(added.user_errors("addMembers").is_empty(), "{added}");
        let path = "{ learningPath(first: 1) { lesson { id } } }";
        let path = caregivers[0].graphql(&app, path, json!({})).await;
        let observed = |person: &Actor| {
            json!({ "id": Uuid::now_v7().to_string(), "kind": "OBSERVED_BY_TRAINER", "personId": person.person.0,
                "lessonId": path.data("learningPath.0.lesson.id"),
                "occurredAt": (app.clock.now() - Duration::days(1)).to_rfc3339() })
        };
        let watching = app.supervisor(app.country()).await;
        let practised = async || {
            let tiers = ["PRACTISED", "DEMONSTRATED"].map(|tier| json!({ "tier": tier }));
            let [practised, demonstrated] = tiers;
            (count(&app, &watching, practised).await.0, count(&app, &watching, demonstrated).await.0)
        };
        let herself = upload(&app, &caregivers[0], &[observed(&caregivers[0])]).await;
        assert_eq!(outcomes(&herself, "REJECTED"), 1, "{herself:?}");
        assert_eq!(practised().await, (0, 0));
        let event = observed(&caregivers[1]);
        for outcome in ["ACCEPTED", "DUPLICATE"] {
            let receipts = upload(&app, &trainer, std::slice::from_ref(&event)).await;
            assert_eq!(outcomes(&receipts, outcome), 1, "{receipts:?}");
            assert_eq!(practised().await, (1, 0));
        }
        assert_checked(&app).await;
    })
    .await;
}
