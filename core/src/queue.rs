//! The loaded part of an event's waitlist: for each role and party size the earliest parties, in waiting order.
//!
//! A list may end before the real one does; then it says from where on it knows nothing. What is asked of a queue is
//! answered only as far as it is known.

use std::collections::BTreeMap;

use crate::ids::{RegistrationId, RoleId, Seq, Spots};

/// The loaded part of an event's waitlist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    lists: BTreeMap<(RoleId, Spots), List>,
}

/// The earliest waiting parties of one size in one role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct List {
    members: BTreeMap<Seq, RegistrationId>,
    /// Parties after this one are not loaded; none: the list is whole.
    known_to: Option<Seq>,
}

/// The first of a list, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// This party.
    Known {
        /// Its place in the waiting order.
        seq: Seq,
        /// Whose it is.
        id: RegistrationId,
        /// The size of the party.
        spots: Spots,
    },
    /// There may be one, later than this.
    Unknown(Seq),
}

impl Head {
    /// The earliest place in the waiting order that it can have.
    pub fn seq(self) -> Seq {
        match self {
            Head::Known { seq, .. } | Head::Unknown(seq) => seq,
        }
    }
}

impl Queue {
    /// Puts in the list of a role and size as loaded: `members` in waiting order, `whole` if there are no more.
    /// Every role and size somebody waits with must be put in, with at least one member.
    pub fn load(&mut self, role: RoleId, spots: Spots, members: Vec<(Seq, RegistrationId)>, whole: bool) {
        let known_to = if whole { None } else { members.last().map(|(seq, _)| *seq) };
        let members = members.into_iter().collect();
        self.lists.insert((role, spots), List { members, known_to });
    }

    /// Somebody waits.
    pub(crate) fn insert(&mut self, role: RoleId, spots: Spots, seq: Seq, id: RegistrationId) {
        let list = self.lists.entry((role, spots)).or_default();
        if list.known_to.is_none_or(|known_to| seq <= known_to) {
            list.members.insert(seq, id);
        }
    }

    /// Somebody no longer waits.
    pub(crate) fn remove(&mut self, role: RoleId, spots: Spots, seq: Seq) {
        if let Some(list) = self.lists.get_mut(&(role, spots)) {
            list.members.remove(&seq);
        }
    }

    /// Whether everybody who was loaded of a list has left it, so that nobody knows who comes next.
    pub(crate) fn is_used_up(&self) -> bool {
        self.lists.values().any(|list| list.members.is_empty() && list.known_to.is_some())
    }

    /// The heads of the lists of `role`, one a party size.
    pub fn heads(&self, role: RoleId) -> impl Iterator<Item = Head> {
        self.of_role(role).filter_map(|(spots, list)| match list.members.first_key_value() {
            Some((seq, id)) => Some(Head::Known { seq: *seq, id: *id, spots }),
            None => list.known_to.map(Head::Unknown),
        })
    }

    /// The first in line of `role`.
    pub fn first(&self, role: RoleId) -> Option<Head> {
        self.heads(role).min_by_key(|head| head.seq())
    }

    /// How many stand in the line of `role` up to and with `seq`; none if that is not known.
    pub fn position(&self, role: RoleId, seq: Seq) -> Option<u64> {
        self.of_role(role).try_fold(0, |sum, (_, list)| {
            let known = list.known_to.is_none_or(|known_to| seq <= known_to);
            known.then(|| sum + list.members.range(..=seq).count() as u64)
        })
    }

    fn of_role(&self, role: RoleId) -> impl Iterator<Item = (Spots, &List)> {
        let sizes = (role, Spots::ONE)..=(role, Spots::MAX);
        self.lists.range(sizes).map(|((_, spots), list)| (*spots, list))
    }
}
