//! Who visits: the session cookie, kept good while she works, and the proof that a form is our own.
//!
//! The cookie holds a pair of tokens as any device of the account has one, and a seed. Scripts cannot read it
//! (`HttpOnly`), other sites cannot send it along with a form (`SameSite`). When the access token has run out, the
//! refresh token is traded as a phone does it, and the answer carries the next cookie.
//!
//! Invariant: a form changes something only when the browser says that it comes from our own pages *and* it carries the
//! token made from the seed, which no other site can know.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::{
    auth::{Auth, capability::Viewer, session::Session},
    error::{Error, Result},
};

/// The cookie of the session.
const SESSION: &str = "vun_session";
/// The cookie of the language.
const LANGUAGE: &str = "vun_language";
/// Seconds after which a browser forgets a session that nobody used: a working day.
const SESSION_SECONDS: u32 = 12 * 3600;
/// Seconds for which the language is remembered: a year.
const LANGUAGE_SECONDS: u32 = 365 * 24 * 3600;
/// Bytes of a cookie that are looked at; ours are shorter.
const COOKIE_BYTES: usize = 512;

/// What the cookie holds.
#[derive(Clone)]
pub struct Carried {
    access: SecretString,
    refresh: SecretString,
    seed: String,
}

/// Somebody signed in.
#[derive(Clone)]
pub struct Signed {
    /// Who.
    pub viewer: Viewer,
    /// What she carries.
    pub carried: Carried,
}

/// What became of the cookie of a request.
pub struct Resumed {
    /// Who is signed in, if somebody is.
    pub signed: Option<Signed>,
    /// The cookie to send back, where it changed.
    pub cookie: Option<HeaderValue>,
}

impl Carried {
    /// What the browser sent, if it can be one of ours.
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let text = cookie(headers, SESSION)?;
        let mut parts = text.split('.');
        let (access, refresh, seed) = (parts.next()?, parts.next()?, parts.next()?);
        parts.next().is_none().then(|| Self {
            access: access.into(),
            refresh: refresh.into(),
            seed: seed.to_owned(),
        })
    }

    /// A session that begins.
    pub fn begun(session: Session) -> Self {
        let seed: [u8; 32] = rand::random();
        Self {
            access: session.access_token,
            refresh: session.refresh_token,
            seed: URL_SAFE_NO_PAD.encode(seed),
        }
    }

    /// The refresh token, to sign out with.
    pub fn refresh(&self) -> &SecretString {
        &self.refresh
    }

    /// What our own forms carry.
    pub fn form_token(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(b"vun form\n");
        hash.update(self.seed.as_bytes());
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }

    /// Whether a form's token is that of this session.
    pub fn made(&self, token: &str) -> bool {
        self.form_token().as_bytes().ct_eq(token.as_bytes()).into()
    }

    /// The cookie's header.
    pub fn cookie(&self, is_secure: bool) -> Option<HeaderValue> {
        let value = format!(
            "{}.{}.{}",
            self.access.expose_secret(),
            self.refresh.expose_secret(),
            self.seed
        );
        header_of(SESSION, &value, SESSION_SECONDS, is_secure)
    }
}

/// The header that makes the browser forget its session.
pub fn forgotten(is_secure: bool) -> Option<HeaderValue> {
    header_of(SESSION, "", 0, is_secure)
}

/// The header that makes the browser remember a language.
pub fn language_cookie(tag: &str, is_secure: bool) -> Option<HeaderValue> {
    header_of(LANGUAGE, tag, LANGUAGE_SECONDS, is_secure)
}

/// The language the browser remembers.
pub fn language_tag(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, LANGUAGE)
}

