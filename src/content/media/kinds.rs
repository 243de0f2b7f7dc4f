//! Kinds of files: told by their first bytes, whatever a client says, and served under one fixed content type each.

use entity::media::FileType;

/// How many bytes from the start tell what a file is.
pub const TELLING_BYTES: usize = 4096;

/// A file as it is named and served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Media.
    Media(FileType),
    /// A lesson, a quiz or a manifest of an offline package.
    Json,
}

/// Every kind with the end of its name and its content type. Nothing else is kept or served: no page, no script, no SVG.
const KINDS: [(Kind, &str, &str); 9] = [
    (Kind::Media(FileType::Jpeg), "jpg", "image/jpeg"),
    (Kind::Media(FileType::Png), "png", "image/png"),
    (Kind::Media(FileType::Webp), "webp", "image/webp"),
    (Kind::Media(FileType::Mp3), "mp3", "audio/mpeg"),
    (Kind::Media(FileType::Ogg), "ogg", "audio/ogg"),
    (Kind::Media(FileType::M4a), "m4a", "audio/mp4"),
    (Kind::Media(FileType::Mp4), "mp4", "video/mp4"),
    (Kind::Media(FileType::Webm), "webm", "video/webm"),
    (Kind::Json, "json", "application/json"),
];

impl Kind {
    /// The end of names of this kind, without the dot.
    pub fn ending(self) -> &'static str {
        self.row().1
    }

    /// The content type it is served with.
    pub fn content_type(self) -> &'static str {
        self.row().2
    }

    /// The kind of names with this end.
    pub fn of_ending(ending: &str) -> Option<Self> {
        let mut kinds = KINDS.iter();
        kinds.find(|row| row.1 == ending).map(|row| row.0)
    }

    /// The kind of media with this content type.
    pub fn of_content_type(content_type: &str) -> Option<FileType> {
        let mut kinds = KINDS.iter();
        kinds.find_map(|(kind, _, said)| match kind {
            Self::Media(file_type) if said.eq_ignore_ascii_case(content_type) => Some(*file_type),
            _ => None,
        })
    }

    /// The content types that can be uploaded.
    pub fn uploadable() -> impl Iterator<Item = &'static str> {
        KINDS
            .iter()
            .filter(|row| row.0 != Self::Json)
            .map(|row| row.2)
    }

    fn row(self) -> (Self, &'static str, &'static str) {
        let found = KINDS.iter().find(|row| row.0 == self);
        found
            .copied()
            .unwrap_or((Self::Json, "json", "application/json"))
    }
}

/// Whether it is a picture.
pub fn is_picture(file_type: FileType) -> bool {
    matches!(file_type, FileType::Jpeg | FileType::Png | FileType::Webp)
}

/// Whether it is a film.
pub fn is_film(file_type: FileType) -> bool {
    matches!(file_type, FileType::Mp4 | FileType::Webm)
}

/// What a file is by its first [`TELLING_BYTES`]; nothing for text, scripts, pages, archives and whatever else.
pub fn told(start: &[u8]) -> Option<FileType> {
    let at = |from: usize, word: &[u8]| start.get(from..from + word.len()) == Some(word);
    if at(0, b"\xff\xd8\xff") {
        return Some(FileType::Jpeg);
    }
    if at(0, b"\x89PNG\r\n\x1a\n") && at(12, b"IHDR") {
        return Some(FileType::Png);
    }
    if at(0, b"RIFF") && at(8, b"WEBP") {
        return Some(FileType::Webp);
    }
    if at(0, b"OggS\0") {
        return Some(FileType::Ogg);
    }
    if at(4, b"ftyp") {
        return brand(start.get(8..12)?);
    }
    if at(0, b"\x1a\x45\xdf\xa3") {
        let head = start.get(..64.min(start.len()))?;
        let is_webm = head.windows(4).any(|word| word == b"webm");
        return is_webm.then_some(FileType::Webm);
    }
    is_mp3(start).then_some(FileType::Mp3)
}

fn brand(brand: &[u8]) -> Option<FileType> {
    match brand {
        b"M4A " | b"M4B " => Some(FileType::M4a),
        b"isom" | b"iso2" | b"iso4" | b"iso5" | b"iso6" | b"mp41" | b"mp42" | b"avc1" | b"M4V "
        | b"dash" | b"MSNV" => Some(FileType::Mp4),
        _ => None,
    }
}

/// A tag of ID3 version 2 with a size such as only tags write it, or the head of an MPEG layer III frame.
fn is_mp3(start: &[u8]) -> bool {
    match start {
        [b'I', b'D', b'3', 2..=4, _, flags, a, b, c, d, ..] => {
            flags & 0x0f == 0 && [a, b, c, d].iter().all(|byte| **byte < 0x80)
        }
        [0xff, second, third, ..] => {
            let is_layer_three = second & 0xe6 == 0xe2 && second & 0x18 != 0x08;
            let has_rate = !matches!(third >> 4, 0 | 15) && third & 0x0c != 0x0c;
            is_layer_three && has_rate
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(b"\xff\xd8\xff\xe0\0\x10JFIF", Some(FileType::Jpeg))]
    #[case(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Some(FileType::Png))]
    #[case(b"RIFF\x10\0\0\0WEBPVP8 ", Some(FileType::Webp))]
    #[case(b"OggS\0\x02\0\0", Some(FileType::Ogg))]
    #[case(b"\0\0\0\x20ftypM4A \0\0\0\0", Some(FileType::M4a))]
    #[case(b"\0\0\0\x20ftypisom\0\0\0\0", Some(FileType::Mp4))]
    #[case(
        b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm",
        Some(FileType::Webm)
    )]
    #[case(b"ID3\x04\0\0\0\0\x01\x7f", Some(FileType::Mp3))]
    #[case(b"\xff\xfb\x90\x64\0\0", Some(FileType::Mp3))]
    #[case::script(b"<script>alert(1)</script>", None)]
    #[case::script_like_a_tag(b"ID3=1;alert(document.cookie)", None)]
    #[case::page(b"<!doctype html><html>", None)]
    #[case::svg(b"<svg xmlns='http://www.w3.org/2000/svg'>", None)]
    #[case::shell(b"#!/bin/sh\n", None)]
    #[case::program(b"\x7fELF\x02\x01\x01", None)]
    #[case::windows_program(b"MZ\x90\0\x03", None)]
    #[case::pdf(b"%PDF-1.7", None)]
    #[case::archive(b"PK\x03\x04", None)]
    #[case::gif(b"GIF89a/*", None)]
    #[case::wave(b"RIFF\x10\0\0\0WAVEfmt ", None)]
    #[case::matroska(b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska", None)]
    #[case::cut(b"\xff", None)]
    #[case::empty(b"", None)]
    fn a_file_is_what_its_first_bytes_say(
        #[case] start: &[u8],
        #[case] expected: Option<FileType>,
    ) {
        assert_eq!(told(start), expected);
    }

    #[test]
    fn ends_and_content_types_lead_back_to_their_kind() {
        for (kind, ending, content_type) in KINDS {
            assert_eq!(Kind::of_ending(ending), Some(kind));
            assert_eq!((kind.ending(), kind.content_type()), (ending, content_type));
        }
        assert_eq!(Kind::of_content_type("IMAGE/png"), Some(FileType::Png));
        assert_eq!(Kind::of_content_type("image/svg+xml"), None);
        assert_eq!(Kind::of_content_type("application/json"), None);
        assert_eq!(Kind::of_ending("svg"), None);
    }
}
