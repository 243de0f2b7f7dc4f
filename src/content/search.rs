//! Search in lessons: words without their accents find words with them; exact accents come first.
//!
//! The index is ours and lies in memory beside the catalogue it is built from. So the same rows give the same answer on
//! SQLite and on PostgreSQL by construction: neither the full-text tokens of one nor the collation of the other has a say
//! (SQLite's FTS5 never folds đ, and PostgreSQL has no Vietnamese dictionary). What it costs is bounded: texts are not
//! kept, only titles and, for each word, four bytes for each lesson it occurs in. Ten thousand lessons in two languages
//! take some tens of megabytes and about a millisecond a search; a curriculum a hundred times larger than that would be
//! the time for an index outside.

use std::{collections::BTreeMap, sync::Arc};

use unicode_normalization::char::is_combining_mark;

use crate::fold::{accented, fold};

use super::catalogue::Lesson;

/// What can be searched, lesson by lesson, in every language at once.
#[derive(Debug, Default)]
pub struct SearchIndex {
    /// Places of the lessons in the catalogue.
    lessons: Vec<u32>,
    folded: Words,
    accented: Words,
}

/// The words of every lesson in one form.
#[derive(Debug, Default)]
struct Words {
    /// Titles, one language a line.
    titles: Vec<Box<str>>,
    /// In order, each with where its occurrences begin; they end where the next word's begin.
    words: Vec<(Box<str>, u32)>,
    /// For each word the documents it occurs in, and in which fields.
    occurrences: Vec<Occurrence>,
}

/// A document in the upper bits, its fields in the lowest three.
#[derive(Clone, Copy, Debug)]
struct Occurrence(u32);

const TITLE: u8 = 1;
const SUMMARY: u8 = 2;
const BODY: u8 = 4;

/// Where the words were found, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    PhraseInTitle,
    WordsInTitle,
    WordsInSummary,
    WordsInBody,
}

impl SearchIndex {
    /// An index of the published among the lessons.
    pub(super) fn of(lessons: &[Arc<Lesson>]) -> Self {
        let published = lessons.iter().enumerate();
        let published = published.filter(|(_, lesson)| lesson.release.is_some());
        let published: Vec<(usize, &Arc<Lesson>)> = published.collect();
        Self {
            lessons: published
                .iter()
                .map(|(at, _)| u32::try_from(*at).unwrap_or(u32::MAX))
                .collect(),
            folded: Words::of(&published, fold),
            accented: Words::of(&published, accented),
        }
    }

    /// Bytes held.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let words = |words: &Words| {
            let texts = words.words.iter().map(|(word, _)| word.len() + 24);
            let titles = words.titles.iter().map(|title| title.len() + 16);
            texts.sum::<usize>() + titles.sum::<usize>() + words.occurrences.len() * 4
        };
        self.lessons.len() * 4 + words(&self.folded) + words(&self.accented)
    }

    /// Places of the lessons in which every word begins some word: those with the accents as typed first,
    /// then titles before summaries before bodies, then the order of the curriculum.
    pub(super) fn find(&self, text: &str) -> Vec<usize> {
        let loose = self.folded.find(&fold(text));
        let strict = self.accented.find(&accented(text));
        let mut found: Vec<(bool, Found, u32)> = loose
            .into_iter()
            .filter_map(|(document, loose)| {
                let lesson = *self.lessons.get(document)?;
                let strict = strict.get(&document).copied();
                Some((strict.is_none(), strict.unwrap_or(loose), lesson))
            })
            .collect();
        found.sort_unstable();
        found
            .into_iter()
            .filter_map(|(_, _, lesson)| usize::try_from(lesson).ok())
            .collect()
    }
}

