//! What must be mended before a change of areas can be planned.

use std::collections::{BTreeSet, HashMap};

use chrono::{Months, NaiveDate};
use entity::{area::AreaLevel, area_change::AreaChangeKind as Kind, ids::AreaId};

use super::{
    ask::{Ask, Edge},
    targets::check_targets,
    world::World,
};
use crate::error::{UserError, UserErrorCode as Code};

/// The most areas, edges or moves one change names.
const MOST: usize = 1_000;
/// The longest number of a decision, in characters.
const LONGEST_DECISION: usize = 200;
/// How far ahead of its first day a decision can be entered, in months.
const AHEAD: u32 = 24;
/// Shares are written with few digits: what adds up to one by hand must not fail for the last of them.
const ROUNDING: f64 = 1e-6;

/// What is wrong with a change; nothing when it can be planned.
pub fn faults(world: &World, ask: &Ask, today: NaiveDate) -> Vec<UserError> {
    let mut found = Vec::new();
    check_frame(world, ask, today, &mut found);
    if !found.is_empty() {
        return found;
    }
    check_from(world, ask, &mut found);
    check_targets(world, ask, &mut found);
    // Edges are judged between areas that can be used at all.
    if found.is_empty() {
        let edges = ask.all_edges();
        check_edges(ask, &edges, &mut found);
        if found.is_empty() {
            check_shape(world, ask, &edges, &mut found);
            check_provinces(world, ask, &edges, &mut found);
        }
    }
    found
}

/// Shorthand for one thing to mend.
pub(super) fn fault(code: Code, field: impl AsRef<str>, message: &'static str) -> UserError {
    UserError::new(code, field.as_ref(), message)
}

fn check_frame(world: &World, ask: &Ask, today: NaiveDate, found: &mut Vec<UserError>) {
    let decision = ask.decision.trim();
    if decision.is_empty() {
        found.push(fault(Code::Required, "decision", "area-change-decision"));
    } else if decision.chars().count() > LONGEST_DECISION || decision.contains('\0') {
        let wrong = fault(Code::Invalid, "decision", "area-change-decision-long");
        found.push(wrong.with("most", LONGEST_DECISION));
    }
    let latest = today
        .checked_add_months(Months::new(AHEAD))
        .unwrap_or(today);
    if ask.effective_on > latest {
        let wrong = fault(Code::DateOutOfRange, "effectiveOn", "area-change-far-ahead");
        found.push(wrong.with("latest", latest));
    }
    let key = (decision.to_owned(), ask.effective_on, ask.kind);
    if world.changes.contains(&key) {
        let wrong = fault(Code::Taken, "decision", "area-change-applied-already");
        found.push(
            wrong
                .with("decision", decision)
                .with("on", ask.effective_on),
        );
    }
    if ask.from.is_empty() {
        found.push(fault(
            Code::Required,
            "fromIds",
            "area-change-from-required",
        ));
    }
    let ends_level = ask.kind == Kind::LevelAbolished;
    if ends_level && !(ask.to.is_empty() && ask.edges.is_empty()) {
        found.push(fault(
            Code::Invalid,
            "to",
            "area-change-level-has-no-successor",
        ));
    } else if !ends_level && ask.to.is_empty() {
        found.push(fault(Code::Required, "to", "area-change-to-required"));
    }
    for (count, field) in [
        (ask.from.len(), "fromIds"),
        (ask.to.len(), "to"),
        (ask.edges.len(), "edges"),
        (ask.moves.len(), "moves"),
    ] {
        if count > MOST {
            found.push(fault(Code::TooMany, field, "named-too-many").with("limit", MOST));
        }
    }
}

fn check_from(world: &World, ask: &Ask, found: &mut Vec<UserError>) {
    let day = ask.effective_on;
    let mut seen = BTreeSet::new();
    let level = ask.from.first().and_then(|id| world.level(*id));
    for (at, id) in ask.from.iter().enumerate() {
        let field = format!("fromIds.{at}");
        if !seen.insert(*id) {
            found.push(fault(Code::Invalid, field, "area-change-named-twice"));
            continue;
        }
        let Some(facts) = world.facts.get(id) else {
            found.push(fault(Code::NotFound, field, "area-unknown"));
            continue;
        };
        let named = |wrong: UserError| wrong.with("area", facts.name());
        if let Some(last) = facts.area.valid_to {
            let wrong = fault(Code::Closed, field, "area-change-ended-already");
            found.push(named(wrong).with("last", last));
        } else if let Some(first) = facts.area.valid_from.filter(|first| *first >= day) {
            let wrong = fault(
                Code::DateOutOfRange,
                "effectiveOn",
                "area-change-before-area",
            );
            found.push(named(wrong).with("first", first));
        } else if facts.has_later(day) {
            let wrong = fault(Code::Conflict, "effectiveOn", "area-change-overlaps");
            found.push(named(wrong).with("on", day));
        } else if facts.area.level == AreaLevel::Country {
            found.push(fault(Code::Invalid, field, "area-change-country"));
        } else if Some(facts.area.level) != level {
            found.push(fault(Code::Invalid, field, "area-change-levels"));
        } else if wrong_level(ask.kind, facts.area.level) {
            found.push(named(fault(Code::Invalid, field, "area-change-kind-level")));
        }
    }
}

