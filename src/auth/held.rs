//! The page of what accounts, signing in and the audit log hold on a person.

use chrono::NaiveDate;

use super::{Auth, login, store};
use crate::{
    db::Tx,
    error::Result,
    people::{
        holdings::{Erasing, Held, Holder, Subject, Whose},
        store as people_store,
    },
};

/// What points comes before what is pointed at. Tokens and password hashes open doors and are on no page: they are
/// deleted with their rows.
const PAGE: &[Held] = &[
    Held {
        table: "audit_log",
        about: "held-audit",
        // Whom it was about is theirs.
        columns: "audit_id account_id operation at",
        whose: &[Whose::Account("account_id")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "audit_log",
        about: "held-audit-about",
        columns: "audit_id operation at",
        whose: &[Whose::Mentions("subjects")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "claim_code",
        about: "held-claim-codes",
        columns: "claim_id person_id bucket created_at expires_at used_at replaced_at",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "claim_code",
        about: "held-claim-codes-made",
        columns: "claim_id created_by created_at",
        whose: &[Whose::Account("created_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "password_reset",
        about: "held-resets",
        columns: "reset_id account_id asked_at expires_at tries told_at used_at",
        whose: &[Whose::Account("account_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "password_reset",
        about: "held-resets-made",
        columns: "reset_id issued_by asked_at",
        whose: &[Whose::Account("issued_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "push_token",
        about: "held-push",
        columns: "account_id device family_id registered_at",
        whose: &[Whose::Account("account_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "standing",
        about: "held-standings",
        columns: "standing_id account_id kind area_id from_on to_on",
        whose: &[Whose::Account("account_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "standing",
        about: "held-standings-granted",
        columns: "standing_id granted_by from_on",
        whose: &[Whose::Account("granted_by")],
        erasing: Erasing::Unnamed(&[]),
    },
    Held {
        table: "session",
        about: "held-sessions",
        columns: "session_id account_id family_id parent_id device_label access_expires_at access_used_at \
                  refresh_expires_at created_at used_at revoked_at",
        whose: &[Whose::Account("account_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "account_login",
        about: "held-login",
        columns: "login account_id",
        whose: &[Whose::Account("account_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "account",
        about: "held-account",
        columns: "account_id person_id state created_at",
        whose: &[Whose::Account("account_id")],
        erasing: Erasing::Deleted,
    },
];

#[async_trait::async_trait]
impl Holder for Auth {
    fn held(&self) -> &'static [Held] {
        PAGE
    }

    /// Guesses counted under a login name that anybody may take now, and tokens whose holder may ask again whether the
    /// erasing was done.
    async fn before_erasing(&self, tx: &Tx, who: &Subject, _: NaiveDate) -> Result<()> {
        for account in &who.accounts {
            if let Some(login) = store::login_of(tx, *account).await? {
                store::forget_guesses(tx, login::guess_key(&login)).await?;
            }
            let tokens = store::access_hashes(tx, *account).await?;
            let tokens = tokens
                .iter()
                .filter_map(|hash| super::erasing::token_id(&hash.0));
            people_store::add_marks(tx, tokens).await?;
        }
        Ok(())
    }
}
