//! The connection is lost exactly at the commit. What was committed is answered as it was decided, once; what was not is
//! decided again, once.

use headcount::store::{PostgresStore, StoreError};
use headcount_core::command::{Action, Command};
use headcount_core::decision::{Decision, Outcome, Refusal};
use headcount_core::event::{EventSettings, EventStatus, Status};
use headcount_core::ids::EventId;

use super::ground::*;
use super::postgres::Cluster;
use super::proxy::AtCommit;
use super::setting::*;

/// What may be under way when the connection is lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Work {
    SignUp,
    SignUpWithKey,
    RefusalWithKey,
    Create,
    CreateWithKey,
    CreateRefusedWithKey,
    Delete,
    DeleteWithKey,
    DeleteAndMakeAnew,
    PromotionChain,
    Mixed,
}

const WORKS: [Work; 11] = [
    Work::SignUp,
    Work::SignUpWithKey,
    Work::RefusalWithKey,
    Work::Create,
    Work::CreateWithKey,
    Work::CreateRefusedWithKey,
    Work::Delete,
    Work::DeleteWithKey,
    Work::DeleteAndMakeAnew,
    Work::PromotionChain,
    Work::Mixed,
];

const NEW: u128 = 9;

impl Work {
    /// What must be there before.
    async fn prepare(self, store: &mut PostgresStore) {
        let draft = EventSettings { status: EventStatus::Draft, ..settings("draft") };
        let before = match self {
            Work::RefusalWithKey => vec![sign(1, COOK)],
            Work::Delete | Work::DeleteWithKey | Work::DeleteAndMakeAnew => {
                vec![create(event_id(NEW), draft, vec![new_role(SERVER, "Server", None)])]
            }
            Work::PromotionChain => {
                let party = sign_up(event_id(1), SLUG, 100, "group", SERVER, 10);
                [party].into_iter().chain((1..=5).map(|number| sign(number, SERVER))).collect()
            }
            _ => vec![],
        };
        for command in before {
            one(store, &command).await.unwrap();
        }
    }

    fn batch(self) -> Vec<Command> {
        match self {
            Work::SignUp => vec![sign(1, SERVER)],
            Work::SignUpWithKey => vec![keyed(1, SERVER)],
            Work::RefusalWithKey => vec![again_with_key()],
            Work::Create => vec![create_event(event_id(NEW), "new")],
            Work::CreateWithKey => vec![with_key(create_event(event_id(NEW), "new"), "make it")],
            Work::CreateRefusedWithKey => vec![with_key(create_event(event_id(NEW), SLUG), "make it")],
            Work::Delete => vec![ask(event_id(NEW), Action::DeleteEvent(2))],
            Work::DeleteWithKey => vec![with_key(ask(event_id(NEW), Action::DeleteEvent(2)), "away")],
            Work::DeleteAndMakeAnew => {
                vec![ask(event_id(NEW), Action::DeleteEvent(2)), create_event(event_id(NEW), "anew")]
            }
            Work::PromotionChain => vec![owner(Action::Cancel(registration_id(100)))],
            Work::Mixed => {
                let cancel = owner(Action::Cancel(registration_id(2)));
                vec![keyed(1, COOK), keyed(2, COOK), keyed(3, SERVER), with_key(cancel, "cancel"), sign(4, COOK)]
            }
        }
    }

    /// What must be there once it was done, and what must have been answered.
    fn assert_done(self, ground: &Ground<'_>, decisions: &[Decision]) {
        let outcome = &decisions[0].outcome;
        match self {
            Work::SignUp | Work::SignUpWithKey => assert_eq!(receipt(&decisions[0]).status, Status::Confirmed),
            Work::RefusalWithKey => {
                assert_eq!(outcome, &Outcome::Refused(Refusal::AlreadyRegistered { role: "Cook".into() }));
            }
            Work::Create | Work::CreateWithKey => assert!(matches!(outcome, Outcome::EventCreated(_)), "{outcome:?}"),
            Work::CreateRefusedWithKey => assert_eq!(outcome, &Outcome::Refused(Refusal::SlugTaken)),
            Work::Delete | Work::DeleteWithKey => {
                assert_eq!(outcome, &Outcome::EventDeleted);
                assert_eq!(ground.count("select from events"), 1);
            }
            Work::DeleteAndMakeAnew => {
                assert_eq!(outcome, &Outcome::EventDeleted);
                assert!(matches!(decisions[1].outcome, Outcome::EventCreated(_)), "{:?}", decisions[1]);
                assert_eq!(ground.count("select from events where slug = 'anew'"), 1);
            }
            Work::PromotionChain => {
                assert_eq!(receipt(&decisions[0]).affected.len(), 5);
                assert_eq!(ground.count("select from log where kind = 'promoted'"), 5);
            }
            Work::Mixed => {
                let statuses: Vec<_> = decisions.iter().map(|one| receipt(one).status).collect();
                let [confirmed, waitlisted] = [Status::Confirmed, Status::Waitlisted];
                assert_eq!(statuses, [confirmed, waitlisted, confirmed, Status::Cancelled, waitlisted]);
            }
        }
        // What was answered is in the log as it was answered.
        for entry in decisions.iter().flat_map(|decision| &decision.entries) {
            let hash: String = entry.hash.0.iter().map(|byte| format!("{byte:02x}")).collect();
            let there = format!("select from log where seq = {} and hash = '\\x{hash}'", entry.seq.0);
            let is_gone = matches!(self, Work::Delete | Work::DeleteWithKey) || entry.kind == "event_deleted";
            assert_eq!(ground.count(&there), i64::from(!is_gone), "{entry:?}");
        }
        let with_key = self.batch().into_iter().filter(|command| command.idempotency.is_some()).count();
        assert_eq!(ground.count("select from idempotency_keys"), i64::try_from(with_key).unwrap());
        ground.assert_sound();
    }
}

