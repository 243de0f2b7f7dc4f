//! Changes of areas through the API: previewed, applied, followed, decided and undone, with people living there.

use std::collections::BTreeMap;

use entity::{area::AreaLevel, ids::AreaId};
use sea_orm::{ConnectionTrait, Statement};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;
use vun::{
    areas::Settled,
    auth::SignUp,
    people::household::{Audience, Purpose},
};

use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    databases::Engine,
    given::{Actor, PASSWORD},
    requests::Answer,
    tables,
};

/// Two wards beside each other, and who works with them.
pub struct World {
    pub one: AreaId,
    pub two: AreaId,
    pub province: AreaId,
    pub administrator: Actor,
}

impl World {
    pub async fn of(app: &TestApp) -> Self {
        let (atlas, today) = (app.app.areas.atlas(), app.clock.today());
        let (one, province) = (app.ward(), app.province());
        let mut wards = atlas.children(province, today).into_iter();
        // One whose life has a first day before the changes of these tests, and no change after them.
        let two = wards.find(|ward| *ward != one).expect("another ward");
        Self {
            one,
            two,
            province,
            administrator: app.administrator(province).await,
        }
    }

    pub fn target(&self, id: AreaId, code: &str) -> Value {
        json!({ "id": id.0, "name": format!("Phường Mẫu {code}"), "unitType": "WARD", "code": code,
            "parentId": self.province.0 })
    }

    /// Both wards become one.
    pub fn merger(&self, id: Uuid, new: AreaId) -> Value {
        json!({ "id": id, "decision": "01/NQ-MẪU", "effectiveOn": "2026-11-01", "kind": "MERGED",
            "fromIds": [self.one.0, self.two.0], "to": [self.target(new, "99901")] })
    }

    /// The first ward becomes two.
    pub fn split(&self, id: Uuid, parts: [AreaId; 2]) -> Value {
        json!({ "id": id, "decision": "02/NQ-MẪU", "effectiveOn": "2026-11-01", "kind": "SPLIT",
            "fromIds": [self.one.0],
            "to": [self.target(parts[0], "99901"), self.target(parts[1], "99902")] })
    }
}

pub async fn send(app: &TestApp, who: &Actor, field: &str, input: Value) -> Answer {
    let variables = json!({ "input": input });
    who.graphql(app, &operation(field), variables).await
}

/// Sends what must succeed.
pub async fn sent(app: &TestApp, who: &Actor, field: &str, input: Value) -> Value {
    let answer = send(app, who, field, input).await;
    assert!(answer.user_errors(field).is_empty(), "{answer}");
    answer.data(field).clone()
}

