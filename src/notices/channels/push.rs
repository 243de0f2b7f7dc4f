//! Push notices by FCM HTTP v1. A push says only that something changed: the app syncs and reads the notice itself, so
//! that no personal data pass through others' servers.
//!
//! The token is got with a JWT that the service account's key signs (RS256 by `ring`, which TLS brings anyway).

use std::path::Path;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::{DateTime, Duration, Utc};
use entity::delivery::DeliveryChannel;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::{
    Channel, ChannelSettings, Fault, Outgoing, Reach, Taken,
    web::{Answered, Web, checked},
};
use crate::{
    clock::Clock,
    error::{Error, Result},
};

/// What the token may be used for.
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
/// How long before its end a token is no longer used.
const SLACK: Duration = Duration::minutes(5);

/// Pushes.
pub(super) struct Push {
    web: Web,
    url: String,
    account: Account,
    key: RsaKeyPair,
    clock: Clock,
    held: Mutex<Option<Held>>,
}

/// A service account's file, as far as it matters.
#[derive(Deserialize)]
struct Account {
    project_id: String,
    client_email: String,
    private_key: SecretString,
    token_uri: String,
}

/// A token, and from when it is no longer used.
struct Held {
    token: SecretString,
    until: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    expires_in: i64,
}

impl Push {
    /// The channel of a service account.
    ///
    /// # Errors
    /// When its file cannot be read or holds no usable key.
    pub fn open(settings: &ChannelSettings, file: &Path, clock: Clock) -> Result<Self> {
        let wrong = |what: String| Error::internal(format!("VUN_FCM_ACCOUNT: {what}"));
        let text = std::fs::read_to_string(file).map_err(|cause| wrong(cause.to_string()))?;
        let account: Account =
            serde_json::from_str(&text).map_err(|cause| wrong(format!("{cause}")))?;
        let pem: String = account
            .private_key
            .expose_secret()
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .collect();
        let der = STANDARD
            .decode(pem.trim())
            .map_err(|_secret| wrong("private_key is no PEM".to_owned()))?;
        let key = RsaKeyPair::from_pkcs8(&der).map_err(|cause| wrong(cause.to_string()))?;
        checked(&account.token_uri, "VUN_FCM_ACCOUNT: token_uri")?;
        let base = checked(&settings.fcm_url, "VUN_FCM_URL")?;
        let project = &account.project_id;
        if project.is_empty()
            || !project
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || c == b'-')
        {
            return Err(wrong("project_id is none".to_owned()));
        }
        Ok(Self {
            web: Web::new(settings.patience),
            url: format!(
                "{}/v1/projects/{project}/messages:send",
                base.trim_end_matches('/')
            ),
            account,
            key,
            clock,
            held: Mutex::new(None),
        })
    }

    /// A token that is good now. One request for it at a time.
    async fn token(&self) -> Result<SecretString, Fault> {
        let mut held = self.held.lock().await;
        let now = self.clock.now();
        if let Some(held) = held.as_ref().filter(|held| now < held.until) {
            return Ok(held.token.clone());
        }
        let assertion = self.assertion(now)?;
        let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
        let answered = self
            .web
            .post(
                &self.account.token_uri,
                "application/x-www-form-urlencoded",
                &[],
                format!("grant_type={grant}&assertion={assertion}"),
            )
            .await?;
        answered.check().map_err(|fault| match fault {
            // The operator can mend the account meanwhile.
            Fault::Later(said) | Fault::Never(said) => Fault::Later(format!("no token: {said}")),
            gone @ Fault::Gone(_) => gone,
        })?;
        let granted: Granted = serde_json::from_slice(&answered.body)
            .map_err(|_secret| Fault::Later("no token in the answer".to_owned()))?;
        let lasts = Duration::seconds(granted.expires_in.clamp(0, 86_400));
        let token = granted.access_token.clone();
        *held = Some(Held {
            token: granted.access_token,
            until: now + lasts - SLACK,
        });
        Ok(token)
    }

    /// What the service account signs.
    fn assertion(&self, now: DateTime<Utc>) -> Result<String, Fault> {
        let header = json!({ "alg": "RS256", "typ": "JWT" });
        let claims = json!({
            "iss": self.account.client_email,
            "scope": SCOPE,
            "aud": self.account.token_uri,
            "iat": now.timestamp(),
            "exp": (now + Duration::hours(1)).timestamp(),
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|cause| Fault::Never(format!("no signature: {cause}")))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Pushes to one device; answers whether the device is still there.
    async fn push(&self, device: &str, outgoing: &Outgoing) -> Result<bool, Fault> {
        let token = self.token().await?;
        let body = json!({ "message": {
            "token": device,
            "data": { "change": "ME", "id": outgoing.id.to_string() },
            "android": { "collapse_key": "change", "priority": "NORMAL" },
            "apns": {
                "headers": { "apns-push-type": "background", "apns-priority": "5", "apns-collapse-id": "change" },
                "payload": { "aps": { "content-available": 1 } },
            },
        } });
        let bearer = format!("Bearer {}", token.expose_secret());
        let headers = [("authorization", bearer)];
        let posted = self
            .web
            .post(&self.url, "application/json", &headers, body.to_string());
        let answered = posted.await?;
        if is_gone(&answered) {
            return Ok(false);
        }
        if answered.status == 401 {
            // Taken back before its time: the next try gets another.
            *self.held.lock().await = None;
            return Err(Fault::Later("answered 401".to_owned()));
        }
        answered.check().map(|()| true)
    }
}

/// Whether the answer says that the app is no longer on the device.
fn is_gone(answered: &Answered) -> bool {
    let unregistered = || {
        let body: Value = serde_json::from_slice(&answered.body).unwrap_or_default();
        let details = body.pointer("/error/details").and_then(Value::as_array);
        details.is_some_and(|details| {
            let mut details = details.iter();
            details.any(|detail| {
                detail
                    .get("errorCode")
                    .is_some_and(|code| code == "UNREGISTERED")
            })
        })
    };
    answered.status == 404 && unregistered()
}

#[async_trait::async_trait]
impl Channel for Push {
    fn name(&self) -> DeliveryChannel {
        DeliveryChannel::Push
    }

    fn reaches(&self, to: &Reach, carries_code: bool) -> bool {
        !to.devices.is_empty() && !carries_code
    }

    /// Taken when one device took it. A device that gets it twice sees one: pushes collapse.
    async fn send(&self, to: &Reach, outgoing: &Outgoing) -> Result<Taken, Fault> {
        let mut taken = Taken::default();
        let (mut pushed, mut fault) = (false, None);
        for device in &to.devices {
            match self.push(device, outgoing).await {
                Ok(true) => pushed = true,
                Ok(false) => taken.gone.push(device.clone()),
                Err(cause) => fault = Some(cause),
            }
        }
        match (pushed, fault) {
            (true, _) => Ok(taken),
            (false, Some(fault)) => Err(fault),
            (false, None) => Err(Fault::Gone(taken.gone)),
        }
    }
}
