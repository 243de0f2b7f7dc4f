//! Granting and revoking standings: by an administrator, within her area.

use chrono::NaiveDate;
use entity::{
    area::AreaLevel,
    ids::{AccountId, AreaId, StandingId},
    standing::{self, StandingKind},
};

use super::{
    Auth,
    capability::{Administrator, Standing},
    store,
};
use crate::{
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
    people,
};

/// Whose standing.
#[derive(Clone, Debug)]
pub enum Target {
    /// An account.
    Account(AccountId),
    /// The account of a login name.
    Login(String),
}

/// A standing to grant.
#[derive(Clone, Debug)]
pub struct GrantStanding {
    /// Made by the client or by us.
    pub id: Option<StandingId>,
    /// To whom.
    pub to: Target,
    /// What for.
    pub kind: StandingKind,
    /// Where, and below.
    pub area: AreaId,
    /// First day; today when absent.
    pub from_on: Option<NaiveDate>,
    /// First day no more; open when absent.
    pub to_on: Option<NaiveDate>,
}

/// A standing with whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingGrant {
    /// Whose.
    pub account: AccountId,
    /// What.
    pub standing: Standing,
}

impl Auth {
    /// Grants a standing. What is granted already is answered, not granted twice.
    ///
    /// # Errors
    /// Everything the administrator can mend: an account or area that does not exist or is not hers answers the
    /// same.
    pub async fn grant_standing(
        &self,
        administrator: &Administrator,
        asked: GrantStanding,
    ) -> Result<StandingGrant> {
        let atlas = self.0.areas.atlas();
        if administrator.over(&atlas, asked.area).is_err() {
            return Err(area_unknown());
        }
        let account = self.account_of(&asked.to).await?;
        let Some(account) = account else {
            return Err(account_unknown(&asked.to));
        };
        if !self.is_within(administrator, account).await? {
            return Err(account_unknown(&asked.to));
        }
        let by = Some(administrator.account());
        let granted = self.write_grant(account, &asked, by).await?;
        let subjects = [account.0, granted.standing.id.0];
        self.0
            .audit
            .record(administrator.account(), "grantStanding", subjects)
            .await?;
        Ok(granted)
    }

    /// Ends a standing today. Ending it again changes nothing.
    ///
    /// # Errors
    /// A user error when there is no such standing in the administrator's area.
    pub async fn revoke_standing(
        &self,
        administrator: &Administrator,
        id: StandingId,
    ) -> Result<StandingGrant> {
        let unknown = || Error::user(Code::NotFound, "id", "standing-unknown");
        let found = store::standing(self.0.db.latest(), id).await?;
        let found = found.ok_or_else(unknown)?;
        let atlas = self.0.areas.atlas();
        if administrator.over(&atlas, found.area_id).is_err() {
            return Err(unknown());
        }
        let ended = self.write_end(found).await?;
        self.0.sessions.forget_account(ended.account_id)?;
        let subjects = [ended.account_id.0, id.0];
        self.0
            .audit
            .record(administrator.account(), "revokeStanding", subjects)
            .await?;
        Ok(grant_of(&ended))
    }

    /// The account somebody names.
    pub(super) async fn account_of(&self, target: &Target) -> Result<Option<AccountId>> {
        let db = self.0.db.latest();
        match target {
            Target::Account(id) => {
                let person = store::person_of(db, *id).await?;
                Ok(person.map(|_| *id))
            }
            Target::Login(login) => {
                let Ok(login) = super::login::Login::typed(login) else {
                    return Ok(None);
                };
                let found = store::credentials(db, login.as_str(), None).await?;
                Ok(found.map(|found| found.account))
            }
        }
    }

    /// An administrator sees the accounts of people who live in her area, or hold a standing in it.
    async fn is_within(&self, administrator: &Administrator, account: AccountId) -> Result<bool> {
        let (db, atlas) = (self.0.db.latest(), self.0.areas.atlas());
        let standings = store::standings_of(db, account).await?;
        let mut areas: Vec<_> = standings.iter().map(|standing| standing.area_id).collect();
        if let Some(person) = store::person_of(db, account).await? {
            areas.extend(people::store::home(db, person).await?);
        }
        Ok(areas
            .into_iter()
            .any(|area| administrator.over(&atlas, area).is_ok()))
    }

