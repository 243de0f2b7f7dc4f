//! Which lessons apply to whom on a day: age in months, kinds of disability, and what is withheld.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use entity::{disability::Disability, ids::ModuleId, lesson::LessonAudience};

use super::catalogue::{Catalogue, Lesson};

/// An age band in months since the month of birth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgeBand {
    /// For example `A3`.
    pub code: Box<str>,
    /// Youngest age; absent for the band before birth.
    pub from_month: Option<i32>,
    /// Age from which it is over.
    pub to_month_exclusive: i32,
    /// Its name in Vietnamese.
    pub label_vi: Box<str>,
    /// Its name in English.
    pub label_en: Box<str>,
}

impl AgeBand {
    /// Whether an age lies in it.
    pub fn holds(&self, age: AgeMonths) -> bool {
        self.from_month.is_none_or(|from| from <= age.0) && age.0 < self.to_month_exclusive
    }
}

/// Whole months since the month of birth; negative before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AgeMonths(pub i32);

impl AgeMonths {
    /// A child that is expected and not yet born.
    pub const UNBORN: Self = Self(-1);

    /// The age on a day of a child born in a month: the difference of the months, since the day of birth is not asked.
    pub fn on(day: NaiveDate, born_month: NaiveDate) -> Self {
        let months =
            |date: NaiveDate| date.year() * 12 + i32::try_from(date.month0()).unwrap_or_default();
        Self(months(day) - months(born_month))
    }
}

/// From this age in months a child born early is no longer younger than its birthday says.
const CORRECTED_UNTIL: i32 = 24;
/// The most weeks before term that are counted.
const MOST_WEEKS: i32 = 17;

impl AgeMonths {
    /// The age on a day of a child born some weeks before term: counted from the month it was due in, to the nearest month,
    /// until it is 24 months old; from then on as of every child.
    pub fn corrected(day: NaiveDate, born_month: NaiveDate, weeks_early: i32) -> Self {
        let Self(age) = Self::on(day, born_month);
        if age >= CORRECTED_UNTIL {
            return Self(age);
        }
        // A year has 52 weeks and 12 months.
        let early = (weeks_early.clamp(0, MOST_WEEKS) * 12 + 26) / 52;
        // It is born: never an expected child again.
        Self(if age >= 0 { (age - early).max(0) } else { age })
    }
}

/// A set of age bands: bit n stands for the n-th band of the catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bands(pub(super) u16);

impl Bands {
    /// The bands of a list that fit.
    pub fn fitting(bands: &[AgeBand], fits: impl Fn(&AgeBand) -> bool) -> Self {
        let bit = |(at, band)| if fits(band) { 1_u16 << at } else { 0 };
        Self(bands.iter().take(16).enumerate().map(bit).sum())
    }

    /// Whether the n-th band of the catalogue is in it.
    pub fn has(self, at: usize) -> bool {
        at < 16 && self.0 & (1_u16 << at) != 0
    }

    fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn holds_all_of(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A set of kinds of disability.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disabilities(u8);

impl Disabilities {
    /// Whether no kind is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a kind is in it.
    pub fn has(self, kind: Disability) -> bool {
        self.0 & Self::bit(kind) != 0
    }

    /// The kinds in it, in the order of the law.
    pub fn iter(self) -> impl Iterator<Item = Disability> {
        let all = [
            Disability::Mobility,
            Disability::HearingSpeech,
            Disability::Vision,
            Disability::NeuroMental,
            Disability::Intellectual,
            Disability::Other,
        ];
        all.into_iter().filter(move |kind| self.has(*kind))
    }

    fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn bit(kind: Disability) -> u8 {
        match kind {
            Disability::Mobility => 1,
            Disability::HearingSpeech => 2,
            Disability::Vision => 4,
            Disability::NeuroMental => 8,
            Disability::Intellectual => 16,
            Disability::Other => 32,
        }
    }
}

impl FromIterator<Disability> for Disabilities {
    fn from_iter<I: IntoIterator<Item = Disability>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |all, kind| all | Self::bit(kind)))
    }
}

