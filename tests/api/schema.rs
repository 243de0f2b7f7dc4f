//! The schema is what `schema.graphql` says, every word of it is explained, and the names promised to outside
//! programs are there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use vun::graphql::schema::{bare, definition};

use crate::sources::root;

/// Names promised to outside programs: a type's field, and the arguments or input fields it takes.
const PROMISED: &[(&str, &str)] = &[
    ("Query.area", "id code on"),
    ("Query.areas", "text parentId level on first after"),
    ("Query.certificate", "code"),
    ("Query.changes", "scope since first"),
    (
        "Query.coverage",
        "areaId indicator tier on basis denominator",
    ),
    ("Query.domains", ""),
    ("Query.group", "id"),
    ("Query.groups", "first after"),
    ("Query.learningPath", "childId first"),
    ("Query.lesson", "id code"),
    ("Query.module", "id code"),
    ("Query.modules", "domain audience first after"),
    ("Query.node", "id"),
    ("Query.programmes", ""),
    ("Query.report", "id"),
    ("Query.reports", "areaId first after"),
    ("Query.searchLessons", "text first after"),
    ("Query.viewer", ""),
    ("Query.worklist", "groupId first"),
    ("Mutation.acceptReport", ""),
    ("Mutation.addMembers", "groupId personIds"),
    ("Mutation.applyAreaChange", ""),
    ("Mutation.assignModules", "groupId moduleIds dueOn"),
    (
        "Mutation.completeLesson",
        "eventId lessonId releaseId personId occurredAt",
    ),
    ("Mutation.createGroup", "name areaId"),
    ("Mutation.draftReport", ""),
    ("Mutation.eraseMyAccount", ""),
    ("Mutation.exportMyData", ""),
    ("Mutation.giveConsent", "purpose textVersion language"),
    ("Mutation.grantStanding", "kind areaId"),
    ("Mutation.importPersons", ""),
    ("Mutation.joinGroup", "joinCode"),
    ("Mutation.logFollowUp", ""),
    ("Mutation.mergePersons", ""),
    ("Mutation.previewAreaChange", ""),
    ("Mutation.publishRelease", ""),
    ("Mutation.recordHomeVisit", ""),
    ("Mutation.recordSession", ""),
    ("Mutation.refreshSession", "refreshToken"),
    ("Mutation.registerPerson", ""),
    ("Mutation.removeChild", "id"),
    ("Mutation.removeMember", "groupId personId"),
    ("Mutation.reportValue", ""),
    ("Mutation.requestPasswordReset", ""),
    ("Mutation.resetPassword", ""),
    ("Mutation.restateReport", ""),
    ("Mutation.retireLesson", ""),
    ("Mutation.returnReport", ""),
    ("Mutation.revokeStanding", "id"),
    (
        "Mutation.saveChild",
        "id nickname bornMonth dueMonth sex disabilities",
    ),
    ("Mutation.saveLessonDraft", ""),
    ("Mutation.setDenominator", "areaId indicator value"),
    ("Mutation.setTarget", ""),
    ("Mutation.signIn", "login password device"),
    ("Mutation.signOut", ""),
    (
        "Mutation.signUp",
        "login password fullName areaId audiences language consents",
    ),
    ("Mutation.submitForReview", ""),
    (
        "Mutation.submitQuiz",
        "eventId moduleId personId answers occurredAt",
    ),
    ("Mutation.submitReport", ""),
    ("Mutation.translateLesson", ""),
    ("Mutation.uploadLearningEvents", "deviceId events"),
    ("Mutation.withdrawConsent", "purpose"),
    ("Count.reason", ""),
    ("Count.state", ""),
    ("Count.value", ""),
    ("Coverage.area", ""),
    ("Coverage.basis", ""),
    ("Coverage.children", "first after"),
    ("Coverage.denominator", ""),
    ("Coverage.explanation", "language"),
    ("Coverage.freshness", ""),
    ("Coverage.gap", ""),
    ("Coverage.indicator", ""),
    ("Coverage.neededPerWeek", ""),
    ("Coverage.numerator", ""),
    ("Coverage.on", ""),
    ("Coverage.rate", ""),
    ("Coverage.target", ""),
    ("Coverage.targetMet", ""),
    ("Coverage.tier", ""),
    ("EventReceipt.code", ""),
    ("EventReceipt.eventId", ""),
    ("EventReceipt.message", ""),
    ("EventReceipt.outcome", ""),
    ("EventReceipt.retryable", ""),
    ("Group.assignments", ""),
    ("Group.joinCode", ""),
    ("Group.lessons", ""),
    ("Group.members", "first after"),
    ("Group.sessions", ""),
    ("GroupMember.completedCount", ""),
    ("GroupMember.lastActivityAt", ""),
    ("GroupMember.lessonStates", ""),
    ("GroupMember.person", ""),
    ("GroupPerson.fullName", ""),
    ("Lesson.variant", "language modality"),
    ("Module.code", ""),
    ("Module.lessons", ""),
    ("Module.progress", ""),
    ("Module.quiz", ""),
    ("Module.title", ""),
    ("PathStep.lesson", ""),
    ("PathStep.reason", ""),
    ("Programme.indicators", ""),
    ("Programme.phases", ""),
    ("Programme.targets", ""),
    ("Quiz.questions", ""),
    ("QuizOption.id", ""),
    ("QuizOption.text", ""),
    ("QuizQuestion.id", ""),
    ("QuizQuestion.kind", ""),
    ("QuizQuestion.options", ""),
    ("QuizQuestion.text", ""),
    ("Session.accessToken", ""),
    ("Session.expiresAt", ""),
    ("Session.refreshToken", ""),
    ("Subscription.groupProgress", ""),
    ("Subscription.importProgress", ""),
    ("Subscription.reportChanged", ""),
    ("UserError.code", ""),
    ("UserError.field", ""),
    ("UserError.message", ""),
    ("Viewer.account", ""),
    ("Viewer.person", ""),
    ("Viewer.standings", ""),
];

