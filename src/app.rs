//! The product put together: every feature opened in the order in which they build on each other.

use std::sync::{Arc, OnceLock};

use entity::ids::PersonId;
use include_dir::{Dir, include_dir};

use crate::{
    areas::{AreaChanges, Areas},
    auth::{Auth, rate::RateLimits},
    clock::Clock,
    config::Settings,
    content::{self, Content, media::Media},
    coverage::{Coverage, PopulationsChanged},
    db::{Db, Tx},
    error::{Error, Result},
    learning::{Learning, package::Packages},
    notices::{self, Notices, PasswordsChanged},
    people::{HouseholdChanged, People, store::household},
    programmes::{self, Programmes},
    reports::Reports,
    training::{Delegates, Foundations, Training, concerned::Audience, join_code::JoinLimits},
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
    /// Pictures, sounds and films, and the files that are served.
    pub media: Media,
    /// Programmes, indicators, targets, denominators.
    pub programmes: Programmes,
    /// Events, states, tiers.
    pub learning: Learning,
    /// Offline packages.
    pub packages: Packages,
    /// Groups and assignments.
    pub training: Training,
    /// Coverage.
    pub coverage: Coverage,
    /// Reports that go upward.
    pub reports: Reports,
    /// What people are told.
    pub notices: Notices,
    /// Where the code of a certificate leads to; the code is appended.
    pub certificate_url: Option<String>,
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
        let areas = Areas::open(db.clone(), clock.clone()).await?;
        let content = Content::open(db.clone(), clock.clone()).await?;
        Self::open_on(areas, content, (db, clock), settings).await
    }

    /// [`App::open`] with the areas and the curriculum open already.
    ///
    /// # Errors
    /// As there.
    pub async fn open_on(
        areas: Areas,
        content: Content,
        (db, clock): (Db, Clock),
        settings: &Settings,
    ) -> Result<Self> {
        let followers = Arc::new(Followers(OnceLock::new()));
        let people = People::new(db.clone(), clock.clone(), areas.clone(), followers.clone())?;
        let auth = Auth::new(
            db.clone(),
            clock.clone(),
            areas.clone(),
            people.clone(),
            RateLimits::default(),
        );
        auth.load_key().await?;
        let media = Media::new(db.clone(), clock.clone(), settings)?;
        if !content.show(media.clone()) {
            return Err(Error::internal("opened twice"));
        }
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
        if !content.follow(Arc::new(Audience::new(db.clone()))) {
            return Err(Error::internal("opened twice"));
        }
        if followers.0.set(learning.clone()).is_err() {
            return Err(Error::internal("opened twice"));
        }
        let packages = Packages::new(db.clone(), clock.clone(), learning.clone(), media.clone());
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
        let reports = Reports::new(
            db.clone(),
            clock.clone(),
            areas.clone(),
            programmes.clone(),
            coverage.clone(),
            auth.audit().clone(),
        );
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
                Arc::new(reports.clone()),
            ],
        );
        let told = notices::Foundations {
            db: db.clone(),
            clock: clock.clone(),
            areas: areas.clone(),
            auth: auth.clone(),
            content: content.clone(),
            learning: learning.clone(),
            training: training.clone(),
            reports: reports.clone(),
        };
        let notices = Notices::open(told, settings)?;
        let passwords = Arc::new(PasswordsChanged::default());
        if !passwords.fill(notices.clone()) || !auth.follow(passwords) {
            return Err(Error::internal("opened twice"));
        }
        // Whoever holds data on people, in the order of the features.
        let held = auth.hold(vec![
            Arc::new(people.clone()),
            Arc::new(auth.clone()),
            Arc::new(content.clone()),
            Arc::new(programmes.clone()),
            Arc::new(learning.clone()),
            Arc::new(training.clone()),
            Arc::new(coverage.clone()),
            Arc::new(reports.clone()),
            Arc::new(notices.clone()),
        ]);
        if !held {
            return Err(Error::internal("opened twice"));
        }
        Ok(Self {
            db,
            clock,
            areas,
            area_changes,
            people,
            auth,
            content,
            media,
            programmes,
            learning,
            packages,
            training,
            coverage,
            reports,
            notices,
            certificate_url: settings.certificate_url.clone(),
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
