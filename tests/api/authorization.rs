//! Who may do what: every root field is called for real by somebody of every standing, and what comes back is the
//! committed table `snapshots/permissions.txt`, compared with what each field says it needs.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    net::SocketAddr,
};

use async_graphql::{
    InputType,
    parser::{
        parse_schema,
        types::{TypeKind, TypeSystemDefinition},
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Duration;
use serde_json::{Value, json};
use uuid::Uuid;
use vun::graphql::requires::{PAGE, Requirement};

use crate::{
    app::{TestApp, on_both},
    given::{Actor, PASSWORD},
    requests::Answer,
    schema,
    sockets::{Watching, served},
    sources::root,
};

/// Every root field in the order of the page, and what any one of is needed to call it.
fn root_fields() -> impl Iterator<Item = (&'static str, &'static [Requirement])> {
    let fields = |(any_of, fields): &'static (&[Requirement], &[&str])| {
        fields.iter().map(move |field| (*field, *any_of))
    };
    PAGE.iter().flat_map(fields)
}

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
    draft: Value,
    retired: Value,
    release: Value,
    programme: Value,
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
        let programmes = call(app, None, "programmes", json!({})).await;
        let question = module.data("module.quiz.questions.0");
        let supervisor = app.supervisor(ward).await;
        let input = json!({ "input": { "areaId": ward.0, "period": "MONTH-2026-10" } });
        let drafted = call(app, Some(&supervisor), "draftReport", input).await;
        let editor = app.editor().await;
        let other = call(app, None, "lesson", json!({ "code": "HC1.5" })).await;
        let input = json!({ "input": { "lessonId": other.data("lesson.id"), "minutes": 9 } });
        let written = call(app, Some(&editor), "saveLessonDraft", input).await;
        Self {
            draft: written.data("saveLessonDraft.draft.id").clone(),
            retired: other.data("lesson.id").clone(),
            release: other.data("lesson.release.id").clone(),
            actors: vec![
                None,
                Some(app.caregiver().await),
                Some(app.staff().await),
                Some(trainer),
                Some(supervisor),
                Some(app.supervisor(app.other_province()).await),
                Some(editor),
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
            programme: programmes.data("programmes.0.id").clone(),
        }
    }

    /// What would succeed for somebody who may.
    fn variables(&self, app: &TestApp, field: &str) -> Value {
        let ward = app.ward().0;
        let fresh = || app.clock.id::<Uuid>();
        let input = match field {
            "area" => return json!({ "code": crate::given::WARD, "on": "2026-11-22" }),
            "areas" => return json!({ "text": "thuan an", "first": 3 }),
            "modules" | "learningPath" | "groups" | "areaReviews" | "areaChanges"
            | "quarantine" | "setAsideEvents" | "mediaLibrary" | "notices" => {
                return json!({ "first": 3 });
            }
            "noticePreferences" => return json!({}),
            "announcements" => return json!({ "groupId": self.group, "first": 3 }),
            "updateGroup" => json!({ "groupId": self.group, "name": "Nhóm mẫu", "language": "km" }),
            "previewMembers" | "addMembersByRule" => {
                json!({ "groupId": self.group, "rule": { "audience": "CAREGIVER" } })
            }
            "worklist" => return json!({ "groupId": self.group }),
            "groupProgress" => return json!({ "groupId": self.group }),
            "reportChanged" => return json!({ "areaId": ward, "period": "MONTH-2026-10" }),
            "importProgress" => return json!({ "id": fresh() }),
            "reports" => return json!({ "areaId": ward }),
            "reportProgress" => return json!({ "areaId": ward, "period": "MONTH-2026-10" }),
            "report" => return json!({ "id": self.report }),
            "reportPeriods" | "homeVisits" | "certificates" => return json!({}),
            "certificate" => return json!({ "code": "0000000000000000AA" }),
            "node" => return json!({ "id": self.lesson }),
            "changes" => return json!({ "scope": "ME" }),
            "packageKeys" => return json!({}),
            "offlinePackage" => return json!({ "language": "vi", "byteBudget": 20_000 }),
            "deviceDigest" => return json!({ "deviceId": "mẫu" }),
            "module" => return json!({ "code": "HC1" }),
            "lesson" => return json!({ "code": "HC1.1" }),
            "searchLessons" => return json!({ "text": "trẻ" }),
            "group" => return json!({ "id": self.group }),
            "coverage" => return json!({ "areaId": ward, "indicator": "D3" }),
            "coverageSeries" => {
                return json!({ "areaId": ward, "indicator": "D3", "from": "2026-10" });
            }
            "compareCoverage" => {
                return json!({ "areaId": ward, "indicator": "D3", "from": { "on": "2026-10-01" }, "to": {} });
            }
            "denominators" | "reportedValues" | "dataFindings" => return json!({ "areaId": ward }),
            "drafts" => return json!({ "first": 3 }),
            "draft" => return json!({ "id": self.draft, "language": "en" }),
            "previewPublication" => return json!({ "draftId": self.draft }),
            "previewRetirement" => return json!({ "lessonId": self.lesson }),
            "saveLessonDraft" => json!({ "id": self.draft, "minutes": 8 }),
            "translateLesson" => {
                json!({ "draftId": self.draft, "language": "en", "title": "A sample" })
            }
            "submitForReview" => json!({ "id": self.draft }),
            "returnDraft" => json!({ "id": self.draft, "comment": "Xem lại" }),
            "approveDraft" => json!({ "id": self.draft, "reviewedBy": "BS. Duyệt Thử" }),
            "publishRelease" => json!({ "id": self.draft, "reviewedBy": "BS. Duyệt Thử" }),
            "signRelease" => json!({ "releaseId": self.release, "reviewedBy": "BS. Duyệt Thử" }),
            "discardDraft" => json!({ "id": self.draft }),
            "retireLesson" => json!({ "lessonId": self.retired, "reason": "Hết hiệu lực" }),
            "domains" | "programmes" | "consentTexts" | "viewer" | "devices" => return json!({}),
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
            "exportMyData" => json!({}),
            "issueCertificate" => json!({ "programmeId": self.programme }),
            // A wrong one, so that everybody stays for the rest of the table.
            "eraseMyAccount" => json!({ "password": "sai mat khau" }),
            "completeLesson" => json!({ "eventId": fresh(), "lessonId": self.lesson }),
            "submitQuiz" => json!({
                "eventId": fresh(), "moduleId": self.module,
                "answers": [{ "questionId": self.question, "optionIds": [self.option] }],
            }),
            "uploadLearningEvents" => json!({ "deviceId": "mẫu", "events": [{
                "id": fresh(), "kind": "COMPLETED", "lessonId": self.lesson,
                "occurredAt": app.clock.now().to_rfc3339(),
            }] }),
            "replayQuarantinedEvents" | "dismissQuarantinedEvents" => {
                json!({ "eventIds": [fresh()] })
            }
            "claimPerson" => json!({
                "code": "22222-22222", "login": format!("moi-{}", &fresh().simple().to_string()[20..]),
                "password": PASSWORD,
            }),
            "registerPerson" => json!({
                "id": fresh(), "fullName": "Người mẫu", "areaId": ward, "audiences": ["CAREGIVER"],
                "consents": ["LEARNING_RECORD"],
            }),
            "requestPasswordReset" => {
                json!({ "login": format!("khong-ai-{}", &fresh().simple().to_string()[20..]) })
            }
            "resetPassword" => json!({
                "login": self.member.login, "code": "1234 5678", "password": "mot mat khau khac 2026",
            }),
            "createResetCode" => json!({ "personId": self.member.person.0 }),
            "markNoticeRead" => json!({ "ids": [fresh()] }),
            "muteNotices" => json!({ "kinds": ["REMINDERS"], "muted": false }),
            "saveNoticePreferences" => json!({ "quietFrom": "21:00", "quietUntil": "07:00" }),
            "saveContactEmail" => json!({ "email": null }),
            "confirmContactEmail" => json!({ "code": "1234 5678" }),
            "registerPushToken" => json!({ "deviceId": "mẫu", "token": "mau-1" }),
            "removePushToken" => json!({ "deviceId": "mẫu" }),
            "announceToGroup" => json!({
                "id": fresh(), "groupId": self.group, "text": "Buổi học lúc 9 giờ.",
            }),
            "nudgePerson" => json!({ "personId": self.member.person.0, "template": "CONTINUE" }),
            "createClaimCode" => json!({ "personId": self.member.person.0 }),
            "planSession" => json!({
                "id": fresh(), "groupId": self.group, "startsAt": app.clock.now() + Duration::days(7),
                "topic": "Buổi mẫu",
            }),
            "recordSession" => json!({
                "id": fresh(), "groupId": self.group, "heldAt": app.clock.now(), "lessonIds": [self.lesson],
                "people": [{ "personId": self.member.person.0 }],
            }),
            "correctSession" => json!({
                "recordId": fresh(), "personId": self.member.person.0, "reason": "Nhầm",
            }),
            "logFollowUp" => json!({
                "groupId": self.group, "personId": self.member.person.0, "outcome": "REACHED",
            }),
            "recordHomeVisit" => json!({ "personId": self.member.person.0, "purpose": "Thăm" }),
            "addCoTrainer" => json!({ "groupId": self.group, "login": self.member.login }),
            "removeCoTrainer" => json!({
                "groupId": self.group, "accountId": self.member.account.0,
            }),
            "rotateJoinCode" => json!({ "groupId": self.group }),
            "archiveGroup" => json!({ "groupId": fresh() }),
            "mergePersons" => json!({
                "canonicalId": self.member.person.0, "duplicateId": fresh(), "preview": true,
            }),
            "undoMerge" => json!({ "id": fresh() }),
            "draftReport" => json!({ "areaId": ward, "period": "MONTH-2026-09" }),
            "submitReport" | "acceptReport" => json!({ "reportId": self.report }),
            "returnReport" => {
                json!({ "reportId": self.report, "comments": [{ "text": "Xem lại" }] })
            }
            "restateReport" => json!({ "reportId": self.report, "reason": "Đến muộn" }),
            "openReportCell" => json!({
                "reportId": self.report, "versionNumber": 1, "areaId": ward, "indicator": "D3",
            }),
            "joinGroup" => json!({ "joinCode": self.join_code }),
            "createGroup" => json!({ "id": fresh(), "name": "Nhóm mẫu", "areaId": ward }),
            "addMembers" => json!({ "groupId": self.group, "personIds": [self.member.person.0] }),
            "removeMember" => json!({ "groupId": self.group, "personId": self.member.person.0 }),
            "assignModules" => json!({
                "groupId": self.group, "moduleIds": [self.module],
                "dueOn": app.clock.today() + Duration::days(30),
            }),
            "importPersons" => {
                let file = format!("Họ và tên\nNgười mẫu {}", fresh().simple());
                json!({ "areaId": ward, "file": STANDARD.encode(file), "dryRun": true })
            }
            "moveMember" => json!({
                "fromGroupId": fresh(), "toGroupId": self.group, "personId": self.member.person.0,
            }),
            "assignLessons" => json!({
                "groupId": self.group, "lessonIds": [self.lesson],
                "dueOn": app.clock.today() + Duration::days(30),
            }),
            "changeAssignment" | "withdrawAssignment" => json!({ "assignmentId": fresh() }),
            "excuseLearner" => json!({
                "assignmentId": fresh(), "personId": self.member.person.0, "reason": "Ốm",
            }),
            "setDenominator" => json!({
                "areaId": ward, "indicator": "D3", "periodFrom": "2026-01-01", "periodTo": "2026-12-31",
                "value": 40, "source": "Số liệu mẫu",
            }),
            "settleDenominator" => json!({ "id": fresh(), "reason": "Số liệu mẫu" }),
            "setTarget" => json!({
                "areaId": ward, "indicator": "D3", "phase": "VN1438-P2", "percent": 85,
                "wording": "Kế hoạch mẫu", "decision": "1/KH-UBND", "decidedOn": "2026-01-15", "source": "Kế hoạch mẫu",
            }),
            "reportValue" => json!({
                "areaId": ward, "indicator": "D1", "periodFrom": "2026-01-01", "periodTo": "2026-06-30",
                "numerator": 30, "denominator": 40, "source": "Số liệu mẫu",
            }),
            "verifyReportedValue" => json!({ "id": fresh() }),
            "handleFinding" => json!({ "id": fresh(), "state": "ACKNOWLEDGED" }),
            "requestMediaUpload" => json!({
                "sha256": "0".repeat(64), "bytes": 1000, "contentType": "image/png",
            }),
            "finishMediaUpload" => json!({ "token": "x" }),
            "describeMedia" => json!({ "mediaId": fresh(), "language": "vi", "altText": "Mẫu" }),
            "grantStanding" => {
                json!({ "login": self.member.login, "kind": "TRAINER", "areaId": ward })
            }
            "revokeStanding" | "undoAreaChange" => json!({ "id": fresh() }),
            "previewAreaChange" | "applyAreaChange" => json!({
                "decision": format!("{field}/QĐ-MẪU"), "effectiveOn": "2026-11-01", "kind": "RENAMED",
                "fromIds": [ward], "to": [{ "id": ward, "name": format!("Phường Mẫu {field}") }],
            }),
            "decideAreaReview" => json!({ "id": fresh(), "areaIds": [ward] }),
            "placePerson" => json!({ "personId": self.member.person.0, "areaId": ward }),
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

/// The fields that are watched over a socket.
const WATCHED: [&str; 3] = ["groupProgress", "reportChanged", "importProgress"];

/// The first that a socket says of a field, as an answer.
async fn watch(address: SocketAddr, actor: Option<&Actor>, field: &str, variables: Value) -> Value {
    let token = actor.map(|actor| actor.token.as_str());
    let mut watching = Watching::begin(address, token, &operation(field), variables).await;
    let said = watching.hear().await;
    match said["type"].as_str() {
        Some("error") => json!({ "errors": said["payload"] }),
        _ => said["payload"].clone(),
    }
}

/// One word for what came back.
fn outcome(answer: &Value, field: &str) -> String {
    if let Some(error) = answer.pointer("/errors/0") {
        let code = error.pointer("/extensions/code").and_then(Value::as_str);
        return code
            .unwrap_or_else(|| panic!("{field}: an error without a code: {answer}"))
            .to_owned();
    }
    let found = &answer["data"][field];
    let mend = found.get("userErrors").and_then(Value::as_array);
    let word = match mend {
        _ if found.is_null() => "null",
        Some(errors) if !errors.is_empty() => "USER_ERRORS",
        _ => "OK",
    };
    word.to_owned()
}

/// What is wrong with what somebody got, by what the field says it needs.
fn contradiction(any_of: &[Requirement], standing: &str, outcome: &str) -> Option<String> {
    let visitor = standing == "visitor";
    let holds = |needed: &Requirement| match needed {
        Requirement::SignedIn => !visitor,
        Requirement::Trainer => standing == "trainer",
        Requirement::Supervisor => standing.starts_with("supervisor"),
        Requirement::Editor => standing == "editor",
        Requirement::Administrator => standing == "administrator",
    };
    let holds = any_of.is_empty() || any_of.iter().any(holds);
    let refused = if visitor {
        "UNAUTHENTICATED"
    } else {
        "FORBIDDEN"
    };
    match (holds, ["UNAUTHENTICATED", "FORBIDDEN"].contains(&outcome)) {
        (true, true) => Some(format!("needs {any_of:?} only, and answers {outcome}")),
        (false, _) if outcome != refused => {
            Some(format!("needs {any_of:?}, and answers {outcome}"))
        }
        _ => None,
    }
}

#[tokio::test]
async fn every_root_field_answers_every_standing_as_the_table_says() {
    on_both(async |app| {
        let (world, address) = (World::of(&app).await, served(&app).await);
        let mut table = format!("{:<26}", "");
        for standing in STANDINGS {
            write!(table, "{standing:<22}").unwrap();
        }
        let mut wrong = Vec::new();
        for (field, any_of) in root_fields() {
            write!(table, "\n{field:<26}").unwrap();
            for (standing, actor) in STANDINGS.iter().zip(&world.actors) {
                let (actor, variables) = (actor.as_ref(), world.variables(&app, field));
                let answer = match WATCHED.contains(&field) {
                    true => watch(address, actor, field, variables).await,
                    false => call(&app, actor, field, variables).await.json,
                };
                let outcome = outcome(&answer, field);
                if let Some(what) = contradiction(any_of, standing, &outcome) {
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
        .chain(fields("Subscription"))
        .collect();
    let called: BTreeSet<_> = root_fields().map(|(field, _)| field.to_owned()).collect();
    assert_eq!(offered, called, "left: the schema; right: the page");
    assert_eq!(
        root_fields().count(),
        called.len(),
        "a field stands on the page once"
    );
}

/// What the definition of the schema says that a root field needs.
fn declared() -> BTreeMap<String, Vec<String>> {
    let definition = parse_schema(vun::graphql::schema::definition()).expect("a schema");
    let mut declared = BTreeMap::new();
    for definition in definition.definitions {
        let TypeSystemDefinition::Type(kind) = definition else {
            continue;
        };
        let TypeKind::Object(object) = kind.node.kind else {
            continue;
        };
        if !["Query", "Mutation", "Subscription"].contains(&kind.node.name.node.as_str()) {
            continue;
        }
        for field in object.fields {
            let requires = field
                .node
                .directives
                .iter()
                .map(|directive| &directive.node);
            let words = requires
                .filter(|directive| directive.name.node == "requires")
                .flat_map(|directive| &directive.arguments)
                .map(|(_, words)| words.node.to_string());
            declared.insert(field.node.name.node.to_string(), words.collect());
        }
    }
    declared
}

#[test]
fn the_schema_says_of_every_root_field_what_the_page_says() {
    let page = root_fields().map(|(field, any_of)| {
        let words: Vec<_> = any_of
            .iter()
            .map(|word| InputType::to_value(word).to_string())
            .collect();
        let said = (!words.is_empty()).then(|| format!("[{}]", words.join(", ")));
        (field.to_owned(), said.into_iter().collect())
    });
    assert_eq!(declared(), page.collect());
}

#[test]
fn a_contradiction_is_found() {
    use Requirement::{SignedIn, Supervisor, Trainer};
    assert!(contradiction(&[Trainer], "caregiver", "OK").is_some());
    assert!(contradiction(&[Trainer], "visitor", "FORBIDDEN").is_some());
    assert!(contradiction(&[SignedIn], "staff", "FORBIDDEN").is_some());
    assert!(contradiction(&[Supervisor], "supervisor-elsewhere", "NOT_FOUND").is_none());
    assert!(contradiction(&[], "visitor", "null").is_none());
}
