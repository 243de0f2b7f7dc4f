//! People and accounts as a test sees them: a schema of the two features over the shipped areas.

use std::sync::{Arc, Mutex};

use async_graphql::{EmptySubscription, MergedObject, Request, Schema, Variables};
use entity::{
    area::AreaLevel,
    ids::{AccountId, AreaId, PersonId},
    standing::StandingKind,
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use vun::{
    areas::{Areas, Atlas, Named},
    auth::{
        Auth, GrantStanding, NewAccount, SignUp, Target,
        graphql::{AuthMutation, AuthQuery},
        rate::{ClientAddress, RateLimits},
    },
    clock::Clock,
    db::{Db, Tx},
    error::Result,
    people::{
        HouseholdChanged, People,
        graphql::{PeopleMutation, PeopleQuery},
        household::{Audience, Channel},
    },
};

use crate::app::TestApp;

#[derive(MergedObject, Default)]
pub struct Query(PeopleQuery, AuthQuery);

#[derive(MergedObject, Default)]
pub struct Mutation(PeopleMutation, AuthMutation);

/// Writes down whose household changed.
#[derive(Default)]
pub struct Changes(pub Mutex<Vec<PersonId>>);

#[async_trait::async_trait]
impl HouseholdChanged for Changes {
    async fn household_changed(&self, tx: &Tx, person: PersonId) -> Result<()> {
        // The change must be visible in the same transaction.
        let rows = vun::people::store::household(tx, person).await?;
        assert!(rows.is_some());
        self.0.lock().unwrap().push(person);
        Ok(())
    }
}

/// Two features on a fresh database.
pub struct Accounts {
    pub db: Db,
    pub clock: Clock,
    pub people: People,
    pub auth: Auth,
    pub schema: Schema<Query, Mutation, EmptySubscription>,
    pub changes: Arc<Changes>,
    pub areas: Areas,
    pub places: Places,
}

/// Areas the tests speak of.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    pub country: AreaId,
    /// A province of today that was put together from two.
    pub province: AreaId,
    /// One of its communes, open today.
    pub commune: AreaId,
    /// A commune that this one came from, closed since.
    pub closed: AreaId,
    /// Another province of today.
    pub far_province: AreaId,
    /// One of its communes.
    pub far_commune: AreaId,
}

impl Places {
    fn of(areas: &Areas) -> Self {
        let (atlas, today) = (areas.atlas(), areas.today());
        let province = |code: &str| match areas.named_by(code, None) {
            Named::One(id) => id,
            other => panic!("{code}: {other:?}"),
        };
        let commune_of = |province| atlas.children(province, today)[0];
        let (province, far_province) = (province("96"), province("01"));
        let commune = commune_of(province);
        let closed = atlas.forerunners(commune).into_iter().find(|area| {
            atlas
                .area(*area)
                .is_some_and(|area| area.level == AreaLevel::Commune)
        });
        Self {
            country: atlas.country().unwrap(),
            province,
            commune,
            closed: closed.unwrap(),
            far_province,
            far_commune: commune_of(far_province),
        }
    }
}

/// Runs a body on SQLite and on PostgreSQL.
pub async fn on_both(body: impl AsyncFn(Accounts)) {
    crate::app::on_both(async |app| body(Accounts::of(&app).await).await).await;
}

impl Accounts {
    async fn of(app: &TestApp) -> Self {
        let (db, clock) = (app.db.clone(), app.clock.clone());
        // Every test's database holds the same areas.
        static ATLAS: OnceCell<Arc<Atlas>> = OnceCell::const_new();
        let read = async || {
            let areas = Areas::open(db.clone(), clock.clone()).await.unwrap();
            areas.atlas()
        };
        let atlas = Arc::clone(ATLAS.get_or_init(read).await);
        let areas = Areas::of(db.clone(), clock.clone(), atlas);
        let changes = Arc::new(Changes::default());
        let people = People::new(
            db.clone(),
            clock.clone(),
            areas.clone(),
            Arc::clone(&changes) as Arc<dyn HouseholdChanged>,
        )
        .unwrap();
        let auth = Auth::new(
            db.clone(),
            clock.clone(),
            areas.clone(),
            people.clone(),
            RateLimits::default(),
        );
        let schema = Schema::build(Query::default(), Mutation::default(), EmptySubscription)
            .data(people.clone())
            .data(auth.clone())
            .finish();
        Self {
            places: Places::of(&areas),
            db,
            clock,
            people,
            auth,
            schema,
            changes,
            areas,
        }
    }

    pub fn sign_up_input(&self, login: &str) -> Value {
        json!({
            "login": login,
            "password": PASSWORD,
            "fullName": "Gia đình mẫu 1",
            "areaId": self.places.commune.to_string(),
            "audiences": ["CAREGIVER"],
            "language": "vi",
            "consents": ["LEARNING_RECORD", "CHILD_PROFILE", "DISABILITY_DATA", "STATISTICS"],
        })
    }

    /// Another server on the same database.
    pub fn node(&self, limits: RateLimits) -> Auth {
        Auth::new(
            self.db.clone(),
            self.clock.clone(),
            self.areas.clone(),
            self.people.clone(),
            limits,
        )
    }

