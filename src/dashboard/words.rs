//! What a page says and how it writes numbers, days and instants, in Vietnamese and English.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use fluent_templates::fluent_bundle::FluentValue;

use crate::{
    coverage::disclosure::{Figure, Share, Visibility},
    messages::{self, Language},
};

/// Seconds by which clocks in Viet Nam are ahead of UTC.
const VIET_NAM: i32 = 7 * 3600;

/// The words of one language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Words(pub Language);

impl Words {
    /// A message.
    pub fn say(&self, key: &str) -> String {
        messages::text(self.0, key)
    }

    /// A message that names one thing.
    pub fn with(&self, key: &str, name: &'static str, value: impl ToString) -> String {
        self.with_two(key, (name, value.to_string()), ("none", String::new()))
    }

    /// A message that names two things.
    pub fn with_two(
        &self,
        key: &str,
        one: (&'static str, impl ToString),
        two: (&'static str, impl ToString),
    ) -> String {
        let (first, second) = (one.1.to_string(), two.1.to_string());
        let named = [
            (one.0, FluentValue::from(first.as_str())),
            (two.0, FluentValue::from(second.as_str())),
        ];
        let named: HashMap<_, _> = named
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect();
        messages::text_with(self.0, key, &named)
    }

    /// The BCP 47 tag of the language.
    pub fn tag(&self) -> &'static str {
        self.0.tag()
    }

    /// The tag of the other language.
    pub fn other(&self) -> &'static str {
        match self.0 {
            Language::Vietnamese => "en",
            Language::English => "vi",
        }
    }

    /// Whether this is English.
    pub fn is_english(&self) -> bool {
        self.0 == Language::English
    }

    /// The text of the language out of two.
    pub fn of<'a>(&self, vietnamese: &'a str, english: &'a str) -> &'a str {
        match self.0 {
            Language::Vietnamese => vietnamese,
            Language::English => english,
        }
    }

    /// A whole number: 1.234 or 1,234.
    pub fn count(&self, number: u64) -> String {
        let digits = number.to_string();
        let mark = self.of(".", ",");
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push_str(mark);
            }
            text.push(digit);
        }
        text
    }

    /// Tenths of a per cent: 52,3 % or 52.3%.
    pub fn percent(&self, tenths: u64) -> String {
        let (whole, tenth) = (self.count(tenths / 10), tenths % 10);
        match self.0 {
            Language::Vietnamese => format!("{whole},{tenth}\u{a0}%"),
            Language::English => format!("{whole}.{tenth}%"),
        }
    }

    /// A target in whole per cent.
    pub fn whole_percent(&self, percent: u32) -> String {
        match self.0 {
            Language::Vietnamese => format!("{percent}\u{a0}%"),
            Language::English => format!("{percent}%"),
        }
    }

    /// A pace, with one decimal.
    pub fn decimal(&self, number: f64) -> String {
        let text = format!("{number:.1}");
        match self.0 {
            Language::Vietnamese => text.replace('.', ","),
            Language::English => text,
        }
    }

    /// A day: 22/11/2026 or 22 Nov 2026.
    pub fn day(&self, day: NaiveDate) -> String {
        let form = self.of("%d/%m/%Y", "%-d %b %Y");
        day.format(form).to_string()
    }

    /// A month: 11/2026 or Nov 2026.
    pub fn month(&self, day: NaiveDate) -> String {
        day.format(self.of("%m/%Y", "%b %Y")).to_string()
    }

    /// An instant on a clock in Viet Nam.
    pub fn instant(&self, at: DateTime<Utc>) -> String {
        let here = FixedOffset::east_opt(VIET_NAM).map(|zone| at.with_timezone(&zone));
        let form = self.of("%H:%M %d/%m/%Y", "%-d %b %Y, %H:%M");
        here.map(|at| at.format(form).to_string())
            .unwrap_or_default()
    }

    /// A number of people, or the word for why there is none.
    pub fn people(&self, figure: Figure<u64>) -> Said {
        self.said(figure, |number| self.count(number))
    }

    /// A share, or the word for why there is none.
    pub fn share(&self, figure: Figure<Share>) -> Said {
        self.said(figure, |share| match (tenths(share), share.numerator()) {
            // Few are not nobody.
            (0, 1..) => format!("< {}", self.percent(1)),
            (tenths, _) => self.percent(tenths),
        })
    }

    /// A yes or no about a target, or the word for why there is none.
    pub fn met(&self, figure: Figure<bool>) -> Said {
        self.said(figure, |met| match met {
            true => self.say("dashboard-met"),
            false => self.say("dashboard-not-met"),
        })
    }

    fn said<T: Copy>(&self, figure: Figure<T>, write: impl Fn(T) -> String) -> Said {
        match (figure.visibility(), figure.exact()) {
            (_, Some(value)) => Said {
                text: write(value),
                class: "exact",
            },
            (Visibility::Pooled, None) => Said {
                text: self.say("dashboard-pooled"),
                class: "pooled",
            },
            (Visibility::Undefined, None) => Said {
                text: self.say("dashboard-nobody"),
                class: "nobody",
            },
            (Visibility::Exact | Visibility::Unknown, None) => self.unknown(),
        }
    }

    /// What nobody knows.
    pub fn unknown(&self) -> Said {
        Said {
            text: self.say("dashboard-unknown"),
            class: "unknown",
        }
    }
}

