//! Search: fifty queries as mothers type them give the same first ten on both engines, and bad input finds nothing.

use std::{fmt::Write as _, fs, time::Instant};

use serde_json::{Value, json};

use crate::{
    app::{TestApp, on_both},
    sources::root,
};

/// With and without accents, with tones in either place, whole words and beginnings, and what nobody wrote.
const QUERIES: [&str; 50] = [
    "sữa mẹ",
    "sua me",
    "tiêm chủng",
    "tiem chung",
    "TIÊM CHỦNG",
    "khám thai",
    "kham",
    "sốt",
    "sot cao",
    "rửa tay",
    "rua tay",
    "ăn dặm",
    "an dam",
    "dinh dưỡng",
    "dinh duong",
    "ngủ",
    "giấc ngủ",
    "khóc",
    "chơi",
    "choi cung con",
    "tập nói",
    "tap noi",
    "ngôn ngữ ký hiệu",
    "khiếm thính",
    "khó nghe",
    "khó nhìn",
    "nhìn",
    "vận động",
    "van dong",
    "đi",
    "xe lăn",
    "tự kỷ",
    "co giật",
    "đuối nước",
    "duoi nuoc",
    "bỏng",
    "an toàn",
    "hoà nhập",
    "hòa nhập",
    "hoa nhap",
    "trường học",
    "đi học",
    "giấy xác nhận khuyết tật",
    "quyền trẻ em",
    "bạo lực",
    "cha mẹ nghỉ ngơi",
    "cộng tác viên",
    "vaccination",
    "t",
    "không có từ này",
];

async fn codes(app: &TestApp, text: &str, first: i32) -> Vec<String> {
    let document = "query($text: String!, $first: Int) { searchLessons(text: $text, first: $first) { nodes { code } } }";
    let answer = app
        .graphql(None, document, json!({ "text": text, "first": first }))
        .await;
    let nodes = answer.data("searchLessons.nodes").as_array().unwrap();
    nodes
        .iter()
        .map(|node| node["code"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn fifty_queries_give_the_committed_first_ten_on_both_engines() {
    on_both(async |app| {
        let mut found = String::new();
        for query in QUERIES {
            writeln!(found, "{query}: {}", codes(&app, query, 10).await.join(" ")).unwrap();
        }
        let kept = root().join("tests/api/snapshots/search.txt");
        let kept = fs::read_to_string(kept).unwrap_or_default();
        assert!(
            kept == found,
            "snapshots/search.txt says otherwise; now it is\n{found}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_nobody_means_finds_nothing_and_breaks_nothing() {
    on_both(async |app| {
        for nothing in ["", "   ", "💣", "👶🏽👶🏽", "%", "_", "*", "\"", "\u{301}"] {
            assert_eq!(
                codes(&app, nothing, 10).await,
                Vec::<String>::new(),
                "{nothing:?}"
            );
        }
        for attack in ["\"; DROP", "'; DROP TABLE lesson; --"] {
            codes(&app, attack, 10).await;
        }
        assert_eq!(
            codes(&app, "HC1 💣 không có", 10).await,
            Vec::<String>::new()
        );
        assert!(!codes(&app, "t", 10).await.is_empty());
        let long = "x".repeat(10_000);
        let document = "query($text: String!) { searchLessons(text: $text) { nodes { code } } }";
        let answer = app.graphql(None, document, json!({ "text": long })).await;
        assert!(answer.json["errors"].is_array(), "{answer}");
        let short = app
            .graphql(None, document, json!({ "text": "x".repeat(201) }))
            .await;
        assert_eq!(short.code(), "BAD_USER_INPUT");
        assert_ne!(short.json["errors"][0]["message"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn typing_on_narrows_and_exact_accents_come_first() {
    on_both(async |app| {
        let started = Instant::now();
        let typed = ["t", "ti", "tie", "tiem", "tiem c", "tiem chung"];
        let mut before = usize::MAX;
        for text in typed {
            let found = codes(&app, text, 100).await.len();
            assert!(found <= before && found > 0, "{text}");
            before = found;
        }
        assert_eq!(
            codes(&app, "hoà nhập", 10).await,
            codes(&app, "hòa nhập", 10).await
        );
        eprintln!(
            "six searches over the shipped lessons: {:?}",
            started.elapsed()
        );
    })
    .await;
}
