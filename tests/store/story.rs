//! What every store must do. Each part of the story begins with an empty store; a list at the end runs them all.

use headcount::store::read::EventRef;
use headcount::store::{Store, StoreError};
use headcount_core::command::{
    Action, Actor, Answer, ChangeEmail, Command, EditEvent, EditRole, EventPatch, IfBelow, Mode, Move, Needs,
    RemoveRole, RolePatch, RoleRef, Swap, TextsPatch,
};
use headcount_core::decide::decide_batch;
use headcount_core::decision::{Outcome, Refusal};
use headcount_core::event::{EventSettings, EventStatus, Status};
use headcount_core::ids::{Millis, Seq};

use super::setting::*;

const SLUG: &str = "feast";

/// An event with ten Servers and one Cook.
async fn feast<S: Store>(setting: &mut Setting<S>) {
    let roles = vec![new_role(1, "Server", Some(10)), new_role(2, "Cook", Some(1))];
    let made = setting.one(create(event_id(1), settings(SLUG), roles)).await;
    assert!(matches!(made.outcome, Outcome::EventCreated(_)), "{made:?}");
}

fn sign(number: u128, name: &str, role: u128, party: u32) -> Command {
    sign_up(event_id(1), SLUG, number, name, role, party)
}

fn owner(action: Action) -> Command {
    ask(event_id(1), action)
}

fn edit(revision: u32, settings: EventPatch) -> Action {
    Action::EditEvent(Box::new(EditEvent {
        revision,
        settings,
        texts: TextsPatch::default(),
        if_below: IfBelow::WaitlistLatest,
    }))
}

fn rename(revision: u32, role: u128, name: &str) -> Action {
    Action::EditRole(Box::new(EditRole {
        revision,
        role: RoleRef::Id(role_id(role)),
        name: Some(name.to_owned()),
        description: Some(format!("Now {name}")),
        settings: RolePatch::default(),
        if_below: IfBelow::Refuse,
    }))
}

pub(crate) async fn an_event_is_made_and_found<S: Store>(mut setting: Setting<S>) {
    feast(&mut setting).await;
    for named in [EventRef::Id(event_id(1)), EventRef::Slug(SLUG.to_owned())] {
        let found = setting.readers.resolve(&named).await.unwrap().unwrap();
        assert_eq!((found.event, found.form, found.is_draft), (event_id(1), form(SLUG), false));
    }
    assert_eq!(setting.readers.resolve(&EventRef::Slug("other".into())).await.unwrap(), None);
    let shown = setting.readers.event(event_id(1), Millis(0)).await.unwrap().unwrap();
    assert_eq!(shown.texts, texts("The feast"));
    assert_eq!(shown.roles[0].description, "About Cook");
    let again = setting.one(create(event_id(2), settings(SLUG), vec![new_role(1, "Server", None)])).await;
    assert_eq!(refusal(&again), &Refusal::SlugTaken);
}

pub(crate) async fn as_many_as_fit_get_in_and_the_rest_wait_in_order<S: Store>(mut setting: Setting<S>) {
    feast(&mut setting).await;
    let batch = [sign(1, "ann", 2, 1), sign(2, "ben", 2, 1), sign(3, "cleo", 2, 1), sign(4, "dan", 1, 3)];
    let decisions = setting.run(&batch).await;
    let statuses: Vec<_> = decisions.iter().map(|one| (receipt(one).status, receipt(one).position)).collect();
    assert_eq!(
        statuses,
        [
            (Status::Confirmed, None),
            (Status::Waitlisted, Some(1)),
            (Status::Waitlisted, Some(2)),
            (Status::Confirmed, None)
        ]
    );
    assert!(setting.readers.unsettled_events().await.unwrap().is_empty(), "all that is there is taken");

    setting.one(owner(Action::Cancel(registration_id(1)))).await;
    assert_eq!(setting.status(event_id(1), 1).await.0, Status::Cancelled);
    assert_eq!(setting.status(event_id(1), 2).await.0, Status::Confirmed, "the first in line gets the place");
    assert_eq!(setting.status(event_id(1), 3).await.0, Status::Waitlisted);

    let back = setting.one(sign(5, "ann", 2, 1)).await;
    assert_eq!(receipt(&back).position, Some(2), "whoever comes back is a new one");
    setting.run(&[owner(Action::Cancel(registration_id(2))), owner(Action::Cancel(registration_id(3)))]).await;
    assert_eq!(setting.status(event_id(1), 5).await.0, Status::Confirmed);
    assert!(setting.readers.unsettled_events().await.unwrap().is_empty());
}

