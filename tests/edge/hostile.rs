//! Hostile requests: each is refused with a code, quickly, with a small answer, and the server stays well.

use std::time::{Duration, Instant};

use axum::{
    body::{Body, Bytes},
    http::{Request, header},
};
use rstest::rstest;

use crate::app::{app, document, post};

fn nested(open: &str, times: usize, middle: &str, close: &str) -> String {
    format!("{}{middle}{}", open.repeat(times), close.repeat(times))
}

/// Fragments each of which spreads the next `ways` times.
fn fan(levels: usize, ways: usize) -> String {
    let fragments: String = (0..levels)
        .map(|level| {
            let spreads = format!("...F{} ", level + 1).repeat(ways);
            format!("fragment F{level} on Node{{{spreads}}} ")
        })
        .collect();
    format!("{{node{{...F0}}}} {fragments} fragment F{levels} on Node{{name}}")
}

fn numbered(count: usize, make: impl Fn(usize) -> String) -> String {
    (0..count).map(make).collect::<Vec<_>>().join(" ")
}

fn list(items: usize) -> String {
    format!("[{}]", vec!["1"; items].join(","))
}

fn with_variables(text: &str, variables: &str) -> String {
    format!(
        r#"{{"query":{},"variables":{variables}}}"#,
        serde_json::json!(text)
    )
}

