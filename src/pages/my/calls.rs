//! What somebody is called to, and what they have answered.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use headcount_core::event::{EventStatus, Status};
use headcount_core::ids::Millis;
use serde::Deserialize;
use uuid::Uuid;

use super::times::Slot;
use crate::clock;
use crate::pages::Pages;
use crate::pages::account::Account;
use crate::pages::answers::{Event, List, Role, Time};
use crate::pages::api::Problem;
use crate::pages::event::segment;
use crate::pages::visitor::Visitor;

/// What began less than this ago may still be going on.
const PRESENT_MS: i64 = 24 * 3_600_000;
/// Events of one team.
const EVENTS_OF_TEAM_MAX: u32 = 100;
/// Own registrations on one page of the API, and such pages.
const ANSWERS_MAX: u32 = 200;
const ANSWER_PAGES_MAX: usize = 5;
/// Events beside those of the teams that somebody has answered, the latest made first.
const ANSWERED_MAX: usize = 100;

/// An event that somebody is called to or has answered.
pub(super) struct Call {
    pub(super) event: Event,
    /// What they answered, one a role.
    answers: BTreeMap<Uuid, Answer>,
}

/// A registration of theirs.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) id: Uuid,
    event_id: Uuid,
    role_id: Uuid,
    pub(super) status: Status,
    pub(super) position: Option<u64>,
    /// All this was so as of this entry of the event's log.
    pub(super) seq: u64,
    created_at: Time,
}

/// All calls of somebody.
pub(super) struct Calls {
    /// Those that are not over, the next one first; those without a time last.
    pub(super) coming: Vec<Call>,
    /// Those that they answered and that are over, the latest first.
    pub(super) past: Vec<Call>,
}

/// A call that they have said yes to, with its time.
#[derive(Clone, Copy)]
pub(super) struct Accepted<'a> {
    pub(super) event: &'a Event,
    pub(super) role: &'a Role,
    pub(super) answer: &'a Answer,
    pub(super) slot: Slot,
}

impl Calls {
    /// Looks at the events of the account's teams, and at those that it has answered.
    pub(super) async fn of(pages: &Pages, visitor: &Visitor, account: &Account) -> Result<Calls, Problem> {
        let now = clock::now();
        let teams = account.teams.iter().map(|team| of_team(pages, visitor, *team, now));
        let (answers, teams) = tokio::join!(answers(pages, visitor), join_all(teams));
        let mut answers = by_event(answers?);
        let mut events: BTreeMap<Uuid, Event> = BTreeMap::new();
        for listed in teams {
            events.extend(listed?.into_iter().map(|event| (event.id, event)));
        }
        let others: BTreeSet<Uuid> = answers.keys().filter(|id| !events.contains_key(id)).copied().collect();
        // Ids are made in the order of time.
        let others = others.into_iter().rev().take(ANSWERED_MAX).map(|id| read_event(pages, visitor, id));
        events.extend(join_all(others).await.into_iter().flatten().map(|event| (event.id, event)));
        let calls = events.into_values().map(|event| {
            let answers = answers.remove(&event.id).unwrap_or_default();
            Call { event, answers }
        });
        Ok(Calls::sorted(calls.filter(Call::concerns), now))
    }

    fn sorted(calls: impl Iterator<Item = Call>, now: Millis) -> Calls {
        let (mut past, mut coming): (Vec<Call>, Vec<Call>) = calls.partition(|call| call.is_over(now));
        past.retain(|call| !call.answers.is_empty());
        coming.sort_by_key(|call| (call.begins().is_none(), call.begins(), call.event.id));
        past.sort_by_key(|call| Reverse((call.begins(), call.event.id)));
        Calls { coming, past }
    }

