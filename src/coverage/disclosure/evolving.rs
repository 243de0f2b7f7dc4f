//! The monthly evaluation: lets atoms join pools in every month, and leave them from the next.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::leaving::{self, Member};
use super::pools::{Changes, Membership, Month, PoolHistory, PoolId};
use super::population::{AtomKey, Census, GroupKey, Threshold};
use super::settling::{Block, settle};

impl<A: AtomKey> PoolHistory<A> {
    /// Evaluates the family: joins what is too small by itself, for all months, and lets go from the month after
    /// `this_month` whatever has grown enough. Gives the rows to change and applies them here.
    ///
    /// With an empty history this builds the pools. Evaluating again with the same census and month changes nothing.
    pub fn evolve<G: GroupKey>(
        &mut self,
        census: &Census<A, G>,
        this_month: Month,
        k: Threshold,
    ) -> Changes<A> {
        let before: Vec<Membership<A>> = self.rows().copied().collect();
        let next_pool = before
            .iter()
            .map(|row| row.pool.0)
            .max()
            .unwrap_or(0)
            .saturating_add(1);
        let mut ids = (next_pool..).map(PoolId);
        let mut merged: Vec<BTreeSet<A>> = settle(self.present_blocks(census), census.levels(), k)
            .into_iter()
            .filter(Block::is_new)
            .map(|block| block.members.into_iter().collect())
            .collect();
        merged.sort();
        self.join(&ids.by_ref().zip(merged).collect::<Vec<_>>(), this_month);
        self.leave(census, this_month, k, &mut ids);
        let after: Vec<Membership<A>> = self.rows().copied().collect();
        Changes {
            removed: missing(&before, &after),
            added: missing(&after, &before),
        }
    }

    /// The blocks of the latest partition: open pools, and every other atom of the census by itself.
    fn present_blocks<G: GroupKey>(&self, census: &Census<A, G>) -> Vec<Block<A, G>> {
        let mut blocks: Vec<Block<A, G>> = self
            .open_pools()
            .into_values()
            .filter_map(|rows| Block::of(rows.iter().map(|row| census.atom_or_empty(row.atom))))
            .collect();
        let alone = census
            .atoms()
            .filter(|atom| self.open_row(atom.key).is_none());
        blocks.extend(alone.cloned().map(Block::from));
        blocks
    }

    /// Makes each group one pool in every month, together with all pools that any of its atoms was in that month.
    fn join(&mut self, groups: &[(PoolId, BTreeSet<A>)], month: Month) {
        let joining: BTreeMap<A, PoolId> = groups
            .iter()
            .flat_map(|(fresh, group)| group.iter().map(|&atom| (atom, *fresh)))
            .collect();
        let pools: BTreeSet<PoolId> = joining
            .keys()
            .filter_map(|atom| self.rows.get(atom))
            .flatten()
            .map(|row| row.pool)
            .collect();
        let mates = self
            .rows()
            .filter(|row| pools.contains(&row.pool))
            .map(|row| row.atom);
        let touched: BTreeSet<A> = joining.keys().copied().chain(mates).collect();
        let touched_rows = touched
            .iter()
            .filter_map(|atom| self.rows.get(atom))
            .flatten();
        let mut starts: BTreeSet<Option<Month>> =
            touched_rows.flat_map(|row| [row.from, row.until]).collect();
        starts.insert(None);

        let mut timelines: BTreeMap<A, Vec<Membership<A>>> = BTreeMap::new();
        for &start in &starts {
            let mut survivors = Survivors::default();
            for (&atom, &fresh) in &joining {
                if let Some(row) = self.seat(atom, start) {
                    survivors.unite(row.pool, fresh);
                }
            }
            for &atom in &touched {
                let (pool, joined) = match (self.seat(atom, start), joining.get(&atom)) {
                    (Some(row), _) => {
                        let pool = survivors.of(row.pool);
                        (pool, if pool == row.pool { row.joined } else { month })
                    }
                    (None, Some(&fresh)) => (survivors.of(fresh), month),
                    (None, None) => continue,
                };
                let timeline = timelines.entry(atom).or_default();
                let until = starts
                    .range((Bound::Excluded(start), Bound::Unbounded))
                    .next()
                    .copied()
                    .flatten();
                match timeline
                    .last_mut()
                    .filter(|row| row.until == start && row.pool == pool && row.joined == joined)
                {
                    Some(row) => row.until = until,
                    None => timeline.push(Membership {
                        atom,
                        from: start,
                        until,
                        pool,
                        joined,
                    }),
                }
            }
        }
        self.rows.extend(timelines);
    }

    fn leave<G: GroupKey>(
        &mut self,
        census: &Census<A, G>,
        this_month: Month,
        k: Threshold,
        ids: &mut impl Iterator<Item = PoolId>,
    ) {
        let from = this_month.next();
        for rows in self.open_pools().into_values() {
            let might_part = census.has_at_least(rows.iter().map(|row| row.atom), k.doubled());
            if !might_part || rows.iter().any(|row| row.from >= Some(from)) {
                continue;
            }
            let member = |row: &Membership<A>| Member {
                atom: census.atom_or_empty(row.atom),
                joined: row.joined,
            };
            let parts = leaving::part(rows.iter().map(member).collect(), k);
            if parts.len() < 2 {
                continue;
            }
            for (position, part) in parts.into_iter().enumerate() {
                let stays = position == 0;
                match (part.len() > 1, stays) {
                    (true, true) => {}
                    (true, false) => {
                        let pool = ids.next();
                        part.iter()
                            .for_each(|member| self.move_from(member.atom.key, from, pool));
                    }
                    (false, _) => part
                        .iter()
                        .for_each(|member| self.move_from(member.atom.key, from, None)),
                }
            }
        }
    }

    /// Ends the atom's open membership and, with a pool, begins the next.
    fn move_from(&mut self, atom: A, from: Month, pool: Option<PoolId>) {
        let Some(stretch) = self.rows.get_mut(&atom) else {
            return;
        };
        let Some(open) = stretch.pop() else { return };
        if open.from < Some(from) {
            stretch.push(Membership {
                until: Some(from),
                ..open
            });
        }
        if let Some(pool) = pool {
            stretch.push(Membership {
                from: Some(from),
                pool,
                ..open
            });
        }
    }
}

/// The rows of one sorted list that another lacks.
fn missing<A: AtomKey>(rows: &[Membership<A>], others: &[Membership<A>]) -> Vec<Membership<A>> {
    rows.iter()
        .filter(|row| others.binary_search(row).is_err())
        .copied()
        .collect()
}

/// Which pool lives on where several became one: the oldest.
#[derive(Default)]
struct Survivors(BTreeMap<PoolId, PoolId>);

impl Survivors {
    fn of(&self, pool: PoolId) -> PoolId {
        let mut survivor = pool;
        while let Some(&older) = self.0.get(&survivor) {
            survivor = older;
        }
        survivor
    }

    fn unite(&mut self, one: PoolId, other: PoolId) {
        let (one, other) = (self.of(one), self.of(other));
        if one != other {
            self.0.insert(one.max(other), one.min(other));
        }
    }
}
