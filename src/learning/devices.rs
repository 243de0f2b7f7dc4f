//! Devices, and the digest by which an app proves that nothing it sent is missing here.
//!
//! ## The digest
//!
//! Take the SHA-256 of each event id (the 16 bytes of the UUID) and write it in lower-case hexadecimal: the event's
//! *name*. For a prefix of names the digest is how many events have a name beginning with it, and the exclusive-or of
//! the first 16 bytes of their names, in hexadecimal. An app computes the same over the events it got a receipt for
//! (`ACCEPTED`, `DUPLICATE` or `QUARANTINED`) on this device and account. Where the digest of the empty prefix is
//! equal, nothing is missing. Where it differs, the sixteen digests one digit longer come with the answer: the app asks
//! again for those prefixes that differ, until a prefix holds at most [`LISTED`] events, whose ids then come with it.
//! Ten thousand events need at most three requests.

use std::collections::BTreeMap;

use entity::{device, ids::EventId};
use sha2::{Digest as _, Sha256};

use super::{Learning, store};
use crate::{
    auth::capability::Learner,
    error::{Result, UserError, UserErrorCode},
};

/// A prefix with at most this many events is answered with their ids.
pub const LISTED: usize = 64;
/// The most prefixes asked for at once.
pub const MOST_PREFIXES: usize = 64;
/// The longest prefix that means anything.
const LONGEST_PREFIX: usize = 32;
/// Bytes of a name that are combined.
const COMBINED: usize = 16;

/// The app that sends, as it tells of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// The device, as the app names it.
    pub device: Option<String>,
    /// What people call the device.
    pub label: Option<String>,
    /// Version of the app.
    pub app_version: Option<String>,
}

impl Sender {
    /// As it is kept: nothing longer than 64 characters, nothing empty.
    pub fn kept(self) -> Self {
        let cut = |text: Option<String>| {
            let text: Option<String> =
                text.map(|text| text.chars().filter(|c| *c != '\0').take(64).collect());
            text.filter(|text| !text.trim().is_empty())
        };
        Self {
            device: cut(self.device),
            label: cut(self.label),
            app_version: cut(self.app_version),
        }
    }
}

/// What the server has of one device under one prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// The prefix of the names.
    pub prefix: String,
    /// How many events.
    pub count: usize,
    /// Their names combined.
    pub combined: [u8; COMBINED],
    /// The digests one digit longer, where there are events.
    pub parts: Vec<Digest>,
    /// The events, where there are at most [`LISTED`], by id; and whether each is set aside.
    pub events: Vec<(EventId, bool)>,
}

/// The name of an event.
fn name(id: EventId) -> ([u8; COMBINED], String) {
    let hash = Sha256::digest(id.0.as_bytes());
    let mut head = [0; COMBINED];
    head.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    (head, format!("{hash:x}"))
}

impl Digest {
    /// The digests of some prefixes over a set of events, each with its parts.
    pub fn of(events: &BTreeMap<EventId, bool>, prefixes: &[String]) -> Vec<Self> {
        let names: Vec<_> = events
            .iter()
            .map(|(id, aside)| (name(*id), *id, *aside))
            .collect();
        let digest = |prefix: &String| {
            let mut whole = Self {
                prefix: prefix.clone(),
                ..Self::default()
            };
            let mut parts: BTreeMap<&str, Self> = BTreeMap::new();
            let under = names
                .iter()
                .filter(|((_, name), ..)| name.starts_with(prefix));
            for ((head, name), id, aside) in under {
                whole.add(head);
                whole.events.push((*id, *aside));
                let longer = name.get(..=prefix.len()).unwrap_or(name);
                parts.entry(longer).or_default().add(head);
            }
            if whole.events.len() > LISTED {
                whole.events.clear();
                let named = |(prefix, part): (&str, Self)| Self {
                    prefix: prefix.to_owned(),
                    ..part
                };
                whole.parts = parts.into_iter().map(named).collect();
            }
            whole
        };
        prefixes.iter().map(digest).collect()
    }

    fn add(&mut self, head: &[u8; COMBINED]) {
        self.count += 1;
        let pairs = self.combined.iter_mut().zip(head);
        pairs.for_each(|(to, from)| *to ^= from);
    }

    /// The names combined, in hexadecimal.
    pub fn hex(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.combined))
    }
}

