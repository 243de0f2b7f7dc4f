//! What publishing or retiring would mean, on the wire: numbers of people, small ones hidden.

use std::collections::BTreeMap;

use async_graphql::{Context, ID, SimpleObject};
use entity::{area::AreaLevel, ids::AreaId};

use crate::{
    areas::{Areas, graphql::AreaObject},
    clock::Clock,
    content::editing::impact::{Concerned, Impact},
    coverage::graphql::{Count, people_beside},
    graphql::ids::wire,
};

/// What publishing a draft, or retiring a lesson, would mean for learners as of now. Nothing was written.
#[derive(SimpleObject)]
pub struct PublicationImpact {
    /// Id of the lesson.
    lesson_id: ID,
    /// The number the release would have; null when the lesson is to be retired.
    number: Option<i32>,
    /// Whether those who finished an earlier release would be asked to see the lesson again.
    refresher_required: bool,
    /// In the whole country.
    total: ImpactNumbers,
    /// By province people live in now; those without anybody are left out.
    by_province: Vec<ProvinceImpact>,
}

/// Numbers of people. One of 1 to 4 (by default) is not shown, nor one that could be worked out from the total.
#[derive(SimpleObject)]
pub struct ImpactNumbers {
    /// Finished some release of the lesson. They stay so whatever is published or retired.
    completed: Count,
    /// Opened it and did not finish.
    in_progress: Count,
    /// Are in a group in which its module is assigned, finished or not.
    assigned: Count,
    /// Finished it, and would find it in their path again with the reason given.
    needing_refresher: Count,
}

/// Numbers of one province.
#[derive(SimpleObject)]
pub struct ProvinceImpact {
    /// The province.
    area: Option<AreaObject>,
    /// People who live in it.
    numbers: ImpactNumbers,
}

impl From<[Count; 4]> for ImpactNumbers {
    fn from([completed, in_progress, assigned, needing_refresher]: [Count; 4]) -> Self {
        Self {
            completed,
            in_progress,
            assigned,
            needing_refresher,
        }
    }
}

impl PublicationImpact {
    pub(super) fn of(
        ctx: &Context<'_>,
        impact: &Impact,
        refresher_required: bool,
    ) -> async_graphql::Result<Self> {
        let atlas = ctx.data::<Areas>()?.atlas();
        let today = ctx.data::<Clock>()?.today();
        let mut provinces: BTreeMap<AreaId, [u64; 4]> = BTreeMap::new();
        for (commune, concerned) in &impact.by_commune {
            let province = atlas.at_level(*commune, AreaLevel::Province, today);
            let numbers = provinces.entry(province.unwrap_or(*commune)).or_default();
            let Concerned {
                completed,
                to_refresh,
                in_progress,
                assigned,
            } = *concerned;
            let added = [completed, in_progress, assigned, to_refresh];
            for (number, more) in numbers.iter_mut().zip(added) {
                *number += more;
            }
        }
        let (total, parts) = people_beside(ctx, &provinces)?;
        let part = |(area, numbers): (AreaId, [Count; 4])| ProvinceImpact {
            area: AreaObject::new(&atlas, area, today),
            numbers: numbers.into(),
        };
        Ok(Self {
            lesson_id: wire(impact.lesson),
            number: impact.number,
            refresher_required,
            total: total.into(),
            by_province: parts.into_iter().map(part).collect(),
        })
    }
}
