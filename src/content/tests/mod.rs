//! The shipped curriculum in memory, and the rules on it.

use super::{Catalogue, import};

mod applicability;
mod blocks;
mod catalogue;
mod faults;
mod plan;

/// The shipped curriculum, read from its files.
pub fn shipped() -> import::Curriculum {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/curriculum/curriculum.json");
    import::read_files(file.as_ref()).unwrap_or_else(|faults| panic!("{faults}"))
}

/// The catalogue of the shipped curriculum.
pub fn catalogue() -> Catalogue {
    Catalogue::of(shipped().rows)
}

/// The curriculum in which a lesson was published anew, each time with the release's id and whether a refresher is asked for.
pub fn released_again(code: &str, later: &[(entity::ids::ReleaseId, bool)]) -> Catalogue {
    use entity::lesson_release::ReleaseState;
    let mut rows = shipped().rows;
    let lesson = catalogue().lesson_by_code(code).unwrap().id;
    let mut releases = rows.releases.iter_mut();
    let first = releases.find(|row| row.lesson_id == lesson).unwrap();
    first.state = ReleaseState::Retired;
    let first = first.clone();
    for (number, (id, refresher_required)) in (2..).zip(later) {
        let mut release = first.clone();
        (release.release_id, release.number) = (*id, number);
        release.refresher_required = *refresher_required;
        release.published_at = Some("2026-10-15T03:00:00Z".parse().unwrap());
        rows.releases.push(release);
    }
    rows.releases.last_mut().unwrap().state = ReleaseState::Published;
    Catalogue::of(rows)
}
