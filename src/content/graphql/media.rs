//! Media on the wire: what lessons show, and how editors upload it.

use std::sync::Arc;

use async_graphql::{
    Context, Enum, ID, Object,
    connection::{Connection, CursorType, Edge},
};
use chrono::{DateTime, Utc};
use entity::{ids::MediaId, media::FileType};
use uuid::Uuid;

use super::tag;
use crate::{
    auth::{capability::Editor, graphql::viewer},
    content::media::{Item, Media, ServedFile, check, files, kinds},
    error::Result as Outcome,
    graphql::{ids::wire, pages::PageSize, payload::graphql_error},
};

mod uploading;

pub use uploading::MediaMutation;

/// The pages of the library.
const PAGE: PageSize = PageSize {
    default: 20,
    maximum: 100,
};

/// What media are. More may be added: offer an unknown one as a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum MediaKind {
    /// A picture, in several sizes.
    Picture,
    /// A sound.
    Sound,
    /// A film.
    Film,
}

/// A picture, sound or film.
pub struct MediaObject(pub Arc<Item>);

/// A picture, sound or film.
#[Object(name = "Media")]
impl MediaObject {
    /// Identity of the media; a body shows them as `![alternative text](media:<id>)`.
    async fn id(&self) -> ID {
        wire(self.0.id)
    }

    /// What they are.
    async fn kind(&self) -> MediaKind {
        kind(self.0.file_type)
    }

    /// SHA-256 of what was uploaded, lower-case hexadecimal.
    async fn sha256(&self) -> &str {
        &self.0.sha256
    }

    /// The files to choose from: of a picture its sizes, the smallest first; of a sound or film one.
    #[graphql(complexity = "4 * child_complexity")]
    async fn files(&self) -> Vec<MediaFile> {
        self.0.files.iter().cloned().map(MediaFile).collect()
    }

    /// The file for a screen: the widest that is not wider than it, else the narrowest.
    async fn file(
        &self,
        #[graphql(desc = "Pixels; by default 640.")] width: Option<i32>,
    ) -> Option<MediaFile> {
        let width = u32::try_from(width.unwrap_or(640)).unwrap_or(0);
        self.0.for_width(width).cloned().map(MediaFile)
    }

    /// What a picture shows, or what a sound or film is about; null where nobody said it in the language.
    async fn alt_text(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> Option<&str> {
        check::told(&self.0, tag(ctx, &language))?
            .alt_text
            .as_deref()
    }

    /// What is said in a sound or film, word for word; null for a picture, and where nobody wrote it down in the language.
    async fn transcript(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> Option<&str> {
        check::told(&self.0, tag(ctx, &language))?
            .transcript
            .as_deref()
    }

    /// When they were there, whole and checked.
    async fn uploaded_at(&self) -> DateTime<Utc> {
        self.0.uploaded_at
    }
}

/// A file that never changes: its name is its hash.
pub struct MediaFile(ServedFile);

/// A file that never changes: its name is its hash.
#[Object]
impl MediaFile {
    /// Where it is fetched, in parts too (`Range`): an address, or a path of this server.
    async fn url(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        Ok(ctx.data::<Media>()?.address(&self.0.name))
    }

    /// SHA-256 of its bytes, lower-case hexadecimal.
    async fn sha256(&self) -> &str {
        self.0.name.split('.').next().unwrap_or_default()
    }

    /// Its size.
    async fn bytes(&self) -> u32 {
        self.0.bytes
    }

    /// Its content type.
    async fn content_type(&self) -> Option<&'static str> {
        let name = files::FileName::read(&self.0.name)?;
        Some(name.kind().content_type())
    }

    /// Width of a picture in pixels.
    async fn width(&self) -> Option<u32> {
        self.0.width
    }

    /// Height of a picture in pixels.
    async fn height(&self) -> Option<u32> {
        self.0.height
    }
}

/// A place in the library: the media before it.
pub struct Before(MediaId);

impl CursorType for Before {
    type Error = uuid::Error;

    fn decode_cursor(text: &str) -> Result<Self, Self::Error> {
        Uuid::try_parse(text).map(|id| Self(MediaId(id)))
    }

    fn encode_cursor(&self) -> String {
        self.0.to_string()
    }
}

/// What editors may ask about media.
#[derive(Clone, Copy, Debug, Default)]
pub struct MediaQuery;

#[Object]
impl MediaQuery {
    /// Everything that was uploaded, the newest first.
    #[graphql(
        complexity = "first.map_or(PAGE.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn media_library(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind which one: an `endCursor` of this list.")] after: Option<String>,
    ) -> async_graphql::Result<Connection<Before, MediaObject>> {
        let by = editor(ctx)?;
        let page = PAGE.page::<Before>(first, after.as_deref())?;
        let has_previous = page.after.is_some();
        let wanted = page.first as u64 + 1;
        let before = page.after.map(|before| before.0);
        let found = ctx.data::<Media>()?.library(&by, before, wanted).await;
        let mut found = found.map_err(|error| graphql_error(ctx, &error))?;
        let has_next = found.len() > page.first;
        found.truncate(page.first);
        let mut connection = Connection::new(has_previous, has_next);
        let edges = found.into_iter();
        connection.edges = edges
            .map(|item| Edge::new(Before(item.id), MediaObject(item)))
            .collect();
        Ok(connection)
    }
}

fn kind(file_type: FileType) -> MediaKind {
    if kinds::is_picture(file_type) {
        MediaKind::Picture
    } else if kinds::is_film(file_type) {
        MediaKind::Film
    } else {
        MediaKind::Sound
    }
}

fn editor(ctx: &Context<'_>) -> async_graphql::Result<Editor> {
    let by: Outcome<Editor> = viewer(ctx)?.editor();
    by.map_err(|error| graphql_error(ctx, &error))
}
