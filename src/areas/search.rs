//! Finding areas by what people type: without case, diacritics, tone placement or đ, exact accents first.

use chrono::NaiveDate;
use entity::{area::AreaLevel, area_name::UnitType, ids::AreaId};
use unicode_normalization::char::is_combining_mark;

use super::atlas::{AreaIx, Atlas, Name};
use crate::fold::{accented, fold};

/// How well a name fits: smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    /// The accents differ.
    unaccented: bool,
    place: Place,
}

/// Where in the name the searched words stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Whole,
    Start,
    Inside,
}

impl Atlas {
    /// The areas that exist on a day, narrowed to those whose name holds the words (or whose code is the text), those
    /// inside `parent` at any depth, and those of a level. Best fit first, then higher levels, then Vietnamese order of names.
    pub fn search(
        &self,
        text: Option<&str>,
        parent: Option<AreaId>,
        level: Option<AreaLevel>,
        day: NaiveDate,
    ) -> Vec<AreaId> {
        let words = text
            .map(|text| (fold(text), accented(text)))
            .filter(|(folded, _)| !folded.is_empty());
        let inside = parent.map(|parent| self.ix(parent));
        let mut found: Vec<(Option<Fit>, AreaLevel, u32, AreaId)> = Vec::new();
        for (ix, area) in (0..).zip(&self.areas) {
            if !area.is_valid(day) || level.is_some_and(|level| area.level != level) {
                continue;
            }
            let fit = match &words {
                None => None,
                Some((folded, accented)) => match self.fit(ix, folded, accented, day) {
                    None => continue,
                    fit => fit,
                },
            };
            if inside.is_none_or(|parent| self.up(ix, day).any(|around| Some(around) == parent)) {
                let rank = self.ranks.get(ix as usize).copied().unwrap_or(u32::MAX);
                found.push((fit, area.level, rank, area.id));
            }
        }
        found.sort_unstable();
        found.into_iter().map(|(_, _, _, id)| id).collect()
    }

    fn fit(&self, ix: AreaIx, folded: &str, exact: &str, day: NaiveDate) -> Option<Fit> {
        let name = self.naming(ix, day)?;
        let place = self.place(name, folded);
        let place = place.or_else(|| {
            let area = self.id(ix)?;
            (self.code(area, day)? == folded).then_some(Place::Whole)
        })?;
        Some(Fit {
            unaccented: !begins_a_word(&accented(self.read(name.name)), exact),
            place,
        })
    }

    fn place(&self, name: &Name, words: &str) -> Option<Place> {
        let full = self.read(name.folded);
        let bare = bare(full, name.unit_type);
        if full == words || bare == words {
            Some(Place::Whole)
        } else if full.starts_with(words) || bare.starts_with(words) {
            Some(Place::Start)
        } else {
            begins_a_word(full, words).then_some(Place::Inside)
        }
    }
}

/// Whether the words stand in the text, beginning where a word begins and not parting a letter from its marks.
fn begins_a_word(text: &str, words: &str) -> bool {
    let in_word = |letter: char| letter.is_alphanumeric() || is_combining_mark(letter);
    text.match_indices(words).any(|(at, found)| {
        let before = text.get(..at).unwrap_or("");
        let after = text.get(at + found.len()..).unwrap_or("");
        !before.ends_with(in_word) && !after.starts_with(is_combining_mark)
    })
}

/// A folded full name without its unit type: "thuan an" of "phuong thuan an".
pub(super) fn bare(folded: &str, unit_type: UnitType) -> &str {
    let word = match unit_type {
        UnitType::Country => "",
        UnitType::Province => "tinh ",
        UnitType::City => "thanh pho ",
        UnitType::UrbanDistrict => "quan ",
        UnitType::RuralDistrict => "huyen ",
        UnitType::Town => "thi xa ",
        UnitType::Ward => "phuong ",
        UnitType::Commune => "xa ",
        UnitType::Township => "thi tran ",
        UnitType::SpecialZone => "dac khu ",
    };
    folded.strip_prefix(word).unwrap_or(folded)
}
