//! Trainers of two communes, caregivers with accounts, and people nobody knows on the wire.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use entity::{
    ids::{AccountId, AreaId, LessonId, ModuleId, PersonId, root_atom},
    learner, person, residence,
    standing::{self, StandingKind},
};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};
use secrecy::ExposeSecret;
use serde_json::Value;
use uuid::Uuid;
use vun::{
    areas::{Areas, Atlas},
    auth::{
        Auth, GrantStanding, NewAccount, SignIn, SignUp, Target,
        capability::{Trainer, Viewer},
    },
    content::Content,
    error::{Error, Result},
    learning::{
        Learning,
        merge::{Completion, LessonState, PersonState},
    },
    people::{
        household::{Audience, Channel, Purpose},
        name, registration,
    },
    training::Training,
};

use crate::app::TestApp;

/// The product, and the tokens of everybody who signed in.
pub struct World {
    pub app: TestApp,
    pub areas: Areas,
    pub content: Content,
    pub auth: Auth,
    pub learning: Learning,
    pub training: Training,
    tokens: Mutex<HashMap<AccountId, String>>,
    made: AtomicU32,
}

const PASSWORD: &str = "bay con ca xanh";

impl World {
    pub async fn new(app: TestApp) -> Self {
        let product = app.app.clone();
        Self {
            app,
            areas: product.areas,
            content: product.content,
            auth: product.auth,
            learning: product.learning,
            training: product.training,
            tokens: Mutex::default(),
            made: AtomicU32::new(0),
        }
    }

    pub fn atlas(&self) -> Arc<Atlas> {
        self.areas.atlas()
    }

    /// Cà Mau, which the former Bạc Liêu is part of.
    pub fn province(&self) -> AreaId {
        self.atlas()
            .by_code("96", None, self.areas.today())
            .remove(0)
    }

    /// A commune of the province.
    pub fn commune(&self, at: usize) -> AreaId {
        self.atlas().children(self.province(), self.areas.today())[at]
    }

    pub fn module_id(&self, code: &str) -> ModuleId {
        let catalogue = self.content.catalogue();
        catalogue.module_by_code(code).unwrap().id
    }

    pub fn lessons(&self, code: &str) -> Vec<LessonId> {
        let catalogue = self.content.catalogue();
        let module = catalogue.module_by_code(code).unwrap();
        catalogue
            .published_of(module)
            .map(|lesson| lesson.id)
            .collect()
    }

    /// Somebody with an account who consents to a learning record, signed in.
    pub async fn caregiver(&self, area: AreaId) -> Viewer {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let login = format!("gia.dinh.{number}");
        let sign_up = SignUp {
            id: None,
            login: login.clone(),
            password: PASSWORD.into(),
            full_name: format!("Gia đình mẫu {number}"),
            area,
            audiences: vec![Audience::Caregiver],
            consents: vec![Purpose::LearningRecord],
            text_version: None,
            language: "vi".to_owned(),
            device: None,
        };
        let new = NewAccount {
            sign_up,
            channel: Channel::App,
            exclude_from_reporting: false,
        };
        self.auth.create_account(new).await.unwrap();
        self.sign_in(login).await
    }

    async fn sign_in(&self, login: String) -> Viewer {
        let told = SignIn {
            login,
            password: PASSWORD.into(),
            device: None,
        };
        let (session, viewer) = self.auth.sign_in(told, None).await.unwrap();
        let token = session.access_token.expose_secret().to_owned();
        self.tokens.lock().unwrap().insert(viewer.account(), token);
        viewer
    }

    /// A trainer of an area, signed in.
    pub async fn trainer(&self, area: AreaId) -> Viewer {
        let login = format!("gia.dinh.{}", self.made.load(Ordering::Relaxed));
        let account = self.caregiver(self.commune(0)).await.account();
        let granted = GrantStanding {
            id: None,
            to: Target::Account(account),
            kind: StandingKind::Trainer,
            area,
            from_on: None,
            to_on: None,
        };
        self.auth.grant(granted).await.unwrap();
        self.sign_in(login).await
    }