pub(crate) async fn those_waiting_move_up_in_order_whatever_their_size<S: Store>(mut setting: Setting<S>) {
    feast(&mut setting).await;
    for number in 1..=40 {
        let party = if number % 3 == 0 { 2 } else { 1 };
        setting.one(sign(number, &format!("p{number}"), 1, party)).await;
    }
    // Ten places: parties of 1, 1, 2, 1, 1, 2, 1, 1 are in; then everybody waits.
    assert_eq!(setting.status(event_id(1), 8).await.0, Status::Confirmed);
    assert_eq!(setting.status(event_id(1), 9).await.0, Status::Waitlisted);
    for number in 1..=8 {
        setting.one(owner(Action::Cancel(registration_id(number)))).await;
    }
    // 2, 1, 1, 2, 1, 1, 2.
    for number in 9..=15 {
        assert_eq!(setting.status(event_id(1), number).await.0, Status::Confirmed, "{number}");
    }
    assert_eq!(setting.status(event_id(1), 16).await.0, Status::Waitlisted);
}

pub(crate) async fn a_queue_longer_than_what_is_loaded_goes_on_where_it_stopped<S: Store>(mut setting: Setting<S>) {
    feast(&mut setting).await;
    setting.one(sign(100, "group", 1, 10)).await;
    let batch: Vec<Command> = (1..=12).map(|number| sign(number, &format!("p{number}"), 1, 1)).collect();
    setting.run(&batch).await;
    let cancelled = setting.one(owner(Action::Cancel(registration_id(100)))).await;
    assert!(cancelled.unsettled, "more places than were loaded of the queue");
    assert_eq!(setting.readers.unsettled_events().await.unwrap(), [event_id(1)]);
    let settled = setting.one(owner(Action::Settle)).await;
    assert!(!settled.unsettled);
    assert!(setting.readers.unsettled_events().await.unwrap().is_empty());
    assert_eq!(setting.status(event_id(1), 10).await.0, Status::Confirmed);
    assert_eq!(setting.status(event_id(1), 11).await.0, Status::Waitlisted);
}

pub(crate) async fn one_person_swaps_two_roles_at_once<S: Store>(mut setting: Setting<S>) {
    feast(&mut setting).await;
    setting.run(&[sign(1, "ann", 1, 1), sign(2, "ann", 2, 1)]).await;
    let swap = Swap { registration: registration_id(1), with: registration_id(2) };
    receipt(&setting.one(owner(Action::Swap(swap))).await);
    assert_eq!(setting.status(event_id(1), 1).await.1, role_id(2));
    assert_eq!(setting.status(event_id(1), 2).await.1, role_id(1));
}

pub(crate) async fn a_place_is_given_up_and_taken_again_in_one_batch<S: Store>(mut setting: Setting<S>) {
    feast(&mut setting).await;
    setting.run(&[sign(1, "ann", 1, 1), sign(2, "ben", 1, 1)]).await;
    let to_cook = Move { registration: registration_id(1), to: RoleRef::Id(role_id(2)) };
    let as_ann = ChangeEmail {
        registration: registration_id(2),
        person: person("ann"),
        email: "ann@example.org".to_owned(),
        form: form(SLUG),
    };
    let batch = [
        owner(Action::Move(to_cook)),
        owner(Action::ChangeEmail(Box::new(as_ann))),
        owner(Action::Cancel(registration_id(2))),
        sign(3, "ann", 1, 2),
        owner(Action::Cancel(registration_id(3))),
        owner(Action::Reinstate(registration_id(2))),
        sign(4, "ben", 1, 1),
    ];
    for decision in setting.run(&batch).await {
        receipt(&decision);
    }
    assert_eq!(setting.status(event_id(1), 2).await.0, Status::Confirmed);
    assert_eq!(setting.status(event_id(1), 3).await.0, Status::Cancelled);
}

