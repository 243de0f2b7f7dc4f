//! The operator's gateway (SMS, Zalo, a call centre): a signed request for each notice, by telephone number.
//!
//! The body is JSON: `id` (the same with every try), `kind`, `to` (E.164), `language`, `text` and `at`. The header
//! `x-vun-signature` is `t=<seconds>,v1=<hexadecimal>`: HMAC-SHA-256, keyed by the shared key, over `<seconds>.<body>`.
//! Any answer from 200 to 299 means that it was taken.

use chrono::SecondsFormat;
use entity::delivery::DeliveryChannel;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::Sha256;

use super::{
    Channel, ChannelSettings, Fault, Outgoing, Reach, Taken,
    web::{Web, checked},
};
use crate::{
    clock::Clock,
    error::{Error, Result},
    notices::wording,
};

/// Bytes a key has at least.
const KEY_BYTES: usize = 16;

/// Posts to the gateway.
pub(super) struct Webhook {
    web: Web,
    url: String,
    key: SecretString,
    clock: Clock,
}

#[derive(Serialize)]
struct Body<'a> {
    id: String,
    kind: &'a str,
    to: &'a str,
    language: &'a str,
    text: String,
    at: String,
}

impl Webhook {
    /// The channel of a gateway.
    ///
    /// # Errors
    /// When the address or the key does not fit.
    pub fn open(settings: &ChannelSettings, url: &str, clock: Clock) -> Result<Self> {
        let key = settings.webhook_key.clone();
        let key = key.filter(|key| key.expose_secret().len() >= KEY_BYTES);
        Ok(Self {
            web: Web::new(settings.patience),
            url: checked(url, "VUN_WEBHOOK_URL")?,
            key: key.ok_or_else(|| {
                Error::internal(format!(
                    "VUN_WEBHOOK_URL needs VUN_WEBHOOK_KEY of at least {KEY_BYTES} characters"
                ))
            })?,
            clock,
        })
    }

    fn signature(&self, body: &str) -> Result<String, Fault> {
        let seconds = self.clock.now().timestamp();
        let key = self.key.expose_secret().as_bytes();
        let mac = <Hmac<Sha256> as Mac>::new_from_slice(key)
            .map_err(|cause| Fault::Never(cause.to_string()))?;
        let mac = mac.chain_update(format!("{seconds}.{body}")).finalize();
        let hex: String = mac
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(format!("t={seconds},v1={hex}"))
    }
}

#[async_trait::async_trait]
impl Channel for Webhook {
    fn name(&self) -> DeliveryChannel {
        DeliveryChannel::Webhook
    }

    fn reaches(&self, to: &Reach, _: bool) -> bool {
        to.phone.is_some()
    }

    async fn send(&self, to: &Reach, outgoing: &Outgoing) -> Result<Taken, Fault> {
        let phone = to.phone.as_deref().unwrap_or_default();
        let body = Body {
            id: outgoing.id.to_string(),
            kind: wording::of(outgoing.kind).word,
            to: phone,
            language: outgoing.language.tag(),
            text: outgoing.short(),
            at: outgoing.at.to_rfc3339_opts(SecondsFormat::Secs, true),
        };
        let body = serde_json::to_string(&body).map_err(|cause| Fault::Never(cause.to_string()))?;
        let headers = [
            ("x-vun-signature", self.signature(&body)?),
            ("idempotency-key", outgoing.id.to_string()),
        ];
        let answered = self
            .web
            .post(&self.url, "application/json", &headers, body)
            .await?;
        answered.check()?;
        Ok(Taken::default())
    }
}
