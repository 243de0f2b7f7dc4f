//! Who may do what: every root field is called for real by somebody of every standing, and what comes back is the
//! committed table `snapshots/permissions.txt`, compared with what each field says it needs.

use std::{collections::BTreeSet, fmt::Write as _, fs};

use chrono::Duration;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{TestApp, on_both},
    given::{Actor, PASSWORD},
    requests::Answer,
    schema,
    sources::root,
};

/// What a root field needs of who calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    Nothing,
    SignIn,
    Trainer,
    Supervisor,
    Administrator,
}

/// Every root field in the order of the table, and what it needs. What signs a device out comes last.
const ROOT_FIELDS: [(&str, Needs); 43] = [
    ("area", Needs::Nothing),
    ("areas", Needs::Nothing),
    ("domains", Needs::Nothing),
    ("modules", Needs::Nothing),
    ("module", Needs::Nothing),
    ("lesson", Needs::Nothing),
    ("searchLessons", Needs::Nothing),
    ("programmes", Needs::Nothing),
    ("consentTexts", Needs::Nothing),
    ("viewer", Needs::Nothing),
    ("learningPath", Needs::SignIn),
    ("group", Needs::Trainer),
    ("groups", Needs::Trainer),
    ("coverage", Needs::Supervisor),
    ("reportPeriods", Needs::Nothing),
    ("report", Needs::Supervisor),
    ("reports", Needs::Supervisor),
    ("reportProgress", Needs::Supervisor),
    ("signUp", Needs::Nothing),
    ("signIn", Needs::Nothing),
    ("refreshSession", Needs::Nothing),
    ("saveChild", Needs::SignIn),
    ("removeChild", Needs::SignIn),
    ("giveConsent", Needs::SignIn),
    ("completeLesson", Needs::SignIn),
    ("submitQuiz", Needs::SignIn),
    ("uploadLearningEvents", Needs::SignIn),
    ("joinGroup", Needs::SignIn),
    ("createGroup", Needs::Trainer),
    ("addMembers", Needs::Trainer),
    ("assignModules", Needs::Trainer),
    ("removeMember", Needs::Trainer),
    ("setDenominator", Needs::Supervisor),
    ("draftReport", Needs::Supervisor),
    ("submitReport", Needs::Supervisor),
    ("returnReport", Needs::Supervisor),
    ("acceptReport", Needs::Supervisor),
    ("restateReport", Needs::Supervisor),
    ("openReportCell", Needs::Administrator),
    ("grantStanding", Needs::Administrator),
    ("revokeStanding", Needs::Administrator),
    ("withdrawConsent", Needs::SignIn),
    ("signOut", Needs::Nothing),
];

/// The columns of the table.
const STANDINGS: [&str; 8] = [
    "visitor",
    "caregiver",
    "staff",
    "trainer",
    "supervisor",
    "supervisor-elsewhere",
    "editor",
    "administrator",
];

/// Somebody of every standing, and what they ask about.
struct World {
    /// In the order of [`STANDINGS`]; the visitor is nobody.
    actors: Vec<Option<Actor>>,
    /// Whose tokens are traded and signed out, so that the others keep theirs.
    spare: Actor,
    member: Actor,
    group: Value,
    join_code: Value,
    module: Value,
    lesson: Value,
    question: Value,
    option: Value,
    text_version: Value,
    report: Value,
}

impl World {
    async fn of(app: &TestApp) -> Self {
        let ward = app.ward();
        let trainer = app.trainer(ward).await;
        let member = app.caregiver().await;
        let input = json!({ "name": "Nhóm mẫu", "areaId": ward.0, "id": app.clock.id::<Uuid>() });
        let made = call(
            app,
            Some(&trainer),
            "createGroup",
            json!({ "input": input }),
        )
        .await;
        let group = made.data("createGroup.group.id").clone();
        let join_code = made.data("createGroup.group.joinCode").clone();
        let module = call(app, None, "module", json!({ "code": "HC1" })).await;
        let lesson = call(app, None, "lesson", json!({ "code": "HC1.1" })).await;
        let texts = call(app, None, "consentTexts", json!({})).await;
        let question = module.data("module.quiz.questions.0");
        let supervisor = app.supervisor(ward).await;
        let input = json!({ "input": { "areaId": ward.0, "period": "MONTH-2026-10" } });
        let drafted = call(app, Some(&supervisor), "draftReport", input).await;
        Self {
            actors: vec![
                None,
                Some(app.caregiver().await),
                Some(app.staff().await),
                Some(trainer),
                Some(supervisor),
                Some(app.supervisor(app.other_province()).await),
                Some(app.editor().await),
                Some(app.administrator(app.province()).await),
            ],
            spare: app.caregiver().await,
            member,
            group,
            join_code,
            question: question["id"].clone(),
            option: question["options"][0]["id"].clone(),
            module: module.data("module.id").clone(),
            lesson: lesson.data("lesson.id").clone(),
            text_version: texts.data("consentTexts.0.version").clone(),
            report: drafted.data("draftReport.report.id").clone(),
        }
    }

