//! How a figure came about, why it is what it is, and what is missing.

use super::browser::Browser;
use crate::{
    app::on_both,
    coverage::{everything, upload, with_child},
    reports::world::sent,
};

#[tokio::test]
async fn a_trend_is_a_line_and_a_table_and_a_month_without_a_share_is_a_band_and_a_word() {
    on_both(async |app| {
        let learner = with_child(&app).await;
        upload(&app, &learner, &everything(&app, &learner).await).await;
        let own = app.supervisor(app.ward()).await;
        let browser = Browser::of(&app, &own).await;
        let path = format!(
            "/dashboard/areas/{}/trend?denominator=REGISTERED&indicator=E2C&months=4",
            app.ward()
        );
        let page = browser.open(&app, &path).await;
        assert!(page.says("role=\"img\"") && page.says("<title id=\"trend-title\">"));
        assert!(page.says("class=\"point\""), "{}", page.text);
        assert!(page.row("22/11/2026").contains("100,0"));
        // Before anybody was in the population there is no share, and nothing is drawn at the bottom for it.
        assert!(page.row("30/09/2026").contains("không có ai"));
        assert_eq!(page.text.matches("class=\"point\"").count(), 1);
        assert_eq!(page.text.matches("fill=\"url(#nobody)\"").count(), 3);
        let path = path.replace("months=4", "months=61");
        assert_eq!(
            browser.get(&app, &path).await.status,
            axum::http::StatusCode::BAD_REQUEST
        );
    })
    .await;
}

#[tokio::test]
async fn an_explanation_names_rule_source_and_target_and_english_is_english() {
    on_both(async |app| {
        let who = app.supervisor(app.province()).await;
        let browser = Browser::of(&app, &who).await;
        let path = format!(
            "/dashboard/areas/{}/explanation?indicator=D3",
            app.province()
        );
        let page = browser.open(&app, &path).await;
        assert!(page.says("đếm mỗi người một lần") && page.says("chưa có trong sổ đăng ký"));
        assert!(
            page.says("80\u{a0}%") && page.says("đã kết thúc"),
            "{}",
            page.text
        );
        browser
            .get(&app, &format!("{path}&lang=en"))
            .await
            .goes_to();
        let page = browser.open(&app, &path).await;
        assert!(page.says("everybody is counted once"));
        assert!(page.says("80%") && page.says("ended"));
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_is_named_and_what_was_sent_is_not() {
    on_both(async |app| {
        let who = app.supervisor(app.province()).await;
        let own = app.supervisor(app.ward()).await;
        let browser = Browser::of(&app, &who).await;
        let name = app
            .app
            .areas
            .atlas()
            .name(app.ward(), app.clock.today())
            .to_owned();
        let path = format!(
            "/dashboard/areas/{}/missing?period=MONTH-2026-10&indicator=D5",
            app.province()
        );
        let link = format!("/dashboard/areas/{}/reports\">{name}", app.ward());
        let page = browser.open(&app, &path).await;
        assert!(
            page.says("Mẫu số còn thiếu") && page.says(">D3</a>: thiếu ở 169"),
            "{}",
            page.text
        );
        assert!(page.says("Đã gửi 0 trên 168"), "{}", page.text);
        sent(&app, &own, app.ward(), "MONTH-2026-10").await;
        let page = browser.open(&app, &path).await;
        assert!(page.says("Đã gửi 1 trên 168") && !page.says(&link));
    })
    .await;
}
