//! Random input: the guard and the JSON shape never panic, and what passes the guard is within its limits.

use proptest::prelude::*;
use vun::graphql::{guard::Prepared, limits::Limits, wire::Call};

/// Pieces of GraphQL that make syntactically close documents when put together at random.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ":",
        "!",
        "=",
        "$a",
        "@b",
        "...",
        "...on A",
        "...F",
        "a",
        "first",
        "query",
        "mutation",
        "fragment F on A",
        "query Q",
        "\"s\"",
        "\"\"\"",
        "\"",
        "\\",
        "\\\"\"\"",
        "\\u12",
        "\\ud800",
        "1",
        "-1",
        "1.5e3",
        "true",
        "null",
        "#",
        "\n",
        "\r",
        ",",
        " ",
        "é",
        "\u{feff}",
        "\u{0}",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// Well-formed selection sets of random shape.
fn selections() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "a",
        "b:a",
        "a(first:3)",
        "...F",
        "__typename",
        "a(x:[1,{y:2}])",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(14, 200, 6, |inner| {
        prop::collection::vec(inner, 1..6).prop_map(|items| format!("a{{{}}}", items.join(" ")))
    })
}

fn depth(text: &str) -> usize {
    let mut open = 0_usize;
    text.chars().fold(0, |deepest, character| {
        match character {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        deepest.max(open)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_guard_panic(text in pieces()) {
        let _ = Prepared::new(&text, &Limits::default());
    }

    #[test]
    fn no_unicode_makes_the_guard_panic(text in "\\PC{0,80}") {
        let _ = Prepared::new(&text, &Limits::default());
        let _ = Prepared::new(&format!("{{a(x:\"{text}\",y:\"\"\"{text}\"\"\")}}"), &Limits::default());
    }

    #[test]
    fn no_bytes_make_the_json_shape_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Call::from_body(&bytes, &Limits::default());
    }

    #[test]
    fn what_passes_is_no_deeper_than_allowed(set in selections()) {
        let text = format!("{{{set}}} fragment F on A{{a}}");
        // Objects in arguments open braces too, one at most; a leaf is one field deeper than its braces.
        let is_deep = depth(&set.replace("{y:2}", "")) + 1 > Limits::default().depth;
        if is_deep {
            prop_assert!(Prepared::new(&text, &Limits::default()).is_err());
        }
    }
}
