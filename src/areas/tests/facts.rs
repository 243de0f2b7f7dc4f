//! The checked facts of the shipped areas.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use entity::{
    area::AreaLevel::{Commune, Country, District, Province},
    area_change::AreaChangeKind,
    area_name::UnitType,
    ids::AreaId,
};

use super::{ATLAS, RECORDS, after, before, by_code, communes, day, names, today, valid};
use crate::{areas::search::bare, fold::fold};

#[test]
fn the_country_had_three_levels_until_june_2025_and_two_since() {
    for (on, provinces, districts, communes) in [
        (day("1990-01-01"), 63, 696, 10_035),
        (before(), 63, 696, 10_035),
        (after(), 34, 0, 3_321),
        (today(), 34, 0, 3_321),
    ] {
        assert_eq!(valid(Country, on).len(), 1);
        assert_eq!(valid(Province, on).len(), provinces, "{on}");
        assert_eq!(valid(District, on).len(), districts, "{on}");
        assert_eq!(valid(Commune, on).len(), communes, "{on}");
        let country = ATLAS.country().unwrap();
        assert_eq!(ATLAS.children(country, on).len(), provinces);
        for commune in valid(Commune, on) {
            let levels: Vec<_> = ATLAS
                .ancestors(commune, on)
                .into_iter()
                .map(|id| ATLAS.area(id).unwrap().level)
                .collect();
            match on < after() {
                true => assert_eq!(levels, [District, Province, Country]),
                false => assert_eq!(levels, [Province, Country]),
            }
        }
    }
}

#[test]
fn provinces_merged_as_the_checked_facts_say() {
    for (old, name, communes_before, new, new_name, communes_after) in [
        ("95", "Tỉnh Bạc Liêu", 64, "96", "Tỉnh Cà Mau", 25),
        ("70", "Tỉnh Bình Phước", 111, "75", "Tỉnh Đồng Nai", 40),
        (
            "74",
            "Tỉnh Bình Dương",
            91,
            "79",
            "Thành phố Hồ Chí Minh",
            36,
        ),
        ("22", "Tỉnh Quảng Ninh", 171, "22", "Tỉnh Quảng Ninh", 54),
    ] {
        let (old, new) = (by_code(old, before()), by_code(new, after()));
        assert_eq!(ATLAS.name(old, before()), name);
        assert_eq!(ATLAS.name(new, after()), new_name);
        let were = communes(old, before());
        assert_eq!(were.len(), communes_before, "{name}");
        let are: BTreeSet<_> = were
            .iter()
            .flat_map(|commune| ATLAS.current_successors(*commune, after()).areas)
            .collect();
        assert_eq!(are.len(), communes_after, "{name}");
        assert!(
            are.iter()
                .all(|commune| ATLAS.parent(*commune, after()) == Some(new))
        );
        if old != new {
            assert_eq!(ATLAS.successors(old), [new]);
            assert!(ATLAS.predecessors(new).contains(&old));
            assert!(ATLAS.is_forerunner(old, new) && ATLAS.forerunners(new).contains(&old));
        }
    }
}

#[test]
fn a_province_that_only_became_a_city_is_the_same_area() {
    let quang_ninh = by_code("22", before());
    for on in [before(), after(), today()] {
        assert_eq!(by_code("22", on), quang_ninh);
    }
    assert_eq!(ATLAS.name(quang_ninh, day("2026-08-23")), "Tỉnh Quảng Ninh");
    assert_eq!(
        ATLAS.name(quang_ninh, day("2026-08-24")),
        "Thành phố Quảng Ninh"
    );
    assert_eq!(
        ATLAS.unit_type(quang_ninh, before()),
        Some(UnitType::Province)
    );
    assert_eq!(ATLAS.unit_type(quang_ninh, today()), Some(UnitType::City));
    assert!(ATLAS.is_open(quang_ninh, today()));
    // Cà Mau is another area after taking in Bạc Liêu, under the same code and name.
    assert_ne!(by_code("96", before()), by_code("96", after()));
}

