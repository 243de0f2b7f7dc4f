//! Leaving: which parts of a pool have grown enough to stand by themselves from the next month on.

use std::collections::{BTreeMap, BTreeSet};

use super::pools::Month;
use super::population::{Atom, AtomKey, GroupKey, Population, Threshold};

/// A member of a pool: its atom, and the month of the evaluation by which it joined.
#[derive(Debug, Clone)]
pub(super) struct Member<A, G> {
    pub(super) atom: Atom<A, G>,
    pub(super) joined: Month,
}

/// Splits a pool into the parts that may stand apart; the first is what stays. One part means that nobody leaves.
///
/// Larger groupings leave before smaller ones (a province before a commune, a commune before an atom), larger populations before smaller.
pub(super) fn part<A: AtomKey, G: GroupKey>(
    pool: Vec<Member<A, G>>,
    k: Threshold,
) -> Vec<Vec<Member<A, G>>> {
    let levels = pool
        .iter()
        .map(|member| member.atom.near.len())
        .max()
        .unwrap_or(0);
    let mut staying = pool;
    let mut left = Vec::new();
    for level in (0..levels).rev() {
        let grouping = |member: &Member<A, G>| member.atom.near.get(level).copied().flatten();
        for leaver in by_population(&staying, grouping) {
            let (going, rest): (Vec<_>, Vec<_>) = staying
                .iter()
                .cloned()
                .partition(|member| grouping(member) == Some(leaver));
            if may_leave(&going, &rest, k) {
                left.push(going);
                staying = rest;
            }
        }
    }
    for leaver in by_population(&staying, |member| Some(member.atom.key)) {
        let (going, rest): (Vec<_>, Vec<_>) = staying
            .iter()
            .cloned()
            .partition(|member| member.atom.key == leaver);
        if may_leave(&going, &rest, k) {
            left.push(going);
            staying = rest;
        }
    }
    let mut parts = vec![staying];
    parts.append(&mut left);
    parts
}

/// The groups of members, the largest population first.
fn by_population<A: AtomKey, G: GroupKey, K: Ord + Copy>(
    members: &[Member<A, G>],
    key: impl Fn(&Member<A, G>) -> Option<K>,
) -> Vec<K> {
    let mut people: BTreeMap<K, u64> = BTreeMap::new();
    for member in members {
        if let Some(group) = key(member) {
            let sum = people.entry(group).or_default();
            *sum = member
                .atom
                .populations
                .iter()
                .fold(*sum, |sum, more| sum.saturating_add(more.people()));
        }
    }
    let mut groups: Vec<(K, u64)> = people.into_iter().collect();
    groups.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    groups.into_iter().map(|(group, _)| group).collect()
}

/// Whether `going` may leave `rest`, judged on the pool as it is and as it stood after each month in which members joined.
fn may_leave<A: AtomKey, G: GroupKey>(
    going: &[Member<A, G>],
    rest: &[Member<A, G>],
    k: Threshold,
) -> bool {
    if going.is_empty() || rest.is_empty() {
        return false;
    }
    let leavers = sums(going.iter());
    let months: BTreeSet<Month> = going
        .iter()
        .chain(rest)
        .map(|member| member.joined)
        .collect();
    let since = going.iter().map(|member| member.joined).min();
    leavers
        .iter()
        .any(|population| population.people() >= k.doubled())
        && months
            .into_iter()
            .filter(|&month| Some(month) >= since)
            .all(|month| {
                let stayers = sums(rest.iter().filter(|member| member.joined <= month));
                stayers.is_empty()
                    || leavers
                        .iter()
                        .zip(&stayers)
                        .all(|(&goes, &stays)| may_part(goes, stays, k))
            })
}

fn may_part(goes: Population, stays: Population, k: Threshold) -> bool {
    if goes.plus(stays).is_settled_zero() {
        return true;
    }
    (goes.people() >= k.doubled() || goes.is_never())
        && (stays.people() >= k.persons() || stays.is_never())
}

fn sums<'a, A: AtomKey + 'a, G: GroupKey + 'a>(
    members: impl Iterator<Item = &'a Member<A, G>>,
) -> Vec<Population> {
    members
        .map(|member| member.atom.populations.clone())
        .reduce(|sum, more| sum.iter().zip(&more).map(|(&a, &b)| a.plus(b)).collect())
        .unwrap_or_default()
}
