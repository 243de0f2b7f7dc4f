//! The demo: real areas, programmes and lessons, invented families, and a sign-in for every standing.
//!
//! Everything invented says so ("Gia đình mẫu", "số liệu mẫu"). The families were recorded some months ago and
//! have learned since, so that there is something to see.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{
    area::AreaLevel,
    child_disability::Basis,
    denominator::DenominatorStatus,
    disability::Disability,
    ids::{AccountId, AreaId},
    standing::StandingKind,
};
use secrecy::SecretString;

mod reports;

use super::{say, serve};
use crate::{
    app::App,
    auth::{GrantStanding, NewAccount, SignUp, Target, capability::Learner},
    clock::Clock,
    config::Settings,
    error::{Error, Result},
    installation::{self, Purpose as MadeFor},
    learning::{devices::Sender, intake::Upload},
    people::{
        child::{NewDisability, SaveChild},
        household::{Audience, Channel, Purpose},
    },
    programmes::denominators::Entry,
};

/// A ward of today in the territory of the former town of Thuận An: Thuận An itself.
const WARD_OF_THUAN_AN: &str = "25978";
/// The province that was Bạc Liêu until 30 June 2025.
const BAC_LIEU: &str = "95";
const LAST_DAY_OF_BAC_LIEU: (i32, u32, u32) = (2025, 6, 30);
/// Families in each of the two communes, and staff.
const FAMILIES: usize = 30;
const STAFF: usize = 6;
/// Days ago on which the families were recorded.
const RECORDED_DAYS_AGO: u64 = 120;

/// A sample account.
struct Sample {
    standing: &'static str,
    login: &'static str,
    area: AreaId,
}

/// Makes the demo if it is not there yet, prints the sign-ins, and serves.
pub(super) async fn run(mut settings: Settings) -> Result<()> {
    if !settings.listen.ip().is_loopback() {
        return Err(Error::internal(
            "a demo listens on this machine only: set VUN_LISTEN to a loopback address",
        ));
    }
    settings.introspection = true;
    let db = super::connect(&settings).await?;
    installation::check_fit_for_demo(&db).await?;
    db.close().await?;
    let app = super::open(&settings).await?;
    installation::mark(&app.db, MadeFor::Demo).await?;
    app.load_shipped().await?;
    let samples = Samples::find(&app)?;
    samples.record(&settings, &app).await?;
    for Sample {
        standing,
        login,
        area,
    } in samples.accounts()
    {
        say(&format!(
            "sign-in {standing} {login} {} area {area}",
            password(login)
        ))?;
    }
    say(&format!("GraphQL at http://{}/graphql", settings.listen))?;
    serve::listen(&settings, app).await
}

/// Passwords of a demo are no secret.
fn password(login: &str) -> String {
    format!("vun-{login}-2026")
}

/// Where the sample families live.
struct Samples {
    ward: AreaId,
    commune: AreaId,
    province: AreaId,
    country: AreaId,
}

impl Samples {
    fn find(app: &App) -> Result<Self> {
        let (atlas, today) = (app.areas.atlas(), app.clock.today());
        let missing = |what: &str| Error::internal(format!("the shipped areas lack {what}"));
        let ward = atlas
            .by_code(WARD_OF_THUAN_AN, Some(AreaLevel::Commune), today)
            .first()
            .copied();
        let (year, month, day) = LAST_DAY_OF_BAC_LIEU;
        let then = NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
        let bac_lieu = atlas
            .by_code(BAC_LIEU, Some(AreaLevel::Province), then)
            .first()
            .copied();
        let bac_lieu = bac_lieu.ok_or_else(|| missing("Bạc Liêu"))?;
        let province = atlas
            .current_successors(bac_lieu, today)
            .areas
            .first()
            .copied();
        let province = province.ok_or_else(|| missing("what Bạc Liêu became"))?;
        let was_in_bac_lieu = |commune: &AreaId| {
            let forerunners = atlas.predecessors(*commune);
            !forerunners.is_empty()
                && forerunners
                    .iter()
                    .all(|old| atlas.ancestors(*old, then).contains(&bac_lieu))
        };
        let commune = atlas
            .children(province, today)
            .into_iter()
            .find(was_in_bac_lieu);
        Ok(Self {
            ward: ward.ok_or_else(|| missing("the ward of Thuận An"))?,
            commune: commune.ok_or_else(|| missing("a commune of the former Bạc Liêu"))?,
            province,
            country: atlas.country().ok_or_else(|| missing("the country"))?,
        })
    }

