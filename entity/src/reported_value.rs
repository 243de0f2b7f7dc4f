//! Values that areas report because lessons cannot prove them; never overwritten, each correction is a later version.

use std::{fmt, str::FromStr};

use sea_orm::entity::prelude::*;

use crate::{
    ids::{AccountId, AreaId, IndicatorId, ReportedValueId},
    target::Milestone,
};

/// What the office above said of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Verdict {
    /// It was checked against its source.
    #[sea_orm(string_value = "VERIFIED")]
    Verified,
    /// It does not hold: it is to be reported again, and is not counted.
    #[sea_orm(string_value = "RETURNED")]
    Returned,
}

/// What was reported of one element of a compound indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Said {
    /// Whether the area has it.
    InPlace(bool),
    /// How many reached it.
    Number(i64),
}

/// What was reported of each element of a compound indicator, by its code. Kept as text: `NETWORK=yes PILOT=no`, or
/// `SERVICES=12 SKILLS=9`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, DeriveValueType)]
#[sea_orm(value_type = "String", column_type = "Text")]
pub struct ElementsSaid(pub Vec<(String, Said)>);

impl ElementsSaid {
    /// What was reported of an element.
    pub fn of(&self, code: &str) -> Option<Said> {
        let said = self.0.iter().find(|(element, _)| element == code)?;
        Some(said.1)
    }
}

impl fmt::Display for ElementsSaid {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (code, said)) in self.0.iter().enumerate() {
            let gap = if at == 0 { "" } else { " " };
            match said {
                Said::InPlace(true) => write!(text, "{gap}{code}=yes")?,
                Said::InPlace(false) => write!(text, "{gap}{code}=no")?,
                Said::Number(number) => write!(text, "{gap}{code}={number}")?,
            }
        }
        Ok(())
    }
}

/// A text that does not say what was reported of elements.
#[derive(Clone, Copy, Debug)]
pub struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        text.write_str("not what was reported of elements")
    }
}

impl std::error::Error for Unreadable {}

impl FromStr for ElementsSaid {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let element = |word: &str| {
            let (code, said) = word.split_once('=').ok_or(Unreadable)?;
            let said = match said {
                "yes" => Said::InPlace(true),
                "no" => Said::InPlace(false),
                number => Said::Number(number.parse().map_err(|_not_a_number| Unreadable)?),
            };
            Ok((code.to_owned(), said))
        };
        text.split_whitespace()
            .map(element)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// One version of one value.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reported_value")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reported_value_id: ReportedValueId,
    /// The area it speaks of.
    pub area_id: AreaId,
    /// The indicator it is a value of.
    pub indicator_id: IndicatorId,
    /// First day it speaks for.
    pub period_from: Date,
    /// Last day it speaks for; absent for a state that lasts until another is reported.
    pub period_to: Option<Date>,
    /// From 1, per area, indicator and first day.
    pub version: i32,
    /// How many reached it, for a share.
    pub numerator: Option<i64>,
    /// Out of how many, for a share; absent where the register has the population.
    pub denominator: Option<i64>,
    /// Whether it is in place, for what an area has or has not.
    pub in_place: Option<bool>,
    /// What was reported of each element of a compound indicator; absent where nobody told them apart.
    pub elements: Option<ElementsSaid>,
    /// The step reached, for a milestone.
    pub milestone: Option<Milestone>,
    /// Where the value comes from.
    pub source: String,
    /// The file or paper that shows it, by number or address.
    pub document: Option<String>,
    /// Who entered it.
    pub entered_by: AccountId,
    /// When it was entered.
    pub entered_at: DateTimeUtc,
    /// What the office above said; absent until it did.
    pub verdict: Option<Verdict>,
    /// Who said it.
    pub verified_by: Option<AccountId>,
    /// When it was said.
    pub verified_at: Option<DateTimeUtc>,
    /// Why, in the words of the office above.
    pub comment: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
