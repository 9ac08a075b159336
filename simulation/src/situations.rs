//! Situations that must have occurred: a simulation in which the last place was never contested proves nothing about it.

use std::fmt;

macro_rules! situations {
    ($($name:ident: $text:literal,)*) => {
        /// Something that can occur in a run.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Situation { $(#[doc = $text] $name,)* }

        impl Situation {
            /// All of them.
            pub const ALL: [Situation; [$($text),*].len()] = [$(Situation::$name),*];

            /// What occurred.
            pub fn text(self) -> &'static str {
                match self { $(Situation::$name => $text,)* }
            }
        }
    };
}

situations! {
    LastPlaceContested: "ten at once ask for the last place of a role",
    KeyTwiceInFlight: "the same key waits twice at one node",
    KeyAtTwoNodes: "the same key waits at two nodes",
    KeyRepeated: "a key comes again after it was answered",
    KeyReused: "a key comes again with another request",
    RetriedAfterCrash: "a request is repeated after its node crashed",
    RetriedAfterUnknown: "a request is repeated after a commit of unknown outcome",
    PromotedThenLeft: "somebody who was just promoted leaves",
    CutRefused: "a capacity below what is reserved is refused",
    CutKept: "a capacity below what is reserved is set, and all stay",
    CutDemoted: "a capacity is cut, and the latest wait again",
    RaisePromoted: "a raised capacity lets two or more in at once",
    CrashBeforeLoad: "a crash before anything is loaded",
    CrashBeforeCommit: "a crash between decision and commit",
    CrashBeforeAnswer: "a crash between commit and answer",
    UnknownDone: "a commit of unknown outcome that was done",
    UnknownNotDone: "a commit of unknown outcome that was not done",
    CommitFailed: "a commit that failed",
    BeginFailed: "a transaction that could not be begun",
    LockTimeout: "a lock that was not got in time",
    PausedHoldingLock: "a node stands still with a lock",
    SessionBroken: "a lock is taken from a node that stands still",
    StaleCommitRefused: "a node wakes up and its commit is refused",
    NodesCompete: "two nodes want the same event",
    AllNodesDown: "no node is up",
    BatchOfEight: "eight facts of one event in one batch",
    BatchOfEvents: "a batch of several events",
    SmallerWaitsBehindLarger: "a smaller party waits behind one that does not fit",
    GapFilled: "a party is passed by one that fits",
    FirstKeepsPlaces: "the first in line was passed often enough and keeps places free",
    StoppedEarly: "promotion goes on in a batch of its own",
    TimePromotes: "time alone entitles somebody",
    ClockBack: "the clock goes back",
    ClockBackAcrossOpening: "the clock goes back across the opening of an event",
    BeforeOpening: "a sign-up before the opening",
    AfterClosing: "a sign-up after the closing",
    RoleFull: "a refusal as the role is full",
    EventFull: "a refusal as the event is full while the role has room",
    WaitlistFull: "a refusal as too many wait",
    TooManySpots: "a party that is too large",
    TooManyRoles: "a person who wants too many roles",
    AlreadyRegistered: "a person who is in already",
    TooLate: "a change after the cut-off",
    HeldExpired: "a place that was held is given up",
    Verified: "an e-mail is verified in time",
    Moved: "somebody moves to another role",
    Swapped: "two change places",
    Resized: "a party changes its size",
    Demoted: "staff send somebody back to the queue",
    Reinstated: "somebody who had gone is taken back",
    Overridden: "staff give a place beyond the capacity",
    CameAfterAll: "somebody who had said no comes after all",
    RoleRemoved: "a role is removed",
    CancelledWithWaiting: "an event is called off while people wait",
    CheckedIn: "somebody is checked in",
    BusyByDeadline: "a command leaves its lane by its deadline",
    Refused: "a node that ended refuses who still waits",
    ClientGone: "somebody goes away before the answer",
    DryRun: "something is only tried",
    Repaired: "a repair",
    Erased: "somebody is forgotten",
    ErasedByItself: "an event has kept somebody for long enough",
    ErasureMakesRoom: "the place of somebody who is forgotten goes to another",
    Imported: "registrations are taken over from another system",
    ImportedAgain: "registrations are taken over that are there already",
    ImportedBeyond: "registrations are taken over beyond the capacity, and all stay",
    ImportedWaits: "who had a place in another system has to wait",
}

/// How often each situation occurred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Situations([u64; Situation::ALL.len()]);

impl Default for Situations {
    fn default() -> Situations {
        Situations([0; Situation::ALL.len()])
    }
}

impl Situations {
    /// It occurred.
    pub fn saw(&mut self, situation: Situation) {
        self.0[situation as usize] += 1;
    }

    /// It occurred, if this is so.
    pub fn saw_if(&mut self, situation: Situation, is_so: bool) {
        self.0[situation as usize] += u64::from(is_so);
    }

    /// How often it occurred.
    pub fn count(&self, situation: Situation) -> u64 {
        self.0[situation as usize]
    }

    /// Those that never occurred.
    pub fn missing(&self) -> Vec<Situation> {
        Situation::ALL.into_iter().filter(|one| self.count(*one) == 0).collect()
    }

    /// Adds what occurred in another run.
    pub fn add(&mut self, other: &Situations) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, count)| *sum += count);
    }
}

impl fmt::Display for Situations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for one in Situation::ALL {
            writeln!(f, "{:>12}  {}", self.count(one), one.text())?;
        }
        Ok(())
    }
}
