//! A lesson's body as typed blocks, so that an app can show each natively: parsed from the Markdown, losing no text.
//!
//! A tip, a warning, a practice task and a self-check are told apart by the heading they stand under, or by a quotation that
//! begins with its word: `> Mẹo:`, `> **Cảnh báo:**`, `> Tip:` … A picture alone in its paragraph is media.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::fold::fold;

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
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

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: Kind,
    /// Level of a heading, 1 to 6.
    pub level: Option<u8>,
    /// Text without markup; of media the alternative text; of steps nothing.
    pub text: String,
    /// The same with its inline Markdown (emphasis, links).
    pub markdown: String,
    /// The steps, in order.
    pub items: Vec<Item>,
    /// Whether the order of the steps matters.
    pub ordered: bool,
    /// Address of media.
    pub url: Option<String>,
}

/// One of several steps. What is nested in it follows on lines of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Text without markup.
    pub text: String,
    /// The same with its inline Markdown.
    pub markdown: String,
}

/// Headings and quotations begin with these words, folded; the longest that fits counts.
const WORDS: [(&str, Kind); 22] = [
    ("meo", Kind::Tip),
    ("goi y", Kind::Tip),
    ("luu y", Kind::Tip),
    ("tip", Kind::Tip),
    ("hint", Kind::Tip),
    ("note", Kind::Tip),
    ("canh bao", Kind::Warning),
    ("nguy hiem", Kind::Warning),
    ("khi nao can giup do", Kind::Warning),
    ("warning", Kind::Warning),
    ("danger", Kind::Warning),
    ("when to ask for help", Kind::Warning),
    ("thu ngay hom nay", Kind::PracticeTask),
    ("thuc hanh", Kind::PracticeTask),
    ("try it today", Kind::PracticeTask),
    ("practice", Kind::PracticeTask),
    ("practise", Kind::PracticeTask),
    ("tu kiem tra", Kind::SelfCheck),
    ("tu danh gia", Kind::SelfCheck),
    ("self-check", Kind::SelfCheck),
    ("self check", Kind::SelfCheck),
    ("check yourself", Kind::SelfCheck),
];

/// The kind that a heading or the beginning of a quotation names.
fn named(text: &str) -> Option<Kind> {
    let folded = fold(text);
    let fits = |word: &str| {
        let rest = folded.strip_prefix(word)?;
        rest.chars()
            .next()
            .is_none_or(|next| !next.is_alphanumeric())
            .then_some(word.len())
    };
    let found = WORDS
        .iter()
        .filter_map(|(word, kind)| Some((fits(word)?, *kind)));
    found
        .max_by_key(|(length, _)| *length)
        .map(|(_, kind)| kind)
}

/// The blocks of a body, in order.
pub fn parse(markdown: &str) -> Vec<Block> {
    let mut reader = Reader {
        source: markdown,
        blocks: Vec::new(),
        open: None,
        section: None,
        lists: 0,
        quotes: 0,
    };
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    for (event, range) in Parser::new_ext(markdown, options).into_offset_iter() {
        reader.read(event, range);
    }
    reader.close();
    reader.blocks
}

/// A block being read.
struct Open {
    block: Block,
    /// Where its Markdown begins and ends in the source.
    from: usize,
    to: usize,
    /// Whether text stands outside every picture.
    has_text: bool,
}

struct Reader<'s> {
    source: &'s str,
    blocks: Vec<Block>,
    open: Option<Open>,
    /// What the section's heading says its paragraphs are.
    section: Option<Kind>,
    lists: usize,
    quotes: usize,
}

