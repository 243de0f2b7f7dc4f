//! The worklist's order, as a trainer would check it.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn today() -> NaiveDate {
    day("2026-11-22")
}

fn member(number: u128, name: &str) -> MemberFacts {
    MemberFacts {
        group: Uuid::from_u128(1).into(),
        person: Uuid::from_u128(number).into(),
        full_name: name.to_owned(),
        name_sort_key: crate::people::name::sort_key(name),
        joined_on: day("2026-10-01"),
        last_activity_on: Some(day("2026-11-20")),
        left: vec![(
            Uuid::from_u128(100).into(),
            Uuid::from_u128(101).into(),
            day("2026-12-31"),
        )],
        failed_check: None,
        has_phone: true,
        phone_heard_on: Some(day("2026-11-21")),
        followed_up: None,
        next_session_on: Some(day("2026-11-29")),
    }
}

/// A village as it is after some weeks: everybody for one reason, some for two, some for none.
fn village() -> Vec<MemberFacts> {
    let base = member;
    vec![
        base(1, "Mẫu Đang Học"),
        MemberFacts {
            last_activity_on: None,
            ..base(2, "Mẫu Chưa Mở")
        },
        MemberFacts {
            last_activity_on: None,
            has_phone: false,
            phone_heard_on: None,
            joined_on: day("2026-09-01"),
            ..base(3, "Mẫu Không Máy")
        },
        MemberFacts {
            last_activity_on: None,
            joined_on: day("2026-11-21"),
            ..base(4, "Mẫu Mới Vào")
        },
        MemberFacts {
            failed_check: Some(Uuid::from_u128(100).into()),
            ..base(5, "Mẫu Trượt Hai Lần")
        },
        MemberFacts {
            last_activity_on: Some(day("2026-10-20")),
            ..base(6, "Mẫu Bỏ Dở")
        },
        MemberFacts {
            left: vec![(
                Uuid::from_u128(100).into(),
                Uuid::from_u128(102).into(),
                day("2026-11-25"),
            )],
            ..base(7, "Mẫu Sắp Hạn")
        },
        MemberFacts {
            left: vec![(
                Uuid::from_u128(100).into(),
                Uuid::from_u128(102).into(),
                day("2026-11-10"),
            )],
            ..base(8, "Mẫu Quá Hạn")
        },
        MemberFacts {
            last_activity_on: Some(day("2026-10-20")),
            phone_heard_on: Some(day("2026-10-21")),
            ..base(9, "Mẫu Máy Im")
        },
        MemberFacts {
            last_activity_on: Some(day("2026-10-20")),
            followed_up: Some((FollowUpOutcome::WillContinue, day("2026-11-25"))),
            ..base(10, "Mẫu Đã Gọi")
        },
        MemberFacts {
            last_activity_on: Some(day("2026-10-20")),
            left: Vec::new(),
            ..base(11, "Mẫu Xong Rồi")
        },
    ]
}

