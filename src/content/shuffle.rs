//! Shuffling a quiz by a seed, so that the app without a network and the server show the same order.
//!
//! The order of some things is that of their keys, smallest first. The key of a thing is the SHA-256 of the UTF-8 text
//! `<seed>:<id>`, where the id is the UUID as the API writes it (lower-case, with hyphens). Questions are shuffled among
//! themselves, and the options of each question among themselves, with the same seed. The seed is any text of the app's
//! choosing, such as the id of the attempt's event.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Puts things in the order that a seed gives.
pub fn shuffle<T>(things: &mut [T], seed: &str, id: impl Fn(&T) -> Uuid) {
    things.sort_by_cached_key(|thing| key(seed, id(thing)));
}

fn key(seed: &str, id: Uuid) -> [u8; 32] {
    Sha256::digest(format!("{seed}:{id}")).into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_order_is_that_of_the_hashes() {
        let mut ids: Vec<Uuid> = (1..=4).map(Uuid::from_u128).collect();
        shuffle(&mut ids, "vun", |id| *id);
        let keys: Vec<String> = ids
            .iter()
            .map(|id| format!("{:x}", Sha256::digest(format!("vun:{id}"))))
            .collect();
        assert!(keys.is_sorted());
        // printf 'vun:00000000-0000-0000-0000-000000000001' | sha256sum
        assert!(keys.iter().any(|key| key.starts_with("1aa4fae5fd300448")));
    }

    proptest! {
        #[test]
        fn any_order_before_gives_the_same_order_and_loses_nothing(
            ids in prop::collection::btree_set(any::<u128>(), 0..12).prop_map(|ids| ids.into_iter().collect::<Vec<_>>()),
            seed in ".{0,20}",
        ) {
            let mut forwards: Vec<Uuid> = ids.iter().copied().map(Uuid::from_u128).collect();
            let mut backwards: Vec<Uuid> = forwards.iter().rev().copied().collect();
            shuffle(&mut forwards, &seed, |id| *id);
            shuffle(&mut backwards, &seed, |id| *id);
            prop_assert_eq!(&forwards, &backwards);
            prop_assert_eq!(forwards.len(), ids.len());
        }
    }

    #[test]
    fn every_order_comes_up() {
        let ids: Vec<Uuid> = (1..=3).map(Uuid::from_u128).collect();
        let orders: BTreeSet<Vec<Uuid>> = (0..200)
            .map(|seed| {
                let mut ids = ids.clone();
                shuffle(&mut ids, &seed.to_string(), |id| *id);
                ids
            })
            .collect();
        assert_eq!(orders.len(), 6);
    }
}
