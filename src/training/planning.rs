//! Planning a session: what it will be about, where and when.

use std::sync::Arc;

use chrono::{DateTime, Months, SubsecRound, Utc};
use entity::{
    ids::{GroupId, LessonId, TrainingSessionId},
    training_session,
};

use super::{
    Training,
    recording::{check_lessons, note},
    store,
};
use crate::{
    auth::capability::Trainer,
    clock::day_in_viet_nam,
    error::{Error, Result, UserError, UserErrorCode as Code},
};

/// How far ahead a session may be planned, in months.
const WITHIN: Months = Months::new(12);

/// A session to plan.
#[derive(Clone, Debug)]
pub struct PlanSession {
    /// Made by the client or by us; planning one again changes the plan.
    pub id: Option<TrainingSessionId>,
    /// Whose.
    pub group: GroupId,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// What it is about.
    pub topic: Option<String>,
    /// Where.
    pub place: Option<String>,
    /// The lessons to cover.
    pub lessons: Vec<LessonId>,
}

impl Training {
    /// Plans a session, or changes the plan of one.
    ///
    /// # Errors
    /// Everything the trainer can mend, all at once.
    pub async fn plan_session(
        &self,
        trainer: &Trainer,
        mut plan: PlanSession,
    ) -> Result<TrainingSessionId> {
        let today = self.0.clock.today();
        let on = day_in_viet_nam(plan.starts_at);
        let mut errors = Vec::new();
        let latest = today.checked_add_months(WITHIN).unwrap_or(today);
        if on < today || on > latest {
            let error = UserError::new(Code::DateOutOfRange, "startsAt", "session-plan-range");
            errors.push(error.with("first", today).with("last", latest));
        }
        if plan.id.is_some_and(|id| id.0.is_nil()) {
            errors.push(UserError::new(Code::Invalid, "id", "id-invalid"));
        }
        let catalogue = self.0.content.catalogue();
        check_lessons(&catalogue, &mut plan.lessons, "lessonIds", &mut errors);
        let topic = note(plan.topic.take(), "topic", &mut errors);
        let place = note(plan.place.take(), "place", &mut errors);
        if !errors.is_empty() {
            return Err(Error::User(errors));
        }
        let row = training_session::Model {
            session_id: plan.id.unwrap_or_else(|| self.0.clock.id()),
            group_id: plan.group,
            held_on: on,
            starts_at: Some(plan.starts_at.trunc_subsecs(6)),
            topic,
            place,
            lessons: store::kept_lessons(&plan.lessons)?,
            planned_by: Some(trainer.account()),
        };
        let (asker, row) = (trainer.clone(), Arc::new(row));
        self.together(move |this, tx| {
            let (asker, row) = (asker.clone(), Arc::clone(&row));
            Box::pin(async move {
                this.own_group(tx, &asker, row.group_id).await?;
                let id = row.session_id;
                if !store::insert_session(tx, (*row).clone()).await? {
                    let before = store::session(tx, id).await?;
                    if before.is_none_or(|before| before.group_id != row.group_id) {
                        return Err(Error::user(Code::Conflict, "id", "id-taken"));
                    }
                    store::change_session(tx, (*row).clone()).await?;
                }
                Ok(id)
            })
        })
        .await
    }
}
