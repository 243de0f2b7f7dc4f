//! Signing in and out, and the page one begins on.

use askama::Template;
use axum::{
    Extension,
    body::Bytes,
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use secrecy::SecretString;

use super::{
    Dashboard,
    forms::Posted,
    session::{self, Carried},
    visit::{Crumb, Failed, Visit, keep_cookie, parameters, see_other},
    words::Words,
};
use crate::{auth::SignIn, error::Error};

/// What a browser is called among the devices of an account.
const DEVICE: &str = "dashboard";

#[derive(Template)]
#[template(path = "sign_in.html", config = "src/dashboard/askama.toml")]
struct SignInPage {
    words: Words,
    wrong: Option<String>,
    login: String,
    next: String,
}

#[derive(Template)]
#[template(path = "areas.html", config = "src/dashboard/askama.toml")]
struct AreasPage {
    words: Words,
    areas: Vec<Crumb>,
}

/// The page to sign in on.
pub async fn ask(
    Extension(visit): Extension<Visit>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let next = parameters(query.as_deref())
        .into_iter()
        .find(|(name, _)| name == "next");
    let next = own_path(next.map(|(_, path)| path));
    if visit.signed().is_ok() {
        return Ok(see_other(&next));
    }
    shown(&visit, StatusCode::OK, None, String::new(), next)
}

/// Signs a browser in.
pub async fn sign_in(
    State(dashboard): State<Dashboard>,
    Extension(visit): Extension<Visit>,
    body: Bytes,
) -> Result<Response, Failed> {
    let mut posted = Posted::of_a_visitor(&body)?;
    let next = own_path(posted.take("next"));
    let login = posted.take("login").unwrap_or_default();
    let password = posted.take("password").unwrap_or_default();
    let sign_in = SignIn {
        login: login.clone(),
        password: SecretString::from(password),
        device: Some(DEVICE.to_owned()),
    };
    let visit = visit.at("/dashboard/sign-in".to_owned());
    match dashboard.auth().sign_in(sign_in, visit.address()).await {
        Ok((session, _)) => {
            let carried = Carried::begun(session);
            let mut response = see_other(&next);
            keep_cookie(&mut response, carried.cookie(dashboard.is_secure()));
            Ok(response)
        }
        Err(Error::User(errors)) => {
            let sentences: Vec<_> = errors
                .iter()
                .map(|error| error.text(visit.words.0))
                .collect();
            let wrong = Some(sentences.join(" "));
            shown(&visit, StatusCode::UNPROCESSABLE_ENTITY, wrong, login, next)
        }
        Err(error) => Err(error.into()),
    }
}

/// Signs the browser out.
pub async fn sign_out(
    State(dashboard): State<Dashboard>,
    Extension(visit): Extension<Visit>,
    body: Bytes,
) -> Result<Response, Failed> {
    Posted::read(&visit, &body)?;
    let signed = visit.signed()?;
    let refresh = Some(signed.carried.refresh());
    let auth = dashboard.auth();
    auth.sign_out(Some(&signed.viewer), refresh, false).await?;
    let mut response = see_other("/dashboard/sign-in");
    keep_cookie(&mut response, session::forgotten(dashboard.is_secure()));
    Ok(response)
}

/// The first page: the area of a supervisor who has one, otherwise a choice.
pub async fn begin(
    State(dashboard): State<Dashboard>,
    Extension(visit): Extension<Visit>,
) -> Result<Response, Failed> {
    let by = visit.supervisor()?;
    if let [area] = by.areas() {
        return Ok(see_other(&format!("/dashboard/areas/{area}")));
    }
    let (atlas, today) = (dashboard.areas().atlas(), dashboard.areas().today());
    let areas = by.areas().iter().map(|area| Crumb {
        name: atlas.display_name(*area, today),
        href: Some(format!("/dashboard/areas/{area}")),
    });
    let page = AreasPage {
        words: visit.words,
        areas: areas.collect(),
    };
    let title = visit.words.say("dashboard-areas");
    visit.page(StatusCode::OK, &title, &[], &page)
}

fn shown(
    visit: &Visit,
    status: StatusCode,
    wrong: Option<String>,
    login: String,
    next: String,
) -> Result<Response, Failed> {
    let page = SignInPage {
        words: visit.words,
        wrong,
        login,
        next,
    };
    let title = visit.words.say("dashboard-sign-in");
    visit.page(status, &title, &[], &page)
}

/// A page of ours to go on to, whatever was asked for.
fn own_path(asked: Option<String>) -> String {
    let is_ours = |path: &String| {
        let inside = path.strip_prefix("/dashboard");
        inside.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
            && path.chars().all(|letter| letter.is_ascii_graphic())
            && !path.contains('\\')
    };
    asked
        .filter(is_ours)
        .unwrap_or_else(|| "/dashboard".to_owned())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/dashboard/areas/1?on=2026-01-01", true)]
    #[case("/dashboard", true)]
    #[case("//evil.example/dashboard", false)]
    #[case("https://evil.example", false)]
    #[case("/dashboard-elsewhere", false)]
    #[case("/dashboard/\r\nSet-Cookie: a=b", false)]
    #[case("/dashboard\\@evil.example", false)]
    fn one_goes_on_to_our_own_pages_only(#[case] path: &str, #[case] ours: bool) {
        let gone = own_path(Some(path.to_owned()));
        assert_eq!(gone == path, ours, "{gone}");
    }
}