pub(crate) async fn a_changed_slug_frees_the_old_one<S: Store>(mut setting: Setting<S>) {
    feast(&mut setting).await;
    let new = EventPatch { slug: Some("party".into()), ..EventPatch::default() };
    let roles = vec![new_role(1, "Server", None)];
    let batch = [owner(edit(3, new)), create(event_id(2), settings(SLUG), roles)];
    for decision in setting.run(&batch).await {
        assert!(!matches!(decision.outcome, Outcome::Refused(_)), "{decision:?}");
    }
    for (slug, event) in [("party", event_id(1)), (SLUG, event_id(2))] {
        let found = setting.readers.resolve(&EventRef::Slug(slug.into())).await.unwrap().unwrap();
        assert_eq!((found.event, found.form.slug.as_str()), (event, slug));
    }
}

pub(crate) async fn a_form_that_changes_is_seen_at_once<S: Store>(mut setting: Setting<S>) {
    feast(&mut setting).await;
    let named = EventRef::Id(event_id(1));
    assert!(!setting.readers.resolve(&named).await.unwrap().unwrap().is_draft);
    let new = EventPatch { status: Some(EventStatus::Draft), phone_region: Some(None), ..EventPatch::default() };
    setting.one(owner(edit(3, new))).await;
    let found = setting.readers.resolve(&named).await.unwrap().unwrap();
    assert_eq!((found.is_draft, found.form.phone_region), (true, None));
}

pub(crate) async fn a_draft_goes_with_all_that_belongs_to_it<S: Store>(mut setting: Setting<S>) {
    let draft = EventSettings { status: EventStatus::Draft, ..settings(SLUG) };
    setting.one(create(event_id(1), draft.clone(), vec![new_role(1, "Server", None)])).await;
    let deleted = setting.one(owner(Action::DeleteEvent(2))).await;
    assert_eq!(deleted.outcome, Outcome::EventDeleted);
    assert_eq!(setting.readers.event(event_id(1), Millis(0)).await.unwrap(), None);
    assert_eq!(setting.readers.resolve(&EventRef::Slug(SLUG.into())).await.unwrap(), None);
    assert!(setting.readers.log(event_id(1), Seq(0), 10).await.unwrap().is_empty());
    // Again, and deleted and made anew in one batch.
    let make = create(event_id(1), draft, vec![new_role(1, "Server", None)]);
    setting.one(make.clone()).await;
    setting.run(&[owner(Action::DeleteEvent(2)), make]).await;
    assert!(setting.readers.event(event_id(1), Millis(0)).await.unwrap().is_some());
}

pub(crate) async fn roles_are_renamed_exchanged_and_replaced<S: Store>(mut setting: Setting<S>) {
    feast(&mut setting).await;
    let batch = [
        owner(rename(3, 1, "Waiter")),
        owner(rename(4, 2, "Server")),
        owner(rename(5, 1, "COOK")),
        owner(Action::RemoveRole(RemoveRole { revision: 6, role: RoleRef::Id(role_id(2)) })),
        owner(Action::AddRole(Box::new(new_role(3, "server", Some(5))))),
    ];
    for decision in setting.run(&batch).await {
        assert!(matches!(decision.outcome, Outcome::Edited(_)), "{decision:?}");
    }
    let shown = setting.readers.event(event_id(1), Millis(0)).await.unwrap().unwrap();
    let names: Vec<_> = shown.roles.iter().map(|role| (role.name.as_str(), role.description.as_str())).collect();
    assert_eq!(names, [("COOK", "Now COOK"), ("server", "About server")]);
}

