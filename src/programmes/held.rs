//! The page of what programmes hold on people who enter figures: their names are taken off, the figures stay.

use super::Programmes;
use crate::people::holdings::{Erasing, Held, Holder, Whose};

const PAGE: &[Held] = &[
    Held {
        table: "target",
        about: "held-targets",
        columns: "target_id set_by decided_on",
        whose: &[Whose::Account("set_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "target_version",
        about: "held-targets",
        columns: "target_id version set_by set_at",
        whose: &[Whose::Account("set_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "denominator",
        about: "held-denominators",
        columns: "denominator_id entered_by entered_at",
        whose: &[Whose::Account("entered_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "reported_value",
        about: "held-reported-values",
        columns: "reported_value_id entered_by entered_at verified_by verified_at",
        whose: &[Whose::Account("entered_by"), Whose::Account("verified_by")],
        erasing: Erasing::Unnamed(&[]),
    },
];

impl Holder for Programmes {
    fn held(&self) -> &'static [Held] {
        PAGE
    }
}
