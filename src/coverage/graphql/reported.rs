//! Reported values: entering and verifying them, and what of them stands in a figure.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{
    reported_value,
    reported_value::{ElementsSaid, Said, Verdict},
};

use super::{Count, statements::ReportedState};
use crate::{
    areas::{Areas, Atlas, graphql::AreaObject},
    auth::{capability::Supervisor, graphql::viewer},
    coverage::{Coverage, register::ReportedRow},
    error::{Error, Result as Outcome, UserError, UserErrorCode},
    graphql::{
        context::language,
        date::Date,
        ids::{named, wire},
        payload::{UserErrorObject, graphql_error, split},
    },
    programmes::{
        Programmes,
        graphql::Milestone,
        reported::ReportValue,
        reporting::{Verify, stands_above},
    },
};

/// One version of a value that an area reported. Entering it again makes a new version; no version is ever changed.
#[derive(SimpleObject)]
pub struct ReportedValue {
    /// This version.
    id: ID,
    /// The area it speaks of.
    area: Option<AreaObject>,
    /// Code of the indicator.
    indicator: String,
    /// First day it speaks for.
    period_from: Date,
    /// Last day it speaks for; null for what lasts until another is reported.
    period_to: Option<Date>,
    /// Version, from 1, per area, indicator and first day.
    version: i32,
    /// How many reached it; UNKNOWN where something else is reported.
    numerator: Count,
    /// Out of how many; UNKNOWN where something else is reported, or the register has the population.
    denominator: Count,
    /// Whether it is in place, with every element if compound; null where something else is reported.
    in_place: Option<bool>,
    /// What was said of each element of a compound indicator; empty where they were not told apart.
    elements: Vec<ReportedElement>,
    /// The step reached; null where something else is reported.
    milestone: Option<Milestone>,
    /// Where it comes from.
    source: String,
    /// The file or paper that shows it.
    document: Option<String>,
    /// When it was entered.
    entered_at: DateTime<Utc>,
    /// Whether it is the version that counts for its first day.
    in_force: bool,
    /// What the office above said.
    state: ReportedState,
    /// When that was said.
    verified_at: Option<DateTime<Utc>>,
    /// Why, in the words of the office above.
    comment: Option<String>,
    /// Whether you may verify it: you stand on an area above, did not enter it, and nothing was said yet.
    viewer_can_verify: bool,
}

impl ReportedValue {
    pub(super) fn of(
        ctx: &Context<'_>,
        supervisor: &Supervisor,
        shown: ReportedRow,
    ) -> async_graphql::Result<Self> {
        let atlas = ctx.data::<Areas>()?.atlas();
        let rulebook = ctx.data::<Programmes>()?.rulebook();
        let ReportedRow {
            row,
            figures,
            elements,
            is_in_force,
        } = shown;
        let indicator = rulebook.indicator_by_id(row.indicator_id);
        let language = language(ctx);
        Ok(Self {
            id: wire(row.reported_value_id),
            area: AreaObject::new(&atlas, row.area_id, row.period_from),
            indicator: indicator.map_or_else(String::new, |known| known.row.code.clone()),
            period_from: Date(row.period_from),
            period_to: row.period_to.map(Date),
            version: row.version,
            numerator: Count::of(language, figures.numerator(), "reported-other"),
            denominator: Count::of(language, figures.denominator(), "reported-other"),
            in_place: row.in_place,
            elements: elements
                .into_iter()
                .map(|element| ReportedElement {
                    reached: Count::of(language, element.reached, "reported-other"),
                    in_place: element.in_place,
                    element: element.code,
                })
                .collect(),
            milestone: row.milestone.map(Into::into),
            state: ReportedState::of(&row),
            viewer_can_verify: row.verdict.is_none()
                && row.entered_by != supervisor.account()
                && stands_above(supervisor, &atlas, row.area_id),
            source: row.source,
            document: row.document,
            entered_at: row.entered_at,
            in_force: is_in_force,
            verified_at: row.verified_at,
            comment: row.comment,
        })
    }
}

