//! What an import of programmes would change.

use crate::{
    content::{Catalogue, tests::catalogue},
    programmes::{plan::plan, rulebook::Rows},
};

use super::{programmes, rows};

#[test]
fn the_first_import_makes_everything_and_the_second_nothing() {
    let (put, remove, report) = plan(&Rows::default(), programmes().rows, &catalogue());
    let new = |kind| report.of(kind).new;
    assert_eq!(
        ["programme", "phase", "indicator", "target"].map(new),
        [2, 9, 15, 44]
    );
    assert_eq!(new("core module of an indicator"), 2 + 8 + 5 + 6 + 9);
    assert_eq!(remove, Rows::default());
    let (put, _, report) = plan(&put, programmes().rows, &catalogue());
    assert!(report.changes_nothing(), "{report}");
    assert_eq!(put, Rows::default());
}

#[test]
fn a_setting_made_here_survives_an_import() {
    let mut there = rows();
    there.programmes[1].early_years_inclusive = true;
    assert!(
        plan(&there, programmes().rows, &catalogue())
            .2
            .changes_nothing()
    );
}

#[test]
fn core_sets_follow_the_curriculum_without_the_programmes_file() {
    let mut there = rows();
    let gone = there.core_sets.pop().unwrap();
    let (put, remove, report) = plan(&there, Rows::default(), &catalogue());
    assert_eq!(put.core_sets, [gone]);
    assert_eq!(remove, Rows::default());
    assert_eq!(report.of("target").new, 0);
    let (_, remove, report) = plan(&there, Rows::default(), &Catalogue::default());
    assert_eq!(remove.core_sets.len(), there.core_sets.len());
    assert!(report.to_string().contains("no curriculum is loaded"));
}

#[test]
fn a_target_set_here_stays() {
    let mut there = rows();
    let mut own = there.targets[0].clone();
    own.target_id = entity::ids::TargetId(uuid::Uuid::from_u128(7));
    own.area_id = super::area("Cà Mau");
    there.targets.push(own);
    let (_, remove, report) = plan(&there, programmes().rows, &catalogue());
    assert!(report.changes_nothing());
    assert_eq!(remove, Rows::default());
}