#[test]
fn a_reused_code_names_one_area_a_day() {
    let (old, new) = (by_code("25978", before()), by_code("25978", after()));
    assert_eq!(ATLAS.name(old, before()), "Phường Hưng Định");
    assert_eq!(ATLAS.name(new, after()), "Phường Thuận An");
    assert_eq!(
        ATLAS.display_name(new, after()),
        "Phường Thuận An, Thành phố Hồ Chí Minh"
    );
    assert_eq!(
        ATLAS.display_name(old, before()),
        "Phường Hưng Định, Thành phố Thuận An, Tỉnh Bình Dương"
    );
    assert_eq!(ATLAS.code(old, before()), Some("25978"));
    assert_eq!(ATLAS.code(old, after()), None);
    assert_eq!(ATLAS.by_code("25978", Some(Province), after()), []);
    assert_eq!(ATLAS.by_code("00000", None, after()), []);
    let uses: Vec<_> = ATLAS
        .code_uses("25978")
        .iter()
        .map(|used| (used.area, used.from, used.to))
        .collect();
    assert_eq!(
        uses,
        [(old, None, Some(before())), (new, Some(after()), None)]
    );
}

/// Rule: a commune code in use on 2025-06-30 and on 2025-07-01 is reused for another place when the two names differ
/// after taking away the unit type, case and diacritics.
#[test]
fn commune_codes_reused_for_another_place_are_1792() {
    let bare_name = |id: AreaId, on| {
        let unit_type = ATLAS.unit_type(id, on).unwrap();
        bare(&fold(ATLAS.name(id, on)), unit_type).to_owned()
    };
    let (mut both, mut same_area, mut other_place) = (0, 0, 0);
    for commune in valid(Commune, after()) {
        let code = ATLAS.code(commune, after()).unwrap();
        if let [old] = *ATLAS.by_code(code, Some(Commune), before()) {
            both += 1;
            same_area += usize::from(old == commune);
            other_place += usize::from(bare_name(old, before()) != bare_name(commune, after()));
        }
    }
    assert_eq!((both, other_place), (3_316, 1_792));
    // 125 kept and 7 renamed.
    assert_eq!(same_area, 132);
}

/// Rule: a name is counted when at least two communes of that day have it, letter for letter with the unit type.
#[test]
fn hundreds_of_commune_names_occur_more_than_once() {
    for (on, expected) in [(before(), 1_065), (after(), 244)] {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for name in names(&valid(Commune, on), on) {
            *counts.entry(name).or_default() += 1;
        }
        assert_eq!(
            counts.values().filter(|count| **count > 1).count(),
            expected,
            "{on}"
        );
        // Beside its district and province every name is unique.
        let full: HashSet<_> = valid(Commune, on)
            .iter()
            .map(|id| ATLAS.display_name(*id, on))
            .collect();
        assert_eq!(full.len(), valid(Commune, on).len(), "{on}");
    }
}

#[test]
fn changes_carry_their_decisions_and_edges() {
    let of_kind = |kind| {
        RECORDS
            .changes
            .iter()
            .filter(move |change| change.kind == kind)
    };
    let edges = |kind| {
        let ids: HashSet<_> = of_kind(kind).map(|change| change.area_change_id).collect();
        RECORDS
            .edges
            .iter()
            .filter(move |edge| ids.contains(&edge.area_change_id))
    };
    let split: BTreeSet<_> = edges(AreaChangeKind::Split)
        .map(|edge| edge.from_area_id)
        .collect();
    assert_eq!(split.len(), 441);
    assert!(RECORDS.edges.iter().all(|edge| edge.share.is_none()));
    assert_eq!(edges(AreaChangeKind::Merged).count(), 9_462 + 52);
    assert_eq!(edges(AreaChangeKind::Renamed).count(), 7);
    assert_eq!(edges(AreaChangeKind::Retyped).count(), 25);
    for kind in [AreaChangeKind::Renamed, AreaChangeKind::Retyped] {
        assert!(edges(kind).all(|edge| edge.from_area_id == edge.to_area_id));
    }
    assert_eq!(edges(AreaChangeKind::BecameSpecialZone).count(), 5);
    assert_eq!(of_kind(AreaChangeKind::LevelAbolished).count(), 1);
    assert_eq!(edges(AreaChangeKind::LevelAbolished).count(), 0);
    let dong_nai = of_kind(AreaChangeKind::Retyped)
        .find(|change| change.effective_on == day("2026-04-24"))
        .unwrap();
    assert!(dong_nai.decision.starts_with("30/2026/QH16"));
}

