//! Media: uploads that are kept whole or not at all, pictures for small screens, and files fetched in parts.

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use futures_util::stream;
use http_body_util::BodyExt;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    given::Actor,
    requests::Answer,
};

/// What HTTP answered.
pub struct Fetched {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Fetched {
    fn header(&self, name: header::HeaderName) -> &str {
        let value = self.headers.get(&name);
        value.map_or("", |value| value.to_str().expect("a readable header"))
    }
}

/// Sends a request to the router.
pub async fn send(app: &TestApp, request: Request<Body>) -> Fetched {
    let answer = app.router.clone().oneshot(request).await;
    let (head, body) = answer.expect("a router never fails").into_parts();
    Fetched {
        status: head.status,
        headers: head.headers,
        body: body.collect().await.expect("a whole body").to_bytes(),
    }
}

/// Fetches a file with some headers.
pub async fn fetch(app: &TestApp, url: &str, headers: &[(header::HeaderName, &str)]) -> Fetched {
    let mut request = Request::get(url);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    send(app, request.body(Body::empty()).expect("a request")).await
}

/// SHA-256 in lower-case hexadecimal.
pub fn hash(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

async fn call(app: &TestApp, who: &Actor, name: &str, input: Value) -> Answer {
    who.graphql(app, &operation(name), json!({ "input": input }))
        .await
}

/// A picture with as many colours as a photograph.
pub fn picture(width: u32, height: u32) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([
            (x * 7 % 256) as u8,
            (y * 5 % 256) as u8,
            ((x + y) % 256) as u8,
        ])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    let written = picture.write_to(&mut bytes, image::ImageFormat::Jpeg);
    written.expect("a picture");
    bytes.into_inner()
}

/// A sound: the head of a tag, and noise.
pub fn sound(length: usize) -> Vec<u8> {
    let mut bytes = b"ID3\x04\0\0\0\0\0\0".to_vec();
    bytes.extend((bytes.len()..length).map(|at| (at * 31 % 251) as u8));
    bytes
}

async fn offered(app: &TestApp, who: &Actor, bytes: &[u8], content_type: &str) -> Answer {
    let input = json!({ "sha256": hash(bytes), "bytes": bytes.len(), "contentType": content_type });
    call(app, who, "requestMediaUpload", input).await
}

async fn put(app: &TestApp, url: &str, body: impl Into<Body>) -> Fetched {
    let request = Request::builder().method(Method::PUT).uri(url);
    send(app, request.body(body.into()).expect("a request")).await
}

/// Uploads bytes and answers the media they became.
pub async fn uploaded(app: &TestApp, who: &Actor, bytes: &[u8], content_type: &str) -> Value {
    let offer = offered(app, who, bytes, content_type).await;
    let upload = offer.data("requestMediaUpload.upload");
    let url = upload["url"]
        .as_str()
        .unwrap_or_else(|| panic!("an address: {offer}"));
    let put = put(app, url, bytes.to_vec()).await;
    assert_eq!(put.status, StatusCode::NO_CONTENT, "{:?}", put.body);
    let finished = call(
        app,
        who,
        "finishMediaUpload",
        json!({ "token": upload["token"] }),
    )
    .await;
    assert!(
        finished.user_errors("finishMediaUpload").is_empty(),
        "{finished}"
    );
    finished.data("finishMediaUpload.media").clone()
}

/// Everything the product keeps, as paths in its folder.
fn kept(app: &TestApp) -> Vec<String> {
    fn walk(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => walk(&path, found),
                path => found.push(path.display().to_string()),
            }
        }
    }
    let mut found = Vec::new();
    walk(&app.media_folder, &mut found);
    found
}

