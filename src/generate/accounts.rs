//! Who of an invented population is signed in: caregivers, a supervisor of the country, and trainers with groups.

use std::sync::Arc;

use chrono::Duration;
use entity::{
    account::{self, AccountState},
    account_login, assignment, group_member,
    ids::{AccountId, GroupId, ModuleId, PersonId},
    session,
    standing::StandingKind,
    training_group,
};
use rand::{SeedableRng, rngs::StdRng};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{
    Generate,
    block::Block,
    family::Maker,
    homes::{Home, Homes},
};
use crate::{
    app::App,
    auth::{GrantStanding, NewAccount, SignUp, Target},
    content::{Catalogue, catalogue::Module},
    error::{Error, Result},
    people::household::{Audience, Channel, Purpose},
};

/// Caregivers in a group.
const GROUP: u32 = 50;
/// Lessons that a group is to learn, at least.
const LESSONS: usize = 20;
/// For how long tokens are good: long enough to measure.
const GOOD_FOR: Duration = Duration::days(30);

/// Accounts of an invented population.
pub struct Accounts {
    caregivers: Vec<AccountId>,
    trainers: Vec<Trainer>,
    supervisor: Somebody,
    tokens: Vec<String>,
}

/// A trainer and her group.
struct Trainer {
    who: Somebody,
    group: GroupId,
    home: Home,
    first_member: u32,
}

#[derive(Clone, Copy)]
struct Somebody {
    account: AccountId,
    person: PersonId,
}

/// A line of the file of tokens.
#[derive(serde::Serialize)]
struct Line<'a> {
    standing: &'a str,
    token: &'a str,
    person: PersonId,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<GroupId>,
}

impl Accounts {
    /// Makes the accounts of those who are not counted, and ids for the others.
    ///
    /// # Errors
    /// When the database refuses an account, or there is no commune to live in.
    pub async fn plan(app: &App, generate: &Generate, homes: &Homes) -> Result<Self> {
        let country = app.areas.atlas().country().ok_or_else(nowhere)?;
        let mut chance = StdRng::seed_from_u64(generate.seed);
        let mut enrol = async |login: String, kind: StandingKind| -> Result<(Somebody, Home)> {
            let home = homes.draw(&mut chance).ok_or_else(nowhere)?;
            let who = create(app, &login, home).await?;
            let to = Target::Login(login);
            let asked = GrantStanding {
                id: None,
                to,
                kind,
                area: country,
                from_on: None,
                to_on: None,
            };
            app.auth.grant(asked).await?;
            Ok((who, home))
        };
        let (supervisor, _) =
            enrol("generated-supervisor".to_owned(), StandingKind::Supervisor).await?;
        let groups = generate.groups.min(generate.caregivers / GROUP);
        let mut trainers = Vec::new();
        for number in 0..groups {
            let (who, home) =
                enrol(format!("generated-trainer-{number}"), StandingKind::Trainer).await?;
            trainers.push(Trainer {
                who,
                home,
                group: app.clock.id(),
                first_member: number * GROUP,
            });
        }
        app.auth.audit().flush().await?;
        let caregivers = (0..generate.accounts.min(generate.caregivers))
            .map(|_| app.clock.id())
            .collect();
        Ok(Self {
            caregivers,
            trainers,
            supervisor,
            tokens: Vec::new(),
        })
    }

    /// Accounts of the first caregivers, in their order.
    pub fn of_caregivers(&self) -> Vec<AccountId> {
        self.caregivers.clone()
    }

    /// The account that recorded for people without one.
    pub fn recorder(&self) -> AccountId {
        self.trainers
            .first()
            .map_or(self.supervisor, |trainer| trainer.who)
            .account
    }

