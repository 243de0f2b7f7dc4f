//! People and auth against both databases, until the common harness exists.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod app;
mod auth;
mod people;
