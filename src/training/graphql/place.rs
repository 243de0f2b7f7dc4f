//! Placing somebody whose commune was split, by the trainer who has her or an administrator.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::ids::{AreaId, PersonId};

use super::super::Training;
use crate::{
    auth::{Auth, graphql::viewer},
    error::{Error, Result},
    graphql::{
        ids::{named, wire},
        payload::{UserErrorObject, graphql_error, split},
    },
    people::People,
};

/// Somebody to place.
#[derive(InputObject)]
pub struct PlacePersonInput {
    /// Who: somebody whose commune was split.
    person_id: ID,
    /// The commune, one of those that the parts of the old one went to, in which she lives.
    area_id: ID,
}

/// What `placePerson` did.
#[derive(SimpleObject)]
pub struct PlacePersonPayload {
    /// Id of the person placed.
    person_id: Option<ID>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// Placing people.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlaceMutation;

/// Placing people.
#[Object]
impl PlaceMutation {
    /// Says in which part of a commune that was split somebody lives. Until then she is counted from the province up.
    /// Needs the person in a group of the viewer's as trainer, or a standing as administrator.
    async fn place_person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and where.")] input: PlacePersonInput,
    ) -> async_graphql::Result<PlacePersonPayload> {
        let viewer = viewer(ctx)?;
        if viewer.trainer().is_err() && viewer.administrator().is_err() {
            return Err(graphql_error(ctx, &Error::Forbidden));
        }
        let (placed, user_errors) = split(ctx, place(ctx, &input).await)?;
        Ok(PlacePersonPayload {
            person_id: placed.map(wire),
            user_errors,
        })
    }
}

async fn place(ctx: &Context<'_>, input: &PlacePersonInput) -> Result<PersonId> {
    let missing = |_missing| Error::internal("the schema has no such feature");
    let (training, people) = (
        ctx.data::<Training>().map_err(missing)?,
        ctx.data::<People>().map_err(missing)?,
    );
    let viewer = viewer(ctx).map_err(|_visitor| Error::Unauthenticated)?;
    let person: PersonId = named(&input.person_id, "personId")?;
    let commune: AreaId = named(&input.area_id, "areaId")?;
    let led = match viewer.trainer() {
        Ok(trainer) => training.leads(&trainer, person).await?,
        Err(_) => false,
    };
    if led {
        people.place(person, commune).await?;
    } else {
        let administrator = viewer.administrator();
        let unknown = |_forbidden| {
            Error::user(
                crate::error::UserErrorCode::NotFound,
                "personId",
                "person-unknown",
            )
        };
        let administrator = administrator.map_err(unknown)?;
        people.place_person(&administrator, person, commune).await?;
    }
    let auth = ctx.data::<Auth>().map_err(missing)?;
    auth.audit()
        .record(viewer.account(), "placePerson", [person.0])
        .await?;
    Ok(person)
}
