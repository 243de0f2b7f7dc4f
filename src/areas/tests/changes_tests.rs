//! Changes of areas on a small country: what they do, what they refuse, and what no sequence of them can break.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use entity::{
    area::{self, AreaLevel},
    area_change::AreaChangeKind as Kind,
    area_code,
    area_name::UnitType,
    area_parent, atom,
    ids::{AreaChangeId, AreaId, AtomId, root_atom},
};
use proptest::prelude::*;
use uuid::Uuid;

use super::super::{
    Atlas, Settled,
    changes::{
        Ask, Edge, Move, Target,
        plan::{ChangePlan, plan},
        world::World,
    },
    records::Records,
    shipped::named,
};
use super::{day, today};

fn id(number: u128) -> AreaId {
    AreaId(Uuid::from_u128(number))
}

const COUNTRY: u128 = 1;
const PROVINCES: [u128; 2] = [10, 20];

/// Two provinces of four communes each: 101 to 104 and 201 to 204.
fn small() -> Records {
    let mut records = Records::default();
    let mut add = |number: u128, level, name: &str, unit, code: String, parent: Option<u128>| {
        let area_id = id(number);
        let life = (None, None);
        records.areas.push(area::Model {
            area_id,
            level,
            valid_from: None,
            valid_to: None,
        });
        records.names.push(named(area_id, 0, name, unit, life));
        records.codes.push(area_code::Model {
            area_id,
            position: 0,
            valid_from: None,
            valid_to: None,
            code,
        });
        records
            .parents
            .extend(parent.map(|parent| area_parent::Model {
                area_id,
                position: 0,
                valid_from: None,
                valid_to: None,
                parent_id: id(parent),
            }));
        if level == AreaLevel::Commune {
            records.atoms.push(atom::Model {
                atom_id: root_atom(area_id),
                area_id,
                parent_atom_id: None,
            });
        }
    };
    add(
        COUNTRY,
        AreaLevel::Country,
        "Nước mẫu",
        UnitType::Country,
        "VN".into(),
        None,
    );
    for province in PROVINCES {
        let name = format!("Tỉnh mẫu {province}");
        let code = province.to_string();
        add(
            province,
            AreaLevel::Province,
            &name,
            UnitType::Province,
            code,
            Some(COUNTRY),
        );
        for nth in 1..=4 {
            let number = province * 10 + nth;
            let (name, code) = (format!("Xã mẫu {number}"), format!("{number:05}"));
            add(
                number,
                AreaLevel::Commune,
                &name,
                UnitType::Commune,
                code,
                Some(province),
            );
        }
    }
    records
}

fn ask(kind: Kind, on: &str, from: &[u128], to: Vec<Target>) -> Ask {
    Ask {
        id: AreaChangeId(Uuid::from_u128(77)),
        decision: "1/NQ".to_owned(),
        effective_on: day(on),
        kind,
        from: from.iter().map(|number| id(*number)).collect(),
        to,
        edges: Vec::new(),
        moves: Vec::new(),
    }
}

fn new(number: u128, parent: u128) -> Target {
    Target {
        id: id(number),
        name: Some(format!("Xã mới {number}")),
        unit_type: Some(UnitType::Commune),
        code: Some(format!("{number:05}")),
        parent: Some(id(parent)),
    }
}

fn edge(from: u128, to: u128, share: Option<f64>) -> Edge {
    Edge {
        from: id(from),
        to: id(to),
        share,
    }
}

fn done(records: &Records, ask: &Ask) -> (Records, ChangePlan) {
    let plan = plan(&World::new(records), ask, today()).unwrap();
    (plan.applied(records), plan)
}

/// The fields and messages of what is wrong.
fn wrong(records: &Records, ask: &Ask) -> Vec<(String, &'static str)> {
    let found = plan(&World::new(records), ask, today()).unwrap_err();
    found
        .into_iter()
        .map(|error| (error.field.join("."), error.message))
        .collect()
}