impl Learning {
    /// The devices that sent events of the learner's account.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn devices(&self, learner: &Learner) -> Result<Vec<device::Model>> {
        store::devices_of(self.0.db.latest(), learner.account()).await
    }

    /// What the server has from one device of the learner's account, under each prefix; the whole by default.
    ///
    /// # Errors
    /// A user error about a prefix that is none, or too many of them.
    pub async fn device_digest(
        &self,
        learner: &Learner,
        device: &str,
        prefixes: Option<Vec<String>>,
    ) -> Result<Vec<Digest>> {
        let prefixes = prefixes.unwrap_or_else(|| vec![String::new()]);
        if prefixes.len() > MOST_PREFIXES {
            let error = UserError::new(UserErrorCode::TooMany, "prefixes", "digest-too-many");
            return Err(error.with("maximum", MOST_PREFIXES).into());
        }
        let hexadecimal = |prefix: &String| {
            prefix.len() <= LONGEST_PREFIX
                && prefix
                    .bytes()
                    .all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c))
        };
        if !prefixes.iter().all(hexadecimal) {
            let code = UserErrorCode::Invalid;
            return Err(UserError::new(code, "prefixes", "digest-prefix-invalid").into());
        }
        let held = store::events_from(self.0.db.latest(), learner.account(), device).await?;
        let held = held.into_iter().map(|held| (held.event_id, held.set_aside));
        Ok(Digest::of(&held.collect(), &prefixes))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;

    fn events(numbers: impl IntoIterator<Item = u128>) -> BTreeMap<EventId, bool> {
        let id = |number: u128| (EventId(Uuid::from_u128(number * 7919)), false);
        numbers.into_iter().map(id).collect()
    }

    /// What an app does with the answers; answers the events the server lacks, and how often it asked.
    fn missing(
        phone: &BTreeMap<EventId, bool>,
        server: &BTreeMap<EventId, bool>,
    ) -> (BTreeSet<EventId>, usize) {
        let (mut ask, mut asked, mut lacks) = (vec![String::new()], 0, BTreeSet::new());
        while !ask.is_empty() {
            asked += 1;
            let mut next = Vec::new();
            for theirs in Digest::of(server, &ask) {
                let ours = phone
                    .keys()
                    .filter(|id| name(**id).1.starts_with(&theirs.prefix));
                let ours: BTreeMap<_, _> = ours.map(|id| (*id, false)).collect();
                if theirs.parts.is_empty() {
                    let held: BTreeSet<_> = theirs.events.iter().map(|(id, _)| *id).collect();
                    lacks.extend(ours.keys().filter(|id| !held.contains(id)));
                    continue;
                }
                let digits = "0123456789abcdef".chars();
                let longer = digits.map(|digit| format!("{}{digit}", theirs.prefix));
                next.extend(longer.filter(|longer| {
                    let ours = Digest::of(&ours, std::slice::from_ref(longer)).remove(0);
                    let part = theirs.parts.iter().find(|part| part.prefix == *longer);
                    part.map_or(ours.count > 0, |part| {
                        (part.count, part.combined) != (ours.count, ours.combined)
                    })
                }));
            }
            ask = next;
        }
        (lacks, asked)
    }

    #[test]
    fn an_app_finds_the_few_missing_among_ten_thousand_in_three_requests() {
        let phone = events(0..10_000);
        let lost = [17, 4_711, 9_999];
        let server = events((0..10_000).filter(|number| !lost.contains(number)));
        let (lacks, asked) = missing(&phone, &server);
        assert_eq!(lacks, events(lost).into_keys().collect());
        assert!(asked <= 3, "{asked}");
        assert_eq!(missing(&phone, &phone).0, BTreeSet::new());
    }

    #[test]
    fn a_digest_is_what_the_documentation_says() {
        let id = EventId(Uuid::from_u128(1));
        let whole = Digest::of(&BTreeMap::from([(id, true)]), &[String::new()]).remove(0);
        // printf '\0…\1' | sha256sum, the first 32 digits.
        let hash = format!(
            "{:x}",
            Sha256::digest([0; 15].iter().chain(&[1]).copied().collect::<Vec<u8>>())
        );
        assert_eq!((whole.count, whole.hex().as_str()), (1, &hash[..32]));
        assert_eq!(whole.events, [(id, true)]);
        let nothing = Digest::of(&BTreeMap::new(), &["ab".to_owned()]).remove(0);
        assert_eq!((nothing.count, nothing.hex()), (0, "0".repeat(32)));
    }
}
