//! Every statement about reports.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    ids::{AccountId, AreaId, ReportId, ReportVersionId},
    report,
    report::ReportState,
    report_comment, report_seal, report_version,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, Statement, Value, sea_query::OnConflict,
};

use uuid::Uuid;

use crate::{
    db::{in_uuid_list, uuid_list},
    error::Result,
};

/// Rows that fit into one statement: SQLite takes 32,766 values.
const CHUNK: usize = 4_000;

/// Writes a report unless its area has one for the period, or its id is taken.
pub async fn insert_report(db: &impl ConnectionTrait, new: report::Model) -> Result<()> {
    report::Entity::insert(new.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// A report.
pub async fn report(db: &impl ConnectionTrait, id: ReportId) -> Result<Option<report::Model>> {
    Ok(report::Entity::find_by_id(id).one(db).await?)
}

/// The report of an area for a period.
pub async fn report_of(
    db: &impl ConnectionTrait,
    area: AreaId,
    period: &str,
) -> Result<Option<report::Model>> {
    Ok(report::Entity::find()
        .filter(report::Column::AreaId.eq(area))
        .filter(report::Column::PeriodCode.eq(period))
        .one(db)
        .await?)
}

/// The reports of areas for a period, by area.
///
/// Raw SQL: one text whatever the number of areas, so that it is prepared once.
pub async fn reports_of(
    db: &impl ConnectionTrait,
    areas: &[AreaId],
    period: &str,
) -> Result<HashMap<AreaId, report::Model>> {
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT * FROM report WHERE period_code = $1 AND {}",
        in_uuid_list(backend, "area_id", 2)
    );
    let values = [
        Value::from(period),
        uuid_list(backend, areas.iter().map(|area| area.0)),
    ];
    let rows = report::Entity::find()
        .from_raw_sql(Statement::from_sql_and_values(backend, sql, values))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.area_id, row)).collect())
}

/// Every report of an area, newest period first.
pub async fn history(db: &impl ConnectionTrait, area: AreaId) -> Result<Vec<report::Model>> {
    Ok(report::Entity::find()
        .filter(report::Column::AreaId.eq(area))
        .order_by_desc(report::Column::PeriodTo)
        .order_by_asc(report::Column::PeriodCode)
        .all(db)
        .await?)
}

/// How many reports each of some areas has: all, or those that are not locked. Areas without any are left out.
pub async fn count_reports(
    db: &impl ConnectionTrait,
    areas: &[AreaId],
    only_open: bool,
) -> Result<HashMap<Uuid, u64>> {
    #[derive(FromQueryResult)]
    struct Row {
        area_id: Uuid,
        reports: i64,
    }
    let backend = db.get_database_backend();
    let open = if only_open {
        "state <> 'LOCKED'"
    } else {
        "1 = 1"
    };
    // Raw SQL: one text whatever the number of areas.
    let sql = format!(
        "SELECT area_id, COUNT(*) AS reports FROM report WHERE {open} AND {} GROUP BY area_id",
        in_uuid_list(backend, "area_id", 1)
    );
    let values = [uuid_list(backend, areas.iter().map(|area| area.0))];
    let rows = Row::find_by_statement(Statement::from_sql_and_values(backend, sql, values));
    let count = |row: Row| (row.area_id, u64::try_from(row.reports).unwrap_or(0));
    Ok(rows.all(db).await?.into_iter().map(count).collect())
}

/// What a step changes in a report.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Which report.
    pub report: ReportId,
    /// The version it must have had until now.
    pub version: i32,
    /// Who takes the step.
    pub by: AccountId,
    /// When.
    pub at: DateTime<Utc>,
}

/// Takes a submitted step, if the report still waits for one. Answers whether it did: of two at once one wins.
pub async fn submit(db: &impl ConnectionTrait, step: Step) -> Result<bool> {
    let sql = "UPDATE report SET state = 'SUBMITTED', version_number = version_number + 1, submitted_by = $3, \
               submitted_at = $4, first_submitted_at = COALESCE(first_submitted_at, $4) \
               WHERE report_id = $1 AND version_number = $2 AND state IN ('DRAFT', 'RETURNED')";
    take(db, sql, step, None).await
}

/// Decides on a submitted version, if it still waits.
pub async fn decide(db: &impl ConnectionTrait, step: Step, state: ReportState) -> Result<bool> {
    let sql = "UPDATE report SET state = $5, decided_by = $3, decided_at = $4 \
               WHERE report_id = $1 AND version_number = $2 AND state = 'SUBMITTED'";
    let word = match state {
        ReportState::Returned => "RETURNED",
        ReportState::Accepted => "ACCEPTED",
        ReportState::Locked => "LOCKED",
        ReportState::Draft => "DRAFT",
        ReportState::Submitted => "SUBMITTED",
    };
    take(db, sql, step, Some(word.into())).await
}

/// Counts a restatement, if the version restated is still the latest.
pub async fn restate(db: &impl ConnectionTrait, report: ReportId, version: i32) -> Result<bool> {
    let sql = "UPDATE report SET version_number = version_number + 1 \
               WHERE report_id = $1 AND version_number = $2 AND state IN ('ACCEPTED', 'LOCKED')";
    let values = [report.0.into(), version.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await?.rows_affected() > 0)
}

