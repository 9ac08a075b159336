//! Webhooks: an organization is told of changes at addresses of its own.
//!
//! The log is the outbox: `dispatch` makes deliveries of its entries, `deliver` makes the deliveries. `webhooks` and
//! `deliveries` hold what is stored and its SQL, `payload` what is told, `sign` how it is signed, `target` and `resolver`
//! where it may go, `post` how it gets there.
//!
//! Nothing here decides anything about registrations, and nothing but ids is stored of anybody.

use std::sync::Arc;
use std::time::Duration;

use headcount_core::ids::{EventId, Seq};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::clock;
use crate::lanes::{Lanes, Rejected};
use crate::secret::Secret;
use crate::store::{Readers, StoreError};
use deliver::Deliverer;
use dispatch::Dispatcher;
use post::Post;

mod deliver;
pub mod deliveries;
mod dispatch;
mod kinds;
mod payload;
mod post;
mod resolver;
mod sign;
mod target;
pub mod webhooks;

pub use kinds::{ALL, KINDS, TEST, message_type};
pub use post::Certificates;
pub use resolver::Resolver;
pub use sign::signing_secret;
pub use target::{Reach, URL_BYTES_MAX};

/// After how long a delivery that failed is tried again, each time: for about three days, as the Standard Webhooks
/// specification suggests.
pub const PAUSES: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
    Duration::from_hours(20),
    Duration::from_hours(24),
];
const REACHES_ANYWHERE: &str = "webhooks may lead into this machine and its network (--webhook-private on): whoever can \
                                make one reaches what only this server should; use it for trying out only";
/// How long deliveries that are under way hold up the end of the server.
const DRAIN: Duration = Duration::from_secs(5);

/// How webhooks are delivered.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How far they may reach.
    pub reach: Reach,
    /// What is trusted beside the certificates of the system.
    pub certificates: Certificates,
    /// How names are looked up.
    pub resolver: Resolver,
    /// From the first wish to connect until the answer is there.
    pub answer_within: Duration,
    /// After how long a delivery that failed is tried again, each time; then it is given up.
    pub pauses: Vec<Duration>,
    /// How often changes are looked for that nobody told of.
    pub sweep_every: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            reach: Reach::default(),
            certificates: Certificates::default(),
            resolver: Resolver::default(),
            answer_within: Duration::from_secs(15),
            pauses: PAUSES.to_vec(),
            sweep_every: Duration::from_secs(10),
        }
    }
}

impl Settings {
    /// How long a delivery is taken for: the attempt, and as long again to note what came of it.
    fn taken_for(&self) -> Duration {
        self.answer_within * 2
    }
}

/// The way in for those who change webhooks. Cheap to clone.
#[derive(Clone)]
pub struct Hooks(Arc<Shared>);

struct Shared {
    settings: Settings,
    lanes: Lanes,
    readers: Readers,
    secret: Secret,
    post: Post,
    /// The webhooks of an organization are others than before.
    changed: Notify,
    /// There is something to deliver.
    due: Notify,
}

/// Webhooks that are delivered until this is stopped.
pub struct Running {
    dispatcher: JoinHandle<()>,
    deliverer: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

/// Why something was left for the next look.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Reading(#[from] StoreError),
    #[error("writing: {0}")]
    Writing(#[from] Rejected),
}

impl Hooks {
    /// Webhooks that can be changed, but are not delivered before [`Hooks::start`].
    pub fn new(settings: Settings, lanes: Lanes, readers: Readers, secret: Secret) -> Hooks {
        let post = Post::new(settings.reach, settings.resolver.clone(), settings.certificates.clone());
        let (changed, due) = (Notify::new(), Notify::new());
        Hooks(Arc::new(Shared { settings, lanes, readers, secret, post, changed, due }))
    }

    /// Begins to deliver.
    pub fn start(&self) -> Running {
        let (stop, stopped) = watch::channel(false);
        let commits = self.0.lanes.commits();
        let dispatcher = Dispatcher::new(self.clone()).run(commits, self.0.settings.sweep_every);
        let deliverer = Deliverer::new(self.clone()).run(stopped);
        Running { dispatcher: tokio::spawn(dispatcher), deliverer: tokio::spawn(deliverer), stop }
    }

    /// What whoever starts the server should know of how webhooks are delivered.
    pub fn warning(&self) -> Option<String> {
        (self.0.settings.reach == Reach::Anywhere).then(|| REACHES_ANYWHERE.to_owned())
    }

    /// Reads an address for a webhook and judges where it leads.
    ///
    /// # Errors
    /// What is wrong with it, as the rest of a sentence that begins with what it is.
    pub async fn check(&self, url: &str) -> Result<(), String> {
        self.0.post.check(url).await
    }

    /// To be called when a webhook was made, changed or activated.
    pub fn changed(&self) {
        self.0.changed.notify_one();
    }

    /// To be called when a delivery is due that was not before.
    pub fn due(&self) {
        self.0.due.notify_one();
    }

    /// Makes out a delivery that only tries a webhook out; its id.
    ///
    /// # Errors
    /// If it cannot be written.
    pub async fn try_out(&self, webhook: Uuid) -> Result<Uuid, Rejected> {
        let (id, now) = (clock::new_id(), clock::now());
        // No event has this id, and no entry this number.
        let (event, seq, kind, payload) = (EventId(id), Seq(0), TEST.to_owned(), payload::test_message(now));
        let new = deliveries::New { id, webhook, event, seq, kind, payload };
        let _new_by_its_id = self.0.lanes.run(deliveries::make_out(new, now)).await?;
        self.due();
        Ok(id)
    }
}

impl Running {
    /// Takes nothing more up, waits a moment for what is under way, and ends. What is cut off is delivered after the
    /// next start.
    pub async fn stop(self) {
        self.dispatcher.abort();
        let _it_may_have_ended = self.stop.send(true);
        let aborted = self.deliverer.abort_handle();
        if tokio::time::timeout(DRAIN, self.deliverer).await.is_err() {
            aborted.abort();
        }
    }
}
