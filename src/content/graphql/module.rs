//! Domains and modules on the wire.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use entity::ids::{DomainId, ModuleId};

use super::{LessonObject, QuizObject, tag};
use crate::{
    clock::Clock,
    content::{
        Catalogue, Content,
        catalogue::{Domain, Module},
    },
    graphql::ids::wire,
    learning::graphql::{ModuleProgress, own_record},
};

/// A domain of the curriculum.
pub struct DomainObject {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) domain: Arc<Domain>,
}

impl DomainObject {
    /// The domain of an id.
    pub fn in_catalogue(catalogue: &Arc<Catalogue>, id: DomainId) -> Option<Self> {
        let mut domains = catalogue.domains().iter();
        let domain = domains.find(|domain| domain.id == id)?;
        Some(Self {
            catalogue: Arc::clone(catalogue),
            domain: Arc::clone(domain),
        })
    }

    /// The domain of an id, as it is now.
    pub fn of(content: &Content, id: DomainId) -> Option<Self> {
        Self::in_catalogue(&content.catalogue(), id)
    }
}

/// A domain of the curriculum, such as home care.
#[Object(name = "Domain")]
impl DomainObject {
    /// Identity of the domain.
    pub async fn id(&self) -> ID {
        wire(self.domain.id)
    }

    /// Its code: HC, IN or ED.
    async fn code(&self) -> &str {
        &self.domain.code
    }

    /// Its title.
    async fn title(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> &str {
        let said = self.domain.texts.served(tag(ctx, &language));
        said.map_or(&self.domain.code, |text| &text.said.title)
    }

    /// What it is about.
    async fn summary(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> Option<&str> {
        let said = self.domain.texts.served(tag(ctx, &language))?;
        Some(&said.said.summary)
    }

    /// Its modules with something published, in order.
    #[graphql(complexity = "5 * child_complexity")]
    async fn modules(&self) -> Vec<ModuleObject> {
        let modules = self.catalogue.modules_of(&self.domain).iter();
        modules
            .filter_map(|module| ModuleObject::new(&self.catalogue, module))
            .collect()
    }
}

/// A module of the curriculum.
pub struct ModuleObject {
    catalogue: Arc<Catalogue>,
    module: Arc<Module>,
}

impl ModuleObject {
    /// A module as anyone may see it; absent while nothing of it is published.
    pub fn new(catalogue: &Arc<Catalogue>, module: &Arc<Module>) -> Option<Self> {
        catalogue.published_of(module).next()?;
        Some(Self {
            catalogue: Arc::clone(catalogue),
            module: Arc::clone(module),
        })
    }

    /// The module of an id; absent for an unknown id and while nothing of it is published.
    pub fn of(content: &Content, id: ModuleId) -> Option<Self> {
        let catalogue = content.catalogue();
        Self::new(&catalogue, catalogue.module(id)?)
    }

    /// What it shows.
    pub fn module(&self) -> &Arc<Module> {
        &self.module
    }
}

/// A module: lessons in order and a quiz at the end.
#[Object(name = "Module")]
impl ModuleObject {
    /// Identity of the module.
    pub async fn id(&self) -> ID {
        wire(self.module.id)
    }

    /// Its code, such as HC1.
    async fn code(&self) -> &str {
        &self.module.code
    }

    /// Its title.
    async fn title(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> &str {
        let said = self.module.texts.served(tag(ctx, &language));
        said.map_or(&self.module.code, |text| &text.said.title)
    }

    /// What it is about.
    async fn summary(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> Option<&str> {
        let said = self.module.texts.served(tag(ctx, &language))?;
        Some(&said.said.summary)
    }

    /// What one can do after it.
    async fn competency(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> Option<&str> {
        let said = self.module.texts.served(tag(ctx, &language))?;
        Some(&said.said.competency)
    }

    /// The language that title, summary and competency are served in: the one asked for, else Vietnamese, else any.
    async fn served_language(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> Option<&str> {
        let said = self.module.texts.served(tag(ctx, &language))?;
        Some(said.language)
    }

    /// The domain it belongs to.
    async fn domain(&self) -> Option<DomainObject> {
        DomainObject::in_catalogue(&self.catalogue, self.module.domain)
    }

    /// Codes of the programmes whose core list it is on.
    async fn core_for(&self) -> Vec<&str> {
        let programmes = self.module.core_for.iter();
        programmes.map(|code| &**code).collect()
    }

    /// Minutes that its published lessons take together.
    async fn minutes(&self) -> u32 {
        let lessons = self.catalogue.published_of(&self.module);
        lessons.map(|lesson| u32::from(lesson.minutes)).sum()
    }

    /// Its published lessons in order.
    #[graphql(complexity = "5 * child_complexity")]
    async fn lessons(&self) -> Vec<LessonObject> {
        let lessons = self.catalogue.published_of(&self.module);
        lessons
            .filter_map(|lesson| LessonObject::new(&self.catalogue, lesson))
            .collect()
    }

    /// How far the viewer's family is with it; null for a visitor.
    async fn progress(&self, ctx: &Context<'_>) -> Result<Option<ModuleProgress>> {
        let Some(record) = own_record(ctx).await? else {
            return Ok(None);
        };
        let today = ctx.data::<Clock>()?.today();
        Ok(Some(ModuleProgress::of(
            &record,
            &self.catalogue,
            self.module.id,
            today,
        )))
    }

    /// Its quiz; null when it has none. Never which answers are right.
    async fn quiz(
        &self,
        #[graphql(
            desc = "Any text: questions, and the options of each, then come in the order of the SHA-256 of `<seed>:<id>`, \
                    so that an app can make the same order by itself. As written when left out."
        )]
        seed: Option<String>,
    ) -> Option<QuizObject> {
        Some(QuizObject::new(&self.module)?.shuffled(seed))
    }
}
