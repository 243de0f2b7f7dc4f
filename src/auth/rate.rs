//! How often one address, and one address at one login name, may try: kept in memory, on each node for itself.
//! The limit that protects an account is counted in the database.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};

use crate::error::{Error, Result};

/// Where a request comes from, as far as the trusted proxies tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// How often may be tried.
#[derive(Clone, Copy, Debug)]
pub struct RateLimits {
    /// Sign-ins and sign-ups of one address a minute. Whole villages share an address.
    pub address_per_minute: u32,
    /// Sign-ins of one address at one login name an hour.
    pub login_per_hour: u32,
    /// Wrong passwords of one account in a clock hour from devices that never signed in to it.
    pub stranger_guesses_per_hour: u32,
    /// Wrong passwords of one account in a clock hour from devices that did.
    pub known_guesses_per_hour: u32,
}

impl Default for RateLimits {
    /// Strangers and known devices together: 50 guesses in a clock hour, so at most 100 in any 60 minutes.
    fn default() -> Self {
        Self {
            address_per_minute: 120,
            login_per_hour: 20,
            stranger_guesses_per_hour: 40,
            known_guesses_per_hour: 10,
        }
    }
}

/// Counts tries.
#[derive(Debug)]
pub(super) struct Rates {
    address: DefaultKeyedRateLimiter<IpAddr>,
    login: DefaultKeyedRateLimiter<([u8; 32], IpAddr)>,
    clock: DefaultClock,
    tries: AtomicU32,
}

/// After how many tries those who stopped trying are forgotten.
const FORGET_EVERY: u32 = 1024;

impl Rates {
    pub fn new(limits: RateLimits) -> Self {
        let at_least_one = |count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        Self {
            address: RateLimiter::keyed(Quota::per_minute(at_least_one(limits.address_per_minute))),
            login: RateLimiter::keyed(Quota::per_hour(at_least_one(limits.login_per_hour))),
            clock: DefaultClock::default(),
            tries: AtomicU32::new(0),
        }
    }

    /// Counts a try of an address, and at a login name if it is one to sign in.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when it has tried too often.
    pub fn try_from(&self, address: Option<ClientAddress>, login: Option<[u8; 32]>) -> Result<()> {
        let Some(ClientAddress(address)) = address else {
            return Ok(());
        };
        if self.tries.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.address.retain_recent();
            self.login.retain_recent();
        }
        let network = network_of(address);
        let mut refused = self.address.check_key(&network).err();
        if let (None, Some(login)) = (&refused, login) {
            refused = self.login.check_key(&(login, network)).err();
        }
        match refused {
            None => Ok(()),
            Some(until) => Err(Error::RateLimited {
                retry_after: until.wait_time_from(self.clock.now()).as_secs() + 1,
            }),
        }
    }
}

/// One subscriber's addresses count as one: a whole /64 of IPv6.
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            const NETWORK: u128 = u128::MAX << 64;
            IpAddr::V6((u128::from(address) & NETWORK).into())
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates() -> Rates {
        Rates::new(RateLimits {
            address_per_minute: 5,
            login_per_hour: 2,
            ..RateLimits::default()
        })
    }

    fn address(text: &str) -> Option<ClientAddress> {
        Some(ClientAddress(text.parse().unwrap()))
    }

    #[test]
    fn an_address_that_tries_too_often_is_told_when_to_come_back_and_others_are_not() {
        let rates = rates();
        for _ in 0..5 {
            rates.try_from(address("203.0.113.7"), None).unwrap();
        }
        let refused = rates.try_from(address("::ffff:203.0.113.7"), None);
        assert!(matches!(
            refused,
            Err(Error::RateLimited {
                retry_after: 1..=13
            })
        ));
        rates.try_from(address("203.0.113.8"), None).unwrap();
        rates.try_from(None, None).unwrap();
    }

    #[test]
    fn one_address_has_fewer_tries_at_one_login() {
        let rates = rates();
        let (one, other) = ([1; 32], [2; 32]);
        rates.try_from(address("2001:db8::1"), Some(one)).unwrap();
        rates.try_from(address("2001:db8::2"), Some(one)).unwrap();
        assert!(rates.try_from(address("2001:db8::3"), Some(one)).is_err());
        rates.try_from(address("2001:db8::3"), Some(other)).unwrap();
        rates
            .try_from(address("2001:db8:0:1::3"), Some(one))
            .unwrap();
    }
}