/// The Cook asks to be Cook once more.
fn again_with_key() -> Command {
    with_key(sign_up(event_id(1), SLUG, 2, "p1", COOK, 1), "a-key-for-a-refusal-01")
}

async fn ground(work: Work) -> (Ground<'static>, PostgresStore) {
    let ground = Ground::on(Cluster::shared()).await;
    let mut store = ground.store().await;
    work.prepare(&mut store).await;
    (ground, store)
}

#[tokio::test]
async fn what_was_committed_is_answered_although_the_answer_of_the_commit_is_lost() {
    for work in WORKS {
        let (ground, mut store) = ground(work).await;
        ground.proxy.at_next_commits(AtCommit::SwallowReply, 1);
        let (decided, times) = counted(&mut store, &work.batch()).await;
        let decided = decided.unwrap_or_else(|error| panic!("{work:?}: {error}"));
        assert_eq!((times, ground.proxy.faults()), (1, 1), "{work:?}");
        work.assert_done(&ground, &decided);
    }
}

#[tokio::test]
async fn what_was_not_committed_is_decided_again_once() {
    for work in WORKS {
        let (ground, mut store) = ground(work).await;
        ground.proxy.at_next_commits(AtCommit::CutBefore, 1);
        let (decided, times) = counted(&mut store, &work.batch()).await;
        let decided = decided.unwrap_or_else(|error| panic!("{work:?}: {error}"));
        assert_eq!((times, ground.proxy.faults()), (2, 1), "{work:?}");
        work.assert_done(&ground, &decided);
    }
}

/// The old transaction still holds its locks when the truth about it is looked for.
#[tokio::test]
async fn whoever_looks_for_the_truth_waits_until_the_old_transaction_is_over() {
    for work in WORKS {
        let (ground, mut store) = ground(work).await;
        ground.make_writing_wait();
        let holder = ground.session().await;
        holder.batch_execute("select pg_advisory_lock(1)").await.unwrap();
        ground.proxy.at_next_commits(AtCommit::LeaveBehind, 1);
        let batch = work.batch();
        let release = async {
            ground.proxy.wait_for_faults(1).await;
            // The old transaction, and the one that looks.
            ground.wait_until_blocked(2).await;
            holder.batch_execute("select pg_advisory_unlock(1)").await.unwrap();
        };
        let ((decided, times), ()) = tokio::join!(counted(&mut store, &batch), release);
        let decided = decided.unwrap_or_else(|error| panic!("{work:?}: {error}"));
        // Of an event that is yet to be made there is nothing to wait for but what is made itself: it is decided once more,
        // and collides.
        let is_new = matches!(work, Work::Create | Work::CreateWithKey | Work::CreateRefusedWithKey);
        assert_eq!(times, if is_new { 2 } else { 1 }, "{work:?}");
        work.assert_done(&ground, &decided);
    }
}

/// Several commits are on their way at once, of which only the first can succeed.
#[tokio::test]
async fn an_event_is_made_once_however_often_the_answer_is_lost() {
    let (ground, mut store) = ground(Work::Create).await;
    ground.make_writing_wait();
    let holder = ground.session().await;
    holder.batch_execute("select pg_advisory_lock(1)").await.unwrap();
    ground.proxy.at_next_commits(AtCommit::LeaveBehind, 2);
    let batch = Work::Create.batch();
    let release = async {
        ground.proxy.wait_for_faults(2).await;
        ground.wait_until_blocked(3).await;
        holder.batch_execute("select pg_advisory_unlock(1)").await.unwrap();
    };
    let ((decided, times), ()) = tokio::join!(counted(&mut store, &batch), release);
    assert_eq!(times, 3);
    Work::Create.assert_done(&ground, &decided.unwrap());
}