    pub async fn send_from(
        &self,
        address: Option<&str>,
        token: Option<&str>,
        query: &str,
        variables: Value,
    ) -> Value {
        let mut request = Request::new(query).variables(Variables::from_json(variables));
        if let Some(viewer) = self.auth.viewer(token).await.ok().flatten() {
            request = request.data(viewer);
        }
        if let Some(address) = address {
            request = request.data(ClientAddress(address.parse().unwrap()));
        }
        request = request.data(vun::messages::Language::English);
        serde_json::to_value(self.schema.execute(request).await).unwrap()
    }

    pub async fn send(&self, token: Option<&str>, query: &str, variables: Value) -> Value {
        self.send_from(None, token, query, variables).await
    }

    /// One mutation with an input and the fields wanted; the payload, or the top-level error's code.
    pub async fn mutate(
        &self,
        token: Option<&str>,
        mutation: &str,
        input: Value,
        fields: &str,
    ) -> Value {
        let mut capital = mutation.to_owned();
        capital[..1].make_ascii_uppercase();
        let query = format!(
            "mutation($input: {capital}Input!) {{ {mutation}(input: $input) {{ {fields} userErrors {{ code field message }} }} }}"
        );
        let answer = self.send(token, &query, json!({ "input": input })).await;
        match answer.get("errors") {
            Some(errors) => errors.clone(),
            None => answer["data"][mutation].clone(),
        }
    }

    /// Signs somebody up and answers the access and refresh tokens.
    pub async fn caregiver(&self, login: &str) -> (String, String) {
        let input = self.sign_up_input(login);
        let payload = self
            .mutate(
                None,
                "signUp",
                input,
                "session { accessToken refreshToken }",
            )
            .await;
        tokens(&payload)
    }

    pub async fn count(&self, table: &str) -> i64 {
        let statement = Statement::from_string(
            self.db.backend(),
            format!("SELECT CAST(COUNT(*) AS bigint) AS n FROM {table}"),
        );
        let row = self.db.write().query_one_raw(statement).await.unwrap();
        row.unwrap().try_get("", "n").unwrap()
    }

    /// How many rows there are of everything people can write.
    pub async fn rows(&self) -> Vec<i64> {
        let mut counts = Vec::new();
        for table in [
            "person",
            "person_audience",
            "residence",
            "child",
            "caregiving",
            "child_disability",
            "consent",
            "account",
            "account_login",
            "session",
            "standing",
        ] {
            counts.push(self.count(table).await);
        }
        counts
    }

    pub fn day(&self, text: &str) {
        self.clock.set(text.parse().unwrap());
    }

    /// An account with a standing, made on the command line; answers its id and an access token.
    pub async fn with_standing(
        &self,
        login: &str,
        kind: StandingKind,
        area: AreaId,
    ) -> (AccountId, String) {
        let (account, _) = self
            .auth
            .create_account(NewAccount {
                sign_up: SignUp {
                    id: None,
                    login: login.to_owned(),
                    password: PASSWORD.to_owned().into(),
                    full_name: "Cán bộ mẫu".to_owned(),
                    area: self.places.commune,
                    audiences: vec![Audience::Staff],
                    consents: Vec::new(),
                    text_version: None,
                    language: "vi".to_owned(),
                    device: None,
                },
                channel: Channel::Paper,
                exclude_from_reporting: false,
            })
            .await
            .unwrap();
        self.auth
            .grant(GrantStanding {
                id: None,
                to: Target::Login(login.to_owned()),
                kind,
                area,
                from_on: None,
                to_on: None,
            })
            .await
            .unwrap();
        (account, self.sign_in(login).await)
    }

    pub async fn sign_in(&self, login: &str) -> String {
        let input = json!({ "login": login, "password": PASSWORD });
        let payload = self
            .mutate(
                None,
                "signIn",
                input,
                "session { accessToken refreshToken }",
            )
            .await;
        tokens(&payload).0
    }
}

pub const PASSWORD: &str = "Trời mưa rồi";

pub fn tokens(payload: &Value) -> (String, String) {
    let session = &payload["session"];
    let token = |name: &str| {
        session[name]
            .as_str()
            .unwrap_or_else(|| panic!("{payload}"))
            .to_owned()
    };
    (token("accessToken"), token("refreshToken"))
}

/// Codes and fields of user errors.
pub fn complaints(payload: &Value) -> Vec<(String, String)> {
    let errors = payload["userErrors"].as_array();
    let errors = errors.unwrap_or_else(|| panic!("{payload}"));
    let complaint = |error: &Value| {
        let path = error["field"].as_array().map(|path| {
            let parts: Vec<_> = path.iter().filter_map(Value::as_str).collect();
            parts.join(".")
        });
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(' '), "no text for {message}");
        let code = error["code"].as_str().unwrap().to_owned();
        (code, path.unwrap_or_default())
    };
    errors.iter().map(complaint).collect()
}

/// The code of the one top-level error.
pub fn code(payload: &Value) -> &str {
    payload[0]["extensions"]["code"]
        .as_str()
        .unwrap_or_else(|| panic!("{payload}"))
}

pub async fn run<const N: usize>(db: &Db, sql: &str, values: [sea_orm::Value; N]) {
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    db.write().execute_raw(statement).await.unwrap();
}
