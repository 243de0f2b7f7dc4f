//! The server loop on real connections.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};
use vun::http::server::{ServerSettings, serve};

use crate::app::{App, app, document};

pub struct Server {
    pub app: App,
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<std::io::Result<()>>,
}

pub async fn start(settings: ServerSettings) -> Server {
    start_with(app(), settings).await
}

pub async fn start_with(app: App, settings: ServerSettings) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(serve(
        listener,
        app.router.clone(),
        settings,
        app.admission.clone(),
        async move {
            let _ = stopped.await;
        },
    ));
    Server {
        app,
        address,
        stop,
        ended,
    }
}

fn short(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn request(text: &str) -> String {
    let body = document(text);
    format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

impl Server {
    /// Asks it to stop.
    pub fn stop(self) -> JoinHandle<std::io::Result<()>> {
        self.stop.send(()).expect("it runs");
        self.ended
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

async fn read_to_end(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset by the server ends the connection as well.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_connection_serves_several_requests() {
    let server = start(ServerSettings::default()).await;
    let mut stream = server.connect().await;
    for _ in 0..3 {
        stream
            .write_all(request("{node{name}}").as_bytes())
            .await
            .unwrap();
        let mut bytes = vec![0; 4096];
        let read = stream.read(&mut bytes).await.unwrap();
        assert!(
            bytes.starts_with(b"HTTP/1.1 200"),
            "{}",
            String::from_utf8_lossy(&bytes[..read])
        );
    }
}

#[tokio::test]
async fn headers_that_do_not_arrive_end_the_connection() {
    let server = start(ServerSettings {
        header_time: short(100),
        ..Default::default()
    })
    .await;
    for start in ["", "POST /gra", "POST /graphql HTTP/1.1\r\nhost: x\r\n"] {
        let mut stream = server.connect().await;
        stream.write_all(start.as_bytes()).await.unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(30), read_to_end(stream)).await;
        assert!(ended.is_ok(), "{start:?}");
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_is_let_go() {
    let server = start(ServerSettings {
        read_patience: short(100),
        ..Default::default()
    })
    .await;
    let mut stream = server.connect().await;
    // Answers of which no byte is read until no buffer between takes more.
    let request =
        request("{children(first:200){n1:name n2:name n3:name n4:name n5:name n6:name n7:name}}");
    let ended = tokio::time::timeout(Duration::from_secs(20), async {
        while stream.write_all(request.as_bytes()).await.is_ok() {}
    });
    assert!(ended.await.is_ok());
}

#[tokio::test]
async fn an_oversized_head_is_refused() {
    let server = start(ServerSettings::default()).await;
    let mut stream = server.connect().await;
    let head = format!(
        "GET /graphql HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
        "a".repeat(200_000)
    );
    let _ = stream.write_all(head.as_bytes()).await;
    let answer = tokio::time::timeout(Duration::from_secs(5), read_to_end(stream))
        .await
        .unwrap();
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_large_body_is_answered_though_the_client_is_still_sending() {
    let server = start(ServerSettings::default()).await;
    let mut stream = server.connect().await;
    let bytes = 40_000_000;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {bytes}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b' '; bytes]).await.unwrap();
    let answer = read_to_end(stream).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn connections_above_the_cap_wait_for_a_place() {
    let server = start(ServerSettings {
        connections: 1,
        ..Default::default()
    })
    .await;
    let first = server.connect().await;
    let mut second = server.connect().await;
    second
        .write_all(request("{node{name}}").as_bytes())
        .await
        .unwrap();
    let mut byte = [0];
    assert!(
        tokio::time::timeout(short(200), second.read(&mut byte))
            .await
            .is_err()
    );
    drop(first);
    assert!(
        tokio::time::timeout(Duration::from_secs(5), second.read(&mut byte))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn stopping_lets_running_requests_end() {
    let server = start(ServerSettings::default()).await;
    let idle = server.connect().await;
    let mut stream = server.connect().await;
    stream
        .write_all(request("mutation{hold}").as_bytes())
        .await
        .unwrap();
    server.app.traces.started.notified().await;
    server.stop.send(()).unwrap();
    assert!(
        tokio::time::timeout(Duration::from_secs(5), read_to_end(idle))
            .await
            .is_ok()
    );
    server.app.traces.release.notify_one();
    let answer = read_to_end(stream).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.ended.await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn stopping_waits_for_work_whose_client_is_gone_but_not_for_ever() {
    let server = start(ServerSettings {
        grace: short(200),
        ..Default::default()
    })
    .await;
    let mut stream = server.connect().await;
    stream
        .write_all(request("mutation{hold}").as_bytes())
        .await
        .unwrap();
    server.app.traces.started.notified().await;
    drop(stream);
    server.stop.send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(5), server.ended).await;
    ended.unwrap().unwrap().unwrap();
}
