//! What an upload asks besides taking events in: keeping what cannot be, and noting the device.

use std::collections::BTreeMap;

use entity::ids::EventId;

use super::{
    Learning,
    devices::Sender,
    intake::{self, Delivery, Outcome, Trouble},
    store::{self, SetAside},
    taking::Parcel,
};
use crate::{
    db::Tx,
    error::{Error, Result},
};

/// The most events of one account that may wait to be mended.
pub const MOST_SET_ASIDE: usize = 5_000;

impl Learning {
    /// Answers the events with trouble, keeps those that may come right, and notes the device.
    pub(super) async fn desk(
        &self,
        tx: &Tx,
        delivery: &Delivery,
        sender: &Sender,
        parcel: &Parcel,
    ) -> Result<Vec<(usize, Outcome)>> {
        if let Some(device) = &sender.device {
            store::touch_device(tx, delivery.actor, device, sender, delivery.received_at).await?;
        }
        let upload = |place: &usize| parcel.uploads.get(*place);
        let kept: BTreeMap<usize, EventId> = parcel
            .troubles
            .iter()
            .filter(|(_, trouble)| matches!(trouble.outcome(), Outcome::Quarantined(_)))
            .filter_map(|(place, _)| Some((*place, intake::event_id(upload(place)?).ok()?)))
            .collect();
        let ids: Vec<EventId> = kept.values().copied().collect();
        let (known, aside, mut waiting) = match ids.is_empty() {
            true => Default::default(),
            false => (
                store::known_events(tx, &ids).await?,
                store::set_aside_among(tx, &ids).await?,
                usize::try_from(store::count_waiting(tx, delivery.actor).await?)
                    .map_err(Error::internal)?,
            ),
        };
        let mut outcomes = Vec::with_capacity(parcel.troubles.len());
        let mut fresh: BTreeMap<EventId, SetAside> = BTreeMap::new();
        for (place, trouble) in &parcel.troubles {
            let (Some(id), Some(upload)) = (kept.get(place), upload(place)) else {
                outcomes.push((*place, trouble.outcome()));
                continue;
            };
            let fingerprint = intake::fingerprint(upload);
            let before = known.get(id).map(|known| &known.fingerprint);
            let kept = aside.get(id).map(|kept| &kept.fingerprint);
            let first = fresh.get(id).map(|fresh| &fresh.fingerprint);
            let same = [before, kept, first]
                .into_iter()
                .flatten()
                .all(|other| *other == fingerprint);
            let dismissed = aside
                .get(id)
                .is_some_and(|kept| kept.settled_as.as_deref() == Some("DISMISSED"));
            let outcome = match () {
                () if !same => Trouble::IdReused.outcome(),
                // Mended and taken in since, or taken in before what it names went away.
                () if before.is_some() => Outcome::Duplicate,
                () if dismissed => Trouble::Dismissed.outcome(),
                () if kept.is_some() || first.is_some() => trouble.outcome(),
                () if waiting >= MOST_SET_ASIDE => Trouble::QuarantineFull.outcome(),
                () => {
                    waiting += 1;
                    let row = SetAside {
                        id: *id,
                        uploader: delivery.actor,
                        device: delivery.device.clone(),
                        body: serde_json::to_string(upload).map_err(Error::internal)?,
                        fingerprint,
                        reason: trouble.code(),
                        received_at: delivery.received_at,
                    };
                    fresh.insert(*id, row);
                    trouble.outcome()
                }
            };
            outcomes.push((*place, outcome));
        }
        store::set_aside(tx, fresh.into_values().collect()).await?;
        Ok(outcomes)
    }
}
