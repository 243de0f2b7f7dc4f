//! What the shipped areas must answer at every date.