#[test]
fn a_renamed_or_retyped_area_stays_the_same_and_keeps_its_past() {
    let mut to = Target::of(id(101));
    to.name = Some("Phường mẫu 101".into());
    to.unit_type = Some(UnitType::Ward);
    to.code = Some("00999".into());
    let (records, plan) = done(
        &small(),
        &ask(Kind::Retyped, "2026-10-01", &[101], vec![to]),
    );
    assert_eq!(plan.opened().count() + plan.closed().count(), 0);
    assert_eq!(plan.altered().collect::<Vec<_>>(), [id(101)]);
    let atlas = Atlas::new(&records).unwrap();
    let (before, after) = (day("2026-09-30"), day("2026-10-01"));
    assert_eq!(atlas.name(id(101), before), "Xã mẫu 101");
    assert_eq!(atlas.name(id(101), after), "Phường mẫu 101");
    assert_eq!(atlas.code(id(101), before), Some("00101"));
    assert_eq!(atlas.code(id(101), after), Some("00999"));
    assert_eq!(atlas.parent(id(101), after), Some(id(10)));
    assert_eq!(atlas.count_atoms(), 8);
}

#[test]
fn a_merger_ends_what_merges_and_opens_one_that_holds_it_on_every_day() {
    let change = ask(Kind::Merged, "2026-10-01", &[101, 102], vec![new(111, 10)]);
    let (records, _) = done(&small(), &change);
    let atlas = Atlas::new(&records).unwrap();
    assert_eq!(
        atlas.settled(id(101), day("2026-09-30")),
        Settled::In(id(101))
    );
    assert_eq!(
        atlas.settled(id(101), day("2026-10-01")),
        Settled::In(id(111))
    );
    let held: BTreeSet<AtomId> = atlas.atoms_of_area(id(111)).collect();
    let wanted = [101, 102, 111].map(|number| root_atom(id(number)));
    assert_eq!(held, wanted.into_iter().collect());
    assert_eq!(atlas.children(id(10), day("2026-09-30")).len(), 4);
    assert_eq!(atlas.children(id(10), day("2026-10-01")).len(), 3);
    assert!(atlas.reaches(id(101), id(111), today()) && atlas.reaches(id(101), id(102), today()));
    assert!(!atlas.reaches(id(101), id(111), day("2026-09-30")));
}

#[test]
fn after_a_split_a_home_lies_in_the_province_until_it_is_placed_and_a_standing_waits() {
    let change = ask(
        Kind::Split,
        "2026-10-01",
        &[101],
        vec![new(111, 10), new(112, 10)],
    );
    let (records, plan) = done(&small(), &change);
    assert_eq!(plan.atoms.len(), 4);
    let atlas = Atlas::new(&records).unwrap();
    let whole = root_atom(id(101));
    let lies = atlas.location(whole, today());
    assert_eq!(
        (lies.commune, lies.ancestors.first()),
        (None, Some(&id(10)))
    );
    let parts: BTreeSet<_> = atlas
        .parts_of_atom(whole)
        .into_iter()
        .map(|part| atlas.location(part, today()).commune.unwrap())
        .collect();
    assert_eq!(parts, [id(111), id(112)].into_iter().collect());
    assert_eq!(
        atlas.settled(id(101), today()),
        Settled::Waits(vec![id(111), id(112)])
    );
    // A standing on the old commune sees what it saw, a group in it is seen from either part, and nobody sees more.
    assert!(atlas.reaches(id(101), id(101), today()) && !atlas.reaches(id(101), id(111), today()));
    assert!(atlas.reaches(id(111), id(101), today()) && !atlas.reaches(id(111), id(112), today()));
}

