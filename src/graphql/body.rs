//! Reading a request's body: bounded in bytes, in memory of all bodies together, and in time.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body;

use super::errors::{Code, Refusal};
use crate::http::admission::{Admission, Permit};

/// Bytes of a body that is too large which are read and thrown away, so that the client reads its refusal instead
/// of a broken connection.
const DISCARDED_BYTES: usize = 64 * 1024 * 1024;

/// How long a body that is too large is read for the same purpose.
const DISCARDING: Duration = Duration::from_secs(1);

/// How a body is read.
#[derive(Debug, Clone, Copy)]
pub struct BodyRules {
    /// Bytes of an ordinary body; above, one of few places for large bodies is needed.
    pub ordinary_bytes: usize,
    /// Bytes of any body.
    pub bytes: usize,
    /// From the end of the headers to the end of the body.
    pub time: Duration,
    /// Whether the client waits for a word before it sends the body.
    pub is_announced: bool,
}

/// Reads `body`. The permit, if there is one, must be kept as long as anything made from the body is.
///
/// # Errors
/// 413 with `LIMIT_EXCEEDED`, 408 with `TIMEOUT`, 503 with `RATE_LIMITED` when too many large bodies are held, 400
/// with `BAD_USER_INPUT` when the body breaks off.
pub async fn read<B>(
    body: B,
    rules: BodyRules,
    admission: &Admission,
) -> Result<(Bytes, Option<Permit>), Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    let declared = body.size_hint().lower();
    if rules.is_announced && declared > rules.bytes as u64 {
        return Err(too_large(rules.bytes));
    }
    tokio::time::timeout(rules.time, collect(body, rules, admission))
        .await
        .unwrap_or_else(|_| {
            Err(Refusal::http(
                408,
                Code::Timeout,
                "The body did not arrive in time.",
            ))
        })
}

async fn collect<B>(
    mut body: B,
    rules: BodyRules,
    admission: &Admission,
) -> Result<(Bytes, Option<Permit>), Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut collected = BytesMut::new();
    let mut permit = None;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Err(Refusal::http(
                400,
                Code::BadUserInput,
                "The body broke off before its end.",
            ));
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let length = collected.len() + data.len();
        if length > rules.bytes {
            drop(collected);
            // Whether the rest arrived in time makes no difference to the answer.
            let _ = tokio::time::timeout(DISCARDING, discard(body)).await;
            return Err(too_large(rules.bytes));
        }
        if length > rules.ordinary_bytes && permit.is_none() {
            permit = Some(admission.hold_large_body()?);
        }
        collected.extend_from_slice(&data);
    }
    Ok((collected.freeze(), permit))
}

async fn discard<B: Body<Data = Bytes> + Unpin>(mut body: B) {
    let mut discarded = 0;
    while let Some(Ok(frame)) = body.frame().await {
        discarded += frame.data_ref().map_or(0, Bytes::len);
        if discarded > DISCARDED_BYTES {
            return;
        }
    }
}

/// The refusal of a body of more than `bytes`.
#[must_use]
pub fn too_large(bytes: usize) -> Refusal {
    Refusal::http(
        413,
        Code::LimitExceeded,
        format!("The body of this request may have at most {bytes} bytes."),
    )
}
