//! The onlooker's attack: every linear combination of everything shown, searched for a group smaller than the threshold.

use std::collections::BTreeSet;

use proptest::prelude::*;
use vun::coverage::disclosure::{AtomSet, PoolHistory, Shown};

use crate::world::{INDICATORS, MONTHS, Place, World, month, worlds};

/// A prime: arithmetic modulo it finds every dependency that rational numbers have, so the attack never misses one.
const PRIME: i64 = 2_147_483_647;

fn rank(mut rows: Vec<Vec<i64>>) -> usize {
    let width = rows.first().map_or(0, Vec::len);
    let mut rank = 0;
    for column in 0..width {
        let Some(pivot) = (rank..rows.len()).find(|&row| rows[row][column] != 0) else {
            continue;
        };
        rows.swap(rank, pivot);
        let inverse = power(rows[rank][column], PRIME - 2);
        let pivot_row: Vec<i64> = rows[rank]
            .iter()
            .map(|value| value * inverse % PRIME)
            .collect();
        for row in rows.iter_mut().skip(rank + 1) {
            let factor = row[column];
            for (value, pivot) in row.iter_mut().zip(&pivot_row) {
                *value = (*value - factor * pivot).rem_euclid(PRIME);
            }
        }
        rank += 1;
    }
    rank
}

fn power(mut base: i64, mut exponent: i64) -> i64 {
    let mut product = 1;
    while exponent > 0 {
        if exponent % 2 == 1 {
            product = product * base % PRIME;
        }
        base = base * base % PRIME;
        exponent /= 2;
    }
    product
}

/// Searches every group of 1 to k-1 people of an indicator: does some combination of what is shown say something about
/// them while the people outside cancel out? Such a combination is a row-space vector that vanishes outside the group.
fn isolated_group(
    world: &World,
    shown: &BTreeSet<AtomSet<u8>>,
    number: usize,
) -> Option<(usize, BTreeSet<usize>)> {
    for indicator in 0..INDICATORS {
        let counted: Vec<usize> = (0..world.places.len())
            .filter(|&atom| world.people[number][atom][indicator] > 0)
            .collect();
        let vectors = |atoms: &[usize]| -> Vec<Vec<i64>> {
            let contains =
                |area: &AtomSet<u8>, atom: usize| area.contains(u8::try_from(atom).unwrap());
            shown
                .iter()
                .map(|area| {
                    atoms
                        .iter()
                        .map(|&atom| i64::from(contains(area, atom)))
                        .collect()
                })
                .collect()
        };
        let whole = rank(vectors(&counted));
        for choice in 1_u32..(1 << counted.len()) {
            let inside = |position: usize| choice & (1 << position) != 0;
            let group: BTreeSet<usize> = counted
                .iter()
                .enumerate()
                .filter(|&(position, _)| inside(position))
                .map(|(_, &atom)| atom)
                .collect();
            let people: u64 = group
                .iter()
                .map(|&atom| world.people[number][atom][indicator])
                .sum();
            if people >= world.k {
                continue;
            }
            let outside: Vec<usize> = counted
                .iter()
                .copied()
                .filter(|atom| !group.contains(atom))
                .collect();
            if rank(vectors(&outside)) < whole {
                return Some((indicator, group));
            }
        }
    }
    None
}

/// Sees whether each block of a partition lies within one block of the other.
fn refines(finer: &Shown<u8>, coarser: &Shown<u8>) -> bool {
    let coarser = coarser.blocks();
    finer.blocks().iter().all(|(block, _)| {
        coarser
            .iter()
            .any(|(larger, _)| block.iter().all(|atom| larger.contains(atom)))
    })
}

