//! Lists, page by page: what every store must show. Each part begins with an empty store; a list at the end runs them
//! all.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headcount::store::read::{
    Audience, Dates, EventFilter, Listed, LogFilter, Page, PersonCounts, PersonRef, RegistrationFilter,
    RegistrationView,
};
use headcount::store::{Store, StoreError};
use headcount_core::command::{Action, EditEvent, EventPatch, IfBelow, Needs, ReasonFor, Remove, TextsPatch};
use headcount_core::event::{EventSettings, EventStatus, OnePer, Registration, Status, Visibility};
use headcount_core::ids::{Millis, Seq};
use headcount_core::person::{Person, key_by_email, key_by_email_and_name};

use super::setting::*;

const NOW: Millis = Millis(1_000);

fn page(limit: u32) -> Page {
    Page { limit, cursor: None }
}

/// All items of a list, read in pages of `limit`.
async fn in_pages<T>(limit: u32, read: impl AsyncFn(Page) -> Listed<T>) -> Vec<T> {
    let mut found = Vec::new();
    let mut next = page(limit);
    loop {
        let Listed { items, next_cursor } = read(next.clone()).await;
        assert!(items.len() <= limit as usize);
        found.extend(items);
        match next_cursor {
            Some(cursor) => next.cursor = Some(cursor),
            None => return found,
        }
    }
}

/// Events by slug: two at the same time, one without a time, a draft, an unlisted one.
async fn events<S: Store>(setting: &mut Setting<S>) {
    let draft = EventSettings { status: EventStatus::Draft, ..starting("draft", Some(200)) };
    let mut unlisted = starting("unlisted", Some(300));
    unlisted.form.visibility = Visibility::Unlisted;
    let all = [
        starting("someday", None),
        starting("late", Some(400)),
        starting("early", Some(100)),
        draft,
        unlisted,
        starting("early-too", Some(100)),
        starting("never", None),
    ];
    for (number, settings) in (1..).zip(all) {
        setting.one(create(event_id(number), settings, vec![new_role(1, "Server", Some(2))])).await;
    }
}

async fn slugs<S: Store>(setting: &Setting<S>, filter: &EventFilter, limit: u32) -> Vec<String> {
    let found = in_pages(limit, async |page| setting.readers.events(filter, &page, NOW).await.unwrap()).await;
    found.into_iter().map(|event| event.settings.form.slug).collect()
}

async fn registrations<S: Store>(
    setting: &Setting<S>,
    event: u128,
    filter: &RegistrationFilter,
    limit: u32,
) -> Vec<RegistrationView> {
    in_pages(limit, async |page| setting.readers.registrations(event_id(event), filter, &page).await.unwrap()).await
}

fn edit(revision: u32, settings: EventPatch) -> Action {
    Action::EditEvent(Box::new(EditEvent {
        revision,
        settings,
        texts: TextsPatch::default(),
        if_below: IfBelow::WaitlistLatest,
    }))
}

pub(crate) async fn events_are_listed_by_their_start_those_without_one_last<S: Store>(mut setting: Setting<S>) {
    events(&mut setting).await;
    let all = EventFilter::default();
    let expected = ["early", "early-too", "draft", "unlisted", "late", "someday", "never"];
    for limit in [1, 2, 3, 7, 100] {
        assert_eq!(slugs(&setting, &all, limit).await, expected, "pages of {limit}");
    }
    let undated = EventFilter { dates: Dates::Unset, ..all.clone() };
    let both = EventFilter { status: Some("published".into()), audience: Audience::Everyone, ..all.clone() };
    let from = EventFilter { from: Some(Millis(101)), ..all.clone() };
    let to = EventFilter { to: Some(Millis(101)), ..all.clone() };
    let drafts = EventFilter { status: Some("draft".into()), ..all.clone() };
    let public_drafts = EventFilter { audience: Audience::Everyone, ..drafts.clone() };
    let published_late = EventFilter {
        status: Some("published".into()),
        from: Some(Millis(300)),
        text: Some("LATE".into()),
        ..all.clone()
    };
    let public = EventFilter { audience: Audience::Everyone, ..all.clone() };
    let published = EventFilter { status: Some("published".into()), ..all.clone() };
    let between = EventFilter { from: Some(Millis(200)), to: Some(Millis(400)), ..all.clone() };
    let mentions = EventFilter { text: Some("EARLY".into()), ..all.clone() };
    let in_title = EventFilter { text: Some("the late".into()), ..all.clone() };
    let unknown = EventFilter { status: Some("open".into()), ..all.clone() };
    let zero = EventFilter { status: Some("\0".into()), text: Some("\0".into()), ..all };
    for limit in [1, 2, 3, 100] {
        assert_eq!(slugs(&setting, &public, limit).await, ["early", "early-too", "late", "someday", "never"]);
        let expected = ["early", "early-too", "unlisted", "late", "someday", "never"];
        assert_eq!(slugs(&setting, &published, limit).await, expected);
        assert_eq!(slugs(&setting, &between, limit).await, ["draft", "unlisted"]);
        assert_eq!(slugs(&setting, &mentions, limit).await, ["early", "early-too"]);
        assert_eq!(slugs(&setting, &in_title, limit).await, ["late"]);
        assert_eq!(slugs(&setting, &both, limit).await, ["early", "early-too", "late", "someday", "never"]);
        assert_eq!(slugs(&setting, &undated, limit).await, ["someday", "never"]);
        assert_eq!(slugs(&setting, &from, limit).await, ["draft", "unlisted", "late", "someday", "never"]);
        assert_eq!(slugs(&setting, &to, limit).await, ["early", "early-too"]);
        assert_eq!(slugs(&setting, &drafts, limit).await, ["draft"]);
        assert_eq!(slugs(&setting, &published_late, limit).await, ["late"]);
        for nothing in [&unknown, &zero, &public_drafts] {
            assert!(slugs(&setting, nothing, limit).await.is_empty());
        }
    }
}

