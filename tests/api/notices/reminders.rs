//! Reminders: who gets one, when it rings, and that a sweep can be broken off and taken again.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use entity::{delivery::DeliveryState as State, notice::NoticeKind, report};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use sea_orm::{EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use uuid::Uuid;
use vun::{clock::day_in_viet_nam, config::Settings};

use super::world::{Web, World, deliveries, give_phone, group_of, states, with_gateway};
use crate::{
    app::{TestApp, on_both},
    given::Actor,
};

/// The ids of a module's lessons, and of the module.
async fn module(world: &World, code: &str) -> (Value, Vec<Value>) {
    let document = "query($code: String) { module(code: $code) { id lessons { id } } }";
    let answer =
        crate::requests::graphql(&world.router, None, document, json!({ "code": code })).await;
    let lessons = answer.data("module.lessons").as_array().unwrap().iter();
    let ids = lessons.map(|lesson| lesson["id"].clone()).collect();
    (answer.data("module.id").clone(), ids)
}

async fn upload(world: &World, actor: &Actor, event: Value) {
    let input = json!({ "deviceId": "mẫu", "events": [event] });
    let answer = world.done(Some(actor), "uploadLearningEvents", input).await;
    let outcome = answer.data("uploadLearningEvents.receipts.0.outcome");
    assert_eq!(outcome, "ACCEPTED", "{answer}");
}

async fn open(world: &World, actor: &Actor, lesson: &Value, at: DateTime<Utc>) {
    let event = json!({
        "id": Uuid::new_v4(), "kind": "OPENED", "lessonId": lesson, "occurredAt": at.to_rfc3339(),
    });
    upload(world, actor, event).await;
}

async fn kinds(test: &TestApp, actor: &Actor) -> Vec<NoticeKind> {
    let all = deliveries(test, actor.person).await.into_iter();
    all.map(|(notice, _)| notice.kind).collect()
}

#[tokio::test]
async fn a_lesson_begun_and_left_is_reminded_of_three_times_and_then_no_more() {
    on_both(async |test| {
        let world = World::open(&test, &Settings::default()).await;
        let member = test.caregiver().await;
        let (_, lessons) = module(&world, "HC1").await;
        open(&world, &member, &lessons[0], test.clock.now()).await;
        let began = test.clock.now();
        let mut days = Vec::new();
        for day in 0..70 {
            test.clock.set(began + Duration::days(day));
            let before = kinds(&test, &member).await.len();
            world.sweep().await;
            world.send().await;
            if kinds(&test, &member).await.len() > before {
                days.push(day);
            }
        }
        assert_eq!(days, [3, 10, 30]);
        let all = states(&test, member.person, NoticeKind::UnfinishedLesson).await;
        assert_eq!(all, vec![(State::Sent, None); 3]);
        let member = test.sign_in_again(&member).await;
        test.clock.set(began + Duration::days(31));
        let member = test.sign_in_again(&member).await;
        let shown = world.call(Some(&member), "notices", json!({})).await;
        assert_eq!(shown.data("notices.nodes.0.kind"), "UNFINISHED_LESSON");
        assert_eq!(shown.data("notices.nodes.0.lesson.code"), "HC1.1");
    })
    .await;
}

#[tokio::test]
async fn what_is_due_soon_comes_before_the_rest_and_what_is_done_is_not_reminded_of() {
    on_both(async |test| {
        let world = World::open(&test, &Settings::default()).await;
        let trainer = test.trainer(test.ward()).await;
        let (idle, done) = (test.caregiver().await, test.caregiver().await);
        let group = group_of(&world, &trainer, &[idle.person, done.person], &test).await;
        let (id, lessons) = module(&world, "HC1").await;
        let due = test.clock.today() + Duration::days(3);
        let input = json!({ "groupId": group, "moduleIds": [id], "dueOn": due });
        world.done(Some(&trainer), "assignModules", input).await;
        open(
            &world,
            &idle,
            &lessons[0],
            test.clock.now() - Duration::days(4),
        )
        .await;
        for lesson in &lessons {
            let event = json!({
                "id": Uuid::new_v4(), "kind": "COMPLETED", "lessonId": lesson,
                "occurredAt": test.clock.now().to_rfc3339(),
            });
            upload(&world, &done, event).await;
        }
        world.sweep().await;
        assert_eq!(kinds(&test, &idle).await, [NoticeKind::DueSoon]);
        assert!(kinds(&test, &done).await.is_empty());
        let shown = world.call(Some(&idle), "notices", json!({})).await;
        assert_eq!(shown.data("notices.nodes.0.dueOn"), &json!(due));
        assert_eq!(shown.data("notices.nodes.0.module.code"), "HC1");
    })
    .await;
}

