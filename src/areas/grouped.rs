//! Rows grouped by their owner in two flat arrays: 12,000 small lists for the price of one.

/// Lists of `T`, one for each owner 0, 1, 2 …
#[derive(Debug)]
pub(super) struct Grouped<T> {
    /// Where each owner's items begin; one more at the end.
    starts: Box<[u32]>,
    items: Box<[T]>,
}

impl<T> Grouped<T> {
    /// Groups pairs of owner and item; an owner's items keep the order in which they are given.
    pub(super) fn new(owners: usize, mut pairs: Vec<(u32, T)>) -> Self {
        pairs.sort_by_key(|(owner, _)| *owner);
        let mut starts = Vec::with_capacity(owners + 1);
        let mut at = 0;
        for owner in 0..owners {
            starts.push(count(at));
            while pairs.get(at).is_some_and(|(own, _)| *own as usize <= owner) {
                at += 1;
            }
        }
        starts.push(count(at));
        Self {
            starts: starts.into(),
            items: pairs.into_iter().map(|(_, item)| item).collect(),
        }
    }

    /// The items of an owner; none for an owner out of range.
    pub(super) fn of(&self, owner: u32) -> &[T] {
        let owner = owner as usize;
        match (self.starts.get(owner), self.starts.get(owner + 1)) {
            (Some(start), Some(end)) => self
                .items
                .get(*start as usize..*end as usize)
                .unwrap_or(&[]),
            _ => &[],
        }
    }

    /// Bytes held on the heap.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.starts) + size_of_val(&*self.items)
    }
}

/// A length as the atlas stores it: areas and atoms are counted in tens of thousands.
pub(super) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_owner_has_its_items_in_the_order_given() {
        let grouped = Grouped::new(4, vec![(2, 'c'), (0, 'a'), (2, 'b')]);
        assert_eq!(grouped.of(0), ['a']);
        assert!(grouped.of(1).is_empty());
        assert_eq!(grouped.of(2), ['c', 'b']);
        assert!(grouped.of(3).is_empty());
        assert!(grouped.of(9).is_empty());
    }
}
