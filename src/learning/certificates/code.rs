//! Codes of certificates: 80 random bits and a checksum, in letters and digits that can be read out.

use sha2::{Digest, Sha256};

/// Crockford's: no I, L, O or U. Typed, `I` and `L` are `1`, and `O` is `0`.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters that are random: 80 bits, so that a million guesses a second for a thousand years find none of a million codes.
const RANDOM: usize = 16;
/// Characters of the checksum: of a thousand wrong codes, one is looked for.
const CHECKS: usize = 2;
/// Characters in a group, as printed.
const GROUP: usize = 6;

/// A code as it is kept: 18 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// A fresh one.
    pub fn fresh() -> Self {
        let random: [u8; RANDOM] = rand::random();
        let mut code: String = random
            .iter()
            .map(|byte| letter(usize::from(*byte)))
            .collect();
        let checks = checks(&code);
        code.push_str(&checks);
        Self(code)
    }

    /// The code somebody typed or scanned, case, spaces and dashes aside; nothing when it cannot be one.
    pub fn typed(text: &str) -> Option<Self> {
        let mut code = String::with_capacity(RANDOM + CHECKS);
        let letters = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        for typed in letters {
            let typed = match typed.to_ascii_uppercase() {
                'I' | 'L' => '1',
                'O' => '0',
                other => other,
            };
            let known = u8::try_from(typed).is_ok_and(|byte| ALPHABET.contains(&byte));
            if !known || code.len() == RANDOM + CHECKS {
                return None;
            }
            code.push(typed);
        }
        let (random, found) = code.split_at_checked(RANDOM)?;
        (found == checks(random)).then_some(Self(code))
    }

    /// A code as kept.
    pub fn kept(code: String) -> Self {
        Self(code)
    }

    /// As kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As printed: in groups, to be read out.
    pub fn shown(&self) -> String {
        let letters: Vec<char> = self.0.chars().collect();
        let groups = letters.chunks(GROUP).map(|group| group.iter().collect());
        groups.collect::<Vec<String>>().join("-")
    }
}

fn letter(value: usize) -> char {
    ALPHABET.get(value % 32).copied().map_or('0', char::from)
}

fn checks(random: &str) -> String {
    let digest = Sha256::new()
        .chain_update("certificate:")
        .chain_update(random)
        .finalize();
    digest
        .iter()
        .take(CHECKS)
        .map(|byte| letter(usize::from(*byte)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = Code::fresh();
        assert_eq!(code.as_str().len(), 18);
        assert_eq!(code.shown().len(), 20);
        let sloppy = format!(
            " {} ",
            code.shown()
                .to_lowercase()
                .replace('0', "o")
                .replace('1', "l")
        );
        assert_eq!(Code::typed(&sloppy), Some(code.clone()));
        assert_eq!(Code::typed(code.as_str()), Some(code));
        let huge = "A".repeat(100_000);
        for wrong in ["", "-", "ABC", "ÂBCDEF", &huge] {
            assert_eq!(Code::typed(wrong), None);
        }
    }

    #[test]
    fn a_slip_of_the_finger_is_noticed_but_for_one_in_a_thousand() {
        // The same codes in every run. Each with each of its letters mistyped in each way: 496,000 slips.
        let mut missed = 0;
        for code in 0..1_000_u32 {
            let drawn = Sha256::digest(code.to_be_bytes());
            let random: String = drawn
                .iter()
                .take(RANDOM)
                .map(|byte| letter(usize::from(*byte)))
                .collect();
            let printed = format!("{random}{}", checks(&random));
            for at in 0..RANDOM {
                for other in ALPHABET.iter().map(|byte| char::from(*byte)) {
                    let mut slipped = printed.clone();
                    slipped.replace_range(at..=at, other.encode_utf8(&mut [0; 4]));
                    missed += u32::from(slipped != printed && Code::typed(&slipped).is_some());
                }
            }
        }
        // Expected: one in 1,024, which is 484. Without the checksum: all.
        assert!((400..600).contains(&missed), "{missed}");
    }
}