/// What was said of one element of a compound indicator.
#[derive(SimpleObject)]
pub struct ReportedElement {
    /// Its code, such as NETWORK.
    element: String,
    /// Whether the area has it; null of numbers.
    in_place: Option<bool>,
    /// How many reached it; UNKNOWN where it is in place or not.
    reached: Count,
}

/// What is said of one element of a compound indicator.
#[derive(Debug, InputObject)]
pub struct ReportedElementInput {
    /// Its code, such as NETWORK: one of the indicator's `elements`.
    element: String,
    /// Whether the area has it: for an indicator that counts areas.
    in_place: Option<bool>,
    /// How many reached it: for one that counts people or establishments.
    numerator: Option<i32>,
}

/// A value to report.
#[derive(Debug, InputObject)]
pub struct ReportValueInput {
    /// The area it speaks of.
    area_id: ID,
    /// Code of the indicator, such as `D1`: one of kind REPORTED.
    indicator: String,
    /// First day it speaks for.
    period_from: Date,
    /// Last day it speaks for; needed for numbers. A state without it lasts until another is reported.
    period_to: Option<Date>,
    /// How many reached it: people, needs or establishments.
    numerator: Option<i32>,
    /// Out of how many; where it is left out the register's population is used.
    denominator: Option<i32>,
    /// Whether the area has it in place: for an indicator that counts areas. May be left out when each element is told.
    in_place: Option<bool>,
    /// Each element of a compound indicator by itself: every one of them, or none.
    elements: Option<Vec<ReportedElementInput>>,
    /// The step reached: for an indicator in steps.
    milestone: Option<Milestone>,
    /// Where the value comes from: a document, a roster, a survey.
    source: String,
    /// The file or paper that shows it, by its number or address.
    document: Option<String>,
}

/// The answer to `reportValue`.
#[derive(SimpleObject)]
pub struct ReportValuePayload {
    /// The value as it was entered.
    reported_value: Option<ReportedValue>,
    /// What to mend; nothing was written then.
    user_errors: Vec<UserErrorObject>,
}

/// What the office above says of a value.
#[derive(Debug, InputObject)]
pub struct VerifyReportedValueInput {
    /// The version.
    id: ID,
    /// Whether it holds; true by default. What does not hold is returned, and does not count.
    holds: Option<bool>,
    /// What is to be mended; needed to return it.
    comment: Option<String>,
}

/// The answer to `verifyReportedValue`.
#[derive(SimpleObject)]
pub struct VerifyReportedValuePayload {
    /// The value with what was said of it.
    reported_value: Option<ReportedValue>,
    /// What to mend; nothing was written then.
    user_errors: Vec<UserErrorObject>,
}

/// Reported values.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReportedMutation;

#[Object]
impl ReportedMutation {
    /// Reports what lessons cannot prove, with its source, as a new version: a share of people or establishments, whether an
    /// area has something in place, or the step reached. Needs a supervisor's standing on the area, or above it for what an
    /// area that is closed by now had reported on paper.
    async fn report_value(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The value")] input: ReportValueInput,
    ) -> async_graphql::Result<ReportValuePayload> {
        let supervisor = supervisor(ctx)?;
        let outcome = report(ctx, &supervisor, input).await;
        let (reported_value, user_errors) = answer(ctx, &supervisor, outcome).await?;
        Ok(ReportValuePayload {
            reported_value,
            user_errors,
        })
    }

    /// Says of a reported value whether it holds. Needs a supervisor's standing on an area above the one it speaks of; never
    /// for who entered it.
    async fn verify_reported_value(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is said")] input: VerifyReportedValueInput,
    ) -> async_graphql::Result<VerifyReportedValuePayload> {
        let supervisor = supervisor(ctx)?;
        let outcome = verify(ctx, &supervisor, input).await;
        let (reported_value, user_errors) = answer(ctx, &supervisor, outcome).await?;
        Ok(VerifyReportedValuePayload {
            reported_value,
            user_errors,
        })
    }
}

