//! Areas as anyone may ask for them: one by id or code, many by name, at any date.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, connection::Connection};
use chrono::NaiveDate;
use entity::{area::AreaLevel as Level, ids::AreaId};

use super::{Areas, Atlas, Named};
use crate::{
    error::{Error, UserError, UserErrorCode},
    graphql::{
        date::Date,
        ids::{asked, wire},
        pages::{PageSize, Position, page_of},
        payload::graphql_error,
    },
};

mod changes;

pub use changes::{AreaChangeMutation, AreaChangeQuery};

/// A level of the tree of areas, highest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "AreaLevel", remote = "entity::area::AreaLevel")]
pub enum AreaLevel {
    /// The country.
    Country,
    /// Tỉnh, or thành phố directly under the country.
    Province,
    /// Quận, huyện, thị xã, or thành phố inside a province; until 2025-06-30.
    District,
    /// Xã, phường, thị trấn, đặc khu.
    Commune,
}

/// The type of an administrative unit, with which its full name begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "AreaUnitType", remote = "entity::area_name::UnitType")]
pub enum AreaUnitType {
    /// The country.
    Country,
    /// Tỉnh.
    Province,
    /// Thành phố: a province, or until 2025-06-30 a district.
    City,
    /// Quận.
    UrbanDistrict,
    /// Huyện.
    RuralDistrict,
    /// Thị xã.
    Town,
    /// Phường.
    Ward,
    /// Xã.
    Commune,
    /// Thị trấn.
    Township,
    /// Đặc khu.
    SpecialZone,
}

/// The pages of every list of areas: a whole province with up to 192 communes fits in one.
const PAGE: PageSize = PageSize {
    default: 20,
    maximum: 200,
};

/// The longest text that is searched for, in characters; the longest full name has 30.
const LONGEST_TEXT: usize = 100;

/// An administrative area during one life span. Its fields speak of the day it was asked for; a field's own `on` asks for
/// another. Outside the area's life the nearest day of it counts.
pub struct AreaObject {
    atlas: Arc<Atlas>,
    id: AreaId,
    on: NaiveDate,
}

impl AreaObject {
    /// The area as it stood on a day, or on the nearest day of its life; absent for an unknown id.
    pub fn new(atlas: &Arc<Atlas>, id: AreaId, on: NaiveDate) -> Option<Self> {
        let on = atlas.area(id)?.day_within(on);
        Some(Self {
            atlas: Arc::clone(atlas),
            id,
            on,
        })
    }

    /// The area as it stands today, or stood on its last day; absent for an unknown id.
    pub fn today(areas: &Areas, id: AreaId) -> Option<Self> {
        Self::new(&areas.atlas(), id, areas.today())
    }

    /// Its id.
    pub fn area_id(&self) -> AreaId {
        self.id
    }

    fn day(&self, on: Option<Date>) -> NaiveDate {
        let day = on.map_or(self.on, |on| on.0);
        self.atlas
            .area(self.id)
            .map_or(day, |area| area.day_within(day))
    }

    fn others(&self, ids: Vec<AreaId>, on: NaiveDate) -> Vec<Self> {
        let other = |id| Self::new(&self.atlas, id, on);
        ids.into_iter().filter_map(other).collect()
    }
}

/// An administrative area during one life span. Its fields speak of the day it was asked for; a field's own `on` asks for
/// another. Outside the area's life the nearest day of it counts.
#[Object(name = "Area")]
impl AreaObject {
    /// Identity of the area. Official codes are reused and name different areas over time.
    pub async fn id(&self) -> ID {
        wire(self.id)
    }

    /// Its place in the tree.
    async fn level(&self) -> Result<AreaLevel> {
        let area = self.atlas.area(self.id);
        let level = area.map(|area| area.level.into());
        level.ok_or_else(|| async_graphql::Error::new("the area is gone"))
    }

    /// The full official name with the unit type: "Phường Thuận An".
    async fn name(
        &self,
        #[graphql(desc = "Day the name is asked for; by default that of the area.")] on: Option<
            Date,
        >,
    ) -> &str {
        self.atlas.name(self.id, self.day(on))
    }

    /// The name with the areas around it, since hundreds of commune names occur more than once:
    /// "Phường Thuận An, Thành phố Hồ Chí Minh".
    async fn display_name(&self) -> String {
        self.atlas.display_name(self.id, self.on)
    }

    /// The unit type.
    async fn unit_type(
        &self,
        #[graphql(desc = "Day the type is asked for; by default that of the area.")] on: Option<
            Date,
        >,
    ) -> Option<AreaUnitType> {
        self.atlas.unit_type(self.id, self.day(on)).map(Into::into)
    }

    /// The official code: two digits for a province, three for a district, five for a commune, VN for the country.
    async fn code(
        &self,
        #[graphql(desc = "Day the code is asked for; by default that of the area.")] on: Option<
            Date,
        >,
    ) -> Option<&str> {
        self.atlas.code(self.id, self.day(on))
    }

    /// First day; null when it lies before all records.
    async fn valid_from(&self) -> Option<Date> {
        self.atlas.area(self.id)?.valid_from.map(Date)
    }

    /// Last day, inclusive; null when the area is open.
    async fn valid_to(&self) -> Option<Date> {
        self.atlas.area(self.id)?.valid_to.map(Date)
    }

    /// The province the area lies in, or is; null for the country.
    async fn province(&self) -> Option<AreaObject> {
        let province = self.atlas.at_level(self.id, Level::Province, self.on)?;
        AreaObject::new(&self.atlas, province, self.on)
    }

