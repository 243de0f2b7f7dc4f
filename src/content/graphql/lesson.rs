//! A published lesson, its release and variants, as anyone may ask for them.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::{ids::LessonId, lesson::LessonAudience};

use super::{ModuleObject, body::LessonBlock, tag};
use crate::{
    content::{
        Catalogue, Content,
        applicability::AgeBand,
        catalogue::{Lesson, Release, Variant},
    },
    graphql::{context::language_or, date::Date, ids::wire},
    learning::graphql::{LessonProgress, own_record},
    messages::{Language, text},
    people::graphql::{Audience, DisabilityType},
};

/// How a variant of a lesson speaks. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::lesson_variant::Modality")]
pub enum Modality {
    /// Written text.
    Text,
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
    /// Sign language.
    SignVideo,
    /// Short, easy sentences.
    EasyRead,
    /// Pictures.
    Picture,
}

/// Where a release stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::lesson_release::ReleaseState")]
pub enum ReleaseState {
    /// Being written.
    Draft,
    /// Waiting for its reviewer.
    InReview,
    /// Shown to everybody.
    Published,
    /// No longer shown, or followed by a later release.
    Retired,
}

/// What completes a lesson. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::lesson_release::CompletionRule")]
pub enum CompletionRule {
    /// Opening it and marking it done.
    Opened,
    /// Spending a number of minutes on it.
    Minutes,
    /// A percentage of its quiz.
    QuizScore,
    /// A trainer confirms it.
    TrainerConfirms,
}

/// A published lesson.
pub struct LessonObject {
    catalogue: Arc<Catalogue>,
    lesson: Arc<Lesson>,
}

impl LessonObject {
    /// A lesson as anyone may see it; absent unless it is published.
    pub fn new(catalogue: &Arc<Catalogue>, lesson: &Arc<Lesson>) -> Option<Self> {
        lesson.release.as_ref()?;
        Some(Self {
            catalogue: Arc::clone(catalogue),
            lesson: Arc::clone(lesson),
        })
    }

    /// The lesson of an id; absent for an unknown id and unless it is published.
    pub fn of(content: &Content, id: LessonId) -> Option<Self> {
        let catalogue = content.catalogue();
        Self::new(&catalogue, catalogue.lesson(id)?)
    }

    /// What it shows.
    pub fn lesson(&self) -> &Arc<Lesson> {
        &self.lesson
    }

    fn published(&self) -> Option<&Release> {
        self.lesson.release.as_ref()
    }
}

/// A lesson: one thing to learn, in a few minutes.
#[Object(name = "Lesson")]
impl LessonObject {
    /// Identity of the lesson, the same from release to release.
    pub async fn id(&self) -> ID {
        wire(self.lesson.id)
    }

    /// Its code, such as HC1.1.
    async fn code(&self) -> &str {
        &self.lesson.code
    }

