//! Rows of some families, table by table, and the order in which tables can be written.

use entity::{
    account, account_login, assignment, caregiving, child, child_disability, child_tier_reached,
    consent, coverage_child_interval, coverage_day, coverage_delta, coverage_interval,
    coverage_month, coverage_present, group_member, learner, learning_event, person,
    person_audience, residence, session, tier_reached, training_group,
};

use super::store::put;
use crate::{
    coverage::store::Interval,
    db::{Db, Tx},
    error::Result,
};

/// Rows to write.
#[derive(Default)]
pub struct Block {
    pub people: Vec<person::Model>,
    pub audiences: Vec<person_audience::Model>,
    pub residences: Vec<residence::Model>,
    pub children: Vec<child::Model>,
    pub care: Vec<caregiving::Model>,
    pub disabilities: Vec<child_disability::Model>,
    pub consents: Vec<consent::Model>,
    pub events: Vec<learning_event::Model>,
    pub learners: Vec<learner::Model>,
    pub tiers: Vec<tier_reached::Model>,
    pub intervals: Vec<coverage_interval::Model>,
    pub child_tiers: Vec<child_tier_reached::Model>,
    pub child_intervals: Vec<coverage_child_interval::Model>,
    pub accounts: Vec<account::Model>,
    pub logins: Vec<account_login::Model>,
    pub sessions: Vec<session::Model>,
    pub groups: Vec<training_group::Model>,
    pub members: Vec<group_member::Model>,
    pub assignments: Vec<assignment::Model>,
    pub months: Vec<coverage_month::Model>,
    pub days: Vec<coverage_day::Model>,
    pub deltas: Vec<coverage_delta::Model>,
    pub present: Vec<coverage_present::Model>,
    /// Not written as it is: for the sums.
    pub counted: Vec<Interval>,
}

impl Block {
    /// Writes every row, those first that others point at, independent tables side by side.
    ///
    /// # Errors
    /// When the database refuses a row.
    pub async fn write(&self, db: &Db, tx: Option<&Tx>) -> Result<()> {
        put::<person::Entity>(db, tx, &self.people).await?;
        put::<child::Entity>(db, tx, &self.children).await?;
        put::<account::Entity>(db, tx, &self.accounts).await?;
        put::<training_group::Entity>(db, tx, &self.groups).await?;
        let household = async {
            put::<person_audience::Entity>(db, tx, &self.audiences).await?;
            put::<residence::Entity>(db, tx, &self.residences).await?;
            put::<caregiving::Entity>(db, tx, &self.care).await?;
            put::<child_disability::Entity>(db, tx, &self.disabilities).await?;
            put::<consent::Entity>(db, tx, &self.consents).await?;
            put::<account_login::Entity>(db, tx, &self.logins).await?;
            put::<session::Entity>(db, tx, &self.sessions).await?;
            put::<group_member::Entity>(db, tx, &self.members).await?;
            put::<assignment::Entity>(db, tx, &self.assignments).await
        };
        let counts = async {
            put::<learner::Entity>(db, tx, &self.learners).await?;
            put::<tier_reached::Entity>(db, tx, &self.tiers).await?;
            put::<coverage_interval::Entity>(db, tx, &self.intervals).await?;
            put::<child_tier_reached::Entity>(db, tx, &self.child_tiers).await?;
            put::<coverage_child_interval::Entity>(db, tx, &self.child_intervals).await?;
            put::<coverage_month::Entity>(db, tx, &self.months).await?;
            put::<coverage_day::Entity>(db, tx, &self.days).await?;
            put::<coverage_present::Entity>(db, tx, &self.present).await?;
            put::<coverage_delta::Entity>(db, tx, &self.deltas).await
        };
        let events = put::<learning_event::Entity>(db, tx, &self.events);
        tokio::try_join!(household, counts, events)?;
        Ok(())
    }
}
