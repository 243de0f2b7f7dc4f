//! Elements of compound indicators: which of them a target asks for, and what makes the whole.
//!
//! A plan may ask for several things at once: a network **and** a pilot. Areas report each apart; the figure is of the
//! whole. Which elements make it up is the target's word: one plan leaves an element out that the nation asks for.

use entity::{
    reported_value,
    reported_value::{ElementsSaid, Said},
    target,
    target::ElementsRule,
};

use super::{
    reported::{ReportValue, Shape},
    rulebook::Indicator,
};
use crate::error::{UserError, UserErrorCode};

/// Longest code of an element.
const LONGEST_CODE: usize = 40;

/// Whether a text can be the code of an element.
pub fn is_code(text: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_uppercase() || letter == '_';
    !text.is_empty() && text.len() <= LONGEST_CODE && text.chars().all(fits)
}

/// The codes asked for as they are kept: nothing for none or every one of them, else in the indicator's order.
pub fn joined<'a>(every: impl Iterator<Item = &'a str>, asked: &[String]) -> Option<String> {
    let (in_order, left_out): (Vec<&str>, Vec<&str>) =
        every.partition(|code| asked.iter().any(|asked| asked == code));
    (!in_order.is_empty() && !left_out.is_empty()).then(|| in_order.join(" "))
}

/// What makes a compound indicator as a target asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// Codes of the elements asked for, in the indicator's order; none of an indicator that is not compound.
    pub elements: Vec<String>,
    /// How they make it up.
    pub rule: ElementsRule,
}

impl Needed {
    /// What a target asks for; without one, every element.
    pub fn of(indicator: &Indicator, target: Option<&target::Model>) -> Self {
        let every = || indicator.elements.iter().map(|row| row.code.clone());
        let named = target.and_then(|target| target.elements.as_deref());
        Self {
            elements: match named {
                Some(codes) => codes.split_whitespace().map(str::to_owned).collect(),
                None => every().collect(),
            },
            rule: target.map_or(ElementsRule::All, |target| target.elements_rule),
        }
    }

    /// Whether an area has what is asked for; nothing of a value that says something else. A value that does not tell
    /// the elements apart speaks of them all.
    pub fn is_in_place(&self, row: &reported_value::Model) -> Option<bool> {
        let Some(said) = row.elements.as_ref().filter(|_| !self.elements.is_empty()) else {
            return row.in_place;
        };
        let mut has = self
            .elements
            .iter()
            .map(|code| element_in_place(said, code));
        Some(match self.rule {
            ElementsRule::All => has.all(|has| has == Some(true)),
            ElementsRule::Any => has.any(|has| has == Some(true)),
        })
    }

    /// Whether a number of people can have reached the whole, of whom so many reached each element.
    fn allows(&self, whole: i64, said: &ElementsSaid) -> bool {
        let number = |code: &String| match said.of(code) {
            Some(Said::Number(number)) => Some(number),
            _ => None,
        };
        let each: Vec<i64> = self.elements.iter().filter_map(number).collect();
        match self.rule {
            ElementsRule::All => each.iter().all(|element| whole <= *element),
            ElementsRule::Any => {
                each.iter().all(|element| *element <= whole) && whole <= each.iter().sum()
            }
        }
    }
}

/// Whether an area has an element; nothing where its value says something else of it, or nothing.
pub fn in_place(row: &reported_value::Model, code: &str) -> Option<bool> {
    match &row.elements {
        Some(said) => element_in_place(said, code),
        // Who has the whole has every element; who has it not may have some.
        None => row.in_place.filter(|has| *has),
    }
}

/// How many reached an element, where the value tells.
pub fn number(row: &reported_value::Model, code: &str) -> Option<i64> {
    match row.elements.as_ref()?.of(code)? {
        Said::Number(number) => Some(number),
        Said::InPlace(_) => None,
    }
}

fn element_in_place(said: &ElementsSaid, code: &str) -> Option<bool> {
    match said.of(code)? {
        Said::InPlace(has) => Some(has),
        Said::Number(_) => None,
    }
}

