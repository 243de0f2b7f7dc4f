//! What clients send about people.

use async_graphql::{ID, InputObject};

use super::{
    super::child::{ClearChild, NewDisability, SaveChild},
    objects::{ChildSex, ConsentPurpose, DisabilityBasis, DisabilityDegree, DisabilityType},
};
use crate::{
    error::Result,
    graphql::{date::Month, ids::named},
};

/// What to record about a child. Null and absent both mean unchanged; clearing is explicit.
#[derive(InputObject)]
pub struct SaveChildInput {
    /// A UUID made by the client (version 7 is best): a new child, or one recorded before. Sending the same again
    /// changes nothing. Without it, every request records another child.
    id: Option<ID>,
    /// What the family calls the child, at most 50 characters.
    nickname: Option<String>,
    /// Month of birth: not in the future, under 16 years ago.
    born_month: Option<Month>,
    /// Month the birth is expected in: from this month to 10 months ahead.
    due_month: Option<Month>,
    /// Sex.
    sex: Option<ChildSex>,
    /// Weeks born before term, 0 to 17.
    premature_weeks: Option<i32>,
    /// Everything known of disabilities, each type once: replaces what was recorded. Needs the consent
    /// DISABILITY_DATA.
    disabilities: Option<Vec<DisabilityInput>>,
    /// Withhold the nickname from now on.
    clear_nickname: Option<bool>,
    /// Withhold the month of birth or expected birth from now on.
    clear_month: Option<bool>,
    /// Withhold the sex from now on.
    clear_sex: Option<bool>,
    /// Withhold the weeks born before term from now on.
    clear_premature_weeks: Option<bool>,
    /// Withhold every disability from now on.
    clear_disabilities: Option<bool>,
}

/// One disability as the caregiver tells it.
#[derive(Clone, Copy, InputObject)]
pub struct DisabilityInput {
    /// Which type; leave out to withhold.
    #[graphql(name = "type")]
    kind: Option<DisabilityType>,
    /// How severe; leave out to withhold.
    degree: Option<DisabilityDegree>,
    /// What it rests on; UNKNOWN when left out.
    basis: Option<DisabilityBasis>,
}

impl SaveChildInput {
    pub(crate) fn read(self) -> Result<SaveChild> {
        let disability = |entry: DisabilityInput| NewDisability {
            disability: entry.kind.map(Into::into),
            degree: entry.degree.map(Into::into),
            basis: entry.basis.unwrap_or(DisabilityBasis::Unknown).into(),
        };
        Ok(SaveChild {
            id: self.id.map(|id| named(&id, "id")).transpose()?,
            nickname: self.nickname,
            born_month: self.born_month.map(|month| month.0),
            due_month: self.due_month.map(|month| month.0),
            sex: self.sex.map(Into::into),
            premature_weeks: self.premature_weeks,
            disabilities: self
                .disabilities
                .map(|entries| entries.into_iter().map(disability).collect()),
            clear: ClearChild {
                nickname: self.clear_nickname.unwrap_or(false),
                month: self.clear_month.unwrap_or(false),
                sex: self.clear_sex.unwrap_or(false),
                premature_weeks: self.clear_premature_weeks.unwrap_or(false),
                disabilities: self.clear_disabilities.unwrap_or(false),
            },
        })
    }
}

/// A child to remove.
#[derive(InputObject)]
pub struct RemoveChildInput {
    /// Id of the child.
    pub(super) id: ID,
}

/// A consent to give.
#[derive(InputObject)]
pub struct GiveConsentInput {
    /// What for.
    pub(super) purpose: ConsentPurpose,
    /// Version of the text shown, from `consentTexts`.
    pub(super) text_version: String,
    /// Language of the text shown: vi or en.
    pub(super) language: String,
}

/// A consent to withdraw.
#[derive(InputObject)]
pub struct WithdrawConsentInput {
    /// What for.
    pub(super) purpose: ConsentPurpose,
}
