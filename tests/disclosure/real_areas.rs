//! The real structure of areas: how much stays shown by name, and how long evaluating it takes.

use std::collections::BTreeMap;
use std::time::Instant;

use rstest::rstest;
use vun::coverage::disclosure::{Atom, AtomSet, Census, PoolHistory, Population, Shown, Threshold};

use crate::world::month;

/// An atom of the real structure, by the rows' own names.
#[derive(Debug, Clone)]
struct Piece {
    current: Option<String>,
    old: Option<String>,
    district: Option<String>,
    old_province: Option<String>,
    province: String,
}

/// Old commune × new commune, the not-yet-placed remainder of each split commune, and each new commune's own registrations.
fn pieces() -> Vec<Piece> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/curriculum/admin_units.csv");
    let rows: Vec<BTreeMap<String, String>> = csv::Reader::from_path(path)
        .unwrap()
        .deserialize()
        .collect::<Result<_, _>>()
        .unwrap();
    let is_old = |row: &BTreeMap<String, String>| row["valid_to"] == "2025-06-30";
    let of_level = |level: &'static str| rows.iter().filter(move |row| row["level"] == level);
    let province_of: BTreeMap<&str, &str> = of_level("commune")
        .filter(|row| row["valid_from"] == "2025-07-01")
        .map(|row| (row["code"].as_str(), row["parent_code"].as_str()))
        .collect();
    let district_parent: BTreeMap<&str, &str> = of_level("district")
        .map(|row| (row["code"].as_str(), row["parent_code"].as_str()))
        .collect();
    let mut pieces: Vec<Piece> = province_of
        .iter()
        .map(|(&code, &province)| Piece {
            current: Some(code.into()),
            old: None,
            district: None,
            old_province: None,
            province: province.into(),
        })
        .collect();
    for row in of_level("commune").filter(|row| is_old(row)) {
        let successors: Vec<&str> = row["successor_codes"].split('|').collect();
        let piece = |current: Option<&str>| Piece {
            current: current.map(Into::into),
            old: Some(row["code"].clone()),
            district: Some(row["parent_code"].clone()),
            old_province: district_parent
                .get(row["parent_code"].as_str())
                .map(|&code| code.into()),
            province: province_of
                .get(successors[0])
                .map_or_else(String::new, |&code| code.into()),
        };
        pieces.extend(successors.iter().map(|&code| piece(Some(code))));
        pieces.extend((successors.len() > 1).then(|| piece(None)));
    }
    pieces
}

/// A repeatable sequence of numbers in 0..1.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Poisson around a mean.
    fn people(&mut self, mean: f64) -> u64 {
        let (limit, mut product, mut people) = ((-mean).exp(), self.next(), 0);
        while product > limit {
            product *= self.next();
            people += 1;
        }
        people
    }
}

/// So many people per current commune, spread over its atoms; nobody is left to be placed.
fn people(pieces: &[Piece], mean: f64, draws: &mut Draws) -> Vec<u64> {
    let mut of_commune: BTreeMap<&Option<String>, usize> = BTreeMap::new();
    for piece in pieces {
        *of_commune.entry(&piece.current).or_default() += 1;
    }
    let drawn = pieces.iter().map(|piece| match piece.current {
        Some(_) => draws.people(mean / of_commune[&piece.current] as f64),
        None => 0,
    });
    drawn.collect()
}

fn census(pieces: &[Piece], people: &[u64]) -> Census<usize, (u8, u32)> {
    let coded =
        |level: u8, code: &Option<String>| code.as_ref().map(|code| (level, code.parse().unwrap()));
    let atoms = pieces
        .iter()
        .zip(people)
        .enumerate()
        .map(|(key, (piece, &people))| Atom {
            key,
            near: vec![
                coded(0, &piece.current),
                coded(1, &piece.district),
                coded(2, &piece.old_province),
                Some((3, piece.province.parse().unwrap())),
            ],
            populations: vec![if people == 0 {
                Population::NEVER
            } else {
                Population::of(people)
            }],
        });
    Census::new(4, 1, atoms).unwrap()
}

fn areas(pieces: &[Piece], name: &dyn Fn(&Piece) -> Option<String>) -> Vec<AtomSet<usize>> {
    let mut areas: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (key, piece) in pieces.iter().enumerate() {
        if let Some(name) = name(piece) {
            areas.entry(name).or_default().push(key);
        }
    }
    areas
        .into_values()
        .map(|atoms| atoms.into_iter().collect())
        .collect()
}

#[rstest]
#[case::one_person(1.0, 0.25, 0.25)]
#[case::five_people(5.0, 0.25, 0.6)]
#[case::ten_people(10.0, 0.7, 0.95)]
#[case::twenty_people(20.0, 0.98, 0.99)]
fn communes_stay_named_as_far_as_their_populations_allow(
    #[case] mean: f64,
    #[case] least: f64,
    #[case] least_anew: f64,
) {
    let pieces = pieces();
    assert!(pieces.len() > 13_000, "{} atoms", pieces.len());
    let mut draws = Draws(7);
    let k = Threshold::default();
    let now = people(&pieces, mean, &mut draws);
    let before: Vec<u64> = pieces
        .iter()
        .zip(&now)
        .map(|(piece, &people)| if piece.old.is_some() { people } else { 0 })
        .collect();
    let grown: Vec<u64> = now
        .iter()
        .zip(people(&pieces, mean / 5.0, &mut draws))
        .map(|(people, more)| people + more)
        .collect();
    let mut history = PoolHistory::default();
    let [before, now, grown] = [before, now, grown].map(|people| census(&pieces, &people));
    let mut times = Vec::new();
    for (number, census) in [&before, &now, &grown].into_iter().enumerate() {
        let started = Instant::now();
        history.evolve(census, month(number), k);
        times.push(started.elapsed());
    }
    let started = Instant::now();
    let shown = Shown::at(&history, month(2), &grown, k);
    times.push(started.elapsed());
    let mut anew = PoolHistory::default();
    anew.evolve(&grown, month(2), k);
    let anew = Shown::at(&anew, month(2), &grown, k);
    let past = Shown::at(&history, month(0), &before, k);
    let share = |shown: &Shown<usize>, name: &dyn Fn(&Piece) -> Option<String>| {
        let areas = areas(&pieces, name);
        areas.iter().filter(|area| shown.is_exact(area)).count() as f64 / areas.len() as f64
    };
    let communes = share(&shown, &|piece| piece.current.clone());
    let communes_anew = share(&anew, &|piece| piece.current.clone());
    println!(
        "{mean} people a commune, {} atoms: shown by name communes {:.3} (pools built anew {:.3}), provinces {:.3}; before the merger old communes {:.3}, \
         districts {:.3}, old provinces {:.3}; three evaluations and a reading: {times:?}",
        pieces.len(),
        communes,
        communes_anew,
        share(&shown, &|piece| Some(piece.province.clone())),
        share(&past, &|piece| piece.old.clone()),
        share(&past, &|piece| piece.district.clone()),
        share(&past, &|piece| piece.old_province.clone()),
    );
    assert!(communes >= least, "{communes}");
    assert!(communes_anew >= least_anew, "{communes_anew}");
    assert_eq!(
        share(&shown, &|piece| Some(piece.province.clone())),
        1.0,
        "no province needs another"
    );
    assert_eq!(
        share(&past, &|piece| piece.old_province.clone()),
        1.0,
        "nor did an old one"
    );
    assert!(shown.is_exact(&(0..pieces.len()).collect()));
}
