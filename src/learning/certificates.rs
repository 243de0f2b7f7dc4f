//! Certificates: what a programme asks was reached, on paper, to be checked by anyone who holds the paper.
//!
//! What a programme asks is in its data: a person has it who reached, on an indicator of the programme that counts
//! people by their own learning, the tier that the indicator means by default. A certificate says that she did, and by
//! when.
//!
//! Invariant: a certificate is `VALID` exactly while its person's record holds what it says. When the events it rests
//! on are taken back it is `REVOKED`; when they count again it is valid again. Lessons added later, children who came or
//! grew, take nothing away, since the required set was frozen. Erased, its holder has withdrawn it for good.

pub mod code;
pub mod paper;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    certificate,
    ids::{CertificateId, ProgrammeId},
    indicator::Computed,
};

use self::code::Code;
use super::{
    Learning,
    store::{self, TierDays},
    tiers::Tier,
};
use crate::{
    auth::capability::Learner,
    error::{Error, Result, UserError, UserErrorCode},
    people::name,
    programmes::Rulebook,
};

/// What a certificate is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// What it says holds.
    Valid,
    /// Its holder erased herself.
    Withdrawn,
    /// What it rests on was taken back.
    Revoked,
}

/// A certificate as its holder sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Which.
    pub id: CertificateId,
    /// Of which programme.
    pub programme: ProgrammeId,
    /// By which anyone can check it.
    pub code: Code,
    /// The day on which the programme's requirement was reached.
    pub reached_on: NaiveDate,
    /// When it was made out.
    pub issued_at: DateTime<Utc>,
    /// What it is worth now.
    pub state: State,
}

/// A certificate as anyone who has its code sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The holder's initials; none once it is withdrawn.
    pub initials: Option<String>,
    /// Of which programme.
    pub programme: ProgrammeId,
    /// The day on which the programme's requirement was reached.
    pub reached_on: NaiveDate,
    /// What it is worth now.
    pub state: State,
}

/// The day on which a person reached what a programme asks; nothing while she has not.
pub fn reached_on(
    rulebook: &Rulebook,
    programme: ProgrammeId,
    tiers: &TierDays,
) -> Option<NaiveDate> {
    let asked = rulebook.indicators().iter().filter(|indicator| {
        let by_person = matches!(
            indicator.row.computed,
            Computed::Caregiver | Computed::Staff
        );
        indicator.row.programme_id == programme && by_person
    });
    let days = asked.filter_map(|indicator| {
        let tier = Tier::from(indicator.row.default_tier?);
        tiers.get(&indicator.row.indicator_id)?.get(&tier).copied()
    });
    days.min()
}

impl Learning {
    /// The learner's certificates, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn certificates(&self, learner: &Learner) -> Result<Vec<Certificate>> {
        let db = self.0.db.latest();
        let rows = store::certificates_of(db, learner.person()).await?;
        let tiers = store::record(db, learner.person()).await?;
        let tiers = tiers.map(|record| record.tiers).unwrap_or_default();
        let rulebook = self.rulebook();
        let shown = rows.into_iter().map(|row| Certificate {
            id: row.certificate_id,
            programme: row.programme_id,
            reached_on: row.reached_on,
            issued_at: row.issued_at,
            state: state(&rulebook, &row, &tiers),
            code: Code::kept(row.code),
        });
        Ok(shown.collect())
    }

    /// Makes out the learner's certificate of a programme. Asked again, it is the same one.
    ///
    /// # Errors
    /// A user error when there is no such programme, or she has not reached what it asks.
    pub async fn issue_certificate(
        &self,
        learner: &Learner,
        programme: ProgrammeId,
    ) -> Result<Certificate> {
        let rulebook = self.rulebook();
        if rulebook.programme(programme).is_none() {
            let known = rulebook
                .programmes()
                .iter()
                .map(|known| known.code.as_str());
            let codes: Vec<_> = known.collect();
            let code = UserErrorCode::NotFound;
            let error = UserError::new(code, "programmeId", "programme-unknown");
            return Err(error.with("codes", codes.join(", ")).into());
        }
        let db = self.0.db.write();
        let record = store::record(db, learner.person()).await?;
        let reached = record
            .as_ref()
            .and_then(|record| Some((reached_on(&rulebook, programme, &record.tiers)?, record)));
        if let Some((reached_on, record)) = reached {
            let row = certificate::Model {
                certificate_id: self.0.clock.id(),
                bucket: record.bucket,
                person_id: learner.person(),
                programme_id: programme,
                code: Code::fresh().as_str().to_owned(),
                reached_on,
                issued_at: self.0.clock.now(),
                withdrawn_at: None,
            };
            store::issue_certificate(db, row).await?;
        }
        let all = self.certificates(learner).await?;
        let found = all.into_iter().find(|known| known.programme == programme);
        found.ok_or_else(|| {
            Error::user(
                UserErrorCode::Conflict,
                "programmeId",
                "certificate-not-reached",
            )
        })
    }

    /// What a certificate's code says to anyone; nothing for a code that is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn check_certificate(&self, code: &str) -> Result<Option<Checked>> {
        let Some(code) = Code::typed(code) else {
            return Ok(None);
        };
        let found = store::certificate_by_code(self.0.db.latest(), code.as_str()).await?;
        Ok(found.map(|(row, name, tiers)| {
            let state = state(&self.rulebook(), &row, &tiers);
            Checked {
                initials: (state != State::Withdrawn).then(|| name::initials(&name)),
                programme: row.programme_id,
                reached_on: row.reached_on,
                state,
            }
        }))
    }

    /// A certificate of the learner's on paper, as a PDF.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not hers or no longer valid.
    pub async fn certificate_paper(
        &self,
        learner: &Learner,
        id: CertificateId,
        address: Option<&str>,
    ) -> Result<(String, Vec<u8>)> {
        let all = self.certificates(learner).await?;
        let found = all.into_iter().find(|known| known.id == id);
        let found = found.filter(|known| known.state == State::Valid);
        let certificate = found.ok_or(Error::NotFound)?;
        let rulebook = self.rulebook();
        let programme = rulebook.programme(certificate.programme);
        let programme = programme.ok_or(Error::NotFound)?;
        let name = store::name_of(self.0.db.latest(), learner.person()).await?;
        let told = paper::Told {
            full_name: name.ok_or(Error::NotFound)?,
            programme: programme.title_vi.clone(),
            decision: programme.decision.clone(),
            reached_on: certificate.reached_on,
            code: certificate.code.shown(),
            leads_to: paper::link(address, &certificate.code.shown()),
        };
        // Some milliseconds of drawing: not on a thread that answers requests.
        let drawn = tokio::task::spawn_blocking(move || paper::draw(&told)).await;
        let bytes = drawn.map_err(Error::internal)??;
        Ok((format!("certificate-{}.pdf", programme.code), bytes))
    }
}

fn state(rulebook: &Rulebook, row: &certificate::Model, tiers: &TierDays) -> State {
    match (
        row.withdrawn_at,
        reached_on(rulebook, row.programme_id, tiers),
    ) {
        (Some(_), _) => State::Withdrawn,
        (None, None) => State::Revoked,
        (None, Some(_)) => State::Valid,
    }
}
