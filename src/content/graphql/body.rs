//! The body of a lesson as typed blocks, on the wire.

use async_graphql::{ComplexObject, Context, Enum, SimpleObject};

use super::MediaObject;
use crate::{
    content::{
        blocks::{self, Block},
        media::{Media, check},
    },
    graphql::payload::graphql_error,
};

/// What a block is. More may be added: show an unknown one as a paragraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "blocks::Kind")]
pub enum LessonBlockKind {
    /// A heading.
    Heading,
    /// Running text.
    Paragraph,
    /// Things to do or know, one after the other.
    Steps,
    /// A hint.
    Tip,
    /// When to stop, or to get help.
    Warning,
    /// Something to do at home today.
    PracticeTask,
    /// A picture, sound or video.
    Media,
    /// Something to ask oneself.
    SelfCheck,
}

/// One block of a lesson's body.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct LessonBlock {
    /// What it is.
    kind: LessonBlockKind,
    /// Level of a heading, 1 to 6; null for other blocks.
    level: Option<u8>,
    /// What it says, without markup; of media the alternative text. Empty for steps.
    text: String,
    /// The same in Markdown, with emphasis and links. Empty for steps.
    markdown: String,
    /// The steps in order; empty for other blocks.
    items: Vec<LessonBlockItem>,
    /// Whether the order of the steps matters, so that they are numbered.
    ordered: bool,
    /// Address of media as the body has it, `media:<id>`; null for other blocks. What to show is in `media`.
    url: Option<String>,
}

/// One of several steps. What is nested in it follows on lines of its own.
#[derive(Clone, Debug, SimpleObject)]
pub struct LessonBlockItem {
    /// What it says, without markup.
    text: String,
    /// The same in Markdown.
    markdown: String,
}

#[ComplexObject]
impl LessonBlock {
    /// The picture, sound or film of a block that shows one; null for other blocks, and where the address is none of ours.
    async fn media(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<MediaObject>> {
        let Some(id) = self.url.as_deref().and_then(check::named) else {
            return Ok(None);
        };
        let found = ctx.data::<Media>()?.of(&[id]).await;
        let mut found = found.map_err(|error| graphql_error(ctx, &error))?;
        Ok(found.remove(&id).map(MediaObject))
    }
}

impl LessonBlock {
    /// The blocks of a body.
    pub fn all_of(body: &str) -> Vec<Self> {
        blocks::parse(body).into_iter().map(Self::from).collect()
    }
}

impl From<Block> for LessonBlock {
    fn from(block: Block) -> Self {
        let item = |item: blocks::Item| LessonBlockItem {
            text: item.text,
            markdown: item.markdown,
        };
        Self {
            kind: block.kind.into(),
            level: block.level,
            text: block.text,
            markdown: block.markdown,
            items: block.items.into_iter().map(item).collect(),
            ordered: block.ordered,
            url: block.url,
        }
    }
}
