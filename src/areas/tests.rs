//! What the shipped areas answer at every date: the checked facts of the data, and rules that hold for every area and atom.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::LazyLock,
};

use chrono::NaiveDate;
use entity::{
    area::AreaLevel::{self, Commune, Country, District, Province},
    area_change::AreaChangeKind,
    area_name::UnitType,
    ids::{AreaId, AtomId},
};
use proptest::prelude::*;

use super::{
    Atlas, AtomIx, Reason, RowError, import, plan, records::Records, rows::official_word,
    search::bare,
};
use crate::fold::fold;

const FILE: &[u8] = include_bytes!("../../curriculum/admin_units.csv");

static RECORDS: LazyLock<Records> =
    LazyLock::new(|| import::read("admin_units.csv", FILE).unwrap());
static ATLAS: LazyLock<Atlas> = LazyLock::new(|| Atlas::new(&RECORDS).unwrap());

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The last day of three levels, and the first of two.
fn before() -> NaiveDate {
    day("2025-06-30")
}

fn after() -> NaiveDate {
    day("2025-07-01")
}

fn today() -> NaiveDate {
    day("2026-11-22")
}

fn valid(level: AreaLevel, on: NaiveDate) -> Vec<AreaId> {
    ATLAS.search(None, None, Some(level), on)
}

fn by_code(code: &str, on: NaiveDate) -> AreaId {
    match *ATLAS.by_code(code, None, on) {
        [id] => id,
        ref other => panic!("{code} on {on}: {other:?}"),
    }
}

/// Communes of an area at any depth on a day.
fn communes(area: AreaId, on: NaiveDate) -> Vec<AreaId> {
    ATLAS.search(None, Some(area), Some(Commune), on)
}

fn names(ids: &[AreaId], on: NaiveDate) -> Vec<&'static str> {
    ids.iter().map(|id| ATLAS.name(*id, on)).collect()
}

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

#[test]
fn no_split_crosses_a_province() {
    let splits = RECORDS
        .changes
        .iter()
        .filter(|change| change.kind == AreaChangeKind::Split);
    let mut provinces: BTreeMap<AreaId, BTreeSet<AreaId>> = BTreeMap::new();
    for change in splits {
        let edges = RECORDS
            .edges
            .iter()
            .filter(|edge| edge.area_change_id == change.area_change_id);
        for edge in edges {
            let around = ATLAS.parent(edge.to_area_id, change.effective_on).unwrap();
            provinces
                .entry(edge.from_area_id)
                .or_default()
                .insert(around);
        }
    }
    assert_eq!(provinces.len(), 441);
    assert!(provinces.values().all(|around| around.len() == 1));
}

#[test]
fn people_of_a_split_commune_are_in_no_commune_until_placed_but_in_their_province() {
    let old = by_code("00007", before());
    assert_eq!(ATLAS.name(old, before()), "Phường Cống Vị");
    let whole = ATLAS.root_atom(old).unwrap();
    let hanoi = by_code("01", today());
    let here = ATLAS.location(whole, before());
    assert_eq!(here.commune, Some(old));
    assert_eq!(here.ancestors, ATLAS.ancestors(old, before()));
    let there = ATLAS.location(whole, after());
    assert_eq!(there.commune, None);
    assert_eq!(there.ancestors, [hanoi, ATLAS.country().unwrap()]);
    let parts = ATLAS.parts_of_atom(whole);
    assert_eq!(parts.len(), 2);
    for part in parts {
        let new = ATLAS.commune_of_atom(part).unwrap();
        assert_eq!(ATLAS.parent_atom(part), Some(whole));
        assert_eq!(ATLAS.location(part, before()).commune, Some(old));
        assert_eq!(ATLAS.location(part, today()).commune, Some(new));
        assert!(ATLAS.covers(new, new) && !ATLAS.covers(new, old));
        assert!(ATLAS.atoms_of_area(new).any(|atom| atom == part));
        assert!(!ATLAS.atoms_of_area(new).any(|atom| atom == whole));
    }
    assert_eq!(ATLAS.parent_atom(whole), None);
}

