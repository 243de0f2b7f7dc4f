//! Standings when areas change: they follow a merger by themselves, and after a split somebody decides.
//!
//! Invariant: a standing row keeps the area it was granted on. What it reaches is worked out from the areas of the day
//! (`Atlas::settled`), so that a merger, its undoing and a later import of areas can neither lose nor widen a row.

use chrono::NaiveDate;
use entity::{
    ids::{AccountId, AreaId},
    standing::{self, StandingKind},
};

use super::{Auth, standing as granting, store};
use crate::{
    areas::{
        Atlas, Settled,
        changes::{AreaChangeFollower, Effect, Hold, Made, Matter, Review, Step},
    },
    db::Tx,
    error::{Error, Result, UserErrorCode as Code},
};

#[async_trait::async_trait]
impl AreaChangeFollower for Auth {
    async fn effects(&self, tx: &Tx, step: &Step) -> Result<Vec<Effect>> {
        let areas = step.fates().into_iter().map(|(area, ..)| area);
        let counts = store::count_standings(tx, areas, step.today).await?;
        let count = |area: AreaId| counts.get(&area.0).copied().unwrap_or(0);
        Ok(step.effects(Matter::Standings, count))
    }

    async fn holds(&self, tx: &Tx, made: &Made) -> Result<Vec<Hold>> {
        let counts = store::count_every_standing(tx, made.areas.iter().copied()).await?;
        Ok(Hold::of(Matter::Standings, counts))
    }

    async fn reviews(&self, tx: &Tx, atlas: &Atlas, today: NaiveDate) -> Result<Vec<Review>> {
        let standings = store::standings_on_ended(tx, today).await?;
        let waiting = standings
            .into_iter()
            .filter(|(row, _)| matches!(atlas.settled(row.area_id, today), Settled::Waits(_)));
        let review = |(row, login): (standing::Model, String)| Review {
            id: row.standing_id.0,
            matter: Matter::Standings,
            area: row.area_id,
            account: row.account_id,
            login,
            label: kind_word(row.kind).to_owned(),
        };
        Ok(waiting.map(review).collect())
    }

    async fn decide(&self, tx: &Tx, review: &Review, to: &[AreaId], by: AccountId) -> Result<bool> {
        if review.matter != Matter::Standings {
            return Ok(false);
        }
        let today = self.0.clock.today();
        let held = store::standing(tx, review.id.into()).await?;
        let held = held.ok_or(Error::NotFound)?;
        if held.kind == StandingKind::Editor && !to.is_empty() {
            return Err(Error::user(Code::Invalid, "areaIds.0", "editor-of-country"));
        }
        let ended = granting::end(tx, held.clone(), today).await?;
        for area in to {
            let wanted = standing::Model {
                standing_id: self.0.clock.id(),
                area_id: *area,
                from_on: today,
                granted_by: Some(by),
                ..held.clone()
            };
            granting::grant(tx, wanted, false, today).await?;
        }
        Ok(ended.standing_id == held.standing_id)
    }

    fn decided(&self, review: &Review) -> Result<()> {
        match review.matter {
            Matter::Standings => self.0.sessions.forget_account(review.account),
            _ => Ok(()),
        }
    }
}

fn kind_word(kind: StandingKind) -> &'static str {
    match kind {
        StandingKind::Trainer => "TRAINER",
        StandingKind::Supervisor => "SUPERVISOR",
        StandingKind::Editor => "EDITOR",
        StandingKind::Administrator => "ADMINISTRATOR",
    }
}