/// Finds out who visits. Where the access token has run out and `goes_on`, the refresh token is traded: a page that only
/// looks whether it has changed does not keep a session alive.
///
/// # Errors
/// When the database does not answer; a session that is over is nobody's, not an error.
pub async fn resume(
    auth: &Auth,
    headers: &HeaderMap,
    is_secure: bool,
    goes_on: bool,
) -> Result<Resumed> {
    let Some(carried) = Carried::read(headers) else {
        return Ok(Resumed {
            signed: None,
            cookie: None,
        });
    };
    let over = || Resumed {
        signed: None,
        cookie: forgotten(is_secure),
    };
    match auth.viewer(Some(carried.access.expose_secret())).await {
        Ok(Some(viewer)) => {
            return Ok(Resumed {
                signed: Some(Signed { viewer, carried }),
                cookie: None,
            });
        }
        Ok(None) => return Ok(over()),
        Err(Error::Unauthenticated) if goes_on => {}
        Err(Error::Unauthenticated) => {
            return Ok(Resumed {
                signed: None,
                cookie: None,
            });
        }
        Err(error) => return Err(error),
    }
    let session = match auth.refresh(&carried.refresh).await {
        Ok(session) => session,
        Err(Error::Unauthenticated) => return Ok(over()),
        Err(error) => return Err(error),
    };
    let carried = Carried {
        access: session.access_token,
        refresh: session.refresh_token,
        seed: carried.seed,
    };
    let viewer = auth.viewer(Some(carried.access.expose_secret())).await?;
    let cookie = carried.cookie(is_secure);
    Ok(Resumed {
        signed: viewer.map(|viewer| Signed { viewer, carried }),
        cookie,
    })
}

/// Whether the browser says that a form comes from our own pages. `origin` is what it must name where it is known;
/// otherwise the host that was asked.
pub fn is_own_form(headers: &HeaderMap, origin: Option<&str>) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let site = text("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin") {
        return false;
    }
    match (text("origin"), origin) {
        (Some(named), Some(ours)) => named == ours,
        (Some(named), None) => {
            let host = named.split_once("://").map(|(_, host)| host);
            host.is_some() && host == text("host")
        }
        (None, _) => site.is_some(),
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter();
    let mut pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(known, _)| *known == name)?;
    (value.len() <= COOKIE_BYTES).then_some(value)
}

fn header_of(name: &str, value: &str, seconds: u32, is_secure: bool) -> Option<HeaderValue> {
    let secure = if is_secure { "; Secure" } else { "" };
    let text = format!(
        "{name}={value}; Path=/dashboard; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
    );
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[rstest]
    #[case(&[("sec-fetch-site", "same-origin"), ("origin", "https://a.vn"), ("host", "a.vn")], true)]
    #[case(&[("origin", "https://a.vn"), ("host", "a.vn")], true)]
    #[case(&[("sec-fetch-site", "same-origin")], true)]
    #[case(&[("sec-fetch-site", "cross-site"), ("origin", "https://a.vn"), ("host", "a.vn")], false)]
    #[case(&[("sec-fetch-site", "same-site"), ("host", "a.vn")], false)]
    #[case(&[("origin", "https://b.vn"), ("host", "a.vn")], false)]
    #[case(&[("origin", "null"), ("host", "a.vn")], false)]
    #[case(&[("host", "a.vn")], false)]
    fn a_form_is_believed_only_where_the_browser_says_it_is_ours(
        #[case] pairs: &[(&'static str, &'static str)],
        #[case] own: bool,
    ) {
        assert_eq!(is_own_form(&headers(pairs), None), own);
    }

    #[test]
    fn where_the_public_address_is_known_the_host_is_not_believed() {
        let sent = headers(&[("origin", "https://b.vn"), ("host", "b.vn")]);
        assert!(!is_own_form(&sent, Some("https://a.vn")));
    }

    #[test]
    fn a_cookie_with_other_parts_than_ours_is_nobodys() {
        assert!(Carried::read(&headers(&[("cookie", "x=1; vun_session=a.b.c; y=2")])).is_some());
        assert!(Carried::read(&headers(&[("cookie", "vun_session=a.b")])).is_none());
        assert!(Carried::read(&headers(&[("cookie", "vun_session=a.b.c.d")])).is_none());
        assert!(Carried::read(&headers(&[("cookie", "other=a.b.c")])).is_none());
    }

    #[test]
    fn a_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        let text = |secure| forgotten(secure).unwrap().to_str().unwrap().to_owned();
        for part in ["HttpOnly", "SameSite=Lax", "Path=/dashboard", "Max-Age=0"] {
            assert!(text(false).contains(part), "{part}");
        }
        assert!(text(true).ends_with("; Secure") && !text(false).contains("Secure"));
    }
}
