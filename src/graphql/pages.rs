//! Pages of lists: Relay connections with a default and a maximum that errors instead of cutting silently.

use async_graphql::connection::{Connection, CursorType, Edge, EmptyFields};
use async_graphql::{ErrorExtensions, OutputType};

/// How long the pages of one list are.
#[derive(Clone, Copy, Debug)]
pub struct PageSize {
    /// When `first` is not given.
    pub default: usize,
    /// The most `first` may ask for.
    pub maximum: usize,
}

/// The page a query asks for.
#[derive(Clone, Debug)]
pub struct Page<C> {
    /// How many items.
    pub first: usize,
    /// Behind which item; from the start when absent.
    pub after: Option<C>,
}

impl PageSize {
    /// Checks `first` and `after`.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` when `first` is below 1 or over the maximum, or `after` is no cursor of this list.
    pub fn page<C: CursorType>(
        self,
        first: Option<i32>,
        after: Option<&str>,
    ) -> async_graphql::Result<Page<C>> {
        let first = match first {
            None => self.default,
            Some(first) => usize::try_from(first)
                .ok()
                .filter(|first| (1..=self.maximum).contains(first))
                .ok_or_else(|| {
                    bad_input(format!(
                        "`first` must be between 1 and {}: ask for the next page with `after`",
                        self.maximum
                    ))
                })?,
        };
        let after = match after {
            None => None,
            Some(text) => match C::decode_cursor(text) {
                Ok(cursor) => Some(cursor),
                Err(_) => {
                    return Err(bad_input(
                        "`after` is not a cursor of this list: send an `endCursor` unchanged, or leave it out",
                    ));
                }
            },
        };
        Ok(Page { first, after })
    }
}

/// An error about an argument of a query.
pub fn bad_input(message: impl Into<String>) -> async_graphql::Error {
    async_graphql::Error::new(message)
        .extend_with(|_, extensions| extensions.set("code", "BAD_USER_INPUT"))
}

/// A cursor over a list that does not change between pages: the position in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position(pub u32);

impl CursorType for Position {
    type Error = std::num::ParseIntError;

    fn decode_cursor(text: &str) -> Result<Self, Self::Error> {
        text.strip_prefix('p').unwrap_or("").parse().map(Self)
    }

    fn encode_cursor(&self) -> String {
        format!("p{}", self.0)
    }
}

/// The page of a list held in memory.
pub fn page_of<T: OutputType>(
    all: impl IntoIterator<Item = T>,
    page: &Page<Position>,
) -> Connection<Position, T, EmptyFields, EmptyFields> {
    let skip = page.after.map_or(0, |after| after.0 as usize + 1);
    let mut rest = all.into_iter().enumerate().skip(skip);
    let edges: Vec<_> = rest
        .by_ref()
        .take(page.first)
        .filter_map(|(at, item)| Some(Edge::new(Position(u32::try_from(at).ok()?), item)))
        .collect();
    let mut connection = Connection::new(skip > 0, rest.next().is_some());
    connection.edges = edges;
    connection
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: PageSize = PageSize {
        default: 20,
        maximum: 100,
    };

    #[test]
    fn a_page_over_the_maximum_is_an_error_and_not_a_shorter_page() {
        for first in [0, -1, 101, i32::MAX] {
            assert!(SIZE.page::<Position>(Some(first), None).is_err(), "{first}");
        }
        assert_eq!(SIZE.page::<Position>(Some(100), None).unwrap().first, 100);
        assert_eq!(
            SIZE.page::<Position>(None, Some("p3")).unwrap().after,
            Some(Position(3))
        );
        assert!(SIZE.page::<Position>(None, Some("x")).is_err());
    }
}
