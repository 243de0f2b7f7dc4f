//! A visit: who asks in which language, the page around every answer, and what goes wrong said in words.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    Arrival, Dashboard, assets,
    session::{self, Resumed, Signed},
    words::Words,
};
use crate::{
    auth::{
        capability::{Supervisor, Viewer},
        rate::ClientAddress,
    },
    error::Error,
    messages::Language,
};

/// What a page may load and do: its own style sheet, script and icon, and forms to this server. Nothing inline.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Says that a request only looks whether a page has changed: it does not prolong a session.
const LOOKING: HeaderName = HeaderName::from_static("vun-looking");

/// One request of a browser.
#[derive(Clone)]
pub struct Visit {
    /// The language.
    pub words: Words,
    signed: Option<Arc<SignedIn>>,
    address: Option<ClientAddress>,
    request: Uuid,
    /// When.
    now: DateTime<Utc>,
    /// Path and query of the page.
    here: String,
    /// The version of the page that the browser has.
    known: Option<String>,
}

struct SignedIn {
    signed: Signed,
    login: String,
}

/// Why there is no page as it was asked for.
#[derive(Debug)]
pub enum Failed {
    /// As any operation fails.
    Error(Error),
    /// A part of the address cannot be read; its name.
    Parameter(&'static str),
    /// A form that is not ours, or of a session that is over.
    Foreign,
    /// A form larger than any of ours.
    TooLarge,
}

#[derive(Clone)]
struct Told(Arc<Failed>);

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl IntoResponse for Failed {
    /// A bare answer; [`attend`] puts the page in its place.
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(Told(Arc::new(self)));
        response
    }
}

/// A step of the way from the country to where one is.
#[derive(Clone, Debug)]
pub struct Crumb {
    /// Its name.
    pub name: String,
    /// Where it leads; nowhere when it is not the viewer's.
    pub href: Option<String>,
}

#[derive(Template)]
#[template(path = "layout.html", config = "src/dashboard/askama.toml")]
struct Layout<'a> {
    words: Words,
    title: &'a str,
    main: &'a str,
    crumbs: &'a [Crumb],
    login: Option<&'a str>,
    token: String,
    other: String,
    version: &'a str,
    style: &'a str,
    script: &'a str,
    written: String,
}

#[derive(Template)]
#[template(path = "failure.html", config = "src/dashboard/askama.toml")]
struct FailurePage {
    words: Words,
    title: String,
    sentences: Vec<String>,
    request: Option<Uuid>,
}

impl Visit {
    /// Where the request comes from, as far as proxies tell.
    pub fn address(&self) -> Option<ClientAddress> {
        self.address
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when nobody is.
    pub fn signed(&self) -> Result<&Signed, Error> {
        let signed = self.signed.as_ref().ok_or(Error::Unauthenticated)?;
        Ok(&signed.signed)
    }

    /// Who is signed in, as a supervisor.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`]; [`Error::Forbidden`] without that standing.
    pub fn supervisor(&self) -> Result<Supervisor, Error> {
        let viewer: &Viewer = &self.signed()?.viewer;
        viewer.supervisor()
    }

    /// What our own forms carry.
    pub fn form_token(&self) -> String {
        let signed = self.signed.as_ref();
        signed.map_or_else(String::new, |signed| signed.signed.carried.form_token())
    }

    /// The same visit, whose page lives somewhere else than where its form was sent.
    #[must_use]
    pub fn at(&self, here: String) -> Self {
        Self {
            here,
            ..self.clone()
        }
    }

    /// A page.
    ///
    /// # Errors
    /// When the page cannot be written.
    pub fn page(
        &self,
        status: StatusCode,
        title: &str,
        crumbs: &[Crumb],
        body: &impl Template,
    ) -> Result<Response, Failed> {
        let main = body.render().map_err(Error::internal)?;
        let version = version_of(&[title, &main, self.words.tag(), assets::VERSION.as_str()]);
        if status == StatusCode::OK && self.known.as_deref() == Some(&version) {
            return Ok(tagged(StatusCode::NOT_MODIFIED.into_response(), &version));
        }
        let mark = if self.here.contains('?') { '&' } else { '?' };
        let layout = Layout {
            words: self.words,
            title,
            main: &main,
            crumbs,
            login: self.signed.as_ref().map(|signed| &*signed.login),
            token: self.form_token(),
            other: format!("{}{mark}lang={}", self.here, self.words.other()),
            version: &version,
            style: &assets::STYLE_PATH,
            script: &assets::SCRIPT_PATH,
            written: self.words.instant(self.now),
        };
        let text = layout.render().map_err(Error::internal)?;
        let html = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
        Ok(tagged((status, html, text).into_response(), &version))
    }

    /// The page that says what went wrong.
    fn failure(&self, failed: &Failed) -> Response {
        if let (Failed::Error(Error::Unauthenticated), true) = (failed, self.signed.is_none()) {
            return see_other(&sign_in_path(&self.here));
        }
        let say = |key: &str| (self.words.say(key), Vec::new());
        let (status, (title, sentences)) = match failed {
            Failed::Foreign => (StatusCode::FORBIDDEN, say("dashboard-foreign-form")),
            Failed::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, say("dashboard-too-large")),
            Failed::Parameter(name) => (
                StatusCode::BAD_REQUEST,
                (
                    self.words.say("dashboard-bad-question"),
                    vec![self.words.with("dashboard-bad-parameter", "name", name)],
                ),
            ),
            Failed::Error(error) => match error {
                Error::User(errors) => {
                    let sentences = errors.iter().map(|error| error.text(self.words.0));
                    let title = self.words.say("dashboard-bad-question");
                    (
                        StatusCode::UNPROCESSABLE_ENTITY,
                        (title, sentences.collect()),
                    )
                }
                Error::Unauthenticated => (StatusCode::UNAUTHORIZED, say("unauthenticated")),
                Error::Forbidden => (StatusCode::FORBIDDEN, say("dashboard-not-a-supervisor")),
                Error::NotFound => (StatusCode::NOT_FOUND, say("dashboard-not-found")),
                Error::RateLimited { .. } => (StatusCode::TOO_MANY_REQUESTS, say("rate-limited")),
                Error::Unavailable(cause) => {
                    tracing::error!(%cause, "database unavailable");
                    (StatusCode::SERVICE_UNAVAILABLE, say("unavailable"))
                }
                Error::Internal(cause) => {
                    tracing::error!(request_id = %self.request, cause = format!("{cause:#}"), "internal error");
                    (StatusCode::INTERNAL_SERVER_ERROR, say("internal"))
                }
            },
        };
        let page = FailurePage {
            words: self.words,
            title: title.clone(),
            sentences,
            request: status.is_server_error().then_some(self.request),
        };
        let mut response = self
            .page(status, &title, &[], &page)
            .unwrap_or_else(|_unwritten| (status, title).into_response());
        if let Failed::Error(Error::RateLimited { retry_after }) = failed {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
        }
        response
    }
}

