//! The simulation once more, for its tests: the very files of [`headcount::simulate`], compiled in a package that is optimised.
//!
//! While the server is worked on, its package is not optimised, as that would take minutes at each change. The workers of
//! the lanes are generic in their store, so they are compiled where they get one: here. Thousands of seeds more can be
//! tried in the same time.

use headcount::{lanes, store};

#[path = "../../../src/simulate.rs"]
pub mod simulate;
