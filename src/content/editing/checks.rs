//! What stands in the way of giving a draft to its reviewer, or of publishing it: every reason at once.

use entity::lesson_variant::Modality;
use pulldown_cmark::{Event, Options, Parser, Tag};

use super::{
    Draft,
    pairs::{Difference, MOST_BLOCKS, Pair, side_by_side},
};
use crate::{
    content::blocks::{self, Block, Kind},
    error::{UserError, UserErrorCode as Code},
};

/// The most reasons named at once.
const MOST_NAMED: usize = 20;

/// Everything that stands in the way. Fields are paths in the draft: `licence`, `texts.en.TEXT.body`.
pub fn faults(draft: &Draft) -> Vec<UserError> {
    let mut faults = Vec::new();
    let row = &draft.row;
    for (field, said) in [("licence", &row.licence), ("source", &row.source)] {
        if said.trim().is_empty() {
            faults.push(UserError::new(Code::Required, field, "text-required"));
        }
    }
    if draft.age_bands().is_empty() {
        let fault = UserError::new(Code::Required, "ageBands", "draft-age-bands-required");
        faults.push(fault);
    }
    if draft.text(&row.source_language, Modality::Text).is_none() {
        let fault = UserError::new(Code::Required, "texts", "draft-source-required");
        faults.push(fault.with("language", &row.source_language));
    }
    for text in &draft.texts {
        let path = |field: &str| format!("texts.{}.{}.{field}", text.language, word(text.modality));
        for (field, said) in [("title", &text.title), ("summary", &text.summary)] {
            if said.trim().is_empty() {
                faults.push(UserError::new(
                    Code::Required,
                    &path(field),
                    "text-required",
                ));
            }
        }
        faults.extend(unsafe_markup(&text.body, &path("body")));
        let blocks = blocks::parse(&text.body);
        if blocks.len() > MOST_BLOCKS {
            let fault = UserError::new(Code::TooMany, &path("body"), "draft-blocks-too-many");
            faults.push(fault.with("limit", MOST_BLOCKS));
            continue;
        }
        for (at, block) in (1_usize..).zip(&blocks) {
            if block.kind == Kind::Media && block.text.trim().is_empty() {
                let fault = UserError::new(Code::Required, &path("body"), "media-alt-required");
                faults.push(fault.with("block", at));
            }
        }
        if let Some(source) = draft.source_of(text) {
            let pairs = side_by_side(
                (&source.language, &source.body),
                (&text.language, &text.body),
            );
            faults.extend(differences(&pairs, &text.language, &path("body")));
        }
    }
    faults.truncate(MOST_NAMED);
    faults
}

/// The word of a modality in paths.
pub fn word(modality: Modality) -> &'static str {
    match modality {
        Modality::Text => "TEXT",
        Modality::Audio => "AUDIO",
        Modality::Video => "VIDEO",
        Modality::SignVideo => "SIGN_VIDEO",
        Modality::EasyRead => "EASY_READ",
        Modality::Picture => "PICTURE",
    }
}

/// Blocks that a translation lost, gained or changed, each named by its place and its first words.
fn differences(pairs: &[Pair], language: &str, field: &str) -> Vec<UserError> {
    let (mut ours, mut theirs) = (0_usize, 0_usize);
    let mut faults = Vec::new();
    for pair in pairs {
        ours += usize::from(pair.source.is_some());
        theirs += usize::from(pair.target.is_some());
        let Some(difference) = pair.difference else {
            continue;
        };
        let (key, at) = match difference {
            Difference::Lost => ("translation-block-lost", ours),
            Difference::Added => ("translation-block-added", theirs),
            Difference::Items => ("translation-items-differ", ours),
            Difference::Kind => ("translation-kind-differs", ours),
        };
        let items = |block: Option<&Block>| block.map_or(0, |block| block.items.len());
        let named = pair.source.as_ref().or(pair.target.as_ref());
        let fault = UserError::new(Code::Conflict, field, key)
            .with("language", language)
            .with("block", at)
            .with("begins", named.map(beginning).unwrap_or_default())
            .with("expected", items(pair.source.as_ref()))
            .with("found", items(pair.target.as_ref()));
        faults.push(fault);
    }
    faults
}

/// The first words of a block.
fn beginning(block: &Block) -> String {
    const CHARACTERS: usize = 60;
    let said = block.said().find(|said| !said.is_empty());
    let said = said.unwrap_or_default().replace('\n', " ");
    match said.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", said.get(..end).unwrap_or_default()),
        None => said,
    }
}

/// HTML, and links to anything but pages, mail, telephones and files of ours: apps show bodies as they are.
fn unsafe_markup(body: &str, field: &str) -> Vec<UserError> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut faults = Vec::new();
    for event in Parser::new_ext(body, options) {
        match event {
            Event::Html(_) | Event::InlineHtml(_) | Event::Start(Tag::HtmlBlock) => {
                faults.push(UserError::new(Code::Invalid, field, "draft-html"));
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. })
                if !is_safe(&dest_url) =>
            {
                let fault = UserError::new(Code::Invalid, field, "draft-link");
                faults.push(fault.with("link", &dest_url));
            }
            _ => {}
        }
    }
    faults.dedup();
    faults
}

fn is_safe(link: &str) -> bool {
    let scheme = link.split_once(':').map(|(scheme, _)| scheme);
    match scheme {
        Some(scheme) if scheme.contains(['/', '?', '#']) => true,
        Some(scheme) => ["https", "http", "mailto", "tel", "media"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known)),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_run_on_a_phone_is_refused() {
        for body in [
            "<script>x()</script>",
            "a <b onclick=x>b</b>",
            "[a](javascript:x)",
            "![a](data:text/html,x)",
            "[a]( JAVASCRIPT:x)",
            "[a](vbscript:x)",
        ] {
            assert_eq!(unsafe_markup(body, "body").len(), 1, "{body}");
        }
        for body in [
            "**a** [b](https://vun.example/x)",
            "[115](tel:115)",
            "![a](media/b.jpg)",
            "3 < 5",
            "[a](../b?c:d)",
        ] {
            assert_eq!(unsafe_markup(body, "body"), [], "{body}");
        }
    }
}