    /// A trainer who from now on is one of another area.
    pub async fn moved(&self, viewer: &Viewer, area: AreaId) -> Viewer {
        let today = self.areas.today();
        standing::Entity::update_many()
            .col_expr(standing::Column::AreaId, Expr::value(area))
            .filter(standing::Column::AccountId.eq(viewer.account()))
            .exec(self.app.db.write())
            .await
            .unwrap();
        assert!(self.atlas().is_open(area, today));
        let login = self.auth.login(viewer).await.unwrap();
        self.sign_in(login).await
    }

    /// Somebody without an account, who has learned what is told.
    pub async fn person(&self, name: &str, area: AreaId, state: &PersonState) -> PersonId {
        let (db, id) = (self.app.db.write(), PersonId(Uuid::new_v4()));
        let bucket = registration::bucket(id);
        let row = person::Model {
            person_id: id,
            bucket,
            full_name: name.to_owned(),
            name_sort_key: name::sort_key(name),
            exclude_from_reporting: false,
            created_at: self.app.clock.now(),
        };
        let row = person::Entity::insert(row.into_active_model());
        row.exec_without_returning(db).await.unwrap();
        let row = residence::Model {
            residence_id: Uuid::new_v4().into(),
            person_id: id,
            bucket,
            area_id: area,
            atom_id: root_atom(area),
            from_on: "2024-01-01".parse().unwrap(),
            to_on: None,
        };
        let row = residence::Entity::insert(row.into_active_model());
        row.exec_without_returning(db).await.unwrap();
        if *state != PersonState::default() {
            let row = learner::Model {
                person_id: id,
                bucket,
                revision: 1,
                state: serde_json::to_string(state).unwrap(),
                household: "{}".to_owned(),
                child_tiers: "{}".to_owned(),
                tiers: "{}".to_owned(),
                changes: "{}".to_owned(),
                last_activity_at: state.last_activity_at(),
            };
            let row = learner::Entity::insert(row.into_active_model());
            row.exec_without_returning(db).await.unwrap();
        }
        id
    }

    /// People without accounts in a commune.
    pub async fn people(&self, count: usize, area: AreaId) -> Vec<PersonId> {
        let mut people = Vec::new();
        for number in 0..count {
            let name = format!("Nguyễn Văn Mẫu {number:03}");
            people.push(self.person(&name, area, &PersonState::default()).await);
        }
        people
    }

    /// Asks over HTTP as somebody, or as a visitor.
    pub async fn ask(&self, viewer: Option<&Viewer>, document: &str, variables: Value) -> Value {
        let token = viewer.map(|viewer| self.tokens.lock().unwrap()[&viewer.account()].clone());
        let answer = self.app.graphql(token.as_deref(), document, variables);
        answer.await.json
    }
}

/// Somebody who completed some lessons and only opened others, on a day of 2026.
pub fn learned(completed: &[LessonId], opened: &[LessonId], at: &str) -> PersonState {
    let at = at.parse().unwrap();
    let lesson = |completed| LessonState {
        started_at: Some(at),
        completed,
        last_activity_at: Some(at),
        ..LessonState::default()
    };
    let completion = Some(Completion { at, release: None });
    let completed = completed.iter().map(|id| (*id, lesson(completion.clone())));
    let opened = opened.iter().map(|id| (*id, lesson(None)));
    PersonState {
        lessons: completed.chain(opened).collect(),
        ..PersonState::default()
    }
}

/// The viewer as a trainer.
pub fn trainer(viewer: &Viewer) -> Trainer {
    viewer.trainer().unwrap()
}

/// Code, field and message key of each thing to mend.
pub fn to_mend<T: std::fmt::Debug>(outcome: Result<T>) -> Vec<(String, String, &'static str)> {
    match outcome {
        Err(Error::User(errors)) => errors
            .into_iter()
            .map(|error| {
                let code = format!("{:?}", error.code);
                (code, error.field.join("."), error.message)
            })
            .collect(),
        other => panic!("not a user error: {other:?}"),
    }
}
