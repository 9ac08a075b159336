//! The lanes with a real data file and a store around it that can be held up or made to fail.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::{BTreeSet, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use headcount::clock;
use headcount::lanes::{LANE_COMMANDS_MAX, Lanes, Rejected, Workers};
use headcount::secret::Secret;
use headcount::store::script::{Ran, Script};
use headcount::store::{Opened, Readers, SqliteStore, Store, StoreError, sqlite};
use headcount_core::command::{
    Action, Actor, Command, CreateEvent, EditEvent, EventPatch, EventTexts, IfBelow, IfFull, Mode, Needs, NewRole,
    Resize, RoleRef, SignUp, TextsPatch,
};
use headcount_core::decision::{Outcome, Receipt, Refusal};
use headcount_core::event::{
    Details, EventSettings, EventStatus, Form, OnePer, PhonePolicy, RoleSettings, Status, Visibility, Waitlist,
    WaitlistPolicy,
};
use headcount_core::ids::{EventId, Millis, OrganizationId, RegistrationId, RoleId, Seq, Spots};
use headcount_core::limits::PROMOTIONS_MAX;
use headcount_core::person::key_by_email;
use headcount_core::working_set::WorkingSet;
use tokio::sync::{Semaphore, mpsc};

/// A real store that a test can hold up before each transaction, and make fail.
struct Held {
    inner: SqliteStore,
    control: Control,
}

#[derive(Clone)]
struct Control {
    /// One permit lets one transaction through.
    gate: Arc<Semaphore>,
    errors: Arc<Mutex<VecDeque<StoreError>>>,
    probe_errors: Arc<Mutex<VecDeque<StoreError>>>,
    /// The events of each transaction that arrives at the gate.
    arrivals: mpsc::UnboundedSender<Vec<EventId>>,
}

impl Store for Held {
    const EVENTS_PER_BATCH: usize = SqliteStore::EVENTS_PER_BATCH;

    async fn transact<T: Send>(
        &mut self,
        needs: &Needs,
        decide: impl FnMut(&mut WorkingSet, Millis) -> T + Send,
    ) -> Result<T, StoreError> {
        let _nobody_listens = self.control.arrivals.send(needs.events.keys().copied().collect());
        self.control.gate.acquire().await.unwrap().forget();
        let error = self.control.errors.lock().unwrap().pop_front();
        match error {
            Some(error) => Err(error),
            None => self.inner.transact(needs, decide).await,
        }
    }

    async fn run(&mut self, script: &Script) -> Result<Ran, StoreError> {
        self.inner.run(script).await
    }

    async fn probe(&mut self, now: Millis) -> Result<(), StoreError> {
        let error = self.control.probe_errors.lock().unwrap().pop_front();
        match error {
            Some(error) => Err(error),
            None => self.inner.probe(now).await,
        }
    }

    async fn tidy(&mut self, now: Millis) -> Result<(), StoreError> {
        self.inner.tidy(now).await
    }
}

/// Lanes over a data file of their own.
struct Bench {
    lanes: Lanes,
    workers: Workers,
    readers: Readers,
    control: Control,
    arrivals: mpsc::UnboundedReceiver<Vec<EventId>>,
    folder: tempfile::TempDir,
}

const ALL: usize = 1_000_000;

