//! What headcount is tried with: made-up people who ask for everything that can be asked ([`commands`]), a store in memory
//! that loads exactly what is needed and writes exactly what is said ([`memory`]). All of it follows from a seed.

pub mod build;
pub mod commands;
pub mod judge;
pub mod memory;
pub mod plan;
pub mod plant;
pub mod random;
pub mod situations;
pub mod spoil;
pub mod world;