    /// The rows of accounts, sessions and groups, once the people are there. One password nobody knows for all.
    ///
    /// # Errors
    /// When no password can be hashed.
    pub async fn rows(&mut self, app: &App, maker: &Maker) -> Result<Block> {
        let now = app.clock.now();
        let password_hash = app.auth.unknown_password().await?;
        let mut block = Block::default();
        let people = (0..).map(|number| maker.person(number));
        for (number, (account_id, person_id)) in
            self.caregivers.clone().into_iter().zip(people).enumerate()
        {
            let (password_hash, state) = (password_hash.clone(), AccountState::Active);
            block.accounts.push(account::Model {
                account_id,
                person_id,
                password_hash,
                state,
                created_at: now,
            });
            block.logins.push(account_login::Model {
                login: format!("generated-{number}"),
                account_id,
            });
            let who = Somebody {
                account: account_id,
                person: person_id,
            };
            block
                .sessions
                .push(self.sign_in(app, "caregiver", who, None)?);
        }
        let trainers: Vec<_> = self
            .trainers
            .iter()
            .map(|trainer| (trainer.who, trainer.group))
            .collect();
        for (who, group) in trainers {
            block
                .sessions
                .push(self.sign_in(app, "trainer", who, Some(group))?);
        }
        block
            .sessions
            .push(self.sign_in(app, "supervisor", self.supervisor, None)?);
        let modules = modules(&app.content.catalogue());
        for (number, trainer) in self.trainers.iter().enumerate() {
            let group_id = trainer.group;
            block.groups.push(training_group::Model {
                group_id,
                area_id: trainer.home.area,
                name: format!("Nhóm số {}", number + 1),
                trainer_account_id: trainer.who.account,
                join_code_expires_at: None,
                join_code: None,
                starts_on: None,
                ends_on: None,
                language: None,
                created_at: now,
                archived_at: None,
                revision: 0,
                shape_revision: 0,
            });
            let numbers = trainer.first_member..trainer.first_member + GROUP;
            block
                .members
                .extend(numbers.map(|number| group_member::Model {
                    group_member_id: app.clock.id(),
                    group_id,
                    person_id: maker.person(number),
                    joined_on: app.clock.today(),
                    left_on: None,
                    left_reason: None,
                    joined_how: None,
                    moved_to: None,
                    revision: 0,
                    learned_revision: 0,
                }));
            block
                .assignments
                .extend(modules.iter().map(|module_id| assignment::Model {
                    assignment_id: app.clock.id(),
                    group_id,
                    module_id: *module_id,
                    due_on: app.clock.today() + Duration::days(90),
                    assigned_by: trainer.who.account,
                    assigned_at: now,
                    withdrawn_at: None,
                    lesson_id: None,
                    person_id: None,
                    note: None,
                    releases: None,
                }));
        }
        Ok(block)
    }

    /// Opens a session and keeps its access token for the file.
    fn sign_in(
        &mut self,
        app: &App,
        standing: &str,
        who: Somebody,
        group: Option<GroupId>,
    ) -> Result<session::Model> {
        let (session, token) = app.auth.open_session(who.account, GOOD_FOR);
        let line = Line {
            standing,
            token: token.expose_secret(),
            person: who.person,
            group,
        };
        self.tokens
            .push(serde_json::to_string(&line).map_err(Error::internal)?);
        Ok(session)
    }

    /// The access tokens, a JSON object a line.
    pub fn tokens(&self) -> String {
        self.tokens
            .iter()
            .fold(String::new(), |text, line| text + line + "\n")
    }
}

/// The first modules that have enough lessons together.
fn modules(catalogue: &Catalogue) -> Vec<ModuleId> {
    let mut lessons = 0;
    let enough = |module: &&Arc<Module>| {
        let so_far = lessons;
        lessons += catalogue.published_of(module).count();
        so_far < LESSONS
    };
    catalogue
        .modules()
        .iter()
        .take_while(enough)
        .map(|module| module.id)
        .collect()
}

fn nowhere() -> Error {
    Error::internal("this database has no areas: load what the product ships first")
}

/// Somebody who is not counted.
async fn create(app: &App, login: &str, home: Home) -> Result<Somebody> {
    let sign_up = SignUp {
        id: None,
        login: login.to_owned(),
        // Nobody signs in with it: the file of tokens is the way in.
        password: SecretString::from(app.clock.id::<Uuid>().to_string()),
        full_name: format!("Tài khoản {login}"),
        area: home.area,
        audiences: vec![Audience::Staff],
        consents: vec![Purpose::LearningRecord],
        text_version: None,
        language: "vi".to_owned(),
        device: None,
    };
    let new = NewAccount {
        sign_up,
        channel: Channel::Paper,
        exclude_from_reporting: true,
    };
    let (account, person) = app.auth.create_account(new).await?;
    Ok(Somebody { account, person })
}
