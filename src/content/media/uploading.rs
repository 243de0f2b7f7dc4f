//! Uploading: what an editor announces, the signed address for it, and taking it in once the bytes are there.

use std::{sync::Arc, time::Duration as Wait};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use entity::{
    ids::MediaId,
    media::{self, FileType},
};
use futures_util::{Stream, StreamExt};
use object_store::path::Path;

use super::{
    Item, Media, ServedFile, arriving,
    arriving::Refused,
    bucket::CHECKSUM,
    files::{FileName, is_hash},
    kinds::{Kind, is_picture},
    sizes::{self, Unusable},
    store,
    ticket::{GOOD_FOR, Ticket},
};
use crate::{
    auth::capability::Editor,
    canonical,
    error::{Error, Result, UserError, UserErrorCode},
};

/// The most bytes a picture may have.
pub const PICTURE_BYTES: u32 = 20 * 1024 * 1024;
/// How long what arrived waits to be taken in.
const WAITING: Duration = Duration::days(1);

/// What an editor wants to upload.
#[derive(Clone, Debug)]
pub struct NewMedia {
    /// Made by the client; without it, a fresh one.
    pub id: Option<MediaId>,
    /// SHA-256 of the bytes, lower-case hexadecimal.
    pub sha256: String,
    /// How many bytes.
    pub bytes: f64,
    /// What they are.
    pub content_type: String,
}

/// What to do with an upload.
#[derive(Debug)]
pub enum Offer {
    /// Nothing: the same bytes are there.
    There(Arc<Item>),
    /// Put the bytes to an address.
    Upload(Upload),
}

