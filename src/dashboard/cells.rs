//! Figures of areas as rows of a table, each with its bar, and as tiles of the map.

use entity::ids::AreaId;

use super::{
    asking::Looked,
    tiles,
    words::{Said, Words, tenths},
};
use crate::coverage::{Cell, Coverage};

/// Tenths of a per cent at which a bar is full; a share above it is written, not drawn.
const FULL: u64 = 1000;

/// A figure in words and as a bar.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is about.
    pub name: String,
    /// Where it is told in more detail.
    pub href: Option<String>,
    /// Whether it is the one shown above.
    pub here: bool,
    /// Those who had reached the tier.
    pub numerator: Said,
    /// Out of how many.
    pub denominator: Said,
    /// The share.
    pub share: Said,
    /// Length of the bar in per cent, at most 100; none without a share.
    pub bar: Option<String>,
    /// The target, if there is one.
    pub target: Option<String>,
    /// Where its line stands, in per cent.
    pub target_at: Option<u32>,
    /// Whether it is met, in words.
    pub met: Said,
    /// How it is coloured beside its words: `met`, `near`, `half`, `low`, or as the share is drawn.
    pub tone: &'static str,
    /// How many are still to be reached.
    pub gap: Option<Said>,
    /// How many are to be reached each week.
    pub pace: Option<String>,
}

/// One province on the map.
#[derive(Clone, Debug)]
pub struct Tile {
    /// Column, from 1.
    pub column: u8,
    /// Row, from 1.
    pub row: u8,
    /// Its name without what kind of unit it is.
    pub short: String,
    /// Its figure.
    pub line: Line,
}

/// The figure of one area as a row.
pub fn line(words: Words, coverage: &Coverage, cell: &Cell, name: String) -> Line {
    let (figures, target) = (cell.figures, coverage.target_of(&cell.asked));
    let percent = target.as_ref().and_then(|target| target.percent());
    let share = figures.share().exact().map(tenths);
    let met = match (&target, percent) {
        (Some(target), Some(_)) => target.is_met(cell).map(|met| words.met(met)),
        (Some(target), None) => target.is_milestone_met(cell).map(|met| Said {
            text: words.say(if met {
                "dashboard-met"
            } else {
                "dashboard-not-met"
            }),
            class: "exact",
        }),
        (None, _) => Some(Said {
            text: words.say("dashboard-no-target"),
            class: "nobody",
        }),
    };
    let said = words.share(figures.share());
    Line {
        name,
        href: None,
        here: false,
        numerator: words.people(figures.numerator()),
        denominator: words.people(figures.denominator()),
        bar: share.map(|share| percent_of_width(share.min(FULL))),
        target: match (&target, percent) {
            (_, Some(percent)) => Some(words.whole_percent(percent)),
            (Some(_), None) => Some(words.say("dashboard-milestone")),
            (None, _) => None,
        },
        target_at: percent.map(|percent| percent.min(100)),
        met: met.unwrap_or_else(|| words.unknown()),
        tone: tone(share, percent, said.class),
        share: said,
        gap: target
            .as_ref()
            .and_then(|target| target.gap(cell))
            .map(|gap| words.people(gap)),
        pace: target
            .and_then(|target| target.needed_per_week(cell)?.exact())
            .map(|pace| words.decimal(pace)),
    }
}

/// A length for a drawing: it has a point whatever the language.
fn percent_of_width(tenths: u64) -> String {
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// How a share is coloured beside its words: by how much of its target is reached, of everybody where there is none.
fn tone(share: Option<u64>, percent: Option<u32>, class: &'static str) -> &'static str {
    let Some(share) = share else {
        return class;
    };
    let target = u64::from(percent.unwrap_or(100)) * 10;
    match share {
        _ if share >= target => "met",
        _ if share * 100 >= target * 75 => "near",
        _ if share * 100 >= target * 40 => "half",
        _ => "low",
    }
}

/// The figures of the areas below as rows that lead on.
pub fn below(looked: &Looked, words: Words, coverage: &Coverage, cells: &[Cell]) -> Vec<Line> {
    let row = |cell: &Cell| Line {
        // Beside this page: the addresses of a hundred communes weigh something.
        href: Some(looked.asking.link(&cell.asked.area.to_string())),
        ..line(words, coverage, cell, looked.name(cell.asked.area))
    };
    cells.iter().map(row).collect()
}

/// The map, where the areas are exactly the provinces it has tiles for.
pub fn map(looked: &Looked, areas: &[AreaId], lines: &[Line]) -> Vec<Tile> {
    let tile = |(area, line): (&AreaId, &Line)| {
        let on = looked.atlas.area(*area)?.day_within(looked.asked.on);
        let (column, row) = tiles::place(looked.atlas.code(*area, on)?)?;
        Some(Tile {
            column,
            row,
            short: without_kind(&line.name).to_owned(),
            line: line.clone(),
        })
    };
    let tiles: Option<Vec<Tile>> = areas.iter().zip(lines).map(tile).collect();
    let mut tiles = tiles.unwrap_or_default();
    if tiles.len() != tiles::codes().count() {
        return Vec::new();
    }
    tiles.sort_by_key(|tile| (tile.row, tile.column));
    tiles
}

fn without_kind(name: &str) -> &str {
    ["Tỉnh ", "Thành phố ", "Thủ đô "]
        .iter()
        .find_map(|kind| name.strip_prefix(kind))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Some(900), Some(90), "met")]
    #[case(Some(899), Some(90), "near")]
    #[case(Some(674), Some(90), "half")]
    #[case(Some(0), Some(90), "low")]
    #[case(Some(1000), None, "met")]
    #[case(None, Some(90), "pooled")]
    fn a_tone_follows_the_target_and_nothing_unseen_has_one(
        #[case] share: Option<u64>,
        #[case] percent: Option<u32>,
        #[case] expected: &str,
    ) {
        assert_eq!(tone(share, percent, "pooled"), expected);
    }
}