/// The commit gets stuck on its way for so long that the server gives the transaction up.
#[tokio::test]
async fn a_commit_that_comes_too_late_does_not_happen() {
    let (ground, mut store) = ground(Work::Mixed).await;
    let mut other = ground.other_store().await;
    ground.proxy.at_next_commits(AtCommit::HoldBack, 1);
    let batch = Work::Mixed.batch();
    let meanwhile = async {
        ground.proxy.wait_for_faults(1).await;
        // Gets its turn although the first is still on its way.
        let taken = one(&mut other, &sign(50, COOK)).await;
        ground.proxy.release();
        taken
    };
    let ((decided, times), taken) = tokio::join!(counted(&mut store, &batch), meanwhile);
    let Ok(Outcome::Registration(taken)) = taken else { panic!("{taken:?}") };
    assert_eq!(taken.status, Status::Confirmed);
    let decided = decided.unwrap();
    assert_eq!((times, receipt(&decided[0]).status), (2, Status::Waitlisted), "somebody else was Cook by then");
    ground.assert_sound();
}

/// Whatever is lost, however often in a row.
#[tokio::test]
async fn nothing_is_lost_or_done_twice_whatever_is_lost_at_random() {
    let ground = Ground::on(Cluster::shared()).await;
    let mut store = ground.store().await;
    let mut other = ground.other_store().await;
    one(&mut store, &with_capacity(None)).await.unwrap();
    for round in 1..=60_u128 {
        let [which, how_often] = headcount::clock::random();
        let fault = [AtCommit::SwallowReply, AtCommit::CutBefore, AtCommit::LeaveBehind][usize::from(which % 3)];
        ground.proxy.at_next_commits(fault, 1 + usize::from(how_often % 3));
        let number = round * 10;
        let batch = [keyed(number, SERVER), sign(number + 1, SERVER), keyed(number + 2, COOK)];
        let by_another = sign(number + 3, SERVER);
        let ((decided, _), others) = tokio::join!(counted(&mut store, &batch), one(&mut other, &by_another));
        assert!(matches!(others, Ok(Outcome::Registration(_))), "{others:?}");
        for decision in decided.unwrap() {
            receipt(&decision);
        }
        // The same keys once more, by another server.
        let (again, _) = counted(&mut other, &batch[..1]).await;
        assert!(again.unwrap()[0].entries.is_empty());
        let made = EventId(headcount::clock::new_id());
        let outcome = one(&mut store, &create_event(made, &format!("event-{round}"))).await;
        assert!(matches!(outcome, Ok(Outcome::EventCreated(_))), "{outcome:?}");
    }
    ground.proxy.at_next_commits(AtCommit::CutBefore, 0);
    assert_eq!(ground.count("select from registrations"), 60 * 4);
    assert_eq!(ground.count("select from idempotency_keys"), 60 * 2);
    assert_eq!(ground.count("select from events"), 61);
    ground.assert_sound();
}

fn with_capacity(capacity: Option<u32>) -> Command {
    let role = headcount_core::command::RolePatch { capacity: Some(capacity), ..Default::default() };
    owner(Action::EditRole(Box::new(headcount_core::command::EditRole {
        revision: 3,
        role: headcount_core::command::RoleRef::Id(role_id(SERVER)),
        name: None,
        description: None,
        settings: role,
        if_below: headcount_core::command::IfBelow::Refuse,
    })))
}

/// The database is away for longer than the truth is looked for.
#[tokio::test]
async fn a_truth_that_cannot_be_found_is_told_as_such_and_found_by_the_next_who_asks() {
    let stay_away = async |fault, entries| {
        let ground = Ground::on(Cluster::shared()).await;
        let mut store = ground.store().await;
        ground.proxy.at_next_commits(fault, 1);
        ground.proxy.refuse();
        let unresolved = one(&mut store, &keyed(1, COOK)).await;
        assert!(matches!(unresolved, Err(StoreError::CommitUnresolved(_))), "{unresolved:?}");
        assert_eq!(ground.count("select from log where kind = 'signed_up'"), entries);
        ground.proxy.accept();
        let (decided, _) = counted(&mut store, &[keyed(1, COOK), sign(2, COOK)]).await;
        let decided = decided.unwrap();
        assert_eq!((receipt(&decided[0]).status, receipt(&decided[0]).seq.0), (Status::Confirmed, 4));
        assert_eq!(receipt(&decided[1]).status, Status::Waitlisted);
        ground.assert_sound();
    };
    tokio::join!(stay_away(AtCommit::SwallowReply, 1), stay_away(AtCommit::CutBefore, 0));
}
