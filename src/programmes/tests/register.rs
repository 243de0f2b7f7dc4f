//! The denominator register.

use entity::{
    denominator,
    denominator::DenominatorStatus::{self, Estimate, Official, Roster},
    ids::{DenominatorId, IndicatorId},
};
use proptest::prelude::*;
use rstest::rstest;

use crate::{
    clock::Clock,
    error::UserErrorCode,
    programmes::{
        denominators::{Entry, applying, read},
        plan::new_versions,
    },
};

use super::{RULEBOOK, area, day, resolve};

fn d3() -> IndicatorId {
    RULEBOOK.indicator("D3").unwrap().row.indicator_id
}

fn version(
    (from, to): (&str, &str),
    status: DenominatorStatus,
    version: i32,
    value: i64,
) -> denominator::Model {
    denominator::Model {
        denominator_id: DenominatorId(uuid::Uuid::from_u128(value as u128)),
        area_id: area("VN-QN"),
        indicator_id: d3(),
        period_from: day(from),
        period_to: day(to),
        status,
        version,
        value,
        source: "a source".to_owned(),
        entered_by: None,
        entered_at: "2026-01-01T00:00:00Z".parse().unwrap(),
        settled_because: None,
    }
}

const YEAR: (&str, &str) = ("2025-01-01", "2025-12-31");
const MONTH: (&str, &str) = ("2025-07-01", "2025-07-31");

#[rstest]
#[case::nothing(vec![], None)]
#[case::another_time(vec![version(("2024-01-01", "2024-12-31"), Official, 1, 10)], None)]
#[case::first_day(vec![version(("2025-07-15", "2025-07-15"), Estimate, 1, 10)], Some(10))]
#[case::latest_version(vec![version(YEAR, Roster, 2, 20), version(YEAR, Roster, 3, 30), version(YEAR, Roster, 1, 10)], Some(30))]
#[case::surest(vec![version(YEAR, Estimate, 9, 10), version(YEAR, Official, 1, 20), version(YEAR, Roster, 3, 30)], Some(20))]
#[case::most_specific(vec![version(YEAR, Official, 1, 10), version(MONTH, Estimate, 1, 20)], Some(20))]
#[case::zero_is_a_value(vec![version(YEAR, Official, 1, 0)], Some(0))]
fn the_surest_latest_value_of_the_shortest_period_applies(
    #[case] entries: Vec<denominator::Model>,
    #[case] value: Option<i64>,
) {
    let found = applying(&entries, day("2025-07-15")).map(|row| row.value);
    assert_eq!(found, value);
    let backwards: Vec<_> = entries.into_iter().rev().collect();
    assert_eq!(
        applying(&backwards, day("2025-07-15")).map(|row| row.value),
        value
    );
}

fn entry() -> Entry {
    Entry {
        area: area("VN-QN"),
        indicator: d3(),
        period_from: day("2025-01-01"),
        period_to: day("2025-12-31"),
        value: 1200,
        source: "Sở Y tế, 2025".to_owned(),
        status: Official,
    }
}

#[rstest]
#[case::negative(Entry { value: -1, ..entry() }, UserErrorCode::Invalid, "value")]
#[case::huge(Entry { value: 1_000_000_001, ..entry() }, UserErrorCode::Invalid, "value")]
#[case::no_source(Entry { source: " ".to_owned(), ..entry() }, UserErrorCode::Required, "source")]
#[case::no_indicator(Entry { indicator: IndicatorId(uuid::Uuid::nil()), ..entry() }, UserErrorCode::NotFound, "indicator")]
#[case::order(Entry { period_to: day("2024-12-31"), ..entry() }, UserErrorCode::DateOutOfRange, "periodTo")]
#[case::closed(Entry { area: area("VN-BL"), ..entry() }, UserErrorCode::Closed, "areaId")]
fn what_must_be_mended_names_its_field(
    #[case] wrong: Entry,
    #[case] code: UserErrorCode,
    #[case] field: &str,
) {
    let open = |at, on| at != area("VN-BL") || on <= day("2025-06-30");
    assert!(entry().faults(&RULEBOOK, &open).is_empty());
    let faults = wrong.faults(&RULEBOOK, &open);
    let said: Vec<_> = faults
        .iter()
        .map(|fault| (fault.code, fault.field.join(".")))
        .collect();
    assert_eq!(said, [(code, field.to_owned())]);
    for language in [
        crate::messages::Language::Vietnamese,
        crate::messages::Language::English,
    ] {
        assert_ne!(
            faults[0].text(language),
            faults[0].message,
            "a message is missing"
        );
    }
}

const HEADER: &str = "area_code,area_level,indicator,period_from,period_to,value,source,status\n";

#[test]
fn a_register_file_is_read() {
    let file = format!(
        "\u{feff}{HEADER}22,province,D3,2025-01-01,2025-12-31,1200,\"Sở Y tế, 2025\",official\n\
         95,PROVINCE,D3,2025-01-01,2025-06-30,300,Sở Y tế,ESTIMATE\n"
    );
    let entries = read("d.csv", file.as_bytes(), &RULEBOOK, &resolve).unwrap();
    assert_eq!(entries[0], entry());
    assert_eq!(
        (entries[1].area, entries[1].status),
        (area("VN-BL"), Estimate)
    );
}

