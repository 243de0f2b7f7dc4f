//! Trainers of two communes, caregivers with accounts, and people nobody knows on the wire.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use async_graphql::{EmptySubscription, Request, Schema, Variables};
use entity::{
    ids::{AreaId, LessonId, ModuleId, PersonId, root_atom},
    learner, person, residence,
    standing::{self, StandingKind},
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr,
};
use serde_json::Value;
use uuid::Uuid;
use vun::{
    areas::{Areas, Atlas},
    auth::{
        Auth, GrantStanding, NewAccount, SignIn, SignUp, Target,
        capability::{Trainer, Viewer},
        rate::RateLimits,
    },
    content::{Content, catalogue::Module, import},
    db::Tx,
    error::{Error, Result},
    learning::{
        Learning, Ledger,
        merge::{Completion, LessonState, PersonState},
        store::TierDays,
    },
    people::{
        HouseholdChanged, People,
        household::{Audience, Channel, Household, Purpose},
        name, registration,
        store::household,
    },
    programmes::Programmes,
    training::{
        Delegates, Training,
        graphql::{TrainingMutation, TrainingQuery},
        join_code::JoinLimits,
    },
};

use crate::app::TestApp;

type TestSchema = Schema<TrainingQuery, TrainingMutation, EmptySubscription>;

/// Everything up to training.
pub struct World {
    pub app: TestApp,
    pub areas: Areas,
    pub content: Content,
    pub auth: Auth,
    pub learning: Learning,
    pub training: Training,
    schema: TestSchema,
    made: AtomicU32,
}

/// Coverage is not of interest here.
struct NoLedger;

#[async_trait::async_trait]
impl Ledger for NoLedger {
    async fn settle(&self, _: &DatabaseTransaction, _: &Household, _: &TierDays) -> Result<()> {
        Ok(())
    }
}

/// A changed household changes what its person has to learn.
struct Follows(Learning);

#[async_trait::async_trait]
impl HouseholdChanged for Follows {
    async fn household_changed(&self, tx: &Tx, person: PersonId) -> Result<()> {
        let household = household(tx, person).await?.ok_or(Error::NotFound)?;
        self.0.household_changed(tx, &household).await
    }
}

const PASSWORD: &str = "bay con ca xanh";

impl World {
    pub async fn new(app: TestApp) -> Self {
        let (db, clock) = (app.db.clone(), app.clock.clone());
        let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/curriculum");
        let areas = Areas::open(db.clone(), clock.clone()).await.unwrap();
        if areas.atlas().is_empty() {
            let file = format!("{shipped}/admin_units.csv");
            areas.import(file.as_ref(), false).await.unwrap();
        }
        let content = Content::open(db.clone(), clock.clone()).await.unwrap();
        if content.catalogue().modules().is_empty() {
            let file = format!("{shipped}/curriculum.json");
            let read = import::read_files(file.as_ref()).unwrap();
            content.import(read, false).await.unwrap();
        }
        let programmes = Programmes::open(db.clone(), clock.clone(), content.clone());
        let delegates = Delegates::new(db.clone(), clock.clone(), areas.clone());
        let learning = Learning::new(
            db.clone(),
            clock.clone(),
            content.clone(),
            programmes.await.unwrap(),
            Arc::new(NoLedger),
            Arc::new(delegates),
        );
        let follows = Arc::new(Follows(learning.clone()));
        let people = People::new(db.clone(), clock.clone(), areas.clone(), follows).unwrap();
        let limits = RateLimits::default();
        let auth = Auth::new(db.clone(), clock.clone(), areas.clone(), people, limits);
        let training = Training::new(
            db,
            clock,
            areas.clone(),
            content.clone(),
            auth.audit().clone(),
            JoinLimits::default(),
        );
        let (query, mutation) = Default::default();
        let schema = Schema::build(query, mutation, EmptySubscription);
        Self {
            schema: schema.data(training.clone()).finish(),
            app,
            areas,
            content,
            auth,
            learning,
            training,
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

    /// A module with published lessons.
    pub fn module(&self, code: &str) -> Module {
        self.content
            .catalogue()
            .module_by_code(code)
            .unwrap()
            .as_ref()
            .clone()
    }

    pub fn module_id(&self, code: &str) -> ModuleId {
        self.module(code).id
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
        self.auth.sign_in(told, None).await.unwrap().1
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
                tiers: "{}".to_owned(),
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

    /// Asks as somebody.
    pub async fn ask(&self, viewer: Option<&Viewer>, document: &str, variables: Value) -> Value {
        let mut request = Request::new(document).variables(Variables::from_json(variables));
        if let Some(viewer) = viewer {
            request = request.data(viewer.clone());
        }
        let answer = self.schema.execute(request).await;
        serde_json::to_value(answer).unwrap()
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
