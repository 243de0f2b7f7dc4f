//! The elements of compound indicators as anyone may ask for them.

use async_graphql::{Context, Enum, Object};
use entity::{indicator_element, target};

use super::spoken;
use crate::programmes::{Rulebook, elements::Needed};

/// How the elements of a compound indicator make it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::target::ElementsRule")]
pub enum ElementsRule {
    /// Every element asked for is needed.
    All,
    /// One of them is enough.
    Any,
}

/// One of the things that a compound indicator asks for together.
pub struct IndicatorElement(pub indicator_element::Model);

/// One of the things that a compound indicator asks for together, such as the network and the pilot of D5.
#[Object]
impl IndicatorElement {
    /// Its code, such as NETWORK.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Its name.
    async fn name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "vi or en; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> &str {
        spoken(ctx, language.as_deref(), (&self.0.name_vi, &self.0.name_en))
    }
}

/// The elements of a compound indicator that a target asks for.
pub fn elements_of(rulebook: &Rulebook, target: &target::Model) -> Vec<IndicatorElement> {
    let Some(indicator) = rulebook.indicator_by_id(target.indicator_id) else {
        return Vec::new();
    };
    let needed = Needed::of(indicator, Some(target));
    let all = indicator.elements.iter();
    all.filter(|row| needed.elements.contains(&row.code))
        .cloned()
        .map(IndicatorElement)
        .collect()
}
