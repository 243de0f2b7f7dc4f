//! Finding areas by name, and the order in which they are listed.

use entity::area::AreaLevel::{Commune, Province};
use proptest::prelude::*;

use super::{ATLAS, RECORDS, by_code, names, today};
use crate::{
    areas::{rows::official_word, search::bare},
    fold::fold,
};

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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_text_makes_a_search_fail(text in "\\PC{0,30}") {
        for id in ATLAS.search(Some(&text), None, None, today()) {
            prop_assert!(ATLAS.is_valid(id, today()));
        }
    }
}
