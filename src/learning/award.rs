//! Awarding tiers: what a person's state is worth now, to her and to each of her children.

use std::collections::BTreeMap;

use entity::ids::IndicatorId;

use super::{
    Learning, RULE_VERSION,
    applies::{self, Facts},
    check,
    merge::PersonState,
    store::{self, Record},
    tiers::{self, ChildTiersReached, TiersReached},
};
use crate::{content::Catalogue, db::Tx, error::Result, programmes::Rulebook};

/// Tiers by indicator.
pub type Tiers = BTreeMap<IndicatorId, TiersReached>;

impl Learning {
    /// Awards and takes away tiers; answers whether any changed. Unless `fully`, only looks for new ones.
    pub(super) async fn settle(&self, tx: &Tx, record: &mut Record, fully: bool) -> Result<bool> {
        let (catalogue, rulebook) = (self.catalogue(), self.rulebook());
        if !fully && !has_news(record, &catalogue, &rulebook) {
            return Ok(false);
        }
        let stored = store::tiers_of(tx, record.person).await?;
        let now = own(&record.facts, &record.state, &stored, &catalogue, &rulebook);
        store::save_tiers(tx, record, &stored, &now, RULE_VERSION).await?;
        let days = check::days(&now);
        let mut changed = days != record.tiers;
        record.tiers = days;

        let stored = store::child_tiers_of(tx, record.person).await?;
        let now = for_children(&record.facts, &record.state, &stored, &catalogue, &rulebook);
        store::save_child_tiers(tx, record, &stored, &now, RULE_VERSION).await?;
        let days = check::child_days(&now);
        changed |= days != record.child_tiers;
        record.child_tiers = days;
        Ok(changed)
    }
}

/// Whether the events show a tier that the record lacks, or an earlier day.
pub(super) fn has_news(record: &Record, catalogue: &Catalogue, rulebook: &Rulebook) -> bool {
    let is_news = |known: Option<&BTreeMap<tiers::Tier, chrono::NaiveDate>>, ask: &applies::Ask| {
        tiers::judge(&record.state, ask)
            .iter()
            .any(|(tier, reached)| {
                known
                    .and_then(|known| known.get(tier))
                    .is_none_or(|known| reached.on < *known)
            })
    };
    let own = applies::asked(&record.facts, catalogue, rulebook);
    let mut children = record.facts.children.iter();
    own.iter()
        .any(|(indicator, ask)| is_news(record.tiers.get(indicator), ask))
        || children.any(|child| {
            let known = record.child_tiers.get(&child.id);
            (child.disabilities.is_some() || known.is_some())
                && applies::asked_for(&record.facts, child.id, catalogue, rulebook)
                    .iter()
                    .any(|(indicator, ask)| {
                        is_news(known.and_then(|known| known.get(indicator)), ask)
                    })
        })
}

/// The tiers a person holds: those the events show, and those stored that the events still bear out.
pub fn own(
    facts: &Facts,
    state: &PersonState,
    stored: &Tiers,
    catalogue: &Catalogue,
    rulebook: &Rulebook,
) -> Tiers {
    held(applies::asked(facts, catalogue, rulebook), state, stored)
}

/// The tiers a person holds for each child. A child without a known disability is only looked at if something was
/// awarded for it before: no indicator counts it now.
pub fn for_children(
    facts: &Facts,
    state: &PersonState,
    stored: &ChildTiersReached,
    catalogue: &Catalogue,
    rulebook: &Rulebook,
) -> ChildTiersReached {
    let nothing = Tiers::new();
    let children = facts
        .children
        .iter()
        .filter(|child| child.disabilities.is_some() || stored.contains_key(&child.id));
    children
        .map(|child| {
            let stored = stored.get(&child.id).unwrap_or(&nothing);
            let asked = applies::asked_for(facts, child.id, catalogue, rulebook);
            (child.id, held(asked, state, stored))
        })
        .filter(|(_, tiers)| !tiers.is_empty())
        .collect()
}

fn held(asked: Vec<(IndicatorId, applies::Ask<'_>)>, state: &PersonState, stored: &Tiers) -> Tiers {
    let nothing = TiersReached::new();
    asked
        .into_iter()
        .map(|(indicator, ask)| {
            let before = stored.get(&indicator).unwrap_or(&nothing);
            (indicator, tiers::settle(before, state, &ask))
        })
        .filter(|(_, tiers)| !tiers.is_empty())
        .collect()
}
