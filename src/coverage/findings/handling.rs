//! The list of findings as a supervisor may see it, and dealing with them.

use entity::{
    data_finding,
    data_finding::FindingState,
    ids::{AccountId, AreaId, FindingId},
};

use crate::{
    auth::capability::Supervisor,
    coverage::{Coverage, disclosure::Tally, register::Screens, store},
    error::{Error, Result, UserErrorCode},
    programmes::reported::is_text,
};

/// How somebody deals with a finding.
#[derive(Clone, Debug)]
pub struct HandleFinding {
    /// Which.
    pub id: FindingId,
    /// How far it has come.
    pub state: FindingState,
    /// Why; needed to explain it.
    pub note: Option<String>,
}

impl Coverage {
    /// The findings of an area and of the areas inside it today, the newest first, as far as the figures they are about may
    /// be seen.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an area that is not the supervisor's.
    pub async fn findings_of(
        &self,
        supervisor: &Supervisor,
        area: AreaId,
        state: Option<FindingState>,
    ) -> Result<Vec<data_finding::Model>> {
        let atlas = self.areas().atlas();
        supervisor.over(&atlas, area)?;
        let mut areas = vec![area];
        let mut at = 0;
        while let Some(next) = areas.get(at).copied() {
            areas.extend(atlas.children(next, self.clock().today()));
            at += 1;
        }
        let mut screens = Screens::new();
        let mut seen = Vec::new();
        for row in store::findings(self.db().read(), areas).await? {
            if state.is_none_or(|state| row.state == state)
                && self.may_see(supervisor, &mut screens, &row).await?
            {
                seen.push(row);
            }
        }
        Ok(seen)
    }

    /// Whether the figures that a finding is about may be seen.
    async fn may_see(
        &self,
        supervisor: &Supervisor,
        screens: &mut Screens,
        row: &data_finding::Model,
    ) -> Result<bool> {
        let today = self.clock().today();
        for day in [row.period_from.min(today), today] {
            let place = (row.area_id, row.indicator_id);
            let figures = self
                .entered(supervisor, screens, place, (day, day), Tally::default())
                .await?;
            if figures.is_pooled() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes, explains or resolves a finding, as its owner from then on. One that still does not fit cannot be resolved.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a finding that the supervisor may not see; what must be mended.
    pub async fn handle_finding(
        &self,
        supervisor: &Supervisor,
        handle: HandleFinding,
    ) -> Result<data_finding::Model> {
        let found = store::finding(self.db().latest(), handle.id).await?;
        let row = found.ok_or(Error::NotFound)?;
        supervisor.over(&self.areas().atlas(), row.area_id)?;
        if !self.may_see(supervisor, &mut Screens::new(), &row).await? {
            return Err(Error::NotFound);
        }
        let note = handle.note.map(|note| note.trim().to_owned());
        let note = note.filter(|note| !note.is_empty());
        if note.as_deref().is_some_and(|note| !is_text(note))
            || (handle.state == FindingState::Explained && note.is_none())
        {
            return Err(Error::user(UserErrorCode::Required, "note", "finding-note"));
        }
        self.examine(Some((row.area_id, row.indicator_id))).await?;
        let by: AccountId = supervisor.account();
        let now = self.clock().now();
        self.within(move |tx| {
            let note = note.clone();
            Box::pin(async move {
                let row = store::finding(tx, handle.id)
                    .await?
                    .ok_or(Error::NotFound)?;
                let is_gone = row.state == FindingState::Resolved;
                if (handle.state == FindingState::Resolved) != is_gone {
                    let message = if is_gone {
                        "finding-resolved"
                    } else {
                        "finding-holds"
                    };
                    return Err(Error::user(UserErrorCode::Conflict, "state", message));
                }
                let row = data_finding::Model {
                    state: handle.state,
                    owner_id: Some(by),
                    note: note.or(row.note.clone()),
                    changed_at: now,
                    ..row
                };
                store::save_findings(tx, vec![row.clone()]).await?;
                Ok(row)
            })
        })
        .await
    }
}
