//! Importing a roster from a file, on the wire.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, Subscription};
use base64::{Engine, engine::general_purpose::STANDARD};
use entity::ids::{AreaId, GroupId};
use futures_util::{Stream, stream};
use uuid::Uuid;

use crate::{
    auth::graphql::viewer,
    error::{Error, Result as Outcome, UserError, UserErrorCode},
    graphql::{
        ids::{asked, named},
        payload::{UserErrorObject, graphql_error, split},
    },
    training::{
        Training,
        import::{
            ImportPersons, Imported, Importer, Notice, NoticeKind,
            progress::{Progress, Stage},
            sheet::FILE_BYTES,
        },
    },
};

/// A roster to import.
#[derive(InputObject)]
pub struct ImportPersonsInput {
    /// A group the viewer leads, to join at once. Needed unless the viewer imports into an area.
    group_id: Option<ID>,
    /// The commune of those whose row names none: in the area of the viewer's standing as trainer or administrator. The
    /// area of the group when left out.
    area_id: Option<ID>,
    /// The file in base64: XLSX (its first sheet), or CSV in UTF-8; at most 512 KiB and 500 people. The row of headings is
    /// found by them: Họ và tên, Năm sinh or Ngày sinh, Điện thoại, Mã xã, Ngày vào nhóm, Đồng ý lưu kết quả học, Đồng ý
    /// thống kê, Cán bộ.
    file: String,
    /// Only check, and say what would be done. No when left out.
    dry_run: Option<bool>,
    /// Made by the client, to watch the import by it: see `importProgress`.
    import_id: Option<ID>,
}

/// Why a row of a file is to be looked at. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "NoticeKind")]
pub enum ImportNoticeKind {
    /// Is in the group already, and was left as she is.
    AlreadyThere,
    /// Has the telephone of somebody else in the file or the group: families share them.
    PhoneShared,
    /// Has the name and year of birth of somebody else in the file or in the commune: perhaps the same person.
    LooksAlike,
}

/// A row of a file that is to be looked at; it stops nothing.
#[derive(SimpleObject)]
pub struct ImportNotice {
    /// The row, counted as in the spreadsheet.
    row: i32,
    /// Why.
    kind: ImportNoticeKind,
}

/// What `importPersons` did.
#[derive(SimpleObject)]
pub struct ImportPersonsPayload {
    /// How many people the file holds.
    read_count: Option<i32>,
    /// How many were recorded, or would be.
    recorded_count: Option<i32>,
    /// Rows to look at.
    notices: Vec<ImportNotice>,
    /// Headings of columns that nobody knows, and that were left alone.
    ignored_columns: Vec<String>,
    /// What to mend; nothing was written when there is any. `field` holds `rows`, the row and the letter of the column as
    /// the spreadsheet shows them; at most 100 at once.
    user_errors: Vec<UserErrorObject>,
}

/// Importing people.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportMutation;

/// Importing people.
#[Object]
impl ImportMutation {
    /// Records the people of a file who have no accounts: a trainer into a group she leads or into her area, an
    /// administrator into hers. All of them, or nobody. The same file again changes nothing.
    async fn import_persons(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file, and where its people belong.")] input: ImportPersonsInput,
    ) -> async_graphql::Result<ImportPersonsPayload> {
        let viewer = viewer(ctx)?;
        // A group is a trainer's; an area is whoever's standing reaches further.
        let (trainer, administrator) = (viewer.trainer(), viewer.administrator());
        let by = match (trainer, administrator, &input.group_id) {
            (Ok(trainer), _, Some(_)) | (Ok(trainer), Err(_), None) => Importer::Trainer(trainer),
            (_, Ok(administrator), _) => Importer::Administrator(administrator),
            (_, Err(error), _) => return Err(graphql_error(ctx, &error)),
        };
        let outcome = match input.read() {
            Ok(told) => ctx.data::<Training>()?.import_persons(&by, told).await,
            Err(error) => Err(error),
        };
        let (imported, user_errors) = split(ctx, outcome)?;
        let count = |people: usize| i32::try_from(people).unwrap_or(i32::MAX);
        let of = |count_of: fn(&Imported) -> usize| imported.as_ref().map(count_of).map(count);
        Ok(ImportPersonsPayload {
            read_count: of(|imported| imported.read),
            recorded_count: of(|imported| imported.recorded),
            notices: imported
                .iter()
                .flat_map(|imported| imported.notices.iter().map(ImportNotice::of))
                .collect(),
            ignored_columns: imported
                .map(|imported| imported.ignored)
                .unwrap_or_default(),
            user_errors,
        })
    }
}