fn supervisor(ctx: &Context<'_>) -> async_graphql::Result<Supervisor> {
    let supervisor = viewer(ctx)?.supervisor();
    supervisor.map_err(|error| graphql_error(ctx, &error))
}

async fn answer(
    ctx: &Context<'_>,
    supervisor: &Supervisor,
    outcome: Outcome<reported_value::Model>,
) -> async_graphql::Result<(Option<ReportedValue>, Vec<UserErrorObject>)> {
    let (row, user_errors) = split(ctx, outcome)?;
    let Some(row) = row else {
        return Ok((None, user_errors));
    };
    let coverage = ctx.data::<Coverage>()?;
    let examined = coverage
        .examine(Some((row.area_id, row.indicator_id)))
        .await;
    examined.map_err(|error| graphql_error(ctx, &error))?;
    let shown = coverage.reported_row(supervisor, &row).await;
    let shown = shown.map_err(|error| graphql_error(ctx, &error))?;
    Ok((
        Some(ReportedValue::of(ctx, supervisor, shown)?),
        user_errors,
    ))
}

fn features<'a>(ctx: &Context<'a>) -> Outcome<(&'a Programmes, Arc<Atlas>)> {
    let context = |_missing| Error::internal("the schema has no such feature");
    let programmes = ctx.data::<Programmes>().map_err(context)?;
    Ok((programmes, ctx.data::<Areas>().map_err(context)?.atlas()))
}

async fn report(
    ctx: &Context<'_>,
    supervisor: &Supervisor,
    input: ReportValueInput,
) -> Outcome<reported_value::Model> {
    let (programmes, atlas) = features(ctx)?;
    let area = named(&input.area_id, "areaId")?;
    supervisor.over(&atlas, area)?;
    let rulebook = programmes.rulebook();
    let indicator = rulebook.indicator(&input.indicator);
    let unknown = || {
        UserError::new(
            UserErrorCode::NotFound,
            "indicator",
            "denominator-indicator-unknown",
        )
    };
    let elements = input.elements.map(elements).transpose()?;
    let value = ReportValue {
        area,
        indicator: indicator.ok_or_else(unknown)?.row.indicator_id,
        period_from: input.period_from.0,
        period_to: input.period_to.map(|day| day.0),
        numerator: input.numerator.map(Into::into),
        denominator: input.denominator.map(Into::into),
        in_place: input.in_place,
        elements,
        milestone: input.milestone.map(Into::into),
        source: input.source,
        document: input.document,
    };
    programmes.report_value(supervisor, &atlas, value).await
}

fn elements(input: Vec<ReportedElementInput>) -> Outcome<ElementsSaid> {
    let said = |(at, input): (usize, ReportedElementInput)| {
        let said = match (input.in_place, input.numerator) {
            (Some(has), None) => Said::InPlace(has),
            (None, Some(number)) => Said::Number(number.into()),
            _ => {
                let (code, field) = (UserErrorCode::Invalid, format!("elements.{at}"));
                return Err(Error::user(code, &field, "reported-elements-kind"));
            }
        };
        Ok((input.element, said))
    };
    let said: Outcome<Vec<_>> = input.into_iter().enumerate().map(said).collect();
    said.map(ElementsSaid)
}

async fn verify(
    ctx: &Context<'_>,
    supervisor: &Supervisor,
    input: VerifyReportedValueInput,
) -> Outcome<reported_value::Model> {
    let (programmes, atlas) = features(ctx)?;
    let said = Verify {
        id: named(&input.id, "id")?,
        verdict: match input.holds.unwrap_or(true) {
            true => Verdict::Verified,
            false => Verdict::Returned,
        },
        comment: input.comment,
    };
    programmes
        .verify_reported_value(supervisor, &atlas, said)
        .await
}
