//! Values that areas report because lessons cannot prove them: what one must be, and which of them speaks on a day.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    ids::{AreaId, IndicatorId},
    indicator,
    indicator::Computed,
    reported_value,
    reported_value::{ElementsSaid, Verdict},
    target::Milestone,
};

use super::{denominators::LARGEST, elements::Needed, rulebook::Indicator};
use crate::{
    areas::Atlas,
    error::{UserError, UserErrorCode},
};

/// What is reported of an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Whether an area has it: the share is of areas.
    InPlace,
    /// The step reached.
    Milestone,
    /// How many out of how many people, or needs of people.
    OfPeople,
    /// How many out of how many establishments.
    OfEstablishments,
}

/// What is reported of an indicator; nothing of one that lessons prove.
pub fn shape(indicator: &indicator::Model) -> Option<Shape> {
    if indicator.computed != Computed::Reported {
        return None;
    }
    Some(match indicator.unit.as_str() {
        "admin_unit" => Shape::InPlace,
        "milestone" => Shape::Milestone,
        "institution" => Shape::OfEstablishments,
        _ => Shape::OfPeople,
    })
}

/// A value to report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportValue {
    /// The area it speaks of.
    pub area: AreaId,
    /// The indicator it is a value of.
    pub indicator: IndicatorId,
    /// First day it speaks for.
    pub period_from: NaiveDate,
    /// Last day it speaks for; a state may last until another is reported.
    pub period_to: Option<NaiveDate>,
    /// How many reached it.
    pub numerator: Option<i64>,
    /// Out of how many; where it is left out the register's population is used.
    pub denominator: Option<i64>,
    /// Whether it is in place.
    pub in_place: Option<bool>,
    /// What there is of each element of a compound indicator, where it is told apart.
    pub elements: Option<ElementsSaid>,
    /// The step reached.
    pub milestone: Option<Milestone>,
    /// Where the value comes from.
    pub source: String,
    /// The file or paper that shows it.
    pub document: Option<String>,
}

/// The longest source, document or comment, in characters.
const LONGEST_TEXT: usize = 2_000;

/// Whether a text says something and can be kept.
pub fn is_text(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains('\0') && text.chars().count() <= LONGEST_TEXT
}

impl ReportValue {
    /// Without blanks around its texts.
    pub fn tidied(mut self) -> Self {
        self.source = self.source.trim().to_owned();
        let document = self.document.map(|text| text.trim().to_owned());
        self.document = document.filter(|text| !text.is_empty());
        self
    }

