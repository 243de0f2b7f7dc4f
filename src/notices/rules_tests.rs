//! When something may ring, over any cause, clock and wish.

use proptest::prelude::*;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn wishes(quiet: &str) -> Wishes {
    Wishes {
        reminders_muted: false,
        messages_muted: false,
        quiet: Quiet::read(quiet).unwrap(),
    }
}

fn turn(kind: Kind, now: &str) -> Turn {
    Turn {
        kind,
        now: at(now),
        expires_at: at("2027-01-01T00:00:00Z"),
        day_taken: false,
    }
}

#[test]
fn quiet_hours_are_those_of_viet_nam_and_go_over_midnight() {
    let quiet = wishes("21:00-07:00");
    for (now, verdict) in [
        // 20:59 in Viet Nam.
        ("2026-11-22T13:59:59Z", Verdict::Send),
        (
            "2026-11-22T14:00:00Z",
            Verdict::Wait(at("2026-11-23T00:00:00Z")),
        ),
        (
            "2026-11-22T23:59:59.5Z",
            Verdict::Wait(at("2026-11-23T00:00:00Z")),
        ),
        ("2026-11-23T00:00:00Z", Verdict::Send),
    ] {
        assert_eq!(judge(turn(Kind::DueSoon, now), quiet), verdict, "{now}");
    }
    let asked = turn(Kind::ResetCode, "2026-11-22T18:00:00Z");
    assert_eq!(judge(asked, quiet), Verdict::Send);
    let never = wishes("00:00-00:00");
    let night = turn(Kind::DueSoon, "2026-11-22T18:00:00Z");
    assert_eq!(judge(night, never), Verdict::Send);
}

#[test]
fn what_would_only_ring_when_it_is_worth_nothing_is_never_sent() {
    let late = Turn {
        expires_at: at("2026-11-22T20:00:00Z"),
        ..turn(Kind::Announcement, "2026-11-22T18:00:00Z")
    };
    assert_eq!(
        judge(late, wishes("21:00-07:00")),
        Verdict::Suppress(Why::Expired)
    );
}

#[test]
fn hours_that_are_none_are_refused() {
    for wrong in ["", "21:00", "21-7", "24:00-07:00", "21:00-07:60", "-"] {
        assert!(Quiet::read(wrong).is_err(), "{wrong}");
    }
    assert_eq!(Quiet::of_minutes(-1, 5), None);
    assert_eq!(Quiet::of_minutes(0, 1440), None);
    assert_eq!(
        clock_text(Quiet::read("21:05-07:00").unwrap().from()),
        "21:05"
    );
}

const KINDS: [Kind; 6] = [
    Kind::UnfinishedLesson,
    Kind::NudgeContinue,
    Kind::Announcement,
    Kind::DueSoon,
    Kind::ReportLate,
    Kind::ResetCode,
];

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
enum Step {
    Cause(usize),
    Pass(i64),
    Reminders(bool),
    Messages(bool),
    Hours(i32, i32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..KINDS.len()).prop_map(Step::Cause),
        3 => (1_i64..900).prop_map(Step::Pass),
        1 => any::<bool>().prop_map(Step::Reminders),
        1 => any::<bool>().prop_map(Step::Messages),
        1 => (0..1440, 0..1440).prop_map(|(from, until)| Step::Hours(from, until)),
    ]
}

proptest! {
    /// Everything that waits is looked at after every step, as a worker does: whatever rings was allowed to.
    #[test]
    fn at_most_one_reminder_a_day_rings_none_in_quiet_hours_and_none_after_a_mute(
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut now = at("2026-11-22T02:00:00Z");
        let mut wishes = wishes("21:00-07:00");
        let mut waiting: Vec<(Kind, DateTime<Utc>, DateTime<Utc>)> = Vec::new();
        let mut days = std::collections::BTreeSet::new();
        for step in steps {
            match step {
                Step::Cause(kind) => waiting.push((KINDS[kind], now, now + Duration::days(2))),
                Step::Pass(minutes) => now += Duration::minutes(minutes),
                Step::Reminders(muted) => wishes.reminders_muted = muted,
                Step::Messages(muted) => wishes.messages_muted = muted,
                Step::Hours(from, until) => wishes.quiet = Quiet::of_minutes(from, until).unwrap(),
            }
            for (kind, not_before, expires_at) in std::mem::take(&mut waiting) {
                if now < not_before {
                    waiting.push((kind, not_before, expires_at));
                    continue;
                }
                let day = crate::clock::day_in_viet_nam(now);
                let turn = Turn { kind, now, expires_at, day_taken: days.contains(&day) };
                match judge(turn, wishes) {
                    Verdict::Wait(until) => {
                        prop_assert!(until > now && wishes.quiet.ends_after(until).is_none());
                        waiting.push((kind, until, expires_at));
                    }
                    Verdict::Suppress(_) => {}
                    Verdict::Send if kind == Kind::ResetCode => prop_assert!(now < expires_at),
                    Verdict::Send => {
                        prop_assert!(now < expires_at);
                        prop_assert!(wishes.quiet.ends_after(now).is_none(), "rang in quiet hours");
                        let trainers = is_of_trainer(kind);
                        prop_assert!(!(trainers && wishes.messages_muted), "rang after a mute");
                        if kind != Kind::Announcement {
                            prop_assert!(!wishes.reminders_muted, "rang after a mute");
                            prop_assert!(days.insert(day), "a second reminder on {day}");
                        }
                    }
                }
            }
        }
    }

    /// Told in another way: by looking at every minute of the day.
    #[test]
    fn quiet_ends_at_the_first_minute_that_is_not_quiet(
        from in 0_u16..1440, until in 0_u16..1440, minute in 0_i64..1440, second in 0_i64..60,
    ) {
        let quiet = Quiet { from, until };
        let midnight = at("2026-11-21T17:00:00Z");
        let is_quiet = |minute: i64| {
            let minute = u16::try_from(minute.rem_euclid(1440)).unwrap();
            let mut at = from;
            while at != until {
                if at == minute {
                    return true;
                }
                at = (at + 1) % 1440;
            }
            false
        };
        let now = midnight + Duration::minutes(minute) + Duration::seconds(second);
        let ends = quiet.ends_after(now);
        prop_assert_eq!(ends.is_some(), is_quiet(minute));
        if let Some(ends) = ends {
            let first = (minute..minute + 1441).find(|minute| !is_quiet(*minute)).unwrap();
            prop_assert_eq!(ends, midnight + Duration::minutes(first));
        }
    }
}
