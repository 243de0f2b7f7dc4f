//! Home visits: what was practised and what comes next, for the trainer and the family only.

use std::sync::Arc;

use chrono::{Duration, NaiveDate};
use entity::{
    home_visit,
    ids::{HomeVisitId, LessonId, PersonId, vouched_event},
};

use super::{
    NOTE_LIMIT, Training,
    recording::{check_lessons, note},
    store,
};
use crate::{
    auth::capability::{Learner, Trainer},
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
    learning::vouched::{Credit, Seen, Vouched},
    people::name,
};

/// How long ago a visit may have been made.
const MADE_WITHIN: Duration = Duration::days(60);

/// A visit to record.
#[derive(Clone, Debug)]
pub struct RecordHomeVisit {
    /// Made by the client or by us.
    pub id: Option<HomeVisitId>,
    /// Whose home.
    pub person: PersonId,
    /// The day of it; today when absent.
    pub visited_on: Option<NaiveDate>,
    /// What for.
    pub purpose: String,
    /// What was practised.
    pub practised: Option<String>,
    /// The lessons whose skills the trainer saw.
    pub observed: Vec<LessonId>,
    /// What to do next.
    pub next_step: Option<String>,
}

/// A visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeVisit {
    /// As it is kept.
    pub row: home_visit::Model,
    /// The lessons whose skills the trainer saw.
    pub observed: Vec<LessonId>,
    /// The trainer's name.
    pub visitor: String,
}

impl Training {
    /// Records a visit to somebody in a group the trainer leads. The same again changes nothing.
    ///
    /// # Errors
    /// Everything the trainer can mend, all at once.
    pub async fn record_home_visit(
        &self,
        trainer: &Trainer,
        mut told: RecordHomeVisit,
    ) -> Result<(HomeVisitId, Credit)> {
        let today = self.0.clock.today();
        let mut errors = Vec::new();
        let visited_on = told.visited_on.unwrap_or(today);
        if visited_on > today || visited_on < today - MADE_WITHIN {
            let error = UserError::new(Code::DateOutOfRange, "visitedOn", "follow-up-day-range");
            errors.push(error.with("first", today - MADE_WITHIN).with("last", today));
        }
        let purpose = name::line(&told.purpose, NOTE_LIMIT, "purpose");
        let purpose = purpose
            .map_err(|error| errors.push(error))
            .unwrap_or_default();
        let practised = note(told.practised.take(), "practised", &mut errors);
        let next_step = note(told.next_step.take(), "nextStep", &mut errors);
        let catalogue = self.0.content.catalogue();
        let field = "observedLessonIds";
        check_lessons(&catalogue, &mut told.observed, field, &mut errors);
        if told.id.is_some_and(|id| id.0.is_nil()) {
            errors.push(UserError::new(Code::Invalid, "id", "id-invalid"));
        }
        if !errors.is_empty() {
            return Err(Error::User(errors));
        }
        let row = home_visit::Model {
            home_visit_id: told.id.unwrap_or_else(|| self.0.clock.id()),
            person_id: told.person,
            account_id: trainer.account(),
            visited_on,
            purpose,
            practised,
            observed: store::kept_lessons(&told.observed)?,
            next_step,
            received_at: self.0.clock.now(),
        };
        let id = row.home_visit_id;
        let work = Arc::new((row, told.observed));
        let credit = self
            .together(move |this, tx| {
                let work = Arc::clone(&work);
                Box::pin(async move { this.visit_within(tx, &work.0, &work.1).await })
            })
            .await?;
        self.audit()
            .record(trainer.account(), "recordHomeVisit", [told.person.0])
            .await?;
        Ok((id, credit))
    }

    async fn visit_within(
        &self,
        tx: &Tx,
        row: &home_visit::Model,
        observed: &[LessonId],
    ) -> Result<Credit> {
        let (person, by) = (row.person_id, row.account_id);
        if !self.led_among(tx, by, &[person]).await?.contains(&person) {
            let code = Code::NotFound;
            return Err(Error::user(code, "personId", "visit-person-unknown"));
        }
        if !store::insert_visit(tx, row.clone()).await? {
            let before = store::visit(tx, row.home_visit_id).await?;
            let matter = |row: &home_visit::Model| {
                let texts = (
                    row.purpose.clone(),
                    row.practised.clone(),
                    row.next_step.clone(),
                );
                (
                    row.person_id,
                    row.account_id,
                    row.visited_on,
                    texts,
                    row.observed.clone(),
                )
            };
            if before.is_none_or(|before| matter(&before) != matter(row)) {
                return Err(Error::user(Code::Conflict, "id", "id-taken"));
            }
        }
        // Noon in Viet Nam: the day is known, the hour is not.
        let at = row.visited_on.and_hms_opt(5, 0, 0).map(|at| at.and_utc());
        let at = at.unwrap_or(row.received_at);
        let vouched: Vec<Vouched> = observed
            .iter()
            .map(|lesson| Vouched {
                id: vouched_event(row.home_visit_id.0, person, *lesson, Seen::Observed.word()),
                seen: Seen::Observed,
                lesson: *lesson,
                at,
            })
            .collect();
        self.0.learning.vouch(tx, by, person, &vouched).await
    }

    /// The visits to the learner's own home, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn own_visits(&self, learner: &Learner, first: usize) -> Result<Vec<HomeVisit>> {
        store::visits(self.0.db.latest(), learner.person(), first).await
    }

    /// The visits to the home of somebody in a group the trainer leads, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for everybody else.
    pub async fn visits(
        &self,
        trainer: &Trainer,
        person: PersonId,
        first: usize,
    ) -> Result<Vec<HomeVisit>> {
        let (db, account) = (self.0.db.latest(), trainer.account());
        if !self
            .led_among(db, account, &[person])
            .await?
            .contains(&person)
        {
            return Err(Error::NotFound);
        }
        let found = store::visits(db, person, first).await?;
        self.audit()
            .record(account, "homeVisits", [person.0])
            .await?;
        Ok(found)
    }
}