pub(crate) async fn events_at_the_same_time_are_listed_by_their_ids<S: Store>(mut setting: Setting<S>) {
    // Made in another order than that of their ids.
    for number in [5, 2, 7, 1, 6, 3, 4] {
        let settings = starting(&format!("e{number}"), (number % 2 == 0).then_some(100));
        setting.one(create(event_id(number), settings, vec![new_role(1, "Server", None)])).await;
    }
    for limit in 1..=8 {
        let found = slugs(&setting, &EventFilter::default(), limit).await;
        assert_eq!(found, ["e2", "e4", "e6", "e1", "e3", "e5", "e7"], "pages of {limit}");
    }
}

pub(crate) async fn a_title_is_found_in_upper_and_lower_case_of_every_script<S: Store>(mut setting: Setting<S>) {
    // The second holds the letter and its accent apart.
    for (number, title) in (1..).zip(["Ärger im CAFÉ", "Cafe\u{301} am Markt", "Straßenfest", "חג שמח", "ΟΔΟΣ 7"])
    {
        let mut command = create(event_id(number), settings(&format!("e{number}")), vec![new_role(1, "Server", None)]);
        let Action::CreateEvent(made) = &mut command.action else { panic!("not a new event") };
        made.texts.title = title.to_owned();
        setting.one(command).await;
    }
    for (text, expected) in [
        ("café", &["e1", "e2"][..]),
        ("CAFE\u{301}", &["e1", "e2"]),
        ("ärger", &["e1"]),
        ("STRASSE", &["e3"]),
        ("שמח", &["e4"]),
        ("οδος", &["e5"]),
        ("E3", &["e3"]),
        ("%", &[]),
        ("_", &[]),
    ] {
        let filter = EventFilter { text: Some(text.to_owned()), ..EventFilter::default() };
        for limit in [1, 2, 3, 100] {
            assert_eq!(slugs(&setting, &filter, limit).await, expected, "{text}, pages of {limit}");
        }
    }
}

pub(crate) async fn events_that_change_between_two_pages_are_as_they_are<S: Store>(mut setting: Setting<S>) {
    for (number, start) in (1..).zip([10, 20, 30, 40, 50]) {
        let status = if number == 4 { EventStatus::Draft } else { EventStatus::Published };
        let settings = EventSettings { status, ..starting(&format!("e{number}"), Some(start)) };
        setting.one(create(event_id(number), settings, vec![new_role(1, "Server", None)])).await;
    }
    let all = EventFilter::default();
    let first = setting.readers.events(&all, &page(2), NOW).await.unwrap();
    assert_eq!(first.items.iter().map(|event| event.id).collect::<Vec<_>>(), [event_id(1), event_id(2)]);
    // One that was shown moves behind, the one that the page ended with goes to those without a start, one goes away.
    let to = |start: Option<i64>| EventPatch { starts_at: Some(start.map(Millis)), ..EventPatch::default() };
    setting.one(ask(event_id(1), edit(2, to(Some(60))))).await;
    setting.one(ask(event_id(2), edit(2, to(None)))).await;
    setting.one(ask(event_id(4), Action::DeleteEvent(2))).await;
    let next = Page { limit: 2, cursor: first.next_cursor };
    let second = setting.readers.events(&all, &next, NOW).await.unwrap();
    assert_eq!(second.items.iter().map(|event| event.id).collect::<Vec<_>>(), [event_id(3), event_id(5)]);
    let next = Page { limit: 2, cursor: second.next_cursor };
    let third = setting.readers.events(&all, &next, NOW).await.unwrap();
    assert_eq!(third.items.iter().map(|event| event.id).collect::<Vec<_>>(), [event_id(1), event_id(2)]);
    assert_eq!(third.next_cursor, None);
}

