//! Reports when areas change: they stay with the area that wrote them, and can be read and decided on after it ended.

use entity::ids::AreaId;

use super::{Reports, store};
use crate::{
    areas::changes::{AreaChangeFollower, Effect, Fate, Hold, Made, Matter, Step},
    db::Tx,
    error::Result,
};

#[async_trait::async_trait]
impl AreaChangeFollower for Reports {
    async fn effects(&self, tx: &Tx, step: &Step) -> Result<Vec<Effect>> {
        let areas: Vec<AreaId> = step.fates().into_iter().map(|(area, ..)| area).collect();
        let open = store::count_reports(tx, &areas, true).await?;
        let count = |area: AreaId| open.get(&area.0).copied().unwrap_or(0);
        let effects = step.effects(Matter::Reports, count).into_iter();
        let stays = effects.map(|effect| Effect {
            fate: Fate::Stays,
            ..effect
        });
        Ok(stays.collect())
    }

    async fn holds(&self, tx: &Tx, made: &Made) -> Result<Vec<Hold>> {
        let reports = store::count_reports(tx, &made.areas, false).await?;
        Ok(Hold::of(Matter::Reports, reports))
    }
}
