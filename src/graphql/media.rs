//! Media types: what a client may send and which of the two answers it reads.

/// The media type of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `application/graphql-response+json`: the status tells whether the document could be executed.
    GraphqlResponse,
    /// `application/json`, for clients from before the specification: 200 for every well-formed request.
    Json,
}

impl Media {
    /// The `Content-Type` of an answer.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The answer a client prefers, from the values of its `Accept` headers; `None` when it reads neither.
    ///
    /// Without the header, or with wildcards only, `application/json` is meant.
    #[must_use]
    pub fn accepted<'a>(accept: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut is_silent = true;
        let mut best: Option<(f32, Self)> = None;
        for range in accept.into_iter().flat_map(|value| value.split(',')) {
            is_silent = false;
            let (name, quality) = name_and_quality(range);
            let media = match name.to_ascii_lowercase().as_str() {
                "application/graphql-response+json" => Self::GraphqlResponse,
                "application/json" | "application/*" | "*/*" => Self::Json,
                _ => continue,
            };
            let is_better = match best {
                None => quality > 0.0,
                Some((best_quality, best_media)) => {
                    quality > best_quality
                        || (quality == best_quality
                            && media == Self::GraphqlResponse
                            && best_media == Self::Json)
                }
            };
            if is_better {
                best = Some((quality, media));
            }
        }
        if is_silent {
            return Some(Self::Json);
        }
        best.map(|(_, media)| media)
    }
}

/// Whether the `Content-Type` of a request says JSON in UTF-8.
#[must_use]
pub fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let is_named = parts
        .next()
        .is_some_and(|name| name.eq_ignore_ascii_case("application/json"));
    is_named
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
                let charset = value.trim().trim_matches('"');
                charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
            }
            _ => true,
        })
}

fn name_and_quality(range: &str) -> (&str, f32) {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let quality = parts
        .find_map(|parameter| parameter.strip_prefix("q="))
        .and_then(|text| text.parse().ok())
        .unwrap_or(1.0);
    (name, quality)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(&[], Some(Media::Json))]
    #[case(&["*/*"], Some(Media::Json))]
    #[case(&["application/*"], Some(Media::Json))]
    #[case(&["application/json"], Some(Media::Json))]
    #[case(&["application/graphql-response+json"], Some(Media::GraphqlResponse))]
    #[case(&["application/json", "application/graphql-response+json"], Some(Media::GraphqlResponse))]
    #[case(&["application/graphql-response+json;q=0.5, application/json"], Some(Media::Json))]
    #[case(&["application/graphql-response+json, application/json;q=0.9"], Some(Media::GraphqlResponse))]
    #[case(&["text/html, */*;q=0.8"], Some(Media::Json))]
    #[case(&["Application/JSON; charset=utf-8"], Some(Media::Json))]
    #[case(&["application/json;q=0"], None)]
    #[case(&["text/html"], None)]
    #[case(&["application/jsonp"], None)]
    fn the_preferred_answer_is_chosen(#[case] accept: &[&str], #[case] media: Option<Media>) {
        assert_eq!(Media::accepted(accept.iter().copied()), media);
    }

    #[rstest]
    #[case("application/json", true)]
    #[case("Application/Json; Charset=\"UTF-8\"", true)]
    #[case("application/json; charset=utf-16", false)]
    #[case("application/graphql", false)]
    #[case("text/plain", false)]
    #[case("multipart/form-data; boundary=application/json", false)]
    #[case("application/x-www-form-urlencoded", false)]
    #[case("", false)]
    fn only_utf8_json_is_read(#[case] content_type: &str, #[case] passes: bool) {
        assert_eq!(is_json(content_type), passes);
    }
}
