//! Networks: shares of areas, before and after the areas themselves changed.

use serde_json::json;

use super::{COVERAGE, bac_lieu, children, coverage, in_place, thuan_an};
use crate::app::on_both;

fn lines(answer: &serde_json::Value) -> String {
    let lines = answer["explanation"]["lines"]
        .as_array()
        .expect("lines")
        .iter();
    lines
        .filter_map(|line| line.as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test]
async fn thuan_an_meets_its_target_over_ten_communes_and_is_asked_anew_over_five_wards() {
    on_both(async |app| {
        let who = app.supervisor(app.country()).await;
        let town = thuan_an(&app);
        let communes = children(&app, town, "2025-06-30");
        assert_eq!(communes.len(), 10);
        let before = coverage(&app, &who, town, "D5", "2025-06-30", "AS_REPORTED").await;
        assert_eq!(before["numerator"]["state"], "UNKNOWN", "nobody reported: not zero");
        assert_eq!(before["denominator"]["value"], 10);
        assert_eq!(before["targetMet"], json!(null));
        for commune in &communes[..9] {
            in_place(&app, &who, *commune, "D5", "2025-03-01", true).await;
        }
        let met = coverage(&app, &who, town, "D5", "2025-06-30", "AS_REPORTED").await;
        assert_eq!((&met["numerator"]["value"], &met["denominator"]["value"]), (&json!(9), &json!(10)));
        assert_eq!((&met["targetMet"], &met["rate"]), (&json!(true), &json!(0.9)));
        assert_eq!((&met["target"]["percent"], &met["target"]["unitLevel"]), (&json!(90), &json!("commune")));
        assert_eq!(met["reported"]["unreported"], json!([{ "id": communes[9].to_string() }]));
        in_place(&app, &who, communes[8], "D5", "2025-06-01", false).await;
        let missed = coverage(&app, &who, town, "D5", "2025-06-30", "AS_REPORTED").await;
        assert_eq!((&missed["numerator"]["value"], &missed["targetMet"]), (&json!(8), &json!(false)));
        assert_eq!(missed["gap"]["value"], 1);
        in_place(&app, &who, communes[8], "D5", "2025-06-01", true).await;

        let variables = json!({ "area": town.to_string(), "indicator": "D5", "on": "2025-07-01", "basis": "AS_REPORTED" });
        let gone = who.graphql(&app, COVERAGE, variables).await;
        assert_eq!(gone.code(), "BAD_USER_INPUT");
        let after = coverage(&app, &who, town, "D5", "2025-07-01", "CURRENT").await;
        assert_eq!(after["denominator"]["value"], 5, "{after}");
        assert_eq!(after["numerator"]["state"], "UNKNOWN");
        assert_eq!(after["targetMet"], json!(null));
        assert_eq!(after["target"]["percent"], 90);
        assert_eq!(after["reported"]["unreported"].as_array().map(Vec::len), Some(5));
        let predecessors = after["reported"]["predecessors"].as_array().expect("predecessors");
        let in_place_before = predecessors.iter().filter(|state| state["inPlace"] == true);
        assert_eq!(in_place_before.count(), 9, "{after}");
        let said = lines(&after);
        assert!(said.contains("communes: 5 on the day, 0 reported it in place"), "{said}");
        assert!(said.contains("is not carried over") && said.contains("9 predecessors had reported it in place"), "{said}");
        assert!(said.contains("is closed"), "{said}");

        let ward = after["reported"]["unreported"][0]["id"].as_str().expect("a ward").parse().expect("an id");
        in_place(&app, &who, entity::ids::AreaId(ward), "D5", "2025-07-01", true).await;
        let later = coverage(&app, &who, town, "D5", "2025-07-01", "CURRENT").await;
        assert_eq!((&later["numerator"]["value"], &later["targetMet"]), (&json!(1), &json!(false)));
        let same = coverage(&app, &who, town, "D5", "2025-06-30", "AS_REPORTED").await;
        assert_eq!(same["numerator"]["value"], 9, "the past stays as it was reported");
    })
    .await;
}

#[tokio::test]
async fn bac_lieus_share_of_districts_stays_readable_and_cannot_be_asked_after_the_level_ended() {
    on_both(async |app| {
        let who = app.supervisor(app.country()).await;
        let province = bac_lieu(&app);
        let districts = children(&app, province, "2025-06-30");
        assert_eq!(districts.len(), 7);
        for district in &districts {
            in_place(&app, &who, *district, "D5", "2024-05-01", true).await;
        }
        let met = coverage(&app, &who, province, "D5", "2025-06-30", "AS_REPORTED").await;
        assert_eq!(
            (&met["numerator"]["value"], &met["denominator"]["value"]),
            (&json!(7), &json!(7))
        );
        assert_eq!(
            (&met["targetMet"], &met["target"]["percent"]),
            (&json!(true), &json!(100))
        );
        assert_eq!(met["reported"]["unitLevelEndedOn"], "2025-06-30");
        assert!(
            lines(&met).contains("abolished after 2025-06-30"),
            "{}",
            lines(&met)
        );
        let after = coverage(&app, &who, province, "D5", "2025-07-01", "CURRENT").await;
        for count in ["numerator", "denominator"] {
            assert_eq!(after[count]["state"], "UNKNOWN", "{after}");
            let reason = after[count]["reason"].as_str().expect("a reason");
            assert!(reason.contains("bãi bỏ"), "{reason}");
        }
        assert_eq!(after["targetMet"], json!(null));
        assert!(
            lines(&after).contains("abolished after 2025-06-30"),
            "{}",
            lines(&after)
        );
    })
    .await;
}
