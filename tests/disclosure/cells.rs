//! The published cell: what is derived from it, and what is not.

use std::num::NonZeroU32;

use proptest::prelude::*;
use rstest::rstest;
use vun::coverage::disclosure::{
    Atom, Census, PoolHistory, Population, Published, Shown, Sight, Tally, Threshold, Visibility,
};

use crate::world::month;

const SMALL: u8 = 0;
const LARGE: u8 = 2;

/// Commune 0 has 3 people and is pooled with commune 1; commune 2 has 50.
fn shown() -> Shown<u8> {
    let atoms = [(SMALL, 3), (1, 9), (LARGE, 50)].map(|(key, people)| Atom {
        key,
        near: vec![Some(0_u8)],
        populations: vec![Population::of(people)],
    });
    Shown::at(
        &PoolHistory::default(),
        month(0),
        &Census::new(1, 1, atoms).unwrap(),
        Threshold::default(),
    )
}

fn cell(
    commune: u8,
    numerator: impl Into<Option<u64>>,
    denominator: impl Into<Option<u64>>,
) -> Published {
    let tally = Tally {
        numerator: numerator.into(),
        denominator: denominator.into(),
    };
    shown().publish(&[commune].into_iter().collect(), Sight::Above, tally)
}

fn weeks(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

#[rstest]
#[case::met_exactly(70, 100, 70, true, 0)]
#[case::one_short(69, 100, 70, false, 1)]
#[case::rounded_up(0, 33, 50, false, 17)]
#[case::more_than_registered(12, 10, 90, true, 0)]
#[case::nothing_reached(0, 7, 100, false, 7)]
#[case::very_large(u64::MAX, u64::MAX, 100, true, 0)]
fn a_target_is_met_in_integers(
    #[case] numerator: u64,
    #[case] denominator: u64,
    #[case] percent: u32,
    #[case] met: bool,
    #[case] gap: u64,
) {
    let cell = cell(LARGE, numerator, denominator);
    assert_eq!(cell.is_target_met(percent).exact(), Some(met));
    assert_eq!(cell.gap(percent).exact(), Some(gap));
    let pace = cell.needed_per_week(percent, weeks(4)).exact().unwrap();
    assert!((pace - gap as f64 / 4.0).abs() < 1e-9);
}

#[test]
fn a_population_of_nobody_has_no_rate_and_meets_nothing() {
    let cell = cell(LARGE, 0, 0);
    assert_eq!(cell.denominator().exact(), Some(0));
    assert_eq!(cell.share().visibility(), Visibility::Undefined);
    assert_eq!(cell.is_target_met(0).visibility(), Visibility::Undefined);
    assert_eq!(cell.gap(90).visibility(), Visibility::Undefined);
}

#[test]
fn an_unknown_population_still_shows_the_numerator() {
    let cell = cell(LARGE, 12, None);
    assert_eq!(cell.numerator().exact(), Some(12));
    assert_eq!(cell.denominator().visibility(), Visibility::Unknown);
    assert_eq!(cell.share().visibility(), Visibility::Unknown);
    assert_eq!(cell.is_target_met(50).visibility(), Visibility::Unknown);
    assert_eq!(cell.gap(50).visibility(), Visibility::Unknown);
    assert_eq!(
        cell.needed_per_week(50, weeks(1)).visibility(),
        Visibility::Unknown
    );
}

#[test]
fn only_the_supervisor_of_the_very_commune_sees_it_exactly() {
    let area = [SMALL].into_iter().collect();
    let tally = Tally {
        numerator: Some(1),
        denominator: Some(3),
    };
    assert!(shown().publish(&area, Sight::Above, tally).is_pooled());
    assert_eq!(
        shown()
            .publish(&area, Sight::OwnCommune, tally)
            .numerator()
            .exact(),
        Some(1)
    );
    assert_eq!(
        shown().count(&area, Sight::Above, 1).visibility(),
        Visibility::Pooled
    );
    assert_eq!(shown().count(&area, Sight::OwnCommune, 1).exact(), Some(1));
    assert!(
        shown()
            .publish(&[77].into_iter().collect(), Sight::Above, tally)
            .is_pooled(),
        "an atom nobody knows"
    );
}

#[test]
fn sums_and_changes_of_exact_cells_are_exact() {
    let sum = Published::sum([cell(LARGE, 3, 10), cell(LARGE, 4, 20)]);
    assert_eq!(
        (sum.numerator().exact(), sum.denominator().exact()),
        (Some(7), Some(30))
    );
    assert_eq!(
        sum.share()
            .exact()
            .map(|share| (share.numerator(), share.denominator())),
        Some((7, 30))
    );
    assert_eq!(
        cell(LARGE, 3, 10).change_since(cell(LARGE, 8, 12)).exact(),
        Some(-5)
    );
    assert_eq!(
        cell(LARGE, 3, 10)
            .growth_since(cell(LARGE, 8, None))
            .visibility(),
        Visibility::Unknown
    );
}

proptest! {
    #[test]
    fn everything_derived_from_a_pooled_cell_is_pooled(
        numerator in any::<Option<u64>>(),
        denominator in any::<Option<u64>>(),
        percent in 0..200_u32,
        other in any::<Option<u64>>(),
    ) {
        let pooled = cell(SMALL, numerator, denominator);
        let exact = cell(LARGE, other, other);
        let derived = [
            pooled.numerator().visibility(),
            pooled.denominator().visibility(),
            pooled.share().visibility(),
            pooled.is_target_met(percent).visibility(),
            pooled.gap(percent).visibility(),
            pooled.needed_per_week(percent, weeks(3)).visibility(),
            pooled.change_since(exact).visibility(),
            exact.change_since(pooled).visibility(),
            pooled.growth_since(exact).visibility(),
            exact.growth_since(pooled).visibility(),
            exact.plus(pooled).numerator().visibility(),
            Published::sum([exact, pooled, exact]).denominator().visibility(),
        ];
        prop_assert!(derived.iter().all(|&visibility| visibility == Visibility::Pooled), "{:?}", derived);
        prop_assert_eq!(pooled, cell(SMALL, 0, 0));
    }
}
