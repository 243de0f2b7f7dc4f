//! The body of a lesson as typed blocks, on the wire.

use async_graphql::{Enum, SimpleObject};

use crate::content::blocks::{self, Block};

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
    /// Address of media; null for other blocks.
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
