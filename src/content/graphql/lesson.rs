//! A published lesson, its release and variants, as anyone may ask for them.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};
use entity::{ids::LessonId, lesson::LessonAudience};

use super::{ModuleObject, body::LessonBlock, release::ReleaseObject, tag};
use crate::{
    content::{
        Catalogue, Content,
        applicability::AgeBand,
        catalogue::{Lesson, Release, Variant},
        editing::pairs,
    },
    graphql::{context::language_or, ids::wire},
    learning::graphql::{LessonProgress, own_record},
    messages::Language,
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
        audiences(self.lesson.audience)
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
        Some(ReleaseObject::new(&self.lesson))
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
        let release = self.published()?;
        let source = release.variant(&release.source_language, modality.into());
        let source = source.filter(|source| source.language == &*release.source_language);
        Some(VariantObject {
            modality,
            language: served.language.to_owned(),
            said: Arc::clone(served.said),
            source: source.map(|source| (source.language.to_owned(), Arc::clone(source.said))),
        })
    }
}

/// Whom a lesson is for, on the wire.
pub(super) fn audiences(audience: LessonAudience) -> Vec<Audience> {
    match audience {
        LessonAudience::Caregiver => vec![Audience::Caregiver],
        LessonAudience::Staff => vec![Audience::Staff],
        LessonAudience::Both => vec![Audience::Caregiver, Audience::Staff],
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

/// A release in one language and modality.
pub struct VariantObject {
    modality: Modality,
    language: String,
    said: Arc<Variant>,
    /// The text it is a translation of, and its language.
    source: Option<(String, Arc<Variant>)>,
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

    /// The body as typed blocks in order, so that an app can show each natively: all its text, nothing else. A block of a
    /// translation is of the kind of the block it stands for.
    #[graphql(complexity = "10 * child_complexity")]
    async fn blocks(&self) -> Vec<LessonBlock> {
        match &self.source {
            Some((language, source)) if *language != self.language => {
                let target = (&*self.language, &*self.said.body);
                let blocks = pairs::translated((language, &source.body), target).into_iter();
                blocks.map(Into::into).collect()
            }
            _ => LessonBlock::all_of(&self.said.body),
        }
    }

    /// Size of the body in UTF-8.
    async fn bytes(&self) -> u32 {
        self.said.bytes
    }

    /// SHA-256 of the body, lower-case hexadecimal.
    async fn sha256(&self) -> &str {
        &self.said.sha256
    }

    /// Whether it is a translation of an older text than the source language has in this release.
    async fn outdated(&self) -> bool {
        self.said.outdated
    }
}