pub(crate) async fn a_role_is_emptied_and_removed_in_one_batch<S: Store>(mut setting: Setting<S>) {
    feast(&mut setting).await;
    setting.one(sign(1, "ann", 2, 1)).await;
    let batch = [
        owner(Action::AddRole(Box::new(new_role(3, "Baker", Some(5))))),
        owner(Action::Move(Move { registration: registration_id(1), to: RoleRef::Id(role_id(3)) })),
        owner(Action::RemoveRole(RemoveRole { revision: 4, role: RoleRef::Id(role_id(2)) })),
    ];
    for decision in setting.run(&batch).await {
        assert!(!matches!(decision.outcome, Outcome::Refused(_)), "{decision:?}");
    }
    assert_eq!(setting.status(event_id(1), 1).await.1, role_id(3));
}

pub(crate) async fn a_lower_capacity_sends_the_latest_back<S: Store>(mut setting: Setting<S>) {
    feast(&mut setting).await;
    let batch: Vec<Command> = (1..=5).map(|number| sign(number, &format!("p{number}"), 1, 2)).collect();
    setting.run(&batch).await;
    let cut = EventPatch { capacity: Some(Some(5)), ..EventPatch::default() };
    // In the same batch an earlier party is cancelled and let in again: it must not be taken for the latest.
    let release =
        [owner(Action::Cancel(registration_id(1))), owner(Action::Reinstate(registration_id(1))), owner(edit(3, cut))];
    for decision in setting.run(&release).await {
        assert!(!matches!(decision.outcome, Outcome::Refused(_)), "{decision:?}");
    }
    for (number, status) in [(1, Status::Confirmed), (2, Status::Confirmed), (3, Status::Waitlisted)] {
        assert_eq!(setting.status(event_id(1), number).await.0, status, "{number}");
    }
}

pub(crate) async fn staff_give_a_place_beyond_the_capacity_with_a_reason<S: Store>(mut setting: Setting<S>) {
    feast(&mut setting).await;
    setting.run(&[sign(1, "ann", 2, 1), sign(2, "ben", 2, 1)]).await;
    let reason = headcount_core::command::Promote {
        registration: registration_id(2),
        override_reason: Some("the chef's brother".into()),
    };
    receipt(&setting.one(owner(Action::Promote(reason))).await);
    let log = setting.readers.log(event_id(1), Seq(5), 10).await.unwrap();
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].kind.as_str(), log[0].actor.as_str()), ("promoted", "owner"));
    assert_eq!(log[0].text.as_deref(), Some("the chef's brother"));
    assert_eq!(log[0].registration, Some(registration_id(2)));
    assert!(!log[0].body.contains("chef"));
}

pub(crate) async fn a_repeated_request_gets_the_same_answer<S: Store>(mut setting: Setting<S>) {
    feast(&mut setting).await;
    let request = with_key(sign(1, "ann", 2, 1), "0123456789012345678901");
    let first = setting.one(request.clone()).await;
    assert_eq!(first.entries.len(), 1);
    let again = setting.one(request.clone()).await;
    assert_eq!((&again.outcome, again.entries.len()), (&first.outcome, 0));
    // A refusal by rule too, and within one batch.
    let double = with_key(sign(2, "ann", 2, 1), "another-key-0123456789");
    let decisions = setting.run(&[double.clone(), double]).await;
    assert_eq!(refusal(&decisions[0]), &Refusal::AlreadyRegistered { role: "Cook".into() });
    assert_eq!(decisions[0], decisions[1]);
    let mut other = request;
    if let Some(idempotency) = &mut other.idempotency {
        idempotency.fingerprint = [8; 32];
    }
    assert_eq!(refusal(&setting.one(other).await), &Refusal::KeyReused);
}

pub(crate) async fn a_dry_run_keeps_nothing<S: Store>(mut setting: Setting<S>) {
    feast(&mut setting).await;
    setting.one(sign(1, "ann", 2, 1)).await;
    let dry = Command { mode: Mode::DryRun, ..with_key(owner(Action::Cancel(registration_id(1))), "dry") };
    assert_eq!(receipt(&setting.one(dry).await).status, Status::Cancelled);
    assert_eq!(setting.status(event_id(1), 1).await.0, Status::Confirmed);
}

