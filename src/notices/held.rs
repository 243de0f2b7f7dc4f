//! The page of what notices hold on a person.

use super::Notices;
use crate::people::holdings::{Erasing, Held, Holder, Whose};

/// What points comes before what is pointed at.
const PAGE: &[Held] = &[
    Held {
        table: "delivery",
        about: "held-deliveries",
        columns: "notice_id person_id bucket class state channel reason attempts not_before finished_at",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "reminder_day",
        about: "held-reminder-days",
        columns: "person_id on_day notice_id",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "notice",
        about: "held-notices",
        columns: "notice_id person_id bucket kind dedupe_key arguments announcement_id created_at expires_at read_at \
                  revision",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "notice",
        about: "held-notices-sent",
        columns: "notice_id created_by created_at",
        whose: &[Whose::Account("created_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "announcement",
        about: "held-announcements",
        columns: "announcement_id account_id group_id body created_at expires_at",
        whose: &[Whose::Account("account_id")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "notice_preference",
        about: "held-notice-preferences",
        columns: "person_id bucket reminders_muted_at messages_muted_at quiet_from quiet_until language changed_at",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "email_contact",
        about: "held-email",
        columns: "email_contact_id person_id bucket email tries told_at verified_at",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    // A sweep that had come to her begins anew, which changes nothing.
    Held {
        table: "notice_sweep",
        about: "held-sweeps",
        columns: "name after_id",
        whose: &[Whose::Person("after_id")],
        erasing: Erasing::Vacated,
    },
];

impl Holder for Notices {
    fn held(&self) -> &'static [Held] {
        PAGE
    }
}
