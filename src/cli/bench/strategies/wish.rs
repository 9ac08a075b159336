//! One person asking for one place in one role of one event, and what they are told.

use uuid::Uuid;

use super::layout::HotEvent;
use crate::cli::loadtest::people::Random;
use crate::clock;

/// Somebody who has not asked before, and what they ask for.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) event_id: Uuid,
    pub(super) role_id: Uuid,
    pub(super) registration_id: Uuid,
    /// The person's key and what stands for it in a log.
    pub(super) person: String,
    pub(super) person_tag: Vec<u8>,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) created_at: i64,
}

/// What somebody is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// The place is theirs.
    Confirmed,
    /// There is none left.
    Full,
    /// They have one already.
    AlreadyIn,
    /// Neither: the attempts were used up, try again.
    TryAgain,
}

/// An answer, and how often the work for it had to begin anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Answered {
    pub(super) answer: Answer,
    pub(super) retries: u32,
}

impl Wish {
    /// Of a new person with a random address.
    pub(super) fn new(event: &HotEvent, random: &mut Random) -> Wish {
        let number = (u128::from(random.next()) << 64) | u128::from(random.next());
        let email = format!("person-{number:032x}@example.org");
        Wish {
            event_id: event.event_id,
            role_id: event.role_id,
            registration_id: clock::new_id(),
            person: format!("email:{email}"),
            person_tag: number.to_be_bytes().to_vec(),
            name: format!("Person {number:032x}"),
            email,
            created_at: clock::now().0,
        }
    }
}

impl From<Answer> for Answered {
    fn from(answer: Answer) -> Answered {
        Answered { answer, retries: 0 }
    }
}
