//! Correcting a record of a session: what it gave one person is taken back, and that it was stays seen.

use entity::ids::{PersonId, SessionRecordId, vouched_event};

use super::{NOTE_LIMIT, Training, store};
use crate::{
    auth::capability::Trainer,
    db::Tx,
    error::{Error, Result, UserErrorCode as Code},
    learning::vouched::Seen,
    people::name,
};

impl Training {
    /// Takes back what a record gave a person. Again changes nothing. Whoever leads the group may.
    ///
    /// # Errors
    /// A user error when there is no such tick in a group the trainer leads.
    pub async fn correct_session(
        &self,
        trainer: &Trainer,
        record: SessionRecordId,
        person: PersonId,
        reason: &str,
    ) -> Result<entity::ids::GroupId> {
        let reason = name::line(reason, NOTE_LIMIT, "reason")?;
        let asker = trainer.clone();
        let group = self
            .together(move |this, tx| {
                let (asker, reason) = (asker.clone(), reason.clone());
                Box::pin(async move {
                    this.correct_within(tx, &asker, (record, person), reason)
                        .await
                })
            })
            .await?;
        self.audit()
            .record(trainer.account(), "correctSession", [group.0, person.0])
            .await?;
        Ok(group)
    }

    async fn correct_within(
        &self,
        tx: &Tx,
        trainer: &Trainer,
        (record, person): (SessionRecordId, PersonId),
        reason: String,
    ) -> Result<entity::ids::GroupId> {
        let unknown = || Error::user(Code::NotFound, "recordId", "session-record-unknown");
        let found = store::session_record(tx, record)
            .await?
            .ok_or_else(unknown)?;
        let session = store::session(tx, found.session_id).await?;
        let group = session.ok_or_else(unknown)?.group_id;
        self.led_group(tx, trainer, group, "recordId")
            .await
            .map_err(|error| match error {
                Error::User(_) => unknown(),
                other => other,
            })?;
        let ticks = store::ticks(tx, &[record]).await?;
        let tick = ticks.into_iter().find(|tick| tick.person_id == person);
        let not_in = || Error::user(Code::NotFound, "personId", "session-tick-unknown");
        let tick = tick.ok_or_else(not_in)?;
        if tick.corrected_at.is_some() {
            return Ok(group);
        }
        let (now, by) = (self.0.clock.now(), trainer.account());
        let event = |lesson, seen: Seen| vouched_event(record.0, person, lesson, seen.word());
        let lessons = store::read_lessons(&found.lessons)?;
        let attended = lessons.into_iter().filter(|_| tick.attended);
        let attended = attended.map(|lesson| event(lesson, Seen::Attended));
        let observed = store::read_lessons(&tick.observed)?.into_iter();
        let observed = observed.map(|lesson| event(lesson, Seen::Observed));
        let events: Vec<_> = attended.chain(observed).collect();
        store::correct_tick(tx, (record, person), (by, now), reason).await?;
        self.0.learning.take_back(tx, by, person, &events).await?;
        Ok(group)
    }
}