    fn accounts(&self) -> Vec<Sample> {
        let sample = |standing, login, area| Sample {
            standing,
            login,
            area,
        };
        vec![
            sample("caregiver", "gia-dinh-mau-1", self.commune),
            sample("staff", "can-bo-mau-1", self.commune),
            sample("trainer", "huong-dan-vien-mau", self.commune),
            sample("supervisor", "giam-sat-xa-mau", self.commune),
            sample("supervisor", "giam-sat-tinh-mau", self.province),
            sample("supervisor", "giam-sat-nuoc-mau", self.country),
            sample("editor", "bien-tap-mau", self.country),
            sample("administrator", "quan-tri-mau", self.country),
        ]
    }

    /// Records families, accounts, standings and a register, unless they are there.
    async fn record(&self, settings: &Settings, app: &App) -> Result<()> {
        if app.auth.account_named("quan-tri-mau").await?.is_some() {
            return Ok(());
        }
        let then =
            app.clock.now() - Duration::days(i64::try_from(RECORDED_DAYS_AGO).unwrap_or_default());
        let past = serve::open_at(settings, app, Clock::set_to(then)).await?;
        self.enter_register(app).await?;
        for (at, place) in [self.commune, self.ward].into_iter().enumerate() {
            for number in 1..=FAMILIES {
                let family = at * FAMILIES + number;
                self.record_family(&past, app, family, place, then).await?;
            }
            for number in 1..=STAFF {
                let staff = at * STAFF + number;
                let login = format!("can-bo-mau-{staff}");
                create(
                    &past,
                    &login,
                    &format!("Cán bộ mẫu {staff}"),
                    place,
                    Audience::Staff,
                    false,
                )
                .await?;
            }
        }
        for Sample {
            standing,
            login,
            area,
        } in self.accounts()
        {
            let kind = match standing {
                "trainer" => StandingKind::Trainer,
                "supervisor" => StandingKind::Supervisor,
                "editor" => StandingKind::Editor,
                "administrator" => StandingKind::Administrator,
                _ => continue,
            };
            let name = format!("Tài khoản mẫu {login}");
            create(&past, login, &name, self.commune, Audience::Staff, true).await?;
            let to = Target::Login(login.to_owned());
            let asked = GrantStanding {
                id: None,
                to,
                kind,
                area,
                from_on: None,
                to_on: None,
            };
            past.auth.grant(asked).await?;
        }
        past.coverage.fold().await?;
        app.coverage.fold().await?;
        reports::record(app, self.commune, self.province).await?;
        past.auth.audit().flush().await
    }

    /// One family: every child has a disability in the first third, the others have a young child.
    async fn record_family(
        &self,
        past: &App,
        app: &App,
        number: usize,
        place: AreaId,
        then: DateTime<Utc>,
    ) -> Result<()> {
        let login = format!("gia-dinh-mau-{number}");
        let name = format!("Gia đình mẫu {number}");
        let account = create(past, &login, &name, place, Audience::Caregiver, false).await?;
        let learner = past.auth.learner(account).await?;
        let months = u32::try_from(6 + (number * 7) % 80).unwrap_or(6);
        let born = then
            .date_naive()
            .checked_sub_months(chrono::Months::new(months))
            .unwrap_or_default();
        let with_disability = number % 3 == 1;
        let kinds = [
            Disability::Mobility,
            Disability::HearingSpeech,
            Disability::Intellectual,
        ];
        let kind = kinds.get(number % kinds.len()).copied();
        let disability = NewDisability {
            disability: kind,
            degree: None,
            basis: Basis::Screening,
        };
        let child = SaveChild {
            nickname: Some(format!("Bé mẫu {number}")),
            born_month: Some(crate::coverage::counters::first_of_month(born)),
            disabilities: with_disability.then(|| vec![disability]),
            ..SaveChild::default()
        };
        past.people.save_child(&learner, child).await?;
        // The first family is the one to try: it has everything before it.
        if number > 1 {
            learn(app, &learner, number, then).await?;
        }
        Ok(())
    }

