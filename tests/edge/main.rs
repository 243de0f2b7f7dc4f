//! The GraphQL edge against a small schema of its own: protocol, limits, hostile requests, the server loop.

#![cfg(test)]

mod app;
mod bombs;
mod documents;
mod hostile;
mod journal;
mod limits;
mod noise;
mod protocol;
mod server;
mod sockets;