pub(crate) async fn a_batch_over_two_events_is_one<S: Store>(mut setting: Setting<S>) {
    let make =
        |number: u128| create(event_id(number), settings(&format!("e{number}")), vec![new_role(1, "Server", None)]);
    setting.run(&[make(1)]).await;
    setting.run(&[make(2)]).await;
    let batch = [
        sign_up(event_id(1), "e1", 1, "ann", 1, 1),
        sign_up(event_id(2), "e2", 1, "ann", 1, 2),
        sign_up(event_id(1), "e1", 2, "ben", 1, 3),
    ];
    if S::EVENTS_PER_BATCH > 1 {
        let seqs: Vec<_> = setting.run(&batch).await.iter().map(|one| receipt(one).seq).collect();
        assert_eq!(seqs, [Seq(3), Seq(3), Seq(4)]);
    }
}

pub(crate) async fn a_panic_in_decide_keeps_nothing<S: Store>(mut setting: Setting<S>) {
    feast(&mut setting).await;
    let batch = vec![sign(1, "ann", 2, 1)];
    let Setting { mut store, readers } = setting;
    let panicked = tokio::spawn(async move {
        let caught = std::panic::AssertUnwindSafe(async {
            let decided = store
                .transact(&Needs::of(&batch), |set, now| {
                    decide_batch(set, now, &batch);
                    std::panic::panic_any("a bug");
                })
                .await;
            let _: () = decided.unwrap();
        });
        let panic = futures_catch(caught).await;
        (panic, store)
    });
    let (panic, store) = panicked.await.unwrap();
    assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"a bug"));
    let mut setting = Setting { store, readers };
    assert_eq!(receipt(&setting.one(sign(2, "ann", 2, 1)).await).seq, Seq(4), "nothing of the first is there");
}

/// Polls a future and catches its panic.
async fn futures_catch<T>(future: std::panic::AssertUnwindSafe<impl Future<Output = T>>) -> std::thread::Result<T> {
    let mut future = Box::pin(future.0);
    std::future::poll_fn(|context| {
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => std::task::Poll::Ready(Err(panic)),
        }
    })
    .await
}

pub(crate) async fn what_the_database_refuses_is_told_and_harms_nothing<S: Store>(mut setting: Setting<S>) {
    feast(&mut setting).await;
    setting.one(sign(1, "ann", 2, 1)).await;
    let batch = [sign(2, "ben", 2, 1)];
    let refused = setting
        .store
        .transact(&Needs::of(&batch), |set, now| {
            decide_batch(set, now, &batch);
            // As if a rule had forgotten the capacity.
            let state = set.events.get_mut(&event_id(1)).unwrap();
            state.roles.get_mut(&role_id(2)).unwrap().counters.reserved = 2;
        })
        .await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    let twice = setting
        .store
        .transact(&Needs::of(&batch), |set, now| {
            decide_batch(set, now, &batch);
            let state = set.events.get_mut(&event_id(1)).unwrap();
            let mut one = state.registrations[&registration_id(2)].clone();
            (one.person, one.status) = (person("ann"), Status::Confirmed);
            state.registrations.insert(one);
        })
        .await;
    assert!(matches!(twice, Err(StoreError::Refused(_))), "{twice:?}");
    let stale = setting
        .store
        .transact(&Needs::of(&batch), |set, now| {
            decide_batch(set, now, &batch);
            set.events.get_mut(&event_id(1)).unwrap().writes.loaded_seq = Some(Seq(1));
        })
        .await;
    assert!(matches!(stale, Err(StoreError::Refused(_))), "{stale:?}");
    assert_eq!(receipt(&setting.one(sign(3, "ben", 2, 1)).await).seq, Seq(5));
}

pub(crate) async fn a_link_of_an_older_version_finds_nothing<S: Store>(mut setting: Setting<S>) {
    feast(&mut setting).await;
    setting.one(sign(1, "ann", 2, 1)).await;
    let by_link = |version| Command { actor: Actor::Link(version), ..owner(Action::Cancel(registration_id(1))) };
    assert!(matches!(refusal(&setting.one(by_link(2)).await), Refusal::NotFound { .. }));
    receipt(&setting.one(by_link(1)).await);
}

