//! Random numbers from a seed, alike on every machine.

use headcount_core::event::{EventSettings, Waitlist, WaitlistPolicy};
use headcount_core::ids::Millis;

use crate::build::{open_event, spots};

/// Random numbers from a seed (SplitMix64).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Begins at a seed.
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Less than `end`.
    pub fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end)).expect("below a u32")
    }

    /// True one time in so many.
    pub fn one_in(&mut self, many: u32) -> bool {
        self.below(many) == 0
    }

    /// One of these, each as likely.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(u32::try_from(from.len()).expect("few")) as usize]
    }

    /// Mostly this.
    pub fn maybe<T>(&mut self, value: T) -> Option<T> {
        (!self.one_in(4)).then_some(value)
    }

    /// A time that commands may come before or after; mostly there is one.
    pub fn time(&mut self) -> Option<Millis> {
        let at = Millis(i64::from(self.below(4_000)));
        self.maybe(at)
    }

    /// Settings of an event that is open.
    pub fn settings(&mut self, slug: &str) -> EventSettings {
        let mut settings = open_event(slug);
        settings.capacity = self.capacity(10);
        settings.waitlist = self.waitlist();
        settings.max_spots = spots(2 + self.below(3));
        settings.roles_per_person = 1 + self.below(3);
        settings.self_move = self.one_in(2);
        settings.verify_minutes = self.one_in(2).then_some(1);
        settings
    }

    /// A capacity below `end`; sometimes none.
    pub fn capacity(&mut self, end: u32) -> Option<u32> {
        let capacity = self.below(end);
        self.maybe(capacity)
    }

    /// How people wait.
    pub fn waitlist(&mut self) -> Waitlist {
        let policy = *self.pick(&[
            WaitlistPolicy::Strict,
            WaitlistPolicy::Strict,
            WaitlistPolicy::FillGaps,
            WaitlistPolicy::FillGaps,
            WaitlistPolicy::FillGaps,
            WaitlistPolicy::Off,
        ]);
        let limit = if self.one_in(4) { Some(self.below(5)) } else { None };
        Waitlist { policy, limit, max_skips: self.below(4) }
    }
}
