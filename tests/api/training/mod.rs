//! Training: groups and who may see them, members, assignments, joining by code, and recording for members.

mod assignments;
mod claiming;
mod files;
mod framing;
mod gains;
mod groups;
mod importing;
mod joining;
mod leading;
mod matching;
mod merging;
mod moving;
mod roster;
mod sessions;
mod village;
mod world;
