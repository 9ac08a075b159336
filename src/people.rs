//! People who have accounts: who somebody is, to which organizations and teams they belong, and what follows from it.
//!
//! It owns the tables of `migrations/*/0002_people.sql` that say so, which it reads with single statements and writes with
//! scripts, never with a read first and a write later. It never touches a registration: those change by commands.

pub mod identity;
