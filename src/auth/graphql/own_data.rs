//! A person's own data on the wire: taking everything away, and erasing it.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};

use super::{
    super::{Auth, OwnData, Part},
    ViewerObject, viewer, visitor_or_viewer,
};
use crate::{
    error::Error,
    graphql::{
        context::language,
        payload::{UserErrorObject, graphql_error, split},
    },
};

/// Where the file of everything held on the holder of the access token is fetched.
pub const FILE_PATH: &str = "/account/data.json";

/// The access token of a request whose holder is not signed in any more.
#[derive(Clone)]
pub struct StaleToken(pub SecretString);

/// What to take away.
#[derive(InputObject)]
pub struct ExportMyDataInput {
    /// Also tell how many rows each part has; yes when left out.
    with_parts: Option<bool>,
}

/// Proof that the viewer herself asks.
#[derive(InputObject)]
pub struct EraseMyAccountInput {
    /// The password of the account, typed again.
    password: String,
}

/// What `exportMyData` did.
#[derive(SimpleObject)]
pub struct ExportMyDataPayload {
    /// Where to fetch everything.
    export: Option<OwnDataExport>,
    /// What to mend; nothing was read when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `eraseMyAccount` did.
#[derive(SimpleObject)]
pub struct EraseMyAccountPayload {
    /// Whether the account, its person and her data are erased.
    is_erased: bool,
    /// Always null once it is erased: nobody is signed in now.
    viewer: Option<ViewerObject>,
    /// What to mend; nothing was erased when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// Everything held on the viewer and her children, ready to be fetched.
#[derive(SimpleObject)]
pub struct OwnDataExport {
    /// Path of one JSON file on this server, to be fetched with the access token. It is made when it is fetched.
    path: &'static str,
    /// When this was read.
    at: DateTime<Utc>,
    /// What the file holds, part by part; none when not asked for.
    parts: Vec<OwnDataPart>,
}

/// One part of what is held.
#[derive(SimpleObject)]
pub struct OwnDataPart {
    /// What it is, in the language of the request.
    about: String,
    /// How many rows are held.
    rows: i32,
    /// The columns of each row.
    columns: Vec<String>,
}

impl OwnDataExport {
    fn of(data: OwnData, with_parts: bool) -> Self {
        let part = |part: Part| OwnDataPart {
            rows: i32::try_from(part.rows.len()).unwrap_or(i32::MAX),
            columns: part.columns.into_iter().map(str::to_owned).collect(),
            about: part.about,
        };
        Self {
            path: FILE_PATH,
            at: data.at,
            parts: match with_parts {
                true => data.parts.into_iter().map(part).collect(),
                false => Vec::new(),
            },
        }
    }
}

/// What a person may do with all that is held on her.
#[derive(Clone, Copy, Debug, Default)]
pub struct OwnDataMutation;

/// What a person may do with all that is held on her.
#[Object]
impl OwnDataMutation {
    /// Says what is held on the viewer and her children, and where to fetch all of it as one JSON file.
    async fn export_my_data(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to tell.")] input: ExportMyDataInput,
    ) -> async_graphql::Result<ExportMyDataPayload> {
        let viewer = viewer(ctx)?;
        let outcome = ctx.data::<Auth>()?.own_data(viewer, language(ctx)).await;
        let (data, user_errors) = split(ctx, outcome)?;
        let with_parts = input.with_parts.unwrap_or(true);
        Ok(ExportMyDataPayload {
            export: data.map(|data| OwnDataExport::of(data, with_parts)),
            user_errors,
        })
    }

    /// Erases the viewer: name, contacts, children who are hers alone, events, devices, sessions. It cannot be undone.
    /// Counts of past days stand without her; children whom somebody else cares for stay with them; groups show that
    /// somebody was there. Sent again with the same access token, it answers again that it is done.
    async fn erase_my_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password again.")] input: EraseMyAccountInput,
    ) -> async_graphql::Result<EraseMyAccountPayload> {
        let auth = ctx.data::<Auth>()?;
        let Some(viewer) = visitor_or_viewer(ctx) else {
            let done = match ctx.data_opt::<StaleToken>() {
                Some(StaleToken(token)) => auth.was_erased(token.expose_secret()).await,
                None => Ok(false),
            };
            return match done {
                Ok(true) => Ok(EraseMyAccountPayload {
                    is_erased: true,
                    viewer: None,
                    user_errors: Vec::new(),
                }),
                Ok(false) => Err(graphql_error(ctx, &Error::Unauthenticated)),
                Err(error) => Err(graphql_error(ctx, &error)),
            };
        };
        let outcome = auth.erase(viewer, &input.password.into()).await;
        let (erased, user_errors) = split(ctx, outcome)?;
        let viewer = erased.is_none().then(|| ViewerObject::of(viewer));
        Ok(EraseMyAccountPayload {
            is_erased: erased.is_some(),
            viewer,
            user_errors,
        })
    }
}
