//! Who may leave a pool, and from when.

use proptest::prelude::*;
use rstest::rstest;
use vun::coverage::disclosure::{
    Atom, Census, HistoryError, Membership, PoolHistory, PoolId, Population, Threshold,
};

use crate::world::{INDICATORS, MONTHS, month, worlds};

fn census(people: &[(u8, Vec<Population>)]) -> Census<u8, u8> {
    let indicators = people[0].1.len();
    let atoms = people.iter().map(|(key, populations)| Atom {
        key: *key,
        near: vec![Some(*key), Some(0)],
        populations: populations.clone(),
    });
    Census::new(2, indicators, atoms).unwrap()
}

fn one(people: &[u64]) -> Census<u8, u8> {
    let rows: Vec<_> = (0_u8..)
        .zip(people)
        .map(|(key, &people)| (key, vec![Population::of(people)]))
        .collect();
    census(&rows)
}

/// Commune 0 with 3 and commune 1 with 4 people, pooled in month 0.
fn pooled() -> PoolHistory<u8> {
    let mut history = PoolHistory::default();
    history.evolve(&one(&[3, 4]), month(0), Threshold::default());
    assert!(history.pool_of(0, month(0)).is_some());
    assert_eq!(history.pool_of(0, month(0)), history.pool_of(1, month(0)));
    history
}

#[rstest]
#[case::nobody_has_twice_the_threshold([9, 9], false)]
#[case::the_rest_is_too_small([10, 4], false)]
#[case::the_rest_has_fallen_to_nobody([30, 0], false)]
#[case::one_has_twice_and_the_other_once([10, 5], true)]
#[case::both_have_twice([10, 10], true)]
fn a_commune_leaves_with_twice_the_threshold_when_the_rest_has_it_once(
    #[case] people: [u64; 2],
    #[case] leaves: bool,
) {
    let mut history = pooled();
    history.evolve(&one(&people), month(1), Threshold::default());
    assert_eq!(history.pool_of(0, month(2)).is_none(), leaves);
    assert_eq!(history.pool_of(1, month(2)).is_none(), leaves);
    assert!(
        history.pool_of(0, month(1)).is_some(),
        "the month of the evaluation itself stays pooled"
    );
    assert!(
        history.pool_of(0, month(0)).is_some(),
        "and so do earlier ones"
    );
}

#[rstest]
#[case::it_may_have_had_somebody(Population::of(0), false)]
#[case::nobody_was_ever_counted(Population::NEVER, true)]
fn a_zero_lets_a_commune_go_only_when_nobody_was_ever_counted(
    #[case] zero: Population,
    #[case] leaves: bool,
) {
    let mut history = PoolHistory::default();
    let some = Population::of;
    history.evolve(
        &census(&[(0, vec![some(3), zero]), (1, vec![some(4), some(9)])]),
        month(0),
        Threshold::default(),
    );
    history.evolve(
        &census(&[(0, vec![some(20), zero]), (1, vec![some(20), some(20)])]),
        month(1),
        Threshold::default(),
    );
    assert_eq!(history.pool_of(0, month(2)).is_none(), leaves);
}

#[test]
fn newcomers_do_not_set_free_the_only_partner_of_a_small_commune() {
    let mut history = PoolHistory::default();
    history.evolve(&one(&[3, 4, 0]), month(0), Threshold::default());
    history.evolve(&one(&[3, 20, 3]), month(1), Threshold::default());
    assert_eq!(
        history.pool_of(0, month(2)),
        history.pool_of(2, month(2)),
        "the newcomer joined"
    );
    history.evolve(&one(&[3, 20, 3]), month(2), Threshold::default());
    assert!(
        history.pool_of(1, month(3)).is_some(),
        "the pool of month 0 less commune 1 would show 3 people"
    );
    history.evolve(&one(&[5, 20, 3]), month(3), Threshold::default());
    assert!(history.pool_of(1, month(4)).is_none());
}

#[test]
fn a_commune_that_falls_again_joins_in_every_month() {
    let mut history = pooled();
    history.evolve(&one(&[10, 10, 30]), month(1), Threshold::default());
    history.evolve(&one(&[2, 30, 20]), month(4), Threshold::default());
    let pool = history.pool_of(2, month(3));
    assert!(pool.is_some());
    assert_eq!(history.pool_of(0, month(3)), pool, "joined since it left");
    assert_eq!(
        history.pool_of(1, month(3)),
        None,
        "the former partner stays by itself"
    );
    for atom in [0, 1, 2] {
        assert_eq!(
            history.pool_of(atom, month(0)),
            history.pool_of(0, month(0)),
            "one pool in the months before"
        );
    }
}

