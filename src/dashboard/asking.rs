//! What a page about an area is asked: the parameters of its address, the form that changes them, and links that keep
//! them.

use std::sync::Arc;

use chrono::NaiveDate;
use entity::{ids::AreaId, indicator::Computed};
use uuid::Uuid;

use super::{
    Dashboard,
    head::{ABOUT, About, Choice, Head, choices, crumbs, shortened, tabs},
    visit::{Crumb, Failed, Visit, parameters},
    words::Words,
};
use crate::{
    areas::Atlas,
    auth::capability::Supervisor,
    coverage::{AreaBasis, Asked, CoverageUnit, DenominatorKind, Question},
    error::Error,
    learning::tiers::Tier,
    programmes::Rulebook,
};

/// The tiers in the order in which they are reached, as addresses and messages name them.
pub const TIERS: [(Tier, &str, &str); 5] = [
    (Tier::Reached, "REACHED", "dashboard-tier-reached"),
    (Tier::Completed, "COMPLETED", "dashboard-tier-completed"),
    (
        Tier::Demonstrated,
        "DEMONSTRATED",
        "dashboard-tier-demonstrated",
    ),
    (Tier::Retained, "RETAINED", "dashboard-tier-retained"),
    (Tier::Practised, "PRACTISED", "dashboard-tier-practised"),
];
const BASES: [(AreaBasis, &str, &str); 2] = [
    (AreaBasis::Current, "CURRENT", "dashboard-basis-current"),
    (
        AreaBasis::AsReported,
        "AS_REPORTED",
        "dashboard-basis-as-reported",
    ),
];
const DENOMINATORS: [(DenominatorKind, &str, &str); 2] = [
    (
        DenominatorKind::Population,
        "POPULATION",
        "dashboard-of-population",
    ),
    (
        DenominatorKind::Registered,
        "REGISTERED",
        "dashboard-of-registered",
    ),
];

/// What the address asks; what it leaves out has the API's defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asking {
    /// Code of the indicator.
    pub indicator: Option<String>,
    /// On which day.
    pub on: Option<NaiveDate>,
    /// In which tier.
    pub tier: Option<Tier>,
    /// Over which areas.
    pub basis: Option<AreaBasis>,
    /// Out of which population.
    pub denominator: Option<DenominatorKind>,
}

/// A question that may be asked, with what is needed to show its answer.
pub struct Looked {
    /// Who asks.
    pub by: Supervisor,
    /// What the address asks.
    pub asking: Asking,
    /// With every default filled in.
    pub asked: Asked,
    /// The areas.
    pub atlas: Arc<Atlas>,
    /// The programmes.
    pub rulebook: Arc<Rulebook>,
    words: Words,
    today: NaiveDate,
}

impl Asking {
    /// Reads an address. Parameters it does not know are left alone; an empty one is none.
    ///
    /// # Errors
    /// The name of a parameter that cannot be read.
    pub fn read(query: Option<&str>) -> Result<Self, Failed> {
        let mut asking = Self::default();
        for (name, value) in parameters(query) {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            match &*name {
                "indicator" if value.len() <= 20 => asking.indicator = Some(value.to_owned()),
                "indicator" => return Err(Failed::Parameter("indicator")),
                "on" => {
                    let day = value.parse();
                    asking.on = Some(day.or(Err(Failed::Parameter("on")))?);
                }
                "tier" => asking.tier = Some(named(&TIERS, value, "tier")?),
                "basis" => asking.basis = Some(named(&BASES, value, "basis")?),
                "denominator" => {
                    asking.denominator = Some(named(&DENOMINATORS, value, "denominator")?);
                }
                _ => {}
            }
        }
        Ok(asking)
    }

    /// The address of a page with the same parameters.
    pub fn link(&self, path: &str) -> String {
        let pairs = [
            ("indicator", self.indicator.clone()),
            ("on", self.on.map(|day| day.to_string())),
            ("tier", self.tier.and_then(|tier| code(&TIERS, tier))),
            ("basis", self.basis.and_then(|basis| code(&BASES, basis))),
            (
                "denominator",
                self.denominator.and_then(|kind| code(&DENOMINATORS, kind)),
            ),
        ];
        let pairs: Vec<_> = pairs
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        match serde_urlencoded::to_string(pairs) {
            Ok(query) if !query.is_empty() => format!("{path}?{query}"),
            _ => path.to_owned(),
        }
    }

    /// [`Asking::link`] to a page about an area.
    pub fn link_to(&self, area: AreaId, about: About) -> String {
        let found = ABOUT.iter().find(|(known, ..)| *known == about);
        let end = found.map_or("", |(_, end, _)| end);
        self.link(&format!("/dashboard/areas/{area}{end}"))
    }

    /// The same about another indicator, in its own tier.
    #[must_use]
    pub fn about(&self, indicator: &str) -> Self {
        Self {
            indicator: Some(indicator.to_owned()),
            tier: None,
            ..self.clone()
        }
    }
}

fn named<T: Copy>(
    all: &[(T, &str, &str)],
    word: &str,
    parameter: &'static str,
) -> Result<T, Failed> {
    let found = all.iter().find(|(_, known, _)| *known == word);
    let (value, ..) = found.ok_or(Failed::Parameter(parameter))?;
    Ok(*value)
}

fn code<T: Copy + PartialEq>(all: &[(T, &str, &str)], value: T) -> Option<String> {
    let found = all.iter().find(|(known, ..)| *known == value);
    found.map(|(_, code, _)| (*code).to_owned())
}

