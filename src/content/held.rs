//! The page of what content holds on the people who write it: their names are taken off, the lessons stay.

use super::Content;
use crate::people::holdings::{Erasing, Held, Holder, Whose};

const PAGE: &[Held] = &[
    Held {
        table: "lesson_draft_author",
        about: "held-drafts",
        columns: "draft_id account_id",
        whose: &[Whose::Account("account_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "lesson_draft_step",
        about: "held-draft-steps",
        columns: "step_id draft_id kind taken_by taken_at",
        whose: &[Whose::Account("taken_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "lesson_draft",
        about: "held-drafts",
        columns: "draft_id opened_by opened_at approved_by approved_at",
        whose: &[Whose::Account("opened_by"), Whose::Account("approved_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "lesson_release",
        about: "held-releases",
        columns: "release_id published_by published_at signed_by retired_by retired_at",
        whose: &[
            Whose::Account("published_by"),
            Whose::Account("signed_by"),
            Whose::Account("retired_by"),
        ],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "media",
        about: "held-media",
        columns: "media_id uploaded_by uploaded_at",
        whose: &[Whose::Account("uploaded_by")],
        erasing: Erasing::Unnamed(&[]),
    },
];

impl Holder for Content {
    fn held(&self) -> &'static [Held] {
        PAGE
    }
}
