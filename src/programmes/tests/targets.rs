//! The decisions' figures, and which target applies where and when.

use entity::{ids::AreaId, target::TargetKind};
use rstest::rstest;

use crate::programmes::rulebook::PhaseState;

use super::{RULEBOOK, area, day};

/// Every target: place, phase, indicator, percentage (none: a milestone), and what it counts.
const TARGETS: [(&str, &str, &str, Option<i32>, &str); 44] = [
    ("VN", "VN1438-P1", "D1", Some(70), "child"),
    ("VN", "VN1438-P1", "D2", Some(50), "child"),
    ("VN", "VN1438-P1", "D3", Some(60), "caregiver"),
    ("VN", "VN1438-P1", "D4", Some(70), "staff"),
    ("VN", "VN1438-P1", "D5", Some(50), "province"),
    ("VN", "VN1438-P2", "D1", Some(90), "child"),
    ("VN", "VN1438-P2", "D2", Some(70), "child"),
    ("VN", "VN1438-P2", "D3", Some(80), "caregiver"),
    ("VN", "VN1438-P2", "D4", Some(90), "staff"),
    ("VN", "VN1438-P2", "D5", Some(90), "province"),
    ("VN-BL", "VN1438-BL", "D1", Some(90), "child"),
    ("VN-BL", "VN1438-BL", "D2", Some(70), "child"),
    ("VN-BL", "VN1438-BL", "D3", Some(80), "caregiver"),
    ("VN-BL", "VN1438-BL", "D4", Some(90), "staff"),
    ("VN-BL", "VN1438-BL", "D5", Some(100), "district"),
    ("VN-BD-TA", "VN1438-TA1", "D1", Some(70), "child"),
    ("VN-BD-TA", "VN1438-TA1", "D2C", Some(50), "child"),
    ("VN-BD-TA", "VN1438-TA1", "D3", Some(60), "caregiver"),
    ("VN-BD-TA", "VN1438-TA1", "D4", Some(70), "staff"),
    ("VN-BD-TA", "VN1438-TA1", "D5", Some(50), "commune"),
    ("VN-BD-TA", "VN1438-TA1", "D6", Some(70), "institution"),
    ("VN-BD-TA", "VN1438-TA1", "D7", Some(70), "child"),
    ("VN-BD-TA", "VN1438-TA1", "D9", None, "milestone"),
    ("VN-BD-TA", "VN1438-TA1", "D8", Some(50), "need"),
    ("VN-BD-TA", "VN1438-TA2", "D1", Some(90), "child"),
    ("VN-BD-TA", "VN1438-TA2", "D2C", Some(70), "child"),
    ("VN-BD-TA", "VN1438-TA2", "D3", Some(80), "caregiver"),
    ("VN-BD-TA", "VN1438-TA2", "D4", Some(90), "staff"),
    ("VN-BD-TA", "VN1438-TA2", "D5", Some(90), "commune"),
    ("VN-BD-TA", "VN1438-TA2", "D6", Some(90), "institution"),
    ("VN-BD-TA", "VN1438-TA2", "D7", Some(70), "child"),
    ("VN-BD-TA", "VN1438-TA2", "D9", None, "milestone"),
    ("VN-BD-TA", "VN1438-TA2", "D8", Some(70), "need"),
    ("VN", "VN1437-P1", "E1", Some(70), "child"),
    ("VN", "VN1437-P1", "E2", Some(70), "staff+caregiver"),
    ("VN", "VN1437-P1", "E3", Some(50), "province"),
    ("VN", "VN1437-P2", "E1", Some(90), "child"),
    ("VN", "VN1437-P2", "E2", Some(90), "staff+caregiver"),
    ("VN", "VN1437-P2", "E3", Some(90), "province"),
    ("VN-QN", "VN1437-QN1", "E1", Some(70), "child"),
    ("VN-QN", "VN1437-QN1", "E2", Some(70), "staff+caregiver"),
    ("VN-QN", "VN1437-QN1", "E3", None, "province"),
    ("VN-QN", "VN1437-QN2", "E1", Some(90), "child"),
    ("VN-QN", "VN1437-QN2", "E2", Some(90), "staff+caregiver"),
];

#[test]
fn the_shipped_programmes_are_whole() {
    assert_eq!(RULEBOOK.programmes().len(), 2);
    let phases = RULEBOOK.programmes().iter();
    let phases = phases.map(|programme| RULEBOOK.phases_of(programme.programme_id).count());
    assert_eq!(phases.sum::<usize>(), 9);
    assert_eq!(RULEBOOK.indicators().len(), 15);
    assert_eq!(RULEBOOK.targets().len(), 44);
}

