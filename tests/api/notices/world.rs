//! Servers that channels reach, in this process: a gateway, a push service, a mail relay; and the product with them set up.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use entity::{delivery, ids::PersonId, notice, notice::NoticeKind, person_particulars};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};
use vun::{app::App, config::Settings, http};

use crate::{
    app::TestApp,
    authorization::operation,
    given::Actor,
    requests::{Answer, graphql},
};

/// A request that a server of ours got.
#[derive(Clone, Debug)]
pub struct Got {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }
}

/// What a server answers next.
#[derive(Clone, Debug)]
pub enum Reply {
    Status(u16, Value),
    Redirect(String),
    /// Takes the request and says nothing.
    Hang,
}

/// An HTTP server that notes what it gets.
#[derive(Clone)]
pub struct Web {
    pub url: String,
    got: Arc<Mutex<Vec<Got>>>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

impl Web {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let web = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            got: Arc::default(),
            replies: Arc::default(),
        };
        let router = Router::new().fallback(take).with_state(web.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        web
    }

    /// Answers the next requests so; 200 and `{}` once these are used up.
    pub fn reply(&self, replies: impl IntoIterator<Item = Reply>) {
        self.replies.lock().unwrap().extend(replies);
    }

    pub fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

async fn take(State(web): State<Web>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let got = Got {
        path: uri.path().to_owned(),
        headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    web.got.lock().unwrap().push(got);
    let reply = web.replies.lock().unwrap().pop_front();
    match reply {
        None => axum_json(StatusCode::OK, &json!({})),
        Some(Reply::Status(status, body)) => {
            axum_json(StatusCode::from_u16(status).unwrap(), &body)
        }
        Some(Reply::Redirect(to)) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Some(Reply::Hang) => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            axum_json(StatusCode::OK, &json!({}))
        }
    }
}

fn axum_json(status: StatusCode, body: &Value) -> Response {
    (status, body.to_string()).into_response()
}

/// A mail relay that notes what it gets, over real SMTP without TLS.
#[derive(Clone)]
pub struct Relay {
    pub url: String,
    got: Arc<Mutex<Vec<(String, String)>>>,
    refusal: Arc<Mutex<Option<String>>>,
}

impl Relay {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let relay = Self {
            url: format!("smtp://{}", listener.local_addr().unwrap()),
            got: Arc::default(),
            refusal: Arc::default(),
        };
        let serving = relay.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let relay = serving.clone();
                tokio::spawn(async move { relay.converse(stream).await });
            }
        });
        relay
    }

    /// What was sent: to whom, and the message.
    pub fn got(&self) -> Vec<(String, String)> {
        self.got.lock().unwrap().clone()
    }

    /// Refuses receivers with this answer from now on.
    pub fn refuse(&self, answer: Option<&str>) {
        *self.refusal.lock().unwrap() = answer.map(str::to_owned);
    }

    async fn converse(&self, stream: tokio::net::TcpStream) {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut to = String::new();
        write.write_all(b"220 relay\r\n").await.unwrap();
        while let Ok(Some(line)) = lines.next_line().await {
            let word = line.split([' ', ':']).next().unwrap().to_ascii_uppercase();
            let answer = match &*word {
                "EHLO" | "HELO" => "250 relay".to_owned(),
                "RCPT" => match self.refusal.lock().unwrap().clone() {
                    Some(refusal) => refusal,
                    None => {
                        to = line["RCPT TO:".len()..].trim().to_owned();
                        "250 ok".to_owned()
                    }
                },
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await.unwrap();
                    let mut message = String::new();
                    while let Ok(Some(line)) = lines.next_line().await {
                        if line == "." {
                            break;
                        }
                        message.push_str(line.strip_prefix('.').unwrap_or(&line));
                        message.push('\n');
                    }
                    self.got.lock().unwrap().push((to.clone(), message));
                    "250 taken".to_owned()
                }
                "QUIT" => {
                    let _gone = write.write_all(b"221 bye\r\n").await;
                    return;
                }
                _ => "250 ok".to_owned(),
            };
            if write
                .write_all(format!("{answer}\r\n").as_bytes())
                .await
                .is_err()
            {
                return;
            }
        }
    }
}

/// The key of the gateway's requests.
pub const KEY: &str = "mot khoa dung chung cho cong tin nhan";

/// The product with some channels, on the database and the clock of a test.
pub struct World {
    pub app: App,
    pub router: Router,
}

