//! The exact bytes that are hashed, so that a stranger can make them again.
//!
//! The published form is a JSON value of objects, lists, strings, whole numbers, `true`, `false` and `null` (never a
//! fraction or an exponent). Its bytes are:
//!
//! 1. UTF-8, no byte order mark, no white space outside strings, no line feed at the end;
//! 2. the members of each object sorted by the code points of their names, which are ASCII;
//! 3. whole numbers in decimal digits without leading zeros, a minus sign before negative ones;
//! 4. in strings `"` as `\"`, `\` as `\\`, the control characters U+0008, U+0009, U+000A, U+000C and U+000D as `\b`,
//!    `\t`, `\n`, `\f` and `\r`, the others below U+0020 as `\u` and four lower-case hexadecimal digits, and everything
//!    else as itself.
//!
//! This is what RFC 8785 asks of such values, and what Python writes with
//! `json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False)`.
//! The hash is SHA-256 over these bytes, in lower-case hexadecimal.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The canonical text of a value.
///
/// # Errors
/// When it holds a number that is not whole, or cannot be written as JSON.
pub fn text(form: &impl Serialize) -> Result<String> {
    let value = serde_json::to_value(form).map_err(Error::internal)?;
    let mut written = String::new();
    write(&value, &mut written)?;
    Ok(written)
}

fn write(value: &Value, out: &mut String) -> Result<()> {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(b.0));
            out.push('{');
            for (at, (name, member)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(&Value::from(name.as_str()), out)?;
                out.push(':');
                write(member, out)?;
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Number(number) if number.is_f64() => {
            return Err(Error::internal("a published form holds whole numbers only"));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&serde_json::to_string(value).map_err(Error::internal)?);
        }
    }
    Ok(())
}

/// SHA-256 of a text, in hexadecimal.
pub fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// 32 bytes from hexadecimal.
pub fn bytes(hex: &str) -> Option<[u8; 32]> {
    let mut found = [0; 32];
    if hex.len() != 64 {
        return None;
    }
    for (at, byte) in found.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn forms() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::hash_map("[a-zA-Z0-9]{0,6}", inner, 0..5)
                    .prop_map(|members| members.into_iter().collect::<Value>()),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_form_comes_back_from_its_bytes_and_gives_the_same_bytes_again(form in forms()) {
            let written = text(&form).unwrap();
            let read: Value = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(&read, &form);
            prop_assert_eq!(text(&read).unwrap(), written);
        }
    }

    #[test]
    fn members_are_sorted_and_strings_escaped_as_written_down() {
        let form =
            json!({ "b": [1, null, true], "a": { "z": "Hà \"Nội\"\n\u{1}\u{7f}", "B": -3 } });
        let written = text(&form).unwrap();
        assert_eq!(
            written,
            "{\"a\":{\"B\":-3,\"z\":\"Hà \\\"Nội\\\"\\n\\u0001\u{7f}\"},\"b\":[1,null,true]}"
        );
        assert!(text(&json!({ "rate": 0.5 })).is_err());
    }

    #[test]
    fn hexadecimal_comes_back() {
        let key: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 7 % 256).unwrap());
        assert_eq!(bytes(&hex(&key)), Some(key));
        assert_eq!(bytes("zz"), None);
        assert_eq!(sha256("").len(), 64);
    }
}
