//! The shipped programmes and the register in both databases, over the real areas.

use async_graphql::{EmptyMutation, EmptySubscription, Request, Schema};
use chrono::NaiveDate;
use entity::{
    area::AreaLevel,
    denominator::DenominatorStatus::{Estimate, Official},
    ids::AreaId,
};
use serde_json::json;
use vun::{
    areas::Areas,
    error::Error,
    messages::Language,
    programmes::{
        Programmes, by_code,
        denominators::{self, Entry},
        graphql::ProgrammeQuery,
        import,
    },
};

use crate::{
    app::{TestApp, on_both_empty},
    content,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/curriculum");

struct World {
    areas: Areas,
    content: vun::content::Content,
    programmes: Programmes,
}

async fn areas(app: &TestApp) -> Areas {
    let areas = Areas::open(app.db.clone(), app.clock.clone())
        .await
        .unwrap();
    let file = format!("{FOLDER}/admin_units.csv");
    areas.import(file.as_ref(), false).await.unwrap();
    areas
}

/// The real areas and the curriculum, and the programmes not yet loaded.
async fn world(app: &TestApp) -> World {
    let content = content::opened(app).await;
    let areas = areas(app).await;
    content.import(content::shipped(), false).await.unwrap();
    let programmes = Programmes::open(app.db.clone(), app.clock.clone(), content.clone()).await;
    World {
        areas,
        content,
        programmes: programmes.unwrap(),
    }
}

fn shipped(areas: &Areas) -> import::Programmes {
    let text = std::fs::read_to_string(format!("{FOLDER}/programme_targets.json")).unwrap();
    let atlas = areas.atlas();
    import::read("programme_targets.json", &text, &by_code(&atlas))
        .unwrap_or_else(|faults| panic!("{faults}"))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn province(areas: &Areas, code: &str, on: &str) -> AreaId {
    let atlas = areas.atlas();
    by_code(&atlas)(code, AreaLevel::Province, day(on)).unwrap()
}

#[tokio::test]
async fn the_programmes_are_loaded_once_and_apply_to_the_real_areas() {
    on_both_empty(async |app| {
        let world = world(&app).await;
        let programmes = &world.programmes;
        let dry = programmes
            .import(shipped(&world.areas), true)
            .await
            .unwrap();
        programmes.reload().await.unwrap();
        assert!(programmes.rulebook().programmes().is_empty());
        let first = programmes
            .import(shipped(&world.areas), false)
            .await
            .unwrap();
        assert_eq!(first, dry);
        let new = |kind| first.of(kind).new;
        assert_eq!(
            ["programme", "phase", "indicator", "target"].map(new),
            [2, 9, 15, 44]
        );
        assert_eq!(new("core module of an indicator"), 30);
        let second = programmes
            .import(shipped(&world.areas), false)
            .await
            .unwrap();
        assert!(second.changes_nothing(), "{second}");

        let rulebook = programmes.rulebook();
        let d3 = rulebook.indicator("D3").unwrap().row.indicator_id;
        let applied = |code, on: &str| {
            let area = province(&world.areas, code, on);
            let mut chain = vec![area];
            chain.extend(world.areas.atlas().ancestors(area, day(on)));
            let applied = rulebook.applied_target(d3, &chain, day(on)).unwrap();
            applied.target.code.clone()
        };
        assert_eq!(applied("95", "2024-12-31"), "VN-BL/VN1438-BL/D3");
        assert_eq!(applied("96", "2026-11-22"), "VN/VN1438-P2/D3");
        assert_eq!(applied("96", "2024-12-31"), "VN/VN1438-P2/D3");
        let town = by_code(&world.areas.atlas())("725", AreaLevel::District, day("2025-06-30"));
        assert_eq!(rulebook.targets_of(d3, town.unwrap()).count(), 2);
    })
    .await;
}

#[tokio::test]
async fn core_sets_are_drawn_again_when_the_curriculum_comes_later() {
    on_both_empty(async |app| {
        let content = crate::content::opened(&app).await;
        let areas = areas(&app).await;
        let programmes = Programmes::open(app.db.clone(), app.clock.clone(), content.clone());
        let programmes = programmes.await.unwrap();
        let report = programmes.import(shipped(&areas), false).await.unwrap();
        assert!(
            report.to_string().contains("no curriculum is loaded"),
            "{report}"
        );
        let asked = || programmes.rulebook().indicator("D4").unwrap().modules.len();
        assert_eq!(asked(), 0);
        content
            .import(crate::content::shipped(), false)
            .await
            .unwrap();
        let report = programmes.set_core_sets(false).await.unwrap();
        assert_eq!(report.of("core module of an indicator").new, 30);
        assert_eq!(asked(), 5);
        assert!(
            programmes
                .set_core_sets(false)
                .await
                .unwrap()
                .changes_nothing()
        );
    })
    .await;
}

#[tokio::test]
async fn the_register_keeps_every_version_and_answers_for_many_areas_in_one_statement() {
    on_both_empty(async |app| {
        let world = world(&app).await;
        let programmes = &world.programmes;
        programmes
            .import(shipped(&world.areas), false)
            .await
            .unwrap();
        let rulebook = programmes.rulebook();
        let d3 = rulebook.indicator("D3").unwrap().row.indicator_id;
        let quang_ninh = province(&world.areas, "22", "2025-01-01");
        let entry = Entry {
            area: quang_ninh,
            indicator: d3,
            period_from: day("2025-01-01"),
            period_to: day("2025-12-31"),
            value: 1000,
            source: "Sở Y tế".to_owned(),
            status: Official,
        };
        let atlas = world.areas.atlas();
        let open = |area, on| atlas.is_valid(area, on);
        let first = programmes
            .set_denominator(entry.clone(), None, &open)
            .await
            .unwrap();
        let same = programmes
            .set_denominator(entry.clone(), None, &open)
            .await
            .unwrap();
        assert_eq!(first, same);
        let better = Entry {
            value: 1200,
            ..entry.clone()
        };
        let second = programmes
            .set_denominator(better.clone(), None, &open)
            .await
            .unwrap();
        assert_eq!((first.version, second.version), (1, 2));
        let guess = Entry {
            value: 900,
            status: Estimate,
            ..entry.clone()
        };
        assert_eq!(
            programmes
                .set_denominator(guess, None, &open)
                .await
                .unwrap()
                .version,
            1
        );

        let mut asked: Vec<AreaId> = atlas.children(atlas.country().unwrap(), day("2026-01-01"));
        assert_eq!(asked.len(), 34);
        asked.push(province(&world.areas, "95", "2025-06-30"));
        let (found, statements) = app
            .statements_of(async || programmes.denominators(d3, &asked, day("2025-07-01")).await)
            .await;
        let found = found.unwrap();
        assert_eq!(statements, 1);
        assert_eq!(found.len(), 1);
        assert_eq!(found.get(&quang_ninh).unwrap().value, 1200);
        let later = programmes
            .denominators(d3, &asked, day("2026-01-01"))
            .await
            .unwrap();
        assert!(later.is_empty(), "unknown, not zero");

        let closed = Entry {
            area: province(&world.areas, "95", "2025-06-30"),
            ..entry
        };
        let refused = programmes
            .set_denominator(closed, None, &open)
            .await
            .unwrap_err();
        let Error::User(faults) = refused else {
            panic!("something to mend");
        };
        assert_eq!(faults[0].field, ["areaId"]);
    })
    .await;
}

#[tokio::test]
async fn two_who_enter_at_once_both_get_a_version() {
    on_both_empty(async |app| {
        let world = world(&app).await;
        world
            .programmes
            .import(shipped(&world.areas), false)
            .await
            .unwrap();
        let d3 = world
            .programmes
            .rulebook()
            .indicator("D3")
            .unwrap()
            .row
            .indicator_id;
        let area = province(&world.areas, "22", "2025-01-01");
        let entering = (1..=5).map(|value| {
            let programmes = world.programmes.clone();
            let entry = Entry {
                area,
                indicator: d3,
                period_from: day("2025-01-01"),
                period_to: day("2025-12-31"),
                value,
                source: "Sở Y tế".to_owned(),
                status: Official,
            };
            tokio::spawn(async move {
                programmes
                    .set_denominator(entry, None, &|_, _| true)
                    .await
                    .unwrap()
                    .version
            })
        });
        let mut versions = Vec::new();
        for entered in entering.collect::<Vec<_>>() {
            versions.push(entered.await.unwrap());
        }
        versions.sort_unstable();
        assert_eq!(versions, [1, 2, 3, 4, 5]);
    })
    .await;
}

#[tokio::test]
async fn a_register_file_is_loaded_whole_and_once() {
    on_both_empty(async |app| {
        let world = world(&app).await;
        let programmes = &world.programmes;
        programmes
            .import(shipped(&world.areas), false)
            .await
            .unwrap();
        let header = "area_code,area_level,indicator,period_from,period_to,value,source,status";
        let read = |rows: &str| {
            let file = format!("{header}\n{rows}\n");
            let atlas = world.areas.atlas();
            denominators::read(
                "d.csv",
                file.as_bytes(),
                &programmes.rulebook(),
                &by_code(&atlas),
            )
        };
        let good = "22,PROVINCE,D3,2025-01-01,2025-12-31,500,Sở Y tế,OFFICIAL\n\
                    25978,COMMUNE,D3,2025-07-01,2025-12-31,40,Danh sách xã,ROSTER\n\
                    25978,COMMUNE,D3,2025-01-01,2025-06-30,30,Danh sách xã,ROSTER";
        let entries = read(good).unwrap();
        assert_ne!(
            entries[1].area, entries[2].area,
            "a reused code names two communes"
        );
        let dry = programmes
            .import_denominators(entries.clone(), true)
            .await
            .unwrap();
        let first = programmes
            .import_denominators(entries.clone(), false)
            .await
            .unwrap();
        assert_eq!((first.of("denominator").new, &first), (3, &dry));
        let second = programmes
            .import_denominators(entries, false)
            .await
            .unwrap();
        assert!(second.changes_nothing());
        let changed = read(&good.replace("500", "510")).unwrap();
        let third = programmes
            .import_denominators(changed, false)
            .await
            .unwrap();
        assert_eq!(third.of("denominator").changed, 1);
        let bad =
            read("25978,COMMUNE,D3,2025-01-01,2025-12-31,40,Danh sách xã,ROSTER").unwrap_err();
        assert!(
            bad.to_string()
                .contains("d.csv: line 2: area_code: no one area")
        );
    })
    .await;
}

#[tokio::test]
async fn anyone_reads_programmes_indicators_and_targets() {
    on_both_empty(async |app| {
        let world = world(&app).await;
        world.programmes.import(shipped(&world.areas), false).await.unwrap();
        let schema = Schema::build(ProgrammeQuery, EmptyMutation, EmptySubscription)
            .data(world.programmes.clone())
            .data(world.content.clone())
            .data(world.areas.clone())
            .finish();
        let query = r#"{ programmes { code issuedOn title vi: title(language: "vi") sources earlyYearsInclusive
            phases { code fromOn toOn label }
            indicators { code name unit kind defaultTier maxAgeMonths parent { code } components { code } modules { code }
              targets { code kind percent unitLevel wording source area { name level code } phase { code } indicator { code } } } } }"#;
        let answer = schema.execute(Request::new(query).data(Language::English)).await;
        let answer = serde_json::to_value(answer).unwrap();
        assert!(answer.get("errors").is_none(), "{answer}");
        let programmes = answer["data"]["programmes"].as_array().unwrap();
        let codes: Vec<_> = programmes.iter().map(|programme| &programme["code"]).collect();
        assert_eq!(codes, ["VN1438", "VN1437"]);
        assert_eq!(programmes[0]["issuedOn"], "2018-10-29");
        assert_eq!(programmes[0]["phases"][0]["fromOn"], "2018-01-01");
        assert!(programmes[0]["title"].as_str().unwrap().starts_with("Scheme to support"));
        let all: Vec<_> = programmes
            .iter()
            .flat_map(|programme| programme["indicators"].as_array().unwrap())
            .collect();
        assert_eq!(all.len(), 15);
        let targets = all.iter().map(|found| found["targets"].as_array().unwrap().len());
        assert_eq!(targets.sum::<usize>(), 44);
        let d3 = all.iter().find(|found| found["code"] == "D3").unwrap();
        assert_eq!((&d3["kind"], &d3["defaultTier"]), (&json!("CAREGIVER"), &json!("DEMONSTRATED")));
        assert_eq!(d3["modules"].as_array().unwrap().len(), 8);
        let town = d3["targets"].as_array().unwrap().iter();
        let mut town = town.filter(|target| target["area"]["level"] == "DISTRICT");
        assert_eq!(
            town.next().unwrap()["area"],
            json!({"name": "Thành phố Thuận An", "level": "DISTRICT", "code": "725"})
        );
        let e2 = all.iter().find(|found| found["code"] == "E2").unwrap();
        assert_eq!(e2["components"], json!([{"code": "E2S"}, {"code": "E2C"}]));
        assert!(answer.to_string().find("CWD_STAFF").is_none(), "families stay inside");
    })
    .await;
}
