//! Recording people without phones: on one screen, told who looks like them, and with a code to claim the account
//! later.

use chrono::{Duration, NaiveDate};
use entity::{
    group_member::JoinedHow,
    ids::{AreaId, GroupId, PersonId},
};

use super::{
    MOST_MEMBERS, Training,
    members::{group_full, membership},
    store,
};
use crate::{
    auth::{ClaimCode, capability::Trainer},
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
    people::{
        self,
        child::SaveChild,
        household::{Audience, Channel, Purpose},
        particulars::{LookAlike, Particulars},
        registration::Registration,
    },
};

/// How long ago somebody recorded today may have joined: sessions are held where no signal is.
pub(super) const JOINED_WITHIN: Duration = Duration::days(60);

/// Somebody to record.
#[derive(Clone, Debug)]
pub struct RegisterPerson {
    /// Made by the client or by us.
    pub person: Option<PersonId>,
    /// As the person writes it.
    pub full_name: String,
    /// Year of birth.
    pub birth_year: Option<i32>,
    /// A telephone to reach the person on, as dictated.
    pub phone: Option<String>,
    /// The commune the person lives in today.
    pub area: AreaId,
    /// As what the person is counted.
    pub audiences: Vec<Audience>,
    /// The children the person cares for.
    pub children: Vec<SaveChild>,
    /// What the person consents to.
    pub consents: Vec<Purpose>,
    /// How the consents were given.
    pub channel: Channel,
    /// Version of the consent texts shown or read out.
    pub text_version: Option<String>,
    /// Language of the consent texts.
    pub language: String,
    /// The group to join.
    pub group: Option<GroupId>,
    /// First day in the group; today when absent.
    pub joined_on: Option<NaiveDate>,
    /// Only look who is alike; write nothing.
    pub look_only: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Who, unless nothing was to be written.
    pub person: Option<(PersonId, String)>,
    /// How many people of the commune look like her.
    pub look_alikes: usize,
    /// Those of them who are in groups the trainer leads.
    pub known: Vec<LookAlike>,
    /// Those in groups the trainer leads who are reached on the same telephone.
    pub same_phone: Vec<LookAlike>,
}

impl Training {
    /// Records somebody without an account. The same id with the same name and commune again changes nothing.
    ///
    /// # Errors
    /// Everything the trainer can mend, all at once; then nothing was written.
    pub async fn register_person(
        &self,
        trainer: &Trainer,
        told: RegisterPerson,
    ) -> Result<Registered> {
        let person = told.person.unwrap_or_else(|| self.0.clock.id());
        let (recorded, joined_on) = self.check_person(trainer, person, &told)?;
        let (asker, told) = (trainer.clone(), std::sync::Arc::new(told));
        let registered = self
            .together(move |this, tx| {
                let (asker, recorded) = (asker.clone(), recorded.clone());
                let told = std::sync::Arc::clone(&told);
                Box::pin(async move {
                    if let Some(group) = told.group {
                        this.own_group(tx, &asker, group).await?;
                    }
                    let found = this.alike(tx, &asker, &recorded, &told).await?;
                    if told.look_only {
                        return Ok(found);
                    }
                    let full_name = recorded.full_name().to_owned();
                    if this.0.people.record(tx, recorded).await? {
                        let people = &this.0.people;
                        people.record_children(tx, person, &told.children).await?;
                    } else {
                        was_recorded(tx, person, &full_name, told.area).await?;
                    }
                    if let Some(group) = told.group {
                        this.put_in(tx, group, person, joined_on).await?;
                    }
                    Ok(Registered {
                        person: Some((person, full_name)),
                        ..found
                    })
                })
            })
            .await?;
        let shown = registered.known.iter().chain(&registered.same_phone);
        let shown = shown.map(|alike| alike.person.0);
        let subjects: Vec<_> = shown.chain([person.0]).collect();
        self.audit()
            .record(trainer.account(), "registerPerson", subjects)
            .await?;
        Ok(registered)
    }

