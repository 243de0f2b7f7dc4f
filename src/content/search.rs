//! Search in lessons: words without their accents find words with them; exact accents come first.

use std::sync::Arc;

use crate::fold::{accented, fold};

use super::catalogue::Lesson;

/// What can be searched, lesson by lesson, in every language at once.
#[derive(Debug, Default)]
pub struct SearchIndex(Vec<Document>);

#[derive(Debug)]
struct Document {
    /// Place of the lesson in the catalogue.
    lesson: usize,
    folded: Fields,
    accented: Fields,
}

/// What a lesson says: titles, summaries and bodies, one language a line.
#[derive(Debug, Default)]
struct Fields {
    title: String,
    summary: String,
    body: String,
}

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
        let document = |(at, lesson): (usize, &Arc<Lesson>)| {
            lesson.release.as_ref()?;
            Some(Document {
                lesson: at,
                folded: Fields::of(lesson, fold),
                accented: Fields::of(lesson, accented),
            })
        };
        Self(lessons.iter().enumerate().filter_map(document).collect())
    }

    /// Bytes of text held.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let fields = |fields: &Fields| {
            fields.title.capacity() + fields.summary.capacity() + fields.body.capacity()
        };
        let documents = self.0.iter();
        documents
            .map(|document| fields(&document.folded) + fields(&document.accented))
            .sum()
    }

    /// Places of the lessons in which every word begins some word: those with the accents as typed first,
    /// then titles before summaries before bodies, then the order of the curriculum.
    pub(super) fn find(&self, text: &str) -> Vec<usize> {
        let (folded, exact) = (fold(text), accented(text));
        if folded.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<_> = self
            .0
            .iter()
            .filter_map(|document| {
                let loose = document.folded.find(&folded)?;
                let strict = document.accented.find(&exact);
                Some((strict.is_none(), strict.unwrap_or(loose), document.lesson))
            })
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, _, lesson)| lesson).collect()
    }
}

impl Fields {
    fn of(lesson: &Lesson, form: impl Fn(&str) -> String) -> Self {
        let mut fields = Self::default();
        let releases = lesson.release.iter();
        let variants = releases.flat_map(|release| &release.variants);
        for (_, variant) in variants.flat_map(|(_, texts)| texts.iter()) {
            for (field, said) in [
                (&mut fields.title, &variant.title),
                (&mut fields.summary, &variant.summary),
                (&mut fields.body, &variant.body),
            ] {
                field.push_str(&form(said));
                field.push('\n');
            }
        }
        for field in [&mut fields.title, &mut fields.summary, &mut fields.body] {
            field.shrink_to_fit();
        }
        fields
    }

    fn find(&self, words: &str) -> Option<Found> {
        let everywhere = |fields: &[&str]| {
            let somewhere = |word| fields.iter().any(|field| begins_a_word(field, word));
            words.split(' ').all(somewhere)
        };
        if begins_a_word(&self.title, words) {
            Some(Found::PhraseInTitle)
        } else if everywhere(&[&self.title]) {
            Some(Found::WordsInTitle)
        } else if everywhere(&[&self.title, &self.summary]) {
            Some(Found::WordsInSummary)
        } else if everywhere(&[&self.title, &self.summary, &self.body]) {
            Some(Found::WordsInBody)
        } else {
            None
        }
    }
}

fn begins_a_word(text: &str, start: &str) -> bool {
    text.match_indices(start).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|before| before.is_whitespace() || before.is_ascii_punctuation())
    })
}
