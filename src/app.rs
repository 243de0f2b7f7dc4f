//! The product put together: every feature opened in the order in which they build on each other.

use std::sync::{Arc, OnceLock};

use entity::ids::PersonId;
use include_dir::{Dir, include_dir};

use crate::{
    areas::{AreaChanges, Areas},
    auth::{Auth, rate::RateLimits},
    clock::Clock,
    config::Settings,
    content::{self, Content},
    coverage::{Coverage, PopulationsChanged},
    db::{Db, Tx},
    error::{Error, Result},
    learning::Learning,
    people::{HouseholdChanged, People, store::household},
    programmes::{self, Programmes},
    reports::Reports,
    training::{Delegates, Foundations, Training, join_code::JoinLimits},
};

/// What the product ships: areas, curriculum and programmes, inside the binary.
static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/curriculum");

/// Every feature. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Areas.
    pub areas: Areas,
    /// Changes of areas.
    pub area_changes: AreaChanges,
    /// Persons, children, consents.
    pub people: People,
    /// Accounts, sessions, standings.
    pub auth: Auth,
    /// Lessons and quizzes.
    pub content: Content,
    /// Programmes, indicators, targets, denominators.
    pub programmes: Programmes,
    /// Events, states, tiers.
    pub learning: Learning,
    /// Groups and assignments.
    pub training: Training,
    /// Coverage.
    pub coverage: Coverage,
    /// Reports that go upward.
    pub reports: Reports,
}

/// Carries a changed household on to learning. Filled once learning is open: people come first in the order.
struct Followers(OnceLock<Learning>);

#[async_trait::async_trait]
impl HouseholdChanged for Followers {
    async fn household_changed(&self, tx: &Tx, person: PersonId) -> Result<()> {
        let learning = self
            .0
            .get()
            .ok_or_else(|| Error::internal("learning is not open yet"))?;
        let household = household(tx, person).await?.ok_or(Error::NotFound)?;
        learning.household_changed(tx, &household).await
    }
}

impl App {
    /// Opens every feature on a database that has its tables.
    ///
    /// # Errors
    /// When the database does not answer, or holds what cannot be read.
    pub async fn open(db: Db, clock: Clock, settings: &Settings) -> Result<Self> {
        let followers = Arc::new(Followers(OnceLock::new()));
        let areas = Areas::open(db.clone(), clock.clone()).await?;
        let people = People::new(db.clone(), clock.clone(), areas.clone(), followers.clone())?;
        let auth = Auth::new(
            db.clone(),
            clock.clone(),
            areas.clone(),
            people.clone(),
            RateLimits::default(),
        );
        let content = Content::open(db.clone(), clock.clone()).await?;
        let programmes = Programmes::open(db.clone(), clock.clone(), content.clone()).await?;
        let coverage = Coverage::new(
            db.clone(),
            clock.clone(),
            areas.clone(),
            programmes.clone(),
            (settings.disclosure_threshold, settings.jump_percent),
        )?;
        if !programmes.follow(Arc::new(PopulationsChanged)) {
            return Err(Error::internal("opened twice"));
        }
        let learning = Learning::new(
            (db.clone(), clock.clone()),
            (areas.clone(), auth.audit().clone()),
            content.clone(),
            programmes.clone(),
            Arc::new(coverage.clone()),
            Arc::new(Delegates::new(
                (db.clone(), clock.clone()),
                areas.clone(),
                content.clone(),
            )),
        );
        if followers.0.set(learning.clone()).is_err() {
            return Err(Error::internal("opened twice"));
        }
        let foundations = Foundations {
            db: db.clone(),
            clock: clock.clone(),
            areas: areas.clone(),
            people: people.clone(),
            auth: auth.clone(),
            content: content.clone(),
            learning: learning.clone(),
        };
        let training = Training::new(foundations, JoinLimits::default());
        let area_changes = AreaChanges::new(
            db.clone(),
            clock.clone(),
            areas.clone(),
            vec![
                Arc::new(people.clone()),
                Arc::new(auth.clone()),
                Arc::new(programmes.clone()),
                Arc::new(training.clone()),
                Arc::new(coverage.clone()),
            ],
        );
        let reports = Reports::new(
            db.clone(),
            clock.clone(),
            areas.clone(),
            programmes.clone(),
            coverage.clone(),
            auth.audit().clone(),
        );
        Ok(Self {
            db,
            clock,
            areas,
            area_changes,
            people,
            auth,
            content,
            programmes,
            learning,
            training,
            coverage,
            reports,
        })
    }

    /// Loads what the product ships. Loading it again changes nothing.
    ///
    /// # Errors
    /// When the database refuses, or the binary was built from damaged files.
    pub async fn load_shipped(&self) -> Result<()> {
        let areas = SHIPPED
            .get_file("admin_units.csv")
            .map(|file| file.contents().to_vec());
        self.areas
            .import_bytes("admin_units.csv", areas.unwrap_or_default(), false)
            .await?;
        let curriculum =
            content::import::read("curriculum.json", shipped("curriculum.json")?, &|body| {
                shipped(&format!("lessons/{body}"))
                    .map(str::to_owned)
                    .map_err(|error| error.to_string())
            });
        self.content
            .import(curriculum.map_err(Error::internal)?, false)
            .await?;
        let atlas = self.areas.atlas();
        let programmes = programmes::import::read(
            "programme_targets.json",
            shipped("programme_targets.json")?,
            &programmes::by_code(&atlas),
        );
        self.programmes
            .import(programmes.map_err(Error::internal)?, false)
            .await?;
        Ok(())
    }
}

fn shipped(name: &str) -> Result<&'static str> {
    let file = SHIPPED.get_file(name).and_then(|file| file.contents_utf8());
    file.ok_or_else(|| Error::internal(format!("the binary ships no {name}")))
}