    fn check_person(
        &self,
        trainer: &Trainer,
        person: PersonId,
        told: &RegisterPerson,
    ) -> Result<(people::registration::Recorded, NaiveDate)> {
        let (atlas, today) = (self.0.areas.atlas(), self.0.clock.today());
        let mut errors = Vec::new();
        let registration = Registration {
            person,
            full_name: told.full_name.clone(),
            area: told.area,
            audiences: told.audiences.clone(),
            consents: told.consents.clone(),
            text_version: told.text_version.clone(),
            language: told.language.clone(),
            channel: told.channel,
            given_by: Some(trainer.account()),
            exclude_from_reporting: false,
        };
        let recorded = match self.0.people.check(&registration) {
            Ok(recorded) => Some(recorded),
            Err(Error::User(more)) => {
                errors.extend(more);
                None
            }
            Err(other) => return Err(other),
        };
        if trainer.over(&atlas, told.area).is_err() {
            errors.retain(|error| error.field != ["areaId"]);
            errors.push(UserError::new(Code::NotFound, "areaId", "area-not-yours"));
        }
        let particulars = Particulars::told(told.birth_year, told.phone.as_deref(), today);
        let particulars = particulars
            .map_err(|more| errors.extend(more))
            .unwrap_or_default();
        let joined_on = told.joined_on.unwrap_or(today);
        if joined_on > today || joined_on < today - JOINED_WITHIN {
            let error = UserError::new(Code::DateOutOfRange, "joinedOn", "joined-day-range");
            errors.push(
                error
                    .with("first", today - JOINED_WITHIN)
                    .with("last", today),
            );
        }
        match recorded {
            Some(recorded) if errors.is_empty() => Ok((recorded.with(particulars), joined_on)),
            _ => Err(Error::User(errors)),
        }
    }

    /// How many look like somebody, and those whom the trainer knows anyway.
    async fn alike(
        &self,
        tx: &Tx,
        trainer: &Trainer,
        recorded: &people::registration::Recorded,
        told: &RegisterPerson,
    ) -> Result<Registered> {
        let who = (recorded.person_id(), recorded.full_name());
        let people = &self.0.people;
        let alike = people
            .look_alikes(tx, who, told.birth_year, told.area)
            .await?;
        let sharing = match recorded.phone() {
            Some(phone) => people.sharing_phone(tx, who.0, phone).await?,
            None => Vec::new(),
        };
        let both = alike.iter().chain(&sharing);
        let ids: Vec<PersonId> = both.map(|alike| alike.person).collect();
        let own = if ids.is_empty() {
            std::collections::BTreeSet::new()
        } else {
            self.led_among(tx, trainer.account(), &ids).await?
        };
        Ok(Registered {
            person: None,
            look_alikes: alike.len(),
            known: alike
                .into_iter()
                .filter(|alike| own.contains(&alike.person))
                .collect(),
            // Of a number that only strangers have nothing is told, not even that somebody has it.
            same_phone: sharing
                .into_iter()
                .filter(|other| own.contains(&other.person))
                .collect(),
        })
    }

    /// Puts somebody into a group from a day on, unless she is in it.
    async fn put_in(
        &self,
        tx: &Tx,
        group: GroupId,
        person: PersonId,
        joined_on: NaiveDate,
    ) -> Result<()> {
        let members = store::members(tx, group).await?;
        if members.contains(&person) {
            return Ok(());
        }
        if members.len() >= MOST_MEMBERS {
            return Err(group_full("groupId"));
        }
        // Runs of days in one group do not overlap.
        let before = store::memberships(tx, group, person).await?;
        let free = before.iter().filter_map(|row| row.left_on).max();
        let joined_on = free.map_or(joined_on, |free| free.max(joined_on));
        let row = membership(
            &self.0.clock,
            group,
            person,
            (joined_on, JoinedHow::Registered),
        );
        let member = row.group_member_id;
        store::insert_members(tx, vec![row]).await?;
        store::note_members(tx, group, &[member]).await?;
        self.tell_members(tx, group, &[person]).await
    }

    /// Makes a code with which a member of the trainer's groups makes the account that is hers. An earlier one is
    /// no longer good.
    ///
    /// # Errors
    /// A user error when she is in no group the trainer leads, or has an account.
    pub async fn create_claim_code(
        &self,
        trainer: &Trainer,
        person: PersonId,
    ) -> Result<ClaimCode> {
        let account = trainer.account();
        let code = self
            .together(move |this, tx| {
                Box::pin(async move {
                    if !this
                        .led_among(tx, account, &[person])
                        .await?
                        .contains(&person)
                    {
                        let code = Code::NotFound;
                        return Err(Error::user(code, "personId", "group-person-unknown"));
                    }
                    // The account belongs to whom she was merged into.
                    let merges = store::merges_touching(tx, [person, person]).await?;
                    let merged = merges.iter().find(|row| row.person_id == person);
                    let person = merged.map_or(person, |row| row.canonical_id);
                    this.0.auth.issue_claim(tx, account, person).await
                })
            })
            .await?;
        self.audit()
            .record(account, "createClaimCode", [person.0])
            .await?;
        Ok(code)
    }
}

/// The id is taken: by the same person, sent again, or by another.
async fn was_recorded(tx: &Tx, person: PersonId, full_name: &str, area: AreaId) -> Result<()> {
    let before = people::store::household(tx, person).await?;
    let same = before.is_some_and(|before| {
        before.full_name == full_name && before.residence().is_some_and(|home| home.area == area)
    });
    if same {
        Ok(())
    } else {
        Err(Error::user(Code::Conflict, "id", "id-taken"))
    }
}
