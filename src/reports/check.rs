//! Checking everything that was ever frozen: hashes, the chain from version to version, and what is kept inside.

use std::collections::{BTreeMap, BTreeSet};

use super::{Reports, canonical, form::Form, seals::about, store};
use crate::{coverage::disclosure::Sealed, error::Error, error::Result};

/// Something of a frozen version that is not what was frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which version.
    pub version: String,
    /// What is wrong with it.
    pub what: &'static str,
}

impl Reports {
    /// Reads every frozen version; answers how many there are, and what is wrong.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn check(&self) -> Result<(usize, Vec<Fault>)> {
        let db = self.db().latest();
        let ids = store::version_ids(db).await?;
        let mut faults = Vec::new();
        let mut hashes = BTreeMap::new();
        for id in &ids {
            let Some(row) = store::version_by_id(db, *id).await? else {
                continue;
            };
            let mut tell = |what| {
                faults.push(Fault {
                    version: format!("{} of report {}", row.number, row.report_id),
                    what,
                });
            };
            hashes.insert((row.report_id, row.number), row.sha256.clone());
            let form = match Form::read(&row) {
                Ok(form) => form,
                Err(Error::User(_)) => {
                    tell("it does not fit its hash");
                    continue;
                }
                Err(error) => return Err(error),
            };
            let before = hashes.get(&(row.report_id, row.number - 1));
            if form.previous_sha256.is_some() && form.previous_sha256.as_ref() != before {
                tell("the version before it is not the one it names");
            }
            let mut wanted: BTreeSet<(String, String)> = BTreeSet::new();
            let own = form
                .tables()
                .filter(|(place, _)| {
                    let mut rows = form.rows.iter();
                    !rows.any(|row| row.area.id == place.id && row.from.is_some())
                })
                .flat_map(|(place, cells)| cells.iter().map(move |cell| (place.id, cell)));
            for (area, cell) in own {
                let place = (form.version, area, &*cell.indicator);
                for (measure, commitment) in &cell.commitments {
                    wanted.insert((about(place, measure), commitment.clone()));
                }
            }
            let mut kept = BTreeSet::new();
            for seal in store::every_seal(db, row.version_id).await? {
                let place = (seal.version_id, seal.area_id, &*seal.indicator);
                let about = about(place, &seal.measure);
                if let Some(key) = canonical::bytes(&seal.key.0) {
                    let commitment = Sealed::kept(seal.value).commitment(&key, &about)?;
                    kept.insert((about, canonical::hex(&commitment)));
                }
            }
            if wanted != kept {
                tell("what is kept inside is not what it commits to");
            }
        }
        Ok((ids.len(), faults))
    }
}
