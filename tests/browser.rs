//! The pages in a real Chromium, as people use them. `scripts/test` installs it, in both of its shapes, and its driver.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "browser/checks.rs"]
mod checks;
#[path = "browser/door.rs"]
mod door;
#[path = "browser/driver.rs"]
mod driver;
#[path = "browser/guests.rs"]
mod guests;
#[path = "support/npm.rs"]
mod npm;
#[path = "browser/organizer.rs"]
mod organizer;
#[path = "browser/pictures.rs"]
mod pictures;
#[path = "browser/site.rs"]
mod site;
#[path = "browser/staff.rs"]
mod staff;
#[path = "browser/tour.rs"]
mod tour;
#[path = "browser/troubles.rs"]
mod troubles;
