//! A line over months with its target, as SVG: points that are pooled or unknown are bands with a pattern and a word.

use super::words::{Said, Words, tenths};
use crate::coverage::{Cell, Coverage};

/// Width and height of the drawing, in its own units.
pub const SIZE: (u32, u32) = (720, 300);
/// Space left of, above, right of and below the plot.
const MARGIN: (u32, u32, u32, u32) = (64, 16, 16, 34);

/// One month of the line.
#[derive(Clone, Debug)]
pub struct Point {
    /// The month.
    pub month: String,
    /// The day of the figure.
    pub day: String,
    /// Those who had reached the tier.
    pub numerator: Said,
    /// Out of how many.
    pub denominator: Said,
    /// The share.
    pub share: Said,
    /// The target of that day, in words.
    pub target: Option<String>,
    /// Where it stands across.
    pub x: u32,
    /// Where it stands down; nothing unless the share is shown.
    pub y: Option<u32>,
    tenths: Option<u64>,
    target_tenths: Option<u32>,
}

/// A band of a month without a share.
#[derive(Clone, Debug)]
pub struct Band {
    /// Left edge.
    pub x: u32,
    /// Width.
    pub width: u32,
    /// Its pattern.
    pub class: &'static str,
}

/// A mark on an axis.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Where, across or down.
    pub at: u32,
    /// What it says.
    pub label: String,
}

/// The drawing.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The points, oldest first.
    pub points: Vec<Point>,
    /// The line, in one piece for each run of months with a share.
    pub line: String,
    /// The target's line.
    pub target: String,
    /// Months without a share.
    pub bands: Vec<Band>,
    /// Marks up the left side.
    pub shares: Vec<Mark>,
    /// Marks along the bottom.
    pub months: Vec<Mark>,
}

impl Chart {
    /// The drawing of a series.
    pub fn of(words: Words, coverage: &Coverage, cells: &[Cell]) -> Self {
        let points: Vec<_> = cells
            .iter()
            .map(|cell| point(words, coverage, cell))
            .collect();
        let most = points
            .iter()
            .flat_map(|point| [point.tenths, point.target_tenths.map(u64::from)])
            .flatten()
            .max();
        let top = scale(most.unwrap_or(1000));
        let (left, above, right, below) = MARGIN;
        let (wide, high) = (SIZE.0 - left - right, SIZE.1 - above - below);
        let count = u32::try_from(points.len()).unwrap_or(1).max(1);
        let step = f64::from(wide) / f64::from(count);
        let across = |at: usize| {
            let at = u32::try_from(at).unwrap_or(0);
            left + rounded(step * (f64::from(at) + 0.5))
        };
        let down = |tenths: u64| {
            let share = tenths.min(top) as f64 / top as f64;
            above + rounded(f64::from(high) * (1.0 - share))
        };
        let points: Vec<Point> = points
            .into_iter()
            .enumerate()
            .map(|(at, point)| Point {
                x: across(at),
                y: point.tenths.map(down),
                ..point
            })
            .collect();
        let line = joined(points.iter().map(|point| (point.x, point.y)));
        let target = points.iter().map(|point| {
            let at = point.target_tenths.map(|target| down(u64::from(target)));
            (point.x, at)
        });
        let half = rounded(step / 2.0).max(1);
        let bands = points.iter().filter(|point| point.y.is_none());
        let bands = bands.map(|point| Band {
            x: point.x.saturating_sub(half),
            width: half * 2,
            class: point.share.class,
        });
        let every = points.len().div_ceil(8).max(1);
        let months = points.iter().step_by(every).map(|point| Mark {
            at: point.x,
            label: point.month.clone(),
        });
        let shares = (0..=4).map(|quarter| Mark {
            at: down(top * quarter / 4),
            label: words.percent(top * quarter / 4),
        });
        Self {
            line,
            target: joined(target),
            bands: bands.collect(),
            shares: shares.collect(),
            months: months.collect(),
            points,
        }
    }
}

fn point(words: Words, coverage: &Coverage, cell: &Cell) -> Point {
    let target = coverage.target_of(&cell.asked);
    let percent = target.and_then(|target| target.percent());
    Point {
        month: words.month(cell.asked.on),
        day: words.day(cell.asked.on),
        numerator: words.people(cell.figures.numerator()),
        denominator: words.people(cell.figures.denominator()),
        share: words.share(cell.figures.share()),
        target: percent.map(|percent| words.whole_percent(percent)),
        x: 0,
        y: None,
        tenths: cell.figures.share().exact().map(tenths),
        target_tenths: percent.map(|percent| percent * 10),
    }
}

/// The top of the scale: everybody, or more where more were reached than there are.
fn scale(most: u64) -> u64 {
    const STEP: u64 = 400;
    if most <= 1000 {
        1000
    } else {
        most.div_ceil(STEP) * STEP
    }
}

/// A path through the points that are there, broken where one is not.
fn joined(points: impl Iterator<Item = (u32, Option<u32>)>) -> String {
    let mut path = String::new();
    let mut draws = false;
    for (x, y) in points {
        match y {
            Some(y) => {
                path.push_str(&format!("{}{x} {y}", if draws { 'L' } else { 'M' }));
                draws = true;
            }
            None => draws = false,
        }
    }
    path
}

fn rounded(number: f64) -> u32 {
    // Coordinates of a drawing: never negative and far below the largest u32.
    number.round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_without_a_share_breaks_the_line_and_is_never_drawn_at_the_bottom() {
        let path = joined([(1, Some(5)), (2, Some(6)), (3, None), (4, Some(7))].into_iter());
        assert_eq!(path, "M1 5L2 6M4 7");
        assert_eq!(joined([(1, None)].into_iter()), "");
    }

    #[test]
    fn a_share_above_everybody_is_drawn_on_a_longer_scale() {
        assert_eq!(scale(999), 1000);
        assert_eq!(scale(1_001), 1_200);
    }
}