/// A caregiver of a child with a disability, at home in a commune.
pub async fn family(app: &TestApp, area: AreaId) -> Actor {
    let id: entity::ids::PersonId = app.clock.id();
    let text = id.0.simple().to_string();
    let login = format!("gia-dinh-{}", &text[text.len() - 12..]);
    let sign_up = SignUp {
        id: Some(id),
        login: login.clone(),
        password: SecretString::from(PASSWORD),
        full_name: "Người mẫu".to_owned(),
        area,
        audiences: vec![Audience::Caregiver],
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
    let (session, viewer) = app
        .app
        .auth
        .sign_up(sign_up, None)
        .await
        .expect("an account");
    let actor = Actor {
        login,
        token: session.access_token.expose_secret().to_owned(),
        refresh_token: session.refresh_token.expose_secret().to_owned(),
        account: viewer.account(),
        person: viewer.person(),
    };
    let child = json!({ "nickname": "Bé mẫu", "bornMonth": "2025-06",
        "disabilities": [{ "type": "INTELLECTUAL", "basis": "SCREENING" }] });
    sent(app, &actor, "saveChild", child).await;
    actor
}

pub async fn families(app: &TestApp, area: AreaId, count: usize) -> Vec<Actor> {
    let mut made = Vec::new();
    for _ in 0..count {
        made.push(family(app, area).await);
    }
    made
}

/// How many people D3 counts in an area, as its supervisor or one above sees it.
async fn counted(app: &TestApp, who: &Actor, area: AreaId) -> Value {
    let ask = "query($area: ID!) { coverage(areaId: $area, indicator: \"D3\", denominator: REGISTERED) { \
        denominator { state value } } }";
    let answer = who.graphql(app, ask, json!({ "area": area.0 })).await;
    answer.data("coverage.denominator").clone()
}

/// The counter of an area in the database, whatever may be shown of it.
pub async fn folded(app: &TestApp, area: AreaId) -> i64 {
    while app.app.coverage.fold().await.expect("folded") > 0 {}
    let indicator = app
        .app
        .programmes
        .rulebook()
        .indicator("D3")
        .expect("D3")
        .row
        .indicator_id;
    let month = app.clock.today().format("%Y-%m-01").to_string();
    let (id, of) = match app.engine {
        Engine::Sqlite => (
            format!("x'{}'", area.0.simple()),
            format!("x'{}'", indicator.0.simple()),
        ),
        Engine::Postgres => (format!("'{}'", area.0), format!("'{}'", indicator.0)),
    };
    let sql = format!(
        "SELECT CAST(COALESCE(SUM(total), 0) AS bigint) AS n FROM (SELECT total FROM coverage_month WHERE place_id = {id} \
         AND indicator_id = {of} AND measure = 'POPULATION' AND month <= '{month}' ORDER BY month DESC LIMIT 1) t"
    );
    let statement = Statement::from_string(app.db.backend(), sql);
    let row = app
        .db
        .write()
        .query_one_raw(statement)
        .await
        .expect("answered");
    row.expect("a row").try_get("", "n").expect("a count")
}

pub async fn no_difference(app: &TestApp) {
    let (_, differences) = app
        .app
        .coverage
        .check(&app.app.learning)
        .await
        .expect("a check");
    assert!(differences.is_empty(), "{differences:?}");
}

/// Every row of every table, but for what only ever grows.
pub async fn everything(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    app.app.auth.audit().flush().await.expect("written");
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in tables::columns(&app.db).await {
        let (table, column) = name.split_once('.').expect("a column");
        columns
            .entry(table.to_owned())
            .or_default()
            .push(column.to_owned());
    }
    for growing in [
        "audit_log",
        "area_edition",
        "coverage_fold",
        "session",
        "migration_lease",
        "programme_edition",
        "seaql_migrations",
    ] {
        columns.remove(growing);
    }
    let mut rows = BTreeMap::new();
    for (table, columns) in columns {
        let text = match app.engine {
            Engine::Sqlite => columns
                .iter()
                .map(|column| format!("quote({column})"))
                .collect::<Vec<_>>()
                .join("||','||"),
            Engine::Postgres => "CAST(t AS text)".to_owned(),
        };
        let sql = format!("SELECT {text} AS line FROM {table} t");
        let statement = Statement::from_string(app.db.backend(), sql);
        let found = app
            .db
            .write()
            .query_all_raw(statement)
            .await
            .expect("answered");
        let mut lines: Vec<String> = found
            .iter()
            .map(|row| row.try_get("", "line").expect("a line"))
            .collect();
        lines.sort();
        rows.insert(table, lines);
    }
    rows
}

pub fn same(before: &BTreeMap<String, Vec<String>>, after: &BTreeMap<String, Vec<String>>) {
    for (table, rows) in before {
        assert!(
            rows == &after[table],
            "{table} is not as it was: {} rows, {} before",
            after[table].len(),
            rows.len()
        );
    }
}

#[tokio::test]
async fn a_merger_does_what_its_preview_says_and_takes_people_groups_standings_and_counts_along() {
    on_both(async |app| {
        let world = World::of(&app).await;
        let supervisor = app.supervisor(world.one).await;
        let trainer = app.trainer(world.two).await;
        let group =
            json!({ "id": app.clock.id::<Uuid>(), "name": "Nhóm mẫu", "areaId": world.two.0 });
        let group = sent(&app, &trainer, "createGroup", group).await["group"]["id"].clone();
        families(&app, world.one, 6).await;
        families(&app, world.two, 7).await;
        let province = folded(&app, world.province).await;
        assert_eq!(
            (folded(&app, world.one).await, folded(&app, world.two).await),
            (6, 7)
        );
        let before = everything(&app).await;

        let (id, new): (Uuid, AreaId) = (app.clock.id(), app.clock.id());
        let input = world.merger(id, new);
        let preview = sent(
            &app,
            &world.administrator,
            "previewAreaChange",
            input.clone(),
        )
        .await;
        same(&before, &everything(&app).await);
        assert!(app.app.areas.atlas().area(new).is_none());
        let done = sent(&app, &world.administrator, "applyAreaChange", input.clone()).await;
        assert_eq!(preview["areaChange"], done["areaChange"]);
        let change = &done["areaChange"];
        assert_eq!(change["opened"][0]["name"], "Phường Mẫu 99901");
        assert_eq!(change["closed"].as_array().expect("areas").len(), 2);
        assert_eq!(change["closed"][0]["validTo"], "2026-10-31");
        let effects = change["effects"].as_array().expect("effects");
        let of = |matter: &str| -> Vec<(&str, i64)> {
            let mut found: Vec<_> = effects
                .iter()
                .filter(|effect| effect["matter"] == matter)
                .map(|effect| {
                    (
                        effect["fate"].as_str().expect("a word"),
                        effect["count"].as_i64().expect("a count"),
                    )
                })
                .collect();
            found.sort();
            found
        };
        // Three who work here live in the first ward too.
        assert_eq!(of("PEOPLE"), [("FOLLOWS", 7), ("FOLLOWS", 9)]);
        assert_eq!(of("STANDINGS"), [("FOLLOWS", 1), ("FOLLOWS", 1)]);
        assert_eq!(of("GROUPS"), [("FOLLOWS", 1)]);

        // The new ward counts both, the old ones what they counted, and the province no more than before.
        assert_eq!(folded(&app, new).await, 13);
        assert_eq!(
            (folded(&app, world.one).await, folded(&app, world.two).await),
            (6, 7)
        );
        assert_eq!(folded(&app, world.province).await, province);
        no_difference(&app).await;
        assert_eq!(counted(&app, &supervisor, new).await["value"], 13);
        let seen = trainer
            .graphql(
                &app,
                "query($id: ID!) { group(id: $id) { area { id } } }",
                json!({ "id": group }),
            )
            .await;
        assert_eq!(seen.data("group.area.id"), &json!(new.0));
        let standing = supervisor
            .graphql(&app, "{ viewer { standings { areaId } } }", json!({}))
            .await;
        assert_eq!(standing.data("viewer.standings.0.areaId"), &json!(new.0));

        // Sent again it is the same change; undone, nothing is left of it.
        let again = sent(&app, &world.administrator, "applyAreaChange", input).await;
        assert_eq!(again["areaChange"]["id"], json!(id));
        sent(
            &app,
            &world.administrator,
            "undoAreaChange",
            json!({ "id": id }),
        )
        .await;
        same(&before, &everything(&app).await);
        assert!(app.app.areas.atlas().area(new).is_none());
        assert_eq!(counted(&app, &supervisor, world.one).await["value"], 6);
        no_difference(&app).await;
    })
    .await;
}

#[tokio::test]
async fn after_a_split_nobody_gains_or_loses_sight_until_somebody_decides_and_people_are_placed() {
    on_both(async |app| {
        let world = World::of(&app).await;
        let stranger = app.administrator(app.other_province()).await;
        let supervisor = app.supervisor(world.one).await;
        let trainer = app.trainer(world.one).await;
        let group =
            json!({ "id": app.clock.id::<Uuid>(), "name": "Nhóm mẫu", "areaId": world.one.0 });
        let group = sent(&app, &trainer, "createGroup", group).await["group"]["id"].clone();
        let homes = families(&app, world.one, 3).await;
        let members: Vec<_> = homes.iter().map(|actor| actor.person.0).collect();
        let join = json!({ "groupId": group, "personIds": members });
        sent(&app, &trainer, "addMembers", join).await;
        let province = folded(&app, world.province).await;
        let before = everything(&app).await;

        let (id, parts): (Uuid, [AreaId; 2]) = (app.clock.id(), [app.clock.id(), app.clock.id()]);
        sent(
            &app,
            &world.administrator,
            "applyAreaChange",
            world.split(id, parts),
        )
        .await;
        assert_eq!(folded(&app, world.province).await, province);
        assert_eq!(
            (folded(&app, parts[0]).await, folded(&app, parts[1]).await),
            (0, 0)
        );
        assert_eq!(folded(&app, world.one).await, 3);
        no_difference(&app).await;
        let settled = app.app.areas.settled(world.one);
        assert!(matches!(settled, Settled::Waits(next) if next.len() == 2));
        let blind = supervisor
            .graphql(
                &app,
                &operation("coverage"),
                json!({ "areaId": parts[0].0, "indicator": "D3" }),
            )
            .await;
        assert_eq!(blind.code(), "NOT_FOUND");
        let see = async |who: &Actor| {
            who.graphql(&app, &operation("group"), json!({ "id": group }))
                .await
        };
        assert_eq!(see(&trainer).await.data("group.id"), &group);

        // Taking it back restores everything while nothing depends on it.
        sent(
            &app,
            &world.administrator,
            "undoAreaChange",
            json!({ "id": id }),
        )
        .await;
        same(&before, &everything(&app).await);
        sent(
            &app,
            &world.administrator,
            "applyAreaChange",
            world.split(id, parts),
        )
        .await;

        // The review list names two standings and the group; who stands only in the old ward sees none of it.
        let list = world
            .administrator
            .graphql(&app, &operation("areaReviews"), json!({ "first": 100 }))
            .await;
        let list = list
            .data("areaReviews.nodes")
            .as_array()
            .expect("reviews")
            .clone();
        let here: Vec<_> = list
            .iter()
            .filter(|review| review["area"]["id"] == json!(world.one.0))
            .collect();
        assert_eq!(here.len(), 3, "{list:?}");
        let find = |label: &str| {
            here.iter()
                .find(|review| review["label"] == label)
                .expect("a review")["id"]
                .clone()
        };
        let elsewhere = json!({ "id": find("TRAINER"), "areaIds": [world.two.0] });
        let refused = send(&app, &world.administrator, "decideAreaReview", elsewhere).await;
        assert_eq!(
            refused.user_errors("decideAreaReview"),
            [("INVALID", "areaIds.0")]
        );
        let decide = async |label: &str, areas: &[AreaId]| {
            let areas: Vec<_> = areas.iter().map(|area| area.0).collect();
            let input = json!({ "id": find(label), "areaIds": areas });
            sent(&app, &world.administrator, "decideAreaReview", input).await;
        };
        decide("TRAINER", &parts[..1]).await;
        // Her group still waits, and she keeps it.
        assert_eq!(see(&trainer).await.data("group.id"), &group);
        decide("Nhóm mẫu", &parts[..1]).await;
        assert_eq!(see(&trainer).await.data("group.id"), &group);
        decide("SUPERVISOR", &parts).await;
        let list = world
            .administrator
            .graphql(&app, &operation("areaReviews"), json!({ "first": 100 }))
            .await;
        let left = list.data("areaReviews.nodes").as_array().expect("reviews");
        assert!(
            left.iter()
                .all(|review| review["area"]["id"] != json!(world.one.0))
        );
        counted(&app, &supervisor, parts[0]).await;

        // The trainer places one, the administrator another, in the part where each lives.
        let place =
            |who: &Actor, area: AreaId| json!({ "personId": who.person.0, "areaId": area.0 });
        sent(&app, &trainer, "placePerson", place(&homes[0], parts[0])).await;
        sent(
            &app,
            &world.administrator,
            "placePerson",
            place(&homes[1], parts[1]),
        )
        .await;
        let wrong = send(
            &app,
            &world.administrator,
            "placePerson",
            place(&homes[2], world.two),
        )
        .await;
        assert_eq!(wrong.user_errors("placePerson"), [("INVALID", "areaId")]);
        let wrong = send(&app, &stranger, "placePerson", place(&homes[2], parts[0])).await;
        assert_eq!(
            wrong.user_errors("placePerson"),
            [("NOT_FOUND", "personId")]
        );
        assert_eq!(
            (folded(&app, parts[0]).await, folded(&app, parts[1]).await),
            (1, 1)
        );
        assert_eq!(
            (
                folded(&app, world.one).await,
                folded(&app, world.province).await
            ),
            (3, province)
        );
        no_difference(&app).await;

        // Now people, standings and a group depend on it, and undoing says so.
        let held = send(
            &app,
            &world.administrator,
            "undoAreaChange",
            json!({ "id": id }),
        )
        .await;
        let held = held.user_errors("undoAreaChange");
        assert!(
            held.len() >= 3 && held.iter().all(|error| error.code == "CONFLICT"),
            "{held:?}"
        );
        no_difference(&app).await;
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_done_is_answered_clearly_and_leaves_nothing_behind() {
    on_both(async |app| {
        let world = World::of(&app).await;
        let before = everything(&app).await;
        let refused = async |who: &Actor, input: Value| {
            let preview = send(&app, who, "previewAreaChange", input.clone()).await;
            let applied = send(&app, who, "applyAreaChange", input).await;
            let errors = applied.user_errors("applyAreaChange");
            assert_eq!(preview.user_errors("previewAreaChange"), errors);
            errors
        };
        let administrator = &world.administrator;
        let merger = || world.merger(app.clock.id(), app.clock.id());
        let mut itself = merger();
        itself["to"][0]["id"] = json!(world.one.0);
        assert_eq!(
            refused(administrator, itself).await,
            [("INVALID", "to.0.id")]
        );
        let mut early = merger();
        early["effectiveOn"] = json!("2025-06-01");
        let found = refused(administrator, early).await;
        assert!(
            found
                .iter()
                .any(|error| *error == ("DATE_OUT_OF_RANGE", "effectiveOn")),
            "{found:?}"
        );
        let mut shares = world.split(app.clock.id(), [app.clock.id(), app.clock.id()]);
        shares["edges"] = json!([
            { "fromId": world.one.0, "toId": shares["to"][0]["id"], "share": 0.6 },
            { "fromId": world.one.0, "toId": shares["to"][1]["id"], "share": 0.6 },
        ]);
        assert_eq!(refused(administrator, shares).await, [("INVALID", "edges")]);
        let mut far = merger();
        far["fromIds"][1] = json!(app.area("96", AreaLevel::Province, app.clock.today()).0);
        assert_eq!(
            refused(administrator, far).await,
            [("NOT_FOUND", "fromIds.1")]
        );
        let elsewhere = app.administrator(app.other_province()).await;
        let found = refused(&elsewhere, merger()).await;
        assert!(
            found.iter().all(|error| error.code == "NOT_FOUND"),
            "{found:?}"
        );
        let unknown = send(
            &app,
            administrator,
            "undoAreaChange",
            json!({ "id": app.clock.id::<Uuid>() }),
        )
        .await;
        assert_eq!(unknown.user_errors("undoAreaChange"), [("NOT_FOUND", "id")]);
        let after = everything(&app).await;
        for table in [
            "area",
            "area_name",
            "area_code",
            "area_parent",
            "area_change",
            "area_change_edge",
            "area_change_applied",
            "atom",
        ] {
            assert_eq!(before[table], after[table], "{table}");
        }

        // The same decision twice, under two ids; and two at once, of which one is done.
        let (first, second) = (merger(), merger());
        let both = tokio::join!(
            send(&app, administrator, "applyAreaChange", first),
            send(&app, administrator, "applyAreaChange", second),
        );
        let errors = [
            both.0.user_errors("applyAreaChange"),
            both.1.user_errors("applyAreaChange"),
        ];
        let done = errors.iter().filter(|errors| errors.is_empty()).count();
        assert_eq!(done, 1, "{errors:?}");
        let refused = errors.iter().flatten().collect::<Vec<_>>();
        assert!(
            refused.iter().any(|error| **error == ("TAKEN", "decision")),
            "{refused:?}"
        );

        // The shipped file loaded again leaves it alone.
        app.app.load_shipped().await.expect("loaded");
        let atlas = app.app.areas.atlas();
        assert!(!atlas.is_open(world.one, app.clock.today()));
        let shipped = send(
            &app,
            administrator,
            "undoAreaChange",
            json!({ "id": shipped_change(&app).await }),
        )
        .await;
        assert_eq!(shipped.user_errors("undoAreaChange"), [("CONFLICT", "id")]);
    })
    .await;
}

async fn shipped_change(app: &TestApp) -> Uuid {
    let sql = "SELECT area_change_id FROM area_change WHERE kind = 'LEVEL_ABOLISHED'";
    let statement = Statement::from_string(app.db.backend(), sql);
    let row = app
        .db
        .write()
        .query_one_raw(statement)
        .await
        .expect("answered");
    row.expect("a row")
        .try_get("", "area_change_id")
        .expect("an id")
}
