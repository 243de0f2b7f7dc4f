//! One invented family after the other: who they are and where they live.

use std::{ops::Range, sync::Arc};

use chrono::{DateTime, Duration, Months, NaiveDate, Utc};
use entity::{
    caregiving, child, child_disability, consent,
    disability::Disability,
    ids::{AccountId, PersonId},
    person, person_audience, residence,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use super::{Generate, accounts::Accounts, block::Block, homes::Homes};
use crate::{
    app::App,
    clock::day_in_viet_nam,
    content::Catalogue,
    coverage::{children::ChildCount, counters::first_of_month, population::Counted},
    messages::Language,
    people::{
        consent::ConsentText,
        household::{
            Audience, AudienceSpell, Basis, Channel, Child, Consent, DisabilitySpell, Household,
            Purpose, Residence, Sex,
        },
        name,
        registration::bucket,
    },
    programmes::Rulebook,
};

/// Makes families, each from its number and the seed alone.
pub struct Maker {
    /// How many.
    pub caregivers: u32,
    pub(super) events_each: u32,
    seed: u64,
    homes: Homes,
    first_at: DateTime<Utc>,
    pub(super) now: DateTime<Utc>,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) rulebook: Arc<Rulebook>,
    pub(super) counted: Vec<Counted>,
    pub(super) child_counts: Vec<ChildCount>,
    texts: Vec<ConsentText>,
    /// Accounts of the first caregivers, by their number.
    pub(super) own: Vec<AccountId>,
    /// The account that recorded for the others.
    pub(super) recorder: AccountId,
}

/// Chances, one in so many.
const WITH_DISABILITY: u32 = 4;
const WITHOUT_STATISTICS: u32 = 20;

const PURPOSES: [Purpose; 4] = [
    Purpose::LearningRecord,
    Purpose::ChildProfile,
    Purpose::DisabilityData,
    Purpose::Statistics,
];

impl Maker {
    /// Gets ready to make the population asked for, the first of it recorded at an instant.
    pub fn new(
        app: &App,
        generate: &Generate,
        homes: Homes,
        first_at: DateTime<Utc>,
        accounts: &Accounts,
    ) -> Self {
        Self {
            caregivers: generate.caregivers,
            events_each: generate.events_each,
            seed: generate.seed,
            homes,
            first_at,
            now: app.clock.now(),
            catalogue: app.content.catalogue(),
            rulebook: app.programmes.rulebook(),
            counted: app.coverage.counted(),
            child_counts: app.coverage.child_counts(),
            texts: app
                .people
                .consent_texts()
                .current(Language::Vietnamese)
                .cloned()
                .collect(),
            own: accounts.of_caregivers(),
            recorder: accounts.recorder(),
        }
    }

    /// The person of a number: always the same.
    pub fn person(&self, number: u32) -> PersonId {
        PersonId(self.id(&mut self.chance(number), number))
    }

    /// When the family of a number is recorded: evenly from the first instant until a month ago.
    pub fn recorded_at(&self, number: u32) -> DateTime<Utc> {
        let span = (self.now - self.first_at - Duration::days(30))
            .num_seconds()
            .max(0);
        let part = span * i64::from(number) / i64::from(self.caregivers.max(1));
        self.first_at + Duration::seconds(part)
    }

    fn chance(&self, number: u32) -> StdRng {
        StdRng::seed_from_u64(self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(number))
    }

    /// Ids in the order of writing, so that indexes grow at one end, as they do when people come one by one.
    pub(super) fn id(&self, chance: &mut StdRng, number: u32) -> Uuid {
        let millis = u64::try_from(self.recorded_at(number).timestamp_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &chance.random()).into_uuid()
    }

    /// The families of some numbers.
    pub fn block(&self, numbers: Range<u32>) -> Block {
        let mut block = Block::default();
        for number in numbers {
            let chance = &mut self.chance(number);
            if let Some(household) = self.household(chance, number, &mut block) {
                self.learning(chance, number, &household, &mut block);
            }
        }
        block
    }