#[test]
fn a_merged_commune_is_counted_in_its_successor() {
    let old = by_code("25978", before());
    let new = ATLAS.successors(old)[0];
    let atom = ATLAS.root_atom(old).unwrap();
    assert_eq!(ATLAS.location(atom, after()).commune, Some(new));
    assert!(ATLAS.covers(new, old) && !ATLAS.covers(old, new));
    let (district, province) = (by_code("725", before()), by_code("74", before()));
    let expected: BTreeSet<_> = [
        old,
        new,
        district,
        province,
        by_code("79", after()),
        ATLAS.country().unwrap(),
    ]
    .into();
    assert_eq!(ATLAS.areas_of_atom(atom).collect::<BTreeSet<_>>(), expected);
    assert!(ATLAS.covers(by_code("79", after()), province));
    // Whoever moves to the new ward is not in the old province.
    let newcomer = ATLAS.root_atom(new).unwrap();
    assert_eq!(
        ATLAS.location(newcomer, before()),
        super::Location::default()
    );
    assert!(ATLAS.areas_of_atom(newcomer).all(|area| area != province));
}

/// Days of both trees, early and late in each.
fn days() -> [NaiveDate; 4] {
    [day("1950-01-01"), before(), after(), today()]
}

fn atoms() -> impl Iterator<Item = AtomId> {
    RECORDS.atoms.iter().map(|atom| atom.atom_id)
}

#[test]
fn every_atom_is_in_one_province_and_the_country_from_its_first_day() {
    let country = ATLAS.country().unwrap();
    for atom in atoms() {
        let areas: BTreeSet<_> = ATLAS.areas_of_atom(atom).collect();
        let mut begun = false;
        for on in days() {
            let location = ATLAS.location(atom, on);
            begun |= !location.ancestors.is_empty();
            if !begun {
                continue;
            }
            let level = |wanted| {
                let around = location.ancestors.iter();
                around
                    .filter(move |id| ATLAS.area(**id).unwrap().level == wanted)
                    .count()
            };
            assert_eq!((level(Province), level(Commune)), (1, 0), "{atom} on {on}");
            assert_eq!(location.ancestors.last(), Some(&country));
            // It is never anywhere that its extents do not say.
            let everywhere = location.commune.iter().chain(&location.ancestors);
            for area in everywhere {
                assert!(
                    areas.contains(area) && ATLAS.is_valid(*area, on),
                    "{atom} on {on}"
                );
            }
        }
        assert!(begun, "{atom}");
    }
}

#[test]
fn the_communes_of_a_day_part_the_atoms_placed_on_it() {
    for on in [before(), after(), today()] {
        let mut seen: BTreeSet<AtomIx> = BTreeSet::new();
        for commune in valid(Commune, on) {
            for atom in ATLAS.extent(commune) {
                assert!(
                    seen.insert(*atom),
                    "an atom of {} is in two communes",
                    ATLAS.name(commune, on)
                );
            }
        }
        let placed: BTreeSet<_> = atoms()
            .filter(|atom| ATLAS.location(*atom, on).commune.is_some())
            .map(|atom| ATLAS.atom_ix(atom).unwrap())
            .collect();
        assert_eq!(seen, placed);
        let unplaced = match on < after() {
            // Communes that do not exist yet.
            true => 3_321 - 132,
            // Communes split, their people not yet placed.
            false => 441,
        };
        assert_eq!(RECORDS.atoms.len() - placed.len(), unplaced);
    }
    assert_eq!(RECORDS.atoms.len(), 13_224 + 972);
}

#[test]
fn the_extent_of_an_area_holds_those_of_the_areas_inside_it() {
    for on in [before(), after()] {
        for level in [Province, District, Commune] {
            for area in valid(level, on) {
                for around in ATLAS.ancestors(area, on) {
                    assert!(
                        ATLAS.covers(around, area),
                        "{}",
                        ATLAS.display_name(area, on)
                    );
                }
            }
        }
    }
}

