//! Merging two records of one person on the wire.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::GroupPerson;
use crate::{
    auth::{capability::Administrator, graphql::viewer},
    graphql::{
        ids::{named, wire},
        payload::{UserErrorObject, graphql_error, split},
    },
    training::{
        Training,
        merging::{self, MergePersons, MergeSide},
    },
};

/// Which two records are one person.
#[derive(InputObject)]
pub struct MergePersonsInput {
    /// A UUID made by the client for the merge.
    id: Option<ID>,
    /// Who stays: state and counting are hers. An account stays with her.
    canonical_id: ID,
    /// Who turned out to be her; without an account.
    duplicate_id: ID,
    /// Only show what would be merged, and write nothing. No when left out.
    preview: Option<bool>,
}

/// Which merge to undo.
#[derive(InputObject)]
pub struct UndoMergeInput {
    /// Id of the merge.
    id: ID,
}

/// One of two records of one person: counts to compare them by.
#[derive(SimpleObject)]
pub struct MergedPerson {
    /// Who.
    person: GroupPerson,
    /// Year of birth, if known.
    birth_year: Option<i32>,
    /// Whether there is an account.
    has_account: bool,
    /// Children in the record now; those of both in the canonical one while the merge stands.
    children_count: i32,
    /// Groups the person is in now.
    group_count: i32,
    /// Learning events of this record itself: they keep it, merged or not.
    event_count: i32,
    /// Lessons completed, by the events that count for this record now: none for the duplicate while the merge
    /// stands.
    completed_count: i32,
}

/// A merge of two records of one person.
#[derive(SimpleObject)]
pub struct PersonMerge {
    /// Id of the merge; null when it was only shown.
    id: Option<ID>,
    /// Who stays.
    canonical: MergedPerson,
    /// Who turned out to be her.
    duplicate: MergedPerson,
    /// When it was done; null when it was only shown.
    merged_at: Option<DateTime<Utc>>,
    /// When it was undone; null while it stands.
    undone_at: Option<DateTime<Utc>>,
}

/// What `mergePersons` did.
#[derive(SimpleObject)]
pub struct MergePersonsPayload {
    /// The merge, done or shown.
    merge: Option<PersonMerge>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `undoMerge` did.
#[derive(SimpleObject)]
pub struct UndoMergePayload {
    /// The merge as it is now.
    merge: Option<PersonMerge>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// Merging duplicates, and undoing it.
#[derive(Clone, Copy, Debug, Default)]
pub struct MergingMutation;

/// Merging duplicates, and undoing it.
#[Object]
impl MergingMutation {
    /// Says that two records are one person, who lives in the viewer's area as administrator. Nothing is moved: the
    /// events of both count for the canonical record, once each, and undoing it restores both.
    async fn merge_persons(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which two, or only to show them.")] input: MergePersonsInput,
    ) -> async_graphql::Result<MergePersonsPayload> {
        let (administrator, training) = (administrator(ctx)?, ctx.data::<Training>()?);
        let read = || {
            Ok(MergePersons {
                id: input.id.as_ref().map(|id| named(id, "id")).transpose()?,
                canonical: named(&input.canonical_id, "canonicalId")?,
                duplicate: named(&input.duplicate_id, "duplicateId")?,
                preview: input.preview.unwrap_or(false),
            })
        };
        let outcome = match read() {
            Ok(asked) => training.merge_persons(&administrator, asked).await,
            Err(error) => Err(error),
        };
        let (merge, user_errors) = split(ctx, outcome)?;
        Ok(MergePersonsPayload {
            merge: merge.map(PersonMerge::of),
            user_errors,
        })
    }

    /// Undoes a merge: each record has again what was its own. Undoing it again changes nothing.
    async fn undo_merge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which merge.")] input: UndoMergeInput,
    ) -> async_graphql::Result<UndoMergePayload> {
        let (administrator, training) = (administrator(ctx)?, ctx.data::<Training>()?);
        let outcome = match named(&input.id, "id") {
            Ok(id) => training.undo_merge(&administrator, id).await,
            Err(error) => Err(error),
        };
        let (merge, user_errors) = split(ctx, outcome)?;
        Ok(UndoMergePayload {
            merge: merge.map(PersonMerge::of),
            user_errors,
        })
    }
}

fn administrator(ctx: &Context<'_>) -> async_graphql::Result<Administrator> {
    viewer(ctx)?
        .administrator()
        .map_err(|error| graphql_error(ctx, &error))
}

impl PersonMerge {
    fn of(merge: merging::Merge) -> Self {
        let row = merge.row.as_ref();
        Self {
            id: row.map(|row| wire(row.same_as_id)),
            merged_at: row.map(|row| row.merged_at),
            undone_at: row.and_then(|row| row.undone_at),
            canonical: MergedPerson::of(merge.canonical),
            duplicate: MergedPerson::of(merge.duplicate),
        }
    }
}

impl MergedPerson {
    fn of(side: MergeSide) -> Self {
        let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        Self {
            person: GroupPerson {
                id: wire(side.person),
                full_name: side.full_name,
            },
            birth_year: side.birth_year,
            has_account: side.has_account,
            children_count: count(side.children),
            group_count: count(side.groups),
            event_count: count(side.events),
            completed_count: count(side.completed),
        }
    }
}
