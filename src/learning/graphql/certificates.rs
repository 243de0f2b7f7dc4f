//! Certificates on the wire: one's own, and the check that is open to anyone.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::super::{
    Learning,
    certificates::{self, Checked},
};
use crate::{
    auth::{Auth, graphql::viewer, rate::ClientAddress},
    graphql::{
        date::Date,
        ids::{named, wire},
        payload::{UserErrorObject, graphql_error, split},
    },
    programmes::{Programmes, graphql::ProgrammeObject},
};

/// What a certificate is worth. More may be added: treat an unknown one as REVOKED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "certificates::State")]
pub enum CertificateState {
    /// What it says holds.
    Valid,
    /// Its holder withdrew it.
    Withdrawn,
    /// What it rests on was taken back.
    Revoked,
}

/// What anyone who holds a certificate's code may know.
#[derive(SimpleObject)]
pub struct CertificateCheck {
    /// Initials of the holder, such as "N. T. Ư."; null once it is withdrawn.
    initials: Option<String>,
    /// The programme.
    programme: Option<ProgrammeObject>,
    /// The day on which the holder reached what the programme asks.
    reached_on: Date,
    /// What it is worth now.
    state: CertificateState,
}

/// A certificate of the viewer's.
#[derive(SimpleObject)]
pub struct Certificate {
    /// Identity of the certificate.
    id: ID,
    /// The programme.
    programme: Option<ProgrammeObject>,
    /// By which anyone can check it, in groups that can be read out.
    code: String,
    /// The day on which the viewer reached what the programme asks.
    reached_on: Date,
    /// When it was made out.
    issued_at: DateTime<Utc>,
    /// What it is worth now.
    state: CertificateState,
    /// Path of the PDF on this server, to be fetched with the access token while the certificate is valid.
    path: String,
}

/// Which certificate to make out.
#[derive(InputObject)]
pub struct IssueCertificateInput {
    /// The programme.
    programme_id: ID,
}

/// What `issueCertificate` did.
#[derive(SimpleObject)]
pub struct IssueCertificatePayload {
    /// The certificate.
    certificate: Option<Certificate>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

impl Certificate {
    fn of(ctx: &Context<'_>, known: certificates::Certificate) -> Self {
        Self {
            path: format!("/certificates/{}/certificate.pdf", known.id),
            id: wire(known.id),
            programme: programme(ctx, known.programme),
            code: known.code.shown(),
            reached_on: Date(known.reached_on),
            issued_at: known.issued_at,
            state: known.state.into(),
        }
    }
}

impl CertificateCheck {
    fn of(ctx: &Context<'_>, checked: Checked) -> Self {
        Self {
            initials: checked.initials,
            programme: programme(ctx, checked.programme),
            reached_on: Date(checked.reached_on),
            state: checked.state.into(),
        }
    }
}

fn programme(ctx: &Context<'_>, id: entity::ids::ProgrammeId) -> Option<ProgrammeObject> {
    let programmes = ctx.data_opt::<Programmes>()?;
    ProgrammeObject::find(&programmes.rulebook(), id)
}

/// What may be asked about certificates.
#[derive(Clone, Copy, Debug, Default)]
pub struct CertificateQuery;

/// What may be asked about certificates.
#[Object]
impl CertificateQuery {
    /// Checks a certificate by its code; null when there is none.
    async fn certificate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As printed: case, spaces and dashes do not matter.")] code: String,
    ) -> async_graphql::Result<Option<CertificateCheck>> {
        let fail = |error| graphql_error(ctx, &error);
        let address = ctx.data_opt::<ClientAddress>().copied();
        ctx.data::<Auth>()?.count_try(address).map_err(fail)?;
        let found = ctx.data::<Learning>()?.check_certificate(&code).await;
        let found = found.map_err(fail)?;
        Ok(found.map(|checked| CertificateCheck::of(ctx, checked)))
    }

    /// The viewer's certificates, oldest first.
    #[graphql(complexity = "3 * child_complexity")]
    async fn certificates(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Certificate>> {
        let learner = viewer(ctx)?.learner();
        let found = ctx.data::<Learning>()?.certificates(&learner).await;
        let found = found.map_err(|error| graphql_error(ctx, &error))?;
        Ok(found
            .into_iter()
            .map(|known| Certificate::of(ctx, known))
            .collect())
    }
}

/// What may be done about certificates.
#[derive(Clone, Copy, Debug, Default)]
pub struct CertificateMutation;

/// What may be done about certificates.
#[Object]
impl CertificateMutation {
    /// Makes out the viewer's certificate of a programme whose requirement she has reached. Asked again, it is the same
    /// one.
    async fn issue_certificate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which programme.")] input: IssueCertificateInput,
    ) -> async_graphql::Result<IssueCertificatePayload> {
        let (learning, learner) = (ctx.data::<Learning>()?, viewer(ctx)?.learner());
        let outcome = match named(&input.programme_id, "programmeId") {
            Ok(programme) => learning.issue_certificate(&learner, programme).await,
            Err(error) => Err(error),
        };
        let (issued, user_errors) = split(ctx, outcome)?;
        Ok(IssueCertificatePayload {
            certificate: issued.map(|known| Certificate::of(ctx, known)),
            user_errors,
        })
    }
}