/// What an import is doing. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Stage")]
pub enum ImportStage {
    /// Nothing was sent yet.
    Waiting,
    /// The file is being read, and its rows checked.
    Reading,
    /// People are being recorded: all of them at the end, or nobody.
    Recording,
    /// It is over, and was done, or checked in a dry run.
    Done,
    /// It is over, and nothing was done: the answer to the import says why.
    Refused,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct ImportProgress {
    /// What it is doing.
    stage: ImportStage,
    /// Rows gone through.
    done_count: i32,
    /// Rows in all; null until they are counted.
    total_count: Option<i32>,
}

impl ImportProgress {
    fn of(progress: Progress) -> Self {
        let count = |rows: usize| i32::try_from(rows).unwrap_or(i32::MAX);
        Self {
            stage: progress.stage.into(),
            done_count: count(progress.done),
            total_count: progress.total.map(count),
        }
    }
}

/// Watching imports.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportSubscription;

/// Watching imports.
#[Subscription]
impl ImportSubscription {
    /// How far an import of the viewer's has come: first as it is, then as it goes on, and complete when it is over. Watch
    /// before sending the file. It is told by the server that imports; where there are several, only that one knows.
    async fn import_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The `importId` of the import.")] id: ID,
    ) -> async_graphql::Result<impl Stream<Item = ImportProgress> + use<>> {
        let viewer = viewer(ctx)?;
        if let (Err(error), Err(_)) = (viewer.trainer(), viewer.administrator()) {
            return Err(graphql_error(ctx, &error));
        }
        let id = asked::<Uuid>(&id).ok_or_else(|| graphql_error(ctx, &Error::NotFound))?;
        let watched = ctx.data::<Training>()?.watch_import(viewer.account(), id);
        let told = stream::unfold(Some((watched, true)), |watched| async move {
            let (mut watched, is_first) = watched?;
            if !is_first {
                watched.changed().await.ok()?;
            }
            let progress = *watched.borrow_and_update();
            let later = (!progress.is_over()).then_some((watched, false));
            Some((ImportProgress::of(progress), later))
        });
        Ok(told)
    }
}

impl ImportNotice {
    fn of(notice: &Notice) -> Self {
        Self {
            row: i32::try_from(notice.row).unwrap_or(i32::MAX),
            kind: notice.kind.into(),
        }
    }
}

impl ImportPersonsInput {
    fn read(self) -> Outcome<ImportPersons> {
        let group: Option<GroupId> = self.group_id.map(|id| named(&id, "groupId")).transpose()?;
        let area: Option<AreaId> = self.area_id.map(|id| named(&id, "areaId")).transpose()?;
        // Base64 is a third longer than what it stands for.
        if self.file.len() > FILE_BYTES * 4 / 3 + 4 {
            let code = UserErrorCode::TooMany;
            let error = UserError::new(code, "file", "import-file-too-large");
            return Err(error.with("limit", FILE_BYTES / 1024).into());
        }
        let file = STANDARD.decode(self.file.as_bytes()).map_err(|cause| {
            tracing::debug!(%cause, "no base64");
            Error::user(UserErrorCode::Invalid, "file", "import-file-unreadable")
        })?;
        Ok(ImportPersons {
            group,
            area,
            file,
            dry_run: self.dry_run.unwrap_or(false),
            id: self
                .import_id
                .map(|id| named(&id, "importId"))
                .transpose()?,
        })
    }
}
