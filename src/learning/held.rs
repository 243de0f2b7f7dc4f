//! The page of what learning holds on a person.

use chrono::NaiveDate;

use super::{Learning, store};
use crate::{
    db::Tx,
    error::Result,
    people::{
        holdings::{Erasing, Held, Holder, Subject, Whose},
        store as people_store,
    },
};

/// What points comes before what is pointed at.
const PAGE: &[Held] = &[
    // Whoever holds the paper is told that it was withdrawn, and no more whose it was.
    Held {
        table: "certificate",
        about: "held-certificates",
        columns: "certificate_id bucket person_id programme_id code reached_on issued_at withdrawn_at",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "quarantined_event",
        about: "held-set-aside",
        columns: "event_id uploader_account_id device body fingerprint reason received_at settled_as settled_at mended",
        whose: &[
            Whose::Account("uploader_account_id"),
            Whose::Mentions("body"),
            Whose::Mentions("mended"),
        ],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "quarantined_event",
        about: "held-set-aside-settled",
        columns: "event_id settled_by settled_at",
        whose: &[Whose::Account("settled_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "child_tier_reached",
        about: "held-child-tiers",
        columns: "person_id child_id bucket indicator_id tier reached_on required rule_version",
        whose: &[Whose::Person("person_id"), Whose::Child("child_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "tier_reached",
        about: "held-tiers",
        columns: "person_id bucket indicator_id tier reached_on required rule_version",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "learning_event",
        about: "held-events",
        columns: "event_id bucket person_id actor_account_id device kind lesson_id module_id release_id child_id \
                  target_event_id payload fingerprint occurred_at claimed_at clock_offset_ms clamped received_at",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "learning_event",
        about: "held-events-recorded",
        columns: "event_id actor_account_id device kind lesson_id occurred_at",
        whose: &[Whose::Account("actor_account_id")],
        erasing: Erasing::Unnamed(&["device"]),
    },
    Held {
        table: "device",
        about: "held-devices",
        columns: "account_id device label app_version first_seen_at last_sync_at",
        whose: &[Whose::Account("account_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "learner",
        about: "held-learner",
        columns: "person_id bucket revision state household tiers child_tiers changes last_activity_at",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
];

#[async_trait::async_trait]
impl Holder for Learning {
    fn held(&self) -> &'static [Held] {
        PAGE
    }

    /// No upload for her may be on its way while her events go; sent again later, they are known.
    async fn before_erasing(&self, tx: &Tx, who: &Subject, _: NaiveDate) -> Result<()> {
        for person in &who.persons {
            store::record_to_change(tx, *person).await?;
        }
        store::withdraw_certificates(tx, who, self.0.clock.now()).await?;
        let events = store::event_ids(tx, who).await?;
        people_store::add_marks(tx, events).await
    }
}
