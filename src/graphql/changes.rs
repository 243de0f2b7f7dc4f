//! `changes`: what an app has to fetch to be up to date, page by page behind a cursor.

use async_graphql::{
    Context, ID, InputValueError, InputValueResult, Object, Scalar, ScalarType, SimpleObject, Value,
};
use entity::ids::{GroupId, NoticeId};
use uuid::Uuid;

use super::{
    context::language,
    ids::wire,
    node::Node,
    pages::{PageSize, Position},
    payload::graphql_error,
};
use crate::{
    auth::{
        capability::{Trainer, Viewer},
        graphql::viewer,
    },
    clock::Clock,
    content::{
        self, Content,
        graphql::{DomainObject, LessonObject, ModuleObject},
    },
    delta::{Page, Place},
    error::{Error, UserErrorCode},
    learning::{
        Learning,
        changes::Subject as Own,
        graphql::{LessonProgress, ModuleProgress, progress_id},
    },
    notices::{Notices, graphql::NoticeObject},
    people::{
        People,
        graphql::{ChildObject, ViewerPerson},
    },
    training::{
        Training,
        graphql::{GroupMember, GroupObject, LearnerAssignment, trainer},
        sync::Subject as OfGroup,
    },
};

/// The pages of changes.
const PAGE: PageSize = PageSize {
    default: 50,
    maximum: 200,
};

/// What to be up to date with: ME (the viewer's own person, children, progress, assignments and notices), CONTENT (domains, modules, lessons), or
/// the id of a group of the viewer's (the group and its members).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeScope(String);

/// What to be up to date with: ME (the viewer's own person, children, progress, assignments and notices), CONTENT (domains, modules, lessons), or
/// the id of a group of the viewer's (the group and its members).
#[Scalar]
impl ScalarType for ChangeScope {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            Value::Enum(name) => Ok(Self(name.to_string())),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// Something that is no more, or that the viewer may no longer know: drop it.
#[derive(Clone, Debug, SimpleObject)]
pub struct Tombstone {
    /// Its id.
    id: ID,
    /// The name of its type.
    typename: String,
}

/// A run of changes. A thing that changed several times comes once, as it is now.
#[derive(SimpleObject)]
pub struct ChangePage {
    /// What changed, whole.
    nodes: Vec<Node>,
    /// What is gone.
    tombstones: Vec<Tombstone>,
    /// To be sent as `since` next time. It is a count of changes and no time; keep it with the scope and the account it
    /// belongs to.
    cursor: String,
    /// Whether there is more now: ask again at once with the cursor.
    has_more: bool,
    /// Whether what the app holds of this scope must be dropped, because the server was set back to an earlier state. Then
    /// the page is empty, and its cursor starts from the beginning.
    full_resync_required: bool,
}

/// Syncing.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChangeQuery;

#[Object]
impl ChangeQuery {
    /// What changed since a cursor, and what is gone. Without a cursor everything there is. Figures that follow the age of a
    /// child (`ModuleProgress.applicableCount`) also change with the calendar month, and what asks for a refresher follows the
    /// lesson's release in the scope CONTENT, without a change here.
    #[graphql(
        complexity = "first.map_or(PAGE.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity / 4"
    )]
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to be up to date with.")] scope: ChangeScope,
        #[graphql(desc = "The `cursor` of the page before, unchanged; everything when left out.")]
        since: Option<String>,
        #[graphql(desc = "How many; 50 by default, at most 200.")] first: Option<i32>,
    ) -> async_graphql::Result<Option<ChangePage>> {
        let viewer = viewer(ctx)?;
        let first = PAGE.page::<Position>(first, None)?.first;
        let ChangeScope(scope) = scope;
        let asked = |name| {
            let asked = Asked::new(name, since.as_deref(), first);
            asked.ok_or_else(|| refused(ctx, "since", "cursor-invalid"))
        };
        let page = match scope.as_str() {
            "ME" => {
                let asked = asked(format!("ME:{}", viewer.person()))?;
                asked.own(ctx, viewer).await?
            }
            "CONTENT" => asked(scope)?.content(ctx).await?,
            group => {
                let group = Uuid::try_parse(group).ok().map(GroupId);
                let group = group.ok_or_else(|| refused(ctx, "scope", "scope-invalid"))?;
                let trainer = trainer(ctx)?;
                let asked = asked(AskedOfGroup::name(group, &trainer))?;
                let asked = AskedOfGroup { id: group, asked };
                let page = asked.page(ctx.data::<Training>()?, &trainer).await;
                page.map_err(|error| graphql_error(ctx, &error))?
            }
        };
        Ok(Some(page))
    }
}