impl Bench {
    fn start(wait_max: Duration) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let Opened { mut stores, readers, .. } = sqlite::open(&folder.path().join("test.db")).unwrap();
        let (sender, arrivals) = mpsc::unbounded_channel();
        let control = Control {
            gate: Arc::new(Semaphore::new(0)),
            errors: Arc::default(),
            probe_errors: Arc::default(),
            arrivals: sender,
        };
        let lanes = Lanes::new(wait_max);
        let held = Held { inner: stores.remove(0), control: control.clone() };
        let workers = lanes.start_workers(vec![held]).unwrap();
        Bench { lanes, workers, readers, control, arrivals, folder }
    }

    /// Lets everything through from now on.
    fn open(&self) {
        self.control.gate.add_permits(ALL);
    }

    /// From now on every transaction is held up again.
    fn close(&self) {
        self.control.gate.forget_permits(ALL);
    }

    async fn event(&self, capacity: Option<u32>, policy: WaitlistPolicy) -> EventId {
        let id = EventId(clock::new_id());
        let outcome =
            self.lanes.submit(by_owner(id, Action::CreateEvent(Box::new(new_event(id, capacity, policy))))).await;
        assert!(matches!(outcome, Ok(Outcome::EventCreated(_))), "{outcome:?}");
        id
    }

    /// Hands a command over without waiting for it; it is queued when this returns.
    async fn begin(&self, command: Command) -> tokio::task::JoinHandle<Result<Outcome, Rejected>> {
        let depth = self.lanes.statistics().queue_depth;
        let lanes = self.lanes.clone();
        let task = tokio::spawn(async move { lanes.submit(command).await });
        while self.lanes.statistics().queue_depth == depth && !task.is_finished() {
            tokio::task::yield_now().await;
        }
        task
    }

    /// Closes the gate and has the worker stand at it with a command of an event of its own.
    async fn hold_worker(&mut self) -> tokio::task::JoinHandle<Result<Outcome, Rejected>> {
        self.close();
        while self.arrivals.try_recv().is_ok() {}
        let id = EventId(clock::new_id());
        let lanes = self.lanes.clone();
        let create = by_owner(id, Action::CreateEvent(Box::new(new_event(id, None, WaitlistPolicy::Off))));
        let plug = tokio::spawn(async move { lanes.submit(create).await });
        assert_eq!(self.arrivals.recv().await, Some(vec![id]));
        plug
    }

    fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("test.db")
    }

    async fn stop(self) {
        self.open();
        self.lanes.stop();
        tokio::task::spawn_blocking(|| self.workers.join()).await.unwrap();
    }
}

fn by_owner(event: EventId, action: Action) -> Command {
    Command { event, actor: Actor::Owner, idempotency: None, mode: Mode::Apply, action }
}

fn form(event: EventId) -> Form {
    Form {
        slug: format!("event-{event}"),
        visibility: Visibility::Public,
        one_per: OnePer::Email,
        phone: PhonePolicy::Hidden,
        phone_region: None,
        organization: OrganizationId::FIRST,
        teams: BTreeSet::new(),
    }
}

fn new_event(id: EventId, capacity: Option<u32>, policy: WaitlistPolicy) -> CreateEvent {
    let settings = EventSettings {
        form: form(id),
        status: EventStatus::Published,
        capacity: None,
        waitlist: Waitlist { policy, limit: None, max_skips: 3 },
        max_spots: Spots::MAX,
        roles_per_person: 1,
        starts_at: None,
        ends_at: None,
        opens_at: None,
        closes_at: None,
        cancel_until: None,
        promote_until: None,
        self_move: false,
        verify_minutes: None,
        retention_days: None,
    };
    let role = RoleSettings { capacity, starts_at: None, ends_at: None, order: 0, min_needed: 0, closed: false };
    let role =
        NewRole { id: RoleId(clock::new_id()), name: "Server".into(), description: String::new(), settings: role };
    let texts =
        EventTexts { title: "Example".into(), timezone: "UTC".into(), metadata: "{}".into(), ..EventTexts::default() };
    CreateEvent { settings, texts, roles: vec![role] }
}

fn sign_up(event: EventId, name: &str) -> Command {
    let person = Secret::new(b"a secret for tests").person(event, key_by_email(&format!("{name}@example.org")));
    let details = Details { name: name.to_owned(), ..Details::default() };
    let id = RegistrationId(clock::new_id());
    let sign_up = SignUp {
        id,
        role: RoleRef::Only,
        person,
        spots: Spots::ONE,
        if_full: IfFull::Wait,
        details,
        form: form(event),
    };
    Command { actor: Actor::Guest, ..by_owner(event, Action::SignUp(Box::new(sign_up))) }
}

