//! What each target said and who set it so: the history behind table `target`.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{AccountId, TargetId},
    target::{ElementsRule, Milestone, TargetKind},
};

/// One version of one target.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "target_version")]
pub struct Model {
    /// The target.
    #[sea_orm(primary_key, auto_increment = false)]
    pub target_id: TargetId,
    /// From 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    /// A share, or a step to reach.
    pub kind: TargetKind,
    /// The share owed, for a percentage.
    pub percent: Option<i32>,
    /// The step owed, for a milestone in steps.
    pub milestone: Option<Milestone>,
    /// Codes of the elements that the plan asks for, with blanks between; every element of the indicator when absent.
    pub elements: Option<String>,
    /// How they make it up.
    pub elements_rule: ElementsRule,
    /// What the share counts.
    pub unit_level: String,
    /// The words of the plan.
    pub wording_vi: String,
    /// The document they come from.
    pub source_file: String,
    /// Number of the decision or plan.
    pub decision: Option<String>,
    /// The day it was signed.
    pub decided_on: Option<Date>,
    /// Who set it so; absent for what was shipped or loaded from a file.
    pub set_by: Option<AccountId>,
    /// When it was set so; absent for what was there before changes were recorded.
    pub set_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