fn refused(ctx: &Context<'_>, field: &str, message: &'static str) -> async_graphql::Error {
    graphql_error(ctx, &Error::user(UserErrorCode::Invalid, field, message))
}

/// One question.
#[derive(Clone, Debug)]
struct Asked {
    /// The scope and whose it is: what the cursor is tied to.
    name: String,
    since: Option<Place>,
    first: usize,
}

/// A thing as it is now, or what to drop.
type Found = Result<Node, Tombstone>;

fn gone(id: impl Into<Uuid>, typename: &str) -> Found {
    Err(Tombstone {
        id: wire(id),
        typename: typename.to_owned(),
    })
}

impl Asked {
    /// What is behind a cursor of a scope; nothing when the cursor is of another.
    fn new(name: String, cursor: Option<&str>, first: usize) -> Option<Self> {
        let since = match cursor {
            None => None,
            Some(cursor) => Some(Place::of_cursor(cursor, &name)?),
        };
        Some(Self { name, since, first })
    }

    fn page<S: Copy>(&self, page: &Page<S>, found: impl Fn(S) -> Found) -> ChangePage {
        let mut answer = ChangePage {
            nodes: Vec::new(),
            tombstones: Vec::new(),
            cursor: page.until.cursor(&self.name),
            has_more: page.has_more,
            full_resync_required: page.reset,
        };
        for subject in &page.changed {
            match found(*subject) {
                Ok(node) => answer.nodes.push(node),
                // Who begins holds nothing that could be dropped.
                Err(tombstone) if self.since.is_some() => answer.tombstones.push(tombstone),
                Err(_) => {}
            }
        }
        answer
    }

    async fn own(&self, ctx: &Context<'_>, viewer: &Viewer) -> async_graphql::Result<ChangePage> {
        let learner = viewer.learner();
        let learning = ctx.data::<Learning>()?;
        let notices = ctx.data::<Notices>()?;
        let told = |from: i64| async move {
            let told = notices.revised(&learner, from).await?;
            Ok(told.into_iter().map(|(id, at)| (id.0, at)).collect())
        };
        let changes = learning
            .changes(&learner, self.since.as_ref(), self.first, told)
            .await;
        let changes = changes.map_err(|error| graphql_error(ctx, &error))?;
        let Some(changes) = changes else {
            return Err(graphql_error(ctx, &Error::NotFound));
        };
        let (record, page) = (&changes.record, &changes.page);
        let asks = |subject: &Own| matches!(subject, Own::Person | Own::Child(_));
        let household = match page.changed.iter().any(asks) {
            true => {
                let found = ctx.data::<People>()?.household_now(&learner).await;
                Some(found.map_err(|error| graphql_error(ctx, &error))?)
            }
            false => None,
        };
        let ids = page.changed.iter().filter_map(|subject| match subject {
            Own::Beside(id) => Some(NoticeId(*id)),
            _ => None,
        });
        let shown = notices.own(&learner, &ids.collect(), language(ctx)).await;
        let shown = shown.map_err(|error| graphql_error(ctx, &error))?;
        let catalogue = ctx.data::<Content>()?.catalogue();
        let today = ctx.data::<Clock>()?.today();
        let asks = |subject: &Own| matches!(subject, Own::Assignment(_));
        let assigned = match page.changed.iter().any(asks) {
            true => {
                let found = ctx.data::<Training>()?.assigned_to(record).await;
                found.map_err(|error| graphql_error(ctx, &error))?
            }
            false => Vec::new(),
        };
        Ok(self.page(page, |subject| match subject {
            Own::Beside(id) => match shown.iter().find(|notice| notice.id.0 == id) {
                Some(notice) => Ok(Node::Notice(NoticeObject::new(notice.clone()))),
                None => gone(id, "Notice"),
            },
            Own::Person => match &household {
                Some(household) => Ok(Node::Person(ViewerPerson(household.clone()))),
                None => gone(record.person, "ViewerPerson"),
            },
            Own::Child(id) => {
                let child = household.as_ref().and_then(|household| household.child(id));
                match child.filter(|child| child.is_here()) {
                    Some(child) => Ok(Node::Child(ChildObject::of(child))),
                    None => gone(id, "Child"),
                }
            }
            Own::Lesson(id) => Ok(Node::LessonProgress(LessonProgress::of(record, id))),
            Own::Module(id) if catalogue.module(id).is_none() => Err(Tombstone {
                id: progress_id(record.person, id),
                typename: "ModuleProgress".to_owned(),
            }),
            Own::Assignment(id) => {
                let mut assigned = assigned.iter();
                let own = assigned.find(|own| own.assigned.assignment.id == id);
                match own.and_then(|own| LearnerAssignment::of(own, &catalogue)) {
                    Some(own) => Ok(Node::LearnerAssignment(own)),
                    None => Err(Tombstone {
                        id: progress_id(record.person, id),
                        typename: "LearnerAssignment".to_owned(),
                    }),
                }
            }
            Own::Module(id) => Ok(Node::ModuleProgress(ModuleProgress::of(
                record, &catalogue, id, today,
            ))),
        }))
    }