fn receipt(outcome: Result<Outcome, Rejected>) -> Receipt {
    match outcome {
        Ok(Outcome::Registration(receipt)) => receipt,
        other => panic!("not a registration: {other:?}"),
    }
}

#[tokio::test]
async fn an_event_decides_in_the_order_of_arrival() {
    let mut bench = Bench::start(Duration::from_secs(60));
    bench.open();
    let event = bench.event(Some(1), WaitlistPolicy::Strict).await;
    let plug = bench.hold_worker().await;
    let mut waiting = Vec::new();
    for number in 0..300 {
        waiting.push(bench.begin(sign_up(event, &format!("person-{number}"))).await);
    }
    bench.open();
    plug.await.unwrap().unwrap();
    for (number, task) in waiting.into_iter().enumerate() {
        let receipt = receipt(task.await.unwrap());
        let position = if number == 0 { None } else { Some(number as u64) };
        assert_eq!(receipt.position, position, "person {number}");
    }
    bench.stop().await;
}

#[tokio::test]
async fn a_quiet_event_is_decided_beside_a_flooded_one() {
    let mut bench = Bench::start(Duration::from_secs(60));
    bench.open();
    let flooded = bench.event(None, WaitlistPolicy::Off).await;
    let quiet = bench.event(None, WaitlistPolicy::Off).await;
    let plug = bench.hold_worker().await;
    let mut flood = Vec::new();
    for number in 0..3_000 {
        flood.push(bench.begin(sign_up(flooded, &format!("person-{number}"))).await);
    }
    let one = bench.begin(sign_up(quiet, "ann")).await;
    bench.control.gate.add_permits(2);
    plug.await.unwrap().unwrap();
    let receipt = receipt(one.await.unwrap());
    assert_eq!(receipt.status, Status::Confirmed, "decided in the first batch after the plug");
    assert_eq!(bench.arrivals.recv().await.map(|events| events.len()), Some(2));
    assert!(flood.iter().any(|task| !task.is_finished()), "most of the flood still waits");
    bench.stop().await;
}

#[tokio::test]
async fn a_deadline_is_met_while_the_worker_is_stuck_and_what_it_ended_is_never_decided() {
    let mut bench = Bench::start(Duration::from_millis(500));
    bench.open();
    let event = bench.event(None, WaitlistPolicy::Off).await;
    let plug = bench.hold_worker().await;
    assert_eq!(bench.lanes.submit(sign_up(event, "ann")).await, Err(Rejected::Busy));
    assert!(!plug.is_finished(), "a command that was taken has no deadline any more");
    bench.open();
    assert!(plug.await.unwrap().is_ok());
    let again = receipt(bench.lanes.submit(sign_up(event, "ann")).await);
    assert_eq!(
        again.seq,
        Seq(3),
        "after the event and its role nothing was written: the first attempt was not decided"
    );
    assert_eq!(bench.lanes.statistics().since_start.timeouts, 1);
    bench.stop().await;
}

#[tokio::test]
async fn a_full_lane_says_busy_at_once() {
    let mut bench = Bench::start(Duration::from_secs(60));
    bench.open();
    let event = bench.event(None, WaitlistPolicy::Off).await;
    let _plug = bench.hold_worker().await;
    let command = sign_up(event, "ann");
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..LANE_COMMANDS_MAX {
        let (lanes, command) = (bench.lanes.clone(), command.clone());
        waiting.spawn(async move { lanes.submit(command).await });
    }
    while bench.lanes.statistics().queue_depth < LANE_COMMANDS_MAX {
        tokio::task::yield_now().await;
    }
    assert_eq!(bench.lanes.submit(command).await, Err(Rejected::Busy));
    bench.open();
    let confirmed =
        waiting.join_all().await.into_iter().filter(|one| matches!(one, Ok(Outcome::Registration(_)))).count();
    assert_eq!(confirmed, 1, "one person, however often the button is pressed");
    bench.stop().await;
}

