//! Statements on changes of areas that an administrator applied, and the edition of all areas.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    area::{self, AreaLevel},
    area_change_applied, area_code, area_edition,
    area_name::UnitType,
    area_parent,
    ids::{AccountId, AreaChangeId, AreaId},
};
use sea_orm::{
    ActiveEnum, ActiveValue::Set, ConnectionTrait, EntityTrait, QuerySelect, StreamTrait,
};
use serde::{Deserialize, Serialize};

use super::{
    super::{
        changes::{
            Effect,
            plan::{ChangePlan, Touched},
            world::Facts,
        },
        records::Records,
        shipped::named,
    },
    ATOM, CHANGE, CODE, EDGE, NAME, PARENT, area_values, atom_values, change_values, code_values,
    delete, edge_values, execute, insert, name_values, parent_values,
};
use crate::error::{Error, Result};

/// The number of the areas in force: it grows with every change, so that servers know when theirs are old.
pub async fn edition(db: &impl ConnectionTrait) -> Result<i64> {
    let row = area_edition::Entity::find_by_id(1).one(db).await?;
    row.map(|row| row.edition).ok_or_else(gone)
}

/// How often the areas are read again because they were changed while they were read.
const READINGS: usize = 20;

/// Everything recorded about areas, and which edition it is. Several statements read it: a change that comes between
/// them would leave half of it old, so it is read again until the edition was the same before and after.
pub async fn records_of_edition(
    db: &(impl ConnectionTrait + StreamTrait),
) -> Result<(i64, Records)> {
    for _ in 0..READINGS {
        let before = edition(db).await?;
        let records = super::records(db).await?;
        if edition(db).await? == before {
            return Ok((before, records));
        }
    }
    Err(Error::internal("areas change faster than they can be read"))
}

/// [`edition`], held until the transaction ends: changes of areas follow each other.
pub async fn lock_edition(db: &impl ConnectionTrait) -> Result<i64> {
    let row = area_edition::Entity::find_by_id(1)
        .lock_exclusive()
        .one(db)
        .await?;
    row.map(|row| row.edition).ok_or_else(gone)
}

fn gone() -> Error {
    Error::internal("the row of area_edition is gone")
}

/// Notes that the areas have changed; answers their new number.
pub async fn next_edition(db: &impl ConnectionTrait, edition: i64) -> Result<i64> {
    let row = area_edition::ActiveModel {
        edition_id: Set(1),
        edition: Set(edition + 1),
    };
    area_edition::Entity::update(row).exec(db).await?;
    Ok(edition + 1)
}