#[test]
fn every_target_applies_at_its_place_from_the_first_to_the_last_day_of_its_phase() {
    for (place, phase, indicator, percent, unit) in TARGETS {
        let found = RULEBOOK.indicator(indicator).unwrap().row.indicator_id;
        let code = format!("{place}/{phase}/{indicator}");
        let target = RULEBOOK.targets().iter().find(|row| row.code == code);
        let phase = RULEBOOK.phase(target.unwrap().phase_id).unwrap();
        for on in [phase.from_on, phase.to_on] {
            let chain = [area("a commune there"), area(place), area("VN")];
            let applied = RULEBOOK.applied_target(found, &chain, on).unwrap();
            assert_eq!(applied.target.code, code, "{on}");
            assert_eq!(applied.target.percent, percent, "{code}");
            assert_eq!(applied.target.unit_level, unit, "{code}");
            let kind = percent.map_or(TargetKind::Milestone, |_| TargetKind::Percent);
            assert_eq!(applied.target.kind, kind, "{code}");
            assert_eq!(applied.from_area, area(place), "{code}");
            assert_eq!(applied.phase_state, PhaseState::Current, "{code}");
        }
    }
}

#[test]
fn wording_and_source_are_kept_to_the_letter() {
    let file: serde_json::Value = serde_json::from_str(&super::text()).unwrap();
    for said in file["targets"].as_array().unwrap() {
        let code = said["id"].as_str().unwrap();
        let kept = RULEBOOK
            .targets()
            .iter()
            .find(|row| row.code == code)
            .unwrap();
        assert_eq!(Some(&*kept.wording_vi), said["wording_vi"].as_str());
        assert_eq!(Some(&*kept.source_file), said["source_file"].as_str());
        assert_eq!(kept.note.as_deref(), said["note"].as_str());
        assert_eq!(
            kept.deviates_from_national,
            said["deviates_from_national"].as_bool()
        );
    }
    let decree = RULEBOOK
        .targets()
        .iter()
        .find(|row| row.code == "VN/VN1438-P2/D3")
        .unwrap();
    assert_eq!(
        decree.wording_vi,
        "80% cha mẹ, người chăm sóc trẻ em khuyết tật được cung cấp các kiến thức, kỹ năng về hỗ trợ trẻ em khuyết tật tiếp cận với các dịch vụ bảo vệ, chăm sóc, giáo dục trẻ em tại cộng đồng"
    );
}

#[rstest]
#[case::the_nations("D3", &["VN"], "2020-12-31", "VN/VN1438-P1/D3", PhaseState::Current)]
#[case::next_phase("D3", &["VN"], "2021-01-01", "VN/VN1438-P2/D3", PhaseState::Current)]
#[case::after_the_last("D3", &["VN"], "2026-11-22", "VN/VN1438-P2/D3", PhaseState::Ended)]
#[case::before_the_first("D3", &["VN"], "2017-12-31", "VN/VN1438-P1/D3", PhaseState::NotStarted)]
#[case::inherited("D3", &["a commune", "Cà Mau", "VN"], "2026-11-22", "VN/VN1438-P2/D3", PhaseState::Ended)]
#[case::a_provinces_own("D3", &["a commune", "a district", "VN-BL", "VN"], "2024-12-31", "VN-BL/VN1438-BL/D3", PhaseState::Current)]
#[case::own_although_ended("D5", &["VN-BL", "VN"], "2026-01-01", "VN-BL/VN1438-BL/D5", PhaseState::Ended)]
#[case::a_towns_own("D5", &["a commune", "VN-BD-TA", "Bình Dương", "VN"], "2020-12-31", "VN-BD-TA/VN1438-TA1/D5", PhaseState::Current)]
#[case::own_although_to_come("D3", &["VN-BD-TA", "Bình Dương", "VN"], "2018-12-31", "VN-BD-TA/VN1438-TA1/D3", PhaseState::NotStarted)]
#[case::not_set_by_the_town("D2", &["VN-BD-TA", "Bình Dương", "VN"], "2023-06-01", "VN/VN1438-P2/D2", PhaseState::Current)]
#[case::a_part_by_the_whole("E2S", &["VN"], "2023-06-01", "VN/VN1437-P2/E2", PhaseState::Current)]
#[case::a_part_by_the_provinces_whole("E2C", &["a commune", "VN-QN", "VN"], "2023-06-01", "VN-QN/VN1437-QN2/E2", PhaseState::Current)]
#[case::a_milestone_of_an_earlier_phase("E3", &["VN-QN", "VN"], "2023-06-01", "VN-QN/VN1437-QN1/E3", PhaseState::Ended)]
fn the_nearest_area_with_targets_decides(
    #[case] indicator: &str,
    #[case] chain: &[&str],
    #[case] on: &str,
    #[case] code: &str,
    #[case] state: PhaseState,
) {
    let indicator = RULEBOOK.indicator(indicator).unwrap().row.indicator_id;
    let chain: Vec<AreaId> = chain.iter().map(|name| area(name)).collect();
    let applied = RULEBOOK.applied_target(indicator, &chain, day(on)).unwrap();
    assert_eq!((&*applied.target.code, applied.phase_state), (code, state));
    assert!(chain.contains(&applied.from_area));
}

#[test]
fn nothing_applies_where_nobody_set_a_target() {
    let local = RULEBOOK.indicator("D6").unwrap().row.indicator_id;
    let chain = [area("VN-BL"), area("VN")];
    assert!(
        RULEBOOK
            .applied_target(local, &chain, day("2023-06-01"))
            .is_none()
    );
    assert!(
        RULEBOOK
            .applied_target(local, &[], day("2023-06-01"))
            .is_none()
    );
}
