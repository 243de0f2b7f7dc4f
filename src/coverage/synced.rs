//! How many of the devices in use have synced since the day of a figure: the rest may still hold what belongs in it.
//!
//! A device is in use when it was heard of in the [`IN_USE_DAYS`] days before the end of the day or since, and was known
//! before that end. A day that lasts has not ended: there its beginning counts. Devices count where their people live today.
//!
//! Invariant: the share leaves in steps of [`STEP`] per cent and never of fewer than `k` devices, and the numbers behind it do
//! not leave at all, so that no subtraction of areas tells of a single device.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use entity::ids::AtomId;

use super::{Cell, Coverage};
use crate::{clock::midnight_in_viet_nam, error::Result, learning::store::devices_by_home};

/// For how many days before a day a device that was heard of is in use.
pub const IN_USE_DAYS: u64 = 90;
/// Steps of the share, in per cent.
pub const STEP: u64 = 5;
/// For how long an answer is kept, in seconds.
const KEPT_SECONDS: i64 = 600;
/// For how many days and times answers are kept.
pub(super) const KEPT: u64 = 64;

/// When devices were counted: since when they have synced, and in which while it was asked.
pub(super) type Counted = (DateTime<Utc>, i64);

/// Devices in use and those of them that have synced, by where their people live.
pub(super) type ByHome = Arc<BTreeMap<AtomId, (u64, u64)>>;

/// How many devices have synced, as far as it may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synced {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Per cent of the devices in use, rounded down to a step; nothing where there are too few.
    pub percent: Option<u64>,
}

impl Coverage {
    /// The share of devices that have synced since the day of a figure, of the people who live in what it counts.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn synced(&self, cell: &Cell) -> Result<Synced> {
        let since = self.ended(cell.asked.on);
        let homes = self.devices(since).await?;
        let atoms = cell.atoms(&self.areas().atlas());
        let here = homes.iter().filter(|(atom, _)| atoms.contains(**atom));
        let (active, synced) = here.fold((0, 0), |(active, synced), (_, home)| {
            (active + home.0, synced + home.1)
        });
        Ok(Synced {
            since,
            percent: share(active, synced, self.threshold().persons()),
        })
    }

    /// The end of a day, or the beginning of the day that lasts.
    pub fn ended(&self, on: NaiveDate) -> DateTime<Utc> {
        let next = on.checked_add_days(Days::new(1)).unwrap_or(on);
        midnight_in_viet_nam(next.min(self.clock().today()))
    }

    async fn devices(&self, since: DateTime<Utc>) -> Result<ByHome> {
        let key = (since, self.clock().now().timestamp() / KEPT_SECONDS);
        if let Some(known) = self.0.devices.get(&key) {
            return Ok(known);
        }
        let first = since - Duration::days(i64::try_from(IN_USE_DAYS).unwrap_or(0));
        let today = self.clock().today();
        let homes = devices_by_home(self.db().read(), (first, since), today).await?;
        let number = |value: i64| u64::try_from(value).unwrap_or(0);
        let homes = homes.into_iter();
        let homes = homes.map(|home| (home.atom_id, (number(home.active), number(home.synced))));
        let homes: ByHome = Arc::new(homes.collect());
        self.0.devices.insert(key, Arc::clone(&homes));
        Ok(homes)
    }
}

/// Per cent, rounded down to a step; nothing of fewer than `k`.
fn share(active: u64, synced: u64, k: u64) -> Option<u64> {
    let percent = synced.saturating_mul(100).checked_div(active)?;
    (active >= k).then_some(percent / STEP * STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_told_in_steps_and_never_of_a_few_devices() {
        assert_eq!(share(0, 0, 5), None);
        assert_eq!(share(4, 4, 5), None);
        assert_eq!(share(5, 5, 5), Some(100));
        assert_eq!(share(6, 2, 5), Some(30));
        assert_eq!(share(7, 0, 5), Some(0));
    }
}