#[tokio::test]
async fn a_failed_commit_leaves_the_lane_usable() {
    let bench = Bench::start(Duration::from_secs(60));
    bench.open();
    let event = bench.event(Some(1), WaitlistPolicy::Off).await;
    bench.control.errors.lock().unwrap().push_back(StoreError::Unavailable("the disk is full".into()));
    assert_eq!(bench.lanes.submit(sign_up(event, "ann")).await, Err(Rejected::Unavailable));
    assert!(!bench.lanes.is_ready());
    assert_eq!(receipt(bench.lanes.submit(sign_up(event, "ann")).await).status, Status::Confirmed);
    assert!(bench.lanes.is_ready());
    bench.stop().await;
}

/// I4, for those who follow.
#[tokio::test]
async fn followers_are_told_after_the_commit_and_of_nothing_that_failed() {
    let mut bench = Bench::start(Duration::from_secs(60));
    bench.open();
    let event = bench.event(None, WaitlistPolicy::Off).await;
    let readers = bench.readers.clone();
    let view = async || readers.event(event, clock::now()).await.unwrap().unwrap();
    let before = view().await;
    let mut follower = bench.lanes.live().follow(&readers, before.clone()).unwrap();
    let first_told = tokio::spawn(async move { follower.next().await.unwrap() });
    bench.control.errors.lock().unwrap().push_back(StoreError::Unavailable("the disk is full".into()));
    assert_eq!(bench.lanes.submit(sign_up(event, "ann")).await, Err(Rejected::Unavailable));

    let plug = bench.hold_worker().await;
    let waiting = bench.begin(sign_up(event, "ben")).await;
    // The plug is let through. The next transaction is at the gate when it is known of.
    bench.control.gate.add_permits(1);
    plug.await.unwrap().unwrap();
    assert_eq!(bench.arrivals.recv().await, Some(vec![event]));
    // The state is read whenever it may be another; also now it is the old one.
    bench.lanes.live().changed(&[event].into());
    assert_eq!(view().await, before);
    bench.open();
    let receipt = receipt(waiting.await.unwrap());
    let told = first_told.await.unwrap();
    assert_eq!((told.view.seq, told.view.availability.reserved), (receipt.seq, 1));
    assert_eq!(receipt.seq, before.seq.next(), "of the sign-up that failed nothing is left");
    bench.stop().await;
}

#[tokio::test]
async fn readiness_comes_back_without_a_request() {
    let bench = Bench::start(Duration::from_secs(60));
    bench.open();
    let event = bench.event(Some(1), WaitlistPolicy::Off).await;
    bench.control.errors.lock().unwrap().push_back(StoreError::Unavailable("the disk is full".into()));
    assert_eq!(bench.lanes.submit(sign_up(event, "ann")).await, Err(Rejected::Unavailable));
    while !bench.lanes.is_ready() {
        tokio::task::yield_now().await;
    }
    bench.stop().await;
}

#[tokio::test]
async fn a_refusal_that_wrote_nothing_does_not_make_the_storage_ready() {
    let bench = Bench::start(Duration::from_secs(60));
    bench.open();
    let event = bench.event(Some(0), WaitlistPolicy::Off).await;
    let full = || StoreError::Unavailable("the disk is full".into());
    bench.control.probe_errors.lock().unwrap().extend((0..1_000).map(|_| full()));
    bench.control.errors.lock().unwrap().push_back(full());
    assert_eq!(bench.lanes.submit(sign_up(event, "ann")).await, Err(Rejected::Unavailable));
    let refused = bench.lanes.submit(sign_up(event, "ann")).await;
    assert!(matches!(refused, Ok(Outcome::Refused(Refusal::RoleFull { .. }))), "{refused:?}");
    assert!(!bench.lanes.is_ready());
    bench.stop().await;
}