    /// Its title.
    async fn title(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> &str {
        let release = self.published();
        let said = release.and_then(|release| release.heading(tag(ctx, &language)));
        said.map_or(&self.lesson.code, |variant| &variant.said.title)
    }

    /// What it is about, in a sentence or two.
    async fn summary(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> Option<&str> {
        let said = self.published()?.heading(tag(ctx, &language))?;
        Some(&said.said.summary)
    }

    /// The language that title and summary are served in: the one asked for, else Vietnamese, else any.
    async fn served_language(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> Option<&str> {
        let said = self.published()?.heading(tag(ctx, &language))?;
        Some(said.language)
    }

    /// What the viewer has done of it; null for a visitor.
    async fn progress(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<LessonProgress>> {
        let record = own_record(ctx).await?;
        Ok(record.map(|record| LessonProgress::of(&record, self.lesson.id)))
    }

    /// Minutes it takes.
    async fn minutes(&self) -> u16 {
        self.lesson.minutes
    }

    /// Whom it is for.
    async fn audiences(&self) -> Vec<Audience> {
        match self.lesson.audience {
            LessonAudience::Caregiver => vec![Audience::Caregiver],
            LessonAudience::Staff => vec![Audience::Staff],
            LessonAudience::Both => vec![Audience::Caregiver, Audience::Staff],
        }
    }

    /// Ages of the child it is for, youngest first.
    #[graphql(complexity = "4 * child_complexity")]
    async fn age_bands(&self) -> Vec<AgeBandObject> {
        let bands = self.catalogue.bands().iter().enumerate();
        bands
            .filter(|(at, _)| self.lesson.bands.has(*at))
            .map(|(_, band)| AgeBandObject(band.clone()))
            .collect()
    }

    /// Kinds of disability it is for; empty when it is for every child.
    async fn disability_types(&self) -> Vec<DisabilityType> {
        self.lesson.disabilities.iter().map(Into::into).collect()
    }

    /// The module it belongs to.
    async fn module(&self) -> Option<ModuleObject> {
        ModuleObject::new(&self.catalogue, self.catalogue.module(self.lesson.module)?)
    }

    /// What is published of it.
    async fn release(&self) -> Option<ReleaseObject> {
        self.lesson.release.as_ref()?;
        Some(ReleaseObject(Arc::clone(&self.lesson)))
    }

    /// The lesson itself in one language and modality: the language asked for, else Vietnamese, else any; null when it does
    /// not exist in the modality.
    async fn variant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag; by default the language of the request.")] language: Option<
            String,
        >,
        #[graphql(desc = "By default TEXT.")] modality: Option<Modality>,
    ) -> Option<VariantObject> {
        let modality = modality.unwrap_or(Modality::Text);
        let asked = tag(ctx, &language);
        let served = self.published()?.variant(asked, modality.into())?;
        Some(VariantObject {
            modality,
            language: served.language.to_owned(),
            said: Arc::clone(served.said),
        })
    }
}

/// Ages in months since the month of birth.
pub struct AgeBandObject(AgeBand);

/// Ages in months since the month of birth.
#[Object(name = "AgeBand")]
impl AgeBandObject {
    /// Its code, such as A3.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Its name.
    async fn label(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "vi or en; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> &str {
        match language_or(ctx, language.as_deref()) {
            Language::Vietnamese => &self.0.label_vi,
            Language::English => &self.0.label_en,
        }
    }

    /// Youngest age; null for the band before birth.
    async fn from_month(&self) -> Option<i32> {
        self.0.from_month
    }

    /// Age from which it is over.
    async fn to_month_exclusive(&self) -> i32 {
        self.0.to_month_exclusive
    }
}

/// The published release of a lesson.
pub struct ReleaseObject(Arc<Lesson>);

impl ReleaseObject {
    fn shown(&self) -> async_graphql::Result<&Release> {
        let release = self.0.release.as_ref();
        release.ok_or_else(|| async_graphql::Error::new("the lesson is not published"))
    }
}

/// An immutable numbered version of a lesson. A completion is of one release.
#[Object(name = "LessonRelease")]
impl ReleaseObject {
    /// Identity of the release.
    async fn id(&self) -> async_graphql::Result<ID> {
        Ok(wire(self.shown()?.id))
    }

    /// From 1, in the order of publishing.
    async fn number(&self) -> async_graphql::Result<u32> {
        Ok(self.shown()?.number)
    }

    /// Where it stands.
    async fn state(&self) -> ReleaseState {
        ReleaseState::Published
    }

    /// What completes the lesson.
    async fn completion_rule(&self) -> async_graphql::Result<CompletionRule> {
        Ok(self.shown()?.completion_rule.into())
    }

    /// Minutes, or percent of the quiz, where the rule needs a number.
    async fn completion_value(&self) -> async_graphql::Result<Option<u32>> {
        Ok(self.shown()?.completion_value)
    }

    /// Under which licence it may be used.
    async fn licence(&self) -> async_graphql::Result<&str> {
        Ok(&self.shown()?.licence)
    }

    /// Where it comes from.
    async fn source(&self) -> async_graphql::Result<&str> {
        Ok(&self.shown()?.source)
    }

    /// Whether a named professional signed it. Show `reviewNotice` wherever it is false.
    async fn reviewed(&self) -> async_graphql::Result<bool> {
        Ok(self.shown()?.review.is_some())
    }

    /// The professional who signed it; null while nobody has.
    async fn reviewed_by(&self) -> async_graphql::Result<Option<&str>> {
        let review = self.shown()?.review.as_ref();
        Ok(review.map(|(by, _)| &**by))
    }

    /// The day it was signed; null while nobody has.
    async fn reviewed_on(&self) -> async_graphql::Result<Option<Date>> {
        let review = self.shown()?.review.as_ref();
        Ok(review.map(|(_, on)| Date(*on)))
    }

    /// What to show beside a lesson that nobody has signed; null once it is signed.
    async fn review_notice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "vi or en; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> async_graphql::Result<Option<String>> {
        let unreviewed = self.shown()?.review.is_none();
        let language = language_or(ctx, language.as_deref());
        Ok(unreviewed.then(|| text(language, "lesson-unreviewed")))
    }

    /// When it was published.
    async fn published_at(&self) -> async_graphql::Result<Option<DateTime<Utc>>> {
        Ok(self.shown()?.published_at)
    }
}

/// A release in one language and modality.
pub struct VariantObject {
    modality: Modality,
    language: String,
    said: Arc<Variant>,
}

/// A release in one language and modality.
#[Object(name = "LessonVariant")]
impl VariantObject {
    /// BCP 47 tag of the language it is in, which may be another than asked for.
    async fn language(&self) -> &str {
        &self.language
    }

    /// How it speaks.
    async fn modality(&self) -> Modality {
        self.modality
    }

    /// Its title.
    async fn title(&self) -> &str {
        &self.said.title
    }

    /// What it is about, in a sentence or two.
    async fn summary(&self) -> &str {
        &self.said.summary
    }

    /// Markdown, beginning with the title as its heading.
    async fn body(&self) -> &str {
        &self.said.body
    }

    /// The body as typed blocks in order, so that an app can show each natively: all its text, nothing else.
    #[graphql(complexity = "10 * child_complexity")]
    async fn blocks(&self) -> Vec<LessonBlock> {
        LessonBlock::all_of(&self.said.body)
    }

    /// Size of the body in UTF-8.
    async fn bytes(&self) -> u32 {
        self.said.bytes
    }

    /// SHA-256 of the body, lower-case hexadecimal.
    async fn sha256(&self) -> &str {
        &self.said.sha256
    }
}
