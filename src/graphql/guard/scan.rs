//! A look at the bytes of a document or a JSON body before a recursive parser gets them.

use crate::graphql::{errors::Refusal, limits::Limits};

/// Brackets inside one another in a JSON body; the rest of the input is limited more tightly once its operation
/// is known.
const JSON_NESTING: usize = 64;

/// Checks the length of a document; cheap enough to come before hashing.
///
/// # Errors
/// `LIMIT_EXCEEDED` above the limit.
pub fn check_length(text: &str, limits: &Limits) -> Result<(), Refusal> {
    if text.len() > limits.query_bytes {
        return Err(Refusal::over_limit(format!(
            "The document has more than {} bytes.",
            limits.query_bytes
        )));
    }
    Ok(())
}

/// Counts brackets, tokens and the length of names of a document.
///
/// Invariant: never counts less than the parser sees. Strings and comments end where the grammar ends them; a
/// string that does not end is refused here, because the parser would go back and read its text as tokens.
///
/// # Errors
/// `LIMIT_EXCEEDED` above a limit, `BAD_USER_INPUT` for a string without an end.
pub fn check_text(text: &str, limits: &Limits) -> Result<(), Refusal> {
    check_length(text, limits)?;
    let mut rest = text.as_bytes();
    let mut tokens = 0_usize;
    let mut open = 0_usize;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                rest = after;
                continue;
            }
            b'#' => {
                rest = after_comment(after);
                continue;
            }
            b'"' => after_string(rest).ok_or_else(|| {
                Refusal::bad_document("The document is not valid GraphQL: a string has no end.")
            })?,
            b'{' | b'[' | b'(' => {
                open += 1;
                after
            }
            b'}' | b']' | b')' => {
                open = open.saturating_sub(1);
                after
            }
            byte if is_of_name(byte) => {
                let length = rest.iter().take_while(|byte| is_of_name(**byte)).count();
                if length > limits.name_bytes {
                    return Err(Refusal::over_limit(format!(
                        "The document has a name or number of more than {} characters.",
                        limits.name_bytes
                    )));
                }
                rest.get(length..).unwrap_or_default()
            }
            _ => after,
        };
        tokens += 1;
        if tokens > limits.tokens {
            return Err(Refusal::over_limit(format!(
                "The document has more than {} tokens.",
                limits.tokens
            )));
        }
        if open > limits.brackets {
            return Err(Refusal::over_limit(format!(
                "The document opens more than {} brackets inside one another.",
                limits.brackets
            )));
        }
    }
    Ok(())
}

