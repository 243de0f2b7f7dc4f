//! Delta sync: what changed behind a cursor, in pages. The cursor is a counter of one scope, never a clock.
//!
//! A scope (one person, the curriculum, one group) has a counter that grows in the transaction of every change, and
//! remembers for each thing at which count it last changed. A page is the things behind a place, in the order of
//! `(count, thing)`; a thing that changes between two pages moves behind the cursor and comes again.
//!
//! Invariant: following cursors from the first page to one without more gives every thing at least once as it is at
//! or after the last page.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// A place in the changes of one scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The count.
    pub revision: i64,
    /// The thing at that count behind which the place lies; absent behind all of them.
    pub behind: Option<String>,
}

/// A run of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<S> {
    /// What changed, in order.
    pub changed: Vec<S>,
    /// Where the next run begins.
    pub until: Place,
    /// Whether there is more now.
    pub has_more: bool,
    /// Whether the cursor is ahead of the counter, so that only a full sync gives a true picture: the server was set
    /// back to an earlier state.
    pub reset: bool,
}

/// The next run of at most `first` things, each with the count at which it last changed and its name.
pub fn page<S>(
    things: impl IntoIterator<Item = (i64, String, S)>,
    now: i64,
    since: Option<&Place>,
    first: usize,
) -> Page<S> {
    if since.is_some_and(|since| since.revision > now) {
        return Page {
            changed: Vec::new(),
            until: Place {
                revision: 0,
                behind: Some(String::new()),
            },
            has_more: false,
            reset: true,
        };
    }
    let is_behind = |revision: i64, name: &str| {
        since.is_none_or(|since| {
            revision > since.revision
                || revision == since.revision
                    && since.behind.as_deref().is_some_and(|behind| name > behind)
        })
    };
    let mut things: Vec<_> = things
        .into_iter()
        .filter(|(revision, name, _)| is_behind(*revision, name))
        .collect();
    things.sort_unstable_by(|(one, name, _), (two, other, _)| (one, name).cmp(&(two, other)));
    let has_more = things.len() > first;
    things.truncate(first);
    let until = match things.last() {
        Some((revision, name, _)) if has_more => Place {
            revision: *revision,
            behind: Some(name.clone()),
        },
        _ => Place {
            revision: now,
            behind: None,
        },
    };
    Page {
        changed: things.into_iter().map(|(_, _, thing)| thing).collect(),
        until,
        has_more,
        reset: false,
    }
}

/// Bytes of the hash that ties a cursor to its scope.
const TIE: usize = 8;

impl Place {
    /// The cursor that stands for this place in a scope such as `ME:<person>`.
    pub fn cursor(&self, scope: &str) -> String {
        let body = self.body();
        let mut bytes = tie(scope, &body).to_vec();
        bytes.extend_from_slice(body.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place a cursor of the scope stands for; nothing when it is of another scope, or was changed.
    ///
    /// The tie is a plain hash: it finds mistakes and is no lock. What a cursor opens is decided by who asks.
    pub fn of_cursor(cursor: &str, scope: &str) -> Option<Self> {
        if cursor.len() > 256 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (tied, body) = bytes.split_at_checked(TIE)?;
        let body = std::str::from_utf8(body).ok()?;
        if tied != tie(scope, body) {
            return None;
        }
        let (revision, behind) = match body.split_once('/') {
            Some((revision, behind)) => (revision, Some(behind.to_owned())),
            None => (body, None),
        };
        Some(Self {
            revision: revision.parse().ok()?,
            behind,
        })
    }

    fn body(&self) -> String {
        match &self.behind {
            Some(behind) => format!("{}/{behind}", self.revision),
            None => self.revision.to_string(),
        }
    }
}

fn tie(scope: &str, body: &str) -> [u8; TIE] {
    let digest = Sha256::digest(format!("vun changes 1\n{scope}\n{body}"));
    let mut tied = [0; TIE];
    tied.iter_mut()
        .zip(digest)
        .for_each(|(to, from)| *to = from);
    tied
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn things(world: &BTreeMap<u8, (i64, u32)>) -> Vec<(i64, String, (u8, u32))> {
        let thing = |(id, (revision, value)): (&u8, &(i64, u32))| {
            (*revision, format!("{id:03}"), (*id, *value))
        };
        world.iter().map(thing).collect()
    }

    proptest! {
        /// A phone pulls pages while things go on changing: in the end it holds what the server holds.
        #[test]
        fn following_cursors_gives_everything_as_it_is(
            unmarked in prop::collection::btree_set(any::<u8>(), 0..20),
            steps in prop::collection::vec((any::<u8>(), any::<bool>()), 0..120),
            first in 1_usize..9,
        ) {
            let mut world: BTreeMap<u8, (i64, u32)> = unmarked.into_iter().map(|id| (id, (0, 0))).collect();
            let (mut now, mut value) = (0, 0);
            let mut phone = BTreeMap::new();
            let mut since: Option<Place> = None;
            let mut pull = |world: &BTreeMap<u8, (i64, u32)>, now: i64| {
                let page = page(things(world), now, since.as_ref(), first);
                assert!(page.changed.len() <= first && !page.reset);
                phone.extend(page.changed);
                let cursor = page.until.cursor("ME:1");
                since = Place::of_cursor(&cursor, "ME:1");
                assert_eq!(since.as_ref(), Some(&page.until));
                page.has_more
            };
            for (id, pulls) in steps {
                now += 1;
                value += 1;
                world.insert(id, (now, value));
                if pulls {
                    pull(&world, now);
                }
            }
            while pull(&world, now) {}
            let held: BTreeMap<u8, u32> = world.iter().map(|(id, (_, value))| (*id, *value)).collect();
            prop_assert_eq!(phone, held);
        }

        #[test]
        fn a_changed_cursor_is_refused(revision in any::<i64>(), at in 0_usize..40, to in "[A-Za-z0-9_-]") {
            let place = Place { revision, behind: Some("l0123".to_owned()) };
            let cursor = place.cursor("ME:1");
            let at = at % cursor.len();
            let mut changed = cursor.clone();
            changed.replace_range(at..=at, &to);
            if changed != cursor {
                prop_assert_eq!(Place::of_cursor(&changed, "ME:1"), None);
            }
        }
    }

    #[test]
    fn a_cursor_of_another_scope_or_none_at_all_is_refused() {
        let place = Place {
            revision: 7,
            behind: None,
        };
        let cursor = place.cursor("ME:1");
        assert_eq!(Place::of_cursor(&cursor, "ME:1"), Some(place));
        assert_eq!(Place::of_cursor(&cursor, "ME:2"), None);
        assert_eq!(Place::of_cursor(&cursor, "CONTENT"), None);
        for nonsense in ["", "7", "💣", "AAAA", &"A".repeat(10_000)] {
            assert_eq!(Place::of_cursor(nonsense, "ME:1"), None, "{nonsense}");
        }
    }

    #[test]
    fn a_cursor_ahead_of_the_counter_asks_for_a_full_sync() {
        let ahead = Place {
            revision: 9,
            behind: None,
        };
        let page = page([(3, "a".to_owned(), ())], 8, Some(&ahead), 10);
        assert!(page.reset && page.changed.is_empty() && !page.has_more);
    }
}
