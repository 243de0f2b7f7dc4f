//! Notices: what is shown, what rings and when, how it leaves the house, and codes for new passwords.

mod channels;
mod inbox;
mod messaging;
mod off;
mod outbox;
mod reminders;
mod resets;
mod world;