impl ReportValue {
    /// With what follows from its elements: an area has the whole when it has every one of them.
    pub(super) fn with_whole(mut self) -> Self {
        if let (None, Some(said)) = (self.in_place, &self.elements) {
            let each = said.0.iter().map(|(_, said)| match said {
                Said::InPlace(has) => Some(*has),
                Said::Number(_) => None,
            });
            let each: Option<Vec<bool>> = each.collect();
            let each = each.filter(|each| !each.is_empty());
            self.in_place = each.map(|each| each.into_iter().all(|has| has));
        }
        self
    }

    /// What must be mended in what it says of elements.
    pub(super) fn element_faults(
        &self,
        indicator: &Indicator,
        shape: Shape,
        needed: &Needed,
        largest: i64,
    ) -> Vec<UserError> {
        let Some(said) = &self.elements else {
            return Vec::new();
        };
        let fault = |field, message| vec![UserError::new(UserErrorCode::Invalid, field, message)];
        if indicator.elements.is_empty() {
            return fault("elements", "reported-no-elements");
        }
        let codes: Vec<&str> = indicator.elements.iter().map(|row| &*row.code).collect();
        let once = |code: &&str| said.0.iter().filter(|(named, _)| named == code).count() == 1;
        if said.0.len() != codes.len() || !codes.iter().all(once) {
            let error = UserError::new(UserErrorCode::Invalid, "elements", "reported-elements");
            return vec![error.with("codes", codes.join(", "))];
        }
        let fits = |said: &Said| match (said, shape) {
            (Said::InPlace(_), Shape::InPlace) => true,
            (Said::Number(number), Shape::OfPeople | Shape::OfEstablishments) => {
                (0..=largest).contains(number)
            }
            _ => false,
        };
        if !said.0.iter().all(|(_, said)| fits(said)) {
            return fault("elements", "reported-elements-kind");
        }
        let has_all = said.0.iter().all(|(_, said)| *said == Said::InPlace(true));
        if shape == Shape::InPlace && self.in_place.is_some_and(|whole| whole != has_all) {
            return fault("inPlace", "reported-elements-differ");
        }
        if shape != Shape::InPlace && !self.numerator.is_none_or(|n| needed.allows(n, said)) {
            return match needed.rule {
                ElementsRule::All => fault("numerator", "reported-elements-all"),
                ElementsRule::Any => fault("numerator", "reported-elements-any"),
            };
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_kept_in_the_indicators_order_and_all_of_it_as_nothing() {
        let joined = |asked: &[&str]| {
            let asked: Vec<String> = asked.iter().map(|code| (*code).to_owned()).collect();
            joined(["NETWORK", "NEEDS", "PILOT"].into_iter(), &asked)
        };
        assert_eq!(
            joined(&["PILOT", "NETWORK"]).as_deref(),
            Some("NETWORK PILOT")
        );
        assert_eq!(joined(&["PILOT", "NETWORK", "NEEDS"]), None);
        assert_eq!(joined(&[]), None);
    }

    #[test]
    fn what_was_said_of_elements_is_read_as_it_was_written() {
        let said = ElementsSaid(vec![
            ("NETWORK".into(), Said::InPlace(true)),
            ("PILOT".into(), Said::InPlace(false)),
            ("SKILLS".into(), Said::Number(12)),
        ]);
        assert_eq!(said.to_string(), "NETWORK=yes PILOT=no SKILLS=12");
        assert_eq!(said.to_string().parse::<ElementsSaid>().ok(), Some(said));
        assert!("NETWORK".parse::<ElementsSaid>().is_err());
        assert!("NETWORK=maybe".parse::<ElementsSaid>().is_err());
    }

    #[test]
    fn of_the_whole_no_more_can_be_reached_than_the_rule_allows() {
        let said = "SERVICES=12 SKILLS=9".parse::<ElementsSaid>().unwrap();
        let needed = |rule| Needed {
            elements: vec!["SERVICES".into(), "SKILLS".into()],
            rule,
        };
        let all = |whole| needed(ElementsRule::All).allows(whole, &said);
        let any = |whole| needed(ElementsRule::Any).allows(whole, &said);
        assert_eq!([all(0), all(9), all(10)], [true, true, false]);
        assert_eq!(
            [any(11), any(12), any(21), any(22)],
            [false, true, true, false]
        );
    }
}