/// Values promised of enumerations.
const PROMISED_VALUES: &[(&str, &str)] = &[
    ("AreaBasis", "AS_REPORTED CURRENT"),
    ("AreaLevel", "COUNTRY PROVINCE DISTRICT COMMUNE"),
    ("Audience", "CAREGIVER STAFF"),
    ("CountState", "EXACT POOLED UNKNOWN"),
    ("DenominatorKind", "REGISTERED POPULATION"),
    ("ReceiptOutcome", "ACCEPTED DUPLICATE QUARANTINED REJECTED"),
    ("Tier", "REACHED COMPLETED DEMONSTRATED RETAINED PRACTISED"),
];

const INTROSPECTION: &str = "{ __schema { types {
    kind name description
    fields(includeDeprecated: true) { name description args { name description type { name ofType { name } } } }
    inputFields { name description }
    enumValues(includeDeprecated: true) { name description }
} } }";

/// The types of the schema, without those every GraphQL schema has.
pub async fn types() -> Vec<Value> {
    let answer = bare().finish().execute(INTROSPECTION).await;
    assert!(answer.errors.is_empty(), "{:?}", answer.errors);
    let answer = answer.data.into_json().expect("JSON");
    let types = answer["__schema"]["types"]
        .as_array()
        .expect("types")
        .iter();
    let ours = |kind: &&Value| !text(kind, "name").starts_with("__");
    types.filter(ours).cloned().collect()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

#[test]
fn schema_graphql_is_what_the_program_prints() {
    let file = root().join("schema.graphql");
    let kept = std::fs::read_to_string(&file).expect("schema.graphql");
    let printed = definition();
    let first = kept
        .lines()
        .zip(printed.lines())
        .position(|(kept, printed)| kept != printed)
        .unwrap_or_else(|| kept.lines().count().min(printed.lines().count()));
    assert!(
        kept.trim_end() == printed.trim_end(),
        "schema.graphql is not the schema any more, from line {} on ({:?} is now {:?}). If the change is meant: \
         `cargo run -- schema > schema.graphql`, and read the difference as a client would.",
        first + 1,
        kept.lines().nth(first).unwrap_or_default(),
        printed.lines().nth(first).unwrap_or_default(),
    );
}

#[tokio::test]
async fn everything_in_the_schema_is_described() {
    // Known to every client, and not ours to explain.
    const EVERYWHERE: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];
    let mut bare = Vec::new();
    let mut look = |path: String, value: &Value| {
        if text(value, "description").trim().is_empty() {
            bare.push(path);
        }
    };
    for kind in types().await {
        let name = text(&kind, "name").to_owned();
        if EVERYWHERE.contains(&name.as_str()) {
            continue;
        }
        look(name.clone(), &kind);
        for part in ["fields", "inputFields", "enumValues"] {
            for member in list(&kind, part) {
                let path = format!("{name}.{}", text(member, "name"));
                for argument in list(member, "args") {
                    look(format!("{path}({})", text(argument, "name")), argument);
                }
                look(path, member);
            }
        }
    }
    assert!(bare.is_empty(), "not described: {}", bare.join(", "));
}