impl Words {
    fn of(lessons: &[(usize, &Arc<Lesson>)], form: impl Fn(&str) -> String) -> Self {
        let mut all: BTreeMap<Box<str>, BTreeMap<u32, u8>> = BTreeMap::new();
        let mut titles = Vec::with_capacity(lessons.len());
        for (document, (_, lesson)) in (0_u32..).zip(lessons) {
            let mut title = String::new();
            let releases = lesson.release.iter();
            let variants = releases.flat_map(|release| &release.variants);
            for (_, variant) in variants.flat_map(|(_, texts)| texts.iter()) {
                for (field, said) in [
                    (TITLE, &variant.title),
                    (SUMMARY, &variant.summary),
                    (BODY, &variant.body),
                ] {
                    let said = form(said);
                    if field == TITLE {
                        title.push_str(&spaced(&said));
                        title.push('\n');
                    }
                    for word in words(&said) {
                        let documents = match all.get_mut(word) {
                            Some(documents) => documents,
                            None => all.entry(word.into()).or_default(),
                        };
                        *documents.entry(document).or_default() |= field;
                    }
                }
            }
            titles.push(title.into_boxed_str());
        }
        let mut index = Self {
            titles,
            ..Self::default()
        };
        for (word, documents) in all {
            let begin = u32::try_from(index.occurrences.len()).unwrap_or(u32::MAX);
            index.words.push((word, begin));
            let documents = documents.into_iter();
            index.occurrences.extend(
                documents.map(|(document, fields)| Occurrence(document << 3 | u32::from(fields))),
            );
        }
        index.occurrences.shrink_to_fit();
        index
    }

    /// The documents in which every word begins some word, and where they were found.
    fn find(&self, text: &str) -> BTreeMap<usize, Found> {
        let asked: Vec<&str> = words(text).collect();
        let Some((first, rest)) = asked.split_first() else {
            return BTreeMap::new();
        };
        // For each document the fields in which every word so far was found, in the three ways that count.
        let mut found: Vec<u8> = self.fields(first).into_iter().map(ways).collect();
        for word in rest {
            let fields = self.fields(word);
            for (found, fields) in found.iter_mut().zip(fields) {
                *found &= ways(fields);
            }
        }
        let phrase = spaced(text);
        let place = |(document, found): (usize, u8)| {
            let place = match found {
                0 => return None,
                found if found & TITLE == 0 && found & SUMMARY == 0 => Found::WordsInBody,
                found if found & TITLE == 0 => Found::WordsInSummary,
                _ => match self.titles.get(document) {
                    Some(title) if begins_a_word(title, &phrase) => Found::PhraseInTitle,
                    _ => Found::WordsInTitle,
                },
            };
            Some((document, place))
        };
        found.into_iter().enumerate().filter_map(place).collect()
    }

    /// For each document the fields in which a word begins so.
    fn fields(&self, beginning: &str) -> Vec<u8> {
        let mut fields = vec![0_u8; self.titles.len()];
        let from = self.words.partition_point(|(word, _)| &**word < beginning);
        let until = self.words.iter().skip(from);
        let until = from
            + until
                .take_while(|(word, _)| word.starts_with(beginning))
                .count();
        let start_of = |at: usize| {
            let known = self
                .words
                .get(at)
                .and_then(|(_, at)| usize::try_from(*at).ok());
            known.unwrap_or(self.occurrences.len())
        };
        let occurrences = self.occurrences.get(start_of(from)..start_of(until));
        for Occurrence(packed) in occurrences.unwrap_or_default() {
            let document = usize::try_from(packed >> 3).unwrap_or(usize::MAX);
            if let Some(fields) = fields.get_mut(document) {
                *fields |= u8::try_from(packed & 7).unwrap_or_default();
            }
        }
        fields
    }
}

/// In which ways a word was found: in the title; in title or summary; anywhere.
fn ways(fields: u8) -> u8 {
    match fields {
        0 => 0,
        fields if fields & TITLE != 0 => TITLE | SUMMARY | BODY,
        fields if fields & SUMMARY != 0 => SUMMARY | BODY,
        _ => BODY,
    }
}

/// The words of a text: runs of letters, figures and their marks.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
        .filter(|word| !word.is_empty())
}

fn spaced(text: &str) -> String {
    words(text).collect::<Vec<_>>().join(" ")
}

fn begins_a_word(text: &str, start: &str) -> bool {
    text.match_indices(start).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(char::is_whitespace)
    })
}
