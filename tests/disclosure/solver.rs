//! An onlooker with an integer solver: what sums of whole people leave open, and what they give away.

/// Sums over unknown numbers of people: each equation names the unknowns it adds up and what they come to.
#[derive(Debug, Clone, Default)]
pub struct Sums {
    unknowns: usize,
    most: i64,
    equations: Vec<(Vec<usize>, i64)>,
}

/// How many choices are tried before the solver gives up.
const PATIENCE: usize = 200_000;

impl Sums {
    /// So many unknowns, each from 0 to `most`.
    pub fn new(unknowns: usize, most: i64) -> Self {
        Self {
            unknowns,
            most,
            equations: Vec::new(),
        }
    }

    /// What some of the unknowns come to.
    pub fn add(&mut self, unknowns: impl IntoIterator<Item = usize>, sum: i64) {
        let mut unknowns: Vec<usize> = unknowns.into_iter().collect();
        unknowns.sort_unstable();
        unknowns.dedup();
        self.equations.push((unknowns, sum));
    }

    /// Whether the sum of some unknowns is given away: no other whole numbers of people fit what is known. Begins to
    /// look close to the truth, where another solution is nearest.
    pub fn give_away(&self, target: &[usize], truth: &[i64]) -> bool {
        let sum: i64 = target.iter().map(|unknown| truth[*unknown]).sum();
        let mut others: Vec<i64> = (0..=sum + 3).filter(|other| *other != sum).collect();
        others.sort_by_key(|other| (other - sum).abs());
        !others.into_iter().any(|other| {
            let mut asked = self.clone();
            asked.add(target.iter().copied(), other);
            asked.has_solution(truth)
        })
    }

    fn has_solution(&self, near: &[i64]) -> bool {
        let domains = vec![(0, self.most); self.unknowns];
        let mut patience = PATIENCE;
        let found = self.search(domains, near, &mut patience);
        assert!(patience > 0, "the solver gave up: {self:?}");
        found
    }

    fn search(&self, mut domains: Vec<(i64, i64)>, near: &[i64], patience: &mut usize) -> bool {
        if *patience == 0 || !self.narrow(&mut domains) {
            return false;
        }
        *patience -= 1;
        let open = domains
            .iter()
            .enumerate()
            .filter(|(_, (low, high))| low < high);
        let Some((unknown, &(low, high))) = open.min_by_key(|(_, (low, high))| high - low) else {
            return true;
        };
        let mut values: Vec<i64> = (low..=high).collect();
        values.sort_by_key(|value| (value - near[unknown]).abs());
        values.into_iter().any(|value| {
            let mut tried = domains.clone();
            tried[unknown] = (value, value);
            self.search(tried, near, patience)
        })
    }

    /// Draws the bounds in as far as each equation alone allows; false when one cannot be met.
    fn narrow(&self, domains: &mut [(i64, i64)]) -> bool {
        loop {
            let mut changed = false;
            for (unknowns, sum) in &self.equations {
                let low: i64 = unknowns.iter().map(|unknown| domains[*unknown].0).sum();
                let high: i64 = unknowns.iter().map(|unknown| domains[*unknown].1).sum();
                if *sum < low || *sum > high {
                    return false;
                }
                for unknown in unknowns {
                    let (least, most) = domains[*unknown];
                    let narrowed = (
                        least.max(sum - (high - most)),
                        most.min(sum - (low - least)),
                    );
                    if narrowed.0 > narrowed.1 {
                        return false;
                    }
                    if narrowed != (least, most) {
                        domains[*unknown] = narrowed;
                        changed = true;
                        break;
                    }
                }
            }
            if !changed {
                return true;
            }
        }
    }
}

#[test]
fn the_solver_finds_what_follows_and_leaves_open_what_does_not() {
    let mut sums = Sums::new(3, 50);
    sums.add([0, 1, 2], 30);
    assert!(!sums.give_away(&[0], &[3, 7, 20]));
    sums.add([1, 2], 27);
    assert!(
        sums.give_away(&[0], &[3, 7, 20]),
        "the total less the others"
    );
    assert!(!sums.give_away(&[1], &[3, 7, 20]));
    // Whole people, none of them negative: nobody among all is nobody in each.
    let mut nobody = Sums::new(2, 50);
    nobody.add([0, 1], 0);
    assert!(nobody.give_away(&[0], &[0, 0]));
}
