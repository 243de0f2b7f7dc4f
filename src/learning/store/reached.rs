//! Statements on tiers reached.

use std::collections::BTreeMap;

use entity::{
    ids::{IndicatorId, PersonId},
    tier_reached,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::OnConflict,
};

use super::{Record, parse, print};
use crate::{
    error::{Error, Result},
    learning::tiers::{Reached, Tier, TiersReached},
};

/// The tiers a person has reached, with what was required then.
pub async fn tiers_of(
    db: &impl ConnectionTrait,
    person: PersonId,
) -> Result<BTreeMap<IndicatorId, TiersReached>> {
    let rows = tier_reached::Entity::find()
        .filter(tier_reached::Column::PersonId.eq(person))
        .all(db)
        .await?;
    let mut tiers: BTreeMap<IndicatorId, TiersReached> = BTreeMap::new();
    for row in rows {
        let tier = Tier::of_word(&row.tier)
            .ok_or_else(|| Error::internal(format!("no such tier: {}", row.tier)))?;
        let reached = Reached {
            on: row.reached_on,
            required: parse(&row.required)?,
        };
        tiers
            .entry(row.indicator_id)
            .or_default()
            .insert(tier, reached);
    }
    Ok(tiers)
}

/// Writes the tiers of a person that differ from those stored.
pub async fn save_tiers(
    db: &impl ConnectionTrait,
    record: &Record,
    stored: &BTreeMap<IndicatorId, TiersReached>,
    now: &BTreeMap<IndicatorId, TiersReached>,
    rule_version: i32,
) -> Result<()> {
    use tier_reached::Column as C;
    let nothing = TiersReached::new();
    for (indicator, tiers) in stored {
        let kept = now.get(indicator).unwrap_or(&nothing);
        for tier in tiers.keys().filter(|tier| !kept.contains_key(tier)) {
            tier_reached::Entity::delete_by_id((record.person, *indicator, tier.word().to_owned()))
                .exec(db)
                .await?;
        }
    }
    let mut changed = Vec::new();
    for (indicator, tiers) in now {
        let before = stored.get(indicator).unwrap_or(&nothing);
        for (tier, reached) in tiers
            .iter()
            .filter(|(tier, reached)| before.get(tier) != Some(reached))
        {
            changed.push(tier_reached::ActiveModel {
                person_id: Set(record.person),
                bucket: Set(record.bucket),
                indicator_id: Set(*indicator),
                tier: Set(tier.word().to_owned()),
                reached_on: Set(reached.on),
                required: Set(print(&reached.required)?),
                rule_version: Set(rule_version),
            });
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    let replace = OnConflict::columns([C::PersonId, C::IndicatorId, C::Tier])
        .update_columns([C::ReachedOn, C::Required, C::RuleVersion])
        .to_owned();
    tier_reached::Entity::insert_many(changed)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
