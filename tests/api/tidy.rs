//! The rules of the house that a compiler does not check: what may name what, how long a file may be, what a
//! file is called, and that every message exists in both languages and is used.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use crate::sources::{Kind, Source, Token, read, root};

/// The features, each knowing only those before it.
const FEATURES: [&str; 11] = [
    "areas",
    "people",
    "auth",
    "content",
    "programmes",
    "learning",
    "training",
    "coverage",
    "reports",
    "notices",
    "dashboard",
];
/// What every feature's GraphQL shares; it knows no feature.
const EDGE: [&str; 5] = ["date", "ids", "limits", "pages", "payload"];
/// What all features stand on; it knows none of them.
const GROUND: [&str; 6] = ["clock", "config", "db", "error", "messages", "telemetry"];
const LONGEST_FILE: usize = 400;
const DRAWERS: [&str; 9] = [
    "common", "core", "helper", "helpers", "manager", "misc", "service", "util", "utils",
];

/// Whether a file holds only tests, which the rules for the product's code do not bind.
fn only_tests(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    path.starts_with("tests/") || name == "tests.rs" || name.ends_with("_tests.rs")
}

/// A file's place in the product: `src/areas/store.rs` is `["areas", "store.rs"]`. Nothing outside `src`.
fn place(path: &str) -> Vec<&str> {
    let inside = path.strip_prefix("src/");
    inside
        .map(|inside| inside.split('/').collect())
        .unwrap_or_default()
}

fn feature(name: &str) -> Option<usize> {
    FEATURES.iter().position(|feature| *feature == name)
}

/// Whether a file may name an external crate whose use is confined; the others may be named anywhere.
fn may_name_crate(path: &str, name: &str) -> bool {
    if path.starts_with("benches/") {
        return true;
    }
    let place = place(path);
    let sql = match place[..] {
        ["db.rs" | "error.rs"] | ["db", ..] | [_, "store.rs"] | [_, "store", ..] => true,
        _ => path.starts_with("entity/") || path.starts_with("migration/"),
    };
    match name {
        "axum" => matches!(
            place[..],
            ["main.rs" | "http.rs"]
                | ["http" | "dashboard", ..]
                | ["graphql", "handler.rs" | "socket.rs"]
        ),
        "async_graphql" => {
            matches!(
                place[..],
                ["graphql", ..] | [_, "graphql.rs"] | ["error.rs"]
            ) || matches!(place[..], [_, "graphql", ..])
        }
        "sea_orm" => sql,
        "sea_orm_migration" | "migration" => {
            path.starts_with("migration/") || matches!(place[..], [_] | ["commands", ..])
        }
        "entity" => !path.starts_with("migration/"),
        "argon2" => place == ["auth", "password.rs"],
        _ => true,
    }
}

/// Why a file may not name a module of the product, if it may not.
fn module_refused(path: &str, named: &[String]) -> Option<String> {
    let place = place(path);
    let target: Vec<&str> = named.iter().map(String::as_str).collect();
    let ["crate", first, rest @ ..] = &target[..] else {
        return None;
    };
    // A capability says what its holder may do, and every feature asks for one.
    if matches!((*first, rest), ("auth", ["capability", ..])) {
        return None;
    }
    let names_feature = feature(first);
    match place[..] {
        [file] if GROUND.contains(&file.trim_end_matches(".rs")) => {
            names_feature.map(|_| "the ground knows no feature".to_owned())
        }
        ["graphql", file] if EDGE.contains(&file.trim_end_matches(".rs")) => names_feature
            .map(|_| "what all features share at the edge knows none of them".to_owned()),
        [own, file, ..] => {
            let own = feature(own)?;
            let edge = file == "graphql.rs" || file == "graphql";
            match (*first, names_feature) {
                ("http", _) => Some("a feature does not know how it is served".to_owned()),
                ("graphql", _) if !edge => {
                    Some("rules and SQL do not know GraphQL: only graphql.rs does".to_owned())
                }
                ("graphql", _) if matches!(rest.first(), Some(&("schema" | "handler"))) => {
                    Some("the schema knows the features, not they it".to_owned())
                }
                (_, Some(other)) if other > own && !edge => Some(format!(
                    "{} comes before {}, which it may not know",
                    FEATURES[own], FEATURES[other]
                )),
                _ => None,
            }
        }
        _ => None,
    }
}

