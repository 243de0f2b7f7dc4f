//! A client of graphql-transport-ws over a real connection.

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};
use vun::http::{
    admission::Admission,
    server::{ServerSettings, serve},
};

use crate::app::TestApp;

/// Serves the product of a test on a port, until the test ends.
pub async fn served(app: &TestApp) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (router, settings) = (app.router.clone(), ServerSettings::default());
    let serving = serve(
        listener,
        router,
        settings,
        Admission::default(),
        std::future::pending(),
    );
    tokio::spawn(serving);
    address
}

/// One socket with one operation.
pub struct Watching(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Watching {
    /// Opens a socket, introduces itself with a token, and begins an operation.
    pub async fn begin(
        address: SocketAddr,
        token: Option<&str>,
        document: &str,
        variables: Value,
    ) -> Self {
        let request = format!("ws://{address}/graphql").into_client_request();
        let mut request = request.expect("a request");
        let protocol = "graphql-transport-ws".parse().expect("a value");
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let (stream, _) = connect_async(request).await.expect("a socket");
        let mut watching = Self(stream);
        let greeting = match token {
            Some(token) => json!({ "authorization": format!("Bearer {token}") }),
            None => json!({}),
        };
        watching
            .say(json!({ "type": "connection_init", "payload": greeting }))
            .await;
        assert_eq!(watching.hear().await["type"], "connection_ack");
        let payload = json!({ "query": document, "variables": variables });
        watching
            .say(json!({ "type": "subscribe", "id": "1", "payload": payload }))
            .await;
        watching
    }

    async fn say(&mut self, said: Value) {
        let sent = self.0.send(Message::text(said.to_string())).await;
        sent.expect("an open socket");
    }

    /// The next message, or how the socket was closed.
    pub async fn hear(&mut self) -> Value {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(60), self.0.next()).await;
            let next = next.expect("nothing was heard for a minute");
            match next.expect("a message").expect("an open socket") {
                Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
                Message::Close(Some(frame)) => return json!({ "closed": u16::from(frame.code) }),
                _ => {}
            }
        }
    }

    /// What the next message says of a field.
    pub async fn next(&mut self, field: &str) -> Value {
        let said = self.hear().await;
        assert_eq!(said["type"], "next", "{said}");
        assert!(said["payload"]["errors"].is_null(), "{said}");
        said["payload"]["data"][field].clone()
    }
}