#[tokio::test]
async fn a_probe_whose_commit_is_unknown_ends_it_all_too() {
    let bench = Bench::start(Duration::from_secs(60));
    bench.open();
    let event = bench.event(None, WaitlistPolicy::Off).await;
    bench.control.probe_errors.lock().unwrap().push_back(StoreError::CommitUnknown("fdatasync failed".into()));
    bench.control.errors.lock().unwrap().push_back(StoreError::Unavailable("the disk is full".into()));
    assert_eq!(bench.lanes.submit(sign_up(event, "ann")).await, Err(Rejected::Unavailable));
    bench.lanes.failed().await;
    assert_eq!(bench.lanes.submit(sign_up(event, "ann")).await, Err(Rejected::Unavailable));
    bench.stop().await;
}

#[tokio::test]
async fn after_an_unknown_commit_nothing_is_decided_any_more() {
    let mut bench = Bench::start(Duration::from_secs(60));
    bench.open();
    let event = bench.event(None, WaitlistPolicy::Off).await;
    let plug = bench.hold_worker().await;
    let waiting = bench.begin(sign_up(event, "ann")).await;
    bench.control.errors.lock().unwrap().push_back(StoreError::CommitUnknown("fdatasync failed".into()));
    bench.open();
    assert_eq!(plug.await.unwrap(), Err(Rejected::Unknown), "it may have been written");
    assert_eq!(waiting.await.unwrap(), Err(Rejected::Unavailable), "it was never decided");
    bench.lanes.failed().await;
    assert_eq!(bench.lanes.submit(sign_up(event, "ben")).await, Err(Rejected::Unavailable));
    assert!(!bench.lanes.is_ready());
    bench.stop().await;
}

#[tokio::test]
async fn a_command_that_breaks_an_invariant_spares_its_neighbours() {
    let mut bench = Bench::start(Duration::from_secs(60));
    bench.open();
    let event = bench.event(Some(10), WaitlistPolicy::Off).await;
    let broken = bench.event(Some(10), WaitlistPolicy::Off).await;
    let victim = receipt(bench.lanes.submit(sign_up(broken, "ann")).await).id;
    let plug = bench.hold_worker().await;
    corrupt(&bench.database(), broken);
    let before = bench.begin(sign_up(event, "ben")).await;
    let guilty = bench.begin(by_owner(broken, Action::Cancel(victim))).await;
    let after = bench.begin(sign_up(event, "cleo")).await;
    bench.open();
    plug.await.unwrap().unwrap();
    assert_eq!(receipt(before.await.unwrap()).status, Status::Confirmed);
    assert_eq!(guilty.await.unwrap(), Err(Rejected::Internal));
    assert_eq!(receipt(after.await.unwrap()).status, Status::Confirmed);
    bench.stop().await;
}

/// Counters that a cancel would take below zero.
fn corrupt(database: &Path, event: EventId) {
    let connection = rusqlite::Connection::open(database).unwrap();
    for table in ["events", "roles"] {
        let changed =
            connection.execute(&format!("update {table} set reserved = 0 where event_id = ?"), [event.0.as_bytes()]);
        assert_eq!(changed.unwrap(), 1);
    }
}

#[tokio::test]
async fn a_command_goes_on_when_the_one_who_asked_is_gone() {
    let mut bench = Bench::start(Duration::from_secs(60));
    bench.open();
    let event = bench.event(None, WaitlistPolicy::Off).await;
    let plug = bench.hold_worker().await;
    let gone = bench.begin(sign_up(event, "ann")).await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    bench.open();
    plug.await.unwrap().unwrap();
    let again = bench.lanes.submit(sign_up(event, "ann")).await;
    assert_eq!(again, Ok(Outcome::Refused(Refusal::AlreadyRegistered { role: "Server".into() })));
    bench.stop().await;
}