#[test]
fn an_area_made_of_others_can_be_split_again_with_everybody_in_it() {
    let merge = ask(Kind::Merged, "2026-09-01", &[101, 102], vec![new(111, 10)]);
    let (records, _) = done(&small(), &merge);
    let mut split = ask(
        Kind::Split,
        "2026-10-01",
        &[111],
        vec![new(121, 10), new(122, 10)],
    );
    split.decision = "2/NQ".into();
    split.id = AreaChangeId(Uuid::from_u128(78));
    let (records, plan) = done(&records, &split);
    // Two roots, and both parts of the three atoms that lay in it.
    assert_eq!(plan.atoms.len(), 2 + 3 * 2);
    let atlas = Atlas::new(&records).unwrap();
    assert_eq!(atlas.parts_of_atom(root_atom(id(101))).len(), 2);
}

#[test]
fn a_part_transfer_makes_two_new_areas_under_the_old_names_and_codes() {
    let same = |number: u128, of: u128| Target {
        name: Some(format!("Xã mẫu {of}")),
        code: Some(format!("{of:05}")),
        ..new(number, 10)
    };
    let mut change = ask(
        Kind::PartTransferred,
        "2026-10-01",
        &[101, 102],
        vec![same(111, 101), same(112, 102)],
    );
    change.edges = vec![
        edge(101, 111, Some(0.9)),
        edge(101, 112, Some(0.1)),
        edge(102, 112, None),
    ];
    let (records, plan) = done(&small(), &change);
    assert_eq!(plan.atoms.len(), 4);
    let atlas = Atlas::new(&records).unwrap();
    assert_eq!(atlas.by_code("00101", None, today()), [id(111)]);
    assert_eq!(atlas.by_code("00101", None, day("2026-09-30")), [id(101)]);
    assert_eq!(atlas.settled(id(102), today()), Settled::In(id(112)));
    assert!(matches!(atlas.settled(id(101), today()), Settled::Waits(_)));
}

#[test]
fn communes_follow_a_merger_of_provinces_and_are_dealt_out_by_a_split() {
    let province = |number: u128| Target {
        id: id(number),
        name: Some(format!("Tỉnh mới {number}")),
        unit_type: Some(UnitType::Province),
        code: Some(number.to_string()),
        parent: Some(id(COUNTRY)),
    };
    let merge = ask(Kind::Merged, "2026-09-01", &[10, 20], vec![province(30)]);
    let (records, _) = done(&small(), &merge);
    let atlas = Atlas::new(&records).unwrap();
    assert_eq!(atlas.children(id(30), today()).len(), 8);
    assert_eq!(atlas.children(id(10), day("2026-08-31")).len(), 4);
    let mut split = ask(
        Kind::Split,
        "2026-10-01",
        &[30],
        vec![province(41), province(42)],
    );
    split.decision = "2/NQ".into();
    split.id = AreaChangeId(Uuid::from_u128(78));
    let found = wrong(&records, &split);
    assert_eq!(found.len(), 8, "{found:?}");
    assert!(
        found
            .iter()
            .all(|(_, message)| *message == "area-change-move-required")
    );
    let communes = [101, 102, 103, 104, 201, 202, 203, 204];
    split.moves = communes
        .iter()
        .map(|number| Move {
            area: id(*number),
            parent: id(if *number < 104 { 41 } else { 42 }),
        })
        .collect();
    let (records, _) = done(&records, &split);
    let atlas = Atlas::new(&records).unwrap();
    assert_eq!(atlas.children(id(41), today()).len(), 3);
    assert_eq!(atlas.children(id(42), today()).len(), 5);
    assert_eq!(atlas.children(id(30), day("2026-09-30")).len(), 8);
}