fn structure(world: &World, history: &PoolHistory<u8>, number: usize) -> Shown<u8> {
    let nobody = World {
        people: vec![vec![[0; INDICATORS]; world.places.len()]; MONTHS + 2],
        ..world.clone()
    };
    Shown::at(history, month(number), &nobody.census(0), world.threshold())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_block_is_safe_unless_the_whole_country_is_too_small(world in worlds()) {
        for evaluated in 1..=MONTHS {
            let history = world.history(evaluated);
            for number in 0..MONTHS {
                let country: AtomSet<u8> = (0..u8::try_from(world.places.len()).unwrap()).collect();
                for (block, is_safe) in world.shown(&history, number).blocks() {
                    let people: Vec<u64> = (0..INDICATORS).map(|i| world.people_of(&block, number, i)).collect();
                    prop_assert_eq!(is_safe, people.iter().all(|&people| people == 0 || people >= world.k));
                    let hopeless = (0..INDICATORS)
                        .any(|i| (1..world.k).contains(&world.people_of(&country, number, i)));
                    prop_assert!(is_safe || hopeless, "block {:?} with {:?}", block, people);
                }
            }
        }
    }

    #[test]
    fn nothing_shown_at_one_date_isolates_fewer_than_the_threshold(world in worlds()) {
        let history = world.history(MONTHS);
        for number in 0..MONTHS {
            let shown = world.shown_sets(&world.shown(&history, number));
            prop_assert_eq!(isolated_group(&world, &shown, number), None);
        }
    }

    #[test]
    fn nothing_shown_at_all_dates_together_isolates_fewer_than_the_threshold_of_today(world in worlds()) {
        let history = world.history(MONTHS);
        let all_safe = world.shown(&history, MONTHS - 1).blocks().iter().all(|(_, is_safe)| *is_safe);
        prop_assume!(all_safe, "a country too small to show anything today");
        let shown = (0..=MONTHS + 1)
            .flat_map(|number| {
                let people = number.min(MONTHS - 1);
                world.shown_sums(&Shown::at(&history, month(number), &world.census(people), world.threshold()))
            })
            .collect();
        prop_assert_eq!(isolated_group(&world, &shown, MONTHS - 1), None);
    }

    #[test]
    fn hiding_only_the_small_areas_is_found_out_whenever_a_parent_shows_the_rest(world in worlds()) {
        let areas = world.areas();
        let isolated = isolated_group(&world, &areas, 0);
        let small = areas.iter().any(|area| (0..INDICATORS)
            .any(|i| (1..world.k).contains(&world.people_of(area, 0, i))));
        prop_assert!(isolated.is_some() || !small);
    }

    #[test]
    fn the_order_of_input_changes_nothing(world in worlds(), seed in any::<prop::sample::Index>()) {
        let mut forward = PoolHistory::default();
        let mut backward = PoolHistory::default();
        for number in 0..MONTHS {
            let mut atoms = world.atoms(number);
            let turn = seed.index(atoms.len());
            atoms.rotate_left(turn);
            atoms.reverse();
            let shuffled = vun::coverage::disclosure::Census::new(3, INDICATORS, atoms).unwrap();
            let one = forward.evolve(&world.census(number), month(number), world.threshold());
            let mut rows: Vec<_> = backward.rows().copied().collect();
            rows.reverse();
            backward = PoolHistory::new(rows).unwrap();
            prop_assert_eq!(one, backward.evolve(&shuffled, month(number), world.threshold()));
        }
    }

    #[test]
    fn pools_never_split_backwards(world in worlds()) {
        let mut history = PoolHistory::default();
        for evaluated in 0..MONTHS {
            let before: Vec<Shown<u8>> = (0..=evaluated).map(|number| structure(&world, &history, number)).collect();
            let rows: BTreeSet<_> = history.rows().copied().collect();
            let changes = history.evolve(&world.census(evaluated), month(evaluated), world.threshold());
            for (number, earlier) in before.iter().enumerate() {
                let after = structure(&world, &history, number);
                prop_assert!(refines(earlier, &after), "month {} split when {} was evaluated", number, evaluated);
                prop_assert!(refines(&structure(&world, &history, number + 1), &after));
            }
            let stored: BTreeSet<_> = rows
                .iter()
                .filter(|row| !changes.removed.contains(row))
                .chain(&changes.added)
                .copied()
                .collect();
            prop_assert_eq!(&stored, &history.rows().copied().collect::<BTreeSet<_>>());
            prop_assert!(PoolHistory::new(stored).is_ok());
        }
    }

    #[test]
    fn evaluating_twice_changes_nothing_more(world in worlds()) {
        let mut history = world.history(MONTHS);
        let again = history.evolve(&world.census(MONTHS - 1), month(MONTHS - 1), world.threshold());
        prop_assert_eq!((again.removed.len(), again.added.len()), (0, 0));
        prop_assert!(!world.shown(&history, MONTHS - 1).needs_evaluation());
    }
}

fn two_communes(people: [u64; 3]) -> World {
    let commune = |current| Place {
        province: 0,
        current: Some(current),
        old: None,
    };
    World {
        k: 5,
        places: vec![commune(0), commune(1), commune(2)],
        people: vec![people.iter().map(|&people| [people, 0]).collect(); MONTHS],
    }
}

#[test]
fn the_attack_finds_a_small_commune_that_only_its_own_cell_hides() {
    let world = two_communes([3, 20, 30]);
    let all_but_the_small: BTreeSet<AtomSet<u8>> = world
        .areas()
        .into_iter()
        .filter(|area| world.people_of(area, 0, 0) >= 5)
        .collect();
    assert_eq!(
        isolated_group(&world, &all_but_the_small, 0),
        Some((0, BTreeSet::from([0])))
    );
    let shown = world.shown(&world.history(1), 0);
    assert_eq!(isolated_group(&world, &world.shown_sets(&shown), 0), None);
}

#[test]
fn a_small_commune_takes_the_smallest_partner_and_the_rest_stay_exact() {
    let world = two_communes([3, 20, 30]);
    let shown = world.shown(&world.history(1), 0);
    let exact: Vec<bool> = (0..3_u8)
        .map(|atom| shown.is_exact(&[atom].into_iter().collect()))
        .collect();
    assert_eq!(exact, [false, false, true]);
    assert!(shown.is_exact(&[0, 1, 2].into_iter().collect()));
    assert_eq!(
        shown.pool_around(&[0].into_iter().collect()),
        Some([0, 1].into_iter().collect())
    );
}

#[test]
fn a_date_at_which_a_commune_was_small_is_guarded_as_a_whole() {
    let mut world = two_communes([20, 20, 30]);
    let history = world.history(1);
    world.people[0][0] = [2, 0];
    let shown = world.shown(&history, 0);
    assert!(shown.needs_evaluation());
    assert!(!shown.is_exact(&[0].into_iter().collect()));
    assert_eq!(isolated_group(&world, &world.shown_sets(&shown), 0), None);
}

#[test]
fn a_country_with_fewer_people_than_the_threshold_is_not_shown_at_all() {
    let world = two_communes([1, 2, 0]);
    let shown = world.shown(&world.history(1), 0);
    assert!(!shown.is_exact(&[0, 1, 2].into_iter().collect()));
    assert_eq!(shown.pool_around(&[0].into_iter().collect()), None);
    assert!(
        shown.is_exact(&[2].into_iter().collect()),
        "nobody is shown as nobody"
    );
}
