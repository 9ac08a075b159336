//! Passwords: what may be one, and how one is hashed and checked.
//!
//! Hashing is slow on purpose. It is done on one thread of its own, at a low priority where the system allows it, with a
//! short queue: a flood of logins waits for itself and takes nothing from those who sign up. A password is never shown,
//! not even by `Debug`.

use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, Params};
use headcount_core::person::{composed, fold};
use tokio::sync::oneshot;

use super::Failed;
use crate::clock;
use crate::lanes::Rejected;

/// Shortest password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Longest password, in characters.
pub const PASSWORD_CHARS_MAX: usize = 200;
/// Those who may wait for a password to be hashed; the next one is told `busy` at once.
const WAITING_MAX: usize = 32;
/// How far behind everything else the thread stands, as `nice` counts.
const NICE: i32 = 10;

/// Checked where an address has no account, so that it takes as long as where it has one. No password has this hash.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash(&clock::random::<32>()));

/// A password as it was typed, in one form however its accents were typed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// The thread that hashes. It starts with the first password.
#[derive(Clone, Default)]
pub(super) struct Passwords(Arc<Mutex<Option<SyncSender<Job>>>>);

enum Job {
    Hash(Password, oneshot::Sender<String>),
    /// Against a hash; none: against nobody's.
    Check(Password, Option<String>, oneshot::Sender<bool>),
}

impl Password {
    /// A password that is compared with the one that was set.
    pub fn typed(text: &str) -> Password {
        Password(composed(text))
    }

    /// A password to be set.
    ///
    /// # Errors
    /// If it is too short or too long.
    pub fn new(text: &str) -> Result<Password, String> {
        let password = Password::typed(text);
        let chars = password.0.chars().count();
        if (PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&chars) {
            Ok(password)
        } else {
            Err(format!("must have {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters"))
        }
    }

    /// Whether it is what everybody tries first: one of these texts, such as the person's name or address.
    pub fn is_one_of(&self, known: &[&str]) -> bool {
        let password = fold(&self.0);
        known.iter().any(|known| fold(known) == password)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl Passwords {
    /// What is stored of a password.
    ///
    /// # Errors
    /// If too many wait.
    pub(super) async fn hash(&self, password: Password) -> Result<String, Failed> {
        let (told, answer) = oneshot::channel();
        self.send(Job::Hash(password, told))?;
        Ok(answer.await.map_err(|_| Rejected::Internal)?)
    }

    /// Whether this is the password with the stored hash. Takes as long where there is none.
    ///
    /// # Errors
    /// See [`Passwords::hash`].
    pub(super) async fn check(&self, password: Password, stored: Option<String>) -> Result<bool, Failed> {
        let (told, answer) = oneshot::channel();
        self.send(Job::Check(password, stored, told))?;
        Ok(answer.await.map_err(|_| Rejected::Internal)?)
    }

    fn send(&self, job: Job) -> Result<(), Rejected> {
        let mut sender = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sender.is_none() {
            *sender = Some(start().map_err(|error| {
                tracing::error!(%error, "no thread for passwords");
                Rejected::Busy
            })?);
        }
        match sender.as_ref().map(|sender| sender.try_send(job)) {
            Some(Ok(())) => Ok(()),
            Some(Err(TrySendError::Full(_))) => Err(Rejected::Busy),
            // It ended in a panic; the next one starts another.
            Some(Err(TrySendError::Disconnected(_))) | None => {
                *sender = None;
                Err(Rejected::Busy)
            }
        }
    }
}

fn start() -> std::io::Result<SyncSender<Job>> {
    let (sender, jobs) = sync_channel(WAITING_MAX);
    let thread = std::thread::Builder::new().name("headcount-passwords".into());
    thread.spawn(move || work(&jobs))?;
    Ok(sender)
}

fn work(jobs: &Receiver<Job>) {
    // On Linux the priority is that of the thread that asks. Where it is refused, passwords are hashed all the same.
    let _as_it_was = rustix::process::setpriority_process(None, NICE);
    LazyLock::force(&NOBODY);
    for job in jobs {
        match job {
            Job::Hash(_, told) if told.is_closed() => {}
            Job::Check(.., told) if told.is_closed() => {}
            Job::Hash(password, told) => {
                // Whoever asked may be gone.
                let _gone = told.send(hash(password.0.as_bytes()));
            }
            Job::Check(password, stored, told) => {
                let matches = check(&password, stored.as_deref().unwrap_or(&NOBODY));
                let _gone = told.send(matches && stored.is_some());
            }
        }
    }
}

/// Argon2id with 19 MiB, two passes and one lane: the least that OWASP's password storage cheat sheet recommends.
fn argon2() -> Argon2<'static> {
    Params::new(19 * 1024, 2, 1, None).expect("these are valid parameters").into()
}

fn hash(password: &[u8]) -> String {
    let hash = argon2().hash_password_with_salt(password, &clock::random::<16>());
    hash.expect("a password and a salt of these lengths can be hashed").to_string()
}

fn check(password: &Password, stored: &str) -> bool {
    argon2().verify_password(password.0.as_bytes(), stored).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_checked_however_its_accents_are_typed() {
        let stored = hash(Password::typed("zo\u{e9} zo\u{e9} zo\u{e9}").0.as_bytes());
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(check(&Password::typed("zoe\u{301} zoe\u{301} zoe\u{301}"), &stored));
        assert!(!check(&Password::typed("zoe zoe zoe"), &stored));
        assert!(!check(&Password::typed("zo\u{e9} zo\u{e9} zo\u{e9}"), "not a hash"));
    }

    #[test]
    fn the_length_is_counted_in_characters() {
        assert!(Password::new("\u{5d0}".repeat(10).as_str()).is_ok());
        assert!(Password::new("x".repeat(200).as_str()).is_ok());
        for wrong in [String::new(), "x".repeat(9), "x".repeat(201)] {
            assert_eq!(Password::new(&wrong), Err("must have 10 to 200 characters".to_owned()));
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(format!("{:?}", Password::typed("hunter2")), "Password(…)");
    }

    #[test]
    fn a_name_or_address_is_no_password() {
        let known = ["Ann Example", "ann@example.org"];
        assert!(Password::typed(" ann  EXAMPLE").is_one_of(&known));
        assert!(Password::typed("Ann@example.org").is_one_of(&known));
        assert!(!Password::typed("Ann Example 1").is_one_of(&known));
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        let passwords = Passwords::default();
        assert!(!passwords.check(Password::typed(""), None).await.unwrap());
        let stored = passwords.hash(Password::typed("correct horse")).await.unwrap();
        assert!(passwords.check(Password::typed("correct horse"), Some(stored.clone())).await.unwrap());
        assert!(!passwords.check(Password::typed("wrong horse"), Some(stored)).await.unwrap());
    }

    #[tokio::test]
    async fn who_comes_when_too_many_wait_is_told_at_once() {
        let passwords = Passwords::default();
        // A queue that nobody takes from.
        let (sender, _jobs) = sync_channel(1);
        *passwords.0.lock().unwrap() = Some(sender);
        let (told, _answer) = oneshot::channel();
        passwords.send(Job::Check(Password::typed("x"), None, told)).unwrap();
        let refused = passwords.check(Password::typed("x"), None).await;
        assert!(matches!(refused, Err(Failed::Rejected(Rejected::Busy))), "{refused:?}");
    }
}