/// Raw SQL in each: the condition and the change are one statement, so that two at once cannot both win.
async fn take(
    db: &impl ConnectionTrait,
    sql: &str,
    step: Step,
    more: Option<Value>,
) -> Result<bool> {
    let mut values: Vec<Value> = vec![
        step.report.0.into(),
        step.version.into(),
        step.by.0.into(),
        step.at.into(),
    ];
    values.extend(more);
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await?.rows_affected() > 0)
}

/// Locks accepted reports that were carried upward.
pub async fn lock(db: &impl ConnectionTrait, reports: &[ReportId]) -> Result<()> {
    let backend = db.get_database_backend();
    let sql = format!(
        "UPDATE report SET state = 'LOCKED' WHERE state = 'ACCEPTED' AND {}",
        in_uuid_list(backend, "report_id", 1)
    );
    let list = uuid_list(backend, reports.iter().map(|report| report.0));
    db.execute_raw(Statement::from_sql_and_values(backend, sql, [list]))
        .await?;
    Ok(())
}

/// Writes a frozen version; false when its id is taken.
pub async fn insert_version(db: &impl ConnectionTrait, new: report_version::Model) -> Result<bool> {
    let inserted = report_version::Entity::insert(new.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(inserted > 0)
}

/// The versions of a report, oldest first.
pub async fn versions(
    db: &impl ConnectionTrait,
    report: ReportId,
) -> Result<Vec<report_version::Model>> {
    Ok(report_version::Entity::find()
        .filter(report_version::Column::ReportId.eq(report))
        .order_by_asc(report_version::Column::Number)
        .all(db)
        .await?)
}

/// One version of a report.
pub async fn version(
    db: &impl ConnectionTrait,
    report: ReportId,
    number: i32,
) -> Result<Option<report_version::Model>> {
    Ok(report_version::Entity::find()
        .filter(report_version::Column::ReportId.eq(report))
        .filter(report_version::Column::Number.eq(number))
        .one(db)
        .await?)
}

/// The latest versions of reports, by report. Raw for the reason of [`reports_of`].
pub async fn latest_versions(
    db: &impl ConnectionTrait,
    reports: &[ReportId],
) -> Result<HashMap<ReportId, report_version::Model>> {
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT v.* FROM report_version v JOIN report r ON r.report_id = v.report_id \
         AND r.version_number = v.number WHERE {}",
        in_uuid_list(backend, "r.report_id", 1)
    );
    let list = uuid_list(backend, reports.iter().map(|report| report.0));
    let rows = report_version::Entity::find()
        .from_raw_sql(Statement::from_sql_and_values(backend, sql, [list]))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.report_id, row)).collect())
}

/// Writes what stands behind commitments.
pub async fn insert_seals(db: &impl ConnectionTrait, new: Vec<report_seal::Model>) -> Result<()> {
    for rows in new.chunks(CHUNK) {
        let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
        report_seal::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// What stands behind the commitments of one cell.
pub async fn seals(
    db: &impl ConnectionTrait,
    version: ReportVersionId,
    area: AreaId,
    indicator: &str,
) -> Result<Vec<report_seal::Model>> {
    Ok(report_seal::Entity::find()
        .filter(report_seal::Column::VersionId.eq(version))
        .filter(report_seal::Column::AreaId.eq(area))
        .filter(report_seal::Column::Indicator.eq(indicator))
        .order_by_asc(report_seal::Column::Measure)
        .all(db)
        .await?)
}

/// Writes comments.
pub async fn insert_comments(
    db: &impl ConnectionTrait,
    new: Vec<report_comment::Model>,
) -> Result<()> {
    let rows = new.into_iter().map(IntoActiveModel::into_active_model);
    report_comment::Entity::insert_many(rows)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// What was said about a report, oldest first.
pub async fn comments(
    db: &impl ConnectionTrait,
    report: ReportId,
) -> Result<Vec<report_comment::Model>> {
    Ok(report_comment::Entity::find()
        .filter(report_comment::Column::ReportId.eq(report))
        .order_by_asc(report_comment::Column::SaidAt)
        .order_by_asc(report_comment::Column::Position)
        .all(db)
        .await?)
}

/// When the newest learning event was received.
pub async fn newest_event(db: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>> {
    #[derive(FromQueryResult)]
    struct Row {
        received_at: DateTime<Utc>,
    }
    let found = entity::learning_event::Entity::find()
        .select_only()
        .column(entity::learning_event::Column::ReceivedAt)
        .order_by_desc(entity::learning_event::Column::ReceivedAt)
        .limit(1)
        .into_model::<Row>()
        .one(db)
        .await?;
    Ok(found.map(|row| row.received_at))
}

/// The ids of every frozen version, by report and number.
pub async fn version_ids(db: &impl ConnectionTrait) -> Result<Vec<ReportVersionId>> {
    Ok(report_version::Entity::find()
        .select_only()
        .column(report_version::Column::VersionId)
        .order_by_asc(report_version::Column::ReportId)
        .order_by_asc(report_version::Column::Number)
        .into_tuple()
        .all(db)
        .await?)
}

/// A frozen version.
pub async fn version_by_id(
    db: &impl ConnectionTrait,
    id: ReportVersionId,
) -> Result<Option<report_version::Model>> {
    Ok(report_version::Entity::find_by_id(id).one(db).await?)
}

/// Everything that stands behind the commitments of a version.
pub async fn every_seal(
    db: &impl ConnectionTrait,
    version: ReportVersionId,
) -> Result<Vec<report_seal::Model>> {
    Ok(report_seal::Entity::find()
        .filter(report_seal::Column::VersionId.eq(version))
        .all(db)
        .await?)
}