#[test]
fn what_cannot_be_is_refused_with_its_field() {
    let world = small();
    let merged = || ask(Kind::Merged, "2026-10-01", &[101, 102], vec![new(111, 10)]);
    let check = |change: Ask, field: &str, message: &str| {
        let found = wrong(&world, &change);
        let known = found
            .iter()
            .any(|(at, what)| at == field && *what == message);
        assert!(known, "{field} {message}: {found:?}");
    };
    let with = |edit: &dyn Fn(&mut Ask)| {
        let mut change = merged();
        edit(&mut change);
        change
    };
    check(
        with(&|it| it.to[0].id = id(101)),
        "to.0.id",
        "area-change-into-itself",
    );
    check(
        with(&|it| it.to[0].id = id(103)),
        "to.0.id",
        "area-change-exists",
    );
    check(
        with(&|it| it.from.push(id(101))),
        "fromIds.2",
        "area-change-named-twice",
    );
    check(
        with(&|it| it.from.push(id(999))),
        "fromIds.2",
        "area-unknown",
    );
    check(
        with(&|it| it.from.push(id(20))),
        "fromIds.2",
        "area-change-levels",
    );
    check(
        with(&|it| it.from.push(id(201))),
        "edges.2.toId",
        "area-change-crosses-provinces",
    );
    check(
        with(&|it| it.decision = " ".into()),
        "decision",
        "area-change-decision",
    );
    check(
        with(&|it| it.effective_on = day("2029-01-01")),
        "effectiveOn",
        "area-change-far-ahead",
    );
    check(
        with(&|it| it.to[0].code = Some("00103".into())),
        "to.0.code",
        "area-change-code-taken",
    );
    check(
        with(&|it| it.to[0].code = Some("1".into())),
        "to.0.code",
        "area-change-code",
    );
    check(
        with(&|it| it.to[0].name = Some("Phường X".into())),
        "to.0.name",
        "area-change-name",
    );
    check(
        with(&|it| it.to[0].unit_type = Some(UnitType::City)),
        "to.0.unitType",
        "area-change-unit",
    );
    check(
        with(&|it| it.to[0].parent = Some(id(103))),
        "to.0.parentId",
        "area-change-parent-level",
    );
    check(
        with(&|it| it.to[0].parent = None),
        "to.0.parentId",
        "area-change-parent-required",
    );
    check(
        with(&|it| it.kind = Kind::Split),
        "edges",
        "area-change-nothing-split",
    );
    check(
        with(&|it| it.kind = Kind::LevelAbolished),
        "to",
        "area-change-level-has-no-successor",
    );
    check(
        with(&|it| it.to.push(new(112, 10))),
        "edges",
        "area-change-edges-required",
    );
    let mut split = ask(
        Kind::Split,
        "2026-10-01",
        &[101],
        vec![new(111, 10), new(112, 10)],
    );
    split.edges = vec![edge(101, 111, Some(0.7)), edge(101, 112, Some(0.4))];
    check(split.clone(), "edges", "area-change-shares");
    split.edges = vec![edge(101, 111, Some(0.0)), edge(101, 112, None)];
    check(split.clone(), "edges.0.share", "area-change-share");
    split.kind = Kind::Merged;
    split.edges = Vec::new();
    check(split.clone(), "edges", "area-change-merged-is-split");
    split.kind = Kind::PartTransferred;
    check(split.clone(), "edges", "area-change-no-transfer");
    split.kind = Kind::Split;
    split.to[1].parent = Some(id(20));
    check(split, "edges.1.toId", "area-change-crosses-provinces");
    // A cycle would lead from an area of the change to another one of it.
    let mut cycle = ask(
        Kind::Merged,
        "2026-10-01",
        &[101, 102],
        vec![Target::of(id(102)), Target::of(id(101))],
    );
    cycle.edges = vec![edge(101, 102, None), edge(102, 101, None)];
    check(cycle, "to.0.id", "area-change-into-itself");
    let same = ask(
        Kind::Renamed,
        "2026-10-01",
        &[101],
        vec![Target::of(id(101))],
    );
    check(same, "to.0", "area-change-nothing");
}

