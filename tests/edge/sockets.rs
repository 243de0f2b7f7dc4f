//! graphql-transport-ws on real connections: what the protocol asks, and what keeps a socket from costing too much.

use std::{sync::atomic::Ordering, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest as _,
        http::{HeaderName, HeaderValue, Response, header},
    },
};
use vun::{
    graphql::handler::EdgeSettings,
    http::{admission::Admission, server::ServerSettings},
};

use crate::{
    app::{GOOD_TOKEN, Setup, app_with},
    server::{Server, start_with},
};

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

const PROTOCOL: &str = "graphql-transport-ws";

struct Socket(Stream);

async fn server() -> Server {
    server_with(Setup::default()).await
}

/// A server that waits a shorter time than ours.
async fn server_with(setup: Setup) -> Server {
    let setup = Setup {
        settings: EdgeSettings {
            greeting_time: Duration::from_millis(300),
            look_time: Duration::from_millis(100),
            ..setup.settings
        },
        ..setup
    };
    start_with(app_with(setup), ServerSettings::default()).await
}

/// Opens a socket with headers.
async fn handshake(
    server: &Server,
    headers: &[(HeaderName, &str)],
) -> Result<Socket, Response<Option<Vec<u8>>>> {
    let url = format!("ws://{}/graphql", server.address);
    let mut request = url.into_client_request().unwrap();
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).unwrap();
        request.headers_mut().insert(name.clone(), value);
    }
    match connect_async(request).await {
        Ok((stream, _)) => Ok(Socket(stream)),
        Err(Error::Http(response)) => Err(*response),
        Err(error) => panic!("{error}"),
    }
}

async fn open(server: &Server) -> Socket {
    let opened = handshake(server, &[(header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL)]).await;
    opened.unwrap_or_else(|answer| panic!("{answer:?}"))
}

/// A socket whose greeting was acknowledged.
async fn greeted(server: &Server) -> Socket {
    let mut socket = open(server).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
    socket
}

fn subscribe(id: &str, query: &str) -> Value {
    json!({ "type": "subscribe", "id": id, "payload": { "query": query } })
}

impl Socket {
    async fn say(&mut self, said: Value) {
        self.send(Message::text(said.to_string())).await;
    }