#[tokio::test]
async fn a_check_can_be_shown_to_be_retained_after_thirty_days() {
    on_both(async |test| {
        let world = World::open(&test, &Settings::default()).await;
        let member = test.caregiver().await;
        let catalogue = world.app.content.catalogue();
        let module = catalogue.module_by_code("HC1").unwrap();
        let right = |question: &vun::content::catalogue::Question| -> Vec<Uuid> {
            let choices = question.choices.iter();
            let mut chosen = Vec::new();
            for choice in choices {
                chosen.push(choice.id);
            }
            (1..1_u32 << chosen.len())
                .map(|mask| {
                    let of = chosen.iter().enumerate();
                    of.filter(|(at, _)| mask & (1 << at) != 0)
                        .map(|(_, id)| *id)
                        .collect::<Vec<_>>()
                })
                .find(|picked| question.is_right(picked))
                .unwrap()
                .into_iter()
                .map(|id| id.0)
                .collect()
        };
        let answers: Vec<_> = module
            .questions
            .iter()
            .map(|question| json!({ "questionId": question.id.0, "optionIds": right(question) }))
            .collect();
        let input =
            json!({ "eventId": Uuid::new_v4(), "moduleId": module.id.0, "answers": answers });
        let passed = world.done(Some(&member), "submitQuiz", input).await;
        assert!(passed.errors().is_empty());
        let passed_at = test.clock.now();
        for (day, expected) in [(29, 0), (30, 1), (31, 1)] {
            test.clock.set(passed_at + Duration::days(day));
            world.sweep().await;
            world.send().await;
            let found = kinds(&test, &member).await;
            let rechecks = found.iter().filter(|kind| **kind == NoticeKind::RecheckDue);
            assert_eq!(rechecks.count(), expected, "day {day}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_birthday_brings_word_of_new_lessons_and_names_no_child() {
    on_both(async |test| {
        let world = World::open(&test, &Settings::default()).await;
        let member = test.caregiver().await;
        // Twelve months old on 1 December.
        let input = json!({ "nickname": "Bống", "bornMonth": "2025-12" });
        world.done(Some(&member), "saveChild", input).await;
        world.sweep().await;
        assert!(kinds(&test, &member).await.is_empty());
        test.clock.set("2026-12-01T02:00:00Z".parse().unwrap());
        world.sweep().await;
        assert_eq!(kinds(&test, &member).await, [NoticeKind::NewLessons]);
        let member = test.sign_in_again(&member).await;
        let shown = world.call(Some(&member), "notices", json!({})).await;
        assert!(!shown.json.to_string().contains("Bống"));
        for day in 2..9 {
            test.clock
                .set(format!("2026-12-0{day}T02:00:00Z").parse().unwrap());
            world.sweep().await;
        }
        assert_eq!(kinds(&test, &member).await, [NoticeKind::NewLessons]);
    })
    .await;
}

#[tokio::test]
async fn who_turned_reminders_off_or_took_back_her_consent_gets_none() {
    on_both(async |test| {
        let world = World::open(&test, &Settings::default()).await;
        let (muted, withdrew) = (test.caregiver().await, test.caregiver().await);
        let (_, lessons) = module(&world, "HC1").await;
        for member in [&muted, &withdrew] {
            open(
                &world,
                member,
                &lessons[0],
                test.clock.now() - Duration::days(4),
            )
            .await;
        }
        world
            .done(
                Some(&muted),
                "muteNotices",
                json!({ "kinds": ["REMINDERS"] }),
            )
            .await;
        let input = json!({ "purpose": "LEARNING_RECORD" });
        world.done(Some(&withdrew), "withdrawConsent", input).await;
        world.sweep().await;
        assert!(kinds(&test, &muted).await.is_empty());
        assert!(kinds(&test, &withdrew).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn servers_that_sweep_at_once_and_again_remind_once_and_before_nine_nobody() {
    on_both(async |test| {
        let one = World::open(&test, &Settings::default()).await;
        let other = World::open(&test, &Settings::default()).await;
        let mut members = Vec::new();
        let (_, lessons) = module(&one, "HC1").await;
        for _ in 0..5 {
            let member = test.caregiver().await;
            open(
                &one,
                &member,
                &lessons[0],
                test.clock.now() - Duration::days(4),
            )
            .await;
            members.push(member);
        }
        let nine = test.clock.now();
        test.clock.set(nine - Duration::minutes(1));
        one.sweep().await;
        assert!(kinds(&test, &members[0]).await.is_empty());
        test.clock.set(nine);
        tokio::join!(one.sweep(), other.sweep());
        one.sweep().await;
        for member in &members {
            assert_eq!(kinds(&test, member).await, [NoticeKind::UnfinishedLesson]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_sweep_takes_the_same_number_of_statements_for_few_and_for_many() {
    on_both(async |test| {
        let world = World::open(&test, &Settings::default()).await;
        let (_, lessons) = module(&world, "HC1").await;
        let mut counts = Vec::new();
        for many in [2, 12] {
            for _ in 0..many {
                let member = test.caregiver().await;
                open(
                    &world,
                    &member,
                    &lessons[0],
                    test.clock.now() - Duration::days(4),
                )
                .await;
            }
            let (_, statements) = test.statements_of(async || world.sweep().await).await;
            counts.push(statements);
            test.clock.advance(Duration::days(1));
        }
        assert_eq!(counts[0], counts[1]);
    })
    .await;
}

#[tokio::test]
async fn supervisors_of_areas_whose_reports_are_due_or_late_are_reminded() {
    on_both(async |test| {
        let world = World::open(&test, &Settings::default()).await;
        let ward = test.ward();
        let supervisor = test.supervisor(ward).await;
        // The third quarter is due from communes on 3 October.
        let mut told = Vec::new();
        for day in [
            "10-01", "10-02", "10-03", "10-04", "10-05", "10-11", "10-12",
        ] {
            test.clock
                .set(format!("2027-{day}T02:00:00Z").parse().unwrap());
            world.sweep().await;
            world.send().await;
            let all = deliveries(&test, supervisor.person).await;
            told.push((day, all.last().map(|(notice, _)| notice.kind), all.len()));
        }
        use NoticeKind::{ReportDue, ReportLate};
        assert_eq!(
            told,
            [
                ("10-01", None, 0),
                ("10-02", Some(ReportDue), 1),
                ("10-03", Some(ReportDue), 1),
                ("10-04", Some(ReportLate), 2),
                ("10-05", Some(ReportLate), 2),
                ("10-11", Some(ReportLate), 3),
                ("10-12", Some(ReportLate), 3),
            ]
        );
        let supervisor = test.sign_in_again(&supervisor).await;
        let shown = world.call(Some(&supervisor), "notices", json!({})).await;
        assert_eq!(shown.data("notices.nodes.0.period"), "QUARTER-2027-3");
        assert_eq!(shown.data("notices.nodes.0.area.id"), &json!(ward.0));
        assert_eq!(shown.data("notices.nodes.0.dueOn"), "2027-10-03");

        // Once it is submitted there is nothing to remind of.
        let day = |text: &str| text.parse().unwrap();
        let row = report::Model {
            report_id: test.clock.id(),
            area_id: ward,
            period_code: "QUARTER-2027-3".to_owned(),
            period_from: day("2027-07-01"),
            period_to: day("2027-09-30"),
            due_on: day("2027-10-03"),
            state: report::ReportState::Submitted,
            version_number: 0,
            drafted_by: supervisor.account,
            drafted_at: test.clock.now(),
            submitted_by: Some(supervisor.account),
            submitted_at: Some(test.clock.now()),
            first_submitted_at: Some(test.clock.now()),
            decided_by: None,
            decided_at: None,
        };
        report::Entity::insert(row.into_active_model())
            .exec_without_returning(test.db.write())
            .await
            .unwrap();
        test.clock.set("2027-10-17T02:00:00Z".parse().unwrap());
        world.sweep().await;
        assert_eq!(deliveries(&test, supervisor.person).await.len(), 3);
    })
    .await;
}

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
enum Step {
    Nudge,
    Announce,
    Open(usize),
    Pass(i64),
    Mute(bool, bool),
    Hours(u8, u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Nudge),
        1 => Just(Step::Announce),
        2 => (0_usize..4).prop_map(Step::Open),
        4 => (30_i64..2_000).prop_map(Step::Pass),
        1 => any::<(bool, bool)>().prop_map(|(reminders, messages)| Step::Mute(reminders, messages)),
        1 => (0_u8..24, 0_u8..24).prop_map(|(from, until)| Step::Hours(from, until)),
    ]
}

/// What a person wishes, told in another way than the product's.
#[derive(Clone, Copy)]
struct Wish {
    reminders_off: bool,
    messages_off: bool,
    hours: (i64, i64),
}

impl Wish {
    fn is_quiet(self, at: DateTime<Utc>) -> bool {
        let hour = (at + Duration::hours(7)).timestamp().rem_euclid(86_400) / 3600;
        let (from, until) = self.hours;
        let mut quiet = (0..24).map(|ahead| (from + ahead) % 24);
        from != until
            && quiet
                .by_ref()
                .take_while(|at| *at != until)
                .any(|at| at == hour)
    }
}

#[tokio::test]
async fn whatever_happens_at_most_one_reminder_a_day_rings_none_in_quiet_hours_and_none_after_a_mute()
 {
    let mut runner = TestRunner::new(Config::default());
    let mut histories = Vec::new();
    for _ in 0..4 {
        let tree = prop::collection::vec(step(), 20..32)
            .new_tree(&mut runner)
            .unwrap();
        histories.push(tree.current());
    }
    on_both(async |test| {
        let web = Web::start().await;
        let world = World::open(&test, &with_gateway(&web)).await;
        let (_, lessons) = module(&world, "HC1").await;
        for (number, history) in histories.iter().enumerate() {
            let mut trainer = test.trainer(test.ward()).await;
            let mut member = test.caregiver().await;
            let phone = format!("+8491234567{number}");
            give_phone(&test, member.person, &phone).await;
            let group = group_of(&world, &trainer, &[member.person], &test).await;
            let mut wish = Wish {
                reminders_off: false,
                messages_off: false,
                hours: (21, 7),
            };
            let mut rang: BTreeMap<_, Vec<String>> = BTreeMap::new();
            let mut seen = 0;
            for step in history {
                match *step {
                    Step::Nudge => {
                        let input = json!({ "personId": member.person.0, "template": "CONTINUE" });
                        world
                            .call(Some(&trainer), "nudgePerson", json!({ "input": input }))
                            .await;
                    }
                    Step::Announce => {
                        let input = json!({ "groupId": group, "text": "Chào." });
                        world
                            .call(Some(&trainer), "announceToGroup", json!({ "input": input }))
                            .await;
                    }
                    Step::Open(at) => open(&world, &member, &lessons[at], test.clock.now()).await,
                    Step::Pass(minutes) => {
                        test.clock.advance(Duration::minutes(minutes));
                        trainer = test.sign_in_again(&trainer).await;
                        member = test.sign_in_again(&member).await;
                    }
                    Step::Mute(reminders, messages) => {
                        for (kind, off) in
                            [("REMINDERS", reminders), ("TRAINER_MESSAGES", messages)]
                        {
                            let input = json!({ "kinds": [kind], "muted": off });
                            world.done(Some(&member), "muteNotices", input).await;
                        }
                        (wish.reminders_off, wish.messages_off) = (reminders, messages);
                    }
                    Step::Hours(from, until) => {
                        let text = |hour: u8| format!("{hour:02}:00");
                        let input = json!({ "quietFrom": text(from), "quietUntil": text(until) });
                        world
                            .done(Some(&member), "saveNoticePreferences", input)
                            .await;
                        wish.hours = (from.into(), until.into());
                    }
                }
                world.sweep().await;
                world.send().await;
                let now = test.clock.now();
                let got: Vec<Value> = web.got().iter().map(super::world::Got::json).collect();
                let hers: Vec<&Value> = got.iter().filter(|got| got["to"] == *phone).collect();
                for got in &hers[seen..] {
                    let kind = got["kind"].as_str().unwrap().to_owned();
                    assert!(!wish.is_quiet(now), "{kind} rang at {now}: {history:?}");
                    let trainers = kind == "ANNOUNCEMENT" || kind.starts_with("NUDGE");
                    assert!(
                        !(trainers && wish.messages_off),
                        "{kind} after a mute: {history:?}"
                    );
                    if kind != "ANNOUNCEMENT" {
                        assert!(!wish.reminders_off, "{kind} after a mute: {history:?}");
                        rang.entry(day_in_viet_nam(now)).or_default().push(kind);
                    }
                }
                seen = hers.len();
            }
            for (day, kinds) in rang {
                assert_eq!(kinds.len(), 1, "{day}: {kinds:?}: {history:?}");
            }
        }
    })
    .await;
}