#[rstest]
#[case(
    "22,province,D3,2025-01-01,2025-12-31,-1,s,OFFICIAL",
    "d.csv: line 2: value: a whole number from 0 to 1000000000 is needed, not \"-1\""
)]
#[case(
    "22,province,D3,2025-01-01,2025-12-31,1.5,s,OFFICIAL",
    "d.csv: line 2: value: a whole number from 0 to 1000000000 is needed, not \"1.5\""
)]
#[case(
    "22,province,D33,2025-01-01,2025-12-31,1,s,OFFICIAL",
    "d.csv: line 2: indicator: the code of an indicator, such as D3, is needed, not \"D33\""
)]
#[case(
    "22,region,D3,2025-01-01,2025-12-31,1,s,OFFICIAL",
    "d.csv: line 2: area_level: COUNTRY, PROVINCE, DISTRICT or COMMUNE is needed, not \"region\""
)]
#[case(
    "22,province,D3,2025-02-29,2025-12-31,1,s,OFFICIAL",
    "d.csv: line 2: period_from: a day such as 2025-07-01 is needed, not \"2025-02-29\""
)]
#[case(
    "22,province,D3,2025-12-31,2025-01-01,1,s,OFFICIAL",
    "d.csv: line 2: period_to: it lies before period_from"
)]
#[case(
    "95,province,D3,2025-01-01,2025-12-31,1,s,OFFICIAL",
    "d.csv: line 2: area_code: no one area of this level had code \"95\" from 2025-01-01 to 2025-12-31"
)]
#[case(
    "22,province,D3,2025-01-01,2025-12-31,1,,OFFICIAL",
    "d.csv: line 2: source: where the value comes from is needed, not \"\""
)]
#[case(
    "22,province,D3,2025-01-01,2025-12-31,1,s,SURE",
    "d.csv: line 2: status: ESTIMATE, ROSTER or OFFICIAL is needed, not \"SURE\""
)]
fn a_bad_row_is_named_by_its_line(#[case] row: &str, #[case] expected: &str) {
    let faults = read(
        "d.csv",
        format!("{HEADER}{row}\n").as_bytes(),
        &RULEBOOK,
        &resolve,
    )
    .unwrap_err();
    let said: Vec<_> = faults.0.iter().map(ToString::to_string).collect();
    assert_eq!(said, [expected]);
}

#[test]
fn repeated_short_and_unreadable_rows_and_wrong_columns_are_faults() {
    let good = "22,province,D3,2025-01-01,2025-12-31,1,s,OFFICIAL\n";
    let said = |bytes: &[u8]| -> Vec<String> {
        let faults = read("d.csv", bytes, &RULEBOOK, &resolve).unwrap_err();
        faults.0.iter().map(|fault| fault.place.clone()).collect()
    };
    assert_eq!(said(format!("{HEADER}{good}{good}").as_bytes()), ["line 3"]);
    assert_eq!(
        said(format!("{HEADER}{good}22,province\n").as_bytes()),
        ["line 3"]
    );
    let mut broken = format!("{HEADER}{good}").into_bytes();
    broken.extend(b"\xff,province,D3,2025-01-01,2025-12-31,1,s,OFFICIAL\n");
    assert_eq!(said(&broken), ["line 3"]);
    assert_eq!(said(b"area_code,colour\n"), ["line 1"; 8]);
}

/// What several sources say of some periods, each once.
fn sources() -> impl Strategy<Value = Vec<Entry>> {
    let one = (0..3_usize, 0..3_usize, 0..4_usize, 0..5_i64);
    proptest::collection::vec(one, 1..12).prop_map(|drawn| {
        let mut seen = std::collections::BTreeSet::new();
        let periods = [YEAR, MONTH, ("2025-07-01", "2025-12-31")];
        let fresh = drawn
            .into_iter()
            .filter(|(period, status, source, _)| seen.insert((*period, *status, *source)));
        fresh
            .map(|(period, status, source, value)| Entry {
                period_from: day(periods[period].0),
                period_to: day(periods[period].1),
                status: [Estimate, Roster, Official][status],
                source: ["Sở Y tế", "Sở Nội vụ", "Trạm y tế", "Trường học"][source].to_owned(),
                value,
                ..entry()
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn any_order_and_any_batches_of_imports_give_the_same_value_in_force(
        entries in sources(),
        order in any::<prop::sample::Index>(),
        seed in any::<u64>(),
        batch in 1_usize..5,
    ) {
        let mut shuffled = entries.clone();
        shuffled.sort_by_key(|one| seed.wrapping_mul(one.value as u64 + 3).rotate_left(one.source.len() as u32));
        shuffled.rotate_left(order.index(entries.len()));
        let imported = |entries: &[Entry], batch: usize| {
            let clock = Clock::set_to("2026-01-01T00:00:00Z".parse().unwrap());
            let mut register = Vec::new();
            // The last batch comes twice: what is there already changes nothing.
            for batch in entries.chunks(batch).chain(entries.chunks(batch).last()) {
                let (rows, _) = new_versions(&register, batch, &clock, clock.now());
                register.extend(rows);
                clock.advance(chrono::Duration::seconds(1));
            }
            register
        };
        let (one, other) = (imported(&entries, entries.len()), imported(&shuffled, batch));
        prop_assert_eq!(one.len(), entries.len(), "every claim is kept once");
        prop_assert_eq!(other.len(), entries.len());
        for on in ["2025-01-15", "2025-07-15", "2025-12-31", "2026-01-01"] {
            let applied = |register: &[denominator::Model]| {
                applying(register, day(on)).map(|row| (row.value, row.status, row.period_from))
            };
            prop_assert_eq!(applied(&one), applied(&other));
        }
    }
}