    async fn send(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    async fn next(&mut self) -> Option<Message> {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(10), self.0.next()).await;
            match next.expect("nothing was heard for ten seconds") {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(message)) => return Some(message),
                Some(Err(_)) | None => return None,
            }
        }
    }

    async fn hear(&mut self) -> Value {
        match self.next().await {
            Some(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("a message was expected: {other:?}"),
        }
    }

    /// The code and the reason with which it is closed.
    async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.next().await {
                Some(Message::Close(Some(frame))) => {
                    return (frame.code.into(), frame.reason.to_string());
                }
                Some(Message::Text(_)) => {}
                other => panic!("a close was expected: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_subscription_tells_and_completes() {
    let server = server().await;
    let mut socket = greeted(&server).await;
    socket
        .say(subscribe("1", "subscription { count(to: 2) }"))
        .await;
    for at in 1..=2 {
        let told = json!({ "type": "next", "id": "1", "payload": { "data": { "count": at } } });
        assert_eq!(socket.hear().await, told);
    }
    assert_eq!(
        socket.hear().await,
        json!({ "type": "complete", "id": "1" })
    );
}

#[tokio::test]
async fn queries_and_mutations_are_answered_once() {
    let server = server().await;
    let mut socket = greeted(&server).await;
    for (id, query) in [("q", "{ node { name } }"), ("m", "mutation { touch }")] {
        socket.say(subscribe(id, query)).await;
        let next = socket.hear().await;
        assert_eq!((&next["type"], &next["id"]), (&json!("next"), &json!(id)));
        assert_eq!(socket.hear().await, json!({ "type": "complete", "id": id }));
    }
    assert_eq!(server.app.traces.effects.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn several_operations_run_side_by_side_and_each_is_stopped_by_its_id() {
    let server = server().await;
    let mut socket = greeted(&server).await;
    socket
        .say(subscribe("for ever", "subscription { forEver }"))
        .await;
    assert_eq!(socket.hear().await["id"], "for ever");
    socket
        .say(subscribe("short", "subscription { count(to: 1) }"))
        .await;
    let mut heard = Vec::new();
    while heard.last() != Some(&json!("complete")) {
        let said = socket.hear().await;
        if said["id"] == "short" {
            heard.push(said["type"].clone());
        }
    }
    assert_eq!(heard, ["next", "complete"]);
    socket
        .say(json!({ "type": "complete", "id": "for ever" }))
        .await;
    // Nothing more of it is told, and its id is free again.
    socket.say(json!({ "type": "ping" })).await;
    while socket.hear().await["type"] != "pong" {}
    socket
        .say(subscribe("for ever", "subscription { count(to: 1) }"))
        .await;
    assert_eq!(socket.hear().await["payload"]["data"]["count"], 1);
}

#[tokio::test]
async fn what_is_refused_is_an_error_message_and_nothing_follows() {
    let server = server().await;
    let mut socket = greeted(&server).await;
    let deep = format!("subscription {{ {} }}", "a{".repeat(60));
    for (id, query, code) in [
        ("syntax", "subscription {", "BAD_USER_INPUT"),
        ("unknown", "subscription { nothing }", "BAD_USER_INPUT"),
        ("deep", deep.as_str(), "LIMIT_EXCEEDED"),
        ("root", "subscription { refused }", "FORBIDDEN"),
    ] {
        socket.say(subscribe(id, query)).await;
        let said = socket.hear().await;
        assert_eq!(
            (&said["type"], &said["id"]),
            (&json!("error"), &json!(id)),
            "{said}"
        );
        assert_eq!(said["payload"][0]["extensions"]["code"], code, "{said}");
    }
    // The next thing heard is of the next operation, and a used id is free.
    socket
        .say(subscribe("syntax", "subscription { count(to: 1) }"))
        .await;
    assert_eq!(socket.hear().await["type"], "next");
}

#[tokio::test]
async fn what_fails_inside_is_masked_and_a_panic_ends_one_operation_only() {
    let server = server().await;
    let mut socket = greeted(&server).await;
    for query in [
        "subscription { broken }",
        "subscription { panics }",
        "{ broken }",
    ] {
        socket.say(subscribe("1", query)).await;
        let said = socket.hear().await;
        let text = said.to_string();
        assert!(
            text.contains("INTERNAL") && !text.contains("person"),
            "{text}"
        );
        if said["type"] == "next" {
            assert_eq!(socket.hear().await["type"], "complete");
        }
    }
    socket
        .say(subscribe("2", "subscription { count(to: 1) }"))
        .await;
    assert_eq!(socket.hear().await["payload"]["data"]["count"], 1);
}

#[tokio::test]
async fn a_ping_is_answered_with_a_pong_even_before_the_greeting() {
    let server = server().await;
    let mut socket = open(&server).await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await["type"], "pong");
    socket
        .say(json!({ "type": "pong", "payload": { "any": 1 } }))
        .await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
}

#[tokio::test]
async fn whoever_does_not_introduce_herself_is_closed() {
    let server = server().await;
    let mut socket = open(&server).await;
    assert_eq!(socket.closed().await.0, 4408);
}

#[rstest]
#[case::before_the_greeting(subscribe("1", "{ node { name } }").to_string(), 4401)]
#[case::no_json("hello".to_owned(), 4400)]
#[case::a_list("[1]".to_owned(), 4400)]
#[case::no_type(json!({ "id": "1" }).to_string(), 4400)]
#[case::an_unknown_type(json!({ "type": "start", "id": "1" }).to_string(), 4400)]
#[case::a_payload_that_is_a_list(json!({ "type": "connection_init", "payload": [1] }).to_string(), 4400)]
#[case::a_payload_nested_too_deep(format!("{{\"type\":\"ping\",\"payload\":{}1{}}}", "[".repeat(200), "]".repeat(200)), 4400)]
#[case::a_token_that_is_not_good(json!({ "type": "connection_init", "payload": { "Authorization": "Bearer nobody" } }).to_string(), 4403)]
#[case::a_token_that_is_no_token(json!({ "type": "connection_init", "payload": { "authorization": 7 } }).to_string(), 4403)]
#[tokio::test]
async fn a_first_message_that_is_wrong_closes_the_socket(#[case] said: String, #[case] code: u16) {
    let server = server().await;
    let mut socket = open(&server).await;
    socket.send(Message::text(said)).await;
    assert_eq!(socket.closed().await.0, code);
}

#[rstest]
#[case::a_second_greeting(json!({ "type": "connection_init" }), 4429)]
#[case::no_id(json!({ "type": "subscribe", "payload": { "query": "{ node { name } }" } }), 4400)]
#[case::an_empty_id(subscribe("", "{ node { name } }"), 4400)]
#[case::an_id_that_is_too_long(subscribe(&"x".repeat(101), "{ node { name } }"), 4400)]
#[case::no_payload(json!({ "type": "subscribe", "id": "1" }), 4400)]
#[case::no_document(json!({ "type": "subscribe", "id": "1", "payload": {} }), 4400)]
#[case::variables_that_are_a_list(json!({ "type": "subscribe", "id": "1", "payload": { "query": "{ node { name } }", "variables": [1] } }), 4400)]
#[tokio::test]
async fn a_later_message_that_is_wrong_closes_the_socket(#[case] said: Value, #[case] code: u16) {
    let server = server().await;
    let mut socket = greeted(&server).await;
    socket.say(said).await;
    assert_eq!(socket.closed().await.0, code);
}

#[tokio::test]
async fn an_id_in_use_closes_the_socket() {
    let server = server().await;
    let mut socket = greeted(&server).await;
    for _ in 0..2 {
        socket.say(subscribe("1", "subscription { forEver }")).await;
    }
    let (code, reason) = socket.closed().await;
    assert_eq!(
        (code, reason.as_str()),
        (4409, "Subscriber for 1 already exists")
    );
}

#[tokio::test]
async fn binary_and_large_messages_close_the_socket() {
    let server = server().await;
    let mut socket = greeted(&server).await;
    socket.send(Message::binary(vec![1, 2, 3])).await;
    assert_eq!(socket.closed().await.0, 4400);

    let mut socket = greeted(&server).await;
    let large = subscribe("1", &"x".repeat(100_000));
    // The server may hang up before it has read all of it.
    let _ = socket.0.send(Message::text(large.to_string())).await;
    match socket.next().await {
        Some(Message::Close(Some(frame))) => assert_eq!(u16::from(frame.code), 1009),
        Some(other) => panic!("{other:?}"),
        None => {}
    }
    assert!(greeted(&server).await.next_is_quiet().await);
}

impl Socket {
    async fn next_is_quiet(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(200), self.0.next())
            .await
            .is_err()
    }
}

#[tokio::test]
async fn a_socket_runs_sixteen_operations_and_a_server_so_many_sockets() {
    let admission = Admission::default().with_sockets(2);
    let server = server_with(Setup {
        admission,
        ..Setup::default()
    })
    .await;
    let mut socket = greeted(&server).await;
    for at in 0..17 {
        socket
            .say(subscribe(&at.to_string(), "subscription { silent }"))
            .await;
    }
    let said = socket.hear().await;
    assert_eq!(
        (&said["type"], &said["id"]),
        (&json!("error"), &json!("16"))
    );
    assert_eq!(said["payload"][0]["extensions"]["code"], "LIMIT_EXCEEDED");

    let other = open(&server).await;
    let headers = [(header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL)];
    let refused = handshake(&server, &headers).await.err().expect("no place");
    assert_eq!(refused.status().as_u16(), 503);
    assert!(refused.headers().contains_key(header::RETRY_AFTER));
    drop((socket, other));
    for _ in 0..100 {
        if handshake(&server, &headers).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("a place that was left is not given again");
}

#[rstest]
#[case::another_subprotocol(&[(header::SEC_WEBSOCKET_PROTOCOL, "graphql-ws")], 400)]
#[case::no_subprotocol(&[], 400)]
#[case::a_page_of_another_site(&[(header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL), (header::ORIGIN, "https://elsewhere.example")], 403)]
#[case::a_page_of_no_site(&[(header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL), (header::ORIGIN, "null")], 403)]
#[tokio::test]
async fn a_handshake_that_is_wrong_is_refused(
    #[case] headers: &[(HeaderName, &str)],
    #[case] status: u16,
) {
    let server = server().await;
    let refused = handshake(&server, headers).await.err().expect("a refusal");
    assert_eq!(refused.status().as_u16(), status);
}

#[tokio::test]
async fn a_page_of_our_own_may_open_one() {
    let server = server().await;
    let origin = format!("http://{}", server.address);
    let headers = [
        (header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL),
        (header::ORIGIN, origin.as_str()),
    ];
    assert!(handshake(&server, &headers).await.is_ok());
}

#[tokio::test]
async fn the_token_comes_with_the_greeting_or_the_handshake() {
    let server = server().await;
    let bearer = format!("Bearer {GOOD_TOKEN}");
    let viewer = async |mut socket: Socket, greeting: Value| {
        socket
            .say(json!({ "type": "connection_init", "payload": greeting }))
            .await;
        assert_eq!(socket.hear().await["type"], "connection_ack");
        socket.say(subscribe("1", "{ viewer }")).await;
        socket.hear().await["payload"]["data"]["viewer"].clone()
    };
    let found = viewer(open(&server).await, json!({ "Authorization": bearer })).await;
    assert_eq!(found, "somebody");
    let headers = [
        (header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL),
        (header::AUTHORIZATION, bearer.as_str()),
    ];
    let socket = handshake(&server, &headers).await.ok().unwrap();
    assert_eq!(viewer(socket, json!({})).await, "somebody");
    assert_eq!(viewer(open(&server).await, json!({})).await, Value::Null);
}

#[tokio::test]
async fn a_token_that_ends_closes_its_socket_and_no_other() {
    let server = server().await;
    let mut socket = open(&server).await;
    let greeting = json!({ "authorization": format!("Bearer {GOOD_TOKEN}") });
    socket
        .say(json!({ "type": "connection_init", "payload": greeting }))
        .await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
    socket.say(subscribe("1", "subscription { silent }")).await;
    let mut visitor = greeted(&server).await;
    server.app.traces.revoked.store(true, Ordering::SeqCst);
    assert_eq!(socket.closed().await.0, 4403);
    visitor.say(json!({ "type": "ping" })).await;
    assert_eq!(visitor.hear().await["type"], "pong");
}

#[tokio::test]
async fn stopping_tells_sockets_to_come_back() {
    let server = server().await;
    let mut socket = greeted(&server).await;
    let ended = server.stop();
    assert_eq!(socket.closed().await.0, 1001);
    ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_subscription_is_not_served_by_post() {
    let server = server().await;
    let reply = server.app.query("subscription { count(to: 1) }").await;
    assert_eq!(reply.status, 400);
}
