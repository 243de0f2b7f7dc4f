//! Disclosure control, attacked from outside: random worlds, subtraction by linear algebra, the real structure of areas.

#[cfg(test)]
mod attack;
#[cfg(test)]
mod cells;
#[cfg(test)]
mod everything;
#[cfg(test)]
mod leaving;
#[cfg(test)]
mod real_areas;
#[cfg(test)]
mod register;
#[cfg(test)]
mod solver;
#[cfg(test)]
mod weights;
#[cfg(test)]
mod world;