    /// What would succeed for somebody who may.
    fn variables(&self, app: &TestApp, field: &str) -> Value {
        let ward = app.ward().0;
        let fresh = || app.clock.id::<Uuid>();
        let input = match field {
            "area" => return json!({ "code": crate::given::WARD }),
            "areas" => return json!({ "text": "thuan an", "first": 3 }),
            "modules" | "learningPath" | "groups" => return json!({ "first": 3 }),
            "module" => return json!({ "code": "HC1" }),
            "lesson" => return json!({ "code": "HC1.1" }),
            "searchLessons" => return json!({ "text": "trẻ" }),
            "group" => return json!({ "id": self.group }),
            "coverage" => return json!({ "areaId": ward, "indicator": "D3" }),
            "reports" => return json!({ "areaId": ward }),
            "reportProgress" => return json!({ "areaId": ward, "period": "MONTH-2026-10" }),
            "report" => return json!({ "id": self.report }),
            "domains" | "programmes" | "consentTexts" | "viewer" | "reportPeriods" => {
                return json!({});
            }
            "signUp" => json!({
                "login": format!("moi-{}", &fresh().simple().to_string()[20..]), "password": PASSWORD,
                "fullName": "Người mẫu", "areaId": ward, "audiences": ["CAREGIVER"],
            }),
            "signIn" => json!({ "login": self.spare.login, "password": PASSWORD }),
            "refreshSession" | "signOut" => json!({ "refreshToken": self.spare.refresh_token }),
            "saveChild" => json!({ "id": fresh(), "bornMonth": "2024-05" }),
            "removeChild" => json!({ "id": fresh() }),
            "giveConsent" => json!({
                "purpose": "REFERRAL", "textVersion": self.text_version, "language": "vi",
            }),
            "withdrawConsent" => json!({ "purpose": "REFERRAL" }),
            "completeLesson" => json!({ "eventId": fresh(), "lessonId": self.lesson }),
            "submitQuiz" => json!({
                "eventId": fresh(), "moduleId": self.module,
                "answers": [{ "questionId": self.question, "optionIds": [self.option] }],
            }),
            "uploadLearningEvents" => json!({ "deviceId": "mẫu", "events": [{
                "id": fresh(), "kind": "COMPLETED", "lessonId": self.lesson,
                "occurredAt": app.clock.now().to_rfc3339(),
            }] }),
            "joinGroup" => json!({ "joinCode": self.join_code }),
            "createGroup" => json!({ "id": fresh(), "name": "Nhóm mẫu", "areaId": ward }),
            "addMembers" => json!({ "groupId": self.group, "personIds": [self.member.person.0] }),
            "removeMember" => json!({ "groupId": self.group, "personId": self.member.person.0 }),
            "assignModules" => json!({
                "groupId": self.group, "moduleIds": [self.module],
                "dueOn": app.clock.today() + Duration::days(30),
            }),
            "setDenominator" => json!({
                "areaId": ward, "indicator": "D3", "periodFrom": "2026-01-01", "periodTo": "2026-12-31",
                "value": 40, "source": "Số liệu mẫu",
            }),
            "draftReport" => json!({ "areaId": ward, "period": "MONTH-2026-09" }),
            "submitReport" | "acceptReport" => json!({ "reportId": self.report }),
            "returnReport" => {
                json!({ "reportId": self.report, "comments": [{ "text": "Xem lại" }] })
            }
            "restateReport" => json!({ "reportId": self.report, "reason": "Đến muộn" }),
            "openReportCell" => json!({
                "reportId": self.report, "versionNumber": 1, "areaId": ward, "indicator": "D3",
            }),
            "grantStanding" => {
                json!({ "login": self.member.login, "kind": "TRAINER", "areaId": ward })
            }
            "revokeStanding" => json!({ "id": fresh() }),
            _ => panic!("say what to send to {field}"),
        };
        json!({ "input": input })
    }
}

