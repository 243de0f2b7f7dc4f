//! Making groups, and who leads them.

use chrono::{DateTime, Duration, Utc};
use entity::{
    ids::{AccountId, AreaId, GroupId},
    training_group,
};

use super::{JoinCode, NAME_LIMIT, Training, framing::Frame, store};
use crate::{
    auth::capability::Trainer,
    error::{Error, Result, UserError, UserErrorCode as Code},
    people::name,
};

/// How many codes are tried until one is free.
const CODE_TRIES: usize = 8;

/// How long a code lets people in: a course of a season.
pub const CODE_GOOD_FOR: Duration = Duration::days(90);

/// A group to make.
#[derive(Clone, Debug)]
pub struct NewGroup {
    /// Made by the client or by us.
    pub id: Option<GroupId>,
    /// As the trainer calls it.
    pub name: String,
    /// Where it meets.
    pub area: AreaId,
    /// When, and in which language.
    pub frame: Frame,
}

/// Who leads a group beside its trainer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoTrainer {
    /// The account.
    pub account: AccountId,
    /// As its person writes it.
    pub full_name: String,
    /// Since when.
    pub added_at: DateTime<Utc>,
}

impl Training {
    /// Makes a group. The same id with the same content again changes nothing.
    ///
    /// # Errors
    /// Everything the trainer can mend, all at once; a conflict when the id names another group.
    pub async fn create_group(&self, trainer: &Trainer, new: NewGroup) -> Result<GroupId> {
        let (name, frame) = self.check_group(trainer, &new)?;
        let id = new.id.unwrap_or_else(|| self.0.clock.id());
        let db = self.0.db.write();
        for _ in 0..CODE_TRIES {
            let row = training_group::Model {
                group_id: id,
                area_id: new.area,
                name: name.clone(),
                trainer_account_id: trainer.account(),
                join_code: Some(JoinCode::fresh().as_str().to_owned()),
                join_code_expires_at: Some(self.0.clock.now() + CODE_GOOD_FOR),
                starts_on: frame.starts_on,
                ends_on: frame.ends_on,
                language: frame.language.clone(),
                created_at: self.0.clock.now(),
                archived_at: None,
                revision: 0,
                shape_revision: 0,
            };
            let matter = |row: &training_group::Model| {
                let frame = (row.starts_on, row.ends_on, row.language.clone());
                (row.trainer_account_id, row.area_id, row.name.clone(), frame)
            };
            let wanted = matter(&row);
            if store::insert_group(db, row).await? {
                return Ok(id);
            }
            match store::group(db, id).await? {
                Some(before) if matter(&before) == wanted => return Ok(id),
                Some(_) => return Err(Error::user(Code::Conflict, "id", "id-taken")),
                // It was the code that another group has.
                None => {}
            }
        }
        Err(Error::internal("no join code was free"))
    }

    /// Checks a group to make; answers its name and frame as kept.
    fn check_group(&self, trainer: &Trainer, new: &NewGroup) -> Result<(String, Frame)> {
        let (atlas, today) = (self.0.areas.atlas(), self.0.clock.today());
        let mut errors = Vec::new();
        let name = name::line(&new.name, NAME_LIMIT, "name");
        let name = name.map_err(|error| errors.push(error)).unwrap_or_default();
        if trainer.over(&atlas, new.area).is_err() {
            errors.push(UserError::new(Code::NotFound, "areaId", "area-unknown"));
        } else if !atlas.is_open(new.area, today) {
            errors.push(UserError::new(Code::Closed, "areaId", "area-closed"));
        }
        if new.id.is_some_and(|id| id.0.is_nil()) {
            errors.push(UserError::new(Code::Invalid, "id", "id-invalid"));
        }
        let frame = new.frame.checked(today, &mut errors);
        if errors.is_empty() {
            Ok((name, frame))
        } else {
            Err(Error::User(errors))
        }
    }

