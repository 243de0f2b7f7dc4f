//! Files of frozen reports and of groups for whoever may read them: from the words of a path to the feature and back.

use entity::ids::{GroupId, ReportId};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::{
    application::{Caller, GroupFile, MadeFile, ReportFile, invalid_token},
    errors::{Code, Refusal},
};
use crate::{
    app::App,
    auth::capability::Viewer,
    error::Error,
    messages::{self, Language},
    reports::exports::Export,
    training::files::{Form, Matter},
};

/// Makes a file of a frozen report.
pub(super) async fn report_file(
    app: &App,
    caller: Caller,
    wanted: ReportFile,
) -> Result<MadeFile, Refusal> {
    let language = caller.language;
    let fail = |error: Error| refusal(&error, language);
    let by = viewer(app, &caller).await?.supervisor().map_err(fail)?;
    let unknown = || fail(Error::NotFound);
    let Ok(report) = Uuid::try_parse(&wanted.report) else {
        return Err(unknown());
    };
    let number = match (&*wanted.version, wanted.version.parse()) {
        ("latest", _) => None,
        (_, Ok(number)) => Some(number),
        (_, Err(_no_number)) => return Err(unknown()),
    };
    let export = match (&*wanted.file, wanted.body) {
        ("report.csv", None) => Export::Csv,
        ("report.xlsx", None) => Export::Xlsx,
        ("report.json", None) => Export::Published,
        ("dhis2", Some(mapping)) => Export::Dhis2 {
            mapping: mapping.into(),
            dry_run: wanted.dry_run,
        },
        _ => return Err(unknown()),
    };
    let made = app
        .reports
        .export(&by, ReportId(report), number, export, language)
        .await
        .map_err(fail)?;
    Ok(MadeFile {
        content_type: made.content_type,
        name: made.name,
        bytes: made.bytes,
    })
}

/// Makes a file of a group.
pub(super) async fn group_file(
    app: &App,
    caller: Caller,
    wanted: GroupFile,
) -> Result<MadeFile, Refusal> {
    let language = caller.language;
    let fail = |error: Error| refusal(&error, language);
    let by = viewer(app, &caller).await?.trainer().map_err(fail)?;
    let group = Uuid::try_parse(&wanted.group).ok();
    let what = match &*wanted.file {
        "roster.xlsx" => Some((Matter::Roster, Form::Xlsx)),
        "roster.csv" => Some((Matter::Roster, Form::Csv)),
        "attendance.xlsx" => Some((Matter::Attendance, Form::Xlsx)),
        "attendance.csv" => Some((Matter::Attendance, Form::Csv)),
        _ => None,
    };
    let (Some(group), Some(what)) = (group, what) else {
        return Err(fail(Error::NotFound));
    };
    let made = app.training.file(&by, GroupId(group), what).await;
    let made = made.map_err(fail)?;
    Ok(MadeFile {
        content_type: made.content_type,
        name: made.name,
        bytes: made.bytes,
    })
}

async fn viewer(app: &App, caller: &Caller) -> Result<Viewer, Refusal> {
    let fail = |error: Error| refusal(&error, caller.language);
    let token = caller.token.as_ref().map(ExposeSecret::expose_secret);
    let viewer = match app.auth.viewer(token).await {
        Err(Error::Unauthenticated) => return Err(invalid_token()),
        found => found.map_err(fail)?,
    };
    viewer.ok_or_else(|| fail(Error::Unauthenticated))
}

fn refusal(error: &Error, language: Language) -> Refusal {
    let say = |status, code, key| Refusal::http(status, code, messages::text(language, key));
    match error {
        Error::User(errors) => {
            let sentences: Vec<_> = errors.iter().map(|error| error.text(language)).collect();
            Refusal::http(422, Code::BadUserInput, sentences.join(" "))
        }
        Error::Unauthenticated => say(401, Code::Unauthenticated, "unauthenticated"),
        Error::Forbidden => say(403, Code::Forbidden, "forbidden"),
        Error::NotFound => say(404, Code::NotFound, "not-found"),
        Error::RateLimited { .. } => say(429, Code::RateLimited, "rate-limited"),
        Error::Unavailable(cause) => {
            tracing::error!(%cause, "database unavailable");
            say(503, Code::Timeout, "unavailable").retry_after(1)
        }
        Error::Internal(cause) => {
            tracing::error!(cause = format!("{cause:#}"), "internal error");
            say(500, Code::Internal, "internal")
        }
    }
}
