//! The register and the targets when areas change: values and targets stay with the area they were set for.
//!
//! A value of the register speaks for what its area became, whole or by the stated share, until the new area has values of
//! its own ([`super::restated`]); where an area is divided without shares it says nothing of the parts. A target belongs to
//! the area that set it, and no successor inherits it.

use entity::ids::AreaId;

use super::{Programmes, store};
use crate::{
    areas::changes::{AreaChangeFollower, Effect, Fate, Hold, Made, Matter, Step},
    db::Tx,
    error::Result,
};

#[async_trait::async_trait]
impl AreaChangeFollower for Programmes {
    async fn effects(&self, tx: &Tx, step: &Step) -> Result<Vec<Effect>> {
        let areas: Vec<AreaId> = step.fates().into_iter().map(|(area, ..)| area).collect();
        let on = step.plan.change.effective_on;
        let last = on.pred_opt().unwrap_or(on);
        let values = store::count_register(tx, &areas, Some(last)).await?;
        let targets = store::count_targets(tx, &areas).await?;
        let count = |area: AreaId| values.get(&area.0).copied().unwrap_or(0);
        let mut effects = step.effects(Matter::Denominators, count);
        for effect in &mut effects {
            if effect.fate == Fate::Waits {
                effect.fate = match is_shared_out(step, effect) {
                    true => Fate::Divided,
                    false => Fate::Unknown,
                };
            }
        }
        let count = |area: AreaId| targets.get(&area.0).copied().unwrap_or(0);
        let kept = step.effects(Matter::Targets, count).into_iter();
        effects.extend(kept.map(|effect| Effect {
            fate: Fate::Stays,
            ..effect
        }));
        Ok(effects)
    }

    async fn holds(&self, tx: &Tx, made: &Made) -> Result<Vec<Hold>> {
        let values = store::count_register(tx, &made.areas, None).await?;
        let targets = store::count_targets(tx, &made.areas).await?;
        let mut holds = Hold::of(Matter::Denominators, values);
        holds.extend(Hold::of(Matter::Targets, targets));
        Ok(holds)
    }
}

/// Whether a share is stated for everything an area is divided into.
fn is_shared_out(step: &Step, effect: &Effect) -> bool {
    let share = |to: &AreaId| step.after.share(effect.area, *to).is_some();
    !effect.successors.is_empty() && effect.successors.iter().all(share)
}