/// Settings with a gateway.
pub fn with_gateway(web: &Web) -> Settings {
    Settings {
        webhook_url: Some(format!("{}/sms", web.url)),
        webhook_key: Some(KEY.into()),
        public_url: Some("https://vun.example/".to_owned()),
        channel_seconds: 1,
        ..Settings::default()
    }
}

/// Settings with a mail relay.
pub fn with_relay(relay: &Relay) -> Settings {
    Settings {
        smtp_url: Some(relay.url.clone().into()),
        mail_from: Some("Vun <vun@vun.example>".to_owned()),
        public_url: Some("https://vun.example".to_owned()),
        channel_seconds: 5,
        ..Settings::default()
    }
}

impl World {
    pub async fn open(test: &TestApp, settings: &Settings) -> Self {
        let app = App::open(test.db.clone(), test.clock.clone(), settings)
            .await
            .expect("the features");
        let edge = http::edge(settings, &app, Default::default()).expect("the edge");
        Self {
            app,
            router: http::router(edge),
        }
    }

    /// Sends everything that is due, as the task beside the server does; answers how many deliveries were dealt with.
    pub async fn send(&self) -> usize {
        self.app.notices.tell_resets().await.unwrap();
        let mut dealt = 0;
        loop {
            match self.app.notices.send_due().await.unwrap() {
                0 => return dealt,
                more => dealt += more,
            }
        }
    }

    /// Sweeps until nothing is left of today's.
    pub async fn sweep(&self) {
        while self.app.notices.sweep().await.unwrap() {}
    }

    /// Calls an operation file as somebody, or as a visitor.
    pub async fn call(&self, actor: Option<&Actor>, name: &str, variables: Value) -> Answer {
        let token = actor.map(|actor| actor.token.as_str());
        graphql(&self.router, token, &operation(name), variables).await
    }

    /// [`World::call`] of a mutation that is to succeed.
    pub async fn done(&self, actor: Option<&Actor>, name: &str, input: Value) -> Answer {
        let answer = self.call(actor, name, json!({ "input": input })).await;
        assert!(answer.user_errors(name).is_empty(), "{name}: {answer}");
        answer
    }
}

/// A group of a trainer's with members.
pub async fn group_of(
    world: &World,
    trainer: &Actor,
    members: &[PersonId],
    test: &TestApp,
) -> Value {
    let input = json!({ "name": "Nhóm mẫu", "areaId": test.ward().0 });
    let made = world.done(Some(trainer), "createGroup", input).await;
    let group = made.data("createGroup.group.id").clone();
    let ids: Vec<_> = members.iter().map(|person| person.0).collect();
    let input = json!({ "groupId": group, "personIds": ids });
    world.done(Some(trainer), "addMembers", input).await;
    group
}

/// Gives a person a telephone.
pub async fn give_phone(test: &TestApp, person: PersonId, phone: &str) {
    let done = person_particulars::Entity::update_many()
        .col_expr(person_particulars::Column::Phone, Expr::value(Some(phone)))
        .filter(person_particulars::Column::PersonId.eq(person))
        .exec(test.db.write())
        .await
        .unwrap();
    assert_eq!(done.rows_affected, 1, "everybody has particulars");
}

/// Every delivery to a person, oldest first, with its notice.
pub async fn deliveries(test: &TestApp, person: PersonId) -> Vec<(notice::Model, delivery::Model)> {
    let notices = notice::Entity::find()
        .filter(notice::Column::PersonId.eq(person))
        .order_by_asc(notice::Column::CreatedAt)
        .order_by_asc(notice::Column::NoticeId)
        .all(test.db.write())
        .await
        .unwrap();
    let mut found = Vec::new();
    for notice in notices {
        let row = delivery::Entity::find_by_id(notice.notice_id)
            .one(test.db.write())
            .await
            .unwrap();
        found.push((notice, row.expect("every notice has a delivery")));
    }
    found
}

/// State and reason of each delivery of a kind to a person.
pub async fn states(
    test: &TestApp,
    person: PersonId,
    kind: NoticeKind,
) -> Vec<(delivery::DeliveryState, Option<String>)> {
    let all = deliveries(test, person).await.into_iter();
    all.filter(|(notice, _)| notice.kind == kind)
        .map(|(_, row)| (row.state, row.reason))
        .collect()
}
