//! A source text and its translation side by side, block by block: what was lost, what was added, what differs.
//!
//! Blocks are paired by what a translation cannot change: headings and their level, lists, media, running text. Words that
//! tell a tip from a warning are known in Vietnamese and English only; between these two a pair must be of one kind.

use crate::content::blocks::{self, Block, Kind};

/// The most blocks a text may have.
pub const MOST_BLOCKS: usize = 400;

/// One line of the side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Of the source; absent where the translation has one too many.
    pub source: Option<Block>,
    /// Of the translation; absent where it lost one.
    pub target: Option<Block>,
    /// What is wrong with it.
    pub difference: Option<Difference>,
}

/// How a block of a translation differs from that of its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The translation lost it.
    Lost,
    /// The source has no such block.
    Added,
    /// A list has fewer or more items.
    Items,
    /// It is of another kind: a warning that became a paragraph.
    Kind,
}

/// What of a block a translation keeps in any language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Heading(Option<u8>),
    List,
    Media,
    Text,
}

impl Form {
    fn of(block: &Block) -> Self {
        match block.kind {
            Kind::Heading => Self::Heading(block.level),
            Kind::Media => Self::Media,
            _ if !block.items.is_empty() => Self::List,
            _ => Self::Text,
        }
    }
}

/// Languages whose words for a tip, a warning and the like are known.
fn tells_kinds(language: &str) -> bool {
    let primary = language.split('-').next().unwrap_or_default();
    primary.eq_ignore_ascii_case("vi") || primary.eq_ignore_ascii_case("en")
}

/// The two texts side by side, in the order of the source; what was added stands where it was added. Each is a language
/// and its Markdown.
pub fn side_by_side(source: (&str, &str), target: (&str, &str)) -> Vec<Pair> {
    let (mut ours, mut theirs) = (blocks::parse(source.1), blocks::parse(target.1));
    ours.truncate(MOST_BLOCKS + 1);
    theirs.truncate(MOST_BLOCKS + 1);
    let same_kinds = tells_kinds(source.0) && tells_kinds(target.0);
    let kept = longest_common(&ours, &theirs);
    let mut pairs = Vec::with_capacity(ours.len().max(theirs.len()));
    let (mut ours, mut theirs) = (ours.into_iter().enumerate(), theirs.into_iter().enumerate());
    let until = kept.into_iter().map(Some).chain([None]);
    for next in until {
        let mut pair = (None, None);
        for (at, block) in ours.by_ref() {
            if next.is_some_and(|(one, _)| one == at) {
                pair.0 = Some(block);
                break;
            }
            pairs.push(Pair {
                source: Some(block),
                target: None,
                difference: Some(Difference::Lost),
            });
        }
        for (at, block) in theirs.by_ref() {
            if next.is_some_and(|(_, other)| other == at) {
                pair.1 = Some(block);
                break;
            }
            pairs.push(Pair {
                source: None,
                target: Some(block),
                difference: Some(Difference::Added),
            });
        }
        if let (Some(source), Some(target)) = pair {
            let difference = if source.items.len() != target.items.len() {
                Some(Difference::Items)
            } else if same_kinds && source.kind != target.kind {
                Some(Difference::Kind)
            } else {
                None
            };
            pairs.push(Pair {
                source: Some(source),
                target: Some(target),
                difference,
            });
        }
    }
    pairs
}

/// The blocks of a translation, each of the kind of the block it stands for where the words of its language are unknown: a
/// warning stays one in every language.
pub fn translated(source: (&str, &str), target: (&str, &str)) -> Vec<Block> {
    if tells_kinds(target.0) || !tells_kinds(source.0) {
        return blocks::parse(target.1);
    }
    let pairs = side_by_side(source, target).into_iter();
    let block = |pair: Pair| {
        let mut block = pair.target?;
        if let Some(source) = pair.source {
            block.kind = source.kind;
        }
        Some(block)
    };
    pairs.filter_map(block).collect()
}

