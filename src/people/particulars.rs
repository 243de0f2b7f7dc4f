//! What a trainer notes of somebody beside the name: year of birth and a telephone, and who looks like her.

use chrono::{Datelike, NaiveDate};
use entity::ids::{AreaId, PersonId};

use super::{People, child::SaveChild, phone, registration::Recorded, store};
use crate::{
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
    fold,
};

/// The oldest a person recorded can be, in years.
const OLDEST: i32 = 120;
/// The youngest a person recorded can be, in years: there are mothers of ten, and they need help most.
const YOUNGEST: i32 = 10;

/// What tells people of one name apart, and how to reach one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Particulars {
    /// Year of birth.
    pub birth_year: Option<i32>,
    /// E.164. Families share one.
    pub phone: Option<String>,
}

/// Somebody who looks like another: a name that folds alike, in the same commune, of no other year of birth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookAlike {
    /// Who.
    pub person: PersonId,
    /// As written.
    pub full_name: String,
    /// Year of birth, if told.
    pub birth_year: Option<i32>,
}

impl Particulars {
    /// Checks what was told.
    ///
    /// # Errors
    /// Everything the person can mend, all at once.
    pub fn told(
        birth_year: Option<i32>,
        telephone: Option<&str>,
        today: NaiveDate,
    ) -> Result<Self, Vec<UserError>> {
        let mut errors = Vec::new();
        let (oldest, youngest) = (today.year() - OLDEST, today.year() - YOUNGEST);
        if birth_year.is_some_and(|year| !(oldest..=youngest).contains(&year)) {
            let error = UserError::new(Code::DateOutOfRange, "birthYear", "birth-year-range");
            errors.push(error.with("first", oldest).with("last", youngest));
        }
        let telephone = telephone.filter(|text| !text.trim().is_empty());
        let phone = telephone.map(|text| phone::read(text, "phone")).transpose();
        let phone = phone.map_err(|error| errors.push(error)).ok().flatten();
        if errors.is_empty() {
            Ok(Self { birth_year, phone })
        } else {
            Err(errors)
        }
    }
}

impl Recorded {
    /// The same person with her particulars.
    #[must_use]
    pub fn with(mut self, particulars: Particulars) -> Self {
        self.particulars.birth_year = particulars.birth_year;
        self.particulars.phone = particulars.phone;
        self
    }

    /// The telephone, E.164.
    pub fn phone(&self) -> Option<&str> {
        self.particulars.phone.as_deref()
    }

    /// The name as it is kept.
    pub fn full_name(&self) -> &str {
        &self.person.full_name
    }
}

impl People {
    /// People of a commune who look like somebody, but not herself.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn look_alikes(
        &self,
        db: &impl crate::db::ConnectionTrait,
        (person, full_name): (PersonId, &str),
        birth_year: Option<i32>,
        area: AreaId,
    ) -> Result<Vec<LookAlike>> {
        store::look_alikes(db, person, &fold::fold(full_name), birth_year, area).await
    }

    /// Everybody else who is reached on a telephone, E.164: families share them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn sharing_phone(
        &self,
        db: &impl crate::db::ConnectionTrait,
        person: PersonId,
        phone: &str,
    ) -> Result<Vec<LookAlike>> {
        store::sharing_phone(db, person, phone).await
    }

    /// Records children of somebody recorded in the same transaction.
    ///
    /// # Errors
    /// Everything that can be mended, each under `children.<place>`.
    pub(crate) async fn record_children(
        &self,
        tx: &Tx,
        person: PersonId,
        children: &[SaveChild],
    ) -> Result<()> {
        if children.is_empty() {
            return Ok(());
        }
        let mut errors = Vec::new();
        for (at, child) in children.iter().enumerate() {
            let household = store::household(tx, person).await?.ok_or(Error::NotFound)?;
            match self.apply_child(tx, &household, child).await {
                Ok(_) => {}
                Err(Error::User(more)) => errors.extend(more.into_iter().map(|mut error| {
                    let place = ["children".to_owned(), at.to_string()];
                    error.field.splice(0..0, place);
                    error
                })),
                Err(other) => return Err(other),
            }
        }
        if !errors.is_empty() {
            return Err(Error::User(errors));
        }
        self.0.changed.household_changed(tx, person).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_and_numbers_that_cannot_be_are_refused_together() {
        let today = "2026-11-22".parse().unwrap();
        let wrong = Particulars::told(Some(2020), Some("12"), today).unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|error| error.field.join(".")).collect();
        assert_eq!(fields, ["birthYear", "phone"]);
        assert!(Particulars::told(Some(1905), None, today).is_err());
        let told = Particulars::told(Some(1990), Some(" "), today).unwrap();
        assert_eq!((told.birth_year, told.phone), (Some(1990), None));
    }
}