/// The area that a path names.
///
/// # Errors
/// [`Error::NotFound`] when that is no id.
pub fn area_of(path: &str) -> Result<AreaId, Error> {
    Uuid::try_parse(path)
        .map(AreaId::from)
        .or(Err(Error::NotFound))
}

impl Looked {
    /// Reads the address of a page about an area and checks that the viewer may ask.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an area that is not hers; what can be mended in the question.
    pub fn read(
        dashboard: &Dashboard,
        visit: &Visit,
        path: &str,
        query: Option<&str>,
    ) -> Result<Self, Failed> {
        let by = visit.supervisor()?;
        let area = area_of(path)?;
        let atlas = dashboard.areas().atlas();
        by.over(&atlas, area)?;
        let asking = Asking::read(query)?;
        let rulebook = dashboard.programmes().rulebook();
        let looked = Self {
            asked: dashboard
                .coverage()
                .ask(&by, question(&asking, area, &rulebook))?,
            by,
            asking,
            atlas,
            rulebook,
            words: visit.words,
            today: dashboard.areas().today(),
        };
        Ok(looked)
    }

    /// The same question about another indicator.
    ///
    /// # Errors
    /// As [`crate::coverage::Coverage::ask`].
    pub fn ask(&self, dashboard: &Dashboard, indicator: &str) -> Result<Asked, Error> {
        let asking = match self.indicator_code() == indicator {
            true => self.asking.clone(),
            false => self.asking.about(indicator),
        };
        let question = question(&asking, self.asked.area, &self.rulebook);
        dashboard.coverage().ask(&self.by, question)
    }

    /// Code of the indicator.
    pub fn indicator_code(&self) -> &str {
        let found = self.rulebook.indicator_by_id(self.asked.indicator);
        found.map_or("", |found| &found.row.code)
    }

    /// Name of the indicator.
    pub fn indicator_name(&self) -> &str {
        let found = self.rulebook.indicator_by_id(self.asked.indicator);
        found.map_or("", |found| {
            self.words.of(&found.row.name_vi, &found.row.name_en)
        })
    }

    /// Name of an area on the day asked about.
    pub fn name(&self, area: AreaId) -> String {
        let day = self
            .atlas
            .area(area)
            .map(|known| known.day_within(self.asked.on));
        self.atlas
            .name(area, day.unwrap_or(self.asked.on))
            .to_owned()
    }

    /// The way from the country to the area.
    pub fn crumbs(&self) -> Vec<Crumb> {
        crumbs(
            &self.by,
            &self.atlas,
            self.asked.area,
            self.asked.on,
            |area| self.asking.link_to(area, About::Overview),
        )
    }

    /// The head of a page.
    pub fn head(&self, about: About) -> Head {
        let (words, area) = (self.words, self.asked.area);
        let indicator = |known: &Arc<crate::programmes::rulebook::Indicator>| Choice {
            value: known.row.code.clone(),
            label: format!(
                "{} – {}",
                known.row.code,
                shortened(words.of(&known.row.name_vi, &known.row.name_en), 70)
            ),
            chosen: known.row.indicator_id == self.asked.indicator,
        };
        let found = ABOUT.iter().find(|(known, ..)| *known == about);
        let end = found.map_or("", |(_, end, _)| end);
        Head {
            words,
            area: self.name(area),
            subject: format!("{}: {}", self.indicator_code(), self.indicator_name()),
            tabs: tabs(words, &self.asking, area, about),
            action: Some(format!("/dashboard/areas/{area}{end}")),
            indicators: self.rulebook.indicators().iter().map(indicator).collect(),
            on: self.asked.on.to_string(),
            today: self.today.to_string(),
            tiers: choices(words, &TIERS, self.asked.tier),
            bases: choices(words, &BASES, self.asked.basis),
            denominators: choices(words, &DENOMINATORS, self.asked.denominator),
        }
    }
}

/// A question as an address asks it; without an indicator about the first that counts caregivers.
fn question(asking: &Asking, area: AreaId, rulebook: &Rulebook) -> Question {
    let first = || {
        let mut all = rulebook.indicators().iter();
        let found = all.find(|known| known.row.computed == Computed::Caregiver);
        found
            .map(|known| known.row.code.clone())
            .unwrap_or_default()
    };
    Question {
        area,
        indicator: asking.indicator.clone().unwrap_or_else(first),
        tier: asking.tier,
        on: asking.on,
        basis: asking.basis,
        denominator: asking.denominator,
        of: CoverageUnit::Own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_it_asks_and_a_link_says_it_again() {
        let query = "indicator=D3&on=2026-01-31&tier=REACHED&basis=CURRENT&denominator=REGISTERED";
        let asking = Asking::read(Some(query)).unwrap();
        assert_eq!(asking.link("/x"), format!("/x?{query}"));
        assert_eq!(
            Asking::read(Some("on=&other=1")).unwrap(),
            Asking::default()
        );
        assert_eq!(Asking::default().link("/x"), "/x");
    }

    #[test]
    fn a_parameter_that_cannot_be_read_is_named() {
        for (query, name) in [
            ("on=tomorrow", "on"),
            ("on=2026-02-30", "on"),
            ("tier=BEST", "tier"),
            ("basis=x", "basis"),
            ("denominator=%00", "denominator"),
            (
                "indicator=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "indicator",
            ),
        ] {
            let failed = Asking::read(Some(query)).unwrap_err();
            assert!(
                matches!(failed, Failed::Parameter(found) if found == name),
                "{query}"
            );
        }
    }
}