    async fn enter_register(&self, app: &App) -> Result<()> {
        let rulebook = app.programmes.rulebook();
        let atlas = app.areas.atlas();
        let open = |area, day| atlas.is_valid(area, day);
        let year = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap_or_default();
        for code in ["D3", "E2C"] {
            let Some(indicator) = rulebook.indicator(code) else {
                continue;
            };
            for (area, value) in [
                (self.commune, 40),
                (self.ward, 45),
                (self.province, 900),
                (self.country, 60_000),
            ] {
                let entry = Entry {
                    area,
                    indicator: indicator.row.indicator_id,
                    period_from: year(1, 1),
                    period_to: year(12, 31),
                    value,
                    source: "Số liệu mẫu, không có thật".to_owned(),
                    status: DenominatorStatus::Estimate,
                };
                app.programmes.set_denominator(entry, None, &open).await?;
            }
        }
        Ok(())
    }
}

async fn create(
    app: &App,
    login: &str,
    name: &str,
    area: AreaId,
    audience: Audience,
    exclude_from_reporting: bool,
) -> Result<AccountId> {
    if let Some(account) = app.auth.account_named(login).await? {
        return Ok(account);
    }
    let sign_up = SignUp {
        id: None,
        login: login.to_owned(),
        password: SecretString::from(password(login)),
        full_name: name.to_owned(),
        area,
        audiences: vec![audience],
        consents: vec![
            Purpose::LearningRecord,
            Purpose::ChildProfile,
            Purpose::DisabilityData,
            Purpose::Statistics,
        ],
        text_version: None,
        language: "vi".to_owned(),
        device: None,
    };
    let new = NewAccount {
        sign_up,
        channel: Channel::Paper,
        exclude_from_reporting,
    };
    Ok(app.auth.create_account(new).await?.0)
}

/// Finishes the family's lessons up to a share that grows with its number, and passes quizzes of the best.
async fn learn(app: &App, learner: &Learner, number: usize, then: DateTime<Utc>) -> Result<()> {
    let catalogue = app.content.catalogue();
    let Some(record) = app.learning.record_of(learner).await? else {
        return Ok(());
    };
    let steps = app.learning.path(&record, None).await?;
    let finished = steps.len() * (number % 5) / 4;
    let day = |at: usize| {
        then + Duration::days(1) + Duration::hours(i64::try_from(at * 12).unwrap_or_default())
    };
    let upload = |kind: &str, at: usize| Upload {
        id: app.clock.id::<uuid::Uuid>().to_string(),
        kind: kind.to_owned(),
        occurred_at: Some(day(at).to_rfc3339()),
        ..Upload::default()
    };
    let mut uploads: Vec<Upload> = Vec::new();
    for (at, step) in steps.iter().take(finished).enumerate() {
        uploads.push(Upload {
            lesson: Some(step.lesson.to_string()),
            ..upload("COMPLETED", at)
        });
    }
    if finished == steps.len() {
        for module in catalogue.modules() {
            let right = |question: &crate::content::catalogue::Question| {
                let options = question.right_choices().map(|id| id.to_string()).collect();
                (question.id.to_string(), options)
            };
            let answers = module.questions.iter().map(right).collect();
            let quiz = upload("QUIZ_ANSWERED", finished);
            uploads.push(Upload {
                module: Some(module.id.to_string()),
                answers: Some(answers),
                ..quiz
            });
        }
    }
    for uploads in uploads.chunks(crate::learning::LARGEST_UPLOAD) {
        let sender = Sender {
            device: Some("máy mẫu".to_owned()),
            ..Sender::default()
        };
        app.learning
            .upload(learner, sender, uploads.to_vec())
            .await?;
    }
    Ok(())
}