const STATUSES: [Status; 5] =
    [Status::Confirmed, Status::Waitlisted, Status::Declined, Status::Cancelled, Status::Removed];

/// Sixty parties in twelve roles, two of which nobody wants, some of them ended.
async fn crowd<S: Store>(setting: &mut Setting<S>) -> Vec<Registration> {
    let roles = (1..=12).map(|number| new_role(number, &format!("Role {number}"), Some(3))).collect();
    setting.one(create(event_id(1), settings("crowd"), roles)).await;
    let names = ["Ágnes Özil", "דנה לוי", "Karl Straße", "ann", "ÁGNES ÖZIL"];
    for number in 1..=60 {
        let role = [7, 1, 12, 2, 10, 3, 11, 4, 8, 6][number as usize % 10];
        let party = if number % 3 == 0 { 2 } else { 1 };
        let mut command = sign_up(event_id(1), "crowd", number, &format!("p{number}"), role, party);
        let Action::SignUp(asked) = &mut command.action else { panic!("not a sign-up") };
        asked.details.name = names[number as usize / 3 % 5].to_owned();
        asked.details.phone = (number % 4 == 0).then(|| format!("+972 2 555 {number:04}"));
        setting.try_run(&[command]).await.unwrap();
    }
    for number in 1..=60 {
        let id = registration_id(number);
        let action = match number {
            number if number % 7 == 0 => Action::Cancel(id),
            number if number % 11 == 0 => {
                Action::Remove(Remove { registration: id, reason: "ill".to_owned(), reason_for: ReasonFor::Staff })
            }
            number if number % 13 == 0 => Action::Decline(id),
            _ => continue,
        };
        setting.try_run(&[ask(event_id(1), action)]).await.unwrap();
    }
    let mut needs = Needs::default();
    needs.events.entry(event_id(1)).or_default().registrations.extend((1..=60).map(registration_id));
    let set = setting.load(&needs).await;
    let mut all: Vec<Registration> = set.events[&event_id(1)].registrations.values().cloned().collect();
    let number = |one: &Registration| STATUSES.iter().position(|status| *status == one.status);
    all.sort_by_key(|one| (number(one), one.role, one.wait_seq, one.id));
    assert_eq!(all.len(), 60);
    assert_eq!(all.iter().map(number).collect::<BTreeSet<_>>().len(), 5, "every status is there");
    all
}

pub(crate) async fn every_filter_lists_the_same_in_pages_of_every_size<S: Store>(mut setting: Setting<S>) {
    let all = crowd(&mut setting).await;
    let mut lines = BTreeMap::new();
    let mut positions = BTreeMap::new();
    for one in all.iter().filter(|one| one.status == Status::Waitlisted) {
        let place: &mut u64 = lines.entry(one.role).or_default();
        *place += 1;
        positions.insert(one.id, *place);
    }
    let texts: [(Option<&str>, &[&str]); 6] = [
        (None, &[""]),
        (Some("özil"), &["Ágnes Özil", "ÁGNES ÖZIL"]),
        (Some("לוי"), &["דנה לוי"]),
        (Some("STRASSE"), &["Karl Straße"]),
        (Some("A\u{301}gnes"), &["Ágnes Özil", "ÁGNES ÖZIL"]),
        (Some("nobody"), &[]),
    ];
    for role in [None, Some(1), Some(5), Some(12), Some(99)].map(|number| number.map(role_id)) {
        for status in STATUSES.map(Some).into_iter().chain([None]) {
            for (text, names) in texts {
                let expected: Vec<_> = all
                    .iter()
                    .filter(|one| role.is_none_or(|role| one.role == role))
                    .filter(|one| status.is_none_or(|status| one.status == status))
                    .filter(|one| names.contains(&"") || names.contains(&one.details.name.as_str()))
                    .map(|one| (one, positions.get(&one.id).copied()))
                    .collect();
                let filter = RegistrationFilter { status, role, text: text.map(str::to_owned) };
                for limit in [1, 2, 3, 100] {
                    let found = registrations(&setting, 1, &filter, limit).await;
                    let found: Vec<_> = found.iter().map(|one| (&one.registration, one.position)).collect();
                    assert_eq!(found, expected, "{filter:?}, pages of {limit}");
                }
            }
        }
    }
    let by_phone = RegistrationFilter { text: Some("555 0008".to_owned()), ..RegistrationFilter::default() };
    assert_eq!(registrations(&setting, 1, &by_phone, 2).await[0].registration.id, registration_id(8));
    let by_email = RegistrationFilter { text: Some("P9@EXAMPLE".to_owned()), ..RegistrationFilter::default() };
    assert_eq!(registrations(&setting, 1, &by_email, 2).await[0].registration.id, registration_id(9));
    let nowhere = setting.readers.registrations(event_id(9), &RegistrationFilter::default(), &page(10)).await.unwrap();
    assert_eq!(nowhere, Listed { items: Vec::new(), next_cursor: None });
}

