//! Calendar days and months as GraphQL scalars.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike, NaiveDate};

/// A calendar day in Viet Nam, `YYYY-MM-DD`, from 1900-01-01 to 2199-12-31.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub NaiveDate);

/// A calendar day in Viet Nam, `YYYY-MM-DD`, from 1900-01-01 to 2199-12-31.
#[Scalar]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        day(text).map(Self).ok_or_else(|| {
            InputValueError::custom(
                "a date is written YYYY-MM-DD, for example 2025-07-01, between 1900 and 2199",
            )
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A calendar month, `YYYY-MM`, from 1900-01 to 2199-12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(
    /// The first day of the month.
    pub NaiveDate,
);

/// A calendar month, `YYYY-MM`, from 1900-01 to 2199-12.
#[Scalar]
impl ScalarType for Month {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let first = (text.len() == 7)
            .then(|| day(&format!("{text}-01")))
            .flatten();
        first.map(Self).ok_or_else(|| {
            InputValueError::custom(
                "a month is written YYYY-MM, for example 2021-04, between 1900 and 2199",
            )
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format("%Y-%m").to_string())
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    let shaped = text.len() == 10
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-');
    let day = shaped
        .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .flatten()?;
    (1900..2200).contains(&day.year()).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_days_written_in_full_are_dates() {
        assert!(day("2024-02-29").is_some());
        for wrong in [
            "2025-02-29",
            "2025-7-1",
            "0000-01-01",
            "9999-01-01",
            "20250701",
            "2025-07-01T00:00",
            "+025-07-01",
            "",
        ] {
            assert!(day(wrong).is_none(), "{wrong}");
        }
    }
}
