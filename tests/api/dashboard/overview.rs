//! Where an area stands: figures, bars, the map, and questions that cannot be answered.

use axum::http::StatusCode;
use serde_json::json;
use vun::dashboard::tiles;

use super::browser::Browser;
use crate::{
    app::on_both,
    coverage::{ask, everything, with_child},
    given::CA_MAU,
};

#[tokio::test]
async fn a_page_shows_what_the_api_answers_and_small_numbers_as_words_with_a_pattern() {
    on_both(async |app| {
        let learner = with_child(&app).await;
        crate::coverage::upload(&app, &learner, &everything(&app, &learner).await).await;
        let above = app.supervisor(app.province()).await;
        let own = app.supervisor(app.ward()).await;
        let path = format!(
            "/dashboard/areas/{}?denominator=REGISTERED&indicator=E2C",
            app.ward()
        );
        let said = ask(
            &app,
            &own,
            app.ward(),
            json!({ "indicator": "E2C", "denominator": "REGISTERED" }),
        )
        .await;
        assert_eq!(said["numerator"]["value"], 1, "{said}");
        let seen = Browser::of(&app, &own).await.open(&app, &path).await;
        assert!(seen.says("<dd>100,0\u{a0}%</dd>"), "{}", seen.text);

        let browser = Browser::of(&app, &above).await;
        let pooled = browser.open(&app, &path).await;
        assert!(pooled.says("<dd>gộp chung</dd>"), "{}", pooled.text);
        assert!(!pooled.says("100,0"), "nothing derived from it either");
        let province = format!(
            "/dashboard/areas/{}?denominator=REGISTERED&indicator=E2C",
            app.province()
        );
        let page = browser.open(&app, &province).await;
        let name = app
            .app
            .areas
            .atlas()
            .name(app.ward(), app.clock.today())
            .to_owned();
        let row = page.row(&name);
        assert!(
            row.contains("gộp chung") && row.contains("fill=\"url(#pooled)\""),
            "{row}"
        );
        assert!(
            !row.contains(">0<") && !row.contains("class=\"fill\""),
            "{row}"
        );
        assert!(row.contains(&format!("href=\"{}?", app.ward())), "{row}");
    })
    .await;
}

#[tokio::test]
async fn the_country_is_a_map_of_34_provinces_and_what_is_unknown_says_so() {
    on_both(async |app| {
        let who = app.supervisor(app.country()).await;
        let browser = Browser::of(&app, &who).await;
        let country = format!("/dashboard/areas/{}", app.country());
        let page = browser.open(&app, &country).await;
        assert_eq!(page.text.matches("class=\"tile ").count(), 34);
        assert_eq!(page.text.matches("class=\"tile unknown\"").count(), 34);
        assert!(page.row("Tỉnh Cà Mau").contains("chưa biết"));
        assert!(!page.says("<b>0"), "no tile reads as zero");
        // The areas of another time have bars and no map.
        let before = browser
            .open(&app, &format!("{country}?on=2025-06-30&basis=AS_REPORTED"))
            .await;
        assert!(!before.says("class=\"tile "));
        assert!(before.says("Tỉnh Bạc Liêu") && before.says("(63)"));
    })
    .await;
}

#[tokio::test]
async fn the_grid_holds_exactly_the_provinces_of_today() {
    on_both(async |app| {
        let (atlas, today) = (app.app.areas.atlas(), app.clock.today());
        let mut codes: Vec<_> = atlas
            .children(app.country(), today)
            .into_iter()
            .filter_map(|area| atlas.code(area, today).map(str::to_owned))
            .collect();
        codes.sort();
        let mut grid: Vec<_> = tiles::codes().map(str::to_owned).collect();
        grid.sort();
        assert_eq!(grid, codes);
    })
    .await;
}

#[tokio::test]
async fn an_area_of_others_or_none_at_all_is_not_found_and_a_broken_question_is_said() {
    on_both(async |app| {
        let who = app.supervisor(app.province()).await;
        let browser = Browser::of(&app, &who).await;
        let own = format!("/dashboard/areas/{}", app.province());
        let other = app.area(CA_MAU, entity::area::AreaLevel::Province, app.clock.today());
        for (path, status) in [
            (format!("/dashboard/areas/{other}"), StatusCode::NOT_FOUND),
            (
                format!("/dashboard/areas/{}", uuid::Uuid::now_v7()),
                StatusCode::NOT_FOUND,
            ),
            ("/dashboard/areas/25978".to_owned(), StatusCode::NOT_FOUND),
            ("/dashboard/nothing/here".to_owned(), StatusCode::NOT_FOUND),
            (format!("{own}?on=yesterday"), StatusCode::BAD_REQUEST),
            (format!("{own}?tier=%F0%9F%98%80"), StatusCode::BAD_REQUEST),
            (format!("{own}?basis=<script>"), StatusCode::BAD_REQUEST),
            (
                format!("{own}?indicator=Z9"),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (
                format!("{own}?on=2030-01-01"),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (
                format!("{own}?on=2024-01-01&basis=AS_REPORTED"),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
        ] {
            let path = path.replace('<', "%3C").replace('>', "%3E");
            let page = browser.get(&app, &path).await;
            assert_eq!(page.status, status, "{path}\n{}", page.text);
            page.check(&path);
            assert!(!page.says("<script>"), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_that_has_not_changed_is_not_sent_again() {
    on_both(async |app| {
        let who = app.supervisor(app.ward()).await;
        let browser = Browser::of(&app, &who).await;
        let path = format!(
            "/dashboard/areas/{}?denominator=REGISTERED&indicator=E2C",
            app.ward()
        );
        let page = browser.open(&app, &path).await;
        let tag = page.headers["etag"].to_str().unwrap().to_owned();
        app.clock.advance(chrono::Duration::minutes(5));
        let same = browser.get_with(&app, &path, "if-none-match", &tag).await;
        assert_eq!(
            (same.status, same.bytes.len()),
            (StatusCode::NOT_MODIFIED, 0)
        );
        with_child(&app).await;
        let changed = browser.get_with(&app, &path, "if-none-match", &tag).await;
        assert_eq!(changed.status, StatusCode::OK);
        assert_ne!(changed.headers["etag"].to_str().unwrap(), tag);
    })
    .await;
}
