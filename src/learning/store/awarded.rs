//! Statements on the tiers that were awarded, to a person and for her children.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::{
    child_tier_reached,
    ids::{IndicatorId, PersonId},
    tier_reached,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::OnConflict,
};

use super::{Record, parse, print};
use crate::{
    error::{Error, Result},
    learning::tiers::{ChildTiersReached, Reached, Tier, TiersReached},
};

fn read(tier: &str, on: NaiveDate, required: &str) -> Result<(Tier, Reached)> {
    let tier =
        Tier::of_word(tier).ok_or_else(|| Error::internal(format!("no such tier: {tier}")))?;
    let required = parse(required)?;
    Ok((tier, Reached { on, required }))
}

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
        let (tier, reached) = read(&row.tier, row.reached_on, &row.required)?;
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

/// The tiers a person has reached for single children, with what was required then.
pub async fn child_tiers_of(
    db: &impl ConnectionTrait,
    person: PersonId,
) -> Result<ChildTiersReached> {
    let rows = child_tier_reached::Entity::find()
        .filter(child_tier_reached::Column::PersonId.eq(person))
        .all(db)
        .await?;
    let mut tiers = ChildTiersReached::new();
    for row in rows {
        let (tier, reached) = read(&row.tier, row.reached_on, &row.required)?;
        let of_child = tiers.entry(row.child_id).or_default();
        of_child
            .entry(row.indicator_id)
            .or_default()
            .insert(tier, reached);
    }
    Ok(tiers)
}

/// Writes the tiers of a person for single children that differ from those stored.
pub async fn save_child_tiers(
    db: &impl ConnectionTrait,
    record: &Record,
    stored: &ChildTiersReached,
    now: &ChildTiersReached,
    rule_version: i32,
) -> Result<()> {
    use child_tier_reached::Column as C;
    let find = |tiers: &ChildTiersReached, child, indicator, tier| -> Option<Reached> {
        tiers.get(child)?.get(indicator)?.get(tier).cloned()
    };
    for (child, of_child) in stored {
        for (indicator, tiers) in of_child {
            for tier in tiers.keys() {
                if find(now, child, indicator, tier).is_none() {
                    let key = (record.person, *child, *indicator, tier.word().to_owned());
                    child_tier_reached::Entity::delete_by_id(key)
                        .exec(db)
                        .await?;
                }
            }
        }
    }
    let mut changed = Vec::new();
    for (child, of_child) in now {
        for (indicator, tiers) in of_child {
            for (tier, reached) in tiers {
                if find(stored, child, indicator, tier).as_ref() == Some(reached) {
                    continue;
                }
                changed.push(child_tier_reached::ActiveModel {
                    person_id: Set(record.person),
                    child_id: Set(*child),
                    bucket: Set(record.bucket),
                    indicator_id: Set(*indicator),
                    tier: Set(tier.word().to_owned()),
                    reached_on: Set(reached.on),
                    required: Set(print(&reached.required)?),
                    rule_version: Set(rule_version),
                });
            }
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    let replace = OnConflict::columns([C::PersonId, C::ChildId, C::IndicatorId, C::Tier])
        .update_columns([C::ReachedOn, C::Required, C::RuleVersion])
        .to_owned();
    child_tier_reached::Entity::insert_many(changed)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
