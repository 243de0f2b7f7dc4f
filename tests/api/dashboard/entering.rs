//! Signing in and out, and what comes from other sites.

use axum::http::StatusCode;

use super::browser::Browser;
use crate::{app::on_both, given::PASSWORD};

#[tokio::test]
async fn a_visitor_signs_in_and_comes_where_she_wanted_to_go() {
    on_both(async |app| {
        let who = app.supervisor(app.province()).await;
        let browser = Browser::default();
        let wanted = format!("/dashboard/areas/{}?indicator=E2", app.province());
        let sent = browser.get(&app, &wanted).await;
        let asked = sent.goes_to().to_owned();
        let page = browser.open(&app, &asked).await;
        assert!(page.says("Đăng nhập") && page.says("lang=\"vi\""));
        let fields = [
            ("login", &*who.login),
            ("password", "not the password at all"),
            ("next", page.hidden("next")),
        ];
        let wrong = browser.post(&app, "/dashboard/sign-in", &fields).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        wrong.check("a wrong password");
        assert!(wrong.says("role=\"alert\"") && browser.cookie("vun_session").is_none());
        let next = wrong.hidden("next").replace("&#38;", "&");
        let fields = [
            ("login", &*who.login),
            ("password", PASSWORD),
            ("next", &*next),
        ];
        let signed_in = browser.post(&app, "/dashboard/sign-in", &fields).await;
        assert_eq!(signed_in.goes_to(), wanted);
        let cookie = signed_in.headers["set-cookie"].to_str().unwrap();
        for part in ["HttpOnly", "SameSite=Lax", "Path=/dashboard"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let page = browser.open(&app, &wanted).await;
        assert!(page.says("Thành phố Hồ Chí Minh") && page.says(&who.login));

        let token = page.hidden("token").to_owned();
        let out = browser
            .post(&app, "/dashboard/sign-out", &[("token", &*token)])
            .await;
        assert_eq!(out.goes_to(), "/dashboard/sign-in");
        assert!(browser.cookie("vun_session").is_none());
        browser.get(&app, &wanted).await.goes_to();
    })
    .await;
}

#[tokio::test]
async fn a_session_goes_on_while_she_works_and_is_over_when_it_was_ended() {
    on_both(async |app| {
        let who = app.supervisor(app.province()).await;
        let browser = Browser::of(&app, &who).await;
        let path = format!("/dashboard/areas/{}", app.province());
        let first = browser.open(&app, &path).await;
        let (cookie, token) = (
            browser.cookie("vun_session"),
            first.hidden("token").to_owned(),
        );
        app.clock.advance(chrono::Duration::minutes(61));
        // A page that only looks whether it has changed does not prolong anything.
        let looked = browser.get_with(&app, &path, "vun-looking", "1").await;
        assert_eq!(looked.status, StatusCode::UNAUTHORIZED);
        assert_eq!(browser.cookie("vun_session"), cookie);
        // A form that was open while the tokens were traded is still ours.
        let fields = [("token", &*token)];
        assert_eq!(browser.open(&app, &path).await.hidden("token"), token);
        assert_ne!(browser.cookie("vun_session"), cookie);
        let stolen = browser.cookie("vun_session").unwrap();
        let out = browser.post(&app, "/dashboard/sign-out", &fields).await;
        assert_eq!(out.goes_to(), "/dashboard/sign-in");
        browser.keep("vun_session", &stolen);
        let after = browser.get(&app, &path).await;
        assert!(after.goes_to().starts_with("/dashboard/sign-in"));
    })
    .await;
}

#[tokio::test]
async fn a_form_from_another_site_or_without_the_sessions_token_changes_nothing() {
    on_both(async |app| {
        let who = app.supervisor(app.province()).await;
        let browser = Browser::of(&app, &who).await;
        let path = format!("/dashboard/areas/{}", app.province());
        let token = browser.open(&app, &path).await.hidden("token").to_owned();
        let ours = format!("http://{}", super::browser::HOST);
        for (token, origin, site) in [
            (&*token, "https://elsewhere.example", "cross-site"),
            (&*token, "https://elsewhere.example", "same-origin"),
            (&*token, &*ours, "cross-site"),
            (&*token, "null", "same-origin"),
            ("", &*ours, "same-origin"),
            ("another-sessions-token", &*ours, "same-origin"),
        ] {
            let fields = [("token", token)];
            let refused = browser
                .post_from(&app, "/dashboard/sign-out", &fields, origin, site)
                .await;
            assert_eq!(
                refused.status,
                StatusCode::FORBIDDEN,
                "{token} {origin} {site}"
            );
            refused.check("a form from elsewhere");
        }
        browser.open(&app, &path).await;
        // Nor is anybody signed in as somebody else.
        let login = [("login", &*who.login), ("password", PASSWORD)];
        let foreign = Browser::default();
        let refused = foreign
            .post_from(
                &app,
                "/dashboard/sign-in",
                &login,
                "https://elsewhere.example",
                "cross-site",
            )
            .await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(foreign.cookie("vun_session").is_none());
    })
    .await;
}

#[tokio::test]
async fn an_account_without_the_standing_is_told_so_and_guesses_are_limited() {
    on_both(async |app| {
        let trainer = app.trainer(app.ward()).await;
        let browser = Browser::of(&app, &trainer).await;
        let page = browser.get(&app, "/dashboard").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        page.check("no standing");
        assert!(page.says("tư cách giám sát") && page.says("Đăng xuất"));

        let guesser = Browser::default();
        let mut last = None;
        for _ in 0..60 {
            let fields = [
                ("login", &*trainer.login),
                ("password", "a guess at a password"),
            ];
            let page = guesser.post(&app, "/dashboard/sign-in", &fields).await;
            last = Some(page);
            if last.as_ref().unwrap().status == StatusCode::TOO_MANY_REQUESTS {
                break;
            }
        }
        let last = last.unwrap();
        assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(last.headers.contains_key("retry-after"));
        last.check("too many guesses");
    })
    .await;
}

#[tokio::test]
async fn english_by_a_click_is_remembered_and_the_address_keeps_its_question() {
    on_both(async |app| {
        let who = app.supervisor(app.province()).await;
        let browser = Browser::of(&app, &who).await;
        let path = format!(
            "/dashboard/areas/{}?indicator=D3&on=2026-10-31",
            app.province()
        );
        let page = browser.open(&app, &path).await;
        assert!(page.says("Tổng quan") && page.says("lang=\"vi\""));
        let click = format!("{}&#38;lang=en", path.replace('&', "&#38;"));
        assert!(page.says(&click), "{}", page.text);
        let clicked = browser.get(&app, &format!("{path}&lang=en")).await;
        assert_eq!(clicked.goes_to(), path);
        let page = browser.open(&app, &path).await;
        assert!(page.says("<html lang=\"en\">") && page.says("Overview"));
        assert!(page.says("31 Oct 2026") || page.says("value=\"2026-10-31\""));
        assert!(!page.says("chưa biết") && page.says("unknown"));
    })
    .await;
}