    /// The area directly around it; null for the country.
    async fn parent(
        &self,
        #[graphql(desc = "Day of the tree; by default that of the area.")] on: Option<Date>,
    ) -> Option<AreaObject> {
        let day = self.day(on);
        AreaObject::new(&self.atlas, self.atlas.parent(self.id, day)?, day)
    }

    /// The areas around it, nearest first, the country last.
    async fn ancestors(
        &self,
        #[graphql(desc = "Day of the tree; by default that of the area.")] on: Option<Date>,
    ) -> Vec<AreaObject> {
        let day = self.day(on);
        self.others(self.atlas.ancestors(self.id, day), day)
    }

    /// The areas directly inside it, in Vietnamese order of their names.
    #[graphql(
        complexity = "first.map_or(PAGE.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn children(
        &self,
        #[graphql(desc = "Day of the tree; by default that of the area.")] on: Option<Date>,
        #[graphql(desc = "How many; 20 by default, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Behind which one: an `endCursor` of this list.")] after: Option<String>,
    ) -> Result<AreaConnection> {
        let page = PAGE.page(first, after.as_deref())?;
        let day = self.day(on);
        let children = self.others(self.atlas.children(self.id, day), day);
        Ok(page_of(children, &page))
    }

    /// The areas that all or part of it belongs to from the day after its last; none while it is open, and for a level that
    /// was abolished.
    async fn successors(&self) -> Vec<AreaObject> {
        self.atlas
            .successors(self.id)
            .into_iter()
            .filter_map(|id| {
                let first = self.atlas.area(id)?.valid_from.unwrap_or(self.on);
                AreaObject::new(&self.atlas, id, first)
            })
            .collect()
    }

    /// The areas that went, wholly or in part, into it on its first day.
    async fn predecessors(&self) -> Vec<AreaObject> {
        let first = self.atlas.area(self.id).and_then(|area| area.valid_from);
        let last = first.and_then(|first| first.pred_opt()).unwrap_or(self.on);
        self.others(self.atlas.predecessors(self.id), last)
    }
}

/// Areas in pages.
pub type AreaConnection = Connection<Position, AreaObject>;

/// What anyone may ask about areas.
#[derive(Clone, Copy, Debug, Default)]
pub struct AreaQuery;

/// What anyone may ask about areas.
#[Object]
impl AreaQuery {
    /// One area, by id or by official code; null when there is none.
    async fn area(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Identity of the area.")] id: Option<ID>,
        #[graphql(
            desc = "Official code. Codes are reused: one that was given from one place to another needs `on`."
        )]
        code: Option<String>,
        #[graphql(desc = "Day of the code and of the answer; today by default.")] on: Option<Date>,
    ) -> Result<Option<AreaObject>> {
        let areas = ctx.data::<Areas>()?;
        let asked_on = areas
            .known_day(on.map(|on| on.0))
            .map_err(|error| graphql_error(ctx, &error))?;
        let atlas = areas.atlas();
        let found = match (id, code) {
            (Some(id), None) => asked::<AreaId>(&id)
                .and_then(|id| atlas.area(id))
                .map(|area| area.id),
            (None, Some(code)) => match areas.named_by(&code, on.map(|on| on.0)) {
                Named::One(id) => Some(id),
                Named::None => None,
                Named::Several(uses) => {
                    let error =
                        UserError::new(UserErrorCode::Ambiguous, "code", "area-code-ambiguous")
                            .with("code", code)
                            .with("uses", uses.join("; "));
                    return Err(graphql_error(ctx, &error.into()));
                }
            },
            _ => {
                let error = Error::user(UserErrorCode::Required, "", "area-id-or-code");
                return Err(graphql_error(ctx, &error));
            }
        };
        Ok(found.and_then(|id| AreaObject::new(&atlas, id, asked_on)))
    }

    /// The areas that exist on a day, narrowed by what is given: best match first, then higher levels first, then in
    /// Vietnamese order of names.
    #[graphql(
        complexity = "first.map_or(PAGE.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    #[expect(clippy::too_many_arguments, reason = "the arguments of the contract")]
    async fn areas(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Words of the name, or a whole code. Case, diacritics, tone placement and đ do not matter; exact accents come first."
        )]
        text: Option<String>,
        #[graphql(desc = "Only areas inside this one, at any depth.")] parent_id: Option<ID>,
        #[graphql(desc = "Only areas of this level.")] level: Option<AreaLevel>,
        #[graphql(desc = "Day; today by default.")] on: Option<Date>,
        #[graphql(desc = "How many; 20 by default, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Behind which one: an `endCursor` of this list.")] after: Option<String>,
    ) -> Result<AreaConnection> {
        let refuse = |error: Error| graphql_error(ctx, &error);
        let page = PAGE.page(first, after.as_deref())?;
        let areas = ctx.data::<Areas>()?;
        let day = areas.known_day(on.map(|on| on.0)).map_err(refuse)?;
        let atlas = areas.atlas();
        if text
            .as_ref()
            .is_some_and(|text| text.chars().count() > LONGEST_TEXT)
        {
            let error = UserError::new(UserErrorCode::Invalid, "text", "area-text-too-long");
            return Err(refuse(error.with("most", LONGEST_TEXT).into()));
        }
        let parent = match parent_id {
            None => None,
            Some(id) => {
                let parent = asked::<AreaId>(&id).and_then(|id| atlas.area(id));
                let unknown =
                    || Error::user(UserErrorCode::NotFound, "parentId", "area-parent-unknown");
                Some(parent.ok_or_else(unknown).map_err(refuse)?.id)
            }
        };
        let found = atlas.search(text.as_deref(), parent, level.map(Level::from), day);
        let shown = found
            .into_iter()
            .filter_map(|id| AreaObject::new(&atlas, id, day));
        Ok(page_of(shown, &page))
    }
}
