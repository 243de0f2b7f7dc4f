//! What stands behind commitments: a fresh key for each, and the exact value.

use entity::{
    ids::{AreaId, ReportVersionId},
    report_seal::{self, SealKey},
};

use super::canonical;
use crate::{coverage::disclosure::Sealed, error::Result};

/// What a commitment is about; see [`canonical`].
pub(super) fn about(
    (version, area, indicator): (ReportVersionId, AreaId, &str),
    measure: &str,
) -> String {
    format!("{version}|{area}|{indicator}|{measure}")
}

/// What stands behind the commitments of a version.
#[derive(Debug, Default)]
pub(super) struct Seals(Vec<report_seal::Model>);

impl Seals {
    /// Keeps a value under a fresh key; answers the commitment to it. The keys of two versions have nothing in common,
    /// so that nobody sees whether the number behind a pooled cell has changed.
    pub(super) fn add(
        &mut self,
        place: (ReportVersionId, AreaId, &str),
        measure: &str,
        value: Sealed,
    ) -> Result<String> {
        let key: [u8; 32] = rand::random();
        let commitment = value.commitment(&key, &about(place, measure))?;
        let (version_id, area_id, indicator) = place;
        self.0.push(report_seal::Model {
            version_id,
            area_id,
            indicator: indicator.to_owned(),
            measure: measure.to_owned(),
            key: SealKey(canonical::hex(&key)),
            value: value.at_rest(),
        });
        Ok(canonical::hex(&commitment))
    }

    /// The rows to write.
    pub(super) fn into_rows(self) -> Vec<report_seal::Model> {
        self.0
    }
}