pub(crate) async fn registrations_are_shown_with_their_role_and_place<S: Store>(mut setting: Setting<S>) {
    let roles = vec![new_role(1, "Server", Some(1)), new_role(2, "Cook", Some(1))];
    setting.one(create(event_id(1), settings("feast"), roles)).await;
    for (number, name, role) in
        [(1, "Ann", 2), (2, "ben", 2), (3, "cleo", 1), (4, "dan", 2), (5, "eve", 1), (6, "fay", 2), (7, "gil", 1)]
    {
        setting.one(sign_up(event_id(1), "feast", number, name, role, 1)).await;
    }
    let last = setting.one(ask(event_id(1), Action::Cancel(registration_id(4)))).await;
    let line = |name: &str, role: &str, position| (name.to_owned(), role.to_owned(), position);
    let (server, cook) = ("Server", "Cook");
    let expected = [
        line("cleo", server, None),
        line("Ann", cook, None),
        line("eve", server, Some(1)),
        line("gil", server, Some(2)),
        line("ben", cook, Some(1)),
        line("fay", cook, Some(2)),
        line("dan", cook, None),
    ];
    for limit in [1, 2, 3, 7, 100] {
        let found = registrations(&setting, 1, &RegistrationFilter::default(), limit).await;
        assert!(found.iter().all(|one| one.event == event_id(1) && one.seq == receipt(&last).seq));
        let found: Vec<_> =
            found.into_iter().map(|one| (one.registration.details.name, one.role_name, one.position)).collect();
        assert_eq!(found, expected, "pages of {limit}");
    }
}

pub(crate) async fn a_list_of_thousands_is_read_to_its_end<S: Store>(mut setting: Setting<S>) {
    setting.one(create(event_id(1), settings("feast"), vec![new_role(1, "Server", Some(100))])).await;
    let needles = [5, 1_099, 1_100, 2_300];
    let numbers: Vec<u128> = (1..=2_300).collect();
    for batch in numbers.chunks(500) {
        let sign = |number: &u128| {
            let name = if needles.contains(number) { format!("Näädel{number}") } else { format!("p{number}") };
            sign_up(event_id(1), "feast", *number, &name, 1, 1)
        };
        setting.try_run(&batch.iter().map(sign).collect::<Vec<_>>()).await.unwrap();
    }
    // The longest page is one of 1,000.
    let all = RegistrationFilter::default();
    for limit in [700, 1_000, 5_000] {
        let found = registrations(&setting, 1, &all, limit).await;
        let ids: Vec<_> = found.iter().map(|one| one.registration.id).collect();
        assert!(ids.into_iter().eq(numbers.iter().map(|number| registration_id(*number))), "pages of {limit}");
        let positions = found.iter().filter_map(|one| one.position);
        assert!(positions.eq(1..=2_200), "pages of {limit}");
    }
    let longest = setting.readers.registrations(event_id(1), &all, &page(u32::MAX)).await.unwrap();
    assert_eq!(longest.items.len(), 1_000);
    let needle = RegistrationFilter { text: Some("NÄÄDEL".to_owned()), ..all };
    for limit in [1, 2, 3, 4, 100] {
        let found = registrations(&setting, 1, &needle, limit).await;
        let found: Vec<_> = found.iter().map(|one| (one.registration.id, one.position)).collect();
        let expected = [(5, None), (1_099, Some(999)), (1_100, Some(1_000)), (2_300, Some(2_200))];
        assert_eq!(found, expected.map(|(number, position)| (registration_id(number), position)), "pages of {limit}");
    }
}

