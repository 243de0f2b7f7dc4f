//! Passwords: what is accepted, and hashing with Argon2id away from the threads that answer requests.

use std::{sync::Arc, time::Duration};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result, UserError, UserErrorCode as Code};

/// Characters of a password.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=128;

/// Longer input is refused before it is looked at.
const BYTES_LIMIT: usize = 1024;

/// How many may wait for a free core.
const QUEUE: usize = 32;

/// How long they wait.
const PATIENCE: Duration = Duration::from_secs(2);

/// Memory in KiB, passes and lanes of one hash (OWASP's first choice for Argon2id).
const COST: (u32, u32, u32) = (19_456, 2, 1);

/// A hash nobody knows the password of, at today's cost: verified against when there is no account, so that
/// both answers take the same time.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$mzn8rW0hYgGdDRSsU1Mr0A$Qk1F9XhKcTdGvN0y3ZbVvJm2m5eC4nqzE1h7o8sW6dA";

/// Passwords that everybody tries first; compared in lower case.
const COMMON: [&str; 40] = [
    "12345678",
    "123456789",
    "1234567890",
    "0123456789",
    "0987654321",
    "987654321",
    "87654321",
    "11111111",
    "00000000",
    "12341234",
    "11223344",
    "12344321",
    "123123123",
    "147258369",
    "password",
    "password1",
    "password123",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "qwertyui",
    "qwertyuiop",
    "qwerty123",
    "1q2w3e4r",
    "1qaz2wsx",
    "asdfghjk",
    "asdf1234",
    "abcd1234",
    "abc12345",
    "abc123456",
    "a1234567",
    "a12345678",
    "iloveyou",
    "iloveyou1",
    "matkhau1",
    "matkhau123",
    "vietnam1",
    "vietnam123",
    "anhyeuem",
    "emyeuanh",
];

/// Hashes and compares passwords, no more at a time than cores less one. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    cores: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// What comparing a password told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not the password.
    Wrong,
    /// The password.
    Right,
    /// The password, hashed at a cost that is no longer today's.
    RightButCheap,
}

impl Default for Passwords {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let at_once = cores.saturating_sub(1).max(1);
        Self {
            cores: Arc::new(Semaphore::new(at_once)),
            places: Arc::new(Semaphore::new(at_once + QUEUE)),
        }
    }
}

impl Passwords {
    /// The hash to keep.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when too many passwords are being hashed.
    pub async fn hash(&self, password: &SecretString) -> Result<String> {
        let password = password.clone();
        self.off_the_async_threads(move || {
            let hash = hasher()?.hash_password(composed(&password).expose_secret().as_bytes());
            Ok(hash.map_err(Error::internal)?.to_string())
        })
        .await
    }

    /// Compares a password with a kept hash, or at equal cost with none.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when too many passwords are being hashed; internal when the kept hash is damaged.
    pub async fn verify(&self, password: &SecretString, kept: Option<String>) -> Result<Verdict> {
        let password = password.clone();
        self.off_the_async_threads(move || {
            let hasher = hasher()?;
            let kept_or_decoy = kept.as_deref().unwrap_or(DECOY);
            let parsed = argon2::PasswordHash::new(kept_or_decoy).map_err(Error::internal)?;
            let password = composed(&password);
            let compared = hasher.verify_password(password.expose_secret().as_bytes(), &parsed);
            match compared {
                Ok(()) if kept.is_none() => Ok(Verdict::Wrong),
                Ok(()) if is_todays(&parsed) => Ok(Verdict::Right),
                Ok(()) => Ok(Verdict::RightButCheap),
                Err(argon2::password_hash::Error::PasswordInvalid) => Ok(Verdict::Wrong),
                Err(other) => Err(Error::internal(other)),
            }
        })
        .await
    }

    /// Runs `work` on a thread of its own once a core is free. The core stays taken until the work is done,
    /// even when the one who asked has gone.
    async fn off_the_async_threads<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let busy = || Error::RateLimited {
            retry_after: PATIENCE.as_secs(),
        };
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return Err(busy());
        };
        let core = tokio::time::timeout(PATIENCE, Arc::clone(&self.cores).acquire_owned());
        let Ok(core) = core.await else {
            return Err(busy());
        };
        let core = core.map_err(Error::internal)?;
        let working = tokio::task::spawn_blocking(move || {
            let outcome = work();
            drop((core, place));
            outcome
        });
        working.await.map_err(Error::internal)?
    }
}

