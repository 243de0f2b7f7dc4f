//! Each limit of the guard, passed at its value and refused one above.

use rstest::rstest;
use vun::graphql::{errors::Code, guard::Prepared, limits::Limits};

fn limits() -> Limits {
    Limits {
        operations: 2,
        fragments: 2,
        selections: 12,
        selection_nesting: 5,
        depth: 4,
        introspection_depth: 6,
        introspection_cost: 20_000,
        aliases: 2,
        directives: 2,
        variables: 2,
        root_fields: 3,
        root_mutations: 2,
        list_items: 3,
        large_list_items: 5,
        input_nesting: 2,
        cost: 100,
        ..Limits::default()
    }
}

#[rstest]
#[case::operations("query A{a} query B{a}", "query A{a} query B{a} query C{a}")]
#[case::fragments(
    "{...A ...B} fragment A on Q{a} fragment B on Q{a}",
    "{...A ...B ...C} fragment A on Q{a} fragment B on Q{a} fragment C on Q{a}"
)]
#[case::selections("{n{a a a a a a a a a a a}}", "{n{a a a a a a a a a a a a}}")]
#[case::selections_of_all_operations(
    "query A{n{a a a a a}} query B{n{a a a a a}}",
    "query A{n{a a a a a}} query B{n{a a a a a a}}"
)]
#[case::selections_through_fragments(
    "{n{...A ...A}} fragment A on N{a a a a}",
    "{n{...A ...A}} fragment A on N{a a a a a}"
)]
#[case::selections_through_nested_fragments(
    "{n{...A ...A}} fragment A on N{...B} fragment B on N{a a a}",
    "{n{...A ...A}} fragment A on N{...B ...B} fragment B on N{a a a}"
)]
#[case::typename_counts(
    "{n{a a a a a a a a a a __typename}}",
    "{n{a a a a a a a a a a a __typename}}"
)]
#[case::selections_of_an_unused_fragment(
    "{a} fragment A on N{a a a a a a a a a a a a}",
    "{a} fragment A on N{a a a a a a a a a a a a a}"
)]
#[case::nesting("{...{...{...{...{a}}}}}", "{...{...{...{...{...{a}}}}}}")]
#[case::nesting_through_fragments(
    "{...A} fragment A on Q{...B} fragment B on Q{n{n{a}}}",
    "{...A} fragment A on Q{...B} fragment B on Q{n{n{n{a}}}}"
)]
#[case::depth("{n{n{n{a}}}}", "{n{n{n{n{a}}}}}")]
#[case::depth_through_fragments(
    "{n{n{...A}}} fragment A on N{n{a}}",
    "{n{n{n{...A}}}} fragment A on N{n{a}}"
)]
#[case::introspection_depth(
    "{__schema{types{ofType{ofType{ofType}}}}}",
    "{__schema{types{ofType{ofType{ofType{ofType{ofType}}}}}}}"
)]
#[case::introspection_cost(
    "{__schema{types{fields{name}}}}",
    "{__schema{types{fields{type{fields{name}}}}}}"
)]
#[case::aliases("{x:a y:a}", "{x:a y:a z:a}")]
#[case::aliases_in_fragments(
    "{x:a ...A} fragment A on Q{y:a}",
    "{x:a ...A} fragment A on Q{y:a z:a}"
)]
#[case::directives("query @x{a @x}", "query @x{a @x @x}")]
#[case::variables("query($a:I $b:I){a}", "query($a:I $b:I $c:I){a}")]
#[case::root_fields("{a b c}", "{a b c d}")]
#[case::root_fields_through_fragments(
    "{...A} fragment A on Q{a b c}",
    "{...A d} fragment A on Q{a b c}"
)]
#[case::root_mutations("mutation{a b}", "mutation{a b c}")]
#[case::root_mutations_repeated("mutation{a a}", "mutation{a a a}")]
#[case::once("mutation{signIn other}", "mutation{signIn signIn}")]
#[case::once_of_all("mutation{signIn other}", "mutation{a:signIn b:signUp}")]
#[case::once_through_fragments(
    "mutation{...A} fragment A on M{signIn}",
    "mutation{...A signIn} fragment A on M{signIn}"
)]
#[case::list("{a(x:[1,2,3])}", "{a(x:[1,2,3,4])}")]
#[case::list_of_large_field(
    "mutation{uploadLearningEvents(x:[1,2,3,4,5])}",
    "mutation{uploadLearningEvents(x:[1,2,3,4,5,6])}"
)]
#[case::list_beside_large_field(
    "mutation{uploadLearningEvents(x:[1,2,3,4])}",
    "mutation{uploadLearningEvents(x:[1,2,3,4]) other}"
)]
#[case::list_in_a_default("query($a:[I]=[1,2,3]){a}", "query($a:[I]=[1,2,3,4]){a}")]
#[case::list_in_a_directive("{a @x(y:[1,2,3])}", "{a @x(y:[1,2,3,4])}")]
#[case::input_nesting("{a(x:{y:[1]})}", "{a(x:{y:[[1]]})}")]
#[case::cost("{l(first:33){a b c}}", "{l(first:34){a b c}}")]
#[case::cost_of_a_default_page(
    "query($n:I=33){l(first:$n){a b c}}",
    "query($n:I=34){l(first:$n){a b c}}"
)]
#[case::cost_of_nested_pages("{l(first:4){l(last:23){a}}}", "{l(first:4){l(last:25){a}}}")]
fn a_document_passes_at_the_limit_and_not_above(#[case] at: &str, #[case] above: &str) {
    if let Err(refusal) = Prepared::new(at, &limits()) {
        panic!("{at}: {}", refusal.message);
    }
    let refused = Prepared::new(above, &limits())
        .map(|_| ())
        .map_err(|refusal| refusal.code);
    assert_eq!(refused, Err(Code::LimitExceeded), "{above}");
}

#[rstest]
#[case::page_in_a_variable(r#"{"n":33}"#, Ok(()))]
#[case::large_page_in_a_variable(r#"{"n":34}"#, Err(Code::LimitExceeded))]
#[case::default_page("{}", Ok(()))]
#[case::null_page(r#"{"n":null}"#, Ok(()))]
#[case::page_of_other_type(r#"{"n":"x"}"#, Ok(()))]
#[case::list(r#"{"n":1,"o":[1,2,3]}"#, Ok(()))]
#[case::long_list(r#"{"n":1,"o":[1,2,3,4]}"#, Err(Code::LimitExceeded))]
#[case::long_list_inside(r#"{"o":{"p":[1,2,3,4]}}"#, Err(Code::LimitExceeded))]
#[case::deep(r#"{"o":[[[1]]]}"#, Err(Code::LimitExceeded))]
#[case::many(r#"{"n":1,"o":2,"p":3}"#, Err(Code::LimitExceeded))]
fn variables_are_measured(#[case] variables: &str, #[case] expected: Result<(), Code>) {
    let prepared = Prepared::new("query($n:Int=10){l(first:$n){a b c}}", &limits()).unwrap();
    let operation = prepared.operation(None).unwrap();
    let variables = serde_json::from_str(variables).unwrap();
    let outcome = prepared.check_request(operation, &variables, &limits());
    assert_eq!(outcome.map_err(|refusal| refusal.code), expected);
}

#[test]
fn the_introspection_of_tools_passes_the_defaults() {
    let text = include_str!("introspection.graphql");
    if let Err(refusal) = Prepared::new(text, &Limits::default()) {
        panic!("{}", refusal.message);
    }
}
