//! What a learner types to join a group: short, fit to be read out over a telephone, and hard to guess.

use std::{
    fmt,
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

use entity::ids::AccountId;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};

use crate::{
    auth::rate::{ClientAddress, network_of},
    error::{Error, Result},
};

/// Digits and letters that neither look nor sound alike in Vietnamese: no 0 O 1 I L, no 5 S, 8 B, 2 Z or U V, and
/// of C K Q, D V, M N, S X and I Y one each. Together with the length 11 thousand million codes.
const ALPHABET: &[u8; 18] = b"23456789AEHKMPRTVX";

/// Characters of a code, without the dash it is shown with.
const LENGTH: usize = 8;

/// What a scanned code begins with.
const SCANNED: &str = "VUN-JOIN:";

/// A code to join a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinCode(String);

impl JoinCode {
    /// A fresh one.
    pub fn fresh() -> Self {
        let letter = || {
            let at = rand::random_range(0..ALPHABET.len());
            ALPHABET.get(at).copied().map_or('2', char::from)
        };
        Self(std::iter::repeat_with(letter).take(LENGTH).collect())
    }

    /// The code somebody typed, in either case, spaces and dashes aside, or scanned; nothing when it cannot be one.
    pub fn typed(text: &str) -> Option<Self> {
        let text = text.strip_prefix(SCANNED).unwrap_or(text);
        let mut code = String::with_capacity(LENGTH);
        for letter in text.chars() {
            let letter = letter.to_ascii_uppercase();
            if letter.is_whitespace() || letter == '-' {
                continue;
            }
            let known = u8::try_from(letter).is_ok_and(|byte| ALPHABET.contains(&byte));
            if !known || code.len() == LENGTH {
                return None;
            }
            code.push(letter);
        }
        (code.len() == LENGTH).then_some(Self(code))
    }

    /// What a QR code of the code says: letters that make it small, and that no other code begins with.
    fn scanned(&self) -> String {
        format!("{SCANNED}{}", self.0)
    }

    /// The code as an SVG document with a QR code.
    ///
    /// # Errors
    /// Never in practice: so short a text always fits.
    pub fn picture(&self) -> Result<String> {
        let level = qrcode::EcLevel::Q;
        let drawn = qrcode::QrCode::with_error_correction_level(self.scanned(), level);
        let drawn = drawn.map_err(Error::internal)?;
        let mut picture = drawn.render::<qrcode::render::svg::Color<'_>>();
        Ok(picture.min_dimensions(200, 200).build())
    }

    /// A code as it is kept.
    pub(super) fn kept(code: String) -> Self {
        Self(code)
    }

    /// As it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// As it is shown: in two halves.
impl fmt::Display for JoinCode {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_at_checked(LENGTH / 2) {
            Some((first, second)) => write!(to, "{first}-{second}"),
            None => to.write_str(&self.0),
        }
    }
}

/// How often somebody may try to join a group.
#[derive(Clone, Copy, Debug)]
pub struct JoinLimits {
    /// Tries of one account an hour.
    pub account_per_hour: u32,
    /// Tries of one address an hour. A whole course may join over one address.
    pub address_per_hour: u32,
}

impl Default for JoinLimits {
    fn default() -> Self {
        Self {
            account_per_hour: 10,
            address_per_hour: 400,
        }
    }
}

/// Counts tries, on each node for itself.
#[derive(Debug)]
pub(super) struct JoinRates {
    account: DefaultKeyedRateLimiter<AccountId>,
    address: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
    tries: AtomicU32,
}

/// After how many tries those who stopped trying are forgotten.
const FORGET_EVERY: u32 = 1024;

impl JoinRates {
    pub fn new(limits: JoinLimits) -> Self {
        let per_hour = |count| Quota::per_hour(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN));
        Self {
            account: RateLimiter::keyed(per_hour(limits.account_per_hour)),
            address: RateLimiter::keyed(per_hour(limits.address_per_hour)),
            clock: DefaultClock::default(),
            tries: AtomicU32::new(0),
        }
    }

    /// Counts a try.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when the account, or its address, has tried too often.
    pub fn try_from(&self, account: AccountId, address: Option<ClientAddress>) -> Result<()> {
        if self.tries.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.account.retain_recent();
            self.address.retain_recent();
        }
        let mut refused = self.account.check_key(&account).err();
        if let (None, Some(ClientAddress(address))) = (&refused, address) {
            refused = self.address.check_key(&network_of(address)).err();
        }
        match refused {
            None => Ok(()),
            Some(until) => Err(Error::RateLimited {
                retry_after: until.wait_time_from(self.clock.now()).as_secs() + 1,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    proptest! {
        #[test]
        fn a_code_is_read_however_it_is_typed(lower in any::<bool>(), gap in "[ \t-]{0,3}") {
            let code = JoinCode::fresh();
            let mut typed = code.to_string().replace('-', &gap);
            if lower {
                typed.make_ascii_lowercase();
            }
            prop_assert_eq!(JoinCode::typed(&format!(" {typed}\n")), Some(code));
        }

        #[test]
        fn whatever_is_typed_is_a_code_or_nothing(text in any::<String>()) {
            if let Some(code) = JoinCode::typed(&text) {
                prop_assert_eq!(code.as_str().len(), LENGTH);
            }
        }
    }

    #[test]
    fn a_scanned_code_is_the_code_and_its_picture_is_one() {
        let code = JoinCode::fresh();
        assert_eq!(JoinCode::typed(&code.scanned()), Some(code.clone()));
        let picture = code.picture().unwrap();
        assert!(picture.contains("<svg") && picture.trim_end().ends_with("</svg>"));
        assert_ne!(
            picture,
            JoinCode::kept("23456789".to_owned()).picture().unwrap()
        );
    }

    #[test]
    fn what_looks_or_sounds_alike_is_not_in_a_code() {
        let code = JoinCode::kept("23456789".to_owned());
        assert_eq!(code.to_string(), "2345-6789");
        let long = "2".repeat(1_000_000);
        for wrong in [
            "",
            "2345-678",
            "2345-67899",
            "O345-6789",
            "2345-678Đ",
            "\u{0}2345678",
            &long,
        ] {
            assert_eq!(JoinCode::typed(wrong), None);
        }
    }

    #[test]
    fn an_account_that_tries_too_often_is_told_when_to_come_back_and_others_are_not() {
        let rates = JoinRates::new(JoinLimits {
            account_per_hour: 3,
            address_per_hour: 5,
        });
        let account = |id| AccountId(Uuid::from_u128(id));
        let home = Some(ClientAddress("2001:db8::1".parse().unwrap()));
        let neighbour = Some(ClientAddress("2001:db8::2".parse().unwrap()));
        for _ in 0..3 {
            rates.try_from(account(1), home).unwrap();
        }
        let refused = rates.try_from(account(1), None);
        assert!(matches!(
            refused,
            Err(Error::RateLimited {
                retry_after: 1..=1201
            })
        ));
        rates.try_from(account(2), neighbour).unwrap();
        rates.try_from(account(3), neighbour).unwrap();
        assert!(rates.try_from(account(4), home).is_err());
        rates.try_from(account(4), None).unwrap();
    }
}
