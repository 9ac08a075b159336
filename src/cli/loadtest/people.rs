//! Invented people, plainly examples, all different.

use std::ops::RangeInclusive;

use serde_json::json;

use crate::clock;

/// Pseudo-random numbers (splitmix64, after Steele, Lea and Flood 2014): enough to choose roles and party sizes.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

/// One simulated person and what they ask for.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// The address, in a domain reserved for examples.
    pub(crate) email: String,
    /// Which of the roles.
    pub(crate) role: usize,
    /// How many places.
    pub(crate) spots: u32,
    /// What they are called.
    pub(crate) name: String,
}

impl Random {
    /// Starts anywhere.
    pub(crate) fn new() -> Random {
        Random(u64::from_le_bytes(clock::random()))
    }

    /// Starts here: the same start gives the same numbers, and different ones give different first numbers.
    pub(crate) fn at(start: u64) -> Random {
        Random(start)
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is far below 2^64, so that no number is noticeably likelier than another.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// Invents `count` people who choose among `roles` roles. `run` tells the people of one test from those of another.
pub(crate) fn invent(
    count: u32,
    roles: usize,
    spots: &RangeInclusive<u32>,
    run: &str,
    random: &mut Random,
) -> Vec<Person> {
    let sizes = u64::from(spots.end() - spots.start()) + 1;
    let roles = u64::try_from(roles).expect("the number of roles fits 64 bits");
    let person = |number| Person {
        email: format!("person-{number}-{run}@example.org"),
        name: format!("Person {number}"),
        role: usize::try_from(random.below(roles)).expect("less than the number of roles"),
        spots: spots.start() + u32::try_from(random.below(sizes)).expect("less than the largest party"),
    };
    (1..=count).map(person).collect()
}

impl Person {
    /// The body of their sign-up for the role with this id.
    pub(crate) fn sign_up(&self, role_id: &str) -> String {
        json!({ "role": role_id, "spots": self.spots, "name": self.name, "email": self.email }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn people_differ_and_every_role_and_size_is_chosen() {
        let people = invent(500, 3, &(2..=4), "t", &mut Random(7));
        let emails: BTreeSet<_> = people.iter().map(|person| &person.email).collect();
        assert_eq!(emails.len(), 500);
        assert_eq!(people.iter().map(|person| person.role).collect::<BTreeSet<_>>(), BTreeSet::from([0, 1, 2]));
        assert_eq!(people.iter().map(|person| person.spots).collect::<BTreeSet<_>>(), BTreeSet::from([2, 3, 4]));
    }
}
