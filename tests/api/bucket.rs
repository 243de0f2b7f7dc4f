//! Media in an S3-compatible store: a small one in this process, spoken to over HTTP as any other.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt;
use vun::config::Settings;

use crate::{
    app::{Product, TestApp, on_both},
    authorization::operation,
    given::Actor,
    media::{hash, picture, sound},
    requests::{self, Answer},
};

/// What the store holds, by path.
type Held = Arc<Mutex<BTreeMap<String, Bytes>>>;

/// Starts a store; answers where it listens and what it holds.
async fn store() -> (String, Held) {
    let held = Held::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let router = Router::new().fallback(serve).with_state(Arc::clone(&held));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, held)
}

async fn serve(State(held): State<Held>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default();
    let is_signed =
        parts.headers.contains_key(header::AUTHORIZATION) || query.contains("X-Amz-Signature=");
    if !is_signed {
        return StatusCode::FORBIDDEN.into_response();
    }
    let mut held = held.lock().expect("the store");
    let tag = (header::ETAG, "\"1\"");
    match parts.method {
        Method::PUT => match parts.headers.get("x-amz-copy-source") {
            Some(source) => {
                let source = source.to_str().expect("a path");
                let source = format!("/{}", source.trim_start_matches('/'));
                let Some(bytes) = held.get(&source).cloned() else {
                    return StatusCode::NOT_FOUND.into_response();
                };
                held.insert(path, bytes);
                "<CopyObjectResult><ETag>\"1\"</ETag></CopyObjectResult>".into_response()
            }
            None => {
                held.insert(path, body);
                ([tag], ()).into_response()
            }
        },
        Method::DELETE => {
            held.remove(&path);
            StatusCode::NO_CONTENT.into_response()
        }
        Method::GET | Method::HEAD => match held.get(&path) {
            Some(bytes) => part(bytes, &parts.headers),
            None => StatusCode::NOT_FOUND.into_response(),
        },
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

/// All of it, or `Range: bytes=a-b`.
fn part(bytes: &Bytes, headers: &HeaderMap) -> Response {
    let range = headers.get(header::RANGE).and_then(|range| {
        let (from, to) = range
            .to_str()
            .ok()?
            .strip_prefix("bytes=")?
            .split_once('-')?;
        Some(from.parse().ok()?..to.parse::<usize>().ok()? + 1)
    });
    let common = [
        (header::ETAG, "\"1\"".to_owned()),
        (
            header::LAST_MODIFIED,
            "Sun, 22 Nov 2026 02:00:00 GMT".to_owned(),
        ),
    ];
    match range {
        None => (common, bytes.clone()).into_response(),
        Some(range) => {
            let said = format!("bytes {}-{}/{}", range.start, range.end - 1, bytes.len());
            let said = [(header::CONTENT_RANGE, said)];
            (
                StatusCode::PARTIAL_CONTENT,
                common,
                said,
                bytes.slice(range),
            )
                .into_response()
        }
    }
}

async fn product(app: &TestApp, address: &str) -> Product {
    let settings = Settings {
        media: "s3://vun/part".to_owned(),
        s3_endpoint: Some(address.to_owned()),
        s3_key_id: Some("mau".to_owned()),
        s3_secret: Some("mau".into()),
        ..Settings::default()
    };
    Product::open_with(&app.db, &app.clock, settings).await
}

async fn call(product: &Product, who: &Actor, name: &str, input: Value) -> Answer {
    let variables = json!({ "input": input });
    requests::graphql(
        &product.router,
        Some(&who.token),
        &operation(name),
        variables,
    )
    .await
}

/// Puts bytes straight to the store, as an editor's browser does.
async fn put(url: &str, bytes: &[u8]) {
    use hyper_util::{client::legacy::Client, rt::TokioExecutor};
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::put(url)
        .body(Body::from(bytes.to_vec()))
        .expect("a request");
    let answer = client.request(request).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
}

async fn fetch(product: &Product, url: &str, range: Option<&str>) -> (StatusCode, Bytes) {
    let mut request = Request::get(url);
    if let Some(range) = range {
        request = request.header(header::RANGE, range);
    }
    let request = request.body(Body::empty()).expect("a request");
    let answer = product
        .router
        .clone()
        .oneshot(request)
        .await
        .expect("an answer");
    let status = answer.status();
    (
        status,
        answer
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes(),
    )
}

#[tokio::test]
async fn editors_upload_straight_to_a_store_and_only_what_was_checked_is_served_from_it() {
    on_both(async |app| {
        let (address, held) = store().await;
        let product = product(&app, &address).await;
        let editor = app.editor().await;
        let names = || held.lock().unwrap().keys().cloned().collect::<Vec<_>>();
        let announce = async |bytes: &[u8], content_type: &str| {
            let input =
                json!({ "sha256": hash(bytes), "bytes": bytes.len(), "contentType": content_type });
            let answer = call(&product, &editor, "requestMediaUpload", input).await;
            answer.data("requestMediaUpload.upload").clone()
        };
        let whole = sound(5000);
        let upload = announce(&whole, "audio/mpeg").await;
        let url = upload["url"].as_str().unwrap();
        assert!(
            url.starts_with(&format!("{address}/vun/part/incoming/")),
            "{url}"
        );
        // The store itself takes no other bytes and no other type.
        assert!(
            url.contains("X-Amz-SignedHeaders=content-type%3Bhost%3Bx-amz-checksum-sha256"),
            "{url}"
        );
        let headers = upload["headers"].as_array().unwrap().iter();
        let headers: Vec<_> = headers
            .map(|header| header["name"].as_str().unwrap())
            .collect();
        assert_eq!(
            headers,
            ["content-type", "content-length", "x-amz-checksum-sha256"]
        );
        assert!(url.contains("X-Amz-Expires=7200"), "{url}");
        // Other bytes of the same size got there: refused, and gone.
        put(
            url,
            &picture(30, 30)[..]
                .iter()
                .copied()
                .cycle()
                .take(5000)
                .collect::<Vec<u8>>(),
        )
        .await;
        let token = json!({ "token": upload["token"] });
        let refused = call(&product, &editor, "finishMediaUpload", token.clone()).await;
        assert_eq!(
            refused.user_errors("finishMediaUpload"),
            [("INVALID", "token")]
        );
        assert_eq!(names(), Vec::<String>::new());

        put(url, &whole).await;
        let finished = call(&product, &editor, "finishMediaUpload", token).await;
        let file = finished.data("finishMediaUpload.media.files.0").clone();
        assert_eq!(names(), [format!("/vun/part/files/{}.mp3", hash(&whole))]);
        let url = file["url"].as_str().unwrap();
        assert_eq!(
            fetch(&product, url, None).await,
            (StatusCode::OK, whole.clone().into())
        );
        let part = fetch(&product, url, Some("bytes=100-199")).await;
        assert_eq!(
            part,
            (
                StatusCode::PARTIAL_CONTENT,
                Bytes::copy_from_slice(&whole[100..200])
            )
        );
        // The address of this server takes nothing meanwhile.
        let put = Request::put(format!("/uploads/{}", upload["token"].as_str().unwrap()))
            .body(Body::from(whole));
        let answer = product.router.clone().oneshot(put.unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);

        let shown = picture(700, 400);
        let upload = announce(&shown, "image/jpeg").await;
        self::put(upload["url"].as_str().unwrap(), &shown).await;
        let finished = call(
            &product,
            &editor,
            "finishMediaUpload",
            json!({ "token": upload["token"] }),
        )
        .await;
        for file in finished
            .data("finishMediaUpload.media.files")
            .as_array()
            .unwrap()
        {
            let (status, bytes) = fetch(&product, file["url"].as_str().unwrap(), None).await;
            assert_eq!(
                (status, json!(hash(&bytes))),
                (StatusCode::OK, file["sha256"].clone())
            );
        }
        let variables = json!({ "language": "vi", "byteBudget": 60_000 });
        let package = requests::graphql(
            &product.router,
            Some(&editor.token),
            &operation("offlinePackage"),
            variables,
        )
        .await;
        let first = package.data("offlinePackage.fetch.0");
        let (status, bytes) = fetch(&product, first["url"].as_str().unwrap(), None).await;
        assert_eq!(
            (status, json!(hash(&bytes))),
            (StatusCode::OK, first["sha256"].clone())
        );
    })
    .await;
}