#[rstest]
#[case::selections_2000_deep(document(&nested("{child", 2_000, "", "}")))]
#[case::selections_100000_deep(document(&nested("{a", 100_000, "", "}")))]
#[case::selections_9000_deep_unclosed(document(&"{a".repeat(9_000)))]
#[case::selections_40_deep(document(&format!("{{node{}}}", nested("{child", 40, "{name}", "}"))))]
#[case::inline_fragments_deep(document(&nested("{...", 2_500, "{node{name}}", "}")))]
#[case::lists_deep(document(&format!("{{sum(numbers:{})}}", nested("[", 5_000, "1", "]"))))]
#[case::lists_unclosed(document(&format!("{{sum(numbers:{}", "[".repeat(19_000))))]
#[case::objects_deep(document(&format!("{{sum(numbers:{})}}", nested("{a:", 4_000, "1", "}"))))]
#[case::lists_after_a_broken_block_string(document(&format!("{{sum(numbers:[\"\"\"a\" {}", "[".repeat(9_000))))]
#[case::types_deep(document(&format!("query($a:{}){{node{{name}}}}", nested("[", 5_000, "Int", "]"))))]
#[case::defaults_deep(document(&format!("query($a:Int={}){{node{{name}}}}", nested("[", 5_000, "1", "]"))))]
#[case::variables_2000_deep(with_variables("{node{name}}", &format!("{{\"a\":{}}}", nested("[", 2_000, "1", "]"))))]
#[case::variables_30000_deep(with_variables("{node{name}}", &format!("{{\"a\":{}}}", nested("[", 30_000, "1", "]"))))]
#[case::variable_objects_deep(with_variables("{node{name}}", &format!("{{\"a\":{}}}", nested("{\"a\":", 5_000, "1", "}"))))]
#[case::extensions_deep(format!(r#"{{"query":"{{node{{name}}}}","extensions":{{"a":{}}}}}"#, nested("[", 30_000, "", "]")))]
#[case::fan_of_2_power_22(document(&fan(18, 2)))]
#[case::fan_of_2_power_22_in_22_fragments(document(&fan(22, 2)))]
#[case::fan_of_300_cubed(document(&fan(3, 300)))]
#[case::aliases(document(&format!("{{{}}}", numbered(1_500, |i| format!("a{i}:echo")))))]
#[case::aliases_10000(document(&format!("{{{}}}", numbered(10_000, |i| format!("a{i}:echo")))))]
#[case::aliases_of_a_list(document(&format!("{{{}}}", numbered(200, |i| format!("a{i}:children(first:1000){{name}}")))))]
#[case::repeated_fields(document(&format!("{{{}}}", "node{name}".repeat(1_000))))]
#[case::repeated_sign_in(document("mutation{a:signIn(login:\"a\") b:signIn(login:\"a\")}"))]
#[case::directives(document(&format!("{{node{{name {}}}}}", "@skip(if:false)".repeat(1_000))))]
#[case::directives_unknown(document(&format!("{{node{{name {}}}}}", "@a".repeat(9_000))))]
#[case::unknown_fields(document(&format!("{{node{{{}}}}}", numbered(1_900, |i| format!("u{i}")))))]
#[case::unknown_fields_10000(document(&format!("{{node{{{}}}}}", numbered(10_000, |i| format!("u{i}")))))]
#[case::operations(document(&numbered(1_000, |i| format!("query q{i}{{echo}}"))))]
#[case::fragments(document(&format!("{{...f0}} {}", numbered(700, |i| format!("fragment f{i} on Query{{echo}}")))))]
#[case::variables_defined(document(&format!("query({}){{echo}}", numbered(1_500, |i| format!("$v{i}:Int")))))]
#[case::variables_sent(with_variables("{echo}", &format!("{{{}}}", numbered(400, |i| format!("\"v{i}\":1,")) + "\"z\":1")))]
#[case::literal_list(document(&format!("{{sum(numbers:{})}}", list(4_000))))]
#[case::list_in_a_variable(with_variables("query($n:[Int!]!){sum(numbers:$n)}", &format!("{{\"n\":{}}}", list(400))))]
#[case::list_of_30000_in_a_variable(with_variables("query($n:[Int!]!){sum(numbers:$n)}", &format!("{{\"n\":{}}}", list(30_000))))]
#[case::overlapping_fields(document(&format!("{{{}}}", numbered(1_900, |i| format!("a:node{{b{i}:name}}")))))]
#[case::overlapping_fragments(document(&format!("{{node{{{}}}}}", "...on Node{child{name}}".repeat(800))))]
#[case::page_of_a_million(document("{children(first:1000000){name}}"))]
#[case::page_of_a_million_in_a_variable(with_variables(
    "query($n:Int){children(first:$n){name}}",
    "{\"n\":1000000}"
))]
#[case::pages_in_pages(document(
    "{children(first:200){children(first:200){children(first:200){name}}}}"
))]
#[case::circular_introspection(document(
    "{__schema{types{fields{type{fields{type{fields{type{fields{type{fields{name}}}}}}}}}}}}"
))]
#[case::fragment_of_itself(document("{...A} fragment A on Query{node{name} ...A}"))]
#[case::fragments_of_each_other(document(
    "{...A} fragment A on Query{...B} fragment B on Query{...A}"
))]
#[case::unused_fragments_of_each_other(document(
    "{echo} fragment A on Query{...B} fragment B on Query{...A}"
))]
#[case::long_alias(document(&format!("{{{}:broken}}", "a".repeat(15_000))))]
#[case::long_unknown_field(document(&format!("{{{}}}", "a".repeat(15_000))))]
#[case::long_string_for_a_number(document(&format!("{{children(first:\"{}\"){{name}}}}", "a".repeat(15_000))))]
#[case::long_document(document(&format!("{{node{{name}}}}#{}", "a".repeat(30_000))))]
#[case::many_spaces(document(&" ".repeat(60_000)))]
#[case::batch("[{\"query\":\"{node{name}}\"}]".to_owned())]
#[case::batch_of_20000(format!("[{}]", vec!["{\"query\":\"{echo}\"}"; 2_000].join(",")))]
#[case::empty_batch("[]".to_owned())]
#[case::broken_json("{\"query\":\"{node".to_owned())]
#[case::lone_surrogate("{\"query\":\"{echo(text:\\\"\\ud800\\\")}\"}".to_owned())]
#[case::lone_surrogate_in_the_document(document("{echo(text:\"\\ud800\")}"))]
#[case::lone_surrogate_in_a_variable(r#"{"query":"query($t:String){echo(text:$t)}","variables":{"t":"\udc00"}}"#.to_owned())]
#[case::number_that_is_too_large(document("{children(first:99999999999999999999999999){name}}"))]
#[case::number_in_exponents(document("{children(first:1e999){name}}"))]
#[case::empty(String::new())]
#[case::empty_document(document(""))]
#[case::only_a_comment(document("# nothing"))]
#[case::only_a_fragment(document("fragment A on Query{echo}"))]
#[case::nul(document("{echo\u{0}}"))]
#[tokio::test]
async fn a_hostile_document_is_refused(#[case] body: String) {
    let size = body.len();
    let app = app();
    let started = Instant::now();
    let reply = app.post(body).await;
    assert!(started.elapsed() < Duration::from_secs(1));
    assert!(
        reply.status.is_client_error(),
        "{}: {:?}",
        reply.status,
        reply.body
    );
    assert!(["LIMIT_EXCEEDED", "BAD_USER_INPUT"].contains(&reply.code().as_str()));
    assert_eq!(reply.json().get("data"), None);
    assert!(reply.json()["errors"].as_array().unwrap().len() <= 10);
    assert!(
        reply.body.len() <= 4096.max(size * 2),
        "{} bytes",
        reply.body.len()
    );
    assert_eq!(app.query("{node{name}}").await.status, 200);
}