/// What is out of order in these files.
fn untidy(sources: &[Source]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for source in sources {
        let path = source.path.as_str();
        let mut tell = |line: usize, what: &str| {
            found.insert(format!("{path}:{line}: {what}"));
        };
        if !source.text.starts_with("//!") {
            tell(1, "begin the file with `//!` and its duty in one line");
        }
        let lines = source.text.lines().count();
        let tests = only_tests(path);
        if lines > LONGEST_FILE && !tests {
            tell(
                lines,
                &format!("longer than {LONGEST_FILE} lines: split it"),
            );
        }
        for (at, line) in source.text.lines().enumerate() {
            for unfinished in ["TODO", "FIXME", "#[ignore"] {
                if !tests && line.contains(unfinished) {
                    tell(at + 1, &format!("unfinished: {unfinished}"));
                }
            }
        }
        let parts = path.trim_end_matches(".rs").split('/');
        let modules = source.tokens.windows(2).filter_map(|window| match window {
            [
                Token {
                    kind: Kind::Word(keyword),
                    ..
                },
                Token {
                    kind: Kind::Word(name),
                    ..
                },
            ] if keyword == "mod" => Some(name.as_str()),
            _ => None,
        });
        for drawer in parts.chain(modules).filter(|name| DRAWERS.contains(name)) {
            tell(
                1,
                &format!("`{drawer}` says nothing: name it for its matter"),
            );
        }
        for window in source.tokens.windows(2) {
            if let [
                Token {
                    kind: Kind::Word(keyword),
                    line,
                },
                Token {
                    kind: Kind::Word(name),
                    ..
                },
            ] = window
                && keyword == "fn"
                && name.starts_with("test_")
            {
                tell(*line, "a test's name is a sentence, without `test_`");
            }
        }
        if tests {
            continue;
        }
        for named in source.named() {
            let first = &named.segments[0];
            if !may_name_crate(path, first) {
                tell(named.line, &format!("{first} has no place here"));
            }
            if let Some(why) = module_refused(path, &named.segments) {
                tell(named.line, &format!("{}: {why}", named.segments.join("::")));
            }
        }
        let place = place(path);
        if !place.is_empty() && place != ["db.rs"] && place.first() != Some(&"db") {
            let begins = [
                "begin",
                "begin_with_config",
                "begin_with_options",
                "transaction",
            ];
            for line in begins.iter().flat_map(|begin| source.calls(begin)) {
                tell(line, "only db.rs begins a transaction: ask `Db::tx`");
            }
            let operation =
                matches!(place[..], [own, "mod.rs"] if feature(own).is_some() || own == "generate");
            for line in source.calls("tx").into_iter().filter(|_| !operation) {
                tell(line, "only a feature's mod.rs asks for a transaction");
            }
        }
    }
    found.into_iter().collect()
}

