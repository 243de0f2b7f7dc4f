//! The table that is printed in the end: medians over the rounds, and ratios of server to limit within them.

use std::{collections::BTreeMap, io::Write as _};

use crate::{Trouble, measure::Stretch, works::Work};

/// Stretches by work and side.
#[derive(Default)]
pub struct Report(BTreeMap<(String, bool), Vec<Stretch>>);

/// Prints.
///
/// # Errors
/// When nobody reads.
pub fn say(text: &str) -> Result<(), Trouble> {
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

impl Report {
    /// Adds a stretch.
    pub fn add(&mut self, work: Work, is_limit: bool, stretch: Stretch) {
        self.0
            .entry((format!("{work:?}"), is_limit))
            .or_default()
            .push(stretch);
    }

    /// Prints the table.
    ///
    /// # Errors
    /// When nobody reads.
    pub fn print(&self) -> Result<(), Trouble> {
        say(
            "work side    req/s   p50 ms  p99 ms  CPU ms: server + database = total  statements  rows read  bytes  failed\n",
        )?;
        for ((work, is_limit), stretches) in &self.0 {
            let of = |value: &dyn Fn(&Stretch) -> f64| median(stretches.iter().map(value));
            let failed: usize = stretches.iter().map(|stretch| stretch.failed).sum();
            let counted = |count: fn(&Stretch) -> Option<i64>| match stretches
                .iter()
                .all(|stretch| count(stretch).is_some())
            {
                true => {
                    let each = |stretch: &Stretch| {
                        count(stretch).unwrap_or_default() as f64 / stretch.requests()
                    };
                    format!("{:.2}", of(&each))
                }
                false => "-".to_owned(),
            };
            let statements = counted(|stretch| stretch.statements);
            let rows = counted(|stretch| stretch.rows);
            say(&format!(
                "{work}   {:<6} {:>7.0} {:>7.2} {:>7.2}          {:>6.3} + {:>6.3} = {:>6.3}  {statements:>10} {rows:>10} {:>7.0} {failed:>5}\n",
                if *is_limit { "limit" } else { "server" },
                of(&|stretch| stretch.requests() / stretch.seconds),
                of(&|stretch| stretch.within(0.5)),
                of(&|stretch| stretch.within(0.99)),
                of(&|stretch| stretch.cost().0),
                of(&|stretch| stretch.cost().1),
                of(&|stretch| stretch.cost().0 + stretch.cost().1),
                of(&|stretch| stretch.bytes as f64 / stretch.requests()),
            ))?;
            if let Some(wrong) = stretches.iter().find_map(|stretch| stretch.wrong.as_ref()) {
                say(&format!("     wrong answer: {wrong}\n"))?;
            }
        }
        say("\n")?;
        for ((work, is_limit), stretches) in &self.0 {
            let Some(limits) = self.0.get(&(work.clone(), true)).filter(|_| !is_limit) else {
                continue;
            };
            let total = |stretch: &Stretch| stretch.cost().0 + stretch.cost().1;
            let ratios = stretches
                .iter()
                .zip(limits)
                .map(|(server, limit)| total(server) / total(limit));
            say(&format!(
                "{work}: {:.2} x the limit (median of the rounds)\n",
                median(ratios)
            ))?;
        }
        Ok(())
    }
}
