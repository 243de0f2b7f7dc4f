//! Every statement on areas: read whole, written in bulk by the import. Screens read the atlas, not the database.

use entity::{
    area, area_change, area_change_edge, area_code, area_name, area_parent, atom,
    ids::{AreaChangeId, AreaId},
};
use futures_util::TryStreamExt;
use sea_orm::{
    ActiveEnum, ConnectionTrait, DbBackend, EntityTrait, QueryOrder, Select, Statement,
    StreamTrait, Value,
};

pub(super) mod changes;
pub(super) mod recorded;

use super::{plan::Plan, records::Records};
use crate::{
    db::{in_uuid_list, uuid_list},
    error::Result,
};

/// Everything recorded about areas. Streamed: the rows as the driver hands them out are several times as large as
/// what is kept of them, and memory held once is not given back.
pub(super) async fn records(db: &(impl ConnectionTrait + StreamTrait)) -> Result<Records> {
    Ok(Records {
        areas: all(db, area::Entity::find()).await?,
        names: all(
            db,
            area_name::Entity::find()
                .order_by_asc(area_name::Column::AreaId)
                .order_by_asc(area_name::Column::Position),
        )
        .await?,
        codes: all(
            db,
            area_code::Entity::find()
                .order_by_asc(area_code::Column::AreaId)
                .order_by_asc(area_code::Column::Position),
        )
        .await?,
        parents: all(
            db,
            area_parent::Entity::find()
                .order_by_asc(area_parent::Column::AreaId)
                .order_by_asc(area_parent::Column::Position),
        )
        .await?,
        changes: all(db, area_change::Entity::find()).await?,
        edges: all(
            db,
            area_change_edge::Entity::find()
                .order_by_asc(area_change_edge::Column::AreaChangeId)
                .order_by_asc(area_change_edge::Column::FromAreaId)
                .order_by_asc(area_change_edge::Column::ToAreaId),
        )
        .await?,
        atoms: all(db, atom::Entity::find()).await?,
    })
}

async fn all<E: EntityTrait>(
    db: &(impl ConnectionTrait + StreamTrait),
    rows: Select<E>,
) -> Result<Vec<E::Model>> {
    Ok(rows.stream(db).await?.try_collect().await?)
}

/// Writes what an import plans.
pub(super) async fn write(db: &impl ConnectionTrait, plan: &Plan) -> Result<()> {
    let changed: Vec<AreaId> = plan.changed_areas.iter().map(|area| area.area_id).collect();
    for table in ["area_name", "area_code", "area_parent"] {
        delete(db, table, "area_id", changed.iter().map(|id| id.0)).await?;
    }
    let changes: Vec<AreaChangeId> = plan
        .changed_changes
        .iter()
        .map(|change| change.area_change_id)
        .collect();
    delete(
        db,
        "area_change_edge",
        "area_change_id",
        changes.iter().map(|id| id.0),
    )
    .await?;

    for area in &plan.changed_areas {
        let sql = "UPDATE area SET level = $2, valid_from = $3, valid_to = $4 WHERE area_id = $1";
        execute(db, sql, area_values(area).to_vec()).await?;
    }
    for change in &plan.changed_changes {
        let sql = "UPDATE area_change SET decision = $2, effective_on = $3, kind = $4 WHERE area_change_id = $1";
        execute(db, sql, change_values(change).to_vec()).await?;
    }
    insert(db, "area", AREA, &plan.new_areas, area_values).await?;
    insert(db, "area_name", NAME, &plan.names, name_values).await?;
    insert(db, "area_code", CODE, &plan.codes, code_values).await?;
    insert(db, "area_parent", PARENT, &plan.parents, parent_values).await?;
    insert(db, "area_change", CHANGE, &plan.new_changes, change_values).await?;
    insert(db, "area_change_edge", EDGE, &plan.edges, edge_values).await?;
    insert(db, "atom", ATOM, &plan.atoms, atom_values).await
}