#[test]
fn a_kept_commune_is_one_area_whose_parent_changed() {
    let kept: Vec<_> = valid(Commune, after())
        .into_iter()
        .filter(|id| ATLAS.is_valid(*id, before()))
        .collect();
    assert_eq!(kept.len(), 132);
    for id in kept {
        let around = |on| ATLAS.area(ATLAS.parent(id, on).unwrap()).unwrap().level;
        assert_eq!((around(before()), around(after())), (District, Province));
        assert_eq!(ATLAS.code(id, before()), ATLAS.code(id, after()));
    }
}

#[test]
fn a_district_is_today_what_its_communes_became() {
    let thuan_an = by_code("725", before());
    assert_eq!(communes(thuan_an, before()).len(), 10);
    let today_areas = ATLAS.current_successors(thuan_an, today());
    assert_eq!(
        today_areas.areas.len(),
        5,
        "{:?}",
        names(&today_areas.areas, today())
    );
    let city = by_code("79", today());
    assert!(
        today_areas
            .areas
            .iter()
            .all(|ward| ATLAS.parent(*ward, today()) == Some(city))
    );
    assert_eq!(ATLAS.successors(thuan_an), []);
    for ward in today_areas.areas {
        let levels: Vec<_> = ATLAS
            .forerunners(ward)
            .iter()
            .map(|id| ATLAS.area(*id).unwrap().level)
            .collect();
        assert!(levels.is_sorted() && levels[0] == Province, "{levels:?}");
        assert!(ATLAS.is_forerunner(thuan_an, ward) && !ATLAS.is_forerunner(ward, thuan_an));
    }
}

#[test]
fn what_a_closed_area_is_today_is_flagged_when_it_is_larger() {
    let open = by_code("79", today());
    assert_eq!(ATLAS.current_successors(open, today()).areas, [open]);
    assert!(!ATLAS.current_successors(open, today()).widened);
    let bac_lieu = ATLAS.current_successors(by_code("95", before()), today());
    assert_eq!(bac_lieu.areas, [by_code("96", today())]);
    assert!(bac_lieu.widened);
    let (mut exact, mut larger) = (0, 0);
    for district in valid(District, before()) {
        let successors = ATLAS.current_successors(district, today());
        assert!(
            !successors.areas.is_empty(),
            "{}",
            ATLAS.display_name(district, before())
        );
        // Larger exactly when some commune from outside the district went into one of them too.
        let from_outside = successors
            .areas
            .iter()
            .flat_map(|id| ATLAS.predecessors(*id))
            .any(|old| ATLAS.parent(old, before()) != Some(district) && old != district);
        assert_eq!(
            successors.widened,
            from_outside,
            "{}",
            ATLAS.display_name(district, before())
        );
        *(if from_outside {
            &mut larger
        } else {
            &mut exact
        }) += 1;
    }
    assert!(exact > 0 && larger > 0, "{exact} {larger}");
    assert_eq!(
        ATLAS
            .current_successors(AreaId(uuid::Uuid::nil()), today())
            .areas,
        []
    );
}

#[test]
fn island_districts_became_special_zones() {
    let con_dao = by_code("755", before());
    let zone = by_code("26732", today());
    assert_eq!(ATLAS.name(zone, today()), "Đặc khu Côn Đảo");
    assert_eq!(ATLAS.successors(con_dao), [zone]);
    assert_eq!(ATLAS.extent(con_dao), []);
    assert!(ATLAS.covers(ATLAS.country().unwrap(), con_dao));
    assert!(!ATLAS.covers(by_code("74", before()), con_dao));
}
