//! Actors: somebody of every standing, signed in, and the areas they live and work in.

use chrono::NaiveDate;
use entity::{
    area::AreaLevel,
    ids::{AccountId, AreaId, PersonId},
    standing::StandingKind,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use vun::{
    auth::{GrantStanding, SignIn, SignUp, Target},
    people::household::{Audience, Purpose},
};

use crate::{app::TestApp, requests::Answer};

/// A ward of today, the former town of Thuận An, in Hồ Chí Minh City; before July 2025 the code was Hưng Định's.
pub const WARD: &str = "25978";
/// Cà Mau, which holds the former Bạc Liêu.
pub const CA_MAU: &str = "96";
/// Good for every actor.
pub const PASSWORD: &str = "mot mat khau du dai 2026";

/// Somebody signed in.
#[derive(Clone, Debug)]
pub struct Actor {
    pub login: String,
    pub token: String,
    pub refresh_token: String,
    pub account: AccountId,
    pub person: PersonId,
}

impl Actor {
    /// Sends a GraphQL document as this actor.
    pub async fn graphql(&self, app: &TestApp, document: &str, variables: Value) -> Answer {
        app.graphql(Some(&self.token), document, variables).await
    }
}

impl TestApp {
    /// The area of a code on a day.
    pub fn area(&self, code: &str, level: AreaLevel, on: NaiveDate) -> AreaId {
        let atlas = self.app.areas.atlas();
        let found = atlas.by_code(code, Some(level), on);
        *found.first().unwrap_or_else(|| panic!("an area {code}"))
    }

    /// The commune the actors live in.
    pub fn ward(&self) -> AreaId {
        self.area(WARD, AreaLevel::Commune, self.clock.today())
    }

    /// The province of [`TestApp::ward`].
    pub fn province(&self) -> AreaId {
        let (atlas, today) = (self.app.areas.atlas(), self.clock.today());
        let found = atlas.at_level(self.ward(), AreaLevel::Province, today);
        found.expect("its province")
    }

    /// A province that [`TestApp::ward`] is not in.
    pub fn other_province(&self) -> AreaId {
        self.area(CA_MAU, AreaLevel::Province, self.clock.today())
    }

    /// The country.
    pub fn country(&self) -> AreaId {
        self.app.areas.atlas().country().expect("the country")
    }

    /// A caregiver of [`TestApp::ward`].
    pub async fn caregiver(&self) -> Actor {
        self.person("caregiver", &[Audience::Caregiver]).await
    }

    /// A member of staff.
    pub async fn staff(&self) -> Actor {
        self.person("staff", &[Audience::Staff]).await
    }

    /// Who runs groups in an area.
    pub async fn trainer(&self, area: AreaId) -> Actor {
        self.holder("trainer", StandingKind::Trainer, area).await
    }

    /// Who sees the counts of an area.
    pub async fn supervisor(&self, area: AreaId) -> Actor {
        let kind = StandingKind::Supervisor;
        self.holder("supervisor", kind, area).await
    }

    /// Who writes lessons.
    pub async fn editor(&self) -> Actor {
        let country = self.country();
        self.holder("editor", StandingKind::Editor, country).await
    }

    /// Who grants standings in an area.
    pub async fn administrator(&self, area: AreaId) -> Actor {
        let kind = StandingKind::Administrator;
        self.holder("administrator", kind, area).await
    }

    /// Makes an account with every consent and signs it in. Actors of one kind are numbered by their ids.
    pub async fn person(&self, kind: &str, audiences: &[Audience]) -> Actor {
        let id: PersonId = self.clock.id();
        let text = id.0.simple().to_string();
        let login = format!("{kind}-{}", &text[text.len() - 12..]);
        let sign_up = SignUp {
            id: Some(id),
            login: login.clone(),
            password: SecretString::from(PASSWORD),
            full_name: "Người mẫu".to_owned(),
            area: self.ward(),
            audiences: audiences.to_vec(),
            consents: vec![
                Purpose::LearningRecord,
                Purpose::ChildProfile,
                Purpose::DisabilityData,
                Purpose::Statistics,
            ],
            text_version: None,
            language: "vi".to_owned(),
            device: None,
        };
        let signed_up = self.app.auth.sign_up(sign_up, None).await;
        let (session, viewer) = signed_up.unwrap_or_else(|error| panic!("{kind}: {error:?}"));
        Actor {
            login,
            token: session.access_token.expose_secret().to_owned(),
            refresh_token: session.refresh_token.expose_secret().to_owned(),
            account: viewer.account(),
            person: viewer.person(),
        }
    }

    async fn holder(&self, name: &str, kind: StandingKind, area: AreaId) -> Actor {
        let actor = self.person(name, &[Audience::Staff]).await;
        let asked = GrantStanding {
            id: None,
            to: Target::Account(actor.account),
            kind,
            area,
            from_on: None,
            to_on: None,
        };
        let granted = self.app.auth.grant(asked).await;
        granted.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        actor
    }

    /// The same actor with a fresh token, after the clock has moved.
    pub async fn sign_in_again(&self, actor: &Actor) -> Actor {
        let sign_in = SignIn {
            login: actor.login.clone(),
            password: SecretString::from(PASSWORD),
            device: None,
        };
        let signed_in = self.app.auth.sign_in(sign_in, None).await;
        let (session, _) = signed_in.unwrap_or_else(|error| panic!("{}: {error:?}", actor.login));
        Actor {
            token: session.access_token.expose_secret().to_owned(),
            refresh_token: session.refresh_token.expose_secret().to_owned(),
            ..actor.clone()
        }
    }
}
