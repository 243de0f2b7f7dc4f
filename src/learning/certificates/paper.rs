//! A certificate on paper: one page, Vietnamese text, and a code that a phone can read.
//!
//! Vietnamese is written with one character, and one glyph, for each letter with its marks: in NFC nothing has to be
//! shaped, and the letters can be copied out of the page as they were put in.

use std::{collections::BTreeMap, io::Write as _};

use chrono::{Datelike as _, NaiveDate};
use flate2::{Compression, write::ZlibEncoder};
use pdf_writer::{
    Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr,
    types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap},
};
use qrcode::{Color, EcLevel, QrCode};
use ttf_parser::Face;
use unicode_normalization::UnicodeNormalization as _;

use crate::error::{Error, Result};

/// Be Vietnam Pro, under the SIL Open Font License: see the file beside it.
const LETTERS: &[u8] = include_bytes!("../../../curriculum/fonts/BeVietnamPro-Regular.ttf");
/// Its name in the page.
const CALLED: Name<'static> = Name(b"VUNAAA+BeVietnamPro-Regular");
/// What it is called in the page's resources.
const FONT: Name<'static> = Name(b"F1");
/// How the page numbers its letters: by glyph.
const SYSTEM: SystemInfo<'static> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// A4 lying down, in points.
const PAGE: (f32, f32) = (842.0, 595.0);
/// Where text begins, in points from the left.
const LEFT: f32 = 72.0;
/// Characters in a line of ordinary text.
const LINE: usize = 62;
/// The side of the code that a phone reads, in points: 4 cm.
const SIDE: f32 = 113.0;

/// What the paper says.
#[derive(Clone, Debug)]
pub struct Told {
    /// The holder, as she writes it.
    pub full_name: String,
    /// The programme's title.
    pub programme: String,
    /// Number of the decision.
    pub decision: String,
    /// The day on which it was reached.
    pub reached_on: NaiveDate,
    /// The code as printed.
    pub code: String,
    /// What a phone reads.
    pub leads_to: String,
}

/// What a phone reads: the address with the code behind it; without an address the code alone.
pub fn link(address: Option<&str>, code: &str) -> String {
    format!("{}{code}", address.unwrap_or_default())
}

/// Draws the page.
///
/// # Errors
/// When the font that the program carries is damaged, or what a phone is to read is too long for its code.
pub fn draw(told: &Told) -> Result<Vec<u8>> {
    let face = Face::parse(LETTERS, 0).map_err(Error::internal)?;
    let mut used = BTreeMap::new();
    let mut content = Content::new();
    content.set_fill_rgb(0.0, 0.42, 0.36);
    content.rect(36.0, 60.0, 8.0, PAGE.1 - 120.0).fill_nonzero();
    content.set_fill_rgb(0.08, 0.13, 0.2);
    for (down, size, line) in lines(told) {
        let glyphs = glyphs(&face, &line, &mut used);
        content.begin_text().set_font(FONT, size);
        content.next_line(LEFT, PAGE.1 - down).show(Str(&glyphs));
        content.end_text();
    }
    squares(&mut content, &told.leads_to)?;
    put_together(told, &face, &used, &content.finish())
}

/// The lines of the page: how far down, how large, what.
fn lines(told: &Told) -> Vec<(f32, f32, String)> {
    let day = told.reached_on;
    let done = "đã hoàn thành nội dung học tập và kiểm tra của chương trình";
    let mut lines = vec![
        (110.0, 30.0, "CHỨNG NHẬN".to_owned()),
        (165.0, 14.0, "Chứng nhận rằng".to_owned()),
        (205.0, 26.0, told.full_name.clone()),
        (250.0, 14.0, done.to_owned()),
    ];
    let mut down = 282.0;
    for line in broken(&told.programme) {
        lines.push((down, 16.0, line));
        down += 24.0;
    }
    let decision = format!("(Quyết định số {})", told.decision);
    lines.push((down, 12.0, decision));
    let reached = format!(
        "Ngày {} tháng {} năm {}",
        day.day(),
        day.month(),
        day.year()
    );
    lines.push((down + 44.0, 14.0, reached));
    lines.push((PAGE.1 - 92.0, 12.0, "Mã kiểm tra".to_owned()));
    lines.push((PAGE.1 - 70.0, 16.0, told.code.clone()));
    lines
}

/// A text in lines of at most [`LINE`] characters, broken between words; at most four.
fn broken(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= LINE => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.truncate(4);
    lines
}

/// A line as the page writes it, two bytes a glyph. A character that the font has not is shown by its letter without
/// marks, and where it has not that either, by a question mark.
fn glyphs(face: &Face<'_>, line: &str, used: &mut BTreeMap<u16, char>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(line.len() * 2);
    for letter in line.nfc() {
        let plain = letter.nfd().next().unwrap_or('?');
        let known = [letter, plain, '?'].into_iter();
        let mut known = known.filter_map(|letter| Some((face.glyph_index(letter)?, letter)));
        let Some((glyph, letter)) = known.next() else {
            continue;
        };
        used.insert(glyph.0, letter);
        bytes.extend(glyph.0.to_be_bytes());
    }
    bytes
}

/// The code that a phone reads, in the lower right corner.
fn squares(content: &mut Content, text: &str) -> Result<()> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(Error::internal)?;
    let width = code.width().max(1);
    let side = SIDE / f32::from(u16::try_from(width).map_err(Error::internal)?);
    for (at, color) in code.to_colors().into_iter().enumerate() {
        let place = |value: usize| u16::try_from(value).map(f32::from).unwrap_or_default();
        if color == Color::Dark {
            let across = PAGE.0 - LEFT - SIDE + place(at % width) * side;
            let up = LEFT + SIDE - (place(at / width) + 1.0) * side;
            content.rect(across, up, side, side);
        }
    }
    content.fill_nonzero();
    Ok(())
}

