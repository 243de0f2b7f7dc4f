//! The supervisors' pages as a browser without script sees them.

mod browser;
mod entering;
mod overview;
mod reports;
mod telling;
