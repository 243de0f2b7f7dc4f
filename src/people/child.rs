//! What may be recorded about a child: pure rules from the household, the input and today to what is written.

use chrono::{Datelike, Months, NaiveDate};
use entity::ids::ChildId;

use super::{
    household::{Basis, Child, Degree, Disability, Household, Purpose, Sex},
    name::{NICKNAME_LIMIT, line},
};
use crate::error::{Error, Result, UserError, UserErrorCode as Code};

/// The most children one caregiver may have recorded at a time.
pub const CHILDREN_LIMIT: usize = 20;

/// A child means under 16 years.
const CHILDHOOD_MONTHS: i32 = 192;

/// A birth is expected at most this many months ahead.
const EXPECTED_MONTHS: u32 = 10;

/// The most weeks before term a child can be born and live.
const PREMATURE_WEEKS: i32 = 17;

/// What to record about a child. Absent means unchanged; clearing is explicit.
#[derive(Clone, Debug, Default)]
pub struct SaveChild {
    /// Made by the client; a new child when absent.
    pub id: Option<ChildId>,
    /// What the family calls the child.
    pub nickname: Option<String>,
    /// First day of the month of birth.
    pub born_month: Option<NaiveDate>,
    /// First day of the month the birth is expected in.
    pub due_month: Option<NaiveDate>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Weeks born before term.
    pub premature_weeks: Option<i32>,
    /// Everything known of disabilities: replaces what was recorded.
    pub disabilities: Option<Vec<NewDisability>>,
    /// What to withhold from now on.
    pub clear: ClearChild,
}

/// What to withhold from now on.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClearChild {
    /// The nickname.
    pub nickname: bool,
    /// The month of birth or expected birth.
    pub month: bool,
    /// The sex.
    pub sex: bool,
    /// The weeks born before term.
    pub premature_weeks: bool,
    /// Every disability.
    pub disabilities: bool,
}

/// One disability as the caregiver tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewDisability {
    /// Which type; withheld when absent.
    pub disability: Option<Disability>,
    /// How severe; withheld when absent.
    pub degree: Option<Degree>,
    /// What it rests on.
    pub basis: Basis,
}

/// What to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildPlan {
    /// The child.
    pub id: ChildId,
    /// Whether the child was not recorded before.
    pub is_new: bool,
    /// Nickname to keep.
    pub nickname: Option<String>,
    /// Month of birth to keep.
    pub born_month: Option<NaiveDate>,
    /// Month of expected birth to keep.
    pub due_month: Option<NaiveDate>,
    /// Sex to keep.
    pub sex: Option<Sex>,
    /// Weeks before term to keep.
    pub premature_weeks: Option<i32>,
    /// Disabilities to keep from now on; unchanged when absent.
    pub disabilities: Option<Vec<NewDisability>>,
}

impl ChildPlan {
    /// Whether all of this is recorded already.
    pub fn changes_nothing(&self, household: &Household) -> bool {
        let Some(child) = household.child(self.id) else {
            return false;
        };
        let known = child.disabilities_now().map(|entry| NewDisability {
            disability: entry.disability,
            degree: entry.degree,
            basis: entry.basis,
        });
        let mut known: Vec<_> = known.collect();
        known.sort_unstable();
        let same_disabilities = self.disabilities.as_ref().is_none_or(|wanted| {
            let mut wanted = wanted.clone();
            wanted.sort_unstable();
            wanted == known
        });
        same_disabilities
            && self.nickname == child.nickname
            && (self.born_month, self.due_month) == (child.born_month, child.due_month)
            && (self.sex, self.premature_weeks) == (child.sex, child.premature_weeks)
    }
}

/// Works out what saving would write.
///
/// # Errors
/// Everything the caregiver can mend, all at once.
pub fn plan(
    household: &Household,
    input: &SaveChild,
    fresh: ChildId,
    today: NaiveDate,
) -> Result<ChildPlan> {
    let id = input.id.unwrap_or(fresh);
    let before = household.child(id);
    let mut errors = Vec::new();
    if household.consent(Purpose::ChildProfile).is_none() {
        errors.push(UserError::new(
            Code::ConsentMissing,
            "",
            "consent-child-profile-missing",
        ));
    }
    if before.is_some_and(|child| !child.is_here()) {
        errors.push(UserError::new(Code::NotFound, "id", "child-removed"));
    }
    if before.is_none() && household.children_now().count() >= CHILDREN_LIMIT {
        errors.push(
            UserError::new(Code::TooMany, "", "children-too-many").with("limit", CHILDREN_LIMIT),
        );
    }
    contradictions(input, &mut errors);
    let nickname = nickname(before, input, &mut errors);
    let (born_month, due_month) = months(before, input, today, &mut errors);
    let premature_weeks = premature_weeks(before, input, born_month, &mut errors);
    let disabilities = disabilities(household, input, &mut errors);
    if !errors.is_empty() {
        return Err(Error::User(errors));
    }
    let sex = if input.clear.sex {
        None
    } else {
        input.sex.or(before.and_then(|child| child.sex))
    };
    Ok(ChildPlan {
        id,
        is_new: before.is_none(),
        nickname,
        born_month,
        due_month,
        sex,
        premature_weeks,
        disabilities,
    })
}