#[test]
fn the_house_is_tidy() {
    let sources = read(&["src", "entity/src", "migration/src", "tests", "benches"]);
    assert!(sources.len() > 10, "the sources were found");
    let found = untidy(&sources);
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn each_rule_finds_what_breaks_it() {
    let cases: &[(&str, &str, &str)] = &[
        ("src/areas/mod.rs", "use std::fmt;", "begin the file with"),
        (
            "src/areas/mod.rs",
            "//! x\nuse axum::Router;",
            "axum has no place",
        ),
        (
            "src/areas/mod.rs",
            "//! x\nuse sea_orm::Value;",
            "sea_orm has no place",
        ),
        (
            "src/areas/store.rs",
            "//! x\nuse async_graphql::ID;",
            "async_graphql has no place",
        ),
        (
            "src/auth/mod.rs",
            "//! x\nfn f() { argon2::Argon2::default() }",
            "argon2 has no place",
        ),
        (
            "entity/src/area.rs",
            "//! x\n#[derive(async_graphql::Enum)]\nenum A {}",
            "has no place",
        ),
        (
            "migration/src/m1.rs",
            "//! x\nuse entity::ids::AreaId;",
            "entity has no place",
        ),
        (
            "src/areas/mod.rs",
            "//! x\nuse crate::people::Person;",
            "areas comes before people",
        ),
        (
            "src/areas/store.rs",
            "//! x\nuse super::super::coverage::x;",
            "areas comes before coverage",
        ),
        (
            "src/areas/mod.rs",
            "//! x\nuse crate::{db::Db, auth::Viewer};",
            "areas comes before auth",
        ),
        (
            "src/learning/merge.rs",
            "//! x\nuse crate::graphql::date::Date;",
            "do not know GraphQL",
        ),
        (
            "src/areas/graphql.rs",
            "//! x\nuse crate::graphql::schema::Schema;",
            "not they it",
        ),
        (
            "src/graphql/pages.rs",
            "//! x\nuse crate::areas::Area;",
            "knows none of them",
        ),
        (
            "src/db.rs",
            "//! x\nuse crate::areas::Area;",
            "the ground knows no feature",
        ),
        (
            "src/areas/store.rs",
            "//! x\nfn f() { db.begin().await }",
            "begins a transaction",
        ),
        (
            "src/areas/store.rs",
            "//! x\nfn f() { db.tx(g) }",
            "mod.rs asks for a transaction",
        ),
        (
            "src/areas/graphql.rs",
            "//! x\nfn f() { db.tx(g) }",
            "mod.rs asks for a transaction",
        ),
        ("src/areas/utils.rs", "//! x\n", "`utils` says nothing"),
        (
            "src/areas/mod.rs",
            "//! x\nmod helpers;",
            "`helpers` says nothing",
        ),
        ("src/areas/mod.rs", "//! x\n// TODO later", "unfinished"),
        (
            "tests/api/areas.rs",
            "//! x\nfn test_areas() {}",
            "is a sentence",
        ),
    ];
    for (path, text, expected) in cases {
        let found = untidy(&[Source::new(path, *text)]);
        assert_eq!(found.len(), 1, "{path} {text}: {found:?}");
        assert!(found[0].contains(expected), "{path} {text}: {found:?}");
    }
    let long = Source::new(
        "src/areas/mod.rs",
        format!("//! x\n{}", "\n".repeat(LONGEST_FILE)),
    );
    assert_eq!(untidy(&[long]).len(), 1);
}

#[test]
fn each_rule_lets_pass_what_keeps_it() {
    let cases: &[(&str, &str)] = &[
        (
            "src/areas/store.rs",
            "//! x\nuse sea_orm::Value;\nuse entity::area;",
        ),
        (
            "src/areas/mod.rs",
            "//! x\nuse crate::auth::capability::Supervisor;\nfn f() { db.tx(g) }",
        ),
        (
            "src/coverage/mod.rs",
            "//! x\nuse crate::{areas::Atlas, learning::Tier};",
        ),
        (
            "src/areas/graphql.rs",
            "//! x\nuse async_graphql::ID;\nuse crate::coverage::graphql::Coverage;",
        ),
        (
            "src/graphql/schema.rs",
            "//! x\nuse crate::areas::graphql::AreasQuery;",
        ),
        (
            "src/graphql/handler.rs",
            "//! x\nuse axum::Router;\nuse async_graphql::Request;",
        ),
        ("src/areas/tree_tests.rs", "//! x\nuse sea_orm::Value;"),
        (
            "src/areas/mod.rs",
            "//! x\n#[cfg(test)]\nmod tests { use crate::coverage::x; use axum::y; }",
        ),
    ];
    for (path, text) in cases {
        let found = untidy(&[Source::new(path, *text)]);
        assert!(found.is_empty(), "{path} {text}: {found:?}");
    }
}

/// The messages of one language: each key's file and the arguments it shows.
type Messages = BTreeMap<String, (String, BTreeSet<String>)>;

fn messages(language: &str) -> Messages {
    let folder = root().join("src/messages").join(language);
    let mut found = Messages::new();
    for entry in fs::read_dir(folder)
        .expect("a folder per language")
        .flatten()
    {
        let file = entry.file_name().into_string().expect("a readable name");
        let text = fs::read_to_string(entry.path()).expect("a readable file");
        let mut key = String::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once('=')
                && line.starts_with(|letter: char| letter.is_ascii_lowercase())
            {
                key = name.trim().to_owned();
                let before = found.insert(key.clone(), (file.clone(), BTreeSet::new()));
                assert!(before.is_none(), "{language}: two messages named {key}");
            }
            let arguments = line.split('$').skip(1).map(|rest| {
                let end = rest.find(|letter: char| {
                    !letter.is_alphanumeric() && letter != '_' && letter != '-'
                });
                rest[..end.unwrap_or(rest.len())].to_owned()
            });
            if let Some((_, shown)) = found.get_mut(&key) {
                shown.extend(arguments);
            }
        }
    }
    found
}

