//! Numbers of people beside each other that belong to no indicator, such as those who finished a lesson, by province.
//!
//! They are about nobody's disability by themselves, but a lesson for one kind of disability says something of who finished
//! it. So a part in which any number is 1 to `k`-1 is not shown, nor what the total would give away: more parts are hidden, the
//! smallest first, until what is hidden adds up to 0 or at least `k` in every number.

use std::collections::BTreeMap;

use super::{population::Threshold, published::Figure};

/// Several numbers of the same people, by part and in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside<K, const N: usize> {
    /// In all.
    pub total: [Figure<u64>; N],
    /// By part; parts in which nobody is at all are left out.
    pub parts: BTreeMap<K, [Figure<u64>; N]>,
}

/// The one way out for numbers of people by part.
pub fn beside<K: Ord + Clone, const N: usize>(
    numbers: &BTreeMap<K, [u64; N]>,
    k: Threshold,
) -> Beside<K, N> {
    let is_small = |people: u64| (1..k.persons()).contains(&people);
    let mut shown: Vec<(&K, &[u64; N])> = numbers
        .iter()
        .filter(|(_, part)| part.iter().any(|people| *people > 0))
        .collect();
    // The smallest last, to be taken from the end.
    shown.sort_by_key(|(_, part)| std::cmp::Reverse(part.iter().sum::<u64>()));
    let (mut hidden, kept): (Vec<_>, Vec<_>) = shown
        .into_iter()
        .partition(|(_, part)| part.iter().any(|people| is_small(*people)));
    let mut kept = kept;
    let sums = |parts: &[(&K, &[u64; N])]| -> [u64; N] {
        std::array::from_fn(|at| parts.iter().filter_map(|(_, part)| part.get(at)).sum())
    };
    while sums(&hidden).iter().any(|sum| is_small(*sum)) {
        match kept.pop() {
            Some(next) => hidden.push(next),
            None => break,
        }
    }
    let all: Vec<_> = hidden.iter().chain(&kept).copied().collect();
    let total = sums(&all).map(|sum| match is_small(sum) {
        true => Figure::pooled(),
        false => Figure::known(sum),
    });
    let hidden = hidden
        .into_iter()
        .map(|(key, _)| (key.clone(), [Figure::pooled(); N]));
    let kept = kept
        .into_iter()
        .map(|(key, part)| (key.clone(), part.map(Figure::known)));
    Beside {
        total,
        parts: hidden.chain(kept).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn neither_a_part_nor_what_is_left_of_the_total_is_ever_one_to_four(
            numbers in prop::collection::btree_map(0..40_u8, prop::array::uniform3(prop_oneof![0..9_u64, 0..200_u64]), 0..12),
        ) {
            let told = beside(&numbers, Threshold::new(5).unwrap());
            let small = |people: u64| (1..5).contains(&people);
            for at in 0..3 {
                let shown: Vec<u64> = told.parts.values().filter_map(|part| part[at].exact()).collect();
                prop_assert!(shown.iter().all(|people| !small(*people)));
                let Some(total) = told.total[at].exact() else { continue };
                prop_assert!(!small(total));
                let rest = total - shown.iter().sum::<u64>();
                prop_assert!(!small(rest), "{:?}", told);
            }
        }

        #[test]
        fn large_numbers_are_shown_as_they_are(
            numbers in prop::collection::btree_map(0..40_u8, prop::array::uniform2(5..200_u64), 1..12),
        ) {
            let told = beside(&numbers, Threshold::new(5).unwrap());
            for (key, part) in &numbers {
                prop_assert_eq!(told.parts[key].map(Figure::exact), part.map(Some));
            }
        }
    }
}
