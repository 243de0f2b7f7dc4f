//! What is held on a person, table by table: what she may take with her, and what becomes of it when she leaves.
//!
//! Each feature keeps a page of its own tables ([`Held`]). Exporting and erasing both follow the pages, so that what
//! can be seen can be erased, and nothing is forgotten by one of the two. A test holds the pages against the
//! classes of all columns.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::ids::{AccountId, ChildId, PersonId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{db::Tx, error::Result};

/// How a row leads to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The column names a person.
    Person(&'static str),
    /// The column names an account.
    Account(&'static str),
    /// The column names a child.
    Child(&'static str),
    /// The text holds ids of persons, accounts or children.
    Mentions(&'static str),
}

/// What becomes of rows when their person is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasing {
    /// They are deleted.
    Deleted,
    /// They are others' or the public's and stay: the columns that led to her name nobody ([`Uuid::nil`]) from then
    /// on, and these columns are emptied.
    Unnamed(&'static [&'static str]),
    /// They stay, and wait for somebody else: the columns that led to her are emptied.
    Vacated,
}

/// Rows of a table that are about a person, or name her.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The table.
    pub table: &'static str,
    /// Key of the sentence that says what these rows are.
    pub about: &'static str,
    /// The columns she may see, separated by spaces.
    pub columns: &'static str,
    /// How the rows lead to her: any one of these.
    pub whose: &'static [Whose],
    /// What becomes of them.
    pub erasing: Erasing,
}

/// Whose data: one human being with every record of hers.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// Her records: her own and those merged into it.
    pub persons: Vec<PersonId>,
    /// Her accounts.
    pub accounts: Vec<AccountId>,
    /// Children whom nobody else ever cared for.
    pub children: Vec<ChildId>,
    /// Children who stay with somebody else.
    pub shared_children: Vec<ChildId>,
}

impl Subject {
    /// Every id that leads to her or to a child of hers alone.
    pub fn ids(&self) -> BTreeSet<Uuid> {
        let persons = self.persons.iter().map(|id| id.0);
        let accounts = self.accounts.iter().map(|id| id.0);
        let children = self.children.iter().map(|id| id.0);
        persons.chain(accounts).chain(children).collect()
    }

    /// Every child she cares, or cared, for.
    pub fn every_child(&self) -> BTreeSet<ChildId> {
        let all = self.children.iter().chain(&self.shared_children);
        all.copied().collect()
    }
}

/// A feature that holds data on people.
#[async_trait::async_trait]
pub trait Holder: Send + Sync {
    /// Its page. Rows are deleted in its order: what points before what is pointed at.
    fn held(&self) -> &'static [Held];

    /// What must be done before any of her rows go: counts kept, others told.
    ///
    /// # Errors
    /// An error gives the whole erasing up.
    async fn before_erasing(&self, _tx: &Tx, _who: &Subject, _today: NaiveDate) -> Result<()> {
        Ok(())
    }
}

/// By what an id that was erased is known again. It leads back to nobody: ids are random.
pub fn mark(id: Uuid) -> Uuid {
    let digest = Sha256::new()
        .chain_update("vun erased ")
        .chain_update(id.as_bytes())
        .finalize();
    let (half, _) = digest.split_at(16);
    Uuid::from_slice(half).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_the_same_again_and_no_part_of_the_id() {
        let id = Uuid::from_u128(0x0193_4b6e_5a4e_7c0b_9d0e_7675_6e00_0001);
        assert_eq!(mark(id), mark(id));
        assert_ne!(mark(id), mark(Uuid::nil()));
        assert_ne!(mark(id), Uuid::nil());
        assert_ne!(mark(id).as_bytes().first(), id.as_bytes().first());
    }
}
