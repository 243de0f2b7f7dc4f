//! An S3-compatible store: its client over the HTTP library the server already has, and addresses to upload to.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use http_body_util::BodyExt as _;
use hyper::{
    Method,
    header::{CONTENT_TYPE, HeaderName},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector as Tcp},
    rt::TokioExecutor,
};
use object_store::{
    ClientOptions, ObjectStore,
    aws::{AmazonS3, AmazonS3Builder},
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody,
        HttpResponse, HttpResponseBody, HttpService,
    },
    path::Path,
    prefix::PrefixStore,
    signer::{SignedUrlOptions, Signer},
};
use secrecy::ExposeSecret;

use super::files::failed;
use crate::{
    config::Settings,
    error::{Error, Result},
};

/// How long the store may take to begin its answer.
const ANSWER: Duration = Duration::from_secs(30);

/// The header in which an uploader says the SHA-256 of what she sends, in base64; stores compare it with what came.
pub(super) const CHECKSUM: &str = "x-amz-checksum-sha256";

/// A bucket, or a folder of it.
pub(super) struct Bucket {
    inside: String,
    whole: AmazonS3,
    part: Arc<dyn ObjectStore>,
}

impl Bucket {
    /// The bucket that `VUN_MEDIA` names as `s3://bucket/prefix`.
    pub(super) fn new(settings: &Settings) -> Result<Self> {
        let place = settings.media.trim_start_matches("s3://");
        let (bucket, inside) = place.split_once('/').unwrap_or((place, ""));
        let secret = settings
            .s3_secret
            .as_ref()
            .map(ExposeSecret::expose_secret)
            .unwrap_or_default();
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(&settings.s3_region)
            .with_access_key_id(settings.s3_key_id.as_deref().unwrap_or_default())
            .with_secret_access_key(secret)
            // Every provider deletes one at a time; some know no other way.
            .with_disable_bulk_delete(true)
            .with_http_connector(Connector);
        if let Some(endpoint) = &settings.s3_endpoint {
            builder = builder
                .with_endpoint(endpoint)
                .with_allow_http(endpoint.starts_with("http://"));
        }
        let whole = builder.build().map_err(failed)?;
        let part: Arc<dyn ObjectStore> = if inside.is_empty() {
            Arc::new(whole.clone())
        } else {
            Arc::new(PrefixStore::new(whole.clone(), inside))
        };
        Ok(Self {
            inside: inside.trim_end_matches('/').to_owned(),
            whole,
            part,
        })
    }

    /// The store itself.
    pub(super) fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.part)
    }

    /// An address to put the bytes with a checksum of a content type to: the store refuses any others. Both headers must be
    /// sent as they are here. (The library leaves a length to the connection, and signs none.)
    pub(super) async fn address(
        &self,
        path: &Path,
        (checksum, content_type): (&str, &'static str),
        time: Duration,
    ) -> Result<String> {
        let path = if self.inside.is_empty() {
            path.clone()
        } else {
            Path::from(format!("{}/{path}", self.inside))
        };
        let checksum = checksum.parse().map_err(Error::internal)?;
        let options = SignedUrlOptions::new()
            .with_signed_header(HeaderName::from_static(CHECKSUM), checksum)
            .with_signed_header(
                CONTENT_TYPE,
                hyper::header::HeaderValue::from_static(content_type),
            );
        let address = self
            .whole
            .signed_url_opts(Method::PUT, &path, time, &options)
            .await;
        Ok(address.map_err(failed)?.to_string())
    }
}

/// Makes the client.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(provider)
            .map_err(|cause| object_store::Error::Generic {
                store: "S3",
                source: Box::new(cause),
            })?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(HttpClient::new(Caller(
            Client::builder(TokioExecutor::new()).build(connector),
        )))
    }
}

/// The client.
#[derive(Debug)]
struct Caller(Client<HttpsConnector<Tcp>, HttpRequestBody>);

#[async_trait]
impl HttpService for Caller {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = tokio::time::timeout(ANSWER, self.0.request(request))
            .await
            .map_err(|elapsed| HttpError::new(HttpErrorKind::Timeout, elapsed))?
            .map_err(|cause| {
                let kind = if cause.is_connect() {
                    HttpErrorKind::Connect
                } else {
                    HttpErrorKind::Request
                };
                HttpError::new(kind, cause)
            })?;
        let (parts, body) = answer.into_parts();
        let body = body.map_err(|cause| HttpError::new(HttpErrorKind::Interrupted, cause));
        Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(body)))
    }
}
