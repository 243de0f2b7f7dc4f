//! `node`: anything with an id that the viewer may know, whatever it is.

use async_graphql::{Context, ID, Interface, Object};
use entity::ids::{AreaId, ChildId, DomainId, GroupId, LessonId, ModuleId, PersonId};
use uuid::Uuid;

use super::{ids::asked, payload::graphql_error};
use crate::{
    areas::{Areas, graphql::AreaObject},
    auth::{capability::Viewer, graphql::visitor_or_viewer},
    clock::Clock,
    content::{
        Content,
        graphql::{DomainObject, LessonObject, ModuleObject},
    },
    error::Error,
    learning::{
        graphql::{LessonProgress, ModuleProgress, own_record, progress_id},
        store::Record,
    },
    people::{
        People,
        graphql::{ChildObject, ViewerPerson},
    },
    training::{
        Training,
        graphql::{GroupMember, GroupObject, LearnerAssignment},
        screens::Age,
    },
};

/// Anything with an id of its own, the same wherever it is met: what a client's cache is keyed by. More types may be added.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Identity, unique among all types."))]
pub enum Node {
    /// An area.
    Area(AreaObject),
    /// A domain.
    Domain(DomainObject),
    /// A module.
    Module(ModuleObject),
    /// A lesson.
    Lesson(LessonObject),
    /// The viewer's own person.
    Person(ViewerPerson),
    /// One of the viewer's children.
    Child(ChildObject),
    /// How far the viewer is with a lesson.
    LessonProgress(LessonProgress),
    /// How far the viewer is with a module.
    ModuleProgress(ModuleProgress),
    /// What is assigned to the viewer.
    LearnerAssignment(LearnerAssignment),
    /// A group of the viewer's.
    Group(GroupObject),
    /// A member of a group of the viewer's.
    GroupMember(GroupMember),
}

/// What can be asked by id alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Whatever has this id: an area, a domain, module or lesson that is published, the viewer's own person, children and
    /// progress, or a group of the viewer's. NOT_FOUND for everything else, known or not.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id.")] id: ID,
    ) -> async_graphql::Result<Option<Node>> {
        let not_found = || graphql_error(ctx, &Error::NotFound);
        let id = asked::<Uuid>(&id).ok_or_else(not_found)?;
        if let Some(node) = public(ctx, id)? {
            return Ok(Some(node));
        }
        let own = match visitor_or_viewer(ctx) {
            Some(viewer) => own(ctx, viewer, id).await?,
            None => None,
        };
        Ok(Some(own.ok_or_else(not_found)?))
    }
}

/// What anyone may know.
fn public(ctx: &Context<'_>, id: Uuid) -> async_graphql::Result<Option<Node>> {
    let content = ctx.data::<Content>()?;
    if let Some(lesson) = LessonObject::of(content, LessonId(id)) {
        return Ok(Some(Node::Lesson(lesson)));
    }
    if let Some(module) = ModuleObject::of(content, ModuleId(id)) {
        return Ok(Some(Node::Module(module)));
    }
    if let Some(domain) = DomainObject::of(content, DomainId(id)) {
        return Ok(Some(Node::Domain(domain)));
    }
    Ok(AreaObject::today(ctx.data::<Areas>()?, AreaId(id)).map(Node::Area))
}

/// What is the viewer's own.
async fn own(ctx: &Context<'_>, viewer: &Viewer, id: Uuid) -> async_graphql::Result<Option<Node>> {
    if let Some(record) = own_record(ctx).await? {
        if let Some(progress) = progress(ctx, &record, id)? {
            return Ok(Some(progress));
        }
        let is_child = record.facts.children.iter().any(|child| child.id.0 == id);
        if is_child || record.person == PersonId(id) {
            let household = ctx.data::<People>()?.household_now(&viewer.learner()).await;
            let household = household.map_err(|error| graphql_error(ctx, &error))?;
            if record.person == PersonId(id) {
                return Ok(Some(Node::Person(ViewerPerson(household))));
            }
            let child = household.child(ChildId(id)).filter(|child| child.is_here());
            return Ok(child.map(|child| Node::Child(ChildObject::of(child))));
        }
        let assigned = ctx.data::<Training>()?.assigned_to(&record).await;
        let assigned = assigned.map_err(|error| graphql_error(ctx, &error))?;
        let (wanted, catalogue) = (super::ids::wire(id), ctx.data::<Content>()?.catalogue());
        let mut assigned = assigned.iter();
        let own =
            assigned.find(|own| progress_id(own.person, own.assigned.assignment.id) == wanted);
        if let Some(own) = own {
            let own = LearnerAssignment::of(own, &catalogue);
            return Ok(own.map(Node::LearnerAssignment));
        }
    }
    let Ok(trainer) = viewer.trainer() else {
        return Ok(None);
    };
    let training = ctx.data::<Training>()?;
    match training.group(&trainer, GroupId(id), &[], Age::Now).await {
        Ok(roster) => Ok(Some(Node::Group(GroupObject::new(roster)))),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(graphql_error(ctx, &error)),
    }
}

fn progress(ctx: &Context<'_>, record: &Record, id: Uuid) -> async_graphql::Result<Option<Node>> {
    let catalogue = ctx.data::<Content>()?.catalogue();
    let asked = super::ids::wire(id);
    let lessons = record.state.lessons.keys();
    let mut lessons = lessons.filter(|lesson| progress_id(record.person, **lesson) == asked);
    if let Some(lesson) = lessons.next() {
        return Ok(Some(Node::LessonProgress(LessonProgress::of(
            record, *lesson,
        ))));
    }
    let modules = catalogue.modules().iter();
    let mut modules = modules.filter(|module| progress_id(record.person, module.id) == asked);
    let today = ctx.data::<Clock>()?.today();
    Ok(modules.next().map(|module| {
        Node::ModuleProgress(ModuleProgress::of(record, &catalogue, module.id, today))
    }))
}
