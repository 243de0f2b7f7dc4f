//! Groups when areas change: they follow a merger by themselves, and after a split somebody decides where they meet.
//!
//! Invariant: a group's row keeps the area it was made in until somebody decides; what it follows to is worked out from
//! the areas of the day.

use chrono::NaiveDate;
use entity::ids::{AccountId, AreaId};

use super::{Training, store};
use crate::{
    areas::{
        Atlas, Settled,
        changes::{AreaChangeFollower, Effect, Hold, Made, Matter, Review, Step},
    },
    db::Tx,
    error::{Error, Result, UserErrorCode as Code},
};

#[async_trait::async_trait]
impl AreaChangeFollower for Training {
    async fn effects(&self, tx: &Tx, step: &Step) -> Result<Vec<Effect>> {
        let areas = step.fates().into_iter().map(|(area, ..)| area);
        let counts = store::count_groups(tx, areas, true).await?;
        let count = |area: AreaId| counts.get(&area.0).copied().unwrap_or(0);
        Ok(step.effects(Matter::Groups, count))
    }

    async fn holds(&self, tx: &Tx, made: &Made) -> Result<Vec<Hold>> {
        let counts = store::count_groups(tx, made.areas.iter().copied(), false).await?;
        Ok(Hold::of(Matter::Groups, counts))
    }

    async fn reviews(&self, tx: &Tx, atlas: &Atlas, today: NaiveDate) -> Result<Vec<Review>> {
        let groups = store::groups_on_ended(tx, today).await?;
        let waiting = groups
            .into_iter()
            .filter(|row| matches!(atlas.settled(row.area_id, today), Settled::Waits(_)));
        let review = |row: store::Stranded| Review {
            id: row.group_id.0,
            matter: Matter::Groups,
            area: row.area_id,
            account: row.trainer_account_id,
            login: row.login,
            label: row.name,
        };
        Ok(waiting.map(review).collect())
    }

    async fn decide(&self, tx: &Tx, review: &Review, to: &[AreaId], _: AccountId) -> Result<bool> {
        if review.matter != Matter::Groups {
            return Ok(false);
        }
        let [area] = to else {
            return Err(Error::user(
                Code::Invalid,
                "areaIds",
                "area-review-one-area",
            ));
        };
        store::move_group(tx, review.id.into(), *area).await?;
        Ok(true)
    }
}
