//! Newtypes for what is passed around everywhere, so that a role is never taken for an event.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// An event: the gathering people sign up for.
    EventId
);
id!(
    /// A role of an event.
    RoleId
);
id!(
    /// One party's place, or wish for one.
    RegistrationId
);
id!(
    /// An organization: whose events, teams and people belong together.
    OrganizationId
);
id!(
    /// A team of an organization.
    TeamId
);
id!(
    /// An account: somebody who can log in.
    AccountId
);
id!(
    /// A named API token of an account, for programs.
    TokenId
);
id!(
    /// An expiring link for those who check people in at the door.
    DoorId
);

impl RegistrationId {
    /// The id that one request gives to the registration it makes in `role`, where it makes one in each.
    pub fn within(self, role: RoleId) -> RegistrationId {
        let hash: [u8; 32] = Sha256::new_with_prefix(self.0).chain_update(role.0).finalize().into();
        let mut half = [0; 16];
        half.copy_from_slice(&hash[..16]);
        RegistrationId(uuid::Builder::from_custom_bytes(half).into_uuid())
    }
}

impl OrganizationId {
    /// The first organization of a server, which is always there.
    pub const FIRST: OrganizationId = OrganizationId(Uuid::nil());
}

impl Default for OrganizationId {
    fn default() -> OrganizationId {
        OrganizationId::FIRST
    }
}

/// The number of a log entry: 1, 2, 3 … without gaps within an event. Zero stands before the first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// Later than every entry there will ever be: where somebody who comes now would queue.
    pub const NEWCOMER: Seq = Seq(u64::MAX);

    /// The number after this one.
    pub fn next(self) -> Seq {
        Seq(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A moment, in milliseconds since 1970-01-01T00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

/// The size of a party: 1 to [`SPOTS_MAX`](crate::limits::SPOTS_MAX).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Spots(u32);

impl Spots {
    /// A party of one.
    pub const ONE: Spots = Spots(1);
    /// The largest party.
    pub const MAX: Spots = Spots(crate::limits::SPOTS_MAX);

    /// The number of places.
    pub fn get(self) -> u32 {
        self.0
    }

    /// The number of places, for sums.
    pub fn count(self) -> u64 {
        u64::from(self.0)
    }
}

impl TryFrom<u32> for Spots {
    type Error = String;

    fn try_from(spots: u32) -> Result<Self, String> {
        let max = crate::limits::SPOTS_MAX;
        if (1..=max).contains(&spots) { Ok(Spots(spots)) } else { Err(format!("must be between 1 and {max}")) }
    }
}

impl From<Spots> for u32 {
    fn from(spots: Spots) -> u32 {
        spots.0
    }
}

/// The SHA-256 of a log entry, chained to the entry before it. All zero before the first.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Hash(pub [u8; 32]);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
