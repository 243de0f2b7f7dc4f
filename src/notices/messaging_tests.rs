//! What a message may hold, and what is told of what became of it.

use super::*;

#[test]
fn a_message_keeps_its_lines_and_nothing_unseen() {
    assert_eq!(checked(" Thứ năm\r\n9 giờ \n").unwrap(), "Thứ năm\n9 giờ");
    for (wrong, message) in [
        ("", "text-required"),
        (" \n ", "text-required"),
        ("a\u{202e}b", "text-unseen"),
        ("a\0b", "text-unseen"),
        (&"a".repeat(501), "announcement-text-long"),
        (&"ạ".repeat(10_000), "announcement-text-long"),
    ] {
        let error = checked(wrong).unwrap_err();
        assert_eq!(
            (error.message, error.field.join(".")),
            (message, "text".to_owned())
        );
    }
    assert!(checked(&"ạ".repeat(500)).is_ok());
}

fn counted(rows: &[(&str, Option<&str>, i64)]) -> Summary {
    let row = |(state, reason, n): &(&str, Option<&str>, i64)| Counted {
        announcement_id: uuid::Uuid::nil().into(),
        state: (*state).to_owned(),
        reason: reason.map(str::to_owned),
        n: *n,
    };
    summary(&rows.iter().map(row).collect::<Vec<_>>())
}

#[test]
fn of_few_people_it_is_not_told_how_many_muted_and_nothing_gives_it_away() {
    let few = counted(&[
        ("SENT", None, 3),
        ("SUPPRESSED", Some("MUTED"), 1),
        ("SUPPRESSED", Some("NO_CHANNEL"), 8),
    ]);
    let others = Summary {
        recipients: 12,
        no_channel: 8,
        ..Summary::default()
    };
    assert_eq!(few, others);
    let many = counted(&[("SENT", None, 3), ("SUPPRESSED", Some("MUTED"), 2)]);
    assert_eq!(
        (many.recipients, many.muted, many.sent),
        (5, Some(2), Some(3))
    );
}
