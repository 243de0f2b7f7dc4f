//! Members by rule, on the wire.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::ids::{AreaId, GroupId};

use super::{
    GroupObject, GroupPerson,
    care::named_person,
    changes::{changed, group_of},
    trainer,
};
use crate::{
    error::Result as Outcome,
    graphql::{
        ids::named,
        payload::{UserErrorObject, split},
    },
    people::graphql::Audience,
    training::{
        Training,
        matching::{Match, Rule},
    },
};

/// Whom to bring into a group, by what they are: for example the caregivers of a child with a disability in a commune.
#[derive(InputObject)]
pub struct MemberRuleInput {
    /// CAREGIVER or STAFF.
    audience: Audience,
    /// Where they live, inside the area of the viewer's standing; the group's area when left out.
    area_id: Option<ID>,
    /// Only caregivers of a child with a known disability. No when left out.
    with_disability: Option<bool>,
    /// Only caregivers of a child younger than so many months, or expected; 1 to 192.
    child_under_months: Option<i32>,
}

impl MemberRuleInput {
    fn read(self) -> Outcome<Rule> {
        let area: Option<AreaId> = self
            .area_id
            .map(|id| named(&id, "rule.areaId"))
            .transpose()?;
        Ok(Rule {
            audience: self.audience.into(),
            area,
            with_disability: self.with_disability.unwrap_or(false),
            under_months: self.child_under_months,
        })
    }
}

/// A rule to look at.
#[derive(InputObject)]
pub struct PreviewMembersInput {
    /// A group the viewer leads.
    group_id: ID,
    /// Whom to bring into it.
    rule: MemberRuleInput,
}

/// A rule to apply.
#[derive(InputObject)]
pub struct AddMembersByRuleInput {
    /// A group the viewer leads.
    group_id: ID,
    /// Whom to bring into it.
    rule: MemberRuleInput,
}

/// Somebody whom a rule is about.
#[derive(SimpleObject)]
pub struct MemberMatch {
    /// Who.
    person: GroupPerson,
    /// Whether she is in the group already.
    is_member: bool,
}

impl MemberMatch {
    fn of(found: &Match) -> Self {
        Self {
            person: named_person(found.person, &found.full_name),
            is_member: found.is_member,
        }
    }
}

/// What `previewMembers` found.
#[derive(SimpleObject)]
pub struct PreviewMembersPayload {
    /// Whom the rule is about, by given name. Only those who agreed to be put in touch with services (the consent to
    /// referral): whoever did not is neither named nor counted, and may join by the code.
    matches: Vec<MemberMatch>,
    /// How many of them would be added.
    adding_count: i32,
    /// What to mend in the rule.
    user_errors: Vec<UserErrorObject>,
}

/// What `addMembersByRule` did.
#[derive(SimpleObject)]
pub struct AddMembersByRulePayload {
    /// The group as it is now.
    group: Option<GroupObject>,
    /// How many were added.
    added_count: i32,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

fn count(people: usize) -> i32 {
    i32::try_from(people).unwrap_or(i32::MAX)
}

fn read(group: &ID, rule: MemberRuleInput) -> Outcome<(GroupId, Rule)> {
    Ok((group_of(group)?, rule.read()?))
}

/// Members by rule.
#[derive(Clone, Copy, Debug, Default)]
pub struct MatchingMutation;

/// Members by rule.
#[Object]
impl MatchingMutation {
    /// Says whom a rule would bring into a group. Changes nothing; that it was looked at is in the audit log.
    async fn preview_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The rule, and for which group.")] input: PreviewMembersInput,
    ) -> async_graphql::Result<PreviewMembersPayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let outcome = match read(&input.group_id, input.rule) {
            Ok((group, rule)) => training.matching(&trainer, group, &rule).await,
            Err(error) => Err(error),
        };
        let (found, user_errors) = split(ctx, outcome)?;
        let found = found.unwrap_or_default();
        Ok(PreviewMembersPayload {
            adding_count: count(found.iter().filter(|one| !one.is_member).count()),
            matches: found.iter().map(MemberMatch::of).collect(),
            user_errors,
        })
    }

    /// Adds whom a rule is about today, at most 100 at once. Who is in the group already stays as she is.
    async fn add_members_by_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The rule, and for which group.")] input: AddMembersByRuleInput,
    ) -> async_graphql::Result<AddMembersByRulePayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let mut added = 0;
        let outcome = match read(&input.group_id, input.rule) {
            Ok((group, rule)) => {
                let done = training.add_matching(&trainer, group, &rule).await;
                done.map(|count| {
                    added = count;
                    group
                })
            }
            Err(error) => Err(error),
        };
        let (group, user_errors) = changed(ctx, &trainer, outcome).await?;
        Ok(AddMembersByRulePayload {
            group,
            added_count: count(added),
            user_errors,
        })
    }
}