    async fn content(&self, ctx: &Context<'_>) -> async_graphql::Result<ChangePage> {
        use content::changes::Subject;
        let content = ctx.data::<Content>()?;
        let changes = content.changes(self.since.as_ref(), self.first).await;
        let (page, catalogue) = changes.map_err(|error| graphql_error(ctx, &error))?;
        Ok(self.page(&page, |subject| match subject {
            Subject::Domain(id) => match DomainObject::in_catalogue(&catalogue, id) {
                Some(domain) => Ok(Node::Domain(domain)),
                None => gone(id, "Domain"),
            },
            Subject::Module(id) => {
                let module = catalogue.module(id);
                match module.and_then(|module| ModuleObject::new(&catalogue, module)) {
                    Some(module) => Ok(Node::Module(module)),
                    None => gone(id, "Module"),
                }
            }
            Subject::Lesson(id) => {
                let lesson = catalogue.lesson(id);
                match lesson.and_then(|lesson| LessonObject::new(&catalogue, lesson)) {
                    Some(lesson) => Ok(Node::Lesson(lesson)),
                    None => gone(id, "Lesson"),
                }
            }
        }))
    }
}

/// What to know of a group: the part of `changes` that `groupProgress` shares.
#[derive(Clone, Debug)]
pub struct AskedOfGroup {
    id: GroupId,
    asked: Asked,
}

impl AskedOfGroup {
    /// What is behind a cursor of a group's; nothing when the cursor is not of this group and trainer.
    pub fn since(id: GroupId, trainer: &Trainer, cursor: Option<&str>) -> Option<Self> {
        let asked = Asked::new(Self::name(id, trainer), cursor, PAGE.default)?;
        Some(Self { id, asked })
    }

    fn name(id: GroupId, trainer: &Trainer) -> String {
        format!("{id}:{}", trainer.account())
    }

    /// The next page.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the trainer has no such group.
    pub async fn page(&self, training: &Training, trainer: &Trainer) -> Result<ChangePage, Error> {
        let (since, first) = (self.asked.since.as_ref(), self.asked.first);
        let changes = training.changes(trainer, self.id, since, first).await?;
        Ok(self.asked.page(&changes.page, |subject| match subject {
            OfGroup::Group(_) => Ok(Node::Group(GroupObject::new(changes.roster.clone()))),
            OfGroup::Member(id) => match changes.member(id) {
                Some(member) => Ok(Node::GroupMember(GroupMember::of(member))),
                None => gone(id, "GroupMember"),
            },
        }))
    }

    /// Goes on behind a page.
    pub fn follow(&mut self, page: &ChangePage) {
        self.asked.since = Place::of_cursor(&page.cursor, &self.asked.name);
    }

    /// Whether there is anything behind where this stands.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_news(&self, training: &Training) -> Result<bool, Error> {
        training.has_news(self.id, self.asked.since.as_ref()).await
    }
}

impl ChangePage {
    /// Whether it says anything.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.tombstones.is_empty() && !self.full_resync_required
    }
}