#[test]
fn every_message_is_said_in_both_languages_with_the_same_arguments() {
    let (vietnamese, english) = (messages("vi"), messages("en"));
    for (key, said) in &vietnamese {
        assert_eq!(
            Some(said),
            english.get(key),
            "{key}: Vietnamese, then English"
        );
    }
    for key in english.keys() {
        assert!(
            vietnamese.contains_key(key),
            "{key} is not said in Vietnamese"
        );
    }
}

#[test]
fn every_message_is_used_and_every_message_used_exists() {
    let sources = read(&["src"]);
    let messages = messages("vi");
    let texts: BTreeSet<&str> = sources
        .iter()
        .flat_map(|source| &source.tokens)
        .filter_map(|token| match &token.kind {
            Kind::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let said_by_pages = said_by_pages();
    for key in &said_by_pages {
        assert!(
            messages.contains_key(key),
            "a page says `{key}`, which no message is named"
        );
    }
    let unused: Vec<_> = messages
        .keys()
        .filter(|key| !texts.contains(key.as_str()) && !said_by_pages.contains(*key))
        .collect();
    assert!(unused.is_empty(), "no code says these: {unused:?}");
    for source in &sources {
        for (line, key) in said(source) {
            assert!(
                messages.contains_key(&key),
                "{}:{line}: no message is named `{key}`",
                source.path
            );
        }
    }
}

/// The message keys that the dashboard's pages name.
fn said_by_pages() -> BTreeSet<String> {
    let folder = root().join("src/dashboard/pages");
    let pages = fs::read_dir(folder).expect("the pages").flatten();
    let texts = pages.map(|page| fs::read_to_string(page.path()).expect("a readable page"));
    let mut found = BTreeSet::new();
    for text in texts {
        for call in [".say(\"", ".with(\"", ".with_two(\""] {
            let named = text.split(call).skip(1);
            found.extend(named.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        }
    }
    assert!(!found.is_empty(), "pages say something");
    found
}

/// The message keys a file names where one is expected: the third argument of an error the person can mend, the
/// second of `messages::text`. A key chosen at run time is not seen here.
fn said(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for at in 3..source.tokens.len() {
        let word = |at: usize| match &source.tokens[at].kind {
            Kind::Word(word) => word.as_str(),
            _ => "",
        };
        let position = match (word(at - 3), word(at)) {
            ("Error", "user") | ("UserError", "new") => 2,
            ("messages", "text" | "text_with") => 1,
            _ => continue,
        };
        let (mut depth, mut argument) = (0, 0);
        for window in source.tokens[at + 1..].windows(2) {
            match &window[0].kind {
                Kind::Mark('(' | '[' | '{') => depth += 1,
                Kind::Mark(')' | ']' | '}') => depth -= 1,
                Kind::Mark(',') if depth == 1 => argument += 1,
                Kind::Text(key)
                    if (depth, argument) == (1, position)
                        && matches!(window[1].kind, Kind::Mark(',' | ')')) =>
                {
                    found.push((window[0].line, key.clone()));
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    found
}

#[test]
fn message_keys_are_seen_where_code_says_them() {
    let text = r#"//! x
        fn f() {
            Error::user(Code::Invalid, "a,b", "key-one");
            crate::error::UserError::new(pick(x, y), &[1, 2][..], "key-two").with("n", 1);
            messages::text(language, "key-three"); text("not-seen", "nor-this")
        }"#;
    let keys: Vec<_> = said(&Source::new("src/x.rs", text))
        .into_iter()
        .map(|(_, key)| key)
        .collect();
    assert_eq!(keys, ["key-one", "key-two", "key-three"]);
}
