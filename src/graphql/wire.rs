//! The shape of a GraphQL request in a body or a query string, and nothing of its meaning.

use async_graphql::Variables;
use serde::Deserialize;

use super::{
    errors::{Code, Refusal},
    guard::check_json,
    limits::Limits,
};

/// A well-formed request.
#[derive(Debug)]
pub struct Call {
    /// What to execute.
    pub source: Source,
    /// Which operation of the document.
    pub operation_name: Option<String>,
    /// The variables as sent.
    pub variables: Variables,
}

/// How a request names its document.
#[derive(Debug)]
pub enum Source {
    /// By its text.
    Text {
        /// The document.
        text: String,
        /// SHA-256 of the text in hexadecimal, sent by clients that want to send only the hash next time.
        sha256: Option<String>,
    },
    /// By the id of a trusted document.
    Id(String),
    /// By SHA-256 of its text in hexadecimal, or the id in a manifest, as persisted-query links send it.
    Hash(String),
}

/// A body, or the parameters of a query string once its JSON parts are parsed.
///
/// Unknown members are ignored, as the specification asks.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    query: Option<String>,
    document_id: Option<String>,
    operation_name: Option<String>,
    variables: Option<Variables>,
    extensions: Option<serde_json::Map<String, serde_json::Value>>,
}

/// The parameters of a query string.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameters {
    query: Option<String>,
    document_id: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

impl Call {
    /// Reads the body of a POST.
    ///
    /// # Errors
    /// 400 with `BAD_USER_INPUT` for what is no JSON object of the right shape, with `LIMIT_EXCEEDED` for JSON that
    /// is nested too deep or has lists that are too long.
    pub fn from_body(body: &[u8], limits: &Limits) -> Result<Self, Refusal> {
        // A derived struct would also be read from an array, member by member.
        if body.trim_ascii_start().first() != Some(&b'{') {
            return Err(bad_request(
                "The body must be one JSON object; batches are not supported.",
            ));
        }
        check_json(body, limits)?;
        serde_json::from_slice::<Members>(body)
            .map_err(|error| not_readable("The body", &error))?
            .try_into()
    }

    /// Reads the parameters of a GET.
    ///
    /// # Errors
    /// As [`Call::from_body`].
    pub fn from_parameters(parameters: Parameters, limits: &Limits) -> Result<Self, Refusal> {
        Members {
            query: parameters.query,
            document_id: parameters.document_id,
            operation_name: parameters.operation_name,
            variables: json_parameter("variables", parameters.variables.as_deref(), limits)?,
            extensions: json_parameter("extensions", parameters.extensions.as_deref(), limits)?,
        }
        .try_into()
    }
}

impl TryFrom<Members> for Call {
    type Error = Refusal;

    fn try_from(members: Members) -> Result<Self, Refusal> {
        let sha256 = members
            .extensions
            .as_ref()
            .and_then(|extensions| {
                extensions
                    .get("persistedQuery")?
                    .get("sha256Hash")?
                    .as_str()
            })
            .map(str::to_owned);
        let source = match (members.query, members.document_id, sha256) {
            (Some(_), Some(_), _) => {
                return Err(bad_request("Send either query or documentId, not both."));
            }
            (Some(text), None, sha256) => Source::Text { text, sha256 },
            (None, Some(id), _) => Source::Id(id),
            (None, None, Some(hash)) => Source::Hash(hash),
            (None, None, None) => {
                return Err(bad_request(
                    "The request must have a query or a documentId.",
                ));
            }
        };
        Ok(Self {
            source,
            operation_name: members.operation_name.filter(|name| !name.is_empty()),
            variables: members.variables.unwrap_or_default(),
        })
    }
}

fn json_parameter<T: for<'de> Deserialize<'de>>(
    name: &str,
    text: Option<&str>,
    limits: &Limits,
) -> Result<Option<T>, Refusal> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    check_json(text.as_bytes(), limits)?;
    serde_json::from_str(text).map_err(|error| not_readable(name, &error))
}

/// The JSON parser's own message may quote the value it found; ours says only what kind of fault it is and where.
fn not_readable(what: &str, error: &serde_json::Error) -> Refusal {
    let fault = if error.is_data() {
        "has a member of the wrong type, or twice"
    } else {
        "is not valid JSON in UTF-8"
    };
    bad_request(format!(
        "{what} {fault} (line {}, column {}).",
        error.line(),
        error.column()
    ))
}

fn bad_request(message: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::http(400, Code::BadUserInput, message)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::empty(b"")]
    #[case::broken(br#"{"query":"#)]
    #[case::array(br#"["{__typename}"]"#)]
    #[case::batch(br#"[{"query":"{__typename}"}]"#)]
    #[case::text(br#""{__typename}""#)]
    #[case::nothing_to_execute(br"{}")]
    #[case::null_query(br#"{"query":null}"#)]
    #[case::query_of_other_type(br#"{"query":["{a}"]}"#)]
    #[case::two_queries(br#"{"query":"{a}","query":"{b}"}"#)]
    #[case::query_and_id(br#"{"query":"{a}","documentId":"b"}"#)]
    #[case::operation_name_of_other_type(br#"{"query":"{a}","operationName":1}"#)]
    #[case::variables_of_other_type(br#"{"query":"{a}","variables":[1]}"#)]
    #[case::extensions_of_other_type(br#"{"query":"{a}","extensions":[]}"#)]
    #[case::not_utf8(b"{\"query\":\"\xff\"}")]
    #[case::utf16_order_mark(b"\xff\xfe{\"query\":\"{a}\"}")]
    #[case::lone_surrogate(br#"{"query":"\ud800"}"#)]
    #[case::lone_surrogate_in_a_variable(br#"{"query":"{a}","variables":{"v":"\udfff"}}"#)]
    #[case::number_out_of_range(br#"{"query":"{a}","variables":{"v":1e999}}"#)]
    #[case::trailing(br#"{"query":"{a}"}{"query":"{b}"}"#)]
    fn malformed_bodies_are_the_clients_fault(#[case] body: &[u8]) {
        let refusal = Call::from_body(body, &Limits::default()).unwrap_err();
        assert_eq!(
            refusal,
            Refusal::http(400, Code::BadUserInput, refusal.message.clone())
        );
    }

    #[rstest]
    #[case(br#"{"query":"{a}"}"#)]
    #[case(br#"  {"query":"{a}","variables":null,"operationName":null,"extensions":null}"#)]
    #[case(br#"{"query":"{a}","variables":{},"extensions":{"x":[1]},"unknown":{"y":1}}"#)]
    #[case(br#"{"query":"{a}","operationName":""}"#)]
    fn absent_null_and_unknown_members_are_fine(#[case] body: &[u8]) {
        let call = Call::from_body(body, &Limits::default()).unwrap();
        assert!(call.variables.is_empty());
        assert_eq!(call.operation_name, None);
    }

    #[test]
    fn a_persisted_query_link_is_understood() {
        let body = br#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"abc"}}}"#;
        let call = Call::from_body(body, &Limits::default()).unwrap();
        assert!(matches!(call.source, Source::Hash(hash) if hash == "abc"));
    }

    #[test]
    fn messages_never_quote_the_body() {
        let body = br#"{"query":{"password":"hunter2"}}"#;
        let refusal = Call::from_body(body, &Limits::default()).unwrap_err();
        assert!(!refusal.message.contains("hunter2"));
        let body = br#"{"variables":"hunter2"}"#;
        let refusal = Call::from_body(body, &Limits::default()).unwrap_err();
        assert!(!refusal.message.contains("hunter2"));
    }
}
