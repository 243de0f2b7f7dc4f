//! Uploading and describing media on the wire.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{MediaObject, editor};
use crate::{
    content::{
        Content,
        media::{Media, NewMedia, Offer, Telling, Upload},
    },
    graphql::{
        ids::named,
        payload::{UserErrorObject, split},
    },
};

/// Where and how to put the bytes of an upload.
pub struct MediaUpload(Upload);

/// Where and how to put the bytes of an upload.
#[Object]
impl MediaUpload {
    /// What `finishMediaUpload` takes once the bytes are there.
    async fn token(&self) -> &str {
        &self.0.token
    }

    /// The address, or a path of this server.
    async fn url(&self) -> &str {
        &self.0.url
    }

    /// The method to use.
    async fn method(&self) -> &'static str {
        "PUT"
    }

    /// The headers to send along.
    async fn headers(&self) -> Vec<MediaUploadHeader> {
        let headers = self.0.headers.iter();
        let header = |(name, value): &(&'static str, String)| MediaUploadHeader {
            name,
            value: value.clone(),
        };
        headers.map(header).collect()
    }

    /// How many bytes are taken: those that were announced, no more and no fewer.
    async fn bytes(&self) -> u32 {
        self.0.bytes
    }

    /// Until when the address is good.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }
}

/// A header to send with an upload.
#[derive(SimpleObject)]
pub struct MediaUploadHeader {
    /// Its name.
    name: &'static str,
    /// Its value.
    value: String,
}

/// What is to be uploaded.
#[derive(InputObject)]
pub struct RequestMediaUploadInput {
    /// A UUID made by the client for the media it becomes.
    id: Option<ID>,
    /// SHA-256 of the bytes, lower-case hexadecimal.
    sha256: String,
    /// How many bytes: a whole number. Of a picture at most 20971520; of a sound or film what the server allows.
    bytes: f64,
    /// image/jpeg, image/png, image/webp, audio/mpeg, audio/ogg, audio/mp4, video/mp4 or video/webm.
    content_type: String,
}

/// What `requestMediaUpload` did.
#[derive(SimpleObject)]
pub struct RequestMediaUploadPayload {
    /// Where to put the bytes; null when they are there already.
    upload: Option<MediaUpload>,
    /// The media with the same bytes, when they are there already.
    media: Option<MediaObject>,
    /// What to mend.
    user_errors: Vec<UserErrorObject>,
}

/// An upload whose bytes are there.
#[derive(InputObject)]
pub struct FinishMediaUploadInput {
    /// From `requestMediaUpload`.
    token: String,
}

/// What `finishMediaUpload` did.
#[derive(SimpleObject)]
pub struct FinishMediaUploadPayload {
    /// The media it became.
    media: Option<MediaObject>,
    /// What to mend; nothing of the upload is kept then.
    user_errors: Vec<UserErrorObject>,
}

/// What media show and say in one language. What is left out stays as it is.
#[derive(InputObject)]
pub struct DescribeMediaInput {
    /// Of which media.
    media_id: ID,
    /// BCP 47 tag.
    language: String,
    /// What a picture shows, or what a sound or film is about: at most 1,000 characters.
    alt_text: Option<String>,
    /// What is said in a sound or film, word for word: at most 50,000 characters.
    transcript: Option<String>,
}

/// What `describeMedia` did.
#[derive(SimpleObject)]
pub struct DescribeMediaPayload {
    /// The media as they are told now.
    media: Option<MediaObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What editors may do with media.
#[derive(Clone, Copy, Debug, Default)]
pub struct MediaMutation;

#[Object]
impl MediaMutation {
    /// Announces an upload and answers where to put the bytes. The same bytes are kept once.
    async fn request_media_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is coming.")] input: RequestMediaUploadInput,
    ) -> async_graphql::Result<RequestMediaUploadPayload> {
        let by = editor(ctx)?;
        let offered = async {
            let id = input.id.as_ref().map(|id| named(id, "id")).transpose()?;
            let new = NewMedia {
                id,
                sha256: input.sha256,
                bytes: input.bytes,
                content_type: input.content_type,
            };
            let media = ctx.data::<Media>().map_err(missing)?;
            media.offer(&by, new).await
        };
        let (offer, user_errors) = split(ctx, offered.await)?;
        let (upload, media) = match offer {
            Some(Offer::Upload(upload)) => (Some(MediaUpload(upload)), None),
            Some(Offer::There(item)) => (None, Some(MediaObject(item))),
            None => (None, None),
        };
        Ok(RequestMediaUploadPayload {
            upload,
            media,
            user_errors,
        })
    }

    /// Takes in an upload: looks at every byte, and makes the sizes of a picture. The same token again changes nothing.
    #[graphql(complexity = "200 + child_complexity")]
    async fn finish_media_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which upload.")] input: FinishMediaUploadInput,
    ) -> async_graphql::Result<FinishMediaUploadPayload> {
        let by = editor(ctx)?;
        let finished = ctx.data::<Media>()?.finish(&by, &input.token).await;
        let (item, user_errors) = split(ctx, finished)?;
        Ok(FinishMediaUploadPayload {
            media: item.map(MediaObject),
            user_errors,
        })
    }

    /// Says what media show and say in one language: needed before a lesson that shows them is published in it.
    async fn describe_media(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What they show and say.")] input: DescribeMediaInput,
    ) -> async_graphql::Result<DescribeMediaPayload> {
        let by = editor(ctx)?;
        let described = async {
            let telling = Telling {
                media: named(&input.media_id, "mediaId")?,
                language: input.language,
                alt_text: input.alt_text,
                transcript: input.transcript,
            };
            let media = ctx.data::<Media>().map_err(missing)?;
            let content = ctx.data::<Content>().map_err(missing)?;
            content.describe_media(media, &by, telling).await
        };
        let (item, user_errors) = split(ctx, described.await)?;
        Ok(DescribeMediaPayload {
            media: item.map(MediaObject),
            user_errors,
        })
    }
}

fn missing(error: async_graphql::Error) -> crate::error::Error {
    crate::error::Error::internal(error.message)
}
