//! What is asked outside the schema: files for whoever may have them (reports, rosters, one's own data), and links that turn
//! notices off. From the words of a path to the feature and back.

use entity::ids::{CertificateId, GroupId, ReportId};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::{
    application::{
        Caller, GroupFile, MadeFile, OffPage, OwnFile, ReportFile, Tapped, invalid_token,
    },
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

/// Who asks for a file: nobody but somebody signed in.
async fn viewer(app: &App, caller: &Caller) -> Result<Viewer, Refusal> {
    let fail = |error: Error| refusal(&error, caller.language);
    let token = caller.token.as_ref().map(ExposeSecret::expose_secret);
    match app.auth.viewer(token).await {
        Err(Error::Unauthenticated) => Err(invalid_token()),
        found => found
            .map_err(fail)?
            .ok_or_else(|| fail(Error::Unauthenticated)),
    }
}

/// Makes a file that is for who asks alone.
pub(super) async fn own_file(
    app: &App,
    caller: Caller,
    wanted: OwnFile,
) -> Result<MadeFile, Refusal> {
    let viewer = viewer(app, &caller).await?;
    let language = caller.language;
    let fail = |error: Error| refusal(&error, language);
    if let OwnFile::Certificate(id) = wanted {
        let id = Uuid::try_parse(&id).map_err(|_no_id| fail(Error::NotFound))?;
        let address = app.certificate_url.as_deref();
        let learner = viewer.learner();
        let paper = app
            .learning
            .certificate_paper(&learner, CertificateId(id), address);
        let (name, bytes) = paper.await.map_err(fail)?;
        let content_type = "application/pdf";
        return Ok(MadeFile {
            content_type,
            name,
            bytes,
        });
    }
    let data = app.auth.own_data(&viewer, language).await.map_err(fail)?;
    let bytes = serde_json::to_vec_pretty(&data.file(language));
    Ok(MadeFile {
        content_type: "application/json",
        name: format!("vun-{}.json", data.at.format("%Y-%m-%d")),
        bytes: bytes.map_err(|error| fail(Error::internal(error)))?,
    })
}

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

/// Answers a link that turns notices off.
pub(super) async fn notices_off(
    app: &App,
    token: &str,
    tapped: Tapped,
    language: Language,
) -> Result<OffPage, Refusal> {
    let confirmed = tapped == Tapped::Confirmed;
    let answered = app.notices.off(token, confirmed, language).await;
    let page = answered.map_err(|error| refusal(&error, language))?;
    Ok(OffPage {
        known: page.known,
        html: page.html,
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
