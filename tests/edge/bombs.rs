//! What the worst documents that the limits let through, and those they refuse, cost in processor time.

use std::time::Duration;

use async_graphql::{EmptySubscription, Schema};
use vun::graphql::{guard::Prepared, limits::Limits};

use crate::app::{Mutation, Query, app, document};

/// What refusing a bomb may cost. Code that is not optimised is several times slower.
const ALLOWED: Duration = Duration::from_millis(if cfg!(debug_assertions) { 250 } else { 50 });

/// Processor time of this thread so far.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

fn bombs() -> Vec<(&'static str, String)> {
    let fan = |levels: usize, ways: usize| {
        let fragments: String = (0..levels)
            .map(|level| {
                format!(
                    "fragment F{level} on Node{{{}}} ",
                    format!("...F{} ", level + 1).repeat(ways)
                )
            })
            .collect();
        format!("{{node{{...F0}}}} {fragments} fragment F{levels} on Node{{name}}")
    };
    let aliases = |count: usize| -> String { (0..count).map(|i| format!("a{i}:echo ")).collect() };
    vec![
        ("fragments, 2^18", fan(18, 2)),
        ("fragments, 300 ways × 3", fan(3, 300)),
        ("aliases, 1,900", format!("{{{}}}", aliases(1_900))),
        ("introspection in circles", "{__schema{types{fields{type{fields{type{fields{type{fields{type{fields{name}}}}}}}}}}}}".to_owned()),
        ("lists, 19,000 deep", format!("{{sum(numbers:{}", "[".repeat(19_000))),
        ("pages in pages", "{children(first:1000){children(first:1000){children(first:1000){name}}}}".to_owned()),
        ("literal list of 4,000", format!("{{sum(numbers:[{}])}}", "1 ".repeat(4_000))),
        // Below every limit of the guard, refused by validation.
        ("unknown fields, 1,990", format!("{{node{{{}}}}}", (0..1_990).map(|i| format!("u{i} ")).collect::<String>())),
        ("unknown fields by fragments", format!("{{node{{{}}}}} fragment F on Node{{{}}}", "...F ".repeat(18), "unknown ".repeat(100))),
    ]
}

#[tokio::test]
async fn a_bomb_is_refused_in_little_processor_time() {
    let app = app();
    let _ = app.query("{node{name}}").await;
    for (name, text) in bombs() {
        let (Some(before), reply, Some(after)) = (
            processor_time(),
            app.post(document(&text)).await,
            processor_time(),
        ) else {
            return;
        };
        assert!(reply.status.is_client_error(), "{name}: {}", reply.status);
        let spent = after - before;
        println!(
            "{name}: {spent:?} for {} bytes: {}",
            text.len(),
            reply.code()
        );
        assert!(spent < ALLOWED, "{name}: {spent:?}");
    }
}

#[tokio::test]
async fn the_largest_documents_that_pass_are_affordable() {
    let schema = Schema::build(Query, Mutation, EmptySubscription)
        .disable_suggestions()
        .finish();
    let largest = [
        (
            "introspection of tools",
            include_str!("introspection.graphql").to_owned(),
        ),
        (
            "2,000 selections",
            format!("{{node{{{}}}}}", "name ".repeat(1_990)),
        ),
        (
            "2,000 selections by fragments",
            format!(
                "{{node{{{}}}}} fragment F on Node{{{}}}",
                "...F ".repeat(19),
                "name ".repeat(100)
            ),
        ),
        (
            "100 items, 190 fields each",
            format!("{{children(first:100){{{}}}}}", "name ".repeat(190)),
        ),
    ];
    for (name, text) in largest {
        let Some(before) = processor_time() else {
            return;
        };
        let prepared = match Prepared::new(&text, &Limits::default()) {
            Ok(prepared) => prepared,
            Err(refusal) => panic!("{name}: {}", refusal.message),
        };
        let mut request = async_graphql::Request::new("");
        request.set_parsed_query(prepared.document());
        let response = schema.execute(request).await;
        assert!(response.errors.is_empty(), "{name}: {:?}", response.errors);
        let Some(after) = processor_time() else {
            return;
        };
        println!("{name}: {:?}", after - before);
        assert!(after - before < Duration::from_secs(1), "{name}");
    }
}
