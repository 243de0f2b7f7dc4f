//! Copies of the whole database, taken while people learn, put back and checked; and looking an installation over.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use entity::{learning_event, person};
use sea_orm::EntityTrait;
use serde_json::json;
use uuid::Uuid;
use vun::{config::DatabaseSettings, db::Db};

use crate::{
    app::{TestApp, on_both, on_both_empty},
    coverage::{everything, upload, with_child},
    databases::{Contents, Engine, Fresh},
    given::Actor,
    program::vun,
};

/// Where a copy goes back to.
async fn empty_place(app: &TestApp, folder: &Path) -> (DatabaseSettings, Option<Fresh>) {
    match app.engine {
        Engine::Sqlite => {
            let url = format!("sqlite://{}", folder.join("restored.db").display());
            let settings = DatabaseSettings {
                url: url.into(),
                ..app.settings.clone()
            };
            (settings, None)
        }
        Engine::Postgres => {
            let fresh = Fresh::make(Engine::Postgres, Contents::Nothing).await;
            (fresh.settings.clone(), Some(fresh))
        }
    }
}

async fn events(db: &Db) -> BTreeSet<String> {
    let rows = learning_event::Entity::find().all(db.write()).await;
    let rows = rows.expect("events").into_iter();
    rows.map(|row| format!("{row:?}")).collect()
}

async fn persons(db: &Db) -> BTreeSet<String> {
    let rows = person::Entity::find().all(db.write()).await;
    let rows = rows.expect("persons").into_iter();
    rows.map(|row| format!("{row:?}")).collect()
}

/// Somebody learns until told to stop.
async fn keep_learning(app: &TestApp, who: &Actor, stop: &AtomicBool) {
    let catalogue = app.app.content.catalogue();
    let lesson = catalogue.lesson_by_code("HC1.1").expect("a lesson").id.0;
    while !stop.load(Ordering::Relaxed) {
        let event = json!({
            "id": Uuid::now_v7(), "kind": "OPENED", "lessonId": lesson, "occurredAt": app.clock.now().to_rfc3339(),
        });
        upload(app, who, &[event]).await;
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_taken_while_people_learn_is_whole_and_holds_all_that_was_there_before() {
    on_both(async |app| {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("copy.vun");
        let name = file.to_str().expect("a name");
        let (she, other) = (with_child(&app).await, with_child(&app).await);
        let path = everything(&app, &she).await;
        upload(&app, &she, &path).await;
        let (events_before, persons_before) = (events(&app.db).await, persons(&app.db).await);
        let stop = AtomicBool::new(false);
        let copying = async {
            let (done, said) = vun(&app.settings, &["backup", name]).await;
            stop.store(true, Ordering::Relaxed);
            assert!(done, "{said}");
        };
        tokio::join!(copying, keep_learning(&app, &other, &stop));
        let events_after = events(&app.db).await;
        assert!(
            events_after.len() > events_before.len(),
            "somebody learned meanwhile"
        );
        let (again, said) = vun(&app.settings, &["backup", name]).await;
        assert!(!again && said.contains("is there already"), "{said}");

        let (there, fresh) = empty_place(&app, folder.path()).await;
        let (done, said) = vun(&there, &["restore", name]).await;
        assert!(done, "{said}");
        let (done, said) = vun(&there, &["check"]).await;
        assert!(done && said.contains(" 0 differences"), "{said}");
        let (_, said) = vun(&there, &["doctor"]).await;
        for line in [
            "well  database",
            "well  tables",
            "well  integrity",
            "well  counters",
        ] {
            assert!(said.contains(line), "{line}: {said}");
        }
        let restored = Db::connect(&there).await.expect("a database");
        let events_there = events(&restored).await;
        assert!(events_before.is_subset(&events_there));
        assert!(events_there.is_subset(&events_after));
        assert_eq!(persons(&restored).await, persons_before);
        // A place that holds something is left alone.
        let (refused, said) = vun(&there, &["restore", name]).await;
        assert!(!refused && said.contains("already"), "{said}");
        assert_eq!(events(&restored).await, events_there);
        match fresh {
            Some(fresh) => fresh.discard(restored).await,
            None => restored.close().await.expect("closed"),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_copy_is_refused_and_leaves_nothing() {
    on_both_empty(async |app| {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("copy.vun");
        std::fs::write(
            &file,
            "no copy of anything, but long enough to be one".repeat(200),
        )
        .expect("written");
        let name = file.to_str().expect("a name");
        let (there, fresh) = empty_place(&app, folder.path()).await;
        let (done, said) = vun(&there, &["restore", name]).await;
        assert!(!done && !said.contains("panicked"), "{said}");
        let (done, said) = vun(&there, &["restore", "no-such-file"]).await;
        assert!(!done && said.contains("is no file"), "{said}");
        let (done, said) = vun(&there, &["doctor"]).await;
        assert!(!done && said.contains("ILL"), "{said}");
        if app.engine == Engine::Sqlite {
            let left = std::fs::read_dir(folder.path()).expect("a folder").count();
            assert_eq!(left, 1, "the file itself, and nothing beside it");
        }
        if let Some(fresh) = fresh {
            let db = Db::connect(&there).await.expect("a database");
            fresh.discard(db).await;
        }
    })
    .await;
}
