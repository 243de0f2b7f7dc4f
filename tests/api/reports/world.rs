//! Families, supervisors and the steps of reports, as these tests use them.

use std::io::Write as _;

use axum::{
    body::Body,
    http::{Request, header},
};
use entity::ids::AreaId;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;
use vun::{
    auth::SignUp,
    people::household::{Audience, Purpose},
};

use crate::{
    app::TestApp,
    given::{Actor, PASSWORD},
    requests::{self, Answer},
    sources::root,
};

/// Everything a report says of itself.
const REPORT: &str = "id state dueOn isLate viewerCanSubmit viewerCanReturn viewerCanAccept viewerCanRestate \
    area { name } receivingArea { name } period { code from to } \
    comments { indicator text versionNumber } missingChildren { id name } \
    version { id number kind restatementNumber reason sha256 published source newestEventAt \
      total { indicator registered { state value } population { state value } targetPercent \
        figures { measure numerator { state value } rate targetMet } commitments { measure commitment } } \
      rows { area { id name } state sha256 cells { indicator registered { state value } } } \
      differences { area { id } indicator measure before { state value } after { state value } } \
      downloads { format path } }";

/// A caregiver who lives somewhere, with a child of 17 months with a disability.
pub async fn family(app: &TestApp, area: AreaId) -> Actor {
    let text = app.clock.id::<Uuid>().simple().to_string();
    let login = format!("gia-dinh-{}", &text[text.len() - 12..]);
    let sign_up = SignUp {
        id: None,
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
    let signed_up = app.app.auth.sign_up(sign_up, None).await;
    let (session, viewer) = signed_up.unwrap_or_else(|error| panic!("a family: {error:?}"));
    let actor = Actor {
        login,
        token: session.access_token.expose_secret().to_owned(),
        refresh_token: session.refresh_token.expose_secret().to_owned(),
        account: viewer.account(),
        person: viewer.person(),
    };
    let born = app.clock.today() - chrono::Months::new(17);
    let input = json!({ "nickname": "Bé mẫu", "bornMonth": born.format("%Y-%m").to_string(),
        "disabilities": [{ "type": "INTELLECTUAL", "basis": "SCREENING" }] });
    let save = "mutation($input: SaveChildInput!) { saveChild(input: $input) { userErrors { code message field } } }";
    let answer = actor.graphql(app, save, json!({ "input": input })).await;
    assert!(answer.user_errors("saveChild").is_empty(), "{answer}");
    actor
}

/// Sends a mutation whose payload holds a report.
pub async fn send(app: &TestApp, who: &Actor, mutation: &str, input: Value) -> Answer {
    let kind = format!("{}{}Input!", mutation[..1].to_uppercase(), &mutation[1..]);
    let document = format!(
        "mutation($input: {kind}) {{ {mutation}(input: $input) {{ report {{ {REPORT} }} userErrors {{ code field message }} }} }}"
    );
    who.graphql(app, &document, json!({ "input": input })).await
}

/// [`send`], which must succeed; the report.
pub async fn done(app: &TestApp, who: &Actor, mutation: &str, input: Value) -> Value {
    let answer = send(app, who, mutation, input).await;
    assert!(answer.user_errors(mutation).is_empty(), "{answer}");
    answer.data(&format!("{mutation}.report")).clone()
}

/// A report as somebody reads it.
pub async fn read(app: &TestApp, who: &Actor, id: &Value) -> Answer {
    let document = format!("query($id: ID!) {{ report(id: $id) {{ {REPORT} }} }}");
    who.graphql(app, &document, json!({ "id": id })).await
}

/// The frozen versions of a report, oldest first.
pub async fn versions(app: &TestApp, who: &Actor, id: &Value) -> Vec<Value> {
    let document = "query($id: ID!) { report(id: $id) { versions { number kind restatementNumber sha256 published } } }";
    let answer = who.graphql(app, document, json!({ "id": id })).await;
    answer
        .data("report.versions")
        .as_array()
        .expect("versions")
        .clone()
}

/// Drafts and submits, saying who is missing; the report.
pub async fn sent(app: &TestApp, who: &Actor, area: AreaId, period: &str) -> Value {
    let draft = json!({ "areaId": area.to_string(), "period": period });
    let draft = done(app, who, "draftReport", draft).await;
    let input = json!({ "reportId": draft["id"], "acknowledgeMissing": missing(&draft) });
    done(app, who, "submitReport", input).await
}

/// [`sent`], accepted by somebody else.
pub async fn agreed(app: &TestApp, by: [&Actor; 2], area: AreaId, period: &str) -> Value {
    let sent = sent(app, by[0], area, period).await;
    let input = json!({ "reportId": sent["id"], "acknowledgeMissing": missing(&sent) });
    done(app, by[1], "acceptReport", input).await
}

/// The ids of the areas that a report misses.
pub fn missing(report: &Value) -> Vec<Value> {
    let missing = report["missingChildren"].as_array().expect("a list");
    missing.iter().map(|area| area["id"].clone()).collect()
}

/// The cell of an indicator in a report's latest total.
pub fn total<'a>(report: &'a Value, indicator: &str) -> &'a Value {
    let cells = report["version"]["total"].as_array().expect("cells");
    let found = cells.iter().find(|cell| cell["indicator"] == indicator);
    found.unwrap_or_else(|| panic!("no {indicator} in {report}"))
}

