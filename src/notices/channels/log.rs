//! The channel of an installation that has no other: a line in the log, which names nobody.

use entity::delivery::DeliveryChannel;

use super::{Channel, Fault, Outgoing, Reach, Taken};
use crate::error::Result;

/// Writes into the log that there was something to send.
#[derive(Clone, Copy, Debug)]
pub(super) struct Log;

#[async_trait::async_trait]
impl Channel for Log {
    fn name(&self) -> DeliveryChannel {
        DeliveryChannel::Log
    }

    /// A code in a log would open a door.
    fn reaches(&self, _: &Reach, carries_code: bool) -> bool {
        !carries_code
    }

    async fn send(&self, _: &Reach, outgoing: &Outgoing) -> Result<Taken, Fault> {
        tracing::info!(notice = %outgoing.id, kind = ?outgoing.kind, "a notice, and no channel to send it by");
        Ok(Taken::default())
    }
}