/// A child's age in whole months of the calendar; negative before the month of birth.
pub fn age_in_months(born_month: NaiveDate, on: NaiveDate) -> i32 {
    (on.year() - born_month.year()) * 12 + on.month0().cast_signed()
        - born_month.month0().cast_signed()
}

/// The same thing cannot be given and withheld in one input.
fn contradictions(input: &SaveChild, errors: &mut Vec<UserError>) {
    let clear = input.clear;
    for (field, given, cleared) in [
        ("clearNickname", input.nickname.is_some(), clear.nickname),
        (
            "clearMonth",
            input.born_month.is_some() || input.due_month.is_some(),
            clear.month,
        ),
        ("clearSex", input.sex.is_some(), clear.sex),
        (
            "clearPrematureWeeks",
            input.premature_weeks.is_some(),
            clear.premature_weeks,
        ),
        (
            "clearDisabilities",
            input.disabilities.is_some(),
            clear.disabilities,
        ),
    ] {
        if given && cleared {
            errors.push(UserError::new(Code::Invalid, field, "given-and-cleared"));
        }
    }
}

fn nickname(
    before: Option<&Child>,
    input: &SaveChild,
    errors: &mut Vec<UserError>,
) -> Option<String> {
    match &input.nickname {
        _ if input.clear.nickname => None,
        None => before.and_then(|child| child.nickname.clone()),
        Some(text) => line(text, NICKNAME_LIMIT, "nickname")
            .map_err(|error| errors.push(error))
            .ok(),
    }
}

/// The months of birth and expected birth to keep. A birth replaces the expectation.
fn months(
    before: Option<&Child>,
    input: &SaveChild,
    today: NaiveDate,
    errors: &mut Vec<UserError>,
) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let born_before = before.and_then(|child| child.born_month);
    let due_before = before.and_then(|child| child.due_month);
    let mut refuse = |code, field, message| {
        errors.push(UserError::new(code, field, message));
        (born_before, due_before)
    };
    match (input.born_month, input.due_month) {
        _ if input.clear.month => (None, None),
        (None, None) => (born_before, due_before),
        (Some(_), Some(_)) => refuse(Code::Invalid, "dueMonth", "born-and-due"),
        (Some(born), None) => match age_in_months(born, today) {
            // What was recorded earlier may be sent again, however old the child is by now.
            _ if born_before == Some(born) => (born_before, None),
            ..0 => refuse(Code::DateOutOfRange, "bornMonth", "born-in-future"),
            CHILDHOOD_MONTHS.. => refuse(Code::DateOutOfRange, "bornMonth", "born-too-long-ago"),
            _ => (Some(born), None),
        },
        (None, Some(_)) if born_before.is_some() => {
            refuse(Code::Conflict, "dueMonth", "due-after-birth")
        }
        (None, Some(due)) => {
            let this_month = today.with_day(1).unwrap_or(today);
            let last = this_month + Months::new(EXPECTED_MONTHS);
            if due_before == Some(due) || (this_month..=last).contains(&due) {
                (None, Some(due))
            } else if due < this_month {
                refuse(Code::DateOutOfRange, "dueMonth", "due-in-past")
            } else {
                refuse(Code::DateOutOfRange, "dueMonth", "due-too-far")
            }
        }
    }
}

fn premature_weeks(
    before: Option<&Child>,
    input: &SaveChild,
    born_month: Option<NaiveDate>,
    errors: &mut Vec<UserError>,
) -> Option<i32> {
    let field = "prematureWeeks";
    match input.premature_weeks {
        _ if input.clear.premature_weeks => None,
        None => {
            let kept = before.and_then(|child| child.premature_weeks);
            kept.filter(|_| born_month.is_some())
        }
        Some(weeks) if !(0..=PREMATURE_WEEKS).contains(&weeks) => {
            errors.push(
                UserError::new(Code::Invalid, field, "premature-weeks-range")
                    .with("limit", PREMATURE_WEEKS),
            );
            None
        }
        Some(_) if born_month.is_none() => {
            errors.push(UserError::new(Code::Invalid, field, "premature-unborn"));
            None
        }
        Some(weeks) => Some(weeks),
    }
}

fn disabilities(
    household: &Household,
    input: &SaveChild,
    errors: &mut Vec<UserError>,
) -> Option<Vec<NewDisability>> {
    if input.clear.disabilities {
        return Some(Vec::new());
    }
    let given = input.disabilities.as_ref()?;
    let field = "disabilities";
    if !given.is_empty() && household.consent(Purpose::DisabilityData).is_none() {
        errors.push(UserError::new(
            Code::ConsentMissing,
            field,
            "consent-disability-data-missing",
        ));
    }
    for (at, entry) in given.iter().enumerate() {
        let repeats = |earlier: &NewDisability| earlier.disability == entry.disability;
        if given.iter().take(at).any(repeats) {
            errors.push(UserError::new(
                Code::Invalid,
                &format!("{field}.{at}.type"),
                "disability-repeated",
            ));
            break;
        }
    }
    Some(given.clone())
}

#[cfg(test)]
#[path = "child_tests.rs"]
mod tests;
