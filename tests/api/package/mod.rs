//! Offline packages: signed, in the order a family needs them, within the bytes it has, and carried by another phone.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

use axum::http::{StatusCode, header};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    given::Actor,
    media::{fetch, hash, picture, sound, uploaded},
    requests::Answer,
};

async fn ask(app: &TestApp, who: &Actor, variables: Value) -> Answer {
    who.graphql(app, &operation("offlinePackage"), variables)
        .await
}

fn package(answer: &Answer) -> &Value {
    answer.data("offlinePackage")
}

fn manifest(answer: &Answer) -> Value {
    let text = package(answer)["manifest"].as_str().expect("a manifest");
    serde_json::from_str(text).expect("JSON")
}

fn names(files: &Value) -> Vec<&str> {
    let files = files.as_array().expect("files");
    files
        .iter()
        .map(|file| file["name"].as_str().expect("a name"))
        .collect()
}

async fn family(app: &TestApp, born: &str) -> Actor {
    let who = app.caregiver().await;
    let input = json!({ "input": { "bornMonth": born } });
    let saved = who.graphql(app, &operation("saveChild"), input).await;
    assert!(saved.user_errors("saveChild").is_empty(), "{saved}");
    who
}

/// Adds what a lesson shows, as a release that followed would.
async fn show(app: &TestApp, code: &str, addition: &str) {
    let text = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/curriculum/curriculum.json"
    ));
    let body = |name: &str| {
        let path = format!("{}/curriculum/lessons/{name}", env!("CARGO_MANIFEST_DIR"));
        let body = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        Ok(if name == format!("{code}.vi.md") {
            format!("{body}\n{addition}\n")
        } else {
            body
        })
    };
    let read = vun::content::import::read("curriculum.json", text, &body).expect("a curriculum");
    app.app.content.import(read, false).await.expect("imported");
}

