//! Training: groups and who may see them, members, assignments, joining by code, and recording for members.

mod groups;
mod joining;
mod roster;
mod world;