/// A number with its measure out of a cell.
pub fn figure<'a>(cell: &'a Value, measure: &str) -> &'a Value {
    let figures = cell["figures"].as_array().expect("figures");
    let found = figures.iter().find(|figure| figure["measure"] == measure);
    &found.unwrap_or_else(|| panic!("no {measure} in {cell}"))["numerator"]
}

/// What the script that stands beside this file makes of a published form and of opened commitments. Nothing on a machine
/// without Python, which says so; where PostgreSQL is required, so is Python.
pub fn recompute(published: &str, opened: &Value) -> Option<Vec<String>> {
    let form: Value = serde_json::from_str(published).expect("JSON");
    // Laid out otherwise, and with the members in another order than they are hashed in.
    let given = json!({ "opened": opened, "form": form });
    let given = serde_json::to_string_pretty(&given).expect("JSON");
    let python = std::process::Command::new("python3")
        .arg(root().join("tests/api/reports/recompute.py"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn();
    let required = std::env::var("VUN_TEST_POSTGRES").is_ok_and(|word| word == "required");
    let mut python = match python {
        Ok(python) => python,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !required => {
            eprintln!("python3 is not installed: the hashes are not recomputed by the script");
            return None;
        }
        Err(error) => panic!("python3: {error}"),
    };
    let mut input = python.stdin.take().expect("a pipe");
    input.write_all(given.as_bytes()).expect("it reads");
    drop(input);
    let output = python.wait_with_output().expect("it ends");
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).expect("text");
    Some(printed.lines().map(str::to_owned).collect())
}

/// Whether the script gives the hash that the server gave; true on a machine that cannot run it.
pub fn is_recomputed(published: &str, sha256: &Value) -> bool {
    recompute(published, &json!([])).is_none_or(|again| json!(again) == json!([sha256]))
}

/// Fetches a file with somebody's token.
pub async fn fetch(app: &TestApp, who: Option<&Actor>, path: &str) -> axum::response::Response {
    call(app, who, Request::get(path), Body::empty()).await
}

/// Sends a mapping file with somebody's token.
pub async fn convert(app: &TestApp, who: &Actor, path: &str, mapping: &Value) -> Answer {
    let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    request = request.header(header::AUTHORIZATION, format!("Bearer {}", who.token));
    let request = request.body(Body::from(mapping.to_string()));
    requests::send(&app.router, request.expect("a request")).await
}

async fn call(
    app: &TestApp,
    who: Option<&Actor>,
    mut request: axum::http::request::Builder,
    body: Body,
) -> axum::response::Response {
    if let Some(who) = who {
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", who.token));
    }
    let request = request.body(body).expect("a request");
    let answer = tower::ServiceExt::oneshot(app.router.clone(), request).await;
    answer.expect("a router never fails")
}

/// The bytes of a file that was handed out.
pub async fn bytes(response: axum::response::Response) -> Vec<u8> {
    use http_body_util::BodyExt as _;
    let body = response.into_body().collect().await;
    body.expect("a whole body").to_bytes().to_vec()
}
