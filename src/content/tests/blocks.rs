//! Bodies as blocks: every shipped body parses, and no text is lost whatever the Markdown.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser};

use crate::content::blocks::{Block, Kind, parse};

/// The letters and figures a text says, in order.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn said(blocks: &[Block]) -> String {
    letters(
        &blocks
            .iter()
            .flat_map(Block::said)
            .collect::<Vec<_>>()
            .join(" "),
    )
}

/// What a Markdown parser finds to be text.
fn meant(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let texts = Parser::new_ext(markdown, options).filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
            Some(text.into_string())
        }
        _ => None,
    });
    letters(&texts.collect::<Vec<_>>().join(" "))
}

fn kinds(markdown: &str) -> Vec<Kind> {
    parse(markdown).iter().map(|block| block.kind).collect()
}

#[test]
fn all_146_shipped_bodies_parse_into_the_same_blocks_in_both_languages() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("curriculum/lessons");
    let mut bodies = 0;
    let mut shapes = std::collections::BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        let body = std::fs::read_to_string(entry.path()).unwrap();
        let blocks = parse(&body);
        assert_eq!(said(&blocks), meant(&body), "{name}");
        let count = |kind| blocks.iter().filter(|block| block.kind == kind).count();
        assert_eq!(count(Kind::Heading), 6, "{name}");
        for kind in [
            Kind::Paragraph,
            Kind::Steps,
            Kind::PracticeTask,
            Kind::Warning,
        ] {
            assert!(count(kind) > 0, "{name} has {kind:?}");
        }
        assert!(
            blocks
                .iter()
                .all(|block| block.kind != Kind::Steps || !block.items.is_empty())
        );
        let shape: Vec<Kind> = blocks.iter().map(|block| block.kind).collect();
        let lesson = name.rsplitn(3, '.').nth(2).unwrap().to_owned();
        shapes.entry(lesson).or_insert_with(Vec::new).push(shape);
        bodies += 1;
    }
    assert_eq!(bodies, 146);
    for (lesson, shapes) in shapes {
        assert_eq!(shapes[0], shapes[1], "{lesson}");
    }
}

#[test]
fn each_kind_of_block_is_told_apart() {
    use Kind::*;
    for (markdown, expected) in [
        ("# Một\n\nhai **ba**", vec![Heading, Paragraph]),
        ("1. một\n2. hai\n\n- ba", vec![Steps, Steps]),
        ("> **Mẹo:** thử lại", vec![Tip]),
        ("> Cảnh báo: dừng ngay", vec![Warning]),
        ("> Self-check: can you?", vec![SelfCheck]),
        ("![Bé tập đi](anh.webp)", vec![Media]),
        ("Xem ![hình](anh.webp) này", vec![Paragraph]),
        (
            "## Thử ngay hôm nay\n\nLàm đi.\n\n## Khác\n\nThôi.",
            vec![Heading, PracticeTask, Heading, Paragraph],
        ),
        ("## Tipping point\n\nno tip", vec![Heading, Paragraph]),
        ("", vec![]),
        ("---", vec![]),
    ] {
        assert_eq!(kinds(markdown), expected, "{markdown}");
    }
    let steps = parse("1. **một** hai\n2. ba\n   - bốn\n");
    let items: Vec<_> = steps[0]
        .items
        .iter()
        .map(|item| (item.text.as_str(), item.markdown.as_str()))
        .collect();
    assert_eq!(
        items,
        [("một hai", "**một** hai"), ("ba\nbốn", "ba\n   - bốn")]
    );
    assert!(steps[0].ordered);
    let media = parse("![Bé tập đi](anh.webp)").remove(0);
    assert_eq!(
        (media.text.as_str(), media.url.as_deref()),
        ("Bé tập đi", Some("anh.webp"))
    );
}

/// Lines such as authors write, and what they may write by mistake.
fn markdown() -> impl Strategy<Value = String> {
    let word = "[a-zA-Zăâđêôơư0-9]{1,6}";
    let line = (0_usize..14, word, word, word).prop_map(|(kind, a, b, c)| match kind {
        0 => format!("# {a} {b}"),
        1 => format!("## {a}"),
        2 => format!("- **{a}:** {b} {c}"),
        3 => format!("1. {a} {b}"),
        4 => format!("   - {a} *{b}*"),
        5 => format!("> {a} {b}"),
        6 => format!("![{a} {b}]({c}.webp)"),
        7 => format!("[{a}](https://{b}.vn) {c}"),
        8 => format!("`{a}` <b>{b}</b> {c}"),
        9 => format!("| {a} | {b} |\n|---|---|\n| {c} | {a} |"),
        10 => format!("    {a} {b}"),
        11 => format!("> - {a}\n> - {b}"),
        12 => String::new(),
        _ => format!("{a} {b} {c}"),
    });
    proptest::collection::vec(line, 0..20).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_text_is_lost_between_markdown_and_blocks(markdown in markdown()) {
        prop_assert_eq!(said(&parse(&markdown)), meant(&markdown));
    }

    #[test]
    fn nothing_that_can_be_typed_loses_text(markdown in "[ -~\\nàđ#>*`|!\\[\\]()]{0,120}") {
        prop_assert_eq!(said(&parse(&markdown)), meant(&markdown));
    }
}
