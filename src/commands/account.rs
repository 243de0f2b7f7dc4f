//! Accounts from the command line: how the first administrator comes to be.

use chrono::NaiveDate;
use clap::{Subcommand, ValueEnum};
use entity::{ids::AreaId, standing::StandingKind};
use secrecy::SecretString;

use super::say;
use crate::{
    app::App,
    auth::{GrantStanding, NewAccount, SignUp, Target},
    error::{Error, Result, parse_id},
    people::household::{Audience, Channel, Purpose},
};

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub(super) enum Account {
    /// Makes an account. The password is read from VUN_PASSWORD, so that it is in no list of commands.
    Create {
        /// Login name.
        login: String,
        /// Full name.
        #[arg(long)]
        name: String,
        /// Id or today's code of the commune the person lives in.
        #[arg(long)]
        area: String,
        /// Counts the person as staff.
        #[arg(long)]
        staff: bool,
        /// A test account: never counted in any figure.
        #[arg(long)]
        tester: bool,
    },
    /// Grants a standing on an area.
    Grant {
        /// Login name.
        login: String,
        /// What for.
        standing: Kind,
        /// Id or today's code of the area; `VN` for the country.
        #[arg(long)]
        area: String,
        /// First day; today by default.
        #[arg(long)]
        from: Option<NaiveDate>,
        /// First day no more; open by default.
        #[arg(long)]
        to: Option<NaiveDate>,
    },
    /// Disables an account and signs out its devices.
    Disable {
        /// Login name.
        login: String,
    },
}

/// A standing.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Kind {
    Trainer,
    Supervisor,
    Editor,
    Administrator,
}

impl From<Kind> for StandingKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Trainer => Self::Trainer,
            Kind::Supervisor => Self::Supervisor,
            Kind::Editor => Self::Editor,
            Kind::Administrator => Self::Administrator,
        }
    }
}

pub(super) async fn run(app: &App, account: Account) -> Result<()> {
    match account {
        Account::Create {
            login,
            name,
            area,
            staff,
            tester,
        } => {
            let password = std::env::var("VUN_PASSWORD").map_err(|_unset| {
                Error::internal("set VUN_PASSWORD to the new account's password")
            })?;
            let sign_up = SignUp {
                id: None,
                login: login.clone(),
                password: SecretString::from(password),
                full_name: name,
                area: area_of(app, &area)?,
                audiences: vec![if staff {
                    Audience::Staff
                } else {
                    Audience::Caregiver
                }],
                consents: vec![Purpose::LearningRecord],
                text_version: None,
                language: "vi".to_owned(),
                device: None,
            };
            let new = NewAccount {
                sign_up,
                channel: Channel::Paper,
                exclude_from_reporting: tester,
            };
            let (account, person) = app.auth.create_account(new).await?;
            say(&format!(
                "account {login} made: account {account}, person {person}"
            ))
        }
        Account::Grant {
            login,
            standing,
            area,
            from,
            to,
        } => {
            let asked = GrantStanding {
                id: None,
                to: Target::Login(login.clone()),
                kind: standing.into(),
                area: area_of(app, &area)?,
                from_on: from,
                to_on: to,
            };
            let granted = app.auth.grant(asked).await?;
            say(&format!(
                "{login} is {standing:?} of {} from {}",
                granted.standing.area, granted.standing.from_on
            ))
        }
        Account::Disable { login } => {
            app.auth.disable(&Target::Login(login.clone())).await?;
            say(&format!("account {login} disabled"))
        }
    }
}

/// The area of an id, or of today's official code.
fn area_of(app: &App, text: &str) -> Result<AreaId> {
    if let Ok(id) = parse_id(text, "area") {
        return Ok(id);
    }
    let atlas = app.areas.atlas();
    let found = match text {
        "VN" => atlas.country().into_iter().collect(),
        code => atlas.by_code(code, None, app.clock.today()),
    };
    match found.as_slice() {
        [only] => Ok(*only),
        [] => Err(Error::internal(format!(
            "no area has the code {text} today"
        ))),
        _ => Err(Error::internal(format!(
            "several areas have the code {text}: give the id"
        ))),
    }
}