fn any_area() -> impl Strategy<Value = AreaId> {
    // Mostly areas that touch each other: those of a few old and new provinces.
    let near: Vec<_> = ["70", "74", "79", "95", "96"]
        .into_iter()
        .flat_map(|code| [(code, before()), (code, after())])
        .flat_map(|(code, on)| {
            let province = ATLAS.by_code(code, Some(Province), on);
            province.into_iter().flat_map(move |id| {
                let mut inside = ATLAS.search(None, Some(id), None, on);
                inside.push(id);
                inside
            })
        })
        .chain(ATLAS.country())
        .collect();
    let all: Vec<_> = RECORDS.areas.iter().map(|area| area.area_id).collect();
    prop_oneof![4 => proptest::sample::select(near), 1 => proptest::sample::select(all)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn covering_is_reflexive_and_transitive(a in any_area(), atom in proptest::sample::select(atoms().collect::<Vec<_>>())) {
        prop_assert!(ATLAS.covers(a, a));
        let chain: Vec<_> = ATLAS.areas_of_atom(atom).collect();
        for one in &chain {
            for two in &chain {
                for three in &chain {
                    let holds = ATLAS.covers(*one, *two) && ATLAS.covers(*two, *three);
                    prop_assert!(!holds || ATLAS.covers(*one, *three));
                }
            }
        }
    }

    #[test]
    fn covering_is_transitive_for_any_three(a in any_area(), b in any_area(), c in any_area()) {
        let holds = ATLAS.covers(a, b) && ATLAS.covers(b, c);
        prop_assert!(!holds || ATLAS.covers(a, c));
    }

    #[test]
    fn what_stands_around_an_area_is_valid_and_lists_it_among_its_children(area in any_area(), on in proptest::sample::select(days().to_vec())) {
        for (inner, outer) in std::iter::once(area).chain(ATLAS.ancestors(area, on)).zip(ATLAS.ancestors(area, on)) {
            prop_assert!(ATLAS.is_valid(outer, on));
            prop_assert!(ATLAS.children(outer, on).contains(&inner));
        }
        prop_assert_eq!(ATLAS.is_valid(area, on), ATLAS.code(area, on).is_some());
    }

    #[test]
    fn no_text_makes_a_search_fail(text in "\\PC{0,30}") {
        for id in ATLAS.search(Some(&text), None, None, today()) {
            prop_assert!(ATLAS.is_valid(id, today()));
        }
    }
}

#[test]
fn a_search_ignores_diacritics_and_puts_exact_accents_first() {
    let find = |text, level| {
        let found = ATLAS.search(Some(text), None, level, today());
        names(&found, today())
    };
    assert_eq!(find("ca mau", Some(Province)), ["Tỉnh Cà Mau"]);
    assert_eq!(find("TỈNH CÀ  MAU", None)[0], "Tỉnh Cà Mau");
    assert_eq!(find("dak lak", Some(Province)), ["Tỉnh Đắk Lắk"]);
    assert_eq!(find("đồng nai", None)[0], "Thành phố Đồng Nai");
    let thuan_an = find("thuan an", None);
    assert!(
        thuan_an.contains(&"Phường Thuận An") && thuan_an.len() < 40,
        "{thuan_an:?}"
    );
    // Tone placement: old and new spelling find the same.
    assert_eq!(find("thuận hoá", None), find("thuận hóa", None));
    assert!(
        find("thuận hoá", None)[0].starts_with("Phường Thuận H"),
        "{:?}",
        find("thuận hoá", None)
    );
    // "Tân An" is found by "tan an" too, but comes first only for its own accents.
    let exact = find("tân ân", None);
    let first_other = exact
        .iter()
        .position(|name| !name.contains("Tân Ân"))
        .unwrap_or(exact.len());
    assert!(
        exact[first_other..]
            .iter()
            .all(|name| !name.contains("Tân Ân")),
        "{exact:?}"
    );
    assert_eq!(find("25978", None), ["Phường Thuận An"]);
    assert_eq!(
        find("huan an", None),
        [""; 0],
        "words are found from their beginning"
    );
    let city = by_code("79", today());
    let inside = ATLAS.search(Some("an"), Some(city), Some(Commune), today());
    assert!(
        inside.len() >= 2
            && inside
                .iter()
                .all(|id| ATLAS.parent(*id, today()) == Some(city))
    );
}

#[test]
fn children_are_listed_as_in_a_vietnamese_dictionary() {
    let provinces = names(&ATLAS.children(ATLAS.country().unwrap(), today()), today());
    let bare: Vec<_> = provinces
        .iter()
        .map(|name| {
            name.trim_start_matches("Tỉnh ")
                .trim_start_matches("Thành phố ")
        })
        .collect();
    assert_eq!(
        bare[..12],
        [
            "An Giang",
            "Bắc Ninh",
            "Cà Mau",
            "Cao Bằng",
            "Cần Thơ",
            "Đà Nẵng",
            "Đắk Lắk",
            "Điện Biên",
            "Đồng Nai",
            "Đồng Tháp",
            "Gia Lai",
            "Hà Nội"
        ]
    );
}

#[test]
fn the_atlas_is_small() {
    assert!(ATLAS.bytes() < 5_000_000, "{}", ATLAS.bytes());
}

#[test]
fn the_folded_unit_types_are_those_that_names_begin_with() {
    for name in &RECORDS.names {
        let word = official_word(name.unit_type);
        // Ten names are shipped with other capitals: "Thị Trấn Ái Tử".
        assert!(fold(&name.name).starts_with(&fold(word)), "{}", name.name);
        assert_eq!(bare(&fold(word), name.unit_type), fold(word));
        if !word.is_empty() {
            assert_eq!(bare(&format!("{} x", fold(word)), name.unit_type), "x");
        }
    }
}

// What is wrong with a file.

const HEADER: &str =
    "code,name,level,parent_code,valid_from,valid_to,successor_codes,uid,unit_type,change,basis";
const GOOD: [&str; 9] = [
    "01,Tỉnh Một,province,VN,,2025-06-30,01,P01-0,tinh,merged,QĐ 1",
    "02,Tỉnh Hai,province,VN,,,,P02-0,tinh,,",
    "01,Tỉnh Một,province,VN,2025-07-01,,,P01-1,tinh,,QĐ 1",
    "101,Huyện A,district,01,,2025-06-30,,D101-0,huyen,level_abolished,QĐ 2",
    "10001,Xã B,commune,101,,2025-06-30,10001,C10001-0,xa,kept,QĐ 3",
    "10002,Xã C,commune,101,,2025-06-30,10002|10003,C10002-0,xa,split,QĐ 3",
    "10001,Xã B,commune,01,2025-07-01,,,C10001-1,xa,,QĐ 3",
    "10002,Xã C,commune,01,2025-07-01,,,C10002-1,xa,,QĐ 3",
    "10003,Xã D,commune,01,2025-07-01,,,C10003-1,xa,,QĐ 3",
];

/// The good file with one line put in the place of another, or added at its end.
fn file(line: u64, row: &str) -> String {
    let mut rows: Vec<&str> = GOOD.to_vec();
    match usize::try_from(line - 2).unwrap() {
        at if at < rows.len() => rows[at] = row,
        _ => rows.push(row),
    }
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

#[test]
fn a_small_file_is_read() {
    let records = import::read("f", file(2, GOOD[0]).as_bytes()).unwrap();
    assert_eq!(records.areas.len(), 1 + 3 + 1 + 4);
    assert_eq!(records.atoms.len(), 4 + 2);
    let with_mark = format!("\u{feff}{}", file(2, GOOD[0]).replace('\n', "\r\n"));
    assert_eq!(import::read("f", with_mark.as_bytes()).unwrap(), records);
}

#[test]
fn every_bad_row_is_named_by_line_and_reason() {
    let value = str::to_owned;
    for (line, row, reason) in [
        (
            4,
            "01,Tỉnh Một,province,VN,2025-07-01,,",
            Reason::Unreadable,
        ),
        (
            4,
            ",Tỉnh Một,province,VN,2025-07-01,,,P01-1,tinh,,QĐ 1",
            Reason::Empty("code"),
        ),
        (
            4,
            "01,,province,VN,2025-07-01,,,P01-1,tinh,,QĐ 1",
            Reason::Empty("name"),
        ),
        (
            4,
            "01,Tỉnh Một,region,VN,2025-07-01,,,P01-1,tinh,,QĐ 1",
            Reason::UnknownWord("level", value("region")),
        ),
        (
            4,
            "01,Tỉnh Một,province,VN,2025-07-01,,,P01-1,xa,,QĐ 1",
            Reason::UnknownWord("unit_type", value("xa")),
        ),
        (
            5,
            "101,Huyện A,district,01,,2025-06-30,,D101-0,huyen,vanished,QĐ 2",
            Reason::UnknownWord("change", value("vanished")),
        ),
        (
            4,
            "01,Tỉnh Một,province,VN,2025-02-30,,,P01-1,tinh,,QĐ 1",
            Reason::NoDate("valid_from", value("2025-02-30")),
        ),
        (
            4,
            "01,Tỉnh Một,province,VN,2025-7-1,,,P01-1,tinh,,QĐ 1",
            Reason::NoDate("valid_from", value("2025-7-1")),
        ),
        (
            5,
            "101,Huyện A,district,01,,30/06/2025,,D101-0,huyen,level_abolished,QĐ 2",
            Reason::NoDate("valid_to", value("30/06/2025")),
        ),
        (
            5,
            "101,Huyện A,district,01,2025-07-01,2025-06-30,,D101-0,huyen,level_abolished,QĐ 2",
            Reason::EndsBeforeItBegins,
        ),
        (
            5,
            "101,Huyện A,district,01,,2025-06-30,,D101-0,huyen,,QĐ 2",
            Reason::HalfEnded,
        ),
        (
            5,
            "101,Huyện A,district,01,,,,D101-0,huyen,level_abolished,QĐ 2",
            Reason::HalfEnded,
        ),
        (
            3,
            "02,Tỉnh Hai,province,VN,,,01,P02-0,tinh,,",
            Reason::HalfEnded,
        ),
        (
            7,
            "10002,Xã C,commune,101,,2025-06-30,10002,C10002-0,xa,split,QĐ 3",
            Reason::SuccessorCount(1),
        ),
        (
            7,
            "10002,Xã C,commune,101,,2025-06-30,,C10002-0,xa,merged,QĐ 3",
            Reason::SuccessorCount(0),
        ),
        (
            10,
            "10003,Xã D,commune,09,2025-07-01,,,C10003-1,xa,,QĐ 3",
            Reason::NoParent(value("09")),
        ),
        // The district of the code ended the day before; a province cannot lie in itself.
        (
            10,
            "10003,Xã D,commune,101,2025-07-01,,,C10003-1,xa,,QĐ 3",
            Reason::NoParent(value("101")),
        ),
        (
            3,
            "02,Tỉnh Hai,province,02,,,,P02-0,tinh,,",
            Reason::NoParent(value("02")),
        ),
        (
            7,
            "10002,Xã C,commune,101,,2025-06-30,10002|10009,C10002-0,xa,split,QĐ 3",
            Reason::NoSuccessor(value("10009")),
        ),
        // The successor begins on another day; or is of another level; or is the row itself.
        (
            7,
            "10002,Xã C,commune,101,,2025-06-29,10002|10003,C10002-0,xa,split,QĐ 3",
            Reason::NoSuccessor(value("10002")),
        ),
        (
            7,
            "10002,Xã C,commune,101,,2025-06-30,10002|01,C10002-0,xa,split,QĐ 3",
            Reason::NoSuccessor(value("01")),
        ),
        (
            11,
            "10003,Xã E,commune,02,2026-01-01,,,C10003-2,xa,,QĐ 3",
            Reason::CodeTaken(10),
        ),
        (
            11,
            "10004,Xã E,commune,02,2026-01-01,,,C10003-1,xa,,QĐ 3",
            Reason::UidTaken(10),
        ),
        (
            11,
            "10004,Xã E,commune,101,,2025-06-30,10001,C10004-0,xa,merged,QĐ 3",
            Reason::NotAlone(11),
        ),
        (
            10,
            "10003,Xã D,commune,02,2025-07-01,,,C10003-1,xa,,QĐ 3",
            Reason::CrossesProvinces,
        ),
        (
            5,
            "101,Huyện A,district,01,,2025-06-30,,D101-0,huyen,level_abolished,",
            Reason::NoDecision,
        ),
    ] {
        let found = import::read("units.csv", file(line, row).as_bytes()).unwrap_err();
        // An error may show on the row that another row spoils.
        let line = match reason {
            Reason::NotAlone(_) => 6,
            Reason::CrossesProvinces => 7,
            _ => line,
        };
        let expected = RowError {
            file: "units.csv".to_owned(),
            line,
            reason,
        };
        assert!(found.contains(&expected), "{row}: {found:?}");
    }
}

#[test]
fn every_bad_row_is_listed_not_only_the_first() {
    let text = format!(
        "{HEADER}\n{}\n{}\n\u{0}\n",
        GOOD[1].replace("VN", "77"),
        GOOD[2].replace("VN", "78")
    );
    let lines: Vec<_> = import::read("f", text.as_bytes())
        .unwrap_err()
        .iter()
        .map(|error| error.line)
        .collect();
    assert_eq!(lines, [4]);
    let text = text.replace("\u{0}\n", "");
    let lines: Vec<_> = import::read("f", text.as_bytes())
        .unwrap_err()
        .iter()
        .map(|error| error.line)
        .collect();
    assert_eq!(lines, [2, 3]);
}

#[test]
fn a_file_without_a_column_or_not_of_text_is_refused() {
    let found = import::read("f", b"code,name\n01,x\n").unwrap_err();
    assert!(
        found.iter().all(|error| error.line == 1) && found.len() == 9,
        "{found:?}"
    );
    let mut bytes = file(4, GOOD[2]).into_bytes();
    let at = bytes.windows(3).rposition(|three| three == b"101").unwrap();
    bytes[at] = 0xff;
    let found = import::read("f", &bytes).unwrap_err();
    assert_eq!(found[0].reason, Reason::Unreadable);
    assert!(import::read("f", b"").is_err());
}

#[test]
fn every_reason_has_its_message_in_both_languages() {
    use crate::{error::UserError, messages::Language};
    for reason in [
        Reason::NoColumn("code"),
        Reason::Unreadable,
        Reason::Empty("code"),
        Reason::UnknownWord("level", "x".into()),
        Reason::NoDate("valid_to", "x".into()),
        Reason::EndsBeforeItBegins,
        Reason::HalfEnded,
        Reason::SuccessorCount(3),
        Reason::NoParent("09".into()),
        Reason::NoSuccessor("09".into()),
        Reason::CodeTaken(4),
        Reason::UidTaken(4),
        Reason::NotAlone(4),
        Reason::CrossesProvinces,
        Reason::NoDecision,
    ] {
        let error = RowError {
            file: "units.csv".to_owned(),
            line: 17,
            reason,
        };
        for language in [Language::Vietnamese, Language::English] {
            let text = UserError::from(&error).text(language);
            assert!(
                text.starts_with("units.csv") && text.contains("17") && !text.contains('{'),
                "{text}"
            );
        }
    }
}

#[test]
fn a_plan_against_what_is_held_already_is_empty_and_a_difference_is_found() {
    let same = plan::plan(&RECORDS, &RECORDS);
    assert!(same.summary.is_unchanged());
    assert_eq!(same.summary.areas.unchanged, RECORDS.areas.len());
    let mut held = RECORDS.clone();
    held.names[0].name.push('x');
    let gone = RECORDS.areas[7].area_id;
    held.areas.retain(|area| area.area_id != gone);
    held.names.retain(|name| name.area_id != gone);
    held.codes.retain(|code| code.area_id != gone);
    held.parents.retain(|parent| parent.area_id != gone);
    held.edges.remove(0);
    held.atoms.pop();
    let found = plan::plan(&RECORDS, &held);
    assert_eq!(
        (found.summary.areas.new, found.summary.areas.changed),
        (1, 1)
    );
    assert_eq!(
        (found.summary.changes.new, found.summary.changes.changed),
        (0, 1)
    );
    assert_eq!(found.summary.atoms.new, 1);
    assert_eq!(found.names.len(), found.codes.len());
}