    /// What they have a place in or wait for, as far as it has a time.
    pub(super) fn accepted(&self) -> impl Iterator<Item = Accepted<'_>> {
        self.coming.iter().flat_map(|call| {
            call.event.roles.iter().filter_map(|role| {
                let answer = call.answer(role).filter(|answer| answer.status.is_active())?;
                Some(Accepted { event: &call.event, role, answer, slot: Slot::of(&call.event, role)? })
            })
        })
    }

    /// What is at the same time as a role and accepted. Another role of the same event counts only where both are
    /// accepted: it is a choice till then.
    pub(super) fn beside<'a>(&'a self, call: &'a Call, role: &'a Role) -> impl Iterator<Item = Accepted<'a>> {
        let slot = Slot::of(&call.event, role);
        let answer = call.answer(role).map(|answer| answer.status);
        let is_accepted = answer.is_some_and(Status::is_active);
        let is_asked = is_accepted || answer.is_none();
        self.accepted().filter(move |other| {
            let is_other = other.role.id != role.id && (is_accepted || other.event.id != call.event.id);
            is_asked && is_other && slot.is_some_and(|slot| slot.overlaps(other.slot))
        })
    }
}

impl Call {
    /// Where they stand in a role; none: they have not answered.
    pub(super) fn answer(&self, role: &Role) -> Option<&Answer> {
        self.answers.get(&role.id)
    }

    /// Their registrations.
    pub(super) fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.answers.values()
    }

    /// Drafts call nobody, and what is cancelled only those who had answered.
    fn concerns(&self) -> bool {
        match self.event.status {
            EventStatus::Draft => false,
            EventStatus::Cancelled => !self.answers.is_empty(),
            EventStatus::Published | EventStatus::Closed => true,
        }
    }

    fn slots(&self) -> impl Iterator<Item = Slot> {
        self.event.roles.iter().filter_map(|role| Slot::of(&self.event, role))
    }

    fn begins(&self) -> Option<Millis> {
        self.slots().map(|slot| slot.from).min()
    }

    fn is_over(&self, now: Millis) -> bool {
        self.slots().map(|slot| slot.to).max().is_some_and(|end| end <= now)
    }
}

async fn of_team(pages: &Pages, visitor: &Visitor, team: Uuid, now: Millis) -> Result<Vec<Event>, Problem> {
    let from = Time(Millis(now.0 - PRESENT_MS)).rfc3339();
    let path = format!("/api/v1/events?team={team}&from={}&limit={EVENTS_OF_TEAM_MAX}", segment(&from));
    Ok(pages.api().get(visitor, path).read::<List<Event>>().await?.items)
}

/// An event by its id; none: it may not be seen any more.
async fn read_event(pages: &Pages, visitor: &Visitor, id: Uuid) -> Option<Event> {
    pages.api().get(visitor, format!("/api/v1/events/{id}")).read().await.ok()
}

async fn answers(pages: &Pages, visitor: &Visitor) -> Result<Vec<Answer>, Problem> {
    let first = format!("/api/v1/people/me/registrations?limit={ANSWERS_MAX}");
    let (mut found, mut path) = (Vec::new(), first.clone());
    for _ in 0..ANSWER_PAGES_MAX {
        let list: List<Answer> = pages.api().get(visitor, path).read().await?;
        found.extend(list.items);
        let Some(cursor) = list.next_cursor else { break };
        path = format!("{first}&cursor={}", segment(&cursor));
    }
    Ok(found)
}

/// One answer a role: the one that is active, else the latest.
fn by_event(answers: Vec<Answer>) -> BTreeMap<Uuid, BTreeMap<Uuid, Answer>> {
    let mut found: BTreeMap<Uuid, BTreeMap<Uuid, Answer>> = BTreeMap::new();
    for answer in answers {
        let of_event = found.entry(answer.event_id).or_default();
        let rank = |answer: &Answer| (answer.status.is_active(), answer.created_at);
        if of_event.get(&answer.role_id).is_none_or(|known| rank(known) <= rank(&answer)) {
            of_event.insert(answer.role_id, answer);
        }
    }
    found
}