/// Writes a change with what is needed to take it back.
pub async fn write(
    db: &impl ConnectionTrait,
    plan: &ChangePlan,
    effects: &[Effect],
    (by, at): (AccountId, DateTime<Utc>),
) -> Result<()> {
    for area in plan.touched.iter().filter(|area| area.before.is_some()) {
        lift(db, area).await?;
    }
    lay(
        db,
        plan.touched
            .iter()
            .map(|area| (area.before.is_none(), area.after.as_ref())),
    )
    .await?;
    let change = std::slice::from_ref(&plan.change);
    insert(db, "area_change", CHANGE, change, change_values).await?;
    insert(db, "area_change_edge", EDGE, &plan.edges, edge_values).await?;
    insert(db, "atom", ATOM, &plan.atoms, atom_values).await?;
    let kept = Kept {
        touched: plan.touched.iter().map(KeptArea::of).collect(),
        atoms: plan.atoms.iter().map(|atom| atom.atom_id).collect(),
        effects: effects.to_vec(),
    };
    let row = area_change_applied::ActiveModel {
        area_change_id: Set(plan.change.area_change_id),
        applied_by: Set(by),
        applied_at: Set(at),
        kept: Set(serde_json::to_string(&kept).map_err(Error::internal)?),
    };
    area_change_applied::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Takes a change back, when nothing points at what it made any more.
pub async fn take_back(db: &impl ConnectionTrait, plan: &ChangePlan) -> Result<()> {
    let change = plan.change.area_change_id.0;
    for table in ["area_change_applied", "area_change_edge", "area_change"] {
        delete(db, table, "area_change_id", [change].into_iter()).await?;
    }
    // Parts point at their wholes.
    for atom in plan.atoms.iter().rev() {
        delete(db, "atom", "atom_id", [atom.atom_id.0].into_iter()).await?;
    }
    for area in &plan.touched {
        lift(db, area).await?;
    }
    lay(
        db,
        plan.touched
            .iter()
            .map(|area| (false, area.before.as_ref())),
    )
    .await?;
    let made: Vec<_> = plan.opened().collect();
    delete(db, "area", "area_id", made.iter().map(|id| id.0)).await
}

/// Removes the dated rows of an area.
async fn lift(db: &impl ConnectionTrait, area: &Touched) -> Result<()> {
    for table in ["area_name", "area_code", "area_parent"] {
        delete(db, table, "area_id", area.id().iter().map(|id| id.0)).await?;
    }
    Ok(())
}

/// Writes what is known of areas; the first of each pair tells whether the area is new.
async fn lay<'t>(
    db: &impl ConnectionTrait,
    areas: impl Iterator<Item = (bool, Option<&'t Facts>)>,
) -> Result<()> {
    let areas: Vec<(bool, &Facts)> = areas
        .filter_map(|(new, facts)| Some((new, facts?)))
        .collect();
    for (new, facts) in &areas {
        let sql = match new {
            true => {
                "INSERT INTO area (area_id, level, valid_from, valid_to) VALUES ($1, $2, $3, $4)"
            }
            false => {
                "UPDATE area SET level = $2, valid_from = $3, valid_to = $4 WHERE area_id = $1"
            }
        };
        execute(db, sql, area_values(&facts.area).to_vec()).await?;
    }
    let names: Vec<_> = areas
        .iter()
        .flat_map(|(_, facts)| facts.names.clone())
        .collect();
    let codes: Vec<_> = areas
        .iter()
        .flat_map(|(_, facts)| facts.codes.clone())
        .collect();
    let parents: Vec<_> = areas
        .iter()
        .flat_map(|(_, facts)| facts.parents.clone())
        .collect();
    insert(db, "area_name", NAME, &names, name_values).await?;
    insert(db, "area_code", CODE, &codes, code_values).await?;
    insert(db, "area_parent", PARENT, &parents, parent_values).await
}

/// A change that an administrator applied, as it was planned; absent for shipped ones.
pub async fn applied(
    db: &impl ConnectionTrait,
    records: &Records,
    id: AreaChangeId,
) -> Result<Option<ChangePlan>> {
    let row = area_change_applied::Entity::find_by_id(id).one(db).await?;
    let Some(row) = row else { return Ok(None) };
    let kept: Kept = serde_json::from_str(&row.kept).map_err(Error::internal)?;
    let change = records.changes.iter().find(|row| row.area_change_id == id);
    let change = change.cloned().ok_or(Error::NotFound)?;
    let edges = records.edges.iter().filter(|row| row.area_change_id == id);
    let by_id: HashMap<_, _> = records
        .atoms
        .iter()
        .map(|atom| (atom.atom_id, atom))
        .collect();
    let atoms = kept
        .atoms
        .iter()
        .filter_map(|id| by_id.get(id).copied().cloned());
    Ok(Some(ChangePlan {
        change,
        edges: edges.cloned().collect(),
        touched: kept
            .touched
            .into_iter()
            .map(KeptArea::read)
            .collect::<Result<_>>()?,
        atoms: atoms.collect(),
    }))
}

/// The areas whose rows administrators' changes made or altered: a file never overwrites them.
pub async fn own_areas(db: &impl ConnectionTrait) -> Result<std::collections::HashSet<AreaId>> {
    let rows = area_change_applied::Entity::find().all(db).await?;
    let mut own = std::collections::HashSet::new();
    for row in rows {
        let kept: Kept = serde_json::from_str(&row.kept).map_err(Error::internal)?;
        own.extend(kept.touched.iter().map(|area| area.area_id));
    }
    Ok(own)
}

#[derive(Serialize, Deserialize)]
struct Kept {
    touched: Vec<KeptArea>,
    atoms: Vec<entity::ids::AtomId>,
    #[serde(default)]
    effects: Vec<Effect>,
}

/// What a change did to what hung on the areas, of what was kept of it.
pub fn effects_of(kept: &str) -> Result<Vec<Effect>> {
    let kept: Kept = serde_json::from_str(kept).map_err(Error::internal)?;
    Ok(kept.effects)
}

#[derive(Serialize, Deserialize)]
struct KeptArea {
    area_id: AreaId,
    level: String,
    before: Option<KeptFacts>,
    after: Option<KeptFacts>,
}

type Life = (Option<NaiveDate>, Option<NaiveDate>);

#[derive(Serialize, Deserialize)]
struct KeptFacts {
    life: Life,
    names: Vec<(String, String, Life)>,
    codes: Vec<(String, Life)>,
    parents: Vec<(AreaId, Life)>,
}

impl KeptArea {
    fn of(area: &Touched) -> Self {
        let facts = area.after.as_ref().or(area.before.as_ref());
        Self {
            area_id: area.id().unwrap_or(AreaId(uuid::Uuid::nil())),
            level: facts.map_or_else(String::new, |facts| facts.area.level.to_value()),
            before: area.before.as_ref().map(KeptFacts::of),
            after: area.after.as_ref().map(KeptFacts::of),
        }
    }

    fn read(self) -> Result<Touched> {
        let level = AreaLevel::try_from_value(&self.level)?;
        let id = self.area_id;
        let read = |facts: Option<KeptFacts>| facts.map(|facts| facts.read(id, level)).transpose();
        Ok(Touched {
            before: read(self.before)?,
            after: read(self.after)?,
        })
    }
}

impl KeptFacts {
    fn of(facts: &Facts) -> Self {
        let names = facts.names.iter();
        let codes = facts.codes.iter();
        let parents = facts.parents.iter();
        Self {
            life: (facts.area.valid_from, facts.area.valid_to),
            names: names
                .map(|row| {
                    let unit = row.unit_type.to_value();
                    (row.name.clone(), unit, (row.valid_from, row.valid_to))
                })
                .collect(),
            codes: codes
                .map(|row| (row.code.clone(), (row.valid_from, row.valid_to)))
                .collect(),
            parents: parents
                .map(|row| (row.parent_id, (row.valid_from, row.valid_to)))
                .collect(),
        }
    }

    fn read(self, area_id: AreaId, level: AreaLevel) -> Result<Facts> {
        let mut names = Vec::with_capacity(self.names.len());
        for (position, (name, unit, life)) in (0..).zip(self.names) {
            let unit = UnitType::try_from_value(&unit)?;
            names.push(named(area_id, position, &name, unit, life));
        }
        let codes = (0..).zip(self.codes);
        let parents = (0..).zip(self.parents);
        Ok(Facts {
            area: area::Model {
                area_id,
                level,
                valid_from: self.life.0,
                valid_to: self.life.1,
            },
            names,
            codes: codes
                .map(
                    |(position, (code, (valid_from, valid_to)))| area_code::Model {
                        area_id,
                        position,
                        valid_from,
                        valid_to,
                        code,
                    },
                )
                .collect(),
            parents: parents
                .map(
                    |(position, (parent_id, (valid_from, valid_to)))| area_parent::Model {
                        area_id,
                        position,
                        valid_from,
                        valid_to,
                        parent_id,
                    },
                )
                .collect(),
        })
    }
}
