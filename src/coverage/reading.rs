//! Adding up what one statement read.

use entity::ids::AreaId;

use super::{measure::Measure, store::Reading};
use crate::areas::Atlas;

/// The count of areas together: what is folded, and what is not yet.
pub(super) fn sum(atlas: &Atlas, reading: &Reading, areas: &[AreaId], measure: Measure) -> i64 {
    let folded: i64 = areas
        .iter()
        .filter_map(|area| reading.folded.get(&(area.0, measure)))
        .sum();
    let tail = reading.unfolded.iter().filter(|(_, of, _)| *of == measure);
    let unfolded: i64 = tail
        .map(|(atom, _, delta)| {
            let times = atlas
                .areas_of_atom(*atom)
                .filter(|area| areas.contains(area))
                .count();
            i64::try_from(times).unwrap_or(0) * delta
        })
        .sum();
    folded + unfolded
}