/// Places of the longest run of blocks of equal form that both have, in order. Of several, the one that pairs most exactly
/// (lists of equal length, blocks of one kind) is taken.
fn longest_common(ours: &[Block], theirs: &[Block]) -> Vec<(usize, usize)> {
    let width = theirs.len() + 1;
    let worth = |one: &Block, other: &Block| {
        let fits = Form::of(one) == Form::of(other);
        let exact = one.kind == other.kind && one.items.len() == other.items.len();
        fits.then_some(4 + u32::from(exact))
    };
    // best[i * width + j]: what the rest from the i-th of ours and the j-th of theirs is worth.
    let mut best = vec![0_u32; (ours.len() + 1) * width];
    let read = |best: &[u32], one: usize, other: usize| {
        best.get(one * width + other).copied().unwrap_or_default()
    };
    for (i, one) in ours.iter().enumerate().rev() {
        for (j, other) in theirs.iter().enumerate().rev() {
            let apart = read(&best, i + 1, j).max(read(&best, i, j + 1));
            let paired = worth(one, other).map_or(0, |worth| worth + read(&best, i + 1, j + 1));
            if let Some(cell) = best.get_mut(i * width + j) {
                *cell = apart.max(paired);
            }
        }
    }
    let (mut i, mut j, mut found) = (0, 0, Vec::new());
    while let (Some(one), Some(other)) = (ours.get(i), theirs.get(j)) {
        let here = read(&best, i, j);
        let paired = worth(one, other).map(|worth| worth + read(&best, i + 1, j + 1));
        if paired == Some(here) {
            found.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if read(&best, i + 1, j) == here {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SOURCE: &str = "# Rửa tay\n\n## Làm thế nào\n\n1. Làm ướt\n2. Xà phòng\n3. Rửa sạch\n\nMột đoạn.\n\n\
        ## Khi nào cần giúp đỡ\n\nGọi 115.\n";
    const TARGET: &str = "# Washing hands\n\n## How to do it\n\n1. Wet\n2. Soap\n3. Rinse\n\nA paragraph.\n\n\
        ## When to ask for help\n\nCall 115.\n";

    fn differences(target: &str) -> Vec<(Option<Difference>, String)> {
        let pairs = side_by_side(("vi", SOURCE), ("en", target)).into_iter();
        let said = |pair: Pair| {
            let block = pair.source.or(pair.target)?;
            pair.difference
                .is_some()
                .then_some((pair.difference, block.text))
        };
        pairs.filter_map(said).collect()
    }

    #[test]
    fn a_faithful_translation_pairs_block_by_block() {
        assert_eq!(differences(TARGET), []);
        assert_eq!(side_by_side(("vi", SOURCE), ("en", TARGET)).len(), 6);
    }

    #[test]
    fn what_was_lost_added_or_shortened_is_named() {
        let lost = TARGET.replace("A paragraph.\n\n", "");
        assert_eq!(
            differences(&lost),
            [(Some(Difference::Lost), "Một đoạn.".to_owned())]
        );
        let added = TARGET.replace("A paragraph.", "A paragraph.\n\nAnother.");
        let named = [(Some(Difference::Added), "Another.".to_owned())];
        assert_eq!(differences(&added), named);
        let shorter = TARGET.replace("2. Soap\n", "");
        assert_eq!(
            differences(&shorter),
            [(Some(Difference::Items), String::new())]
        );
        let milder = TARGET.replace("## When to ask for help", "## More");
        assert_eq!(
            differences(&milder),
            [(Some(Difference::Kind), "Gọi 115.".to_owned())]
        );
    }

    #[test]
    fn a_language_whose_words_are_unknown_is_compared_by_form_alone() {
        let other = TARGET.replace("## When to ask for help", "## Thaum twg");
        let pairs = side_by_side(("vi", SOURCE), ("hmn", &other));
        assert!(pairs.iter().all(|pair| pair.difference.is_none()));
        let blocks = translated(("vi", SOURCE), ("hmn", &other));
        assert_eq!(blocks.len(), 6);
        assert_eq!(
            (blocks[5].kind, &*blocks[5].text),
            (Kind::Warning, "Call 115.")
        );
    }

    proptest! {
        #[test]
        fn losing_any_one_block_is_always_found(
            kinds in prop::collection::vec(0..4_u8, 1..12), gone in any::<prop::sample::Index>(),
        ) {
            let written = |(at, kind): (usize, &u8)| match kind {
                0 => format!("## Mục {at}"),
                1 => format!("- một {at}\n- hai"),
                2 => format!("![tranh {at}](t{at}.jpg)"),
                _ => format!("Đoạn {at}."),
            };
            let parts: Vec<String> = kinds.iter().enumerate().map(written).collect();
            let gone = gone.index(parts.len());
            let mut rest = parts.clone();
            rest.remove(gone);
            let (whole, rest) = (parts.join("\n\n"), rest.join("\n\n"));
            let lost = |source: &str, target: &str| {
                let pairs = side_by_side(("vi", source), ("vi", target));
                pairs.iter().filter(|pair| pair.difference.is_some()).count()
            };
            prop_assert_eq!(lost(&whole, &whole), 0);
            prop_assert!(lost(&whole, &rest) > 0);
            prop_assert!(lost(&rest, &whole) > 0);
        }
    }
}
