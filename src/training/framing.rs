//! What a group is: its name, its days, its language.

use chrono::{Days, NaiveDate};
use entity::ids::GroupId;

use super::{NAME_LIMIT, Training, store};
use crate::{
    auth::capability::Trainer,
    error::{Error, Result, UserError, UserErrorCode as Code},
    messages::language_tag,
    people::name,
};

/// How far from today a group's days may lie.
const AROUND: Days = Days::new(5 * 366);

/// When a group meets, and in which language. Each may be left unsaid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Its first day.
    pub starts_on: Option<NaiveDate>,
    /// Its last day: from the next on it is over, and its members are no longer followed up.
    pub ends_on: Option<NaiveDate>,
    /// BCP 47 tag of the language it learns in.
    pub language: Option<String>,
}

impl Frame {
    /// The frame as it is kept; what is wrong with it goes to `errors`.
    pub(super) fn checked(&self, today: NaiveDate, errors: &mut Vec<UserError>) -> Self {
        let (first, last) = (
            today.checked_sub_days(AROUND).unwrap_or(today),
            today.checked_add_days(AROUND).unwrap_or(today),
        );
        for (field, day) in [("startsOn", self.starts_on), ("endsOn", self.ends_on)] {
            if day.is_some_and(|day| day < first || day > last) {
                let error = UserError::new(Code::DateOutOfRange, field, "group-day-range");
                errors.push(error.with("first", first).with("last", last));
            }
        }
        if let (Some(starts), Some(ends)) = (self.starts_on, self.ends_on)
            && ends < starts
        {
            let error = UserError::new(Code::Invalid, "endsOn", "group-ends-first");
            errors.push(error);
        }
        let language = self.language.as_deref().map(|tag| {
            let kept = language_tag(tag);
            if kept.is_none() {
                let error = UserError::new(Code::Invalid, "language", "language-invalid");
                errors.push(error);
            }
            kept.unwrap_or_default()
        });
        Self {
            language,
            ..self.clone()
        }
    }

    /// Whether the group is over on a day.
    pub fn is_over(&self, day: NaiveDate) -> bool {
        self.ends_on.is_some_and(|ends| ends < day)
    }
}

impl Training {
    /// Names a group anew, and says its days and language; what is left out is unsaid again. The same again changes nothing.
    ///
    /// # Errors
    /// Everything the trainer can mend, all at once.
    pub async fn update_group(
        &self,
        trainer: &Trainer,
        group: GroupId,
        (name, frame): (String, Frame),
    ) -> Result<()> {
        let mut errors = Vec::new();
        let name = name::line(&name, NAME_LIMIT, "name");
        let name = name.map_err(|error| errors.push(error)).unwrap_or_default();
        let frame = frame.checked(self.0.clock.today(), &mut errors);
        if !errors.is_empty() {
            return Err(Error::User(errors));
        }
        let asker = trainer.clone();
        self.together(move |this, tx| {
            let (asker, name, frame) = (asker.clone(), name.clone(), frame.clone());
            Box::pin(async move {
                let before = this.led_group(tx, &asker, group, "groupId").await?;
                let known = (before.starts_on, before.ends_on, before.language.as_ref());
                if before.name == name
                    && known == (frame.starts_on, frame.ends_on, frame.language.as_ref())
                {
                    return Ok(());
                }
                store::set_frame(tx, group, name, frame).await?;
                store::note_shape(tx, group).await
            })
        })
        .await?;
        self.audit()
            .record(trainer.account(), "updateGroup", [group.0])
            .await
    }
}