    /// Lets another trainer of the area lead a group of the trainer's own. Adding her again changes nothing.
    ///
    /// # Errors
    /// A user error when the login name is not that of a trainer whose standing covers the group, or the group is
    /// not the trainer's own: only she says who leads it with her.
    pub async fn add_co_trainer(
        &self,
        trainer: &Trainer,
        group: GroupId,
        login: &str,
    ) -> Result<()> {
        let (asker, login) = (trainer.clone(), login.trim().to_lowercase());
        let added = self
            .together(move |this, tx| {
                let (asker, login) = (asker.clone(), login.clone());
                Box::pin(async move {
                    let led = this.whole_group(tx, &asker, group).await?;
                    let today = this.0.clock.today();
                    let stands = store::trainers_named(tx, &login, today).await?;
                    let atlas = this.0.areas.atlas();
                    let found = stands
                        .into_iter()
                        .find(|(_, area)| atlas.covers(*area, led.area_id));
                    let unknown = || Error::user(Code::NotFound, "login", "co-trainer-unknown");
                    let (account, _) = found.ok_or_else(unknown)?;
                    if account != asker.account() {
                        store::put_co_trainer(tx, group, account, this.0.clock.now()).await?;
                    }
                    Ok(account)
                })
            })
            .await?;
        let subjects = [group.0, added.0];
        self.audit()
            .record(trainer.account(), "addCoTrainer", subjects)
            .await
    }

    /// Ends somebody's leading of a group of the trainer's own. Ending it again changes nothing; what she recorded
    /// stays.
    ///
    /// # Errors
    /// A user error when the group is not the trainer's own.
    pub async fn remove_co_trainer(
        &self,
        trainer: &Trainer,
        group: GroupId,
        account: AccountId,
    ) -> Result<()> {
        let asker = trainer.clone();
        self.together(move |this, tx| {
            let asker = asker.clone();
            Box::pin(async move {
                this.whole_group(tx, &asker, group).await?;
                store::end_co_trainer(tx, group, account, this.0.clock.now()).await
            })
        })
        .await?;
        let subjects = [group.0, account.0];
        self.audit()
            .record(trainer.account(), "removeCoTrainer", subjects)
            .await
    }

    /// Gives a group another code, good for [`CODE_GOOD_FOR`]: the one before no longer lets anybody in. With `keep`
    /// the code stays and only its time begins anew.
    ///
    /// # Errors
    /// A user error when the trainer leads no such group.
    pub async fn rotate_join_code(
        &self,
        trainer: &Trainer,
        group: GroupId,
        keep: bool,
    ) -> Result<()> {
        let asker = trainer.clone();
        self.together(move |this, tx| {
            let asker = asker.clone();
            Box::pin(async move {
                let row = this.led_group(tx, &asker, group, "groupId").await?;
                let until = this.0.clock.now() + CODE_GOOD_FOR;
                if let Some(kept) = row.join_code.filter(|_| keep) {
                    return store::set_code(tx, group, &JoinCode::kept(kept), until).await;
                }
                for _ in 0..CODE_TRIES {
                    let code = JoinCode::fresh();
                    if store::code_is_free(tx, &code).await? {
                        return store::set_code(tx, group, &code, until).await;
                    }
                }
                Err(Error::internal("no join code was free"))
            })
        })
        .await
    }

    /// Puts a group away: nobody joins it or sees it in a list, and what was learned in it stays. Again changes
    /// nothing.
    ///
    /// # Errors
    /// A user error when the group is not the trainer's own.
    pub async fn archive_group(&self, trainer: &Trainer, group: GroupId) -> Result<()> {
        let asker = trainer.clone();
        self.together(move |this, tx| {
            let asker = asker.clone();
            Box::pin(async move {
                let away = store::group(tx, group).await?.is_some_and(|row| {
                    row.archived_at.is_some() && row.trainer_account_id == asker.account()
                });
                if away {
                    return Ok(());
                }
                this.whole_group(tx, &asker, group).await?;
                store::archive(tx, group, this.0.clock.now()).await
            })
        })
        .await?;
        self.audit()
            .record(trainer.account(), "archiveGroup", [group.0])
            .await
    }

    /// A group that is the trainer's own, not one she only helps to lead.
    async fn whole_group(
        &self,
        tx: &crate::db::Tx,
        trainer: &Trainer,
        id: GroupId,
    ) -> Result<training_group::Model> {
        let found = self.led_group(tx, trainer, id, "groupId").await?;
        if found.trainer_account_id == trainer.account() {
            Ok(found)
        } else {
            Err(Error::user(Code::NotFound, "groupId", "group-not-own"))
        }
    }

    /// Who leads a group beside its trainer, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn co_trainers(&self, group: &super::roster::Roster) -> Result<Vec<CoTrainer>> {
        store::co_trainers(self.0.db.latest(), group.group.id).await
    }
}