    /// What must be mended before it can be reported.
    pub fn faults(
        &self,
        indicator: Option<(&Indicator, Needed)>,
        atlas: &Atlas,
        first: NaiveDate,
        today: NaiveDate,
    ) -> Vec<UserError> {
        let mut faults = Vec::new();
        let mut need = |fine: bool, code, field, message| {
            if !fine {
                faults.push(UserError::new(code, field, message));
            }
        };
        let known = indicator.map(|(indicator, needed)| (indicator, shape(&indicator.row), needed));
        match &known {
            None => need(
                false,
                UserErrorCode::NotFound,
                "indicator",
                "indicator-unknown",
            ),
            Some((_, None, _)) => need(
                false,
                UserErrorCode::Invalid,
                "indicator",
                "reported-computed",
            ),
            Some((_, Some(shape), _)) => {
                let (asked, message, field) = match shape {
                    Shape::InPlace => (
                        self.in_place.is_some()
                            && self.milestone.is_none()
                            && self.is_without_numbers(),
                        "reported-needs-in-place",
                        "inPlace",
                    ),
                    Shape::Milestone => (
                        self.milestone.is_some()
                            && self.in_place.is_none()
                            && self.is_without_numbers(),
                        "reported-needs-milestone",
                        "milestone",
                    ),
                    Shape::OfPeople | Shape::OfEstablishments => (
                        self.numerator.is_some()
                            && self.in_place.is_none()
                            && self.milestone.is_none(),
                        "reported-needs-numerator",
                        "numerator",
                    ),
                };
                need(asked, UserErrorCode::Required, field, message);
                let lasts = matches!(shape, Shape::InPlace | Shape::Milestone);
                need(
                    lasts || self.period_to.is_some(),
                    UserErrorCode::Required,
                    "periodTo",
                    "reported-needs-period",
                );
            }
        }
        for (value, field) in [
            (self.numerator, "numerator"),
            (self.denominator, "denominator"),
        ] {
            need(
                value.is_none_or(|value| (0..=LARGEST).contains(&value)),
                UserErrorCode::Invalid,
                field,
                "reported-number",
            );
        }
        need(
            is_text(&self.source),
            UserErrorCode::Required,
            "source",
            "reported-source",
        );
        need(
            self.document.as_deref().is_none_or(is_text),
            UserErrorCode::Invalid,
            "document",
            "reported-document",
        );
        if let Some((indicator, Some(shape), needed)) = &known {
            faults.extend(self.element_faults(indicator, *shape, needed, LARGEST));
        }
        let mut need = |fine: bool, code, field, message| {
            if !fine {
                faults.push(UserError::new(code, field, message));
            }
        };
        let last = self.period_to.unwrap_or(self.period_from);
        if self.period_from > last {
            need(
                false,
                UserErrorCode::DateOutOfRange,
                "periodTo",
                "period-order",
            );
        } else {
            let day = |fine: bool, field| {
                (!fine).then(|| {
                    UserError::new(UserErrorCode::DateOutOfRange, field, "reported-day")
                        .with("first", first)
                        .with("last", today)
                })
            };
            let early = day(last >= first, "periodFrom");
            let late = day(
                last <= today,
                if self.period_to.is_some() {
                    "periodTo"
                } else {
                    "periodFrom"
                },
            );
            let days: Vec<_> = early.into_iter().chain(late).collect();
            need(
                !days.is_empty()
                    || (atlas.is_valid(self.area, self.period_from)
                        && atlas.is_valid(self.area, last)),
                UserErrorCode::Closed,
                "areaId",
                "denominator-area-closed",
            );
            faults.extend(days);
        }
        faults
    }

    fn is_without_numbers(&self) -> bool {
        self.numerator.is_none() && self.denominator.is_none()
    }

    /// Whether a version says the same.
    pub fn says_the_same(&self, stored: &reported_value::Model) -> bool {
        self.period_to == stored.period_to
            && self.numerator == stored.numerator
            && self.denominator == stored.denominator
            && self.in_place == stored.in_place
            && self.elements == stored.elements
            && self.milestone == stored.milestone
            && self.source == stored.source
            && self.document == stored.document
    }
}

/// The value that speaks on a day, of values of one area and indicator: what was returned does not count; of each first
/// day the latest version; of those that hold the day the one that began last.
pub fn in_force(rows: &[reported_value::Model], day: NaiveDate) -> Option<&reported_value::Model> {
    let standing = rows
        .iter()
        .filter(|row| row.verdict != Some(Verdict::Returned));
    let mut latest: HashMap<NaiveDate, &reported_value::Model> = HashMap::new();
    for row in standing {
        let newest = latest.entry(row.period_from).or_insert(row);
        if newest.version < row.version {
            *newest = row;
        }
    }
    latest
        .into_values()
        .filter(|row| row.period_from <= day && row.period_to.is_none_or(|last| day <= last))
        .max_by_key(|row| row.period_from)
}

/// The versions that [`in_force`] gives of each area on a day.
pub fn in_force_by_area(
    rows: Vec<reported_value::Model>,
    day: impl Fn(AreaId) -> NaiveDate,
) -> HashMap<AreaId, reported_value::Model> {
    let mut by_area: HashMap<AreaId, Vec<reported_value::Model>> = HashMap::new();
    for row in rows {
        by_area.entry(row.area_id).or_default().push(row);
    }
    let speaking = |(area, rows): (AreaId, Vec<reported_value::Model>)| {
        Some((area, in_force(&rows, day(area))?.clone()))
    };
    by_area.into_iter().filter_map(speaking).collect()
}