pub(crate) async fn registrations_that_change_between_two_pages_are_as_they_are<S: Store>(mut setting: Setting<S>) {
    setting.one(create(event_id(1), settings("feast"), vec![new_role(1, "Server", Some(2))])).await;
    for number in 1..=6 {
        setting.one(sign_up(event_id(1), "feast", number, &format!("p{number}"), 1, 1)).await;
    }
    let all = RegistrationFilter::default();
    let shown = |listed: &Listed<RegistrationView>| {
        listed.items.iter().map(|one| (one.registration.id, one.position)).collect::<Vec<_>>()
    };
    let expected = |lines: &[(u128, Option<u64>)]| {
        lines.iter().map(|(number, position)| (registration_id(*number), *position)).collect::<Vec<_>>()
    };
    let first = setting.readers.registrations(event_id(1), &all, &page(3)).await.unwrap();
    assert_eq!(shown(&first), expected(&[(1, None), (2, None), (3, Some(1))]));
    // The one the page ended with leaves the line, another that was not shown too, and a new one stands last.
    for action in [Action::Cancel(registration_id(3)), Action::Cancel(registration_id(4))] {
        setting.one(ask(event_id(1), action)).await;
    }
    let last = setting.one(sign_up(event_id(1), "feast", 7, "p7", 1, 1)).await;
    let next = Page { limit: 2, cursor: first.next_cursor };
    let second = setting.readers.registrations(event_id(1), &all, &next).await.unwrap();
    assert_eq!(shown(&second), expected(&[(5, Some(1)), (6, Some(2))]));
    assert!(second.items.iter().all(|one| one.seq == receipt(&last).seq));
    // Who was next moves up among those who were shown.
    setting.one(ask(event_id(1), Action::Cancel(registration_id(1)))).await;
    let next = Page { limit: 9, cursor: second.next_cursor };
    let third = setting.readers.registrations(event_id(1), &all, &next).await.unwrap();
    assert_eq!(shown(&third), expected(&[(7, Some(2)), (1, None), (3, None), (4, None)]));
    assert_eq!(third.next_cursor, None);
}

pub(crate) async fn what_is_listed_belongs_together_while_others_write<S: Store>(mut setting: Setting<S>) {
    let roles = (1..=12).map(|number| new_role(number, &format!("Role {number}"), Some(2))).collect();
    setting.one(create(event_id(1), settings("feast"), roles)).await;
    let is_over = std::cell::Cell::new(false);
    let Setting { mut store, readers } = setting;
    let writing = async {
        for number in 1..=120 {
            let mut batch = vec![sign_up(event_id(1), "feast", number, &format!("p{number}"), 1 + number % 12, 1)];
            if number % 3 == 0 {
                batch.push(ask(event_id(1), Action::Cancel(registration_id(number / 2))));
            }
            store
                .transact(&Needs::of(&batch), |set, now| headcount_core::decide::decide_batch(set, now, &batch))
                .await
                .unwrap();
        }
        is_over.set(true);
    };
    let reading = async {
        let mut times = 0;
        while !is_over.get() || times == 0 {
            let listed = readers.registrations(event_id(1), &RegistrationFilter::default(), &page(200)).await.unwrap();
            let seqs: BTreeSet<Seq> = listed.items.iter().map(|one| one.seq).collect();
            assert!(seqs.len() <= 1, "{seqs:?}");
            for one in &listed.items {
                let latest = one.registration.wait_seq.max(one.registration.ended_seq);
                assert!(latest <= one.seq, "what became so at {latest:?} is shown as of {:?}", one.seq);
            }
            for number in 1..=12 {
                let in_role = || listed.items.iter().filter(|one| one.registration.role == role_id(number));
                let confirmed = in_role().filter(|one| one.registration.status == Status::Confirmed).count();
                let waiting: Vec<u64> = in_role().filter_map(|one| one.position).collect();
                assert!(waiting.iter().copied().eq(1..=waiting.len() as u64), "{waiting:?}");
                assert!(confirmed <= 2 && (waiting.is_empty() || confirmed == 2), "{confirmed} and {waiting:?}");
            }
            times += 1;
        }
    };
    tokio::join!(writing, reading);
}

async fn of_person<S: Store>(
    setting: &Setting<S>,
    person: &PersonRef,
    limit: u32,
    expected: PersonCounts,
) -> Vec<RegistrationView> {
    in_pages(limit, async |page| {
        let (counts, listed) = setting.readers.person_registrations(person, &page).await.unwrap();
        assert_eq!(counts, expected, "{person:?}");
        listed
    })
    .await
}

