//! The curriculum as anyone may ask for it: what is published, in the language asked for or the nearest there is.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, connection::Connection};
use entity::{
    ids::{LessonId, ModuleId},
    lesson::LessonAudience,
};

use super::{Content, applicability::is_for, catalogue::Module};
use crate::{
    error::{Error, UserErrorCode},
    graphql::{
        context::language,
        ids::asked,
        pages::{PageSize, Position, page_of},
        payload::graphql_error,
    },
    people::graphql::Audience,
};

mod body;
mod drafts;
mod editing;
mod impact;
mod lesson;
mod media;
mod module;
mod quiz;
mod release;

pub use drafts::DraftQuery;
pub use editing::EditorMutation;
pub use lesson::{LessonObject, Modality};
pub use media::{MediaMutation, MediaObject, MediaQuery};
pub use module::{DomainObject, ModuleObject};
pub use quiz::QuizObject;

/// The pages of modules and lessons.
const PAGE: PageSize = PageSize {
    default: 20,
    maximum: 100,
};

/// The longest text that is searched for, in characters.
const LONGEST_TEXT: usize = 200;

/// The tag of the language a text is asked in: the argument, or else that of the request.
fn tag<'a>(ctx: &Context<'_>, asked: &'a Option<String>) -> &'a str {
    match asked {
        Some(asked) => asked,
        None => language(ctx).tag(),
    }
}

/// Modules in pages.
pub type ModuleConnection = Connection<Position, ModuleObject>;

/// Lessons in pages.
pub type LessonConnection = Connection<Position, LessonObject>;

/// What anyone may ask about the curriculum.
#[derive(Clone, Copy, Debug, Default)]
pub struct ContentQuery;

/// What anyone may ask about the curriculum.
#[Object]
impl ContentQuery {
    /// The domains of the curriculum in order.
    #[graphql(complexity = "3 * child_complexity")]
    async fn domains(&self, ctx: &Context<'_>) -> Result<Vec<DomainObject>> {
        let catalogue = ctx.data::<Content>()?.catalogue();
        let domains = catalogue.domains().iter();
        let shown = domains.map(|domain| DomainObject {
            catalogue: Arc::clone(&catalogue),
            domain: Arc::clone(domain),
        });
        Ok(shown.collect())
    }

    /// The modules with something published, domain by domain in order.
    #[graphql(
        complexity = "first.map_or(PAGE.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn modules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only modules of the domain with this code.")] domain: Option<String>,
        #[graphql(desc = "Only modules with a lesson for this audience.")] audience: Option<
            Audience,
        >,
        #[graphql(desc = "How many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind which one: an `endCursor` of this list.")] after: Option<String>,
    ) -> Result<ModuleConnection> {
        let page = PAGE.page(first, after.as_deref())?;
        let catalogue = ctx.data::<Content>()?.catalogue();
        let within = |module: &Module| {
            domain.as_ref().is_none_or(|code| {
                let mut domains = catalogue.domains().iter();
                domains.any(|domain| *domain.code == **code && domain.id == module.domain)
            })
        };
        let fits = |module: &Module| {
            audience.is_none_or(|audience| {
                let mut lessons = catalogue.published_of(module);
                lessons.any(|lesson| is_for(lesson, wanted(audience)))
            })
        };
        let modules = catalogue.modules().iter();
        let shown: Vec<_> = modules
            .filter(|module| within(module) && fits(module))
            .filter_map(|module| ModuleObject::new(&catalogue, module))
            .collect();
        Ok(page_of(shown, &page))
    }

    /// One module, by id or by code; null when there is none, or nothing of it is published.
    async fn module(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Identity of the module.")] id: Option<ID>,
        #[graphql(desc = "Code of the module, such as HC1.")] code: Option<String>,
    ) -> Result<Option<ModuleObject>> {
        let catalogue = ctx.data::<Content>()?.catalogue();
        let module = match (id, code) {
            (Some(id), None) => asked::<ModuleId>(&id).and_then(|id| catalogue.module(id)),
            (None, Some(code)) => catalogue.module_by_code(&code),
            _ => return Err(id_or_code(ctx)),
        };
        Ok(module.and_then(|module| ModuleObject::new(&catalogue, module)))
    }

    /// One lesson, by id or by code; null when there is none, or it is not published.
    async fn lesson(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Identity of the lesson.")] id: Option<ID>,
        #[graphql(desc = "Code of the lesson, such as HC1.1.")] code: Option<String>,
    ) -> Result<Option<LessonObject>> {
        let catalogue = ctx.data::<Content>()?.catalogue();
        let lesson = match (id, code) {
            (Some(id), None) => asked::<LessonId>(&id).and_then(|id| catalogue.lesson(id)),
            (None, Some(code)) => catalogue.lesson_by_code(&code),
            _ => return Err(id_or_code(ctx)),
        };
        Ok(lesson.and_then(|lesson| LessonObject::new(&catalogue, lesson)))
    }

    /// The published lessons in which every word occurs, best first: exact accents before others, titles before summaries
    /// before bodies. Case, diacritics, tone placement and đ do not matter.
    #[graphql(
        complexity = "first.map_or(PAGE.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn search_lessons(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Words, or beginnings of words; at most 200 characters.")] text: String,
        #[graphql(desc = "How many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind which one: an `endCursor` of this list.")] after: Option<String>,
    ) -> Result<LessonConnection> {
        let page = PAGE.page(first, after.as_deref())?;
        if text.chars().count() > LONGEST_TEXT {
            let error = Error::user(UserErrorCode::Invalid, "text", "search-too-long");
            return Err(graphql_error(ctx, &error));
        }
        let catalogue = ctx.data::<Content>()?.catalogue();
        let found = catalogue.search(&text).into_iter();
        let shown: Vec<_> = found
            .filter_map(|lesson| LessonObject::new(&catalogue, lesson))
            .collect();
        Ok(page_of(shown, &page))
    }
}

fn wanted(audience: Audience) -> LessonAudience {
    match audience {
        Audience::Caregiver => LessonAudience::Caregiver,
        Audience::Staff => LessonAudience::Staff,
    }
}

fn id_or_code(ctx: &Context<'_>) -> async_graphql::Error {
    let error = Error::user(UserErrorCode::Required, "", "id-or-code");
    graphql_error(ctx, &error)
}