    /// Checks and writes a grant.
    pub(super) async fn write_grant(
        &self,
        account: AccountId,
        asked: &GrantStanding,
        by: Option<AccountId>,
    ) -> Result<StandingGrant> {
        let today = self.0.clock.today();
        let from_on = asked.from_on.unwrap_or(today);
        self.check_grant(asked, from_on, today)?;
        let wanted = standing::Model {
            standing_id: asked.id.unwrap_or_else(|| self.0.clock.id()),
            account_id: account,
            kind: asked.kind,
            area_id: asked.area,
            from_on,
            to_on: asked.to_on,
            granted_by: by,
        };
        let written = self.write_standing(wanted, asked.id.is_some()).await?;
        self.0.sessions.forget_account(account)?;
        Ok(grant_of(&written))
    }

    fn check_grant(
        &self,
        asked: &GrantStanding,
        from_on: NaiveDate,
        today: NaiveDate,
    ) -> Result<()> {
        let atlas = self.0.areas.atlas();
        let area = atlas.area(asked.area).ok_or_else(area_unknown)?;
        let mut errors = Vec::new();
        if !atlas.is_open(asked.area, from_on) {
            errors.push(UserError::new(Code::Closed, "areaId", "area-closed"));
        }
        // Lessons are the whole country's.
        if asked.kind == StandingKind::Editor && area.level != AreaLevel::Country {
            errors.push(UserError::new(Code::Invalid, "areaId", "editor-of-country"));
        }
        if from_on < today {
            let code = Code::DateOutOfRange;
            errors.push(UserError::new(code, "fromOn", "standing-in-past"));
        }
        if asked.to_on.is_some_and(|to_on| to_on <= from_on) {
            let code = Code::DateOutOfRange;
            errors.push(UserError::new(code, "toOn", "standing-ends-first"));
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Error::User(errors))
        }
    }
}

/// Ends a standing unless it has ended, inside a transaction of the caller.
pub(super) async fn end(
    tx: &Tx,
    held: standing::Model,
    today: NaiveDate,
) -> Result<standing::Model> {
    store::lock_account(tx, held.account_id).await?;
    let standing = store::standing(tx, held.standing_id).await?;
    let standing = standing.ok_or(Error::NotFound)?;
    let last = today.max(standing.from_on);
    if standing.to_on.is_some_and(|already| already <= last) {
        return Ok(standing);
    }
    store::end_standing(tx, standing.standing_id, last).await?;
    Ok(standing::Model {
        to_on: Some(last),
        ..standing
    })
}

/// Writes a standing unless the account has the same one, inside a transaction of the caller.
pub(super) async fn grant(
    tx: &Tx,
    wanted: standing::Model,
    has_own_id: bool,
    today: NaiveDate,
) -> Result<standing::Model> {
    store::lock_account(tx, wanted.account_id).await?;
    let matter = |row: &standing::Model| (row.account_id, row.kind, row.area_id);
    if has_own_id && let Some(before) = store::standing(tx, wanted.standing_id).await? {
        return if matter(&before) == matter(&wanted) {
            Ok(before)
        } else {
            Err(Error::user(Code::Taken, "id", "id-taken"))
        };
    }
    let held = store::standings_of(tx, wanted.account_id).await?;
    let same = held.into_iter().find(|row| {
        let has_begun = row.from_on <= wanted.from_on.max(today);
        matter(row) == matter(&wanted) && row.to_on == wanted.to_on && has_begun
    });
    if let Some(same) = same {
        return Ok(same);
    }
    if !store::insert_standing(tx, wanted.clone()).await? {
        return Err(Error::user(Code::Taken, "id", "id-taken"));
    }
    Ok(wanted)
}

pub(super) fn standing_of(row: &standing::Model) -> Standing {
    Standing {
        id: row.standing_id,
        kind: row.kind,
        area: row.area_id,
        from_on: row.from_on,
        to_on: row.to_on,
    }
}

fn grant_of(row: &standing::Model) -> StandingGrant {
    StandingGrant {
        account: row.account_id,
        standing: standing_of(row),
    }
}

fn area_unknown() -> Error {
    Error::user(Code::NotFound, "areaId", "area-unknown")
}

fn account_unknown(target: &Target) -> Error {
    let field = match target {
        Target::Account(_) => "accountId",
        Target::Login(_) => "login",
    };
    Error::user(Code::NotFound, field, "account-unknown")
}
