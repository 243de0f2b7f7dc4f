//! Forms that were sent: their fields, and the proof that the form is our own.

use super::visit::{Failed, Visit};

/// The largest form of ours, in bytes: a hundred comments, or a list of every commune of a province.
pub const FORM_BYTES: usize = 512 * 1024;

/// The fields of a form.
pub struct Posted(Vec<(String, String)>);

impl Posted {
    /// Reads a form of somebody signed in.
    ///
    /// # Errors
    /// When nobody is signed in, or the form does not carry the session's token.
    pub fn read(visit: &Visit, body: &[u8]) -> Result<Self, Failed> {
        let mut posted = Self::of_a_visitor(body)?;
        let token = posted.take("token").unwrap_or_default();
        match visit.signed()?.carried.made(&token) {
            true => Ok(posted),
            false => Err(Failed::Foreign),
        }
    }

    /// Reads a form of somebody who has no session yet.
    ///
    /// # Errors
    /// When it is too large or cannot be read.
    pub fn of_a_visitor(body: &[u8]) -> Result<Self, Failed> {
        if body.len() > FORM_BYTES {
            return Err(Failed::TooLarge);
        }
        let read = serde_urlencoded::from_bytes(body);
        read.map(Self).map_err(|cause| {
            tracing::debug!(%cause, "a form was not read");
            Failed::Parameter("form")
        })
    }

    /// The first field of a name, taken out.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }

    /// Every field of a name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    /// The fields whose name begins so, with what follows it.
    pub fn beginning<'a>(&'a self, start: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let fields = self.0.iter();
        fields.filter_map(move |(name, value)| Some((name.strip_prefix(start)?, value.as_str())))
    }
}
