//! Joining a group by its code.

use chrono::NaiveDate;
use entity::group_member::JoinedHow;

use super::{
    JoinCode, MOST_MEMBERS, Training,
    members::{group_full, membership},
    roster::Group,
    store,
};
use crate::{
    auth::{capability::Learner, rate::ClientAddress},
    error::{Error, Result, UserErrorCode as Code},
};

/// A group as somebody who joined it sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The group.
    pub group: Group,
    /// First day in it.
    pub joined_on: NaiveDate,
}

impl Training {
    /// Joins the group of a code. Joining again changes nothing.
    ///
    /// # Errors
    /// A user error when no group in use has the code, or the group is full; [`Error::RateLimited`] after too many
    /// tries.
    pub async fn join_group(
        &self,
        learner: &Learner,
        code: &str,
        address: Option<ClientAddress>,
    ) -> Result<Joined> {
        self.0.rates.try_from(learner.account(), address)?;
        let (atlas, today) = (self.0.areas.atlas(), self.0.clock.today());
        let unknown = || Error::user(Code::NotFound, "joinCode", "join-code-unknown");
        let code = JoinCode::typed(code).ok_or_else(unknown)?;
        let invitations = store::invitations(self.0.db.latest(), &code, today).await?;
        let mut invitations = invitations.into_iter();
        let led = invitations.find(|row| atlas.reaches(row.standing_area_id, row.area_id, today));
        let id = led.ok_or_else(unknown)?.group_id;
        let person = learner.person();
        self.together(move |this, tx| {
            Box::pin(async move {
                let group = store::group_to_change(tx, id).await?.ok_or_else(unknown)?;
                let until = group.join_code_expires_at;
                if until.is_some_and(|until| until <= this.0.clock.now()) {
                    let code = Code::Closed;
                    return Err(Error::user(code, "joinCode", "join-code-expired"));
                }
                let before = store::memberships(tx, id, person).await?;
                let open = before.into_iter().find(|row| row.left_on.is_none());
                let membership = match open {
                    Some(open) => open,
                    None if store::members(tx, id).await?.len() >= MOST_MEMBERS => {
                        return Err(group_full("joinCode"));
                    }
                    None => {
                        let new = membership(&this.0.clock, id, person, (today, JoinedHow::Code));
                        store::insert_members(tx, vec![new.clone()]).await?;
                        store::note_members(tx, id, &[new.group_member_id]).await?;
                        this.tell_members(tx, id, &[person]).await?;
                        new
                    }
                };
                Ok(Joined {
                    group: Group::from(group),
                    joined_on: membership.joined_on,
                })
            })
        })
        .await
    }
}
