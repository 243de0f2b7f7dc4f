//! Recording a person: what must be told, what is refused, and the rows it becomes.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    area::AreaLevel,
    ids::{AccountId, AreaId, ConsentId, PersonId, ResidenceId},
};
use sha2::{Digest, Sha256};

use super::{
    consent::ConsentTexts,
    household::{Audience, Channel, Purpose},
    name,
};
use crate::{
    areas::Atlas,
    error::{Error, Result, UserError, UserErrorCode as Code},
    messages::Language,
};

/// Somebody to record.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Made by the client or by us.
    pub person: PersonId,
    /// As the person writes it.
    pub full_name: String,
    /// The commune the person lives in today.
    pub area: AreaId,
    /// As what the person is counted.
    pub audiences: Vec<Audience>,
    /// What the person consents to; nothing is taken for granted.
    pub consents: Vec<Purpose>,
    /// Version of the consent texts shown; the one in force when absent.
    pub text_version: Option<String>,
    /// Language of the consent texts shown.
    pub language: String,
    /// How the consents reached us.
    pub channel: Channel,
    /// Who enters it.
    pub given_by: Option<AccountId>,
    /// Testers never count.
    pub exclude_from_reporting: bool,
}

/// The rows of a person to record.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub(super) person: entity::person::Model,
    pub(super) audiences: Vec<entity::person_audience::Model>,
    pub(super) residence: entity::residence::Model,
    pub(super) consents: Vec<entity::consent::Model>,
    pub(super) particulars: entity::person_particulars::Model,
}

impl Recorded {
    /// Who.
    pub fn person_id(&self) -> PersonId {
        self.person.person_id
    }
}

/// When and with which fresh ids a person is recorded.
pub(super) struct Moment<'a> {
    pub now: DateTime<Utc>,
    pub today: NaiveDate,
    pub residence: ResidenceId,
    pub consent: &'a dyn Fn() -> ConsentId,
}

/// The number that keeps a family's rows together: from the first person's id, so that every server agrees.
pub fn bucket(person: PersonId) -> i32 {
    const BUCKETS: u16 = 1024;
    let [high, low, ..]: [u8; 32] = Sha256::digest(person.0.as_bytes()).into();
    i32::from(u16::from_be_bytes([high, low]) % BUCKETS)
}

/// Checks what was told.
///
/// # Errors
/// Everything the person can mend, all at once.
pub(super) fn check(
    told: &Registration,
    atlas: &Atlas,
    texts: &ConsentTexts,
    moment: &Moment<'_>,
) -> Result<Recorded> {
    let mut errors = Vec::new();
    let full_name = name::full_name(&told.full_name, "fullName")
        .map_err(|error| errors.push(error))
        .unwrap_or_default();
    if told.audiences.is_empty() {
        errors.push(UserError::new(
            Code::Required,
            "audiences",
            "audiences-required",
        ));
    }
    if let Err(error) = home(told.area, "areaId", atlas, moment.today) {
        errors.push(error);
    }
    if told.person.0.is_nil() {
        errors.push(UserError::new(Code::Invalid, "id", "id-invalid"));
    }
    let bucket = bucket(told.person);
    let mut consents = Vec::new();
    let mut purposes = told.consents.clone();
    purposes.sort_unstable();
    purposes.dedup();
    for purpose in purposes {
        let version = (told.text_version.as_deref(), "consentTextVersion");
        let row = consent_row(texts, purpose, version, &told.language);
        match row {
            Ok(row) => consents.push(entity::consent::Model {
                consent_id: (moment.consent)(),
                person_id: told.person,
                bucket,
                channel: told.channel,
                given_by: told.given_by,
                given_at: moment.now,
                ..row
            }),
            Err(error) => {
                errors.push(error);
                break;
            }
        }
    }
    if !errors.is_empty() {
        return Err(Error::User(errors));
    }
    let mut audiences = told.audiences.clone();
    audiences.sort_unstable();
    audiences.dedup();
    let audience = |audience| entity::person_audience::Model {
        person_id: told.person,
        bucket,
        audience,
        from_on: moment.today,
        to_on: None,
    };
    Ok(Recorded {
        audiences: audiences.into_iter().map(audience).collect(),
        residence: entity::residence::Model {
            residence_id: moment.residence,
            person_id: told.person,
            bucket,
            area_id: told.area,
            atom_id: entity::ids::root_atom(told.area),
            from_on: moment.today,
            to_on: None,
        },
        consents,
        particulars: entity::person_particulars::Model {
            person_id: told.person,
            bucket,
            name_fold: crate::fold::fold(&full_name),
            birth_year: None,
            phone: None,
        },
        person: entity::person::Model {
            person_id: told.person,
            bucket,
            name_sort_key: name::sort_key(&full_name),
            full_name,
            exclude_from_reporting: told.exclude_from_reporting,
            created_at: moment.now,
        },
    })
}

/// The text of a consent as the row that pins it; who gives it is filled in by the caller. `version` is the one
/// shown, the one in force when absent, with the field that tells it.
///
/// # Errors
/// A user error when there is no such text.
pub(super) fn consent_row(
    texts: &ConsentTexts,
    purpose: Purpose,
    version: (Option<&str>, &str),
    language: &str,
) -> std::result::Result<entity::consent::Model, UserError> {
    let Some(spoken) = Language::of_tag(language) else {
        return Err(UserError::new(
            Code::Invalid,
            "language",
            "consent-language-unknown",
        ));
    };
    let (version, version_field) = version;
    let version = version.unwrap_or(texts.current_version());
    let text = texts.find(purpose, version, spoken).ok_or_else(|| {
        UserError::new(Code::Invalid, version_field, "consent-text-unknown")
            .with("current", texts.current_version())
    })?;
    Ok(entity::consent::Model {
        consent_id: ConsentId(uuid::Uuid::nil()),
        person_id: PersonId(uuid::Uuid::nil()),
        bucket: 0,
        purpose,
        text_version: text.version.clone(),
        text_hash: text.hash.clone(),
        language: spoken.tag().to_owned(),
        channel: Channel::App,
        given_by: None,
        given_at: DateTime::UNIX_EPOCH,
        withdrawn_at: None,
    })
}

/// Whether somebody can be recorded as living in an area from today.
fn home(
    area: AreaId,
    field: &str,
    atlas: &Atlas,
    today: NaiveDate,
) -> std::result::Result<(), UserError> {
    let Some(found) = atlas.area(area) else {
        return Err(UserError::new(Code::NotFound, field, "area-unknown"));
    };
    if found.level != AreaLevel::Commune {
        return Err(UserError::new(Code::Invalid, field, "area-not-commune"));
    }
    if atlas.is_open(area, today) {
        return Ok(());
    }
    let successors = atlas.current_successors(area, today);
    let names: Vec<_> = successors
        .areas
        .into_iter()
        .map(|successor| atlas.name(successor, today))
        .collect();
    Err(if names.is_empty() {
        UserError::new(Code::Closed, field, "area-closed")
    } else {
        UserError::new(Code::Closed, field, "area-closed-into").with("areas", names.join(", "))
    })
}