#[tokio::test]
async fn promotion_goes_on_in_steps_before_anybody_else_gets_a_turn() {
    let bench = Bench::start(Duration::from_secs(60));
    bench.open();
    let event = bench.event(None, WaitlistPolicy::Strict).await;
    let set_capacity = |revision, capacity| {
        let settings = EventPatch { capacity: Some(capacity), ..EventPatch::default() };
        let texts = TextsPatch::default();
        by_owner(event, Action::EditEvent(Box::new(EditEvent { revision, settings, texts, if_below: IfBelow::Refuse })))
    };
    assert!(matches!(bench.lanes.submit(set_capacity(2, Some(0))).await, Ok(Outcome::Edited(_))));
    let waiting = PROMOTIONS_MAX + 500;
    let mut people = tokio::task::JoinSet::new();
    for number in 0..waiting {
        let (lanes, command) = (bench.lanes.clone(), sign_up(event, &format!("person-{number}")));
        people.spawn(async move { lanes.submit(command).await });
    }
    people.join_all().await;
    let Ok(Outcome::Edited(edited)) = bench.lanes.submit(set_capacity(3, None)).await else { panic!("not edited") };
    assert_eq!(edited.affected.len(), PROMOTIONS_MAX);
    let newcomer = receipt(bench.lanes.submit(sign_up(event, "newcomer")).await);
    assert_eq!(newcomer.status, Status::Confirmed);
    let view = bench.readers.event(event, clock::now()).await.unwrap().unwrap();
    assert_eq!((view.availability.reserved, view.availability.waiting), (waiting as u64 + 1, 0));
    bench.stop().await;
}

/// An event of 12 places, all of one party, with 10 people who wait and nobody else who may: more than are loaded when
/// that party goes. The command that makes it go.
async fn about_to_promote_many(bench: &Bench) -> (EventId, Command) {
    let event = bench.event(Some(12), WaitlistPolicy::Strict).await;
    let mut party = sign_up(event, "party");
    if let Action::SignUp(sign_up) = &mut party.action {
        sign_up.spots = Spots::try_from(12).unwrap();
    }
    let party = receipt(bench.lanes.submit(party).await).id;
    for number in 0..10 {
        receipt(bench.lanes.submit(sign_up(event, &format!("person-{number}"))).await);
    }
    let waitlist = Waitlist { policy: WaitlistPolicy::Off, limit: None, max_skips: 3 };
    let settings = EventPatch { waitlist: Some(waitlist), ..EventPatch::default() };
    let edit = EditEvent { revision: 2, settings, texts: TextsPatch::default(), if_below: IfBelow::Refuse };
    let edited = bench.lanes.submit(by_owner(event, Action::EditEvent(Box::new(edit)))).await;
    assert!(matches!(edited, Ok(Outcome::Edited(_))), "{edited:?}");
    (event, by_owner(event, Action::Cancel(party)))
}

/// Three people for the two places that nobody waits for: the first two get in, whoever goes on promoting meanwhile.
async fn newcomers(bench: &Bench, event: EventId) -> Vec<tokio::task::JoinHandle<Result<Outcome, Rejected>>> {
    let mut newcomers = Vec::new();
    for name in ["ann", "ben", "cat"] {
        newcomers.push(bench.begin(sign_up(event, name)).await);
    }
    newcomers
}

async fn the_first_two_get_in(newcomers: Vec<tokio::task::JoinHandle<Result<Outcome, Rejected>>>) {
    let mut outcomes = Vec::new();
    for newcomer in newcomers {
        outcomes.push(newcomer.await.unwrap());
    }
    let last = outcomes.pop();
    let Some(Ok(Outcome::Refused(Refusal::RoleFull { role, open_now: 0, full_since: Some(_) }))) = &last else {
        panic!("{last:?}");
    };
    assert_eq!(role, "Server");
    for outcome in outcomes {
        assert_eq!(receipt(outcome).status, Status::Confirmed);
    }
}

