//! An order that goes to many is handed on as one order each. It can be done again at any time: the id of each follows from
//! that of the order and from whom it goes to, so nobody gets it twice.

use headcount_core::event::Status;
use headcount_core::ids::{EventId, Millis, RoleId};
use headcount_core::view::EventView;
use uuid::Uuid;

use super::lookup::{Found, Lookup};
use super::news::is_on;
use super::outbox::{self, Due, Order};
use crate::secret::id_from_key;
use crate::store::StoreError;
use crate::store::read::Addressee;
use crate::store::script::Script;
use crate::values;

/// Orders that are written in one transaction.
const ORDERS_AT_ONCE: u32 = 200;
/// How long before its start somebody is reminded.
pub(super) const REMIND_MS_BEFORE: i64 = 24 * 60 * 60 * 1_000;

const WAITING_ALIKE: &str = "select min(seq), max(seq) from outbox where event_id = $1 and template = $2 and registration_id is null \
     and sent_at is null and (role_id = $3 or ($3 is null and role_id is null))";
const TEAM: &str = "select m.account_id from team_members m join accounts a on a.account_id = m.account_id \
     where m.team_id = $1 and m.account_id > $2 and a.ended_at is null and a.confirmed_at is not null \
     order by m.account_id limit $3";

/// What goes to many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ToMany {
    EventChanged,
    EventCancelled,
    Reminder,
    Called,
}

impl ToMany {
    /// What is ordered as `template`.
    pub(super) fn named(template: &str) -> Option<ToMany> {
        [ToMany::EventChanged, ToMany::EventCancelled, ToMany::Reminder, ToMany::Called]
            .into_iter()
            .find(|one| one.template() == template)
    }

    fn template(self) -> &'static str {
        match self {
            ToMany::EventChanged => "event_changed",
            ToMany::EventCancelled => "event_cancelled",
            ToMany::Reminder => "reminder",
            ToMany::Called => "called",
        }
    }

    /// Whether it is still so.
    fn fits(self, event: &EventView) -> bool {
        is_on(event) != (self == ToMany::EventCancelled)
    }

    /// Whether it concerns this one.
    fn concerns(self, one: &Addressee, role: Option<RoleId>, event: &EventView) -> bool {
        let Some(theirs) = event.roles.iter().find(|known| known.id == one.role) else { return false };
        let is_meant = role.is_none_or(|role| role == one.role);
        if self != ToMany::Reminder {
            return is_meant && one.status.is_active();
        }
        // Who is in a role with a start of its own is reminded of that. Who signed up since need not be reminded.
        let starts_at = theirs.settings.starts_at.or(event.settings.starts_at);
        let is_of_role = theirs.settings.starts_at.is_some() == role.is_some();
        let knows = |starts_at: Millis| one.created_at.0 > starts_at.0 - REMIND_MS_BEFORE;
        is_meant && is_of_role && one.status == Status::Confirmed && starts_at.is_some_and(|at| !knows(at))
    }
}

/// Where a spreading has come to.
pub(super) enum Spread {
    /// Nothing is to be told.
    NotNeeded(&'static str),
    /// These orders are to be written; there may be more after this one.
    Orders(Script, Uuid),
    /// All are written.
    Done,
}

impl Lookup {
    /// What to do with an order to many: of several of its kind that wait, only the last is told, and only when those before
    /// it have seen it waiting.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) async fn about_many(&self, due: &Due, kind: ToMany) -> Result<Found, StoreError> {
        let (Some(event), Some(seq)) = (due.event, due.seq) else { return Ok(Found::ToMany(kind)) };
        let rows = self.readers.rows(WAITING_ALIKE, values![event.0, kind.template(), due.role]).await?;
        let Some(row) = rows.first() else { return Ok(Found::ToMany(kind)) };
        if row.opt_int(0)?.is_some_and(|first| first < seq) {
            return Ok(Found::NotYet);
        }
        if row.opt_int(1)?.is_some_and(|last| last > seq) {
            return Ok(Found::NotNeeded("more has changed since, and is told at once"));
        }
        Ok(Found::ToMany(kind))
    }

    /// The orders that come of one to many, of those who come after `after`.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) async fn spread(&self, due: &Due, kind: ToMany, after: Uuid, now: Millis) -> Result<Spread, StoreError> {
        let Some(event) = due.event else { return Ok(Spread::NotNeeded("it names no event")) };
        let Some(view) = self.readers.event(event, now).await? else {
            return Ok(Spread::NotNeeded("the event is gone"));
        };
        if !kind.fits(&view) {
            return Ok(Spread::NotNeeded("it is otherwise by now"));
        }
        match kind {
            ToMany::Called => self.to_teams(due, &view, after, now).await,
            _ => self.to_holders(due, kind, (event, &view), after, now).await,
        }
    }

    async fn to_holders(
        &self,
        due: &Due,
        kind: ToMany,
        (event, view): (EventId, &EventView),
        after: Uuid,
        now: Millis,
    ) -> Result<Spread, StoreError> {
        let page = self.readers.addressees(event, after, ORDERS_AT_ONCE).await?;
        let Some(last) = page.last().map(|one| one.registration.0) else { return Ok(Spread::Done) };
        let role = due.role.map(RoleId);
        let concerned = page.iter().filter(|one| one.has_address && kind.concerns(one, role, view));
        let orders = concerned.map(|one| Order {
            registration: Some((event, one.registration)),
            ..Order::new(id_from_key("mail", &due.id.to_string(), &one.registration.to_string()), kind.template())
        });
        Ok(Spread::Orders(orders.fold(Script::default(), |all, one| all.then(outbox::order(one, now))), last))
    }

    /// Everybody in a team is called once for an event, in however many teams they are. `after` is a team.
    async fn to_teams(&self, due: &Due, view: &EventView, after: Uuid, now: Millis) -> Result<Spread, StoreError> {
        let Some(team) = view.settings.form.teams.iter().map(|team| team.0).find(|team| *team > after) else {
            return Ok(Spread::Done);
        };
        let (mut script, mut last) = (Script::default(), Uuid::nil());
        loop {
            let rows = self.readers.rows(TEAM, values![team, last, i64::from(ORDERS_AT_ONCE)]).await?;
            for row in &rows {
                last = row.id(0)?;
                let id = id_from_key("call", &view.id.to_string(), &last.to_string());
                script = script.then(outbox::order(
                    Order { event: due.event, account: Some(last), ..Order::new(id, ToMany::Called.template()) },
                    now,
                ));
            }
            if rows.len() < ORDERS_AT_ONCE as usize {
                return Ok(Spread::Orders(script, team));
            }
        }
    }
}
