//! Training: groups and who may see them, members, assignments, joining by code, and recording for members.

mod claiming;
mod groups;
mod joining;
mod leading;
mod merging;
mod roster;
mod sessions;
mod village;
mod world;