impl Reader<'_> {
    fn open_block(&mut self, kind: Kind, range: &std::ops::Range<usize>) {
        self.close();
        self.open = Some(Open {
            block: Block {
                kind,
                level: None,
                text: String::new(),
                markdown: String::new(),
                items: Vec::new(),
                ordered: false,
                url: None,
            },
            from: range.start,
            to: range.end,
            has_text: false,
        });
    }

    /// The open block; a paragraph when none is.
    fn opened(&mut self, range: &std::ops::Range<usize>) -> Option<&mut Open> {
        if self.open.is_none() {
            self.open_block(self.section.unwrap_or(Kind::Paragraph), range);
        }
        self.open.as_mut()
    }

    fn read(&mut self, event: Event<'_>, range: std::ops::Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.say(&text, &range);
            }
            Event::InlineMath(text) | Event::DisplayMath(text) => self.say(&text, &range),
            Event::FootnoteReference(name) => self.say(&name, &range),
            Event::SoftBreak | Event::HardBreak => self.say("\n", &range),
            Event::Rule => self.close(),
            Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: std::ops::Range<usize>) {
        match tag {
            Tag::Heading { level, .. } if self.lists == 0 && self.quotes == 0 => {
                self.open_block(Kind::Heading, &range);
                if let Some(open) = &mut self.open {
                    open.block.level = Some(depth(level));
                }
            }
            Tag::BlockQuote(_) => {
                self.quotes += 1;
                if self.quotes == 1 && self.lists == 0 {
                    self.open_block(Kind::Tip, &range);
                }
            }
            Tag::List(number) => {
                self.lists += 1;
                if self.lists == 1 && self.quotes == 0 {
                    self.open_block(Kind::Steps, &range);
                    if let Some(open) = &mut self.open {
                        open.block.ordered = number.is_some();
                    }
                }
            }
            Tag::Item if self.lists == 1 && self.quotes == 0 => {
                if let Some(open) = self.opened(&range) {
                    open.block.items.push(Item::default());
                }
                let written = self.source.get(range).unwrap_or_default();
                let marker = written.find(|c: char| c.is_whitespace()).unwrap_or(0);
                let written = written.get(marker..).unwrap_or_default().trim();
                if let Some(item) = self
                    .open
                    .as_mut()
                    .and_then(|open| open.block.items.last_mut())
                {
                    written.clone_into(&mut item.markdown);
                }
            }
            Tag::Image { dest_url, .. } => {
                if let Some(open) = self.opened(&range) {
                    open.block.url = Some(dest_url.into_string());
                }
            }
            Tag::Paragraph | Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::Table(_)
                if self.lists == 0 && self.quotes == 0 =>
            {
                self.open_block(self.section.unwrap_or(Kind::Paragraph), &range);
            }
            Tag::Item
            | Tag::Heading { .. }
            | Tag::Paragraph
            | Tag::CodeBlock(_)
            | Tag::TableRow
            | Tag::TableCell
            | Tag::TableHead => self.part(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::List(_) => {
                self.lists = self.lists.saturating_sub(1);
                if self.lists == 0 && self.quotes == 0 {
                    self.close();
                }
            }
            TagEnd::BlockQuote(_) => {
                self.quotes = self.quotes.saturating_sub(1);
                if self.lists == 0 && self.quotes == 0 {
                    self.close();
                }
            }
            TagEnd::Heading(_)
            | TagEnd::Paragraph
            | TagEnd::CodeBlock
            | TagEnd::HtmlBlock
            | TagEnd::Table
                if self.lists == 0 && self.quotes == 0 =>
            {
                self.close();
            }
            _ => {}
        }
    }

    /// Parts inside one block stand on lines of their own.
    fn part(&mut self) {
        if let Some(text) = self
            .text()
            .filter(|text| !text.is_empty() && !text.ends_with('\n'))
        {
            text.push('\n');
        }
    }

    fn text(&mut self) -> Option<&mut String> {
        let block = &mut self.open.as_mut()?.block;
        Some(match block.items.last_mut() {
            Some(item) => &mut item.text,
            None => &mut block.text,
        })
    }

    fn say(&mut self, said: &str, range: &std::ops::Range<usize>) {
        if let Some(open) = self.opened(range) {
            open.has_text |= open.block.url.is_none() && !said.trim().is_empty();
            open.to = open.to.max(range.end);
        }
        if let Some(text) = self.text() {
            text.push_str(said);
        }
    }

    fn close(&mut self) {
        let Some(Open {
            mut block,
            from,
            to,
            has_text,
        }) = self.open.take()
        else {
            return;
        };
        let written = self.source.get(from..to).unwrap_or_default().trim();
        for text in block
            .items
            .iter_mut()
            .map(|item| &mut item.text)
            .chain([&mut block.text])
        {
            text.truncate(text.trim_end().len());
        }
        block.markdown = match block.kind {
            Kind::Heading => written.trim_start_matches('#').trim().to_owned(),
            Kind::Steps => String::new(),
            _ => written.to_owned(),
        };
        match block.kind {
            Kind::Heading => self.section = named(&block.text),
            Kind::Tip if written.starts_with('>') => {
                block.kind = named(&block.text).unwrap_or(Kind::Tip);
            }
            _ => {}
        }
        if block.url.is_some() && !has_text && block.items.is_empty() {
            block.kind = Kind::Media;
        }
        let says = !block.text.is_empty() || !block.items.is_empty() || block.url.is_some();
        if says {
            self.blocks.push(block);
        }
    }
}

fn depth(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

impl Block {
    /// Everything it says, without markup.
    pub fn said(&self) -> impl Iterator<Item = &str> {
        let items = self.items.iter().map(|item| item.text.as_str());
        std::iter::once(self.text.as_str()).chain(items)
    }
}
