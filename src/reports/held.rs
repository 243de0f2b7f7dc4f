//! The page of what reports hold on people who write and decide them: their names are taken off, what was frozen stays.

use super::Reports;
use crate::people::holdings::{Erasing, Held, Holder, Whose};

const PAGE: &[Held] = &[
    Held {
        table: "report_comment",
        about: "held-report-comments",
        columns: "comment_id report_id body said_by said_at",
        whose: &[Whose::Account("said_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "report_version",
        about: "held-reports",
        columns: "version_id report_id frozen_by frozen_at",
        whose: &[Whose::Account("frozen_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "report",
        about: "held-reports",
        columns: "report_id drafted_by drafted_at submitted_by submitted_at decided_by decided_at",
        whose: &[
            Whose::Account("drafted_by"),
            Whose::Account("submitted_by"),
            Whose::Account("decided_by"),
        ],
        erasing: Erasing::Unnamed(&[]),
    },
];

impl Holder for Reports {
    fn held(&self) -> &'static [Held] {
        PAGE
    }
}
