//! The page of what people and areas hold on a person.

use chrono::NaiveDate;

use super::{
    People,
    holdings::{Erasing, Held, Holder, Subject, Whose},
    store,
};
use crate::{db::Tx, error::Result};

/// What points comes before what is pointed at.
const PAGE: &[Held] = &[
    Held {
        table: "area_change_applied",
        about: "held-area-changes",
        columns: "area_change_id applied_at applied_by",
        whose: &[Whose::Account("applied_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "child_disability",
        about: "held-disabilities",
        columns: "child_disability_id child_id bucket disability degree basis recorded_on removed_on",
        whose: &[Whose::Child("child_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "caregiving",
        about: "held-care",
        columns: "child_id person_id bucket from_on to_on",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "child",
        about: "held-children",
        columns: "child_id bucket nickname born_month due_month sex premature_weeks recorded_on removed_on",
        whose: &[Whose::Child("child_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "consent",
        about: "held-consents",
        columns: "consent_id person_id bucket purpose text_version text_hash language channel given_by given_at withdrawn_at",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "consent",
        about: "held-consents-recorded",
        columns: "consent_id given_by given_at",
        whose: &[Whose::Account("given_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "residence",
        about: "held-homes",
        columns: "residence_id person_id bucket area_id atom_id from_on to_on",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "person_audience",
        about: "held-audiences",
        columns: "person_id bucket audience from_on to_on",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "person_particulars",
        about: "held-particulars",
        columns: "person_id bucket birth_year phone name_fold",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "same_as",
        about: "held-merges-done",
        columns: "same_as_id merged_by merged_at undone_by undone_at",
        whose: &[Whose::Account("merged_by"), Whose::Account("undone_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "same_as",
        about: "held-merges",
        columns: "same_as_id person_id canonical_id merged_at undone_at",
        whose: &[Whose::Person("person_id"), Whose::Person("canonical_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "person",
        about: "held-person",
        columns: "person_id bucket full_name name_sort_key exclude_from_reporting created_at",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
];

#[async_trait::async_trait]
impl Holder for People {
    fn held(&self) -> &'static [Held] {
        PAGE
    }

    /// A child whom somebody else cared for once, and nobody now, loses the name.
    async fn before_erasing(&self, tx: &Tx, who: &Subject, _: NaiveDate) -> Result<()> {
        store::forget_nicknames(tx, &who.shared_children, &who.persons).await
    }
}
