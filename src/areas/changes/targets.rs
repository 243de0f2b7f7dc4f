//! What must be mended about the areas a change leads to.

use std::collections::{BTreeSet, HashMap};

use entity::{area::AreaLevel, area_change::AreaChangeKind as Kind, ids::AreaId};

use super::{
    super::rows::{fits_level, official_word},
    ask::{Ask, Target},
    check::fault,
    world::{Facts, World},
};
use crate::error::{UserError, UserErrorCode as Code};

/// The longest official name, in characters.
const LONGEST_NAME: usize = 100;

/// Checks every area a change leads to.
pub(super) fn check_targets(world: &World, ask: &Ask, found: &mut Vec<UserError>) {
    let codes = codes_after(world, ask);
    let (mut seen, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for (at, to) in ask.to.iter().enumerate() {
        let field = |name: &str| format!("to.{at}.{name}");
        if to.id.0.is_nil() {
            found.push(fault(Code::Invalid, field("id"), "id-invalid"));
            continue;
        }
        if !seen.insert(to.id) {
            found.push(fault(Code::Invalid, field("id"), "area-change-named-twice"));
            continue;
        }
        let known = world.facts.get(&to.id);
        match known {
            _ if ask.keeps_identity() => check_kept(world, ask, to, at, found),
            _ if ask.from.contains(&to.id) => {
                let wrong = fault(Code::Invalid, field("id"), "area-change-into-itself");
                found.push(wrong.with("area", world.name(to.id)));
                continue;
            }
            Some(facts) => check_same_day(ask, facts, at, found),
            None => check_new(world, ask, to, at, found),
        }
        let level = target_level(world, ask);
        if let (Some(name), Some(level)) = (&to.name, level) {
            let unit = to.unit_type.or(known.map(Facts::unit_type));
            let word = unit.map_or("", official_word);
            let begins = name.to_lowercase().starts_with(&word.to_lowercase());
            let length = name.chars().count();
            if !begins || length <= word.chars().count() + 1 {
                let wrong = fault(Code::Invalid, field("name"), "area-change-name");
                found.push(wrong.with("word", word));
            } else if length > LONGEST_NAME || name.contains('\0') {
                let wrong = fault(Code::Invalid, field("name"), "area-change-name-long");
                found.push(wrong.with("most", LONGEST_NAME));
            }
            if unit.is_some_and(|unit| !fits_level(level, unit)) {
                found.push(fault(Code::Invalid, field("unitType"), "area-change-unit"));
            }
        }
        if let (Some(code), Some(level)) = (&to.code, level) {
            let digits = digits(level);
            if code.len() != digits || !code.bytes().all(|byte| byte.is_ascii_digit()) {
                let wrong = fault(Code::Invalid, field("code"), "area-change-code");
                found.push(wrong.with("digits", digits));
            } else if let Some(other) = codes.get(code.as_str()).filter(|other| **other != to.id) {
                let wrong = fault(Code::Taken, field("code"), "area-change-code-taken");
                found.push(wrong.with("code", code).with("area", world.name(*other)));
            } else if !taken.insert(code.clone()) {
                found.push(fault(
                    Code::Invalid,
                    field("code"),
                    "area-change-named-twice",
                ));
            }
        }
    }
}

/// The level of everything a change leads to.
pub(super) fn target_level(world: &World, ask: &Ask) -> Option<AreaLevel> {
    match ask.kind {
        Kind::BecameSpecialZone => Some(AreaLevel::Commune),
        _ => ask.from.first().and_then(|id| world.level(*id)),
    }
}

fn digits(level: AreaLevel) -> usize {
    match level {
        AreaLevel::Country | AreaLevel::Province => 2,
        AreaLevel::District => 3,
        AreaLevel::Commune => 5,
    }
}

/// Which areas the change leaves alone have a code on its day or later.
fn codes_after<'w>(world: &'w World, ask: &Ask) -> HashMap<&'w str, AreaId> {
    let others = world
        .facts
        .values()
        .filter(|facts| !ask.from.contains(&facts.area.area_id));
    let rows = others.flat_map(|facts| &facts.codes);
    rows.filter(|row| row.valid_to.is_none_or(|last| last >= ask.effective_on))
        .map(|row| (row.code.as_str(), row.area_id))
        .collect()
}

fn check_kept(world: &World, ask: &Ask, to: &Target, at: usize, found: &mut Vec<UserError>) {
    let Some(facts) = world
        .facts
        .get(&to.id)
        .filter(|_| ask.from.contains(&to.id))
    else {
        let field = format!("to.{at}.id");
        found.push(fault(Code::Invalid, field, "area-change-keeps-itself"));
        return;
    };
    let says = |told: Option<&str>, known: &str| told.is_some_and(|told| told != known);
    let changed = says(to.name.as_deref(), facts.name())
        || says(to.code.as_deref(), facts.code())
        || to.unit_type.is_some_and(|unit| unit != facts.unit_type());
    if !changed {
        found.push(fault(
            Code::Required,
            format!("to.{at}"),
            "area-change-nothing",
        ));
    }
    if to.unit_type.is_some() && to.name.is_none() {
        let field = format!("to.{at}.name");
        found.push(fault(Code::Required, field, "area-change-name-required"));
    }
    if to
        .parent
        .is_some_and(|parent| facts.parent_on(ask.effective_on) != Some(parent))
    {
        let field = format!("to.{at}.parentId");
        found.push(fault(Code::Invalid, field, "area-change-parent-kept"));
    }
}

/// What one decision does by several changes may meet in one new area.
fn check_same_day(ask: &Ask, facts: &Facts, at: usize, found: &mut Vec<UserError>) {
    let opened = facts.area.valid_from == Some(ask.effective_on) && facts.area.valid_to.is_none();
    if !opened {
        let wrong = fault(Code::Conflict, format!("to.{at}.id"), "area-change-exists");
        found.push(wrong.with("area", facts.name()));
    }
}

fn check_new(world: &World, ask: &Ask, to: &Target, at: usize, found: &mut Vec<UserError>) {
    let field = |name: &str| format!("to.{at}.{name}");
    for (missing, name, message) in [
        (to.name.is_none(), "name", "area-change-name-required"),
        (
            to.unit_type.is_none(),
            "unitType",
            "area-change-unit-required",
        ),
        (to.code.is_none(), "code", "area-change-code-required"),
        (
            to.parent.is_none(),
            "parentId",
            "area-change-parent-required",
        ),
    ] {
        if missing {
            found.push(fault(Code::Required, field(name), message));
        }
    }
    let Some(parent) = to.parent else { return };
    let Some(around) = world.facts.get(&parent) else {
        found.push(fault(Code::NotFound, field("parentId"), "area-unknown"));
        return;
    };
    let day = ask.effective_on;
    let begun = around.area.valid_from.is_none_or(|first| first <= day);
    let higher = target_level(world, ask).is_some_and(|level| around.area.level < level);
    if !begun || around.area.valid_to.is_some() || ask.from.contains(&parent) {
        let wrong = fault(Code::Closed, field("parentId"), "area-change-parent-closed");
        found.push(wrong.with("area", around.name()).with("on", day));
    } else if !higher {
        let wrong = fault(Code::Invalid, field("parentId"), "area-change-parent-level");
        found.push(wrong.with("area", around.name()));
    }
}
