//! Where invented families live: today's communes, some with many more families than others.

use chrono::NaiveDate;
use entity::{
    area::AreaLevel,
    ids::{AreaId, AtomId},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::areas::Atlas;

/// A commune of today.
#[derive(Clone, Copy, Debug)]
pub struct Home {
    /// The commune.
    pub area: AreaId,
    /// The piece counted.
    pub atom: AtomId,
    /// Its first day, where it is known.
    pub since: Option<NaiveDate>,
}

/// Every commune of today, each as often as its share of families.
pub struct Homes {
    communes: Vec<Home>,
    /// Sums of the weights up to and with each commune.
    sums: Vec<u64>,
}

impl Homes {
    /// The communes of an atlas, weighed by chance.
    pub fn of(atlas: &Atlas, today: NaiveDate, seed: u64) -> Self {
        let mut found = Vec::new();
        let mut below: Vec<AreaId> = atlas.country().into_iter().collect();
        while let Some(area) = below.pop() {
            match atlas.area(area) {
                Some(known) if known.level == AreaLevel::Commune => {
                    if let Some(atom) = atlas.root_atom(area) {
                        found.push(Home {
                            area,
                            atom,
                            since: known.valid_from,
                        });
                    }
                }
                _ => below.extend(atlas.children(area, today)),
            }
        }
        found.sort_by_key(|home| home.area);
        let mut chance = StdRng::seed_from_u64(seed);
        let mut sum = 0;
        let weigh = |_: &Home| {
            // The square makes few large communes and many small ones: about one to a hundred.
            let size: u64 = chance.random_range(10..100);
            sum += size * size;
            sum
        };
        let sums = found.iter().map(weigh).collect();
        Self {
            communes: found,
            sums,
        }
    }

    /// A commune by chance; nothing before areas were imported.
    pub fn draw(&self, chance: &mut StdRng) -> Option<Home> {
        let all = *self.sums.last()?;
        let drawn = chance.random_range(0..all);
        let at = self.sums.partition_point(|sum| *sum <= drawn);
        self.communes.get(at).copied()
    }
}
