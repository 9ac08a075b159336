//! A bucket for each key, which is emptied as it likes and filled evenly, in bounded memory.
//!
//! Of a bucket only the moment is kept at which it is full again (the generic cell rate algorithm, as in ITU-T I.371).
//! A full bucket need not be kept at all, so those of keys that asked nothing for a while are thrown away.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// In which a bucket is filled.
const MINUTE: Duration = Duration::from_secs(60);
/// Full buckets are looked for this often at most, while there is no room for more.
const SWEEP_PAUSE: Duration = Duration::from_secs(1);

/// The buckets of one limit.
pub(super) struct Buckets<K> {
    /// Of one key.
    size: Size,
    /// Of the one that all keys share for which there was no room.
    shared_size: Size,
    keys_max: usize,
    state: Mutex<State<K>>,
}

#[derive(Clone, Copy)]
struct Size {
    /// In which a bucket gets one back.
    one: Duration,
    /// In which it gets back everything.
    all: Duration,
}

struct State<K> {
    /// When the bucket of each key is full again. Who is not in here has a full one.
    full_at: HashMap<K, Instant>,
    shared_full_at: Option<Instant>,
    swept_at: Option<Instant>,
}

impl<K: Eq + Hash> Buckets<K> {
    /// So many a minute for each of at most `keys_max` keys; and as many as for all of these together, for those beyond.
    pub(super) fn new(a_minute: NonZeroU32, keys_max: usize) -> Buckets<K> {
        let a_minute = a_minute.get();
        let shared = u32::try_from(keys_max).unwrap_or(u32::MAX).saturating_mul(a_minute).max(1);
        let state = State { full_at: HashMap::new(), shared_full_at: None, swept_at: None };
        Buckets { size: Size::of(a_minute), shared_size: Size::of(shared), keys_max, state: Mutex::new(state) }
    }

    /// Takes one. Costs O(1), but O(keys) once a minute, and once a second while there is no room.
    ///
    /// # Errors
    /// How long it takes until there is one again.
    pub(super) fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        let mut state = self.state();
        state.sweep(now, self.keys_max);
        let State { full_at, shared_full_at, .. } = &mut *state;
        let has_room = full_at.len() < self.keys_max;
        match full_at.entry(key) {
            Entry::Occupied(mut known) => self.size.take(known.get_mut(), now),
            Entry::Vacant(new) if has_room => self.size.take(new.insert(now), now),
            Entry::Vacant(_) => self.shared_size.take(shared_full_at.get_or_insert(now), now),
        }
    }

    /// As [`Buckets::take`], but takes nothing.
    ///
    /// # Errors
    /// As [`Buckets::take`].
    pub(super) fn look(&self, key: &K, now: Instant) -> Result<(), Duration> {
        let mut state = self.state();
        state.sweep(now, self.keys_max);
        match state.full_at.get(key) {
            Some(full_at) => self.size.take(&mut full_at.clone(), now),
            None if state.full_at.len() < self.keys_max => Ok(()),
            None => self.shared_size.take(&mut state.shared_full_at.unwrap_or(now), now),
        }
    }

    fn state(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().expect("no holder panics")
    }
}

impl Size {
    fn of(a_minute: u32) -> Size {
        let one = MINUTE / a_minute;
        Size { one, all: one * a_minute }
    }

    fn take(self, full_at: &mut Instant, now: Instant) -> Result<(), Duration> {
        let then = (*full_at).max(now) + self.one;
        let latest = now + self.all;
        if then > latest {
            return Err(then - latest);
        }
        *full_at = then;
        Ok(())
    }
}

impl<K: Eq + Hash> State<K> {
    /// Throws full buckets away: now and then, and soon again where there is no room for new ones.
    fn sweep(&mut self, now: Instant, keys_max: usize) {
        let pause = if self.full_at.len() < keys_max { MINUTE } else { SWEEP_PAUSE };
        if now.saturating_duration_since(*self.swept_at.get_or_insert(now)) >= pause {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.full_at.shrink_to_fit();
            self.swept_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn buckets(a_minute: u32, keys_max: usize) -> (Buckets<u32>, Instant) {
        (Buckets::new(NonZeroU32::new(a_minute).unwrap(), keys_max), crate::clock::instant())
    }

    /// How many `key` can take at this moment.
    fn takes(buckets: &Buckets<u32>, key: u32, now: Instant) -> usize {
        (0..).take_while(|_| buckets.take(key, now).is_ok()).count()
    }

    #[test]
    fn everything_may_be_taken_at_once_and_comes_back_evenly() {
        let (buckets, start) = buckets(5, 10);
        assert_eq!(takes(&buckets, 1, start), 5);
        assert_eq!(buckets.take(1, start), Err(12 * SECOND));
        assert_eq!(buckets.take(1, start + 11 * SECOND), Err(SECOND));
        assert_eq!(takes(&buckets, 1, start + 12 * SECOND), 1);
        assert_eq!(takes(&buckets, 1, start + 36 * SECOND), 2);
        assert_eq!(takes(&buckets, 1, start + 1_000 * SECOND), 5, "never more than the whole");
        assert_eq!(takes(&buckets, 2, start + 1_000 * SECOND), 5, "each key has its own");
    }

    #[test]
    fn odd_numbers_are_exact_at_once() {
        for a_minute in [1, 7, 3_000, 999_999, 1_000_000] {
            let (buckets, start) = buckets(a_minute, 10);
            assert_eq!(takes(&buckets, 1, start), a_minute as usize);
        }
    }

    #[test]
    fn looking_takes_nothing() {
        let (buckets, start) = buckets(2, 1);
        for _ in 0..5 {
            assert_eq!(buckets.look(&1, start), Ok(()));
        }
        assert_eq!(takes(&buckets, 1, start), 2);
        assert_eq!(buckets.look(&1, start), Err(30 * SECOND));
        assert_eq!(buckets.look(&2, start), Ok(()), "there is no room, but something to share");
        assert_eq!(takes(&buckets, 3, start), 2);
        assert_eq!(buckets.look(&2, start), Err(30 * SECOND));
    }

    #[test]
    fn memory_is_bounded_and_those_beyond_share() {
        let (buckets, start) = buckets(5, 3);
        let known = |buckets: &Buckets<u32>| buckets.state().full_at.len();
        for key in 0..3 {
            assert_eq!(buckets.take(key, start), Ok(()));
        }
        let taken = (100..10_000).filter(|key| buckets.take(*key, start).is_ok()).count();
        assert_eq!((taken, known(&buckets)), (15, 3));
        assert_eq!(takes(&buckets, 2, start), 4, "those who are known keep their own");
        let later = start + 12 * SECOND;
        assert_eq!(buckets.take(100, later), Ok(()));
        assert_eq!(known(&buckets), 2, "two were full again and made room");
        assert_eq!(takes(&buckets, 100, later), 4, "this one has a bucket of its own now");
    }

    #[test]
    fn what_a_rush_took_is_given_back() {
        let (buckets, start) = buckets(5, 1_000);
        for key in 0..1_000 {
            assert_eq!(buckets.take(key, start), Ok(()));
        }
        assert_eq!(buckets.take(0, start + MINUTE), Ok(()));
        let state = buckets.state();
        assert_eq!(state.full_at.len(), 1);
        assert!(state.full_at.capacity() < 100, "{}", state.full_at.capacity());
    }
}