#[test]
fn one_decision_is_applied_once_and_a_later_one_cannot_reach_behind_it() {
    let merge = ask(Kind::Merged, "2026-10-01", &[101, 102], vec![new(111, 10)]);
    let (records, _) = done(&small(), &merge);
    let twice = wrong(&records, &merge);
    assert_eq!(
        twice,
        [("decision".to_owned(), "area-change-applied-already")]
    );
    let mut other = ask(Kind::Merged, "2026-10-15", &[102, 103], vec![new(112, 10)]);
    other.decision = "2/NQ".into();
    assert_eq!(
        wrong(&records, &other),
        [("fromIds.0".to_owned(), "area-change-ended-already")]
    );
    let mut early = ask(Kind::Merged, "2026-09-15", &[111, 103], vec![new(112, 10)]);
    early.decision = "2/NQ".into();
    assert_eq!(
        wrong(&records, &early),
        [("effectiveOn".to_owned(), "area-change-before-area")]
    );
    let mut to = Target::of(id(103));
    to.name = Some("Xã khác".into());
    let mut rename = ask(Kind::Renamed, "2026-11-01", &[103], vec![to]);
    rename.decision = "3/NQ".into();
    let (records, _) = done(&records, &rename);
    let mut behind = ask(Kind::Merged, "2026-10-20", &[103, 104], vec![new(113, 10)]);
    behind.decision = "4/NQ".into();
    assert_eq!(
        wrong(&records, &behind),
        [("effectiveOn".to_owned(), "area-change-overlaps")]
    );
}

/// A change of some of the open communes or provinces, picked by dice.
fn thrown(world: &World, turn: u64, dice: (u8, u8, u8)) -> Option<Ask> {
    let on = day("2025-01-01") + Days::new(turn * 20);
    let open = |level, around: Option<AreaId>| {
        let mut found: Vec<AreaId> = world
            .facts
            .values()
            .filter(|facts| facts.area.level == level && facts.is_open_before(on))
            .filter(|facts| around.is_none() || facts.parent_on(on) == around)
            .map(|facts| facts.area.area_id)
            .collect();
        found.sort();
        found
    };
    let provinces = open(AreaLevel::Province, None);
    let province = *provinces.get(usize::from(dice.1) % provinces.len().max(1))?;
    let communes = open(AreaLevel::Commune, Some(province));
    let pick = |nth: usize| {
        communes
            .get((usize::from(dice.2) + nth) % communes.len().max(1))
            .copied()
    };
    let fresh = 1_000 + u128::from(turn) * 10;
    let at = |nth: u128| Target {
        parent: Some(province),
        ..new(fresh + nth, 0)
    };
    let (kind, from, to, edges) = match dice.0 % 6 {
        0 | 1 if communes.len() > 2 => {
            (Kind::Merged, vec![pick(0)?, pick(1)?], vec![at(1)], vec![])
        }
        2 => (Kind::Split, vec![pick(0)?], vec![at(1), at(2)], vec![]),
        3 if communes.len() > 1 => {
            let (one, two) = (pick(0)?, pick(1)?);
            let edge = |from, to: u128| Edge {
                from,
                to: id(fresh + to),
                share: None,
            };
            let edges = vec![edge(one, 1), edge(one, 2), edge(two, 2)];
            (
                Kind::PartTransferred,
                vec![one, two],
                vec![at(1), at(2)],
                edges,
            )
        }
        4 => {
            let mut to = Target::of(pick(0)?);
            to.name = Some(format!("Xã đổi tên {turn}"));
            (Kind::Renamed, vec![to.id], vec![to], vec![])
        }
        5 if provinces.len() > 1 => {
            let to = Target {
                id: id(fresh),
                name: Some(format!("Tỉnh mới {turn}")),
                unit_type: Some(UnitType::Province),
                code: Some(format!("{:02}", 40 + turn)),
                parent: Some(id(COUNTRY)),
            };
            (Kind::Merged, provinces, vec![to], vec![])
        }
        _ => return None,
    };
    Some(Ask {
        id: AreaChangeId(Uuid::from_u128(fresh)),
        decision: format!("{turn}/NQ"),
        effective_on: on,
        kind,
        from,
        to,
        edges,
        moves: Vec::new(),
    })
}