const AREA: [&str; 4] = ["area_id", "level", "valid_from", "valid_to"];
const NAME: [&str; 8] = [
    "area_id",
    "position",
    "valid_from",
    "valid_to",
    "name",
    "name_folded",
    "sort_key",
    "unit_type",
];
const CODE: [&str; 5] = ["area_id", "position", "valid_from", "valid_to", "code"];
const PARENT: [&str; 5] = ["area_id", "position", "valid_from", "valid_to", "parent_id"];
const CHANGE: [&str; 4] = ["area_change_id", "decision", "effective_on", "kind"];
const EDGE: [&str; 4] = ["area_change_id", "from_area_id", "to_area_id", "share"];
const ATOM: [&str; 3] = ["atom_id", "area_id", "parent_atom_id"];

fn area_values(row: &area::Model) -> [Value; 4] {
    [
        row.area_id.into(),
        row.level.to_value().into(),
        row.valid_from.into(),
        row.valid_to.into(),
    ]
}

fn name_values(row: &area_name::Model) -> [Value; 8] {
    [
        row.area_id.into(),
        row.position.into(),
        row.valid_from.into(),
        row.valid_to.into(),
        row.name.as_str().into(),
        row.name_folded.as_str().into(),
        row.sort_key.clone().into(),
        row.unit_type.to_value().into(),
    ]
}

fn code_values(row: &area_code::Model) -> [Value; 5] {
    [
        row.area_id.into(),
        row.position.into(),
        row.valid_from.into(),
        row.valid_to.into(),
        row.code.as_str().into(),
    ]
}

fn parent_values(row: &area_parent::Model) -> [Value; 5] {
    [
        row.area_id.into(),
        row.position.into(),
        row.valid_from.into(),
        row.valid_to.into(),
        row.parent_id.into(),
    ]
}

fn change_values(row: &area_change::Model) -> [Value; 4] {
    [
        row.area_change_id.into(),
        row.decision.as_str().into(),
        row.effective_on.into(),
        row.kind.to_value().into(),
    ]
}

fn edge_values(row: &area_change_edge::Model) -> [Value; 4] {
    [
        row.area_change_id.into(),
        row.from_area_id.into(),
        row.to_area_id.into(),
        row.share.into(),
    ]
}

fn atom_values(row: &atom::Model) -> [Value; 3] {
    [
        row.atom_id.into(),
        row.area_id.into(),
        row.parent_atom_id.into(),
    ]
}

/// SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535; beyond some thousands a statement gains nothing.
const PARAMETERS: usize = 4_000;

/// Inserts rows, many to a statement. Raw, because building 80,000 rows through a query builder takes longer than
/// inserting them; the text of all full statements is the same and is prepared once.
async fn insert<R, const N: usize>(
    db: &impl ConnectionTrait,
    table: &str,
    columns: [&str; N],
    rows: &[R],
    values: fn(&R) -> [Value; N],
) -> Result<()> {
    let postgres = db.get_database_backend() == DbBackend::Postgres;
    let text = |rows: usize| {
        let place = |at: usize| match postgres {
            true => format!("${at}"),
            // SQLite takes $1 for a name, and looks every name up in a list of all.
            false => "?".to_owned(),
        };
        let row = |row: usize| {
            let places: Vec<_> = (1..=N).map(|column| place(row * N + column)).collect();
            format!("({})", places.join(","))
        };
        let rows: Vec<_> = (0..rows).map(row).collect();
        let columns = columns.join(",");
        format!("INSERT INTO {table} ({columns}) VALUES {}", rows.join(","))
    };
    let most = PARAMETERS / N;
    let full = text(most);
    for rows in rows.chunks(most) {
        let bound = rows.iter().flat_map(values).collect();
        match rows.len() {
            count if count == most => execute(db, &full, bound).await?,
            count => execute(db, &text(count), bound).await?,
        }
    }
    Ok(())
}

async fn delete(
    db: &impl ConnectionTrait,
    table: &str,
    column: &str,
    ids: impl Iterator<Item = uuid::Uuid>,
) -> Result<()> {
    let backend = db.get_database_backend();
    let sql = format!(
        "DELETE FROM {table} WHERE {}",
        in_uuid_list(backend, column, 1)
    );
    execute(db, &sql, vec![uuid_list(backend, ids)]).await
}

async fn execute(db: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<()> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.execute_raw(statement).await?;
    Ok(())
}