#[test]
fn a_village_is_listed_in_the_order_a_trainer_would_call() {
    let list = worklist(&village(), today(), 4);
    let lines: Vec<String> = list
        .iter()
        .map(|item| {
            let week = if item.this_week { "this week" } else { "later" };
            format!(
                "{}: {:?} {} days, {:?} {}, {week}",
                item.full_name,
                item.reasons,
                item.days,
                item.action,
                item.on.map(|on| on.to_string()).unwrap_or_default(),
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    Mẫu Không Máy: [NeverOpened] 82 days, InviteToSession 2026-11-29, this week
    Mẫu Chưa Mở: [NeverOpened] 52 days, OpenFirstLesson 2026-12-31, this week
    Mẫu Mới Vào: [NeverOpened] 1 days, OpenFirstLesson 2026-12-31, this week
    Mẫu Trượt Hai Lần: [FailedCheckTwice] 2 days, RepeatCheckTogether , this week
    Mẫu Bỏ Dở: [Stalled] 33 days, AgreeOnNextLesson 2026-12-31, later
    Mẫu Quá Hạn: [DueSoon] 12 days, FinishBeforeDue 2026-11-10, later
    Mẫu Sắp Hạn: [DueSoon] -3 days, FinishBeforeDue 2026-11-25, later
    Mẫu Máy Im: [PhoneSilent] 32 days, AskToSync , later
    ");
}

#[test]
fn a_silent_phone_is_not_taken_for_somebody_who_stopped() {
    let silent = MemberFacts {
        last_activity_on: Some(day("2026-10-01")),
        phone_heard_on: Some(day("2026-10-01")),
        ..member(1, "Mẫu")
    };
    assert_eq!(reasons(&silent, today()), [Reason::PhoneSilent]);
    let heard = MemberFacts {
        phone_heard_on: Some(today()),
        ..silent.clone()
    };
    assert_eq!(reasons(&heard, today()), [Reason::Stalled]);
    let without = MemberFacts {
        has_phone: false,
        phone_heard_on: None,
        ..silent
    };
    assert_eq!(reasons(&without, today()), [Reason::Stalled]);
}

#[test]
fn somebody_in_two_groups_is_called_once() {
    let one = MemberFacts {
        last_activity_on: None,
        ..member(1, "Mẫu")
    };
    let other = MemberFacts {
        group: Uuid::from_u128(2).into(),
        ..one.clone()
    };
    assert_eq!(worklist(&[one, other], today(), 9).len(), 1);
}

fn any_member() -> impl Strategy<Value = MemberFacts> {
    let ago = || 0..200_i64;
    (
        any::<u128>(),
        ago(),
        prop::option::of(ago()),
        prop::option::of(-40..200_i64),
        any::<bool>(),
        prop::option::of(ago()),
        any::<bool>(),
        prop::option::of(-10..10_i64),
        "[a-zđâ]{1,4} [a-zđâ]{1,4}",
    )
        .prop_map(
            |(id, joined, active, due, failed, heard, has_phone, quiet, name)| {
                let on = |days: i64| today() - Duration::days(days);
                MemberFacts {
                    joined_on: on(joined),
                    last_activity_on: active.map(on),
                    left: due
                        .map(|due| {
                            (
                                Uuid::from_u128(7).into(),
                                Uuid::from_u128(8).into(),
                                on(due),
                            )
                        })
                        .into_iter()
                        .collect(),
                    failed_check: failed.then(|| Uuid::from_u128(7).into()),
                    has_phone,
                    phone_heard_on: heard.map(on),
                    followed_up: quiet.map(|days| (FollowUpOutcome::Reached, on(days))),
                    ..member(id, &name)
                }
            },
        )
}

proptest! {
    #[test]
    fn who_never_started_always_comes_first(members in prop::collection::vec(any_member(), 0..40)) {
        let list = worklist(&members, today(), 5);
        let started: Vec<bool> = list
            .iter()
            .map(|item| {
                let facts = members.iter().find(|member| member.person == item.person);
                facts.unwrap().last_activity_on.is_some()
            })
            .collect();
        prop_assert!(started.windows(2).all(|pair| !pair[0] || pair[1]), "{started:?}");
        // And none of them is missing, unless somebody spoke with her a short while ago.
        let left_alone = |member: &MemberFacts| {
            member.followed_up.is_some_and(|(_, until)| today() < until)
        };
        for member in members.iter().filter(|member| member.last_activity_on.is_none()) {
            let listed = list.iter().any(|item| item.person == member.person);
            prop_assert_eq!(listed, !left_alone(member));
        }
    }

    #[test]
    fn the_order_members_are_read_in_does_not_matter(
        members in prop::collection::vec(any_member(), 0..20),
        turn in any::<prop::sample::Index>(),
    ) {
        let list = worklist(&members, today(), 5);
        let mut turned = members.clone();
        if !turned.is_empty() {
            let by = turn.index(turned.len());
            turned.rotate_left(by);
        }
        prop_assert_eq!(worklist(&turned, today(), 5), list);
    }

    #[test]
    fn nobody_is_on_the_list_while_left_alone(members in prop::collection::vec(any_member(), 0..20)) {
        for item in worklist(&members, today(), 5) {
            let facts = members.iter().find(|member| member.person == item.person).unwrap();
            prop_assert!(facts.followed_up.is_none_or(|(_, until)| until <= today()));
        }
    }
}