    fn household(&self, chance: &mut StdRng, number: u32, block: &mut Block) -> Option<Household> {
        let person = PersonId(self.id(chance, number));
        let bucket = bucket(person);
        let home = self.homes.draw(chance)?;
        let at = match home.since {
            Some(since) => self
                .recorded_at(number)
                .max(since.and_hms_opt(0, 0, 0)?.and_utc()),
            None => self.recorded_at(number),
        };
        let on = day_in_viet_nam(at);
        let full_name = format!("Gia đình số {}", number + 1);
        block.people.push(person::Model {
            person_id: person,
            bucket,
            name_sort_key: name::sort_key(&full_name),
            full_name: full_name.clone(),
            exclude_from_reporting: false,
            created_at: at,
        });
        let audience = Audience::Caregiver;
        block.audiences.push(person_audience::Model {
            person_id: person,
            bucket,
            audience,
            from_on: on,
            to_on: None,
        });
        block.residences.push(residence::Model {
            residence_id: self.id(chance, number).into(),
            person_id: person,
            bucket,
            area_id: home.area,
            atom_id: home.atom,
            from_on: on,
            to_on: None,
        });
        let disabled = chance.random_ratio(1, WITH_DISABILITY);
        let count = chance.random_range(1..=2);
        let mut children: Vec<Child> = (0..count)
            .map(|at| self.child(chance, number, on, disabled && at == 0))
            .collect();
        // As the household is read again: children of one day by id.
        children.sort_by_key(|child| child.id);
        children
            .iter()
            .for_each(|child| write_child(child, person, bucket, block));
        let silent = chance.random_ratio(1, WITHOUT_STATISTICS);
        let given = PURPOSES
            .into_iter()
            .filter(|purpose| !(silent && *purpose == Purpose::Statistics));
        let consents = given
            .filter_map(|purpose| self.consent(chance, number, purpose, at))
            .map(|row| {
                let row = consent::Model {
                    person_id: person,
                    bucket,
                    ..row
                };
                let consent = Consent {
                    id: row.consent_id,
                    purpose: row.purpose,
                    text_version: row.text_version.clone(),
                    language: row.language.clone(),
                    channel: row.channel,
                    given_at: row.given_at,
                    withdrawn_at: None,
                };
                block.consents.push(row);
                consent
            });
        Some(Household {
            person,
            bucket,
            full_name,
            exclude_from_reporting: false,
            audiences: vec![AudienceSpell {
                audience,
                from_on: on,
                to_on: None,
            }],
            residences: vec![Residence {
                area: home.area,
                atom: home.atom,
                from_on: on,
                to_on: None,
            }],
            consents: consents.collect(),
            children,
        })
    }

    fn child(&self, chance: &mut StdRng, number: u32, on: NaiveDate, disabled: bool) -> Child {
        let age = Months::new(chance.random_range(0..96));
        let kinds = [
            Disability::Mobility,
            Disability::HearingSpeech,
            Disability::Vision,
            Disability::NeuroMental,
            Disability::Intellectual,
            Disability::Other,
        ];
        let kind = kinds.get(chance.random_range(0..kinds.len())).copied();
        let spell = DisabilitySpell {
            id: self.id(chance, number).into(),
            disability: kind,
            degree: None,
            basis: Basis::Screening,
            recorded_on: on,
            removed_on: None,
        };
        Child {
            id: self.id(chance, number).into(),
            nickname: None,
            born_month: on.checked_sub_months(age).map(first_of_month),
            due_month: None,
            sex: Some(if chance.random() {
                Sex::Female
            } else {
                Sex::Male
            }),
            premature_weeks: None,
            from_on: on,
            to_on: None,
            recorded_on: on,
            removed_on: None,
            disabilities: if disabled { vec![spell] } else { Vec::new() },
        }
    }

    fn consent(
        &self,
        chance: &mut StdRng,
        number: u32,
        purpose: Purpose,
        at: DateTime<Utc>,
    ) -> Option<consent::Model> {
        let text = self.texts.iter().find(|text| text.purpose == purpose)?;
        Some(consent::Model {
            consent_id: self.id(chance, number).into(),
            person_id: PersonId(Uuid::nil()),
            bucket: 0,
            purpose,
            text_version: text.version.clone(),
            text_hash: text.hash.clone(),
            language: text.language.tag().to_owned(),
            channel: Channel::Paper,
            given_by: None,
            given_at: at,
            withdrawn_at: None,
        })
    }
}

fn write_child(child: &Child, person: PersonId, bucket: i32, block: &mut Block) {
    block.children.push(child::Model {
        child_id: child.id,
        bucket,
        nickname: child.nickname.clone(),
        born_month: child.born_month,
        due_month: child.due_month,
        sex: child.sex,
        premature_weeks: child.premature_weeks,
        recorded_on: child.recorded_on,
        removed_on: child.removed_on,
    });
    block.care.push(caregiving::Model {
        person_id: person,
        child_id: child.id,
        bucket,
        from_on: child.from_on,
        to_on: None,
    });
    block.disabilities.extend(
        child
            .disabilities
            .iter()
            .map(|spell| child_disability::Model {
                child_disability_id: spell.id,
                child_id: child.id,
                bucket,
                disability: spell.disability,
                degree: spell.degree,
                basis: spell.basis,
                recorded_on: spell.recorded_on,
                removed_on: None,
            }),
    );
}