/// The document of a root field.
pub fn operation(name: &str) -> String {
    let path = root().join(format!("tests/api/operations/{name}.graphql"));
    fs::read_to_string(&path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()))
}

async fn call(app: &TestApp, actor: Option<&Actor>, field: &str, variables: Value) -> Answer {
    let token = actor.map(|actor| actor.token.as_str());
    app.graphql(token, &operation(field), variables).await
}

/// One word for what came back.
fn outcome(answer: &Answer, field: &str) -> String {
    if let Some(error) = answer.errors().first() {
        let code = error.pointer("/extensions/code").and_then(Value::as_str);
        return code
            .unwrap_or_else(|| panic!("{field}: an error without a code: {answer}"))
            .to_owned();
    }
    let found = answer.data(field);
    let mend = found.get("userErrors").and_then(Value::as_array);
    let word = match mend {
        _ if found.is_null() => "null",
        Some(errors) if !errors.is_empty() => "USER_ERRORS",
        _ => "OK",
    };
    word.to_owned()
}

/// What is wrong with what somebody got, by what the field says it needs.
fn contradiction(needs: Needs, standing: &str, outcome: &str) -> Option<String> {
    let visitor = standing == "visitor";
    let holds = match needs {
        Needs::Nothing => true,
        Needs::SignIn => !visitor,
        Needs::Trainer => standing == "trainer",
        Needs::Supervisor => standing.starts_with("supervisor"),
        Needs::Administrator => standing == "administrator",
    };
    let refused = if visitor {
        "UNAUTHENTICATED"
    } else {
        "FORBIDDEN"
    };
    match (holds, ["UNAUTHENTICATED", "FORBIDDEN"].contains(&outcome)) {
        (true, true) => Some(format!("needs {needs:?} only, and answers {outcome}")),
        (false, _) if outcome != refused => Some(format!("needs {needs:?}, and answers {outcome}")),
        _ => None,
    }
}

#[tokio::test]
async fn every_root_field_answers_every_standing_as_the_table_says() {
    on_both(async |app| {
        let world = World::of(&app).await;
        let mut table = format!("{:<22}", "");
        for standing in STANDINGS {
            write!(table, "{standing:<22}").unwrap();
        }
        let mut wrong = Vec::new();
        for (field, needs) in ROOT_FIELDS {
            write!(table, "\n{field:<22}").unwrap();
            for (standing, actor) in STANDINGS.iter().zip(&world.actors) {
                let answer = call(&app, actor.as_ref(), field, world.variables(&app, field)).await;
                let outcome = outcome(&answer, field);
                if let Some(what) = contradiction(needs, standing, &outcome) {
                    wrong.push(format!("{field} as {standing}: {what}"));
                }
                write!(table, "{outcome:<22}").unwrap();
            }
        }
        let table: String = table
            .lines()
            .map(|line| format!("{}\n", line.trim_end()))
            .collect();
        assert!(wrong.is_empty(), "{}\n{table}", wrong.join("\n"));
        let kept = root().join("tests/api/snapshots/permissions.txt");
        let kept = fs::read_to_string(kept).unwrap_or_default();
        assert!(
            kept == table,
            "snapshots/permissions.txt says otherwise; now it is\n{table}"
        );
    })
    .await;
}

#[tokio::test]
async fn every_root_field_is_in_the_table() {
    let types = schema::types().await;
    let fields = |name: &str| -> Vec<String> {
        let found = types
            .iter()
            .find(|kind| kind["name"] == name)
            .expect("a root type");
        let fields = found["fields"].as_array().expect("fields").iter();
        fields
            .map(|field| field["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    let offered: BTreeSet<_> = fields("Query")
        .into_iter()
        .chain(fields("Mutation"))
        .collect();
    let called: BTreeSet<_> = ROOT_FIELDS
        .iter()
        .map(|(field, _)| (*field).to_owned())
        .collect();
    assert_eq!(offered, called, "left: the schema; right: the table");
}

#[test]
fn a_contradiction_is_found() {
    assert!(contradiction(Needs::Trainer, "caregiver", "OK").is_some());
    assert!(contradiction(Needs::Trainer, "visitor", "FORBIDDEN").is_some());
    assert!(contradiction(Needs::SignIn, "staff", "FORBIDDEN").is_some());
    assert!(contradiction(Needs::Supervisor, "supervisor-elsewhere", "NOT_FOUND").is_none());
    assert!(contradiction(Needs::Nothing, "visitor", "null").is_none());
}