#[rstest]
#[case::bytes_that_are_not_utf8(b"{\"query\":\"{echo(text:\\\"\xff\xfe\\\")}\"}".to_vec())]
#[case::utf16("{\"query\":\"{echo}\"}".encode_utf16().flat_map(u16::to_le_bytes).collect())]
#[case::order_mark(b"\xef\xbb\xbf{\"query\":\"{echo}\"}".to_vec())]
#[case::noise((0..=255).collect())]
#[tokio::test]
async fn bytes_that_are_not_json_are_refused(#[case] body: Vec<u8>) {
    let reply = app().post(body).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (400, "BAD_USER_INPUT")
    );
}

#[rstest]
#[case::just_above_ordinary(64 * 1024 + 1)]
#[case::three_megabytes(3_000_000)]
#[case::forty_megabytes(40_000_000)]
#[tokio::test]
async fn a_large_body_is_refused(#[case] bytes: usize) {
    let body = format!("{}{}", document("{node{name}}"), " ".repeat(bytes));
    // In pieces and without a declared length, as a client that streams would send it.
    let pieces: Vec<Result<Bytes, std::io::Error>> = body
        .into_bytes()
        .chunks(16 * 1024)
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    let body = Body::from_stream(futures_util::stream::iter(pieces));
    let reply = app().post(body).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (413, "LIMIT_EXCEEDED")
    );
}

#[tokio::test]
async fn an_upload_may_be_large_and_its_lists_long() {
    let ids = |count: usize| {
        let id = "x".repeat(200);
        with_variables(
            "mutation($ids:[String!]!){uploadLearningEvents(ids:$ids)}",
            &serde_json::json!({ "ids": vec![id; count] }).to_string(),
        )
    };
    let app = app();
    let body = ids(500);
    assert!(body.len() > 64 * 1024);
    let reply = app.post(body).await;
    assert_eq!(reply.json()["data"]["uploadLearningEvents"], 500);
    assert_eq!(app.post(ids(501)).await.code(), "LIMIT_EXCEEDED");
}

#[tokio::test]
async fn large_bodies_are_few_at_once() {
    let app = crate::app::app_with(crate::app::Setup {
        admission: vun::http::admission::Admission::new(10, 0),
        ..Default::default()
    });
    let body = with_variables(
        "mutation($ids:[String!]!){uploadLearningEvents(ids:$ids)}",
        &serde_json::json!({ "ids": vec!["x".repeat(200); 400] }).to_string(),
    );
    let reply = app.post(body).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (503, "RATE_LIMITED")
    );
}

#[tokio::test]
async fn a_declared_length_over_the_limit_is_refused_before_the_body() {
    let request = post()
        .header(header::EXPECT, "100-continue")
        .body(Body::from(vec![b' '; 2_000_000]))
        .unwrap();
    let reply = app().send(request).await;
    assert_eq!(reply.status.as_u16(), 413);
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_given_up() {
    let app = crate::app::app_with(crate::app::Setup {
        settings: vun::graphql::handler::EdgeSettings {
            body_time: Duration::from_millis(50),
            ..Default::default()
        },
        ..Default::default()
    });
    let pending = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
    let reply = app.post(Body::from_stream(pending)).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (408, "TIMEOUT")
    );
}

#[rstest]
#[case::mutation("query=mutation%7Btouch%7D", 405)]
#[case::nothing("", 400)]
#[case::broken_variables("query=%7Becho%7D&variables=%7B", 400)]
#[case::variables_of_other_type("query=%7Becho%7D&variables=%5B1%5D", 400)]
#[case::twice("query=%7Becho%7D&query=%7Becho%7D", 400)]
#[case::not_utf8("query=%7Becho%7D%ff", 200)]
#[case::unknown_id("documentId=nothing", 200)]
#[tokio::test]
async fn a_hostile_query_string_is_refused(#[case] parameters: &str, #[case] status: u16) {
    let request = Request::get(format!("/graphql?{parameters}")).header(header::ACCEPT, "*/*");
    let reply = app().send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status.as_u16(), status);
    assert!(!reply.code().is_empty());
    assert_eq!(reply.json().get("data"), None);
}