pub(crate) async fn a_person_is_found_over_all_events<S: Store>(mut setting: Setting<S>) {
    for number in 1..=3 {
        let slug = format!("e{number}");
        let roles = vec![new_role(1, "Server", Some(1)), new_role(2, "Cook", Some(1))];
        setting.one(create(event_id(number), settings(&slug), roles)).await;
        if number == 3 {
            setting.one(sign_up(event_id(number), &slug, 8, "yan", 1, 1)).await;
            setting.one(sign_up(event_id(number), &slug, 9, "zoe", 1, 1)).await;
        }
        setting.one(sign_up(event_id(number), &slug, 1, "ann", 1, 1)).await;
    }
    setting.one(ask(event_id(2), Action::Cancel(registration_id(1)))).await;
    setting.one(sign_up(event_id(2), "e2", 2, "ann", 1, 1)).await;
    setting.one(sign_up(event_id(1), "e1", 3, "ann", 2, 1)).await;
    let ann = PersonRef::Key(person("ann").key);
    let expected = [
        (event_id(1), "Server", Status::Confirmed, None, Seq(5)),
        (event_id(1), "Cook", Status::Confirmed, None, Seq(5)),
        (event_id(2), "Server", Status::Confirmed, None, Seq(6)),
        (event_id(2), "Server", Status::Cancelled, None, Seq(6)),
        (event_id(3), "Server", Status::Waitlisted, Some(2), Seq(6)),
    ];
    for limit in [1, 2, 3, 100] {
        let counts = PersonCounts { confirmed: 3, held: 0, waitlisted: 1, ended: 1 };
        let found = of_person(&setting, &ann, limit, counts).await;
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.event, one.role_name.as_str(), one.registration.status, one.position, one.seq))
            .collect();
        assert_eq!(found, expected, "pages of {limit}");
    }
    for nobody in [PersonRef::Address("email:nobody@example.org".into()), PersonRef::Key("email:ann\0".into())] {
        let counts = PersonCounts { confirmed: 0, held: 0, waitlisted: 0, ended: 0 };
        assert!(of_person(&setting, &nobody, 5, counts).await.is_empty());
    }
}

pub(crate) async fn an_address_finds_everyone_who_shares_it<S: Store>(mut setting: Setting<S>) {
    // In the order of their bytes; the first and the last two are other addresses.
    let keys = ["!home@x.org", "home@x.org", "home@x.org#ann", "home@x.org#ben", "home@x.org.uk", "home@x.orgs#ann"];
    for number in 1..=2 {
        let slug = format!("e{number}");
        setting.one(create(event_id(number), settings(&slug), vec![new_role(1, "Server", Some(3))])).await;
        for (registration, key) in (1..).zip(keys) {
            let mut command = sign_up(event_id(number), &slug, registration, "ann", 1, 1);
            let Action::SignUp(asked) = &mut command.action else { panic!("not a sign-up") };
            asked.person = Person { key: format!("email:{key}"), tag: person(key).tag };
            setting.one(command).await;
        }
    }
    setting.one(ask(event_id(2), Action::Cancel(registration_id(4)))).await;
    let everyone = [(2, 1), (2, 2), (3, 1), (3, 2), (4, 1), (4, 2)];
    let home = "email:home@x.org".to_owned();
    for (person, confirmed, waitlisted, ended, expected) in [
        (PersonRef::Address(home.clone()), 4, 1, 1, &everyone[..]),
        (PersonRef::Key(home.clone()), 2, 0, 0, &everyone[..2]),
        (PersonRef::Key(format!("{home}#ann")), 2, 0, 0, &everyone[2..4]),
    ] {
        for limit in [1, 2, 3, 5, 6, 100] {
            let found = in_pages(limit, async |page| {
                let (counts, listed) = setting.readers.person_registrations(&person, &page).await.unwrap();
                assert_eq!(counts, PersonCounts { confirmed, held: 0, waitlisted, ended }, "{person:?}");
                listed
            });
            let found: Vec<_> = found.await.into_iter().map(|one| (one.registration.id, one.event)).collect();
            let expected: Vec<_> =
                expected.iter().map(|(one, event)| (registration_id(*one), event_id(*event))).collect();
            assert_eq!(found, expected, "{person:?}, pages of {limit}");
        }
    }
    let (_, listed) = setting.readers.person_registrations(&PersonRef::Address(home.clone()), &page(3)).await.unwrap();
    let of_another_person = Page { limit: 3, cursor: listed.next_cursor };
    let listed = setting.readers.person_registrations(&PersonRef::Key(home), &of_another_person).await;
    assert!(matches!(listed, Err(StoreError::BadCursor)), "{listed:?}");
}

