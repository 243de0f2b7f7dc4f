//! The page of what training holds on a person.

use chrono::NaiveDate;

use super::{Training, store};
use crate::{
    db::Tx,
    error::Result,
    people::holdings::{Erasing, Held, Holder, Subject, Whose},
};

/// What points comes before what is pointed at.
const PAGE: &[Held] = &[
    Held {
        table: "session_tick",
        about: "held-attendance",
        columns: "record_id person_id attended observed corrected_at correction",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "session_tick",
        about: "held-attendance-corrected",
        columns: "record_id corrected_by corrected_at",
        whose: &[Whose::Account("corrected_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "session_record",
        about: "held-session-records",
        columns: "record_id session_id recorded_by held_at received_at topic place fingerprint",
        whose: &[Whose::Account("recorded_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "training_session",
        about: "held-sessions-planned",
        columns: "session_id group_id planned_by held_on starts_at topic place",
        whose: &[Whose::Account("planned_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "follow_up",
        about: "held-follow-ups",
        columns: "follow_up_id group_id person_id account_id made_on outcome note quiet_until received_at",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "follow_up",
        about: "held-follow-ups-made",
        columns: "follow_up_id account_id made_on",
        whose: &[Whose::Account("account_id")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "home_visit",
        about: "held-home-visits",
        columns: "home_visit_id person_id account_id visited_on purpose practised observed next_step received_at",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "home_visit",
        about: "held-home-visits-made",
        columns: "home_visit_id account_id visited_on",
        whose: &[Whose::Account("account_id")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "assignment_excuse",
        about: "held-excuses",
        columns: "assignment_excuse_id assignment_id person_id reason excused_at taken_back_at",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "assignment_excuse",
        about: "held-excuses-given",
        columns: "assignment_excuse_id excused_by excused_at",
        whose: &[Whose::Account("excused_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "assignment",
        about: "held-assigned",
        columns: "assignment_id group_id person_id note due_on",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "assignment",
        about: "held-assignments",
        columns: "assignment_id group_id assigned_by assigned_at",
        whose: &[Whose::Account("assigned_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    // A group shows that somebody was in it, and no more who.
    Held {
        table: "group_member",
        about: "held-memberships",
        columns: "group_member_id group_id person_id joined_on joined_how left_on left_reason moved_to revision learned_revision",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "group_trainer",
        about: "held-groups-led",
        columns: "group_id account_id added_at removed_at",
        whose: &[Whose::Account("account_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "training_group",
        about: "held-groups-led",
        columns: "group_id trainer_account_id name join_code join_code_expires_at revision shape_revision",
        whose: &[Whose::Account("trainer_account_id")],
        erasing: Erasing::Unnamed(&[]),
    },
];

#[async_trait::async_trait]
impl Holder for Training {
    fn held(&self) -> &'static [Held] {
        PAGE
    }

    /// Her memberships end today, and her groups go on with whoever leads them with her.
    async fn before_erasing(&self, tx: &Tx, who: &Subject, _: NaiveDate) -> Result<()> {
        for person in &who.persons {
            for group in store::groups_joined(tx, *person).await? {
                store::group_to_change(tx, group).await?;
                self.end_within(tx, group, *person, None).await?;
            }
        }
        store::hand_over(tx, who).await
    }
}