/// An event with two Servers, whose guests have half an hour to verify their address.
async fn verified_feast<S: Store>(setting: &mut Setting<S>) {
    let settings = EventSettings { verify_minutes: Some(30), ..settings(SLUG) };
    setting
        .one(create(event_id(1), settings, vec![new_role(1, "Server", Some(2)), new_role(2, "Cook", Some(1))]))
        .await;
}

/// What is to be mailed about which registration of event 1, in order.
async fn outbox<S: Store>(setting: &Setting<S>) -> Vec<(String, u128)> {
    let sql = "select template, registration_id, created_at, due_at from outbox where event_id = $1 and sent_at is null \
               order by message_id";
    let rows = setting.readers.rows(sql, headcount::values![event_id(1).0]).await.unwrap();
    let read = |row: &headcount::store::script::Row| {
        assert_eq!(row.int(2).unwrap(), row.int(3).unwrap(), "due at once");
        let number = (1..100).find(|number| registration_id(*number).0 == row.id(1).unwrap()).unwrap();
        (row.text(0).unwrap(), number)
    };
    rows.iter().map(read).collect()
}

pub(crate) async fn what_is_to_be_mailed_is_written_with_its_cause<S: Store>(mut setting: Setting<S>) {
    verified_feast(&mut setting).await;
    setting.run(&[sign(1, "ann", 1, 2), sign(2, "ben", 1, 1), sign(3, "ann", 1, 1)]).await;
    let expected = [("verify", 1), ("verify", 2), ("already_signed_up", 1)].map(|(what, id)| (what.to_owned(), id));
    assert_eq!(outbox(&setting).await, expected);
    let dry = Command { mode: Mode::DryRun, ..sign(4, "cem", 2, 1) };
    setting.one(dry).await;
    let wish = [sign(5, "dan", 2, 1)];
    let needs = Needs::of(&wish);
    let failed = setting.store.transact(&needs, |set, now| {
        decide_batch(set, now, &wish);
        // As if another had written meanwhile.
        set.events.get_mut(&event_id(1)).unwrap().writes.loaded_seq = Some(Seq(1));
    });
    assert!(failed.await.is_err());
    assert_eq!(outbox(&setting).await, expected, "nothing is mailed of what did not happen");
    let statuses = [setting.status(event_id(1), 1).await.0, setting.status(event_id(1), 2).await.0];
    assert_eq!(statuses, [Status::Held, Status::Waitlisted]);
}

pub(crate) async fn the_overdue_are_found_and_run_out<S: Store>(mut setting: Setting<S>) {
    verified_feast(&mut setting).await;
    setting.run(&[sign(1, "ann", 1, 2), sign(2, "ben", 1, 1), sign(3, "cem", 2, 1)]).await;
    setting.one(owner(Action::Confirm(registration_id(3)))).await;
    let half_an_hour = |later: i64| Millis(headcount::clock::now().0 + 30 * 60_000 + later);
    assert_eq!(setting.readers.due_verifications(half_an_hour(-60_000), 10).await.unwrap(), []);
    let due = setting.readers.due_verifications(half_an_hour(1_000), 10).await.unwrap();
    assert_eq!(due.len(), 2, "cem has verified");
    assert!(due.contains(&(event_id(1), registration_id(1))) && due.contains(&(event_id(1), registration_id(2))));
    assert_eq!(setting.readers.due_verifications(half_an_hour(1_000), 1).await.unwrap().len(), 1);
    let expire = [Command { actor: Actor::System, ..owner(Action::Expire(registration_id(1))) }];
    let needs = Needs::of(&expire);
    let decided =
        setting.store.transact(&needs, |set, now| decide_batch(set, Millis(now.0 + 31 * 60_000), &expire).remove(0));
    assert_eq!(receipt(&decided.await.unwrap()).status, Status::Cancelled);
    assert_eq!(setting.status(event_id(1), 2).await.0, Status::Held, "the next has the places, and is to verify too");
    let due = setting.readers.due_verifications(half_an_hour(1_000), 10).await.unwrap();
    assert_eq!(due, [(event_id(1), registration_id(2))]);
}

