//! Devices on the wire, and the digest of what came from each.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{device, ids::EventId};

use crate::{
    auth::graphql::viewer,
    graphql::{ids::wire, payload::graphql_error},
    learning::{Learning, devices::Digest},
};

/// A device that sends learning events of the viewer's account.
#[derive(Clone, Debug, SimpleObject)]
pub struct Device {
    /// The device, as the app names it.
    device_id: String,
    /// What people call it.
    label: Option<String>,
    /// Version of the app that synced last.
    app_version: Option<String>,
    /// First upload.
    first_seen_at: DateTime<Utc>,
    /// Last upload.
    last_sync_at: DateTime<Utc>,
}

impl From<device::Model> for Device {
    fn from(row: device::Model) -> Self {
        Self {
            device_id: row.device,
            label: row.label,
            app_version: row.app_version,
            first_seen_at: row.first_seen_at,
            last_sync_at: row.last_sync_at,
        }
    }
}

/// What the server has from one device under one prefix of event names. An event's name is the SHA-256 of the 16 bytes
/// of its id in lower-case hexadecimal. Compute the same over the events with a receipt ACCEPTED, DUPLICATE or QUARANTINED:
/// where count and combined are equal, nothing is missing; where not, ask again for the parts that differ.
#[derive(Clone, Debug, SimpleObject)]
pub struct DeviceDigest {
    /// The prefix; empty for all events.
    prefix: String,
    /// Events whose names begin with it.
    count: i32,
    /// The exclusive-or of the first 16 bytes of their names, 32 hexadecimal digits.
    combined: String,
    /// The digests one digit longer, without empty ones; none when the events themselves are listed.
    parts: Vec<DigestPart>,
    /// The events, when there are at most 64.
    events: Vec<HeldEvent>,
}

/// A digest one digit longer.
#[derive(Clone, Debug, SimpleObject)]
pub struct DigestPart {
    /// The prefix.
    prefix: String,
    /// Events whose names begin with it.
    count: i32,
    /// The exclusive-or of the first 16 bytes of their names, 32 hexadecimal digits.
    combined: String,
}

/// An event the server has.
#[derive(Clone, Debug, SimpleObject)]
pub struct HeldEvent {
    /// Id of the event.
    event_id: ID,
    /// Whether it is set aside and does not count yet.
    set_aside: bool,
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

impl From<Digest> for DeviceDigest {
    fn from(digest: Digest) -> Self {
        let combined = digest.hex();
        let part = |part: Digest| DigestPart {
            combined: part.hex(),
            count: count(part.count),
            prefix: part.prefix,
        };
        let held = |(id, set_aside): (EventId, bool)| HeldEvent {
            event_id: wire(id),
            set_aside,
        };
        Self {
            prefix: digest.prefix,
            count: count(digest.count),
            combined,
            parts: digest.parts.into_iter().map(part).collect(),
            events: digest.events.into_iter().map(held).collect(),
        }
    }
}

/// What a learner may ask about her devices.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeviceQuery;

/// What a learner may ask about her devices.
#[Object]
impl DeviceQuery {
    /// The devices that sent learning events of the viewer's account, by name.
    #[graphql(complexity = "5 * child_complexity")]
    async fn devices(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Device>> {
        let learner = viewer(ctx)?.learner();
        let found = ctx.data::<Learning>()?.devices(&learner).await;
        let found = found.map_err(|error| graphql_error(ctx, &error))?;
        Ok(found.into_iter().map(Device::from).collect())
    }

    /// What the server has of what the viewer's account sent from a device. An unknown device has sent nothing.
    #[graphql(complexity = "20 * child_complexity")]
    async fn device_digest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The device, as the app names it.")] device_id: String,
        #[graphql(
            desc = "Prefixes of event names, at most 64, each of at most 32 hexadecimal digits; by default the empty one."
        )]
        prefixes: Option<Vec<String>>,
    ) -> async_graphql::Result<Vec<DeviceDigest>> {
        let learner = viewer(ctx)?.learner();
        let learning = ctx.data::<Learning>()?;
        let found = learning.device_digest(&learner, &device_id, prefixes).await;
        let found = found.map_err(|error| graphql_error(ctx, &error))?;
        Ok(found.into_iter().map(DeviceDigest::from).collect())
    }
}