fn sorted(records: &Records) -> Records {
    let mut records = records.clone();
    records.areas.sort_by_key(|row| row.area_id);
    records.names.sort_by_key(|row| (row.area_id, row.position));
    records.codes.sort_by_key(|row| (row.area_id, row.position));
    records
        .parents
        .sort_by_key(|row| (row.area_id, row.position));
    records.changes.sort_by_key(|row| row.area_change_id);
    records
        .edges
        .sort_by_key(|row| (row.area_change_id, row.from_area_id, row.to_area_id));
    records.atoms.sort_by_key(|row| row.atom_id);
    records
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// People live somewhere on some day, are placed after some splits, and every change happens around them.
    #[test]
    fn after_any_history_everybody_is_counted_once_in_both_bases_and_undoing_restores_everything(
        dice in proptest::collection::vec(any::<(u8, u8, u8)>(), 1..14),
        homes in proptest::collection::vec((0_u64..300, any::<u16>(), any::<bool>()), 1..12),
    ) {
        let mut records = small();
        let mut history = Vec::new();
        for (turn, dice) in (1..).zip(&dice) {
            let world = World::new(&records);
            let Some(ask) = thrown(&world, turn, *dice) else { continue };
            let plan = plan(&world, &ask, today()).map_err(|wrong| TestCaseError::fail(format!("{ask:?}: {wrong:?}")))?;
            history.push((records.clone(), plan.clone()));
            records = plan.applied(&records);
        }
        let atlas = Atlas::new(&records).unwrap();
        let days: Vec<NaiveDate> = (0..16).map(|turn| day("2024-12-20") + Days::new(turn * 20)).collect();
        let atoms: Vec<(AtomId, NaiveDate)> = homes
            .iter()
            .map(|(since, pick, placed)| {
                let since = day("2025-01-01") + Days::new(*since);
                let open = atlas.search(None, None, Some(AreaLevel::Commune), since);
                let whole = root_atom(open[usize::from(*pick) % open.len()]);
                let parts = atlas.parts_of_atom(whole);
                match (placed, parts.is_empty()) {
                    (true, false) => (parts[usize::from(*pick) % parts.len()], since),
                    _ => (whole, since),
                }
            })
            .collect();
        let count = |area: AreaId, on: NaiveDate| {
            let held: BTreeSet<AtomId> = atlas.atoms_of_area(area).collect();
            let there = atoms.iter().filter(|(_, since)| *since <= on);
            there.filter(|(atom, _)| held.contains(atom)).count()
        };
        for on in days.iter().copied().chain([today()]) {
            // Today's areas are the current basis, those of the other days the reported ones.
            let provinces = atlas.children(id(COUNTRY), on);
            let there = atoms.iter().filter(|(_, since)| *since <= on).count();
            prop_assert_eq!(provinces.iter().map(|area| count(*area, on)).sum::<usize>(), there);
            for province in provinces {
                let communes = atlas.children(province, on);
                let sum: usize = communes.iter().map(|area| count(*area, on)).sum();
                let unplaced = atoms.iter().filter(|(_, since)| *since <= on).filter(|(atom, _)| {
                    let lies = atlas.location(*atom, on);
                    lies.commune.is_none() && lies.ancestors.first() == Some(&province)
                }).count();
                prop_assert_eq!(sum + unplaced, count(province, on), "{} on {}", province, on);
            }
        }
        let mut communes: BTreeMap<AtomId, usize> = BTreeMap::new();
        for area in atlas.search(None, None, Some(AreaLevel::Commune), today()) {
            for atom in atlas.atoms_of_area(area) {
                *communes.entry(atom).or_default() += 1;
            }
        }
        prop_assert!(communes.values().all(|times| *times == 1));
        for (before, plan) in history.iter().rev() {
            records = plan.undone(&records);
            prop_assert_eq!(sorted(&records), sorted(before));
        }
        prop_assert_eq!(sorted(&records), sorted(&small()));
    }
}
