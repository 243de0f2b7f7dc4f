//! Settings of programmes from the command line.

use clap::{Subcommand, ValueEnum};

use super::say;
use crate::{app::App, error::Result};

/// What to set.
#[derive(Debug, Subcommand)]
pub(super) enum Programme {
    /// Sets how a programme reads "to age 8", and counts everybody again by it.
    EarlyYears {
        /// Code of the programme, such as VN1437.
        programme: String,
        /// How it is read.
        reading: Reading,
    },
}

/// How "to age 8" is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Reading {
    /// With the whole ninth year: under 108 months.
    Inclusive,
    /// As turning eight: under 96 months.
    Exclusive,
}

pub(super) async fn run(app: &App, programme: Programme) -> Result<()> {
    let Programme::EarlyYears { programme, reading } = programme;
    let inclusive = reading == Reading::Inclusive;
    let changed = app
        .programmes
        .set_early_years_inclusive(&programme, inclusive)
        .await?;
    // Even when nothing changed: an earlier run may have been broken off.
    let people = app.coverage.settle_everybody(&app.learning).await?;
    let said = if changed { "set" } else { "set already" };
    say(&format!(
        "{said}; {people} people counted by it. Restart running servers: they read programmes when they start"
    ))
}