/// Whether a password may be chosen.
///
/// # Errors
/// A user error naming `password`: 8-128 characters, none of them control characters, not the login name, and
/// none of those that everybody tries first.
pub fn check(password: &SecretString, login: Option<&str>) -> Result<(), UserError> {
    let refuse = |message| Err(UserError::new(Code::Invalid, "password", message));
    if password.expose_secret().len() > BYTES_LIMIT {
        return refuse("password-length");
    }
    let composed = composed(password);
    let text = composed.expose_secret();
    if !LENGTH.contains(&text.chars().count()) {
        return refuse("password-length");
    }
    if text.chars().any(char::is_control) {
        return refuse("password-unseen");
    }
    let lower = text.to_lowercase();
    if login.is_some_and(|login| login == lower) {
        return refuse("password-is-login");
    }
    let mut characters = lower.chars();
    let first = characters.next();
    if COMMON.contains(&lower.as_str()) || characters.all(|other| Some(other) == first) {
        return refuse("password-common");
    }
    Ok(())
}

/// Passwords are compared in NFC, as RFC 8265 (OpaqueString) prescribes: keyboards compose Vietnamese letters
/// differently, and the same password must be the same on every phone. Compatibility forms (NFKC) stay apart.
fn composed(password: &SecretString) -> SecretString {
    password.expose_secret().nfc().collect::<String>().into()
}

fn hasher() -> Result<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(Error::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn is_todays(hash: &argon2::PasswordHash) -> bool {
    let cost = Params::try_from(hash)
        .map(|params| (params.m_cost(), params.t_cost(), params.p_cost()))
        .ok();
    hash.algorithm == argon2::ARGON2ID_IDENT && cost == Some(COST)
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;

    fn secret(text: &str) -> SecretString {
        text.to_owned().into()
    }

    #[test]
    fn the_decoy_costs_what_a_password_costs() {
        let decoy = argon2::PasswordHash::new(DECOY).unwrap();
        assert!(is_todays(&decoy));
        assert_eq!(decoy.hash.unwrap().as_bytes().len(), 32);
    }

    #[tokio::test]
    async fn a_password_is_the_same_however_its_letters_are_composed() {
        let passwords = Passwords::default();
        let kept = passwords.hash(&secret("Mật khẩu dài")).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let decomposed: String = "Mật khẩu dài".nfd().collect();
        let verdict = passwords
            .verify(&secret(&decomposed), Some(kept.clone()))
            .await;
        assert_eq!(verdict.unwrap(), Verdict::Right);
        let other = passwords.verify(&secret("mật khẩu dài"), Some(kept)).await;
        assert_eq!(other.unwrap(), Verdict::Wrong);
        let nobody = passwords.verify(&secret("Mật khẩu dài"), None).await;
        assert_eq!(nobody.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_hash_made_at_another_cost_is_seen_to_be_cheap() {
        let cheap = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8, 1, 1, None).unwrap(),
        );
        let kept = cheap.hash_password(b"mot mat khau").unwrap().to_string();
        let passwords = Passwords::default();
        let verdict = passwords.verify(&secret("mot mat khau"), Some(kept)).await;
        assert_eq!(verdict.unwrap(), Verdict::RightButCheap);
    }

    #[tokio::test]
    async fn a_full_queue_is_told_to_come_back() {
        let passwords = Passwords {
            cores: Arc::new(Semaphore::new(1)),
            places: Arc::new(Semaphore::new(0)),
        };
        let refused = passwords.verify(&secret("mot mat khau"), None).await;
        assert!(matches!(
            refused,
            Err(Error::RateLimited { retry_after: 2 })
        ));
    }

    #[test]
    fn passwords_that_protect_nobody_are_refused() {
        let long = "ab".repeat(65);
        let huge = "ab".repeat(100_000);
        for (wrong, message) in [
            ("", "password-length"),
            ("1234567", "password-length"),
            (&long, "password-length"),
            (&huge, "password-length"),
            ("mot\0mat khau", "password-unseen"),
            ("Me.Bong.1", "password-is-login"),
            ("MatKhau123", "password-common"),
            ("77777777", "password-common"),
        ] {
            let error = check(&secret(wrong), Some("me.bong.1")).unwrap_err();
            assert_eq!(error.message, message);
            assert_eq!(error.field, ["password"]);
        }
        for right in ["Trời mưa rồi", &"xy".repeat(64)] {
            assert_eq!(check(&secret(right), Some("me.bong.1")), Ok(()));
        }
    }
}