/// A figure as a page writes it: a number, or the word for why there is none. Never an empty cell and never a 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What to write.
    pub text: String,
    /// How to draw it: `exact`, `pooled`, `unknown` or `nobody`.
    pub class: &'static str,
}

impl Said {
    /// The class of a table cell in which a number stands: a number itself needs no other drawing.
    pub fn cell(&self) -> String {
        match self.class {
            "exact" => "number".to_owned(),
            class => format!("number {class}"),
        }
    }
}

/// Whole tenths of a per cent, rounded down: a share that is shown to reach its target does.
pub fn tenths(share: Share) -> u64 {
    let tenths = u128::from(share.numerator()) * 1000 / u128::from(share.denominator().max(1));
    u64::try_from(tenths).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::coverage::disclosure::Published;

    const VIETNAMESE: Words = Words(Language::Vietnamese);
    const ENGLISH: Words = Words(Language::English);

    #[rstest]
    #[case(0, "0", "0")]
    #[case(999, "999", "999")]
    #[case(1_000, "1.000", "1,000")]
    #[case(1_234_567, "1.234.567", "1,234,567")]
    fn whole_numbers_are_grouped(#[case] number: u64, #[case] vi: &str, #[case] en: &str) {
        assert_eq!(VIETNAMESE.count(number), vi);
        assert_eq!(ENGLISH.count(number), en);
    }

    #[test]
    fn a_share_just_below_its_target_is_not_rounded_up_to_it() {
        let cell = Published::read_back(Some((Some(8_999), Some(10_000))));
        assert_eq!(VIETNAMESE.share(cell.share()).text, "89,9\u{a0}%");
        assert_eq!(ENGLISH.share(cell.share()).text, "89.9%");
        assert_eq!(cell.is_target_met(90).exact(), Some(false));
    }

    #[test]
    fn a_share_of_few_is_not_written_as_nothing() {
        let share = |reached| Published::read_back(Some((Some(reached), Some(60_000)))).share();
        assert_eq!(VIETNAMESE.share(share(3)).text, "< 0,1\u{a0}%");
        assert_eq!(VIETNAMESE.share(share(0)).text, "0,0\u{a0}%");
    }

    #[test]
    fn what_is_pooled_unknown_or_of_nobody_is_a_word_and_never_a_zero() {
        let pooled = VIETNAMESE.share(Published::read_back(None).share());
        let unknown = VIETNAMESE.share(Published::unknown().share());
        let nobody = Published::read_back(Some((Some(0), Some(0))));
        let nobody = VIETNAMESE.share(nobody.share());
        assert_eq!((&*pooled.text, pooled.class), ("gộp chung", "pooled"));
        assert_eq!((&*unknown.text, unknown.class), ("chưa biết", "unknown"));
        assert_eq!(nobody.class, "nobody");
        assert!(!nobody.text.contains('0'));
    }

    #[test]
    fn days_and_instants_are_those_of_viet_nam() {
        let at = "2026-11-21T18:05:00Z".parse().unwrap();
        assert_eq!(VIETNAMESE.instant(at), "01:05 22/11/2026");
        assert_eq!(ENGLISH.day("2026-11-02".parse().unwrap()), "2 Nov 2026");
    }
}