/// What applicability looks at in a child.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChildFacts {
    /// First day of the month of birth; absent when withheld or not yet born.
    pub born_month: Option<NaiveDate>,
    /// First day of the month the child is due in, while it is expected.
    pub due_month: Option<NaiveDate>,
    /// Kinds of disability that were told; none when there are none or they are withheld.
    pub disabilities: Disabilities,
}

impl ChildFacts {
    /// The age on a day; nothing when it is withheld.
    pub fn age_on(&self, day: NaiveDate) -> Option<AgeMonths> {
        match (self.born_month, self.due_month) {
            (Some(born), _) => Some(AgeMonths::on(day, born)),
            (None, Some(_)) => Some(AgeMonths::UNBORN),
            (None, None) => None,
        }
    }
}

/// Whom lessons are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learner<'a> {
    /// A caregiver, with the children that count: those in the indicator's population, or the household.
    Caregiver(&'a [ChildFacts]),
    /// Staff: every lesson for staff applies, whatever children there are.
    Staff,
}

/// Whether a lesson is for an audience.
pub fn is_for(lesson: &Lesson, audience: LessonAudience) -> bool {
    audience == LessonAudience::Both
        || lesson.audience == LessonAudience::Both
        || lesson.audience == audience
}

/// The published lessons of the modules that apply to a learner on a day, in the order of the curriculum.
///
/// Children add up: a lesson applies when it applies to one of them. A withheld month leaves the lessons for every age
/// after birth; withheld kinds of disability leave the lessons for any child.
pub fn applicable_lessons<'c>(
    catalogue: &'c Catalogue,
    modules: &[ModuleId],
    learner: Learner<'_>,
    day: NaiveDate,
) -> Vec<&'c Arc<Lesson>> {
    applicable(catalogue, modules, learner, day, |lesson| {
        lesson.release.is_some()
    })
}

/// The lessons of the modules that a learner had to finish by the end of a day: those that were there on that day, whatever
/// is published now. So a lesson added later takes no credit from what arrives late, and one retired later gives none.
pub fn required_lessons<'c>(
    catalogue: &'c Catalogue,
    modules: &[ModuleId],
    learner: Learner<'_>,
    day: NaiveDate,
) -> Vec<&'c Arc<Lesson>> {
    applicable(catalogue, modules, learner, day, |lesson| {
        lesson.lives.holds(day)
    })
}

fn applicable<'c>(
    catalogue: &'c Catalogue,
    modules: &[ModuleId],
    learner: Learner<'_>,
    day: NaiveDate,
    is_there: impl Fn(&Lesson) -> bool,
) -> Vec<&'c Arc<Lesson>> {
    let audience = match learner {
        Learner::Caregiver(_) => LessonAudience::Caregiver,
        Learner::Staff => LessonAudience::Staff,
    };
    let needs: Vec<Need> = match learner {
        Learner::Caregiver(children) => children
            .iter()
            .map(|child| Need::of(catalogue.bands(), child, day))
            .collect(),
        Learner::Staff => Vec::new(),
    };
    let wanted = catalogue
        .modules()
        .iter()
        .filter(|module| modules.contains(&module.id));
    wanted
        .flat_map(|module| catalogue.lessons_of(module))
        .filter(|lesson| is_there(lesson) && is_for(lesson, audience))
        .filter(|lesson| {
            learner == Learner::Staff || needs.iter().any(|need| need.is_met_by(lesson))
        })
        .collect()
}

/// What a lesson must offer to apply to one child.
struct Need {
    bands: Bands,
    every_band: bool,
    disabilities: Disabilities,
}

impl Need {
    fn of(bands: &[AgeBand], child: &ChildFacts, day: NaiveDate) -> Self {
        let age = child.age_on(day);
        Self {
            bands: match age {
                Some(age) => Bands::fitting(bands, |band| band.holds(age)),
                None => Bands::fitting(bands, |band| band.from_month.is_some()),
            },
            every_band: age.is_none(),
            disabilities: child.disabilities,
        }
    }

    fn is_met_by(&self, lesson: &Lesson) -> bool {
        let age_fits = if self.every_band {
            lesson.bands.holds_all_of(self.bands)
        } else {
            lesson.bands.meets(self.bands)
        };
        age_fits && (lesson.disabilities.is_empty() || lesson.disabilities.meets(self.disabilities))
    }
}