#[test]
fn an_evaluation_of_an_earlier_month_undoes_no_leaving() {
    let mut history = pooled();
    history.evolve(&one(&[10, 10]), month(5), Threshold::default());
    let changes = history.evolve(&one(&[10, 10]), month(2), Threshold::default());
    assert_eq!((changes.removed.len(), changes.added.len()), (0, 0));
}

#[test]
fn provinces_pool_when_one_has_nobody_to_join() {
    let atom = |key: u8, province: u8, people: u64| Atom {
        key,
        near: vec![Some((0, key)), Some((1, province))],
        populations: vec![Population::of(people)],
    };
    let atoms = [
        atom(0, 0, 2),
        atom(1, 1, 8),
        atom(2, 1, 9),
        atom(3, 2, 2),
        atom(4, 2, 2),
    ];
    let mut history = PoolHistory::default();
    history.evolve(
        &Census::new(2, 1, atoms).unwrap(),
        month(0),
        Threshold::default(),
    );
    let pools: Vec<Vec<u8>> = history
        .blocks_at(month(0))
        .into_values()
        .map(|pool| pool.into_iter().collect())
        .collect();
    assert_eq!(
        pools,
        [vec![0, 3, 4]],
        "the two small provinces together; the large one stays whole"
    );
}

#[rstest]
#[case::ends_before_it_begins(vec![(0, Some(3), Some(3), 1)], HistoryError::Empty)]
#[case::two_at_once(vec![(0, None, Some(3), 1), (0, Some(2), None, 2)], HistoryError::Overlap)]
#[case::out_of_nowhere(vec![(0, Some(2), None, 1), (1, Some(2), None, 1)], HistoryError::SplitBackwards)]
#[case::from_two_pools(
    vec![(0, None, Some(2), 1), (0, Some(2), None, 3), (1, None, Some(2), 2), (1, Some(2), None, 3)],
    HistoryError::SplitBackwards
)]
fn broken_rows_are_refused(
    #[case] rows: Vec<(u8, Option<usize>, Option<usize>, i64)>,
    #[case] error: HistoryError,
) {
    let rows = rows
        .into_iter()
        .map(|(atom, from, until, pool)| Membership {
            atom,
            from: from.map(month),
            until: until.map(month),
            pool: PoolId(pool),
            joined: month(0),
        });
    assert_eq!(PoolHistory::new(rows).unwrap_err(), error);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whoever_leaves_is_large_and_leaves_enough_behind(world in worlds()) {
        let mut history = PoolHistory::default();
        for number in 0..MONTHS {
            history.evolve(&world.census(number), month(number), world.threshold());
            let next: Vec<Vec<u8>> = {
                let mut pools: Vec<Vec<u8>> =
                    history.blocks_at(month(number + 1)).into_values().map(|pool| pool.into_iter().collect()).collect();
                let alone = (0..u8::try_from(world.places.len()).unwrap())
                    .filter(|&atom| history.pool_of(atom, month(number + 1)).is_none());
                pools.extend(alone.map(|atom| vec![atom]));
                pools
            };
            for pool in history.blocks_at(month(number)).into_values() {
                let parts: Vec<&Vec<u8>> = next.iter().filter(|part| part.iter().any(|atom| pool.contains(atom))).collect();
                if parts.len() < 2 {
                    continue;
                }
                let people = |part: &[u8], i: usize| -> u64 {
                    part.iter().map(|&atom| world.people[number][usize::from(atom)][i]).sum()
                };
                let never = |part: &[u8], i: usize| {
                    part.iter().all(|&atom| world.is_never_counted(usize::from(atom), number, i))
                };
                let has = |part: &[u8], least: u64| (0..INDICATORS).all(|i| {
                    let whole: u64 = parts.iter().map(|part| people(part, i)).sum();
                    whole == 0 || never(part, i) || people(part, i) >= least
                });
                prop_assert!(parts.iter().all(|part| has(part, world.k)));
                let small = parts.iter().filter(|part| !has(part, 2 * world.k)).count();
                prop_assert!(small <= 1, "only those who stay may have less than twice the threshold");
            }
        }
    }
}