/// Counts the nesting of a JSON body and the entries of its lists and objects, so that a small body cannot be
/// parsed into large memory.
///
/// # Errors
/// `LIMIT_EXCEEDED` above a limit. What is not JSON passes: the parser refuses it.
pub fn check_json(body: &[u8], limits: &Limits) -> Result<(), Refusal> {
    let mut commas: Vec<usize> = Vec::new();
    let mut rest = body;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'"' => rest = after_quoted(after, |_| false).unwrap_or_default(),
            b'{' | b'[' => {
                commas.push(0);
                if commas.len() > JSON_NESTING {
                    return Err(Refusal::over_limit(format!(
                        "The body nests more than {JSON_NESTING} lists and objects."
                    )));
                }
            }
            b'}' | b']' => drop(commas.pop()),
            b',' => {
                if let Some(count) = commas.last_mut() {
                    *count += 1;
                    if *count >= limits.large_list_items {
                        return Err(Refusal::over_limit(format!(
                            "A list in the body has more than {} items.",
                            limits.large_list_items
                        )));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_of_name(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

fn after_comment(rest: &[u8]) -> &[u8] {
    let end = rest
        .iter()
        .position(|byte| matches!(byte, b'\n' | b'\r'))
        .unwrap_or(rest.len());
    rest.get(end..).unwrap_or_default()
}

/// What follows the string or block string at the start of `rest`, if it ends.
fn after_string(rest: &[u8]) -> Option<&[u8]> {
    let Some(mut block) = rest.strip_prefix(b"\"\"\"") else {
        let is_line_end = |byte: u8| matches!(byte, b'\n' | b'\r');
        return after_quoted(rest.get(1..)?, is_line_end);
    };
    loop {
        if let Some(after) = block.strip_prefix(b"\"\"\"") {
            return Some(after);
        }
        block = match block.strip_prefix(b"\\\"\"\"") {
            Some(after_escape) => after_escape,
            None => block.get(1..)?,
        };
    }
}

/// What follows the closing quote, with `rest` starting after the opening one; `None` if there is none before a
/// byte for which `is_forbidden` holds.
fn after_quoted(mut rest: &[u8], is_forbidden: impl Fn(u8) -> bool) -> Option<&[u8]> {
    loop {
        let (&byte, after) = rest.split_first()?;
        match byte {
            b'"' => return Some(after),
            b'\\' => rest = after.get(1..)?,
            byte if is_forbidden(byte) => return None,
            _ => rest = after,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::graphql::errors::Code;

    fn limits() -> Limits {
        Limits {
            brackets: 3,
            tokens: 20,
            name_bytes: 8,
            query_bytes: 200,
            large_list_items: 3,
            ..Limits::default()
        }
    }

    #[rstest]
    #[case::at_the_nesting("{a{b{c}}}")]
    #[case::brackets_in_a_string(r#"{a(x:"[[[[[[[[[[")}"#)]
    #[case::brackets_in_a_block(r#"{a(x:"""[[[[ \""" [[[[""")}"#)]
    #[case::brackets_in_a_comment("{a # [[[[[[[[\n}")]
    #[case::quote_in_a_comment("{a # \"\n}")]
    #[case::closed_brackets("{a{b}c{d}e{f}}")]
    fn small_documents_pass(#[case] text: &str) {
        assert_eq!(check_text(text, &limits()), Ok(()));
    }

    #[rstest]
    #[case::nesting("{a{b{c{d}}}}", Code::LimitExceeded)]
    #[case::after_a_string(r#"{a(x:"",y:[[[["#, Code::LimitExceeded)]
    #[case::escaped_quote(r#"{a(x:"\"",y:[[[["#, Code::LimitExceeded)]
    #[case::after_a_comment("{a #\"\n[[[", Code::LimitExceeded)]
    #[case::block_without_end("{a(x:[\"\"\"a\" [[[[", Code::BadUserInput)]
    #[case::string_over_a_line("{a(x:\"a\n\")}", Code::BadUserInput)]
    #[case::string_without_end("{a(x:\"a", Code::BadUserInput)]
    #[case::tokens("{a a a a a a a a a a a a a a a a a a a a}", Code::LimitExceeded)]
    #[case::long_name("{aaaaaaaaa}", Code::LimitExceeded)]
    #[case::long_number("{a(x:123456789)}", Code::LimitExceeded)]
    fn large_documents_are_refused(#[case] text: &str, #[case] code: Code) {
        assert_eq!(check_text(text, &limits()).map_err(|r| r.code), Err(code));
    }

    #[test]
    fn the_length_of_the_text_is_limited() {
        let text = format!("{{a}}{}", " ".repeat(200));
        assert!(check_text(&text, &limits()).is_err());
    }

    #[rstest]
    #[case(r#"{"a":[1,2,3]}"#, true)]
    #[case(r#"{"a":[1,2,3,4]}"#, false)]
    #[case(r#"{"a":"[,,,,,,,,"}"#, true)]
    #[case(r#"{"a":"\",,,,","b":1}"#, true)]
    #[case(r#"{"a":1,"b":2,"c":3,"d":4}"#, false)]
    fn json_containers_are_counted(#[case] body: &str, #[case] passes: bool) {
        assert_eq!(check_json(body.as_bytes(), &limits()).is_ok(), passes);
    }

    #[test]
    fn deep_json_is_refused() {
        let body = "[".repeat(100_000);
        assert!(check_json(body.as_bytes(), &limits()).is_err());
    }
}
