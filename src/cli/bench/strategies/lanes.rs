//! headcount itself, in this process: the lanes, with all they write. No HTTP, as the others have none.

use std::collections::BTreeSet;
use std::time::Duration;

use headcount_core::command::{Action, Actor, Command, Idempotency, IfFull, Mode, RoleRef, SignUp};
use headcount_core::decision::{Outcome, Refusal};
use headcount_core::event::{Details, Form, OnePer, PhonePolicy, Visibility};
use headcount_core::ids::{EventId, OrganizationId, RegistrationId, RoleId, Spots};
use headcount_core::person::{Person, Tag};

use super::layout::HotEvent;
use super::wish::{Answer, Answered, Wish};
use crate::clock;
use crate::lanes::{Lanes, Rejected, Workers};
use crate::store::postgres::{self, Address, Connections};

/// As long as a server waits by default.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Whether requests carry an idempotency key, which is one more row for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keys {
    Without,
    With,
}

/// Lanes with their workers.
pub(super) struct Running {
    lanes: StoppedWhenDropped,
    workers: Workers,
    keys: Keys,
}

/// The workers end even if a run does before its time: their tables are about to go.
struct StoppedWhenDropped(Lanes);

impl Drop for StoppedWhenDropped {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Running {
    /// Starts them, as a server does.
    ///
    /// # Errors
    /// If the database is not fit, or the operating system gives no thread.
    pub(super) async fn start(address: &Address, workers: u16, keys: Keys) -> anyhow::Result<Running> {
        let opened = postgres::open(address, Connections { workers, ..Connections::default() }).await?;
        let lanes = StoppedWhenDropped(Lanes::without_news(WAIT_MAX));
        let workers = lanes.0.start_workers(opened.stores)?;
        Ok(Running { lanes, workers, keys })
    }

    /// Hands in a sign-up as a guest's and waits for what comes of it.
    ///
    /// # Errors
    /// If the storage fails, or the lanes answer what they must not.
    pub(super) async fn ask(&self, event: &HotEvent, wish: &Wish) -> anyhow::Result<Answered> {
        let answer = match self.lanes.0.submit(command(event, wish, self.keys)).await {
            Ok(Outcome::Registration(_)) => Answer::Confirmed,
            Ok(Outcome::Refused(Refusal::RoleFull { .. })) => Answer::Full,
            Ok(Outcome::Refused(Refusal::AlreadyRegistered { .. })) => Answer::AlreadyIn,
            Err(Rejected::Busy) => Answer::TryAgain,
            Ok(other) => anyhow::bail!("the lanes answered a sign-up with {other:?}"),
            Err(rejected) => return Err(rejected.into()),
        };
        Ok(answer.into())
    }

    /// Ends when all that was taken is answered.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        let Running { lanes, workers, .. } = self;
        drop(lanes);
        Ok(tokio::task::spawn_blocking(move || workers.join()).await?)
    }
}

fn command(event: &HotEvent, wish: &Wish, keys: Keys) -> Command {
    let mut tag = [0; 16];
    tag.copy_from_slice(&wish.person_tag);
    let tag = Tag(tag);
    let idempotency = (keys == Keys::With).then(|| Idempotency {
        who: tag.to_string(),
        key: clock::new_id().to_string(),
        fingerprint: clock::random(),
    });
    let sign_up = SignUp {
        id: RegistrationId(wish.registration_id),
        role: RoleRef::Id(RoleId(wish.role_id)),
        person: Person { key: wish.person.clone(), tag },
        spots: Spots::ONE,
        if_full: IfFull::Wait,
        details: Details { name: wish.name.clone(), email: Some(wish.email.clone()), ..Details::default() },
        form: Form {
            slug: event.slug.clone(),
            visibility: Visibility::Public,
            one_per: OnePer::Email,
            phone: PhonePolicy::Hidden,
            phone_region: None,
            organization: OrganizationId::FIRST,
            teams: BTreeSet::new(),
        },
    };
    Command {
        event: EventId(wish.event_id),
        actor: Actor::Guest,
        idempotency,
        mode: Mode::Apply,
        action: Action::SignUp(Box::new(sign_up)),
    }
}
