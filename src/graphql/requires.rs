//! Who may call what, on one page. It is printed into the schema as `@requires`, and a test calls every root field as
//! everybody and compares.
//!
//! The page grants nothing: every operation takes a capability that only `auth` can make. A root field that is missing
//! here fails the test.

use async_graphql::{
    Enum, InputType, Value,
    indexmap::IndexMap,
    registry::{
        __DirectiveLocation, Deprecation, MetaDirective, MetaDirectiveInvocation, MetaInputValue,
        MetaType, Registry,
    },
};

/// What somebody must be to call a field. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "Requirement")]
pub enum Requirement {
    /// Anybody who is signed in.
    SignedIn,
    /// Has a standing as trainer today.
    Trainer,
    /// Has a standing as supervisor today.
    Supervisor,
    /// Has a standing as editor today.
    Editor,
    /// Has a standing as administrator today.
    Administrator,
}

use Requirement::{Administrator, Editor, SignedIn, Supervisor, Trainer};

/// Whom a group of root fields is for, and the fields. What signs a device out comes last.
pub const PAGE: &[(&[Requirement], &[&str])] = &[
    (
        &[],
        &[
            "area",
            "areas",
            "domains",
            "modules",
            "module",
            "lesson",
            "searchLessons",
            "programmes",
            "consentTexts",
            "viewer",
            "node",
            "reportPeriods",
            "packageKeys",
            "certificate",
        ],
    ),
    (
        &[SignedIn],
        &[
            "learningPath",
            "changes",
            "devices",
            "deviceDigest",
            "setAsideEvents",
            "offlinePackage",
            "homeVisits",
            "notices",
            "noticePreferences",
            "certificates",
        ],
    ),
    (
        &[Trainer],
        &["group", "groups", "worklist", "announcements"],
    ),
    (
        &[Supervisor],
        &[
            "coverage",
            "coverageSeries",
            "compareCoverage",
            "denominators",
            "reportedValues",
            "dataFindings",
            "report",
            "reports",
            "reportProgress",
        ],
    ),
    (
        &[Editor],
        &[
            "drafts",
            "draft",
            "previewPublication",
            "previewRetirement",
            "mediaLibrary",
        ],
    ),
    (&[Administrator], &["quarantine", "areaReviews"]),
    (&[Trainer], &["groupProgress"]),
    (&[Supervisor], &["reportChanged"]),
    (&[Trainer, Administrator], &["importProgress"]),
    (&[Supervisor, Administrator], &["areaChanges"]),
    (
        &[],
        &[
            "signUp",
            "signIn",
            "refreshSession",
            "claimPerson",
            "requestPasswordReset",
            "resetPassword",
        ],
    ),
    (
        &[SignedIn],
        &[
            "saveChild",
            "removeChild",
            "giveConsent",
            "completeLesson",
            "submitQuiz",
            "uploadLearningEvents",
            "joinGroup",
            "markNoticeRead",
            "muteNotices",
            "saveNoticePreferences",
            "saveContactEmail",
            "confirmContactEmail",
            "registerPushToken",
            "removePushToken",
            "issueCertificate",
        ],
    ),
    (
        &[Trainer],
        &[
            "createGroup",
            "updateGroup",
            "addMembers",
            "previewMembers",
            "addMembersByRule",
            "assignModules",
            "assignLessons",
            "changeAssignment",
            "withdrawAssignment",
            "excuseLearner",
            "removeMember",
            "moveMember",
            "registerPerson",
            "createClaimCode",
            "planSession",
            "recordSession",
            "correctSession",
            "logFollowUp",
            "recordHomeVisit",
            "addCoTrainer",
            "removeCoTrainer",
            "rotateJoinCode",
            "archiveGroup",
            "createResetCode",
            "announceToGroup",
            "nudgePerson",
        ],
    ),
    (&[Trainer, Administrator], &["placePerson", "importPersons"]),
    (
        &[Supervisor],
        &[
            "setDenominator",
            "settleDenominator",
            "setTarget",
            "reportValue",
            "verifyReportedValue",
            "handleFinding",
            "draftReport",
            "submitReport",
            "returnReport",
            "acceptReport",
            "restateReport",
        ],
    ),
    (
        &[Editor],
        &["requestMediaUpload", "finishMediaUpload", "describeMedia"],
    ),
    (
        &[Administrator],
        &[
            "replayQuarantinedEvents",
            "dismissQuarantinedEvents",
            "grantStanding",
            "revokeStanding",
            "previewAreaChange",
            "applyAreaChange",
            "undoAreaChange",
            "decideAreaReview",
            "mergePersons",
            "undoMerge",
            "openReportCell",
        ],
    ),
    (
        &[Editor],
        &[
            "saveLessonDraft",
            "translateLesson",
            "submitForReview",
            "returnDraft",
            "approveDraft",
            "publishRelease",
            "signRelease",
            "discardDraft",
            "retireLesson",
        ],
    ),
    (
        &[SignedIn],
        &["exportMyData", "withdrawConsent", "eraseMyAccount"],
    ),
    (&[], &["signOut"]),
];

/// The name of the directive.
const NAME: &str = "requires";
/// The name of its argument.
const ANY_OF: &str = "anyOf";

/// Whom a root field is for: any one of these, or anybody when there are none. Nothing for a field that is not on the page.
pub fn of(field: &str) -> Option<&'static [Requirement]> {
    let found = PAGE.iter().find(|(_, fields)| fields.contains(&field));
    found.map(|(any_of, _)| *any_of)
}

/// Puts `@requires` on the fields of a root.
pub(super) fn declare(registry: &mut Registry, root: &str) {
    let argument = <Vec<Requirement> as InputType>::create_type_info(registry);
    registry.add_directive(directive(argument));
    let Some(MetaType::Object { fields, .. }) = registry.types.get_mut(root) else {
        return;
    };
    for (name, field) in fields {
        let any_of = of(name).unwrap_or_default();
        if !any_of.is_empty() {
            field.directive_invocations.push(invocation(any_of));
        }
    }
}

fn invocation(any_of: &[Requirement]) -> MetaDirectiveInvocation {
    let words = any_of.iter().map(InputType::to_value).collect();
    MetaDirectiveInvocation {
        name: NAME.to_owned(),
        args: IndexMap::from([(ANY_OF.to_owned(), Value::List(words))]),
    }
}

fn directive(argument: String) -> MetaDirective {
    let any_of = MetaInputValue {
        name: ANY_OF.to_owned(),
        description: Some("Any one of these will do.".to_owned()),
        ty: argument,
        deprecation: Deprecation::NoDeprecated,
        default_value: None,
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        is_secret: false,
        directive_invocations: Vec::new(),
    };
    MetaDirective {
        name: NAME.to_owned(),
        description: Some(
            "What somebody must be to call the field; a field without it is for anybody. Which area or person it may be about \
             is said with the field."
                .to_owned(),
        ),
        locations: vec![__DirectiveLocation::FIELD_DEFINITION],
        args: IndexMap::from([(ANY_OF.to_owned(), any_of)]),
        is_repeatable: false,
        visible: None,
        composable: None,
    }
}