/// Finds out who visits and in which language, refuses what comes from elsewhere, and dresses the answer.
pub async fn attend(
    State(dashboard): State<Dashboard>,
    mut request: Request,
    next: Next,
) -> Response {
    let is_secure = dashboard.is_secure();
    let arrival = request.extensions().get::<Arrival>().copied();
    let uri = request.uri();
    let here = uri
        .path_and_query()
        .map_or("/dashboard", |here| here.as_str());
    let is_reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let headers = request.headers();
    if let (true, Some(language)) = (is_reading, chosen_language(uri.query())) {
        let mut response = see_other(&without_language(uri.path(), uri.query()));
        keep_cookie(
            &mut response,
            session::language_cookie(language.tag(), is_secure),
        );
        return dressed(response);
    }
    let language = session::language_tag(headers).and_then(Language::of_tag);
    let mut visit = Visit {
        words: Words(language.unwrap_or_default()),
        signed: None,
        address: arrival.and_then(|arrival| arrival.address),
        request: arrival.map_or_else(|| dashboard.clock().id(), |arrival| arrival.request),
        now: dashboard.clock().now(),
        here: if is_reading { here } else { "/dashboard" }.to_owned(),
        known: known_version(headers),
    };
    if !is_reading && !session::is_own_form(headers, dashboard.origin()) {
        return dressed(visit.failure(&Failed::Foreign));
    }
    let only_looks = headers.contains_key(&LOOKING);
    let resumed = match session::resume(dashboard.auth(), headers, is_secure, !only_looks).await {
        Ok(resumed) => resumed,
        Err(error) => return dressed(visit.failure(&error.into())),
    };
    let Resumed { signed, cookie } = resumed;
    if let Some(signed) = signed {
        let login = dashboard.auth().login(&signed.viewer).await;
        let login = login.unwrap_or_default();
        visit.signed = Some(Arc::new(SignedIn { signed, login }));
    } else if only_looks {
        return dressed(StatusCode::UNAUTHORIZED.into_response());
    }
    request.extensions_mut().insert(visit.clone());
    let mut response = next.run(request).await;
    let told = response.extensions().get::<Told>().cloned();
    if let Some(Told(failed)) = told {
        response = visit.failure(&failed);
    } else if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
        response = visit.failure(&Failed::TooLarge);
    }
    if !response.headers().contains_key(header::SET_COOKIE) {
        keep_cookie(&mut response, cookie);
    }
    dressed(response)
}

/// Where somebody signs in who then goes on to a page.
pub fn sign_in_path(next: &str) -> String {
    let pairs = [("next", next)];
    let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
    format!("/dashboard/sign-in?{query}")
}

/// Sends the browser on to a page, which it reads anew.
pub fn see_other(path: &str) -> Response {
    let location = HeaderValue::from_str(path);
    let location = location.unwrap_or(HeaderValue::from_static("/dashboard"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// Adds a cookie to an answer.
pub fn keep_cookie(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn dressed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let policy = HeaderValue::from_static(POLICY);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    // With `no-referrer` a browser would not say where a form comes from.
    let referrer = HeaderValue::from_static("same-origin");
    headers.insert(header::REFERRER_POLICY, referrer);
    let cache = HeaderValue::from_static("no-store");
    headers.insert(header::CACHE_CONTROL, cache);
    response
}

fn tagged(mut response: Response, version: &str) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn known_version(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::IF_NONE_MATCH)?.to_str().ok()?;
    Some(text.trim_start_matches("W/").trim_matches('"').to_owned())
}

fn version_of(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest = hash.finalize();
    digest
        .iter()
        .take(12)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The query's parameters in their order.
pub fn parameters(query: Option<&str>) -> Vec<(String, String)> {
    serde_urlencoded::from_str(query.unwrap_or_default()).unwrap_or_default()
}

fn chosen_language(query: Option<&str>) -> Option<Language> {
    let parameters = parameters(query);
    let (_, tag) = parameters.iter().find(|(name, _)| name == "lang")?;
    Language::of_tag(tag)
}

fn without_language(path: &str, query: Option<&str>) -> String {
    let mut left = parameters(query);
    left.retain(|(name, _)| name != "lang");
    match serde_urlencoded::to_string(&left) {
        Ok(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}
