//! The reading of "to age 8": as turning eight, or with the whole ninth year; a setting of each programme.

use super::{Programmes, store};
use crate::error::{Error, Result, UserError, UserErrorCode};

impl Programmes {
    /// Sets whether "to age 8" holds the whole ninth year (under 108 months) in a programme. Answers whether that changed
    /// anything: whoever asks then has everybody counted again.
    ///
    /// # Errors
    /// A user error when there is no such programme.
    pub async fn set_early_years_inclusive(&self, code: &str, inclusive: bool) -> Result<bool> {
        let rulebook = self.rulebook();
        let mut programmes = rulebook.programmes().iter();
        let Some(row) = programmes.find(|row| row.code == code) else {
            let codes: Vec<_> = rulebook
                .programmes()
                .iter()
                .map(|row| row.code.as_str())
                .collect();
            let unknown = UserError::new(UserErrorCode::NotFound, "programme", "programme-unknown");
            return Err(unknown.with("codes", codes.join(", ")).into());
        };
        if row.early_years_inclusive == inclusive {
            return Ok(false);
        }
        let id = row.programme_id;
        let set = self
            .versioned(move |tx| {
                Box::pin(async move {
                    store::next_edition(tx).await?;
                    store::set_early_years(tx, id, inclusive).await
                })
            })
            .await?;
        if !set {
            return Err(Error::NotFound);
        }
        self.reload().await?;
        Ok(true)
    }
}