fn wrong_level(kind: Kind, level: AreaLevel) -> bool {
    match kind {
        // Without communes nobody would live anywhere, and no figure is exact below the province.
        Kind::LevelAbolished | Kind::BecameSpecialZone => level != AreaLevel::District,
        _ => false,
    }
}

fn check_edges(ask: &Ask, edges: &[Edge], found: &mut Vec<UserError>) {
    if edges.is_empty() && ask.kind != Kind::LevelAbolished {
        found.push(fault(Code::Required, "edges", "area-change-edges-required"));
        return;
    }
    let mut seen = BTreeSet::new();
    let mut shares: HashMap<AreaId, f64> = HashMap::new();
    for (at, edge) in edges.iter().enumerate() {
        let field = |name: &str| format!("edges.{at}.{name}");
        if !ask.from.contains(&edge.from) {
            found.push(fault(
                Code::NotFound,
                field("fromId"),
                "area-change-edge-from",
            ));
        }
        if !ask.to.iter().any(|to| to.id == edge.to) {
            found.push(fault(Code::NotFound, field("toId"), "area-change-edge-to"));
        }
        if !seen.insert((edge.from, edge.to)) {
            found.push(fault(
                Code::Invalid,
                field("toId"),
                "area-change-named-twice",
            ));
        }
        if let Some(share) = edge.share {
            if !(share > 0.0 && share <= 1.0) {
                found.push(fault(Code::Invalid, field("share"), "area-change-share"));
            }
            *shares.entry(edge.from).or_default() += share;
        }
        if ask.keeps_identity() && edge.from != edge.to {
            found.push(fault(
                Code::Invalid,
                field("toId"),
                "area-change-keeps-itself",
            ));
        }
    }
    if shares.values().any(|sum| *sum > 1.0 + ROUNDING) {
        found.push(fault(Code::Invalid, "edges", "area-change-shares"));
    }
    for (at, id) in ask.from.iter().enumerate() {
        let ends_level = ask.kind == Kind::LevelAbolished;
        if !ends_level && !edges.iter().any(|edge| edge.from == *id) {
            let field = format!("fromIds.{at}");
            found.push(fault(Code::Required, field, "area-change-leads-nowhere"));
        }
    }
    for (at, to) in ask.to.iter().enumerate() {
        if !edges.iter().any(|edge| edge.to == to.id) {
            let field = format!("to.{at}.id");
            found.push(fault(
                Code::Required,
                field,
                "area-change-comes-from-nowhere",
            ));
        }
    }
}

/// Whether the edges are those of the kind of change.
fn check_shape(world: &World, ask: &Ask, edges: &[Edge], found: &mut Vec<UserError>) {
    let parts = |id: &AreaId| edges.iter().filter(|edge| edge.from == *id).count();
    let sources = |id: AreaId| edges.iter().filter(|edge| edge.to == id).count();
    let split: Vec<_> = ask.from.iter().filter(|id| parts(id) > 1).collect();
    match ask.kind {
        Kind::Merged | Kind::BecameSpecialZone => {
            for id in split {
                let wrong = fault(Code::Invalid, "edges", "area-change-merged-is-split");
                found.push(wrong.with("area", world.name(*id)));
            }
        }
        Kind::Split if split.is_empty() => {
            found.push(fault(Code::Invalid, "edges", "area-change-nothing-split"));
        }
        Kind::PartTransferred if split.is_empty() || ask.to.iter().all(|to| sources(to.id) < 2) => {
            found.push(fault(Code::Invalid, "edges", "area-change-no-transfer"));
        }
        _ => {}
    }
}

/// Nobody's home leaves its province: a figure stays exact from the province up.
fn check_provinces(world: &World, ask: &Ask, edges: &[Edge], found: &mut Vec<UserError>) {
    let day = ask.effective_on;
    let province = |id| world.around(id, AreaLevel::Province, day);
    for (at, edge) in edges.iter().enumerate() {
        let below = world
            .level(edge.from)
            .is_some_and(|level| level > AreaLevel::Province);
        let target = ask.to.iter().find(|to| to.id == edge.to);
        let around = target
            .and_then(|to| to.parent)
            .or_else(|| world.facts.get(&edge.to)?.parent_on(day));
        if below && province(edge.from) != around.and_then(province) {
            let field = format!("edges.{at}.toId");
            let wrong = fault(Code::Invalid, field, "area-change-crosses-provinces");
            found.push(wrong.with("area", world.name(edge.from)));
        }
    }
}
