//! Lists, page by page.

use headcount::store::read::{EventFilter, Listed, Page, PersonCounts, PersonRef, RegistrationFilter};
use headcount::store::{SqliteStore, StoreError};
use headcount_core::command::Action;
use headcount_core::event::{EventSettings, EventStatus, Status, Visibility};
use headcount_core::ids::Millis;
use headcount_core::person::Person;

use super::setting::*;
use super::sqlite::fresh;

const NOW: Millis = Millis(1_000);

fn page(limit: u32) -> Page {
    Page { limit, cursor: None }
}

/// Events by slug: two at the same time, one without a time, a draft, an unlisted one.
async fn events(setting: &mut Setting<SqliteStore>) {
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

async fn slugs(setting: &Setting<SqliteStore>, filter: &EventFilter, limit: u32) -> Vec<String> {
    let mut found = Vec::new();
    let mut next = page(limit);
    loop {
        let Listed { items, next_cursor } = setting.readers.events(filter, &next, NOW).await.unwrap();
        assert!(items.len() <= limit as usize);
        found.extend(items.into_iter().map(|event| event.settings.form.slug));
        match next_cursor {
            Some(cursor) => next.cursor = Some(cursor),
            None => return found,
        }
    }
}

#[tokio::test]
async fn events_are_listed_by_their_start_those_without_one_last() {
    let (mut setting, _directory) = fresh();
    events(&mut setting).await;
    let all = EventFilter::default();
    let expected = ["early", "early-too", "draft", "unlisted", "late", "someday", "never"];
    for limit in [1, 2, 3, 7, 100] {
        assert_eq!(slugs(&setting, &all, limit).await, expected, "pages of {limit}");
    }
    let public = EventFilter { public_only: true, ..all.clone() };
    let published = EventFilter { status: Some("published".into()), ..all.clone() };
    let between = EventFilter { from: Some(Millis(200)), to: Some(Millis(400)), ..all.clone() };
    let mentions = EventFilter { text: Some("EARLY".into()), ..all.clone() };
    let in_title = EventFilter { text: Some("the late".into()), ..all.clone() };
    let unknown = EventFilter { status: Some("open".into()), ..all };
    for limit in [1, 2, 100] {
        assert_eq!(slugs(&setting, &public, limit).await, ["early", "early-too", "late", "someday", "never"]);
        let expected = ["early", "early-too", "unlisted", "late", "someday", "never"];
        assert_eq!(slugs(&setting, &published, limit).await, expected);
        assert_eq!(slugs(&setting, &between, limit).await, ["draft", "unlisted"]);
        assert_eq!(slugs(&setting, &mentions, limit).await, ["early", "early-too"]);
        assert_eq!(slugs(&setting, &in_title, limit).await, ["late"]);
        assert!(slugs(&setting, &unknown, limit).await.is_empty());
    }
}

#[tokio::test]
async fn registrations_are_listed_by_status_role_and_order() {
    let (mut setting, _directory) = fresh();
    let roles = vec![new_role(1, "Server", Some(1)), new_role(2, "Cook", Some(1))];
    setting.one(create(event_id(1), settings("feast"), roles)).await;
    for (number, name, role) in
        [(1, "Ann", 2), (2, "ben", 2), (3, "cleo", 1), (4, "dan", 2), (5, "eve", 1), (6, "fay", 2), (7, "gil", 1)]
    {
        setting.one(sign_up(event_id(1), "feast", number, name, role, 1)).await;
    }
    setting.one(ask(event_id(1), Action::Cancel(registration_id(4)))).await;
    let all = RegistrationFilter::default();
    let names = async |filter: &RegistrationFilter, limit: u32| {
        let mut found = Vec::new();
        let mut next = page(limit);
        loop {
            let listed = setting.readers.registrations(event_id(1), filter, &next).await.unwrap();
            found.extend(listed.items.into_iter().map(|one| {
                assert_eq!(one.event, event_id(1));
                (one.registration.details.name, one.role_name, one.position)
            }));
            match listed.next_cursor {
                Some(cursor) => next.cursor = Some(cursor),
                None => return found,
            }
        }
    };
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
        assert_eq!(names(&all, limit).await, expected, "pages of {limit}");
        let waiting = RegistrationFilter { status: Some(Status::Waitlisted), ..all.clone() };
        assert_eq!(names(&waiting, limit).await, expected[2..6]);
        let cooks = RegistrationFilter { role: Some(role_id(2)), ..waiting };
        assert_eq!(names(&cooks, limit).await, expected[4..6]);
        let mentions = RegistrationFilter { text: Some("GIL".into()), ..all.clone() };
        assert_eq!(names(&mentions, limit).await, expected[3..4], "the place in the queue is the true one");
        let nobody = RegistrationFilter { role: Some(role_id(9)), ..all.clone() };
        assert!(names(&nobody, limit).await.is_empty());
    }
    let nowhere = setting.readers.registrations(event_id(9), &all, &page(10)).await.unwrap();
    assert!(nowhere.items.is_empty());
}

