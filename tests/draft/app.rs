//! A small application on a fresh SQLite file or PostgreSQL database.

use std::{
    collections::HashMap,
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use async_graphql::{EmptySubscription, MergedObject, Request, Schema, Variables};
use chrono::NaiveDate;
use entity::{
    area::AreaLevel,
    ids::{AccountId, AreaId, PersonId, shipped},
    standing::StandingKind,
};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use uuid::Uuid;
use vun::{
    areas::{Area, Areas, Atlas},
    auth::{
        Auth, GrantStanding, NewAccount, SignUp, Target,
        graphql::{AuthMutation, AuthQuery},
        rate::{ClientAddress, RateLimits},
    },
    clock::Clock,
    config::DatabaseSettings,
    db::{Db, Tx},
    error::Result,
    people::{
        HouseholdChanged, People,
        graphql::{PeopleMutation, PeopleQuery},
        household::{Audience, Channel},
    },
};

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

pub struct TestApp {
    pub db: Db,
    pub clock: Clock,
    pub people: People,
    pub auth: Auth,
    pub schema: Schema<Query, Mutation, EmptySubscription>,
    pub changes: Arc<Changes>,
    pub areas: Areas,
    _folder: tempfile::TempDir,
}

pub const NOW: &str = "2026-11-22T03:00:00Z";

pub fn country() -> AreaId {
    shipped("country")
}
pub fn province() -> AreaId {
    shipped("province")
}
pub fn commune() -> AreaId {
    shipped("commune")
}
pub fn closed() -> AreaId {
    shipped("closed")
}
pub fn district() -> AreaId {
    shipped("district")
}
pub fn far_province() -> AreaId {
    shipped("far province")
}
pub fn far_commune() -> AreaId {
    shipped("far commune")
}

fn atlas() -> Atlas {
    let day = |text: &str| -> Option<NaiveDate> { text.parse().ok() };
    let area = |level, from: &str, to: &str, name: &str, parent| Area {
        level,
        valid_from: day(from),
        valid_to: day(to),
        name: name.to_owned(),
        parent,
        successors: Vec::new(),
    };
    let mut closed_area = area(
        AreaLevel::Commune,
        "",
        "2025-06-30",
        "Xã cũ",
        Some(district()),
    );
    closed_area.successors = vec![commune()];
    Atlas(HashMap::from([
        (
            country(),
            area(AreaLevel::Country, "", "", "Việt Nam", None),
        ),
        (
            province(),
            area(
                AreaLevel::Province,
                "2025-07-01",
                "",
                "Tỉnh mẫu",
                Some(country()),
            ),
        ),
        (
            far_province(),
            area(AreaLevel::Province, "", "", "Tỉnh xa", Some(country())),
        ),
        (
            district(),
            area(
                AreaLevel::District,
                "",
                "2025-06-30",
                "Huyện cũ",
                Some(province()),
            ),
        ),
        (
            commune(),
            area(
                AreaLevel::Commune,
                "2025-07-01",
                "",
                "Phường mẫu",
                Some(province()),
            ),
        ),
        (
            far_commune(),
            area(AreaLevel::Commune, "", "", "Xã xa", Some(far_province())),
        ),
        (closed(), closed_area),
    ]))
}

/// Runs a body on SQLite and on PostgreSQL.
pub async fn on_both(body: impl AsyncFn(TestApp)) {
    body(TestApp::on_sqlite().await).await;
    body(TestApp::on_postgres().await).await;
}

impl TestApp {
    async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("vun.db").display());
        let db = connect(&url).await;
        Migrator::up(db.write(), Some(3)).await.unwrap();
        Self::on(db, folder).await
    }

    async fn on_postgres() -> Self {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let cluster = TEMPLATE
            .get_or_init(|| async {
                let cluster = start_postgres();
                let admin = Database::connect(url_of(&cluster, "postgres"))
                    .await
                    .unwrap();
                admin
                    .execute_unprepared("CREATE DATABASE template_vun")
                    .await
                    .unwrap();
                let template = connect(&url_of(&cluster, "template_vun")).await;
                Migrator::up(template.write(), Some(3)).await.unwrap();
                template.close().await.unwrap();
                admin.close().await.unwrap();
                cluster
            })
            .await;
        let name = format!("vun_{}", Uuid::now_v7().simple());
        let admin = Database::connect(url_of(cluster, "postgres"))
            .await
            .unwrap();
        admin
            .execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE template_vun"))
            .await
            .unwrap();
        admin.close().await.unwrap();
        let db = connect(&url_of(cluster, &name)).await;
        Self::on(db, tempfile::tempdir().unwrap()).await
    }

    async fn on(db: Db, folder: tempfile::TempDir) -> Self {
        let clock = Clock::set_to(NOW.parse().unwrap());
        let atlas = atlas();
        for (id, area) in &atlas.0 {
            let level = match area.level {
                AreaLevel::Country => "COUNTRY",
                AreaLevel::Province => "PROVINCE",
                AreaLevel::District => "DISTRICT",
                AreaLevel::Commune => "COMMUNE",
            };
            run(
                &db,
                "INSERT INTO area (area_id, level) VALUES ($1, $2)",
                [id.0.into(), level.into()],
            )
            .await;
            run(
                &db,
                "INSERT INTO atom (atom_id, area_id) VALUES ($1, $1)",
                [id.0.into()],
            )
            .await;
        }
        let areas = Areas::of(atlas);
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
            db,
            clock,
            people,
            auth,
            schema,
            changes,
            areas,
            _folder: folder,
        }
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
        let input = sign_up_input(login);
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
                    area: commune(),
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

pub fn sign_up_input(login: &str) -> Value {
    json!({
        "login": login,
        "password": PASSWORD,
        "fullName": "Gia đình mẫu 1",
        "areaId": commune().to_string(),
        "audiences": ["CAREGIVER"],
        "language": "vi",
        "consents": ["LEARNING_RECORD", "CHILD_PROFILE", "DISABILITY_DATA", "STATISTICS"],
    })
}

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

async fn connect(url: &str) -> Db {
    Db::connect(&DatabaseSettings {
        url: url.into(),
        replica_url: None,
        connections: 5,
        read_connections: 2,
    })
    .await
    .unwrap()
}

fn url_of(cluster: &str, database: &str) -> String {
    format!("postgres://postgres@localhost/{database}?host={cluster}")
}

/// Starts a cluster that stops when this process ends: the shell in front of it waits for our end of a pipe.
fn start_postgres() -> String {
    const BIN: &str = "/usr/lib/postgresql/15/bin";
    let folder = tempfile::tempdir().unwrap().keep();
    let path = folder.display().to_string();
    let own = Command::new("chown").args(["postgres", &path]).status();
    assert!(own.unwrap().success());
    let script = format!(
        "cd {path} && {BIN}/initdb -D data -U postgres -A trust -E UTF8 >log 2>&1 && \
         {BIN}/postgres -D data -k {path} -c listen_addresses= -c fsync=off -c max_connections=200 >>log 2>&1 & \
         server=$!; cat; kill -INT $(head -1 {path}/data/postmaster.pid); wait $server; rm -rf {path}"
    );
    let child = Command::new("setpriv")
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .args(["sh", "-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // Kept open until this process ends.
    std::mem::forget(child);
    for _ in 0..200 {
        let ready = Command::new(format!("{BIN}/pg_isready"))
            .args(["-h", &path, "-q"])
            .status();
        if ready.unwrap().success() {
            return path;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let log = std::fs::read_to_string(Path::new(&path).join("log"));
    panic!("PostgreSQL did not start: {log:?}");
}