pub(crate) async fn a_family_is_found_by_its_address_where_names_tell_its_members_apart<S: Store>(
    mut setting: Setting<S>,
) {
    let address = "Family@Example.org";
    for (number, one_per) in (1..).zip([OnePer::EmailAndName, OnePer::Email, OnePer::EmailAndName]) {
        let mut settings = settings(&format!("e{number}"));
        settings.form.one_per = one_per;
        let form = settings.form.clone();
        setting.one(create(event_id(number), settings, vec![new_role(1, "Server", Some(2))])).await;
        for (registration, name) in (1..).zip(["Noa", "Ángel", "נועם"]) {
            let mut command = sign_up(event_id(number), &form.slug, registration, name, 1, 1);
            let Action::SignUp(asked) = &mut command.action else { panic!("not a sign-up") };
            asked.form = form.clone();
            asked.details.email = Some(address.to_owned());
            asked.person.key = match one_per {
                OnePer::Email => key_by_email(address),
                OnePer::EmailAndName => key_by_email_and_name(address, name),
            };
            setting.try_run(&[command]).await.unwrap();
        }
    }
    // Where the address alone counts, the first of them is in. A letter with an accent stands before those of Hebrew.
    let expected = [(2, 1), (1, 1), (3, 1), (1, 2), (3, 2), (1, 3), (3, 3)];
    let family = PersonRef::Address(key_by_email(" family@EXAMPLE.org "));
    let noa = PersonRef::Key(key_by_email_and_name(address, "NOA"));
    for limit in [1, 2, 3, 100] {
        let counts = PersonCounts { confirmed: 5, held: 0, waitlisted: 2, ended: 0 };
        let found = of_person(&setting, &family, limit, counts).await;
        let found: Vec<_> = found.iter().map(|one| (one.event, one.registration.id)).collect();
        let expected = expected.map(|(event, one)| (event_id(event), registration_id(one)));
        assert_eq!(found, expected, "pages of {limit}");
        let counts = PersonCounts { confirmed: 2, held: 0, waitlisted: 0, ended: 0 };
        let found = of_person(&setting, &noa, limit, counts).await;
        let found: Vec<_> = found.iter().map(|one| (one.event, one.registration.id)).collect();
        assert_eq!(found, [(event_id(1), registration_id(1)), (event_id(3), registration_id(1))]);
    }
}