#[tokio::test]
async fn a_picture_becomes_sizes_that_are_fetched_by_their_hash_for_ever() {
    on_both(async |app| {
        let editor = app.editor().await;
        let bytes = picture(1000, 500);
        let media = uploaded(&app, &editor, &bytes, "image/jpeg").await;
        assert_eq!(
            (&media["kind"], &media["sha256"]),
            (&json!("PICTURE"), &json!(hash(&bytes)))
        );
        let files = media["files"].as_array().unwrap();
        let widths: Vec<_> = files
            .iter()
            .map(|file| file["width"].as_u64().unwrap())
            .collect();
        assert_eq!(widths, [320, 640, 1000]);
        for file in files {
            let fetched = fetch(&app, file["url"].as_str().unwrap(), &[]).await;
            assert_eq!(fetched.status, StatusCode::OK);
            assert_eq!(hash(&fetched.body), file["sha256"].as_str().unwrap());
            assert_eq!(fetched.body.len() as u64, file["bytes"].as_u64().unwrap());
            assert_eq!(
                fetched.header(header::CONTENT_TYPE),
                file["contentType"].as_str().unwrap()
            );
            assert_eq!(
                fetched.header(header::CACHE_CONTROL),
                "public, max-age=31536000, immutable"
            );
            assert_eq!(fetched.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
            assert!(
                fetched
                    .header(header::CONTENT_SECURITY_POLICY)
                    .contains("sandbox")
            );
            assert!(
                fetched
                    .header(header::CONTENT_DISPOSITION)
                    .starts_with("attachment")
            );
            let shown = image::load_from_memory(&fetched.body).unwrap();
            assert_eq!(u64::from(shown.width()), file["width"].as_u64().unwrap());
        }
        // What was uploaded is kept and never served.
        let original = format!("/files/{}.jpg", hash(&bytes));
        assert_eq!(
            fetch(&app, &original, &[]).await.status,
            StatusCode::NOT_FOUND
        );

        let again = offered(&app, &editor, &bytes, "image/jpeg").await;
        assert_eq!(again.data("requestMediaUpload.upload"), &Value::Null);
        assert_eq!(again.data("requestMediaUpload.media.id"), &media["id"]);
        let library = editor
            .graphql(&app, &operation("mediaLibrary"), json!({ "first": 1 }))
            .await;
        assert_eq!(library.data("mediaLibrary.nodes.0.id"), &media["id"]);
        assert_eq!(library.data("mediaLibrary.nodes.0.file.width"), 320);
        assert_eq!(library.data("mediaLibrary.pageInfo.hasNextPage"), false);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_as_announced_is_refused_and_nothing_of_it_is_kept() {
    on_both(async |app| {
        let editor = app.editor().await;
        let good = sound(20_000);
        let script = b"<script>alert(document.cookie)</script>".to_vec();
        let mut other = good.clone();
        *other.last_mut().unwrap() ^= 1;
        /// What is sent: its name, what is announced, its type, what comes, and the answer.
        type Case<'a> = (&'a str, &'a [u8], &'a str, Vec<u8>, StatusCode);
        let cases: [Case<'_>; 6] = [
            (
                "an image that is a script",
                &script,
                "image/png",
                script.clone(),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (
                "a sound that is a page",
                b"<!doctype html>",
                "audio/mpeg",
                b"<!doctype html>".to_vec(),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (
                "a picture said to be a film",
                &picture(9, 9),
                "video/mp4",
                picture(9, 9),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (
                "cut off",
                &good,
                "audio/mpeg",
                good[..15_000].to_vec(),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (
                "another byte",
                &good,
                "audio/mpeg",
                other,
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (
                "more than announced",
                &good,
                "audio/mpeg",
                [&good[..], b"!"].concat(),
                StatusCode::PAYLOAD_TOO_LARGE,
            ),
        ];
        for (what, announced, content_type, sent, expected) in cases {
            let offer = offered(&app, &editor, announced, content_type).await;
            let upload = offer.data("requestMediaUpload.upload");
            let url = upload["url"].as_str().unwrap();
            // Once with its length said before, once in pieces without.
            let pieces: Vec<_> = sent
                .chunks(1000)
                .map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece)))
                .collect();
            for body in [
                Body::from(sent.clone()),
                Body::from_stream(stream::iter(pieces)),
            ] {
                let answer = put(&app, url, body).await;
                assert_eq!(answer.status, expected, "{what}: {:?}", answer.body);
                assert!(
                    String::from_utf8_lossy(&answer.body).contains("\"code\""),
                    "{what}"
                );
                assert_eq!(kept(&app), Vec::<String>::new(), "{what}");
            }
            let finished = call(
                &app,
                &editor,
                "finishMediaUpload",
                json!({ "token": upload["token"] }),
            )
            .await;
            assert_eq!(
                finished.user_errors("finishMediaUpload"),
                [("REQUIRED", "token")],
                "{what}"
            );
        }
        // A line that breaks.
        let offer = offered(&app, &editor, &good, "audio/mpeg").await;
        let url = offer
            .data("requestMediaUpload.upload.url")
            .as_str()
            .unwrap();
        let broken = stream::iter([
            Ok(Bytes::from(good[..9000].to_vec())),
            Err(std::io::Error::other("gone")),
        ]);
        let answer = put(&app, url, Body::from_stream(broken)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(kept(&app), Vec::<String>::new());
        // The whole of it after all.
        assert_eq!(
            put(&app, url, good.clone()).await.status,
            StatusCode::NO_CONTENT
        );
    })
    .await;
}

#[tokio::test]
async fn a_picture_that_is_damaged_or_hides_a_bomb_is_refused_when_it_is_opened() {
    on_both(async |app| {
        let editor = app.editor().await;
        let whole = picture(400, 400);
        let mut hidden = whole.clone();
        hidden.extend_from_slice(b"<script>alert(1)</script>");
        let media = uploaded(&app, &editor, &hidden, "image/jpeg").await;
        for file in media["files"].as_array().unwrap() {
            let fetched = fetch(&app, file["url"].as_str().unwrap(), &[]).await;
            assert!(!fetched.body.windows(8).any(|word| word == b"<script>"));
        }
        let before = kept(&app).len();
        // A frame header that claims 65,000 × 65,000 pixels.
        let mut bomb = whole.clone();
        let frame = bomb
            .windows(2)
            .position(|word| word == [0xff, 0xc0])
            .unwrap();
        bomb[frame + 5..frame + 9].copy_from_slice(&[0xfd, 0xe8, 0xfd, 0xe8]);
        for (bytes, said) in [
            (bomb, "40"),
            (b"\xff\xd8\xff\xe0 no picture at all".to_vec(), "hỏng"),
        ] {
            let offer = offered(&app, &editor, &bytes, "image/jpeg").await;
            let upload = offer.data("requestMediaUpload.upload");
            put(&app, upload["url"].as_str().unwrap(), bytes).await;
            let finished = call(
                &app,
                &editor,
                "finishMediaUpload",
                json!({ "token": upload["token"] }),
            )
            .await;
            let errors = finished.user_errors("finishMediaUpload");
            assert_eq!(errors, [("INVALID", "token")]);
            assert!(errors[0].message.contains(said), "{}", errors[0].message);
            assert_eq!(kept(&app).len(), before);
        }
    })
    .await;
}

#[tokio::test]
async fn announcements_say_what_is_wrong_with_them() {
    on_both(async |app| {
        let editor = app.editor().await;
        let input = |bytes: f64, content_type: &str, sha256: &str| {
            json!({ "sha256": sha256, "bytes": bytes, "contentType": content_type })
        };
        let hash = "a".repeat(64);
        for (input, field) in [
            (input(3_000_000_000.0, "video/mp4", &hash), "bytes"),
            (input(30_000_000.0, "image/png", &hash), "bytes"),
            (input(0.0, "image/png", &hash), "bytes"),
            (input(-1.0, "image/png", &hash), "bytes"),
            (input(1.5, "image/png", &hash), "bytes"),
            (input(100.0, "image/svg+xml", &hash), "contentType"),
            (input(100.0, "text/html", &hash), "contentType"),
            (input(100.0, "application/pdf", &hash), "contentType"),
            (input(100.0, "image/png", &"A".repeat(64)), "sha256"),
            (input(100.0, "image/png", "../../etc/passwd"), "sha256"),
        ] {
            let answer = call(&app, &editor, "requestMediaUpload", input.clone()).await;
            assert_eq!(answer.user_errors("requestMediaUpload"), [("INVALID", field)], "{input}");
            assert_eq!(answer.data("requestMediaUpload.upload"), &Value::Null);
        }
        assert_eq!(kept(&app), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn an_address_is_good_for_two_hours_and_for_whoever_asked() {
    on_both(async |app| {
        let (editor, other) = (app.editor().await, app.editor().await);
        let bytes = sound(3000);
        let offer = offered(&app, &editor, &bytes, "audio/mpeg").await;
        let upload = offer.data("requestMediaUpload.upload").clone();
        let url = upload["url"].as_str().unwrap();
        let forged = format!("{}x", &url[..url.len() - 1]);
        assert_eq!(
            put(&app, &forged, bytes.clone()).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            put(&app, "/uploads/x.y", bytes.clone()).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            put(&app, url, bytes.clone()).await.status,
            StatusCode::NO_CONTENT
        );
        let token = json!({ "token": upload["token"] });
        let stolen = call(&app, &other, "finishMediaUpload", token.clone()).await;
        assert_eq!(
            stolen.user_errors("finishMediaUpload"),
            [("NOT_FOUND", "token")]
        );
        let first = call(&app, &editor, "finishMediaUpload", token.clone()).await;
        let again = call(&app, &editor, "finishMediaUpload", token).await;
        assert_eq!(
            first.data("finishMediaUpload.media.id"),
            again.data("finishMediaUpload.media.id")
        );

        let late = sound(4000);
        let offer = offered(&app, &editor, &late, "audio/mpeg").await;
        app.clock.advance(chrono::Duration::hours(2));
        let url = offer
            .data("requestMediaUpload.upload.url")
            .as_str()
            .unwrap();
        assert_eq!(put(&app, url, late).await.status, StatusCode::GONE);
    })
    .await;
}

#[tokio::test]
async fn a_file_is_fetched_in_parts_as_rfc_9110_has_it() {
    on_both(async |app| {
        let editor = app.editor().await;
        let bytes = sound(10_000);
        let media = uploaded(&app, &editor, &bytes, "audio/mpeg").await;
        let url = media["files"][0]["url"].as_str().unwrap();
        let tag = format!("\"{}\"", hash(&bytes));
        let whole = fetch(&app, url, &[(header::ACCEPT_ENCODING, "gzip")]).await;
        assert_eq!(
            (whole.status, &whole.body[..]),
            (StatusCode::OK, &bytes[..])
        );
        assert_eq!(whole.header(header::ETAG), tag);
        assert_eq!(whole.header(header::ACCEPT_RANGES), "bytes");
        assert_eq!(whole.header(header::CONTENT_ENCODING), "");

        for (range, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=0-99", 0..100),
            ("bytes=9999-", 9999..10_000),
            ("bytes=5000-", 5000..10_000),
            ("bytes=-10", 9990..10_000),
            ("bytes=-20000", 0..10_000),
            ("bytes=9000-20000", 9000..10_000),
        ] {
            let found = fetch(&app, url, &[(header::RANGE, range)]).await;
            assert_eq!(found.status, StatusCode::PARTIAL_CONTENT, "{range}");
            assert_eq!(&found.body[..], &bytes[part.clone()], "{range}");
            let said = format!("bytes {}-{}/10000", part.start, part.end - 1);
            assert_eq!(found.header(header::CONTENT_RANGE), said);
            assert_eq!(found.header(header::ETAG), tag);
        }
        // What cannot be read is ignored.
        for range in [
            "bytes=abc",
            "bytes=",
            "bytes=5-2",
            "bytes=1-2-3",
            "items=0-5",
            "0-5",
            "bytes=--5",
            "bytes 0-5",
            "bytes=0-1,5-6",
            "bytes=99999999999999999999999-",
        ] {
            let found = fetch(&app, url, &[(header::RANGE, range)]).await;
            assert_eq!(
                (found.status, found.body.len()),
                (StatusCode::OK, 10_000),
                "{range}"
            );
        }
        for range in [
            "bytes=-0",
            "bytes=10000-",
            "bytes=10000-10001",
            "bytes=20000-",
        ] {
            let found = fetch(&app, url, &[(header::RANGE, range)]).await;
            assert_eq!(found.status, StatusCode::RANGE_NOT_SATISFIABLE, "{range}");
            assert_eq!(found.header(header::CONTENT_RANGE), "bytes */10000");
        }
        let same = [(header::RANGE, "bytes=1-2"), (header::IF_RANGE, &*tag)];
        assert_eq!(
            fetch(&app, url, &same).await.status,
            StatusCode::PARTIAL_CONTENT
        );
        for other in ["\"other\"", "W/\"other\"", "Sun, 22 Nov 2026 00:00:00 GMT"] {
            let found = fetch(
                &app,
                url,
                &[(header::RANGE, "bytes=1-2"), (header::IF_RANGE, other)],
            )
            .await;
            assert_eq!(found.status, StatusCode::OK, "{other}");
        }
        let held = fetch(&app, url, &[(header::IF_NONE_MATCH, &*tag)]).await;
        assert_eq!(
            (held.status, held.body.len()),
            (StatusCode::NOT_MODIFIED, 0)
        );
        let head = Request::builder()
            .method(Method::HEAD)
            .uri(url)
            .header(header::RANGE, "bytes=0-1");
        let head = send(&app, head.body(Body::empty()).unwrap()).await;
        assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
        assert_eq!(head.header(header::CONTENT_LENGTH), "10000");
        for url in [
            "/files/x",
            "/files/..%2f..%2fCargo.toml",
            &format!("/files/{}.html", hash(&bytes)),
            &format!("/files/{}.json", hash(&bytes)),
        ] {
            assert_eq!(
                fetch(&app, url, &[]).await.status,
                StatusCode::NOT_FOUND,
                "{url}"
            );
        }

        // Cut anywhere, any number of times, and taken up again: the same file.
        let mut runner = TestRunner::new(ProptestConfig::with_cases(40));
        let cuts = prop::collection::vec(1..10_000_usize, 0..4);
        let drawn: Vec<Vec<usize>> = (0..40)
            .map(|_| cuts.new_tree(&mut runner).unwrap().current())
            .collect();
        for mut cuts in drawn {
            cuts.sort_unstable();
            let mut got = Vec::new();
            for cut in cuts.into_iter().chain([10_000]) {
                let range = format!("bytes={}-", got.len());
                let part = fetch(
                    &app,
                    url,
                    &[(header::RANGE, &range), (header::IF_RANGE, &*tag)],
                )
                .await;
                let room = cut - got.len();
                got.extend_from_slice(&part.body[..room]);
                if got.len() == 10_000 {
                    break;
                }
            }
            assert_eq!(hash(&got), hash(&bytes));
        }
    })
    .await;
}

#[tokio::test]
async fn media_are_told_to_those_who_cannot_see_or_hear_before_a_body_may_show_them() {
    on_both(async |app| {
        let editor = app.editor().await;
        let shown = uploaded(&app, &editor, &picture(50, 50), "image/jpeg").await;
        let heard = uploaded(&app, &editor, &sound(500), "audio/mpeg").await;
        let (shown, heard) = (shown["id"].as_str().unwrap(), heard["id"].as_str().unwrap());
        let faults = async |body: &str, language: &str| {
            let found = app.app.media.faults("body", language, body).await.unwrap();
            found.into_iter().map(|fault| fault.message).collect::<Vec<_>>()
        };
        let body = format!("# A\n\n![](media:{shown})\n\n![Lời ru](media:{heard})\n");
        assert_eq!(faults(&body, "vi").await, ["media-alt-missing", "media-transcript-missing"]);
        let strange = "![x](https://example.org/x.png) ![y](media:018f0000-0000-7000-8000-000000000001) ![z](javascript:alert)";
        assert_eq!(faults(strange, "vi").await, ["media-address", "media-unknown", "media-address"]);

        let told = call(&app, &editor, "describeMedia", json!({ "mediaId": shown, "language": "vi", "altText": "Bé ngồi" })).await;
        assert_eq!(told.data("describeMedia.media.vi"), "Bé ngồi");
        let told = call(&app, &editor, "describeMedia", json!({ "mediaId": heard, "language": "vi", "transcript": "À ơi" })).await;
        assert_eq!(told.data("describeMedia.media.transcript"), "À ơi");
        assert_eq!(faults(&body, "vi").await, Vec::<&str>::new());
        assert_eq!(faults(&body, "en").await.len(), 2);

        // What is said of media is corrected and never taken away.
        for (input, field) in [
            (json!({ "mediaId": shown, "language": "vi", "altText": " " }), "altText"),
            (json!({ "mediaId": shown, "language": "vi", "altText": "x".repeat(1001) }), "altText"),
            (json!({ "mediaId": shown, "language": "vi", "transcript": "x" }), "transcript"),
            (json!({ "mediaId": shown, "language": "tiếng Việt", "altText": "x" }), "language"),
            (json!({ "mediaId": shown, "language": "vi" }), "altText"),
        ] {
            let answer = call(&app, &editor, "describeMedia", input.clone()).await;
            let errors = answer.user_errors("describeMedia");
            assert_eq!((errors.len(), &*errors[0].field), (1, field), "{input}");
        }
        assert_eq!(faults(&body, "vi").await, Vec::<&str>::new());
    })
    .await;
}
