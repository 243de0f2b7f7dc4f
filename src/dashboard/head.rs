//! The head of a page about an area: its name, the pages beside it, the way from the country, and the form's choices.

use chrono::NaiveDate;
use entity::ids::AreaId;

use super::{asking::Asking, visit::Crumb, words::Words};
use crate::{areas::Atlas, auth::capability::Supervisor};

/// One choice of a field.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What one reads.
    pub label: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// A page beside this one.
#[derive(Clone, Debug)]
pub struct Tab {
    /// Its name.
    pub label: String,
    /// Where it is.
    pub href: String,
    /// Whether it is this one.
    pub here: bool,
}

/// The pages about an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Where it stands.
    Overview,
    /// How it came there.
    Trend,
    /// Why the figure is what it is.
    Explanation,
    /// What is missing.
    Missing,
    /// Its reports.
    Reports,
}

/// The pages, the ends of their addresses, and what they are called.
pub const ABOUT: [(About, &str, &str); 5] = [
    (About::Overview, "", "dashboard-tab-overview"),
    (About::Trend, "/trend", "dashboard-tab-trend"),
    (
        About::Explanation,
        "/explanation",
        "dashboard-tab-explanation",
    ),
    (About::Missing, "/missing", "dashboard-tab-missing"),
    (About::Reports, "/reports", "dashboard-tab-reports"),
];

/// The head of a page about an area: its name, the pages beside it, and the form.
#[derive(Clone, Debug)]
pub struct Head {
    /// The language.
    pub words: Words,
    /// Name of the area.
    pub area: String,
    /// What the figures are of, in a sentence.
    pub subject: String,
    /// The pages beside this one.
    pub tabs: Vec<Tab>,
    /// Where the form goes; no form when absent.
    pub action: Option<String>,
    /// The indicators.
    pub indicators: Vec<Choice>,
    /// The day asked about, as a form writes it.
    pub on: String,
    /// The last day that can be asked about.
    pub today: String,
    /// The tiers.
    pub tiers: Vec<Choice>,
    /// The bases.
    pub bases: Vec<Choice>,
    /// The populations.
    pub denominators: Vec<Choice>,
}

/// The choices of a field with one chosen.
pub fn choices<T: Copy + PartialEq>(
    words: Words,
    all: &[(T, &str, &str)],
    chosen: T,
) -> Vec<Choice> {
    let choice = |(value, code, key): &(T, &str, &str)| Choice {
        value: (*code).to_owned(),
        label: words.say(key),
        chosen: *value == chosen,
    };
    all.iter().map(choice).collect()
}

impl Head {
    /// The head of a page that asks nothing of coverage.
    pub fn plain(words: Words, area: String, tabs: Vec<Tab>) -> Self {
        Self {
            words,
            area,
            subject: String::new(),
            tabs,
            action: None,
            indicators: Vec::new(),
            on: String::new(),
            today: String::new(),
            tiers: Vec::new(),
            bases: Vec::new(),
            denominators: Vec::new(),
        }
    }
}

/// The pages about an area, with the same question.
pub fn tabs(words: Words, asking: &Asking, area: AreaId, here: About) -> Vec<Tab> {
    let tab = |(about, _, key): &(About, &str, &str)| Tab {
        label: words.say(key),
        href: asking.link_to(area, *about),
        here: *about == here,
    };
    ABOUT.iter().map(tab).collect()
}

/// The way from the country to an area; what is not the viewer's is named and leads nowhere.
pub fn crumbs(
    by: &Supervisor,
    atlas: &Atlas,
    area: AreaId,
    on: NaiveDate,
    href: impl Fn(AreaId) -> String,
) -> Vec<Crumb> {
    let day = atlas.area(area).map_or(on, |known| known.day_within(on));
    let mut way = atlas.ancestors(area, day);
    way.reverse();
    let above = way.into_iter().map(|above| Crumb {
        name: atlas.name(above, day).to_owned(),
        href: by.over(atlas, above).ok().map(|()| href(above)),
    });
    let own = Crumb {
        name: atlas.name(area, day).to_owned(),
        href: None,
    };
    above.chain([own]).collect()
}

/// The beginning of a text, cut between words.
pub fn shortened(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(letters).collect();
    let whole = beginning.rsplit_once(' ').map(|(whole, _)| whole);
    format!("{}…", whole.unwrap_or(&beginning).trim_end_matches(','))
}
