//! E-mail over SMTP. Addresses and subjects are typed values of the library, so that no line break in one can become
//! a header.

use entity::delivery::DeliveryChannel;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use secrecy::{ExposeSecret, SecretString};

use super::{Channel, ChannelSettings, Fault, Outgoing, Reach, Taken};
use crate::error::{Error, Result};

/// Sends e-mails.
pub(super) struct Mail {
    from: Mailbox,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Mail {
    /// The channel of a relay.
    ///
    /// # Errors
    /// When the address of the relay or of the sender does not fit.
    pub fn open(settings: &ChannelSettings, url: &SecretString) -> Result<Self> {
        let from = settings.mail_from.as_deref().unwrap_or_default();
        let from: Mailbox = from
            .parse()
            .map_err(|cause| Error::internal(format!("VUN_MAIL_FROM: {cause}")))?;
        // The text of the cause could hold the password.
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
            .map_err(|_secret| Error::internal("VUN_SMTP_URL is no smtp:// or smtps:// address"))?;
        let transport = transport.timeout(Some(settings.patience)).build();
        Ok(Self { from, transport })
    }

    fn message(&self, to: &str, outgoing: &Outgoing) -> Result<Message, Fault> {
        let never = |cause: &dyn std::fmt::Display| Fault::Never(format!("no e-mail: {cause}"));
        let to: Mailbox = to.parse().map_err(|_personal| never(&"bad address"))?;
        let domain = self.from.email.domain();
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .message_id(Some(format!("<{}@{domain}>", outgoing.id)))
            .subject(outgoing.title.clone())
            .header(ContentType::TEXT_PLAIN);
        if let Some(link) = &outgoing.off_link {
            for (name, value) in [
                ("List-Unsubscribe", format!("<{link}>")),
                (
                    "List-Unsubscribe-Post",
                    "List-Unsubscribe=One-Click".to_owned(),
                ),
            ] {
                let name = HeaderName::new_from_ascii(name.to_owned());
                let name = name.map_err(|cause| never(&cause))?;
                message = message.raw_header(HeaderValue::new(name, value));
            }
        }
        message
            .body(outgoing.body.clone())
            .map_err(|cause| never(&cause))
    }
}

#[async_trait::async_trait]
impl Channel for Mail {
    fn name(&self) -> DeliveryChannel {
        DeliveryChannel::Email
    }

    fn reaches(&self, to: &Reach, _: bool) -> bool {
        to.email.is_some()
    }

    async fn send(&self, to: &Reach, outgoing: &Outgoing) -> Result<Taken, Fault> {
        let address = to.email.as_deref().unwrap_or_default();
        let message = self.message(address, outgoing)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(Taken::default()),
            Err(cause) => {
                // What a relay says may repeat the address: only its code is kept.
                let said = match cause.status() {
                    Some(code) => format!("answered {code}"),
                    None if cause.is_timeout() => "no answer in time".to_owned(),
                    None => "not reached".to_owned(),
                };
                tracing::debug!(%cause, "an e-mail was not taken");
                match cause.is_permanent() {
                    true => Err(Fault::Never(said)),
                    false => Err(Fault::Later(said)),
                }
            }
        }
    }
}