fn put_together(
    told: &Told,
    face: &Face<'_>,
    used: &BTreeMap<u16, char>,
    content: &[u8],
) -> Result<Vec<u8>> {
    let mut next = Ref::new(1);
    let (catalog, pages, page, drawn) = (next.bump(), next.bump(), next.bump(), next.bump());
    let (font, letters, about, file) = (next.bump(), next.bump(), next.bump(), next.bump());
    let (meanings, info) = (next.bump(), next.bump());
    let per_em = 1000.0 / f32::from(face.units_per_em());
    let scaled = |value: i16| f32::from(value) * per_em;
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages).lang(TextStr("vi"));
    let title = format!("Chứng nhận – {}", told.programme);
    pdf.document_info(info).title(TextStr(&title));
    pdf.pages(pages).kids([page]).count(1);
    let mut sheet = pdf.page(page);
    sheet.media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1));
    sheet.parent(pages).contents(drawn);
    sheet.resources().fonts().pair(FONT, font);
    sheet.finish();
    let shrunk = shrunk(content)?;
    pdf.stream(drawn, &shrunk).filter(Filter::FlateDecode);
    let mut composed = pdf.type0_font(font);
    composed
        .base_font(CALLED)
        .encoding_predefined(Name(b"Identity-H"));
    composed.descendant_font(letters).to_unicode(meanings);
    composed.finish();
    let mut cid = pdf.cid_font(letters);
    cid.subtype(CidFontType::Type2)
        .base_font(CALLED)
        .system_info(SYSTEM);
    cid.font_descriptor(about).default_width(0.0);
    cid.cid_to_gid_map_predefined(Name(b"Identity"));
    let mut widths = cid.widths();
    for glyph in used.keys() {
        let width = face.glyph_hor_advance(ttf_parser::GlyphId(*glyph));
        widths.consecutive(*glyph, [f32::from(width.unwrap_or_default()) * per_em]);
    }
    widths.finish();
    cid.finish();
    let around = face.global_bounding_box();
    let mut described = pdf.font_descriptor(about);
    described.name(CALLED).flags(FontFlags::SYMBOLIC);
    described.bbox(Rect::new(
        scaled(around.x_min),
        scaled(around.y_min),
        scaled(around.x_max),
        scaled(around.y_max),
    ));
    described
        .italic_angle(0.0)
        .ascent(scaled(face.ascender()))
        .descent(scaled(face.descender()));
    let capitals = face.capital_height().unwrap_or_else(|| face.ascender());
    described.cap_height(scaled(capitals)).stem_v(80.0);
    described.font_file2(file);
    described.finish();
    let embedded = self::shrunk(LETTERS)?;
    let length = i32::try_from(LETTERS.len()).map_err(Error::internal)?;
    let mut stream = pdf.stream(file, &embedded);
    stream.filter(Filter::FlateDecode);
    stream.pair(Name(b"Length1"), length);
    stream.finish();
    let mut meaning = UnicodeCmap::<u16>::new(Name(b"VUN-UTF16"), SYSTEM);
    for (glyph, letter) in used {
        meaning.pair(*glyph, *letter);
    }
    pdf.cmap(meanings, &meaning.finish());
    Ok(pdf.finish())
}

fn shrunk(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).map_err(Error::internal)?;
    encoder.finish().map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_every_letter_of_vietnamese_in_both_cases() {
        let face = Face::parse(LETTERS, 0).unwrap();
        let (marks, horned) = (
            ["", "\u{300}", "\u{309}", "\u{303}", "\u{301}", "\u{323}"],
            "aăâeêioôơuưy",
        );
        for vowel in horned.chars() {
            for mark in marks {
                let letter: String = format!("{vowel}{mark}").nfc().collect();
                for letter in [letter.clone(), letter.to_uppercase()] {
                    let mut used = BTreeMap::new();
                    assert_eq!(glyphs(&face, &letter, &mut used).len(), 2, "{letter}");
                    let shown: String = used.into_values().collect();
                    assert_eq!(shown, letter.nfc().collect::<String>());
                }
            }
        }
        for letter in "đĐbcdghklmnpqrstvxBCDGHKLMNPQRSTVX0123456789()/–-.,".chars() {
            assert!(
                face.glyph_index(letter).is_some_and(|glyph| glyph.0 != 0),
                "{letter}"
            );
        }
    }

    #[test]
    fn a_letter_the_font_has_not_is_shown_without_marks_or_as_a_question_mark() {
        let face = Face::parse(LETTERS, 0).unwrap();
        let mut used = BTreeMap::new();
        let written = glyphs(&face, "\u{1e0b}\u{6f22}", &mut used);
        assert_eq!(written.len(), 4);
        assert_eq!(used.into_values().collect::<Vec<_>>().len(), 2);
    }

    #[test]
    fn a_long_title_is_broken_between_words() {
        let title = "Chăm sóc vì sự phát triển toàn diện trẻ em trong những năm đầu đời tại gia đình và cộng đồng";
        let lines = broken(title);
        assert_eq!(lines.join(" "), title);
        assert!(lines.iter().all(|line| line.chars().count() <= LINE));
        assert_eq!(broken(&"chữ ".repeat(1000)).len(), 4);
    }
}
