//! The target that an answer is measured by.

use std::sync::Arc;

use async_graphql::Object;

use super::PhaseState;
use crate::{
    areas::{Atlas, graphql::AreaObject},
    coverage::targets::Applied,
    graphql::date::Date,
    programmes::graphql::{Milestone, TargetKind},
};

/// The target that an area is measured by.
pub struct AppliedTarget {
    pub(super) atlas: Arc<Atlas>,
    pub(super) applied: Applied,
}

/// The target that an area is measured by, with the area that set it and the phase it is for.
#[Object]
impl AppliedTarget {
    /// Per cent to reach; null for a milestone.
    async fn percent(&self) -> Option<i32> {
        self.applied.target.percent
    }

    /// The step to reach, for a milestone in steps; null otherwise.
    async fn milestone(&self) -> Option<Milestone> {
        self.applied.target.milestone.map(Into::into)
    }

    /// Number of the decision or plan that sets it; null where only the document is known.
    async fn decision(&self) -> Option<&str> {
        self.applied.target.decision.as_deref()
    }

    /// The day the decision or plan was signed.
    async fn decided_on(&self) -> Option<Date> {
        self.applied.target.decided_on.map(Date)
    }

    /// Whether it is a share or a milestone.
    async fn kind(&self) -> TargetKind {
        self.applied.target.kind.into()
    }

    /// What is counted: caregiver, staff, child, province, district, commune …
    async fn unit_level(&self) -> &str {
        &self.applied.target.unit_level
    }

    /// The area that set it: the area asked about, or one above.
    async fn area(&self) -> Option<AreaObject> {
        AreaObject::new(
            &self.atlas,
            self.applied.from_area,
            self.applied.phase.to_on,
        )
    }

    /// First day of the phase it is for.
    async fn phase_from(&self) -> Date {
        Date(self.applied.phase.from_on)
    }

    /// Last day of the phase it is for.
    async fn phase_to(&self) -> Date {
        Date(self.applied.phase.to_on)
    }

    /// Where the day asked about lies to the phase. After its end the target still shows, without a needed pace.
    async fn phase_state(&self) -> PhaseState {
        self.applied.state.into()
    }

    /// The target in the words of the plan that sets it, in Vietnamese.
    async fn wording(&self) -> &str {
        &self.applied.target.wording_vi
    }

    /// The document it is taken from.
    async fn source(&self) -> &str {
        &self.applied.target.source_file
    }
}