/// Where and how to put the bytes.
#[derive(Debug)]
pub struct Upload {
    /// For [`Media::finish`].
    pub token: String,
    /// The address: of the store, or a path of this server.
    pub url: String,
    /// The headers to send, by name: they are part of what the address allows.
    pub headers: Vec<(&'static str, String)>,
    /// How many bytes are taken, and no others.
    pub bytes: u32,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

impl Media {
    /// An address to upload to, for what an editor announces.
    ///
    /// # Errors
    /// What to mend in the announcement.
    pub async fn offer(&self, by: &Editor, new: NewMedia) -> Result<Offer> {
        let (file_type, bytes) = self.check(&new)?;
        if let Some(found) = store::of_hash(self.0.db.latest(), &new.sha256).await? {
            return Ok(Offer::There(self.keep_in_mind(found)?));
        }
        let expires_at = self.0.clock.now() + GOOD_FOR;
        let content_type = Kind::Media(file_type).content_type();
        let ticket = Ticket {
            media: new.id.unwrap_or_else(|| self.0.clock.id()),
            sha256: new.sha256,
            bytes,
            content_type: content_type.to_owned(),
            account: by.account(),
            until: expires_at.timestamp(),
        };
        let token = ticket.signed(&self.key().await?)?;
        let mut headers = vec![
            ("content-type", content_type.to_owned()),
            ("content-length", bytes.to_string()),
        ];
        let url = match self.0.files.bucket() {
            None => format!("/uploads/{token}"),
            Some(bucket) => {
                let time = Wait::from_secs(GOOD_FOR.num_seconds().unsigned_abs());
                let checksum = canonical::bytes(&ticket.sha256);
                let checksum =
                    checksum.ok_or_else(|| Error::internal("a ticket without a hash"))?;
                let checksum = STANDARD.encode(checksum);
                let bytes = (checksum.as_str(), content_type);
                let url = bucket.address(&incoming(&ticket), bytes, time).await?;
                headers.push((CHECKSUM, checksum));
                url
            }
        };
        Ok(Offer::Upload(Upload {
            token,
            url,
            headers,
            bytes,
            expires_at,
        }))
    }

    fn check(&self, new: &NewMedia) -> Result<(FileType, u32)> {
        let mut errors = Vec::new();
        let file_type = Kind::of_content_type(&new.content_type);
        if file_type.is_none() {
            let known: Vec<_> = Kind::uploadable().collect();
            let error = UserError::new(UserErrorCode::Invalid, "contentType", "media-type-unknown");
            errors.push(error.with("types", known.join(", ")));
        }
        if !is_hash(&new.sha256) {
            errors.push(UserError::new(
                UserErrorCode::Invalid,
                "sha256",
                "media-hash-invalid",
            ));
        }
        let largest = match file_type {
            Some(file_type) if is_picture(file_type) => PICTURE_BYTES,
            _ => self.0.largest,
        };
        let fits = new.bytes >= 1.0 && new.bytes <= f64::from(largest) && new.bytes.fract() == 0.0;
        if !fits {
            let error = UserError::new(UserErrorCode::Invalid, "bytes", "media-too-large");
            errors.push(error.with("maximum", largest));
        }
        match file_type {
            // In range and whole, as was just checked.
            Some(file_type) if errors.is_empty() => Ok((file_type, new.bytes as u32)),
            _ => Err(Error::User(errors)),
        }
    }

    /// The ticket behind the address of an upload to this server, while it is good and uploads are taken here.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not; [`Error::Forbidden`] when its time is over.
    pub async fn ticket(&self, token: &str) -> Result<Ticket> {
        let ticket = Ticket::read(token, &self.keys().await?).ok_or(Error::NotFound)?;
        if self.0.files.bucket().is_some() {
            return Err(Error::NotFound);
        }
        if !ticket.is_good(self.0.clock.now()) {
            return Err(Error::Forbidden);
        }
        Ok(ticket)
    }

    /// Takes in the bytes of an upload to this server.
    ///
    /// # Errors
    /// Why not; nothing is kept then.
    pub async fn receive<E: std::error::Error>(
        &self,
        ticket: &Ticket,
        body: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<(), Refused> {
        let Ok(_place) = self.0.arriving.try_acquire() else {
            return Err(Error::RateLimited { retry_after: 5 }.into());
        };
        arriving::take_in(&self.0.files, &incoming(ticket), ticket, body).await
    }

    /// Takes in what was uploaded: looks at it, makes the sizes of a picture, and keeps all of it under its hashes. Again
    /// changes nothing.
    ///
    /// # Errors
    /// What is wrong with the upload or the token; nothing is kept then.
    pub async fn finish(&self, by: &Editor, token: &str) -> Result<Arc<Item>> {
        let unknown = || Error::user(UserErrorCode::NotFound, "token", "upload-unknown");
        let ticket = Ticket::read(token, &self.keys().await?).ok_or_else(unknown)?;
        if ticket.account != by.account() {
            return Err(unknown());
        }
        if let Some(found) = store::of_hash(self.0.db.latest(), &ticket.sha256).await? {
            return self.keep_in_mind(found);
        }
        // Whoever holds the address could still put other bytes there: they are moved away before they are looked at.
        let held = Path::from(format!("held/{}", self.0.clock.id::<uuid::Uuid>()));
        let arrived = incoming(&ticket);
        match self.0.files.rename(&arrived, &held).await {
            Err(Error::NotFound) => {
                return Err(Error::user(
                    UserErrorCode::Required,
                    "token",
                    "upload-missing",
                ));
            }
            moved => moved?,
        }
        let files = match self.take(&held, &ticket).await {
            Ok(files) => files,
            Err(error) => {
                self.0.files.delete(&held).await?;
                return Err(error);
            }
        };
        let row = media::Model {
            media_id: ticket.media,
            sha256: ticket.sha256.clone(),
            file_type: ticket.file_type()?,
            bytes: i32::try_from(ticket.bytes).map_err(Error::internal)?,
            files: serde_json::to_string(&files).map_err(Error::internal)?,
            uploaded_by: ticket.account,
            uploaded_at: self.0.clock.now(),
        };
        store::add(self.0.db.write(), row).await?;
        let found = store::of_hash(self.0.db.latest(), &ticket.sha256).await?;
        let taken = || Error::user(UserErrorCode::Taken, "token", "media-id-taken");
        self.keep_in_mind(found.ok_or_else(taken)?)
    }

    /// Checks what is held and keeps the files that are served.
    async fn take(&self, held: &Path, ticket: &Ticket) -> Result<Vec<ServedFile>> {
        let files = &self.0.files;
        let looked = arriving::look_at(files, held, ticket).await;
        looked.map_err(|refused| refused.into_error(ticket))?;
        let file_type = ticket.file_type()?;
        if !is_picture(file_type) {
            let name = FileName::hashed(&ticket.sha256, Kind::Media(file_type));
            files.accept(held, &name).await?;
            return Ok(vec![ServedFile {
                name: name.to_string(),
                bytes: ticket.bytes,
                width: None,
                height: None,
            }]);
        }
        let mut bytes = Vec::new();
        let mut body = files.read_at(held, None).await?.ok_or(Error::NotFound)?;
        while let Some(part) = body.next().await {
            bytes.extend_from_slice(&part?);
        }
        let place = self.0.decoding.acquire().await.map_err(Error::internal)?;
        let made = tokio::task::spawn_blocking(move || sizes::sizes(&bytes, file_type)).await;
        drop(place);
        let made = made
            .map_err(Error::internal)?
            .map_err(|unusable| match unusable {
                Unusable::TooManyPixels => {
                    let error =
                        UserError::new(UserErrorCode::Invalid, "token", "picture-too-large");
                    error
                        .with("millions", sizes::MOST_PIXELS / 1_000_000)
                        .into()
                }
                Unusable::Damaged => {
                    Error::user(UserErrorCode::Invalid, "token", "picture-damaged")
                }
            })?;
        let mut served = Vec::new();
        for size in made {
            let bytes = u32::try_from(size.bytes.len()).map_err(Error::internal)?;
            let name = files.keep(size.bytes, Kind::Media(size.file_type)).await?;
            served.push(ServedFile {
                name: name.to_string(),
                bytes,
                width: Some(size.width),
                height: Some(size.height),
            });
        }
        let original = Path::from(format!("originals/{}", ticket.sha256));
        files.rename(held, &original).await?;
        Ok(served)
    }

    /// Throws away what arrived more than a day ago and was never taken in.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn forget_old(&self) -> Result<()> {
        self.0.files.clear(self.0.clock.now() - WAITING).await
    }
}

fn incoming(ticket: &Ticket) -> Path {
    Path::from(format!("incoming/{}-{}", ticket.media, ticket.sha256))
}