#[tokio::test]
async fn nobody_is_refused_while_promotion_goes_on_and_places_remain() {
    let mut bench = Bench::start(Duration::from_secs(60));
    bench.open();
    let (event, cancel) = about_to_promote_many(&bench).await;
    let plug = bench.hold_worker().await;
    let cancel = bench.begin(cancel).await;
    let newcomers = newcomers(&bench, event).await;
    // What waits is decided, also in a batch after the next.
    bench.lanes.stop();
    bench.open();
    plug.await.unwrap().unwrap();
    assert_eq!(receipt(cancel.await.unwrap()).affected.len(), 8, "as many as were loaded");
    the_first_two_get_in(newcomers).await;
    assert_eq!(bench.lanes.statistics().since_start.total_locks_acquired, 18, "each command counts once");
    bench.stop().await;
}

#[tokio::test]
async fn nor_when_a_neighbour_breaks_an_invariant_and_all_are_decided_one_by_one() {
    let mut bench = Bench::start(Duration::from_secs(60));
    bench.open();
    let (event, cancel) = about_to_promote_many(&bench).await;
    let broken = bench.event(Some(10), WaitlistPolicy::Off).await;
    let victim = receipt(bench.lanes.submit(sign_up(broken, "ann")).await).id;
    let plug = bench.hold_worker().await;
    corrupt(&bench.database(), broken);
    let cancel = bench.begin(cancel).await;
    let newcomers = newcomers(&bench, event).await;
    let guilty = bench.begin(by_owner(broken, Action::Cancel(victim))).await;
    bench.open();
    plug.await.unwrap().unwrap();
    assert_eq!(receipt(cancel.await.unwrap()).affected.len(), 8);
    the_first_two_get_in(newcomers).await;
    assert_eq!(guilty.await.unwrap(), Err(Rejected::Internal));
    bench.stop().await;
}

#[tokio::test]
async fn what_sends_back_the_latest_begins_a_batch_of_its_own() {
    let mut bench = Bench::start(Duration::from_secs(60));
    bench.open();
    let event = bench.event(None, WaitlistPolicy::Strict).await;
    let mut ids = Vec::new();
    for name in ["ann", "ben", "cat"] {
        ids.push(receipt(bench.lanes.submit(sign_up(event, name)).await).id);
    }
    let plug = bench.hold_worker().await;
    // Together in one batch, one too few would be loaded, and `ann`, who is loaded because she grows, would have to go.
    let grow = Resize { registration: ids[0], spots: Spots::try_from(2).unwrap() };
    let grow = bench.begin(by_owner(event, Action::Resize(grow))).await;
    let settings = EventPatch { capacity: Some(Some(2)), ..EventPatch::default() };
    let (texts, if_below) = (TextsPatch::default(), IfBelow::WaitlistLatest);
    let edit = EditEvent { revision: 2, settings, texts, if_below };
    let edit = bench.begin(by_owner(event, Action::EditEvent(Box::new(edit)))).await;
    bench.open();
    plug.await.unwrap().unwrap();
    receipt(grow.await.unwrap());
    let Ok(Outcome::Edited(edited)) = edit.await.unwrap() else { panic!("not edited") };
    let moved: Vec<RegistrationId> = edited.affected.iter().map(|affected| affected.registration_id).collect();
    assert_eq!(moved, [ids[2], ids[1]]);
    bench.stop().await;
}

#[tokio::test]
async fn promotion_that_the_storage_stopped_goes_on_when_it_works_again() {
    let mut bench = Bench::start(Duration::from_secs(60));
    bench.open();
    let (event, cancel) = about_to_promote_many(&bench).await;
    let plug = bench.hold_worker().await;
    let cancelled = bench.begin(cancel).await;
    bench.control.gate.add_permits(2);
    plug.await.unwrap().unwrap();
    receipt(cancelled.await.unwrap());
    let waiting = async || bench.readers.event(event, clock::now()).await.unwrap().unwrap().availability.waiting;
    assert!(waiting().await > 0, "the rest is promoted in a step of its own, which stands at the gate");
    bench.control.errors.lock().unwrap().push_back(StoreError::Unavailable("the disk is full".into()));
    bench.open();
    while waiting().await > 0 {
        tokio::task::yield_now().await;
    }
    bench.stop().await;
}