pub(crate) async fn a_wrong_cursor_is_refused<S: Store>(mut setting: Setting<S>) {
    setting.one(create(event_id(1), starting("feast", Some(100)), vec![new_role(1, "Server", None)])).await;
    setting.one(create(event_id(2), starting("other", Some(100)), vec![new_role(1, "Server", None)])).await;
    for number in 1..=2 {
        for (registration, name) in (1..).zip(["ann", "ben"]) {
            let slug = ["feast", "other"][number as usize - 1];
            setting.one(sign_up(event_id(number), slug, registration, name, 1, 1)).await;
        }
    }
    let readers = setting.readers.clone();
    let all = RegistrationFilter::default();
    let ann = PersonRef::Key(person("ann").key);
    let of_events = readers.events(&EventFilter::default(), &page(1), NOW).await.unwrap().next_cursor.unwrap();
    let of_registrations = readers.registrations(event_id(1), &all, &page(1)).await.unwrap().next_cursor.unwrap();
    let of_ann = readers.person_registrations(&ann, &page(1)).await.unwrap().1.next_cursor.unwrap();
    let refused = async |wrong: &str| {
        let at = Page { limit: 1, cursor: Some(wrong.to_owned()) };
        [
            matches!(readers.events(&EventFilter::default(), &at, NOW).await, Err(StoreError::BadCursor)),
            matches!(readers.registrations(event_id(1), &all, &at).await, Err(StoreError::BadCursor)),
            matches!(readers.person_registrations(&ann, &at).await, Err(StoreError::BadCursor)),
        ]
    };
    assert_eq!(refused(&of_events).await, [false, true, true]);
    assert_eq!(refused(&of_registrations).await, [true, false, true]);
    assert_eq!(refused(&of_ann).await, [true, true, false]);
    let half = &of_registrations[..of_registrations.len() / 2];
    for wrong in ["somewhere", "", "!", "חג", half, &format!("{of_registrations}AA")] {
        assert_eq!(refused(wrong).await, [true; 3], "{wrong}");
    }
    let nil = uuid::Uuid::nil();
    let key = person("ann").key;
    for (forged, expected) in [
        (format!(r#"[-1,"{nil}",0,"{nil}"]"#), [true; 3]),
        (format!(r#"[0,"{nil}",-1,"{nil}"]"#), [true; 3]),
        (format!(r#"["{key}","{nil}","{nil}",{}]"#, u64::MAX), [true; 3]),
        (format!(r#"["{key}\u0000","{nil}","{nil}",0]"#), [true; 3]),
        (format!(r#"["{key}","{nil}","{nil}"]"#), [true; 3]),
        (format!(r#"["{key}","{nil}","{nil}",0]"#), [true, true, false]),
        (format!(r#"[99,"{nil}",{},"{nil}"]"#, u64::MAX), [true, false, true]),
        (format!(r#"[{},"{nil}"]"#, i64::MIN), [false, true, true]),
        (format!(r#"[null,"{nil}"]"#), [false, true, true]),
    ] {
        assert_eq!(refused(&URL_SAFE_NO_PAD.encode(&forged)).await, expected, "{forged}");
    }
    let far = URL_SAFE_NO_PAD.encode(format!(r#"[0,"{}",{},"{nil}"]"#, role_id(1).0, u64::MAX));
    let listed = readers.registrations(event_id(1), &all, &Page { limit: 1, cursor: Some(far) }).await.unwrap();
    assert_eq!(listed, Listed { items: Vec::new(), next_cursor: None });
}

pub(crate) async fn a_log_is_read_in_pieces<S: Store>(mut setting: Setting<S>) {
    setting.one(create(event_id(1), settings("feast"), vec![new_role(1, "Server", None)])).await;
    setting.one(sign_up(event_id(1), "feast", 1, "ann", 1, 1)).await;
    let after = async |seq, limit| {
        let lines = setting.readers.log(event_id(1), headcount_core::ids::Seq(seq), limit).await.unwrap();
        lines.into_iter().map(|line| (line.seq.0, line.kind)).collect::<Vec<_>>()
    };
    let kinds = [(1, "event_created".to_owned()), (2, "role_added".to_owned()), (3, "signed_up".to_owned())];
    assert_eq!(after(0, 2).await, kinds[..2]);
    assert_eq!(after(2, 2).await, kinds[2..]);
    assert!(after(3, 2).await.is_empty());
    assert!(after(u64::MAX, 2).await.is_empty());
}

pub(crate) async fn a_log_is_read_from_its_end_and_filtered<S: Store>(mut setting: Setting<S>) {
    setting.one(create(event_id(1), settings("feast"), vec![new_role(1, "Server", None)])).await;
    for person in 1..=3 {
        setting.one(sign_up(event_id(1), "feast", person, &format!("ann{person}"), 1, 1)).await;
    }
    let back = async |before: Option<u64>, filter: LogFilter, limit| {
        let found = setting.readers.log_back(event_id(1), before.map(Seq), &filter, limit).await.unwrap();
        let seqs: Vec<u64> = found.lines.iter().map(|line| line.seq.0).collect();
        (seqs, found.next_before.map(|seq| seq.0))
    };
    let all = LogFilter::default;
    assert_eq!(back(None, all(), 2).await, (vec![5, 4], Some(4)));
    assert_eq!(back(Some(4), all(), 2).await, (vec![3, 2], Some(2)));
    assert_eq!(back(Some(2), all(), 1).await, (vec![1], None));
    assert_eq!(back(Some(u64::MAX), all(), 9).await, (vec![5, 4, 3, 2, 1], None));
    let of_kind = LogFilter { kind: Some("signed_up".to_owned()), ..all() };
    assert_eq!(back(None, of_kind.clone(), 2).await, (vec![5, 4], Some(4)));
    assert_eq!(back(Some(4), of_kind, 2).await, (vec![3], None));
    let of_one = LogFilter { registration: Some(registration_id(2)), ..all() };
    assert_eq!(back(None, of_one, 9).await, (vec![4], None));
    let nothing = setting.readers.log_back(event_id(9), None, &all(), 9).await.unwrap();
    assert!(nothing.lines.is_empty() && nothing.next_before.is_none());
}

/// Runs every part with the store that `$open` gives.
macro_rules! tell {
    ($open:path) => {
        $crate::reading::tell!($open:
            events_are_listed_by_their_start_those_without_one_last
            events_at_the_same_time_are_listed_by_their_ids
            a_title_is_found_in_upper_and_lower_case_of_every_script
            events_that_change_between_two_pages_are_as_they_are
            every_filter_lists_the_same_in_pages_of_every_size
            registrations_are_shown_with_their_role_and_place
            a_list_of_thousands_is_read_to_its_end
            registrations_that_change_between_two_pages_are_as_they_are
            what_is_listed_belongs_together_while_others_write
            a_person_is_found_over_all_events
            an_address_finds_everyone_who_shares_it
            a_family_is_found_by_its_address_where_names_tell_its_members_apart
            a_wrong_cursor_is_refused
            a_log_is_read_in_pieces
            a_log_is_read_from_its_end_and_filtered
        );
    };
    ($open:path: $($part:ident)+) => {$(
        #[tokio::test]
        async fn $part() {
            let (setting, _kept) = $open().await;
            crate::reading::$part(setting).await;
        }
    )+};
}

pub(crate) use tell;
