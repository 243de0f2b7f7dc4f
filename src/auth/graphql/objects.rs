//! What the wire shows of accounts, sessions and standings.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::ids::AccountId;
use secrecy::ExposeSecret;

use super::super::{
    Auth, StandingGrant,
    capability::{self, Viewer},
    session,
};
use crate::{
    graphql::{date::Date, ids::wire, payload::graphql_error},
    people::{People, graphql::ViewerPerson, household::Household},
};

/// What a standing allows. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::standing::StandingKind")]
pub enum StandingKind {
    /// Runs groups.
    Trainer,
    /// Sees counts and reports.
    Supervisor,
    /// Writes and publishes lessons.
    Editor,
    /// Grants standings.
    Administrator,
}

/// Who is signed in.
pub struct ViewerObject {
    viewer: Viewer,
    household: Option<Household>,
}

impl ViewerObject {
    /// The viewer, everything else fetched when asked for.
    pub fn of(viewer: &Viewer) -> Self {
        Self {
            viewer: viewer.clone(),
            household: None,
        }
    }

    /// The viewer with the household at hand.
    pub fn with(viewer: &Viewer, household: Household) -> Self {
        Self {
            viewer: viewer.clone(),
            household: Some(household),
        }
    }
}

/// Who is signed in.
#[Object(name = "Viewer")]
impl ViewerObject {
    /// The person of the account.
    async fn person(&self, ctx: &Context<'_>) -> async_graphql::Result<ViewerPerson> {
        if let Some(household) = &self.household {
            return Ok(ViewerPerson(household.clone()));
        }
        let people = ctx.data::<People>()?;
        match people.household(&self.viewer.learner()).await {
            Ok(household) => Ok(ViewerPerson(household)),
            Err(error) => Err(graphql_error(ctx, &error)),
        }
    }

    /// The account signed in.
    async fn account(&self) -> Account {
        Account {
            viewer: self.viewer.clone(),
        }
    }

    /// The standings valid today.
    async fn standings(&self) -> Vec<Standing> {
        let account = self.viewer.account();
        let standings = self.viewer.standings().iter();
        standings
            .map(|standing| Standing::of(account, standing))
            .collect()
    }
}

/// A login of one person.
pub struct Account {
    viewer: Viewer,
}

/// A login of one person.
#[Object]
impl Account {
    /// Id of the account.
    async fn id(&self) -> ID {
        wire(self.viewer.account())
    }

    /// The login name.
    async fn login(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        let login = ctx.data::<Auth>()?.login(&self.viewer).await;
        login.map_err(|error| graphql_error(ctx, &error))
    }
}

/// What an account may do on an area and below it, and when.
#[derive(Clone, Debug, SimpleObject)]
pub struct Standing {
    /// Id of the standing.
    id: ID,
    /// Whose.
    account_id: ID,
    /// What for.
    kind: StandingKind,
    /// Where, and below.
    area_id: ID,
    /// First day.
    from_on: Date,
    /// First day on which it is no longer valid; open when null.
    to_on: Option<Date>,
}

impl Standing {
    pub(super) fn of(account: AccountId, standing: &capability::Standing) -> Self {
        Self {
            id: wire(standing.id),
            account_id: wire(account),
            kind: standing.kind.into(),
            area_id: wire(standing.area),
            from_on: Date(standing.from_on),
            to_on: standing.to_on.map(Date),
        }
    }

    pub(super) fn granted(granted: &StandingGrant) -> Self {
        Self::of(granted.account, &granted.standing)
    }
}

/// What a device needs to go on asking. Keep both tokens secret.
#[derive(SimpleObject)]
pub struct Session {
    /// Sent with every request as `Authorization: Bearer …`.
    access_token: String,
    /// Traded by `refreshSession` for the next session. Good once, for 90 days.
    refresh_token: String,
    /// Until when the access token is good: an hour.
    expires_at: DateTime<Utc>,
}

impl Session {
    pub(super) fn of(session: &session::Session) -> Self {
        Self {
            access_token: session.access_token.expose_secret().to_owned(),
            refresh_token: session.refresh_token.expose_secret().to_owned(),
            expires_at: session.expires_at,
        }
    }
}
