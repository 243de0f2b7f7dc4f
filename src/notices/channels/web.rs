//! One HTTP client for the channels that need one: TLS by rustls, no redirect followed, bounded in time and bytes.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, header};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use super::Fault;
use crate::error::{Error, Result};

/// Bytes of an answer that are read.
const ANSWER_BYTES: usize = 64 * 1024;

/// Asks other servers.
#[derive(Clone, Debug)]
pub(super) struct Web {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    patience: Duration,
}

/// What another server answered.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

impl Web {
    pub fn new(patience: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_connect_timeout(Some(patience));
        tcp.enforce_http(false);
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            patience,
        }
    }

    /// Posts a body and reads the answer. A redirect is an answer like any other: it is not followed, so that nobody
    /// who answers can send us to a machine of ours.
    pub async fn post(
        &self,
        url: &str,
        content_type: &str,
        headers: &[(&str, String)],
        body: impl Into<Bytes>,
    ) -> Result<Answered, Fault> {
        let mut request = Request::post(url)
            .header(header::CONTENT_TYPE, content_type)
            .header(header::USER_AGENT, "vun");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request
            .body(Full::new(body.into()))
            .map_err(|cause| Fault::Never(format!("no request: {cause}")))?;
        let asked = async {
            let answer = self.client.request(request).await;
            let answer = answer.map_err(|cause| Fault::Later(told(&cause)))?;
            let status = answer.status().as_u16();
            let body = Limited::new(answer.into_body(), ANSWER_BYTES)
                .collect()
                .await;
            let body = body.map_err(|cause| Fault::Later(format!("answer unread: {cause}")))?;
            Ok(Answered {
                status,
                body: body.to_bytes(),
            })
        };
        match tokio::time::timeout(self.patience, asked).await {
            Ok(answered) => answered,
            Err(_elapsed) => Err(Fault::Later("no answer in time".to_owned())),
        }
    }
}

impl Answered {
    /// Whether it was taken. What the asker is at fault for will not be taken later; too many at once, a redirect and
    /// the other side's own faults may.
    pub fn check(&self) -> Result<(), Fault> {
        let said = format!("answered {}", self.status);
        match self.status {
            200..=299 => Ok(()),
            408 | 425 | 429 => Err(Fault::Later(said)),
            400..=499 => Err(Fault::Never(said)),
            _ => Err(Fault::Later(said)),
        }
    }
}

/// An address that may be posted to: over TLS, or on this machine.
///
/// # Errors
/// When it is another.
pub(super) fn checked(url: &str, setting: &str) -> Result<String> {
    let wrong = || {
        Error::internal(format!(
            "{setting} must begin with https:// (http:// on this machine only)"
        ))
    };
    let parsed: hyper::Uri = url.parse().map_err(|cause| {
        tracing::debug!(?cause, "no address");
        wrong()
    })?;
    let host = parsed.host().ok_or_else(wrong)?;
    let here = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    match parsed.scheme_str() {
        Some("https") => Ok(url.to_owned()),
        Some("http") if here => Ok(url.to_owned()),
        _ => Err(wrong()),
    }
}

/// A cause and what it comes from, in one line.
fn told(cause: &dyn std::error::Error) -> String {
    let mut text = cause.to_string();
    let mut cause = cause.source();
    while let Some(deeper) = cause {
        text = format!("{text}: {deeper}");
        cause = deeper.source();
    }
    text
}
