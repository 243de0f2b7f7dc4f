//! Reports of the demo: one of the commune that was accepted and carried upward, and one that waits to be decided on.

use std::collections::BTreeSet;

use chrono::Datelike as _;
use entity::ids::{AreaId, ReportId};
use secrecy::SecretString;

use crate::{
    app::App,
    auth::{SignIn, capability::Supervisor},
    error::{Error, Result},
    reports::{Draft, periods::PeriodKind},
};

/// Records the sample reports by the ordinary operations: the commune's last quarter, accepted by the province and in
/// its own report, and the commune's last month, which waits.
pub(super) async fn record(app: &App, commune: AreaId, province: AreaId) -> Result<()> {
    let (author, above) = (
        supervisor(app, "giam-sat-xa-mau").await?,
        supervisor(app, "giam-sat-tinh-mau").await?,
    );
    let today = app.clock.today();
    let month = today.with_day(1).and_then(|first| first.pred_opt());
    let month = month.ok_or_else(|| Error::internal("no month before this one"))?;
    let quarter = (today.month() - 1) / 3 * 3 + 1;
    let quarter = today
        .with_day(1)
        .and_then(|day| day.with_month(quarter)?.pred_opt());
    let quarter = quarter.ok_or_else(|| Error::internal("no quarter before this one"))?;
    let period = |day, kind, prefix: &str| {
        let mut around = app.reports.periods(Some(day)).into_iter();
        let found = around.find(|period| period.kind == kind && period.code.starts_with(prefix));
        found
            .map(|period| period.code)
            .ok_or_else(|| Error::internal("no such period"))
    };
    let month = period(month, PeriodKind::Month, "MONTH-")?;
    let quarter = period(quarter, PeriodKind::Quarter, "QUARTER-")?;

    let accepted = submit(app, &author, commune, &quarter).await?;
    app.reports
        .accept(&above, accepted, &BTreeSet::new())
        .await?;
    submit(app, &above, province, &quarter).await?;
    submit(app, &author, commune, &month).await?;
    Ok(())
}

async fn submit(app: &App, by: &Supervisor, area: AreaId, period: &str) -> Result<ReportId> {
    let draft = Draft {
        id: None,
        area,
        period: period.to_owned(),
    };
    let report = app.reports.draft(by, draft).await?;
    let below = app.reports.below(&report).await?;
    let missing = below.iter().filter(|below| !below.is_accepted());
    let missing = missing.map(|below| below.area).collect();
    let sent = app
        .reports
        .submit(by, report.report_id, None, missing)
        .await?;
    Ok(sent.report_id)
}

/// Signs in as a person would, and out again.
async fn supervisor(app: &App, login: &str) -> Result<Supervisor> {
    let sign_in = SignIn {
        login: login.to_owned(),
        password: SecretString::from(super::password(login)),
        device: None,
    };
    let (session, viewer) = app.auth.sign_in(sign_in, None).await?;
    let refresh = Some(&session.refresh_token);
    app.auth.sign_out(Some(&viewer), refresh, false).await?;
    viewer.supervisor()
}