#[tokio::test]
async fn a_person_is_found_over_all_events() {
    let (mut setting, _directory) = fresh();
    for number in 1..=3 {
        let slug = format!("e{number}");
        setting.one(create(event_id(number), settings(&slug), vec![new_role(1, "Server", Some(1))])).await;
        if number == 3 {
            setting.one(sign_up(event_id(number), &slug, 9, "zoe", 1, 1)).await;
        }
        setting.one(sign_up(event_id(number), &slug, 1, "ann", 1, 1)).await;
    }
    setting.one(ask(event_id(2), Action::Cancel(registration_id(1)))).await;
    setting.one(sign_up(event_id(2), "e2", 2, "ann", 1, 1)).await;
    let ann = PersonRef::Key(person("ann").key);
    let mut found = Vec::new();
    let mut next = page(1);
    loop {
        let (counts, listed) = setting.readers.person_registrations(&ann, &next).await.unwrap();
        assert_eq!(counts, PersonCounts { confirmed: 2, waitlisted: 1, ended: 1 });
        found.extend(listed.items.into_iter().map(|one| (one.event, one.registration.status, one.position)));
        match listed.next_cursor {
            Some(cursor) => next.cursor = Some(cursor),
            None => break,
        }
    }
    let expected = [
        (event_id(1), Status::Confirmed, None),
        (event_id(2), Status::Confirmed, None),
        (event_id(2), Status::Cancelled, None),
        (event_id(3), Status::Waitlisted, Some(1)),
    ];
    assert_eq!(found, expected);
    let nobody = PersonRef::Address("email:nobody@example.org".into());
    let (counts, listed) = setting.readers.person_registrations(&nobody, &page(5)).await.unwrap();
    assert_eq!(counts, PersonCounts { confirmed: 0, waitlisted: 0, ended: 0 });
    assert!(listed.items.is_empty());
}

#[tokio::test]
async fn an_address_finds_everyone_who_shares_it() {
    let (mut setting, _directory) = fresh();
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
            let (mut found, mut next) = (Vec::new(), page(limit));
            loop {
                let (counts, listed) = setting.readers.person_registrations(&person, &next).await.unwrap();
                assert_eq!(counts, PersonCounts { confirmed, waitlisted, ended }, "{person:?}");
                assert!(listed.items.len() <= limit as usize);
                found.extend(listed.items.into_iter().map(|one| (one.registration.id, one.event)));
                match listed.next_cursor {
                    Some(cursor) => next.cursor = Some(cursor),
                    None => break,
                }
            }
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

#[tokio::test]
async fn a_wrong_cursor_is_refused() {
    let (mut setting, _directory) = fresh();
    events(&mut setting).await;
    let wrong = Page { limit: 1, cursor: Some("somewhere".into()) };
    let listed = setting.readers.events(&EventFilter::default(), &wrong, NOW).await;
    assert!(matches!(listed, Err(StoreError::BadCursor)), "{listed:?}");
    let listed = setting.readers.registrations(event_id(1), &RegistrationFilter::default(), &wrong).await;
    assert!(matches!(listed, Err(StoreError::BadCursor)), "{listed:?}");
    let cursor = setting.readers.events(&EventFilter::default(), &page(1), NOW).await.unwrap().next_cursor;
    let of_another_list = Page { limit: 1, cursor };
    let listed = setting.readers.person_registrations(&PersonRef::Key("nobody".into()), &of_another_list).await;
    assert!(matches!(listed, Err(StoreError::BadCursor)), "{listed:?}");
}

#[tokio::test]
async fn a_log_is_read_in_pieces() {
    let (mut setting, _directory) = fresh();
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
