//! A browser in this process: it keeps cookies, follows nothing by itself, and sends forms as browsers do.

use std::{cell::RefCell, collections::BTreeMap};

use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::{
    app::TestApp,
    given::{Actor, PASSWORD},
};

/// Where the pages of these tests are.
pub const HOST: &str = "vun.example";

/// A browser with its cookies.
#[derive(Default)]
pub struct Browser {
    cookies: RefCell<BTreeMap<String, String>>,
}

/// What came back.
#[derive(Debug)]
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    pub text: String,
}

impl Browser {
    /// A browser in which somebody has signed in.
    pub async fn of(app: &TestApp, who: &Actor) -> Self {
        let browser = Self::default();
        let fields = [("login", &*who.login), ("password", PASSWORD)];
        let page = browser.post(app, "/dashboard/sign-in", &fields).await;
        assert_eq!(page.goes_to(), "/dashboard", "{}", page.text);
        browser
    }

    /// Opens a page.
    pub async fn get(&self, app: &TestApp, path: &str) -> Page {
        self.send(app, Request::get(path), Body::empty()).await
    }

    /// [`Browser::get`] with a header.
    pub async fn get_with(&self, app: &TestApp, path: &str, name: &str, value: &str) -> Page {
        self.send(app, Request::get(path).header(name, value), Body::empty())
            .await
    }

    /// Opens a page that there must be.
    pub async fn open(&self, app: &TestApp, path: &str) -> Page {
        let page = self.get(app, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}\n{}", page.text);
        page.check(path);
        page
    }

    /// Sends a form from our own pages.
    pub async fn post(&self, app: &TestApp, path: &str, fields: &[(&str, &str)]) -> Page {
        self.post_from(app, path, fields, &format!("http://{HOST}"), "same-origin")
            .await
    }

    /// Sends a form that a browser says comes from somewhere.
    pub async fn post_from(
        &self,
        app: &TestApp,
        path: &str,
        fields: &[(&str, &str)],
        origin: &str,
        site: &str,
    ) -> Page {
        let body = serde_urlencoded::to_string(fields).expect("a form");
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, origin)
            .header("sec-fetch-site", site);
        self.send(app, request, Body::from(body)).await
    }

    /// What a cookie holds.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    /// Puts a cookie in.
    pub fn keep(&self, name: &str, value: &str) {
        let mut cookies = self.cookies.borrow_mut();
        cookies.insert(name.to_owned(), value.to_owned());
    }

    async fn send(&self, app: &TestApp, request: axum::http::request::Builder, body: Body) -> Page {
        let cookies: Vec<_> = self
            .cookies
            .borrow()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request
            .header(header::HOST, HOST)
            .header(header::COOKIE, cookies.join("; "))
            .body(body)
            .expect("a request");
        let answer = app.router.clone().oneshot(request).await;
        let (head, body) = answer.expect("a router never fails").into_parts();
        let bytes = body.collect().await.expect("a whole body").to_bytes();
        for set in head.headers.get_all(header::SET_COOKIE) {
            let text = set.to_str().expect("text");
            let (pair, attributes) = text.split_once(';').expect("attributes");
            let (name, value) = pair.split_once('=').expect("a pair");
            let mut cookies = self.cookies.borrow_mut();
            if attributes.contains("Max-Age=0;") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Page {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes: bytes.to_vec(),
        }
    }
}

impl Page {
    /// Where the browser is sent.
    pub fn goes_to(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        self.headers[header::LOCATION].to_str().expect("text")
    }

    /// What holds for every page: nothing inline, nothing from elsewhere, nothing kept, light enough for a bad line.
    pub fn check(&self, path: &str) {
        let text = &self.text;
        let policy = self.headers[header::CONTENT_SECURITY_POLICY].to_str();
        let policy = policy.expect("text");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(self.headers[header::CACHE_CONTROL], "no-store", "{path}");
        assert_eq!(self.headers["x-frame-options"], "DENY");
        for inline in [" style=", "<style", "<script>", " onclick=", "javascript:"] {
            assert!(!text.contains(inline), "{path} has {inline}");
        }
        for elsewhere in ["src=\"http", "href=\"http", "src=\"//", "href=\"//"] {
            assert!(!text.contains(elsewhere), "{path} has {elsewhere}");
        }
        for needed in [
            "<html lang=\"",
            "<main id=\"main\"",
            "class=\"skip\"",
            "<h1>",
        ] {
            assert!(text.contains(needed), "{path} lacks {needed}");
        }
        assert_eq!(text.matches("<h1>").count(), 1, "{path}");
        assert_eq!(
            text.matches("<table").count(),
            text.matches("<caption").count()
        );
        assert!(text.len() < 100_000, "{path} weighs {} bytes", text.len());
        assert!(
            !text.contains("dashboard-"),
            "{path} has a message without text"
        );
    }

    /// The value of the first hidden field of a name.
    pub fn hidden(&self, name: &str) -> &str {
        self.all_hidden(name)
            .first()
            .copied()
            .unwrap_or_else(|| panic!("no {name} in {}", self.text))
    }

    /// The values of all hidden fields of a name.
    pub fn all_hidden(&self, name: &str) -> Vec<&str> {
        let start = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
        let parts = self.text.split(&*start).skip(1);
        parts
            .filter_map(|rest| Some(rest.split_once('"')?.0))
            .collect()
    }

    /// The row of a table whose head names something.
    pub fn row(&self, name: &str) -> &str {
        let mut rows = self.text.split("<tr").skip(1);
        let row = rows.find(|row| row.contains(&format!(">{name}<")));
        let row = row.unwrap_or_else(|| panic!("no row of {name} in {}", self.text));
        row.split("</tr>").next().unwrap_or_default()
    }

    /// Whether a text is on the page.
    pub fn says(&self, text: &str) -> bool {
        self.text.contains(text)
    }
}
