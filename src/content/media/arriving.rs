//! Bytes on their way in: counted, hashed and looked at while they arrive, and kept only when all of it fits.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use object_store::{MultipartUpload, ObjectStoreExt, PutPayload, path::Path};
use sha2::{Digest, Sha256};

use super::{
    files::{Files, failed},
    kinds::{self, TELLING_BYTES},
    ticket::Ticket,
};
use crate::{
    canonical,
    error::{Error, Result, UserError, UserErrorCode},
};

/// How long a client may send nothing.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes sent on to the store at once: the least a part of an S3 upload may have.
const PART: usize = 5 * 1024 * 1024;

/// Why an upload was not taken. Nothing of it is kept.
#[derive(Debug)]
pub enum Refused {
    /// More bytes than were announced.
    TooLarge,
    /// It broke off, or too little came.
    Truncated,
    /// Nothing came for too long.
    Stalled,
    /// The bytes are not those that were announced.
    OtherBytes,
    /// The bytes are not what they are said to be.
    OtherKind,
    /// Ours to mend.
    Failed(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Refused {
    /// The same as something to mend.
    pub fn into_error(self, ticket: &Ticket) -> Error {
        let said = |key| UserError::new(UserErrorCode::Invalid, "token", key);
        let error = match self {
            Self::TooLarge => said("upload-too-large"),
            Self::Truncated => said("upload-truncated"),
            Self::Stalled => said("upload-stalled"),
            Self::OtherBytes => said("upload-other-bytes"),
            Self::OtherKind => said("upload-other-kind"),
            Self::Failed(error) => return error,
        };
        error
            .with("bytes", ticket.bytes)
            .with("type", &ticket.content_type)
            .into()
    }
}

/// What is known of bytes so far.
pub(super) struct Scale<'t> {
    ticket: &'t Ticket,
    hash: Sha256,
    bytes: u64,
    start: BytesMut,
}

impl<'t> Scale<'t> {
    pub(super) fn new(ticket: &'t Ticket) -> Self {
        Self {
            ticket,
            hash: Sha256::new(),
            bytes: 0,
            start: BytesMut::new(),
        }
    }

    /// Takes some more bytes.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        self.bytes += bytes.len() as u64;
        if self.bytes > u64::from(self.ticket.bytes) {
            return Err(Refused::TooLarge);
        }
        self.hash.update(bytes);
        let room = TELLING_BYTES.saturating_sub(self.start.len());
        let telling = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        self.start.extend_from_slice(telling);
        Ok(())
    }

    /// Whether what was taken is what was announced.
    pub(super) fn check(self) -> Result<(), Refused> {
        if self.bytes < u64::from(self.ticket.bytes) {
            return Err(Refused::Truncated);
        }
        if canonical::hex(&self.hash.finalize()) != self.ticket.sha256 {
            return Err(Refused::OtherBytes);
        }
        if kinds::told(&self.start) != Some(self.ticket.file_type()?) {
            return Err(Refused::OtherKind);
        }
        Ok(())
    }
}

/// Takes a body in, under `path` once all of it is there and fits.
pub(super) async fn take_in<E>(
    files: &Files,
    path: &Path,
    ticket: &Ticket,
    body: impl Stream<Item = Result<Bytes, E>> + Send,
) -> Result<(), Refused>
where
    E: std::error::Error,
{
    let store = files.store().await?;
    let upload = store.put_multipart(path).await;
    let mut upload = upload.map_err(failed)?;
    match pour(&mut *upload, ticket, body).await {
        Ok(()) => {
            upload.complete().await.map_err(failed)?;
            Ok(())
        }
        Err(refused) => {
            if let Err(cause) = upload.abort().await {
                tracing::warn!(%cause, "what arrived of an upload could not be thrown away");
            }
            Err(refused)
        }
    }
}

async fn pour<E: std::error::Error>(
    upload: &mut dyn MultipartUpload,
    ticket: &Ticket,
    body: impl Stream<Item = Result<Bytes, E>> + Send,
) -> Result<(), Refused> {
    let mut body = std::pin::pin!(body);
    let mut scale = Scale::new(ticket);
    let mut part = BytesMut::new();
    loop {
        let next = tokio::time::timeout(PATIENCE, body.next()).await;
        let Ok(next) = next else {
            return Err(Refused::Stalled);
        };
        let Some(bytes) = next else { break };
        let bytes = bytes.map_err(|cause| {
            tracing::debug!(%cause, "an upload broke off");
            Refused::Truncated
        })?;
        scale.take(&bytes)?;
        part.extend_from_slice(&bytes);
        if part.len() >= PART {
            let full = PutPayload::from(part.split().freeze());
            upload.put_part(full).await.map_err(failed)?;
        }
    }
    scale.check()?;
    let last = PutPayload::from(part.freeze());
    upload.put_part(last).await.map_err(failed)?;
    Ok(())
}

/// Looks at what lies at `path`, as if it arrived now.
pub(super) async fn look_at(files: &Files, path: &Path, ticket: &Ticket) -> Result<(), Refused> {
    match files.length_at(path).await? {
        Some(length) if length == u64::from(ticket.bytes) => {}
        Some(length) if length > u64::from(ticket.bytes) => return Err(Refused::TooLarge),
        _ => return Err(Refused::Truncated),
    }
    let mut scale = Scale::new(ticket);
    let mut body = files.read_at(path, None).await?.ok_or(Refused::Truncated)?;
    while let Some(bytes) = body.next().await {
        scale.take(&bytes?)?;
    }
    scale.check()
}
