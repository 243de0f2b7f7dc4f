//! Areas as what a target counts: the units of one level inside an area on a day.

use chrono::NaiveDate;
use entity::{area::AreaLevel, ids::AreaId};

use super::LEVELS;
use crate::areas::Atlas;

/// The word of a level in `unit_level`.
pub fn word(level: AreaLevel) -> &'static str {
    match level {
        AreaLevel::Country => "country",
        AreaLevel::Province => "province",
        AreaLevel::District => "district",
        AreaLevel::Commune => "commune",
    }
}

/// The level that a `unit_level` names; nothing where it counts people or establishments.
pub fn level(unit_level: &str) -> Option<AreaLevel> {
    let mut levels = LEVELS.iter().map(|(_, level)| *level);
    levels.find(|level| word(*level) == unit_level)
}

/// The areas of a level in an area on a day, the area itself if it is of that level; none in an area below it.
pub fn of_level(atlas: &Atlas, area: AreaId, level: AreaLevel, day: NaiveDate) -> Vec<AreaId> {
    let Some(known) = atlas.area(area).filter(|known| known.is_valid(day)) else {
        return Vec::new();
    };
    if known.level == level {
        return vec![area];
    }
    if known.level > level {
        return Vec::new();
    }
    let below = atlas.children(area, day);
    below
        .into_iter()
        .flat_map(|child| of_level(atlas, child, level, day))
        .collect()
}

/// The last day on which there were areas of a level, if there are none on a day.
pub fn ended(atlas: &Atlas, level: AreaLevel, day: NaiveDate) -> Option<NaiveDate> {
    let mut last = None;
    for area in atlas.all().filter(|area| area.level == level) {
        if area.is_valid(day) {
            return None;
        }
        last = last.max(area.valid_to.filter(|last| *last < day));
    }
    last
}