#[tokio::test]
async fn promised_names_are_there_or_known_to_be_missing() {
    let types = types().await;
    let by_name: BTreeMap<_, _> = types
        .iter()
        .map(|kind| (text(kind, "name"), kind))
        .collect();
    let names = |members: &[Value]| -> BTreeSet<String> {
        members
            .iter()
            .map(|member| text(member, "name").to_owned())
            .collect()
    };
    let mut missing = BTreeSet::new();
    for (path, wanted) in PROMISED {
        let (kind, field) = path.split_once('.').expect("a type and a field");
        let fields = by_name
            .get(kind)
            .map(|kind| list(kind, "fields"))
            .unwrap_or_default();
        let Some(field) = fields.iter().find(|known| text(known, "name") == field) else {
            missing.insert((*path).to_owned());
            continue;
        };
        let arguments = list(field, "args");
        let taken = match arguments {
            [input] if kind == "Mutation" => {
                assert_eq!(text(input, "name"), "input", "{path}");
                let of = text(&input["type"], "name");
                let of = if of.is_empty() {
                    text(&input["type"]["ofType"], "name")
                } else {
                    of
                };
                names(list(by_name[of], "inputFields"))
            }
            _ => names(arguments),
        };
        for argument in wanted.split_whitespace() {
            assert!(
                taken.contains(argument),
                "{path} takes {argument}; it has {taken:?}"
            );
        }
    }
    assert!(missing.is_empty(), "not there: {missing:?}");
    for (kind, wanted) in PROMISED_VALUES {
        let values = names(list(by_name[kind], "enumValues"));
        let wanted: BTreeSet<_> = wanted.split_whitespace().map(str::to_owned).collect();
        assert_eq!(values, wanted, "{kind}");
    }
}

#[tokio::test]
async fn every_mutation_takes_one_input_and_answers_with_what_to_mend() {
    let types = types().await;
    let find = |name: &str| types.iter().find(|kind| text(kind, "name") == name);
    let sdl = definition();
    for field in list(find("Mutation").expect("mutations"), "fields") {
        let name = text(field, "name");
        let [input] = list(field, "args") else {
            panic!("{name} takes one argument")
        };
        assert_eq!(text(input, "name"), "input", "{name}");
        let payload = format!("{}{}Payload", name[..1].to_uppercase(), &name[1..]);
        let payload = find(&payload).unwrap_or_else(|| panic!("{name} answers with {payload}"));
        let mut members = list(payload, "fields").iter();
        assert!(
            members.any(|member| text(member, "name") == "userErrors"),
            "{name}"
        );
    }
    for scalar in ["Date", "Month"] {
        assert!(
            sdl.contains(&format!("scalar {scalar}\n")),
            "{scalar} is a scalar"
        );
    }
}

#[test]
fn nothing_promised_is_listed_twice() {
    let names: BTreeSet<_> = PROMISED.iter().map(|(path, _)| path).collect();
    assert_eq!(names.len(), PROMISED.len());
}