#[tokio::test]
async fn a_package_is_signed_ordered_by_the_path_and_the_same_each_time() {
    on_both(async |app| {
        let who = family(&app, "2025-07").await;
        let answer = ask(&app, &who, json!({ "language": "vi" })).await;
        let said = manifest(&answer);
        let text = package(&answer)["manifest"].as_str().unwrap();
        assert_eq!(package(&answer)["id"], hash(text.as_bytes()));
        assert_eq!(
            vun::canonical::text(&said).unwrap(),
            text,
            "the canonical bytes"
        );

        let keys = who
            .graphql(&app, &operation("packageKeys"), json!({}))
            .await;
        let key = keys.data("packageKeys.0");
        assert_eq!(
            (&key["id"], &key["id"]),
            (&said["keyId"], &package(&answer)["keyId"])
        );
        use base64::{Engine, engine::general_purpose::STANDARD};
        let public = STANDARD.decode(key["publicKey"].as_str().unwrap()).unwrap();
        let signature = STANDARD
            .decode(package(&answer)["signature"].as_str().unwrap())
            .unwrap();
        let public = UnparsedPublicKey::new(&ED25519, public);
        assert!(public.verify(text.as_bytes(), &signature).is_ok());
        assert!(
            public
                .verify(text.replace("\"vi\"", "\"en\"").as_bytes(), &signature)
                .is_err()
        );

        // The lessons of the path stand first, in its order; each quiz behind the last lesson of its module.
        let path = who
            .graphql(
                &app,
                "{ learningPath(first: 100) { lesson { id } } }",
                json!({}),
            )
            .await;
        let path: Vec<&Value> = path
            .data("learningPath")
            .as_array()
            .unwrap()
            .iter()
            .map(|step| &step["lesson"]["id"])
            .collect();
        let files = said["files"].as_array().unwrap();
        let lessons: Vec<&Value> = files
            .iter()
            .filter(|file| file["kind"] == "LESSON")
            .map(|file| &file["lessonId"])
            .collect();
        assert_eq!(lessons[..path.len()], path[..]);
        assert!(lessons.len() > path.len());
        for (at, file) in files
            .iter()
            .enumerate()
            .filter(|(_, file)| file["kind"] == "QUIZ")
        {
            let later = files[at..].iter().filter(|other| other["kind"] == "LESSON");
            assert!(
                later
                    .clone()
                    .all(|other| other["moduleId"] != file["moduleId"])
            );
            assert!(
                files[..at]
                    .iter()
                    .any(|other| other["moduleId"] == file["moduleId"])
            );
        }
        let other = family(&app, "2019-01").await;
        assert_ne!(
            manifest(&ask(&app, &other, json!({ "language": "vi" })).await)["files"],
            said["files"]
        );

        // Every file is there under its hash, and no quiz says what is right.
        let mut wire = 0;
        for file in files {
            let url = format!("/files/{}", file["name"].as_str().unwrap());
            let plain = fetch(&app, &url, &[]).await;
            assert_eq!(
                (plain.status, hash(&plain.body)),
                (StatusCode::OK, file["sha256"].as_str().unwrap().to_owned())
            );
            assert_eq!(plain.body.len() as u64, file["bytes"].as_u64().unwrap());
            assert!(!String::from_utf8_lossy(&plain.body).contains("orrect"));
            let zipped = fetch(&app, &url, &[(header::ACCEPT_ENCODING, "gzip")]).await;
            assert_ne!(zipped.headers[header::ETAG], plain.headers[header::ETAG]);
            wire += zipped.body.len();
        }
        eprintln!(
            "a package of all texts in Vietnamese: {} files, {} bytes, {wire} on the wire",
            files.len(),
            said["bytes"]
        );

        let again = ask(&app, &who, json!({ "language": "vi" })).await;
        assert_eq!(package(&again)["manifest"], package(&answer)["manifest"]);
        assert_eq!(package(&again)["signature"], package(&answer)["signature"]);
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_is_said_and_texts_come_before_films() {
    on_both(async |app| {
        let editor = app.editor().await;
        let shown = uploaded(&app, &editor, &picture(900, 600), "image/jpeg").await;
        let heard = uploaded(&app, &editor, &sound(60_000), "audio/mpeg").await;
        let addition = format!(
            "![Bé ngồi](media:{})\n\n![Lời ru](media:{})",
            shown["id"].as_str().unwrap(), heard["id"].as_str().unwrap(),
        );
        show(&app, "HC1.1", &addition).await;
        let who = app.caregiver().await;
        let module = app.app.content.catalogue().module_by_code("HC1").unwrap().id;
        let request = |budget: u64| json!({ "language": "vi", "moduleIds": [module.to_string()], "byteBudget": budget, "screenWidth": 400 });
        let whole = manifest(&ask(&app, &who, request(2_000_000)).await);
        let files = whole["files"].as_array().unwrap();
        let kinds: Vec<&Value> = files.iter().map(|file| &file["kind"]).collect();
        assert_eq!(kinds[..3], [&json!("LESSON"), &json!("MEDIA"), &json!("MEDIA")]);
        assert_eq!(kinds.last().unwrap(), &&json!("QUIZ"));
        assert_eq!(whole["leftOut"], json!([]));
        // Of the picture comes the size for the screen.
        let narrow = shown["files"].as_array().unwrap().iter().find(|file| file["width"] == 320).unwrap();
        assert_eq!(files[1]["sha256"], narrow["sha256"]);
        let lesson = fetch(&app, &format!("/files/{}", files[0]["name"].as_str().unwrap()), &[]).await;
        let lesson: Value = serde_json::from_slice(&lesson.body).unwrap();
        let blocks = lesson["blocks"].as_array().unwrap();
        let block = blocks.iter().find(|block| block["kind"] == "MEDIA").unwrap();
        assert_eq!((&block["text"], &block["media"]["id"]), (&json!("Bé ngồi"), &shown["id"]));
        assert!(block["media"]["files"].as_array().unwrap().iter().any(|file| file["name"] == files[1]["name"]));

        let all = names(&whole["files"]);
        let total = whole["bytes"].as_u64().unwrap();
        for budget in [1, 500, 10_000, 40_000, 55_000, total - 1, total] {
            let answer = ask(&app, &who, request(budget)).await;
            let said = manifest(&answer);
            assert!(said["bytes"].as_u64().unwrap() <= budget, "{budget}");
            let (kept, left) = (names(&said["files"]), names(&said["leftOut"]));
            let placed: Vec<usize> = kept.iter().map(|name| all.iter().position(|one| one == name).unwrap()).collect();
            assert!(placed.is_sorted(), "{budget}");
            let both: BTreeSet<&str> = kept.iter().chain(&left).copied().collect();
            assert_eq!(both, all.iter().copied().collect::<BTreeSet<_>>());
            assert_eq!(package(&answer)["leftOut"].as_array().unwrap().len(), left.len());
        }
        // The sound is the largest file: without it all texts fit.
        let without = manifest(&ask(&app, &who, request(total - 60_000)).await);
        let left = without["leftOut"].as_array().unwrap();
        assert_eq!((left.len(), &left[0]["sha256"]), (1, &heard["sha256"]));
    })
    .await;
}

#[tokio::test]
async fn a_phone_that_holds_a_package_fetches_only_what_is_new() {
    on_both(async |app| {
        let who = app.caregiver().await;
        let first = ask(&app, &who, json!({ "language": "vi" })).await;
        let id = package(&first)["id"].clone();
        let same = ask(&app, &who, json!({ "language": "vi", "have": id })).await;
        assert_eq!(package(&same)["haveKnown"], true);
        assert_eq!(
            (&package(&same)["fetch"], &package(&same)["drop"]),
            (&json!([]), &json!([]))
        );
        assert_eq!(package(&same)["fetchBytes"], 0);

        show(&app, "HC1.1", "Thêm một câu.").await;
        let next = ask(&app, &who, json!({ "language": "vi", "have": id })).await;
        let (before, after) = (manifest(&first), manifest(&next));
        assert!(after["revision"].as_i64() > before["revision"].as_i64());
        assert_eq!(package(&next)["fetch"].as_array().unwrap().len(), 1);
        let dropped = package(&next)["drop"].as_array().unwrap();
        assert_eq!(dropped.len(), 1);
        let mut held: BTreeSet<&str> = names(&before["files"]).into_iter().collect();
        assert!(held.remove(dropped[0].as_str().unwrap()));
        held.extend(names(&package(&next)["fetch"]));
        assert_eq!(
            held,
            names(&after["files"]).into_iter().collect::<BTreeSet<_>>()
        );
        // What the phone had begun to fetch of the earlier release is still there.
        let url = format!("/files/{}", dropped[0].as_str().unwrap());
        let rest = fetch(&app, &url, &[(header::RANGE, "bytes=100-")]).await;
        assert_eq!(rest.status, StatusCode::PARTIAL_CONTENT);

        let unknown = ask(
            &app,
            &who,
            json!({ "language": "vi", "have": "0".repeat(64) }),
        )
        .await;
        assert_eq!(package(&unknown)["haveKnown"], false);
        assert_eq!(
            package(&unknown)["fetch"].as_array().unwrap().len() as u64,
            package(&unknown)["fileCount"].as_u64().unwrap()
        );
    })
    .await;
}

#[tokio::test]
async fn a_request_that_cannot_be_met_says_why() {
    on_both(async |app| {
        let who = app.caregiver().await;
        let mut wrong: BTreeMap<&str, Value> = BTreeMap::new();
        wrong.insert("en, vi", json!({ "language": "tlh" }));
        wrong.insert("Hiện có", json!({ "language": "x".repeat(500) }));
        wrong.insert("học phần 018f", json!({ "language": "vi", "moduleIds": ["018f0000-0000-7000-8000-000000000001"] }));
        wrong.insert("50 học phần", json!({ "language": "vi", "moduleIds": vec!["018f0000-0000-7000-8000-000000000001"; 60] }));
        wrong.insert("1 byte", json!({ "language": "vi", "byteBudget": 0 }));
        wrong.insert("mỗi hình thức một lần", json!({ "language": "vi", "modalities": ["TEXT", "TEXT"] }));
        wrong.insert("ít nhất một hình thức", json!({ "language": "vi", "modalities": [] }));
        wrong.insert("64 chữ số", json!({ "language": "vi", "have": "../../keys" }));
        for (expected, variables) in wrong {
            let answer = ask(&app, &who, variables).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{answer}");
            let message = answer.errors()[0]["message"].as_str().unwrap();
            assert!(message.contains(expected), "{expected}: {message}");
        }
        // A region is content with its language.
        let answer = ask(&app, &who, json!({ "language": "en-GB", "byteBudget": 30_000 })).await;
        assert_eq!(manifest(&answer)["files"][0]["language"], "en");
    })
    .await;
}

/// Runs the script; nothing where node is not installed.
fn verify(folder: &Path) -> Option<(bool, String)> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/package/verify.mjs");
    let files = ["keys.json", "manifest.json", "signature.txt", ""].map(|name| folder.join(name));
    let run = Command::new("node").arg(script).args(files).output();
    match run {
        Ok(run) => Some((
            run.status.success(),
            String::from_utf8_lossy(&run.stdout).into_owned(),
        )),
        Err(cause) => {
            eprintln!("node is not installed: the package is not checked by the script ({cause})");
            None
        }
    }
}

#[tokio::test]
async fn a_package_carried_by_another_phone_is_checked_with_nothing_of_this_project() {
    on_both(async |app| {
        // The trainer fetches, and gives a folder to the family.
        let trainer = app.trainer(app.ward()).await;
        let answer = ask(&app, &trainer, json!({ "language": "vi" })).await;
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        write(
            "manifest.json",
            package(&answer)["manifest"].as_str().unwrap().as_bytes(),
        );
        write(
            "signature.txt",
            package(&answer)["signature"].as_str().unwrap().as_bytes(),
        );
        for file in package(&answer)["fetch"].as_array().unwrap() {
            let fetched = fetch(&app, file["url"].as_str().unwrap(), &[]).await;
            write(file["name"].as_str().unwrap(), &fetched.body);
        }
        let keys = fetch(&app, "/.well-known/vun-package-keys.json", &[]).await;
        assert_eq!(keys.status, StatusCode::OK);
        write("keys.json", &keys.body);
        let Some((whole, said)) = verify(folder.path()) else {
            return;
        };
        assert!(whole, "{said}");
        assert!(
            said.contains("questions") && !said.contains(" 0 questions"),
            "{said}"
        );

        let first = package(&answer)["fetch"][0]["name"].as_str().unwrap();
        let good = std::fs::read(folder.path().join(first)).unwrap();
        write(first, &[&good[..good.len() - 1], b" "].concat());
        assert_eq!(
            verify(folder.path()),
            Some((false, format!("damaged {first}\n")))
        );
        write(first, &good);
        let text = package(&answer)["manifest"].as_str().unwrap();
        write(
            "manifest.json",
            text.replacen("LESSON", "QUIZ", 1).as_bytes(),
        );
        assert_eq!(
            verify(folder.path()).unwrap().1,
            "the signature is not of this manifest\n"
        );
        write("manifest.json", text.as_bytes());

        // A new key signs from now on; what the old one signed stays good until it is in wrong hands.
        let new = app.app.packages.new_key(false).await.unwrap();
        assert_eq!(
            package(&ask(&app, &trainer, json!({ "language": "vi" })).await)["keyId"],
            new.id
        );
        write(
            "keys.json",
            &fetch(&app, "/.well-known/vun-package-keys.json", &[])
                .await
                .body,
        );
        assert!(verify(folder.path()).unwrap().0);
        app.app.packages.new_key(true).await.unwrap();
        write(
            "keys.json",
            &fetch(&app, "/.well-known/vun-package-keys.json", &[])
                .await
                .body,
        );
        let (whole, said) = verify(folder.path()).unwrap();
        assert!(!whole && said.contains("wrong hands"), "{said}");
    })
    .await;
}
