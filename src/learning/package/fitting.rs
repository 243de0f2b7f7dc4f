//! What of a package fits into a number of bytes, and what a phone still lacks of it.
//!
//! Texts come before pictures, sounds and films: a lesson without its film still teaches, and a film without its lesson does
//! not. So texts are taken first, in their order and until one does not fit; what is left of the bytes goes to the media of the
//! lessons that were taken, in their order, each that fits.
//!
//! Invariant: what is taken is at most the bytes asked for; the texts taken are the first ones; order is kept.

use std::collections::BTreeSet;

/// A file as the scales see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weighed {
    /// Its size.
    pub bytes: u64,
    /// The text it is shown in, by its place; absent for a text itself.
    pub shown_in: Option<usize>,
}

/// Which of the files are taken.
pub fn fit(files: &[Weighed], budget: u64) -> Vec<bool> {
    let mut taken = vec![false; files.len()];
    let mut room = budget;
    for (file, taken) in files.iter().zip(&mut taken) {
        if file.shown_in.is_some() {
            continue;
        }
        let Some(rest) = room.checked_sub(file.bytes) else {
            break;
        };
        (room, *taken) = (rest, true);
    }
    for (at, file) in files.iter().enumerate() {
        let has_text = file
            .shown_in
            .is_some_and(|text| taken.get(text).copied().unwrap_or(false));
        if let (true, Some(rest)) = (has_text, room.checked_sub(file.bytes))
            && let Some(taken) = taken.get_mut(at)
        {
            (room, *taken) = (rest, true);
        }
    }
    taken
}

/// What a phone that holds `have` does to hold `want`: the names to fetch, in the order of `want`, and those to drop.
pub fn delta<'a>(want: &[&'a str], have: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    let held: BTreeSet<&str> = have.iter().copied().collect();
    let wanted: BTreeSet<&str> = want.iter().copied().collect();
    let fetch = want.iter().filter(|name| !held.contains(*name));
    let drop = held.iter().filter(|name| !wanted.contains(*name));
    (fetch.copied().collect(), drop.copied().collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Lessons as they stand in a package: a text, then what it shows.
    fn files() -> impl Strategy<Value = Vec<Weighed>> {
        let lesson = (1..5_000_u64, prop::collection::vec(1..100_000_u64, 0..4));
        prop::collection::vec(lesson, 0..30).prop_map(|lessons| {
            let mut files = Vec::new();
            for (text, media) in lessons {
                let at = files.len();
                files.push(Weighed {
                    bytes: text,
                    shown_in: None,
                });
                let media = media.into_iter();
                files.extend(media.map(|bytes| Weighed {
                    bytes,
                    shown_in: Some(at),
                }));
            }
            files
        })
    }

    fn taken(files: &[Weighed], budget: u64) -> Vec<Weighed> {
        let taken = fit(files, budget);
        let kept = files.iter().zip(taken).filter(|(_, taken)| *taken);
        kept.map(|(file, _)| *file).collect()
    }

    proptest! {
        #[test]
        fn nothing_exceeds_any_budget_and_the_first_texts_come_first(files in files(), budget in 0..400_000_u64) {
            let marks = fit(&files, budget);
            let kept = taken(&files, budget);
            prop_assert!(kept.iter().map(|file| file.bytes).sum::<u64>() <= budget);
            let texts: Vec<bool> = files.iter().zip(&marks)
                .filter(|(file, _)| file.shown_in.is_none()).map(|(_, taken)| *taken).collect();
            prop_assert!(texts.is_sorted_by(|one, next| one >= next), "the first texts, without a gap");
            for (file, is_taken) in files.iter().zip(&marks) {
                if let (Some(text), true) = (file.shown_in, is_taken) {
                    prop_assert!(marks[text], "nothing is shown without its text");
                }
            }
            // What was left out did not fit, or lacks its text.
            let room = budget - kept.iter().map(|file| file.bytes).sum::<u64>();
            for (file, is_taken) in files.iter().zip(&marks) {
                if let (Some(text), false) = (file.shown_in, is_taken) {
                    prop_assert!(!marks[text] || file.bytes > room);
                }
            }
        }

        #[test]
        fn a_larger_budget_takes_no_text_away(files in files(), budget in 0..200_000_u64, more in 0..200_000_u64) {
            let texts = |budget| taken(&files, budget).into_iter().filter(|file| file.shown_in.is_none()).count();
            prop_assert!(texts(budget) <= texts(budget + more));
            let all: u64 = files.iter().map(|file| file.bytes).sum();
            prop_assert_eq!(taken(&files, all), files);
        }

        #[test]
        fn what_is_held_with_what_is_fetched_and_without_what_is_dropped_is_the_whole(
            want in prop::collection::btree_set("[a-f]{2}", 0..20), have in prop::collection::btree_set("[a-f]{2}", 0..20),
        ) {
            let wanted: Vec<&str> = want.iter().map(String::as_str).collect();
            let held: Vec<&str> = have.iter().map(String::as_str).collect();
            let (fetch, drop) = delta(&wanted, &held);
            let mut after: BTreeSet<&str> = held.into_iter().filter(|name| !drop.contains(name)).collect();
            for name in fetch {
                prop_assert!(after.insert(name), "nothing is fetched twice");
            }
            prop_assert_eq!(after, wanted.into_iter().collect::<BTreeSet<_>>());
        }
    }
}