pub(crate) async fn a_lower_capacity_sends_the_latest_back_held_or_not<S: Store>(mut setting: Setting<S>) {
    verified_feast(&mut setting).await;
    let by_staff = |command| Command { actor: Actor::Owner, ..command };
    setting.run(&[by_staff(sign(1, "ann", 1, 1)), sign(2, "ben", 1, 1)]).await;
    let cut = EventPatch { capacity: Some(Some(1)), ..EventPatch::default() };
    setting.one(owner(edit(3, cut))).await;
    for (number, status) in [(1, Status::Confirmed), (2, Status::Waitlisted)] {
        assert_eq!(setting.status(event_id(1), number).await.0, status, "{number}");
    }
    let room = EventPatch { capacity: Some(None), ..EventPatch::default() };
    setting.one(owner(edit(4, room))).await;
    assert_eq!(setting.status(event_id(1), 2).await.0, Status::Held);
}

pub(crate) async fn one_answer_a_person_and_role_is_kept<S: Store>(mut setting: Setting<S>) {
    feast(&mut setting).await;
    let answer = |number, answer| respond(event_id(1), SLUG, number, "ann", answer);
    let yes = |spots_| Answer::Accept { role: RoleRef::Id(role_id(1)), spots: spots(spots_) };
    let no = |role| Answer::Decline { role };
    setting.one(answer(1, no(None))).await;
    // In one batch: yes, no, yes; each takes up the row of the one before.
    let mind = [answer(2, yes(2)), answer(3, no(Some(RoleRef::Id(role_id(1))))), answer(4, yes(3))];
    for decision in setting.run(&mind).await {
        let Outcome::Responded(responded) = decision.outcome else { panic!("{decision:?}") };
        assert_eq!(responded.receipts.len(), 1);
    }
    let again = setting.one(answer(5, no(None))).await;
    let Outcome::Responded(responded) = again.outcome else { panic!("{again:?}") };
    assert_eq!(responded.receipts.len(), 1, "the other role was declined before");
    assert_eq!(refusal(&setting.one(answer(6, no(None))).await), &Refusal::AlreadyDeclined);
    let person = headcount::store::read::PersonRef::Key(person("ann").key);
    let page = headcount::store::read::Page { limit: 10, cursor: None };
    let (counts, _) = setting.readers.person_registrations(&person, &page).await.unwrap();
    assert_eq!((counts.confirmed, counts.held, counts.waitlisted, counts.ended), (0, 0, 0, 2));
}

/// Runs every part of the story with the store that `$open` gives.
macro_rules! tell {
    ($open:path) => {
        $crate::story::tell!($open:
            an_event_is_made_and_found
            as_many_as_fit_get_in_and_the_rest_wait_in_order
            those_waiting_move_up_in_order_whatever_their_size
            a_queue_longer_than_what_is_loaded_goes_on_where_it_stopped
            one_person_swaps_two_roles_at_once
            a_place_is_given_up_and_taken_again_in_one_batch
            a_changed_slug_frees_the_old_one
            a_form_that_changes_is_seen_at_once
            a_draft_goes_with_all_that_belongs_to_it
            roles_are_renamed_exchanged_and_replaced
            a_role_is_emptied_and_removed_in_one_batch
            a_lower_capacity_sends_the_latest_back
            staff_give_a_place_beyond_the_capacity_with_a_reason
            a_repeated_request_gets_the_same_answer
            a_dry_run_keeps_nothing
            a_batch_over_two_events_is_one
            a_panic_in_decide_keeps_nothing
            what_the_database_refuses_is_told_and_harms_nothing
            a_link_of_an_older_version_finds_nothing
            what_is_to_be_mailed_is_written_with_its_cause
            the_overdue_are_found_and_run_out
            a_lower_capacity_sends_the_latest_back_held_or_not
            one_answer_a_person_and_role_is_kept
        );
    };
    ($open:path: $($part:ident)+) => {$(
        #[tokio::test]
        async fn $part() {
            let (setting, _kept) = $open().await;
            crate::story::$part(setting).await;
        }
    )+};
}

pub(crate) use tell;
