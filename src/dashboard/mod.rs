//! Pages for supervisors at `/dashboard`: rendered here, read and used without script, nothing fetched from elsewhere.
//!
//! A page calls the same operations with the same capabilities as the API ([`crate::coverage`], [`crate::reports`]) and
//! holds no SQL and no rule of its own. Around every page stands [`visit`]: who asks, in which language, whether a form is
//! ours, and what went wrong said in words.
//!
//! Invariant: what is pooled or unknown is a word and a pattern, never a 0 and never a colour alone.
//! Invariant: a GET changes nothing but the language remembered and the session's own tokens.

use std::sync::Arc;

use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{any, get, post},
};
use uuid::Uuid;

use crate::{
    areas::Areas,
    auth::{Auth, rate::ClientAddress},
    clock::Clock,
    coverage::Coverage,
    programmes::Programmes,
    reports::Reports,
};

mod asking;
mod assets;
mod cells;
mod chart;
mod entering;
mod explaining;
mod forms;
mod head;
mod missing;
mod overview;
mod periods;
mod reporting;
mod session;
pub mod tiles;
mod trend;
mod visit;
mod words;

pub use forms::FORM_BYTES;
use reporting::{list, page, steps};
use visit::{Failed, attend};

/// What a page's server knows of a request and its pages do not: put into each request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// The client's address, as far as proxies tell.
    pub address: Option<ClientAddress>,
    /// The id of the request in answers and logs.
    pub request: Uuid,
}

/// The features that pages show.
pub struct Foundations {
    /// The clock.
    pub clock: Clock,
    /// Areas.
    pub areas: Areas,
    /// Accounts and sessions.
    pub auth: Auth,
    /// Indicators.
    pub programmes: Programmes,
    /// Coverage.
    pub coverage: Coverage,
    /// Reports.
    pub reports: Reports,
}

/// The pages. Cheap to clone.
#[derive(Clone)]
pub struct Dashboard(Arc<Parts>);

struct Parts {
    on: Foundations,
    origin: Option<String>,
}

impl Dashboard {
    /// The pages over the features. `public` is the address that people see, such as `https://vun.example.vn`; with
    /// `https` the session's cookie travels encrypted only, and forms must come from that host.
    pub fn new(on: Foundations, public: Option<&str>) -> Self {
        let origin = |address: &str| {
            let (scheme, rest) = address.split_once("://")?;
            let host = rest.split('/').next()?;
            Some(format!("{scheme}://{host}").to_ascii_lowercase())
        };
        let origin = public.and_then(origin);
        Self(Arc::new(Parts { on, origin }))
    }

    fn clock(&self) -> &Clock {
        &self.0.on.clock
    }

    fn areas(&self) -> &Areas {
        &self.0.on.areas
    }

    fn auth(&self) -> &Auth {
        &self.0.on.auth
    }

    fn programmes(&self) -> &Programmes {
        &self.0.on.programmes
    }

    fn coverage(&self) -> &Coverage {
        &self.0.on.coverage
    }

    fn reports(&self) -> &Reports {
        &self.0.on.reports
    }

    fn origin(&self) -> Option<&str> {
        self.0.origin.as_deref()
    }

    fn is_secure(&self) -> bool {
        let origin = self.0.origin.as_ref();
        origin.is_some_and(|origin| origin.starts_with("https:"))
    }
}

/// The routes of the pages.
pub fn routes(dashboard: Dashboard) -> Router {
    let files = Router::new()
        .route("/dashboard/style.css", get(assets::style))
        .route("/dashboard/page.js", get(assets::script))
        .route("/dashboard/icon.svg", get(assets::icon));
    let pages = Router::new()
        .route("/dashboard", get(entering::begin))
        .route(
            "/dashboard/sign-in",
            get(entering::ask).post(entering::sign_in),
        )
        .route("/dashboard/sign-out", post(entering::sign_out))
        .route("/dashboard/areas/{area}", get(overview::show))
        .route("/dashboard/areas/{area}/trend", get(trend::show))
        .route("/dashboard/areas/{area}/explanation", get(explaining::show))
        .route("/dashboard/areas/{area}/missing", get(missing::show))
        .route(
            "/dashboard/areas/{area}/reports",
            get(list::show).post(list::begin),
        )
        .route("/dashboard/reports/{report}", get(page::show))
        .route("/dashboard/reports/{report}/submit", post(steps::submit))
        .route("/dashboard/reports/{report}/return", post(steps::give_back))
        .route("/dashboard/reports/{report}/accept", post(steps::accept))
        .route("/dashboard/reports/{report}/restate", post(steps::restate))
        .route(
            "/dashboard/reports/{report}/{version}/dhis2",
            post(reporting::files::dhis2),
        )
        .route(
            "/dashboard/reports/{report}/{version}/{file}",
            get(reporting::files::fetch),
        )
        .route("/dashboard/{*rest}", any(nothing))
        .method_not_allowed_fallback(nothing)
        .layer(from_fn_with_state(dashboard.clone(), attend))
        .with_state(dashboard);
    files.merge(pages)
}

async fn nothing() -> Failed {
    Failed::Error(crate::error::Error::NotFound)
}
