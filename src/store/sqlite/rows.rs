//! Rows of the tables as domain types, and back. The only place that knows the order of columns.

use std::collections::BTreeSet;

use headcount_core::event::{
    Counters, Details, Event, EventSettings, Form, Registration, Role, RoleSettings, Skipped, Waitlist,
};
use headcount_core::ids::{EventId, Hash, Millis, OrganizationId, RegistrationId, RoleId, Seq, Spots, TeamId};
use headcount_core::person::{Person, Tag};
use rusqlite::types::{FromSql, Type};
use rusqlite::{Error, Result, Row, Statement, ToSql};
use uuid::Uuid;

use crate::store::words::{Word, read_teams, teams_text};

/// The columns that [`event`] reads and [`bind_event`] binds, in this order.
macro_rules! event_columns {
    () => {
        "event_id, slug, visibility, one_per, phone, phone_region, organization_id, teams, status, capacity, \
         waitlist_policy, waitlist_limit, max_skips, max_spots, roles_per_person, starts_at, ends_at, opens_at, \
         closes_at, cancel_until, promote_until, self_move, verify_minutes, retention_days, reserved, waiting, \
         registrations, override_spots, seq, last_at, hash, revision, full_since"
    };
}

/// The columns that [`role`] reads, in this order.
macro_rules! role_columns {
    () => {
        "role_id, name, capacity, starts_at, ends_at, sort, min_needed, closed, reserved, waiting, registrations, \
         override_spots, skipped_id, skips, full_since"
    };
}

/// The columns that [`registration`] reads and [`bind_registration`] binds, in this order.
macro_rules! registration_columns {
    () => {
        "registration_id, role_id, person, person_tag, spots, status, verify_by, wait_seq, ended_seq, checked_in, \
         link_version, created_at, name, email, phone, notes, special_requirements, staff_note, metadata, \
         language"
    };
}

pub(super) use {event_columns, registration_columns, role_columns};

/// Reads the columns of a row one after the other.
pub(super) struct Columns<'a, 's> {
    row: &'a Row<'s>,
    next: usize,
}

impl<'a, 's> Columns<'a, 's> {
    pub(super) fn of(row: &'a Row<'s>) -> Columns<'a, 's> {
        Columns { row, next: 0 }
    }

    fn place(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    pub(super) fn get<T: FromSql>(&mut self) -> Result<T> {
        let place = self.place();
        self.row.get(place)
    }

    pub(super) fn id(&mut self) -> Result<Uuid> {
        self.get().map(Uuid::from_bytes)
    }

    pub(super) fn optional_id(&mut self) -> Result<Option<Uuid>> {
        Ok(self.get::<Option<[u8; 16]>>()?.map(Uuid::from_bytes))
    }

    pub(super) fn count(&mut self) -> Result<u64> {
        let place = self.place();
        let count: i64 = self.row.get(place)?;
        u64::try_from(count).map_err(|_| Error::IntegralValueOutOfRange(place, count))
    }

    pub(super) fn seq(&mut self) -> Result<Seq> {
        self.count().map(Seq)
    }

    pub(super) fn hash(&mut self) -> Result<Hash> {
        self.get().map(Hash)
    }

    pub(super) fn millis(&mut self) -> Result<Millis> {
        self.get().map(Millis)
    }

    pub(super) fn moment(&mut self) -> Result<Option<Millis>> {
        Ok(self.get::<Option<i64>>()?.map(Millis))
    }

    pub(super) fn spots(&mut self) -> Result<Spots> {
        let place = self.place();
        let spots: u32 = self.row.get(place)?;
        Spots::try_from(spots).map_err(|_| Error::IntegralValueOutOfRange(place, spots.into()))
    }

    pub(super) fn word<T: Word>(&mut self) -> Result<T> {
        let place = self.place();
        let word = self.row.get_ref(place)?.as_str()?;
        let unknown = || format!("\"{word}\" is none of the words this version knows");
        T::of_word(word).ok_or_else(|| Error::FromSqlConversionFailure(place, Type::Text, unknown().into()))
    }

    /// A text of ids with a blank between them.
    pub(super) fn teams(&mut self) -> Result<BTreeSet<TeamId>> {
        let place = self.place();
        let text = self.row.get_ref(place)?.as_str()?;
        let unreadable = || format!("\"{text}\" are no ids of teams");
        read_teams(text).ok_or_else(|| Error::FromSqlConversionFailure(place, Type::Text, unreadable().into()))
    }
}

/// Binds the parameters of a statement one after the other.
pub(super) struct Binder<'a, 'c> {
    statement: &'a mut Statement<'c>,
    next: usize,
}

impl<'a, 'c> Binder<'a, 'c> {
    pub(super) fn of(statement: &'a mut Statement<'c>) -> Binder<'a, 'c> {
        Binder { statement, next: 1 }
    }

    pub(super) fn put<T: ToSql>(&mut self, value: T) -> Result<()> {
        self.next += 1;
        self.statement.raw_bind_parameter(self.next - 1, value)
    }

    pub(super) fn id(&mut self, id: Uuid) -> Result<()> {
        self.put(id.into_bytes())
    }

    pub(super) fn count(&mut self, count: u64) -> Result<()> {
        self.put(whole(count)?)
    }

    pub(super) fn moment(&mut self, moment: Option<Millis>) -> Result<()> {
        self.put(moment.map(|moment| moment.0))
    }

    fn moments(&mut self, moments: &[Option<Millis>]) -> Result<()> {
        moments.iter().try_for_each(|one| self.moment(*one))
    }

    pub(super) fn counters(&mut self, counters: Counters) -> Result<()> {
        self.count(counters.reserved)?;
        self.put(counters.waiting)?;
        self.put(counters.registrations)
    }

    /// Runs the statement and returns how many rows it touched.
    pub(super) fn execute(self) -> Result<usize> {
        self.statement.raw_execute()
    }
}

/// A number as SQLite stores it.
pub(super) fn whole(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|error| Error::ToSqlConversionFailure(error.into()))
}

/// An event from `event_columns`.
pub(super) fn event(row: &Row<'_>) -> Result<Event> {
    let mut columns = Columns::of(row);
    let id = EventId(columns.id()?);
    let form = form(&mut columns)?;
    let settings = EventSettings {
        form,
        status: columns.word()?,
        capacity: columns.get()?,
        waitlist: Waitlist { policy: columns.word()?, limit: columns.get()?, max_skips: columns.get()? },
        max_spots: columns.spots()?,
        roles_per_person: columns.get()?,
        starts_at: columns.moment()?,
        ends_at: columns.moment()?,
        opens_at: columns.moment()?,
        closes_at: columns.moment()?,
        cancel_until: columns.moment()?,
        promote_until: columns.moment()?,
        self_move: columns.get()?,
        verify_minutes: columns.get()?,
        retention_days: columns.get()?,
    };
    Ok(Event {
        id,
        settings,
        counters: counters(&mut columns)?,
        override_spots: columns.count()?,
        seq: columns.seq()?,
        last_at: columns.millis()?,
        hash: columns.hash()?,
        revision: columns.get()?,
        full_since: columns.moment()?,
    })
}

/// `slug, visibility, one_per, phone, phone_region, organization_id, teams`.
pub(super) fn form(columns: &mut Columns<'_, '_>) -> Result<Form> {
    Ok(Form {
        slug: columns.get()?,
        visibility: columns.word()?,
        one_per: columns.word()?,
        phone: columns.word()?,
        phone_region: columns.get()?,
        organization: OrganizationId(columns.id()?),
        teams: columns.teams()?,
    })
}

/// Binds `event_columns`.
pub(super) fn bind_event(binder: &mut Binder<'_, '_>, event: &Event) -> Result<()> {
    let EventSettings { form, waitlist, .. } = &event.settings;
    let settings = &event.settings;
    binder.id(event.id.0)?;
    binder.put(&form.slug)?;
    binder.put(form.visibility.word())?;
    binder.put(form.one_per.word())?;
    binder.put(form.phone.word())?;
    binder.put(&form.phone_region)?;
    binder.id(form.organization.0)?;
    binder.put(teams_text(&form.teams))?;
    binder.put(settings.status.word())?;
    binder.put(settings.capacity)?;
    binder.put(waitlist.policy.word())?;
    binder.put(waitlist.limit)?;
    binder.put(waitlist.max_skips)?;
    binder.put(settings.max_spots.get())?;
    binder.put(settings.roles_per_person)?;
    binder.moments(&[settings.starts_at, settings.ends_at, settings.opens_at, settings.closes_at])?;
    binder.moments(&[settings.cancel_until, settings.promote_until])?;
    binder.put(settings.self_move)?;
    binder.put(settings.verify_minutes)?;
    binder.put(settings.retention_days)?;
    binder.counters(event.counters)?;
    binder.count(event.override_spots)?;
    binder.count(event.seq.0)?;
    binder.put(event.last_at.0)?;
    binder.put(event.hash.0)?;
    binder.put(event.revision)?;
    binder.moment(event.full_since)
}

/// A role from `role_columns`.
pub(super) fn role(columns: &mut Columns<'_, '_>) -> Result<Role> {
    let id = RoleId(columns.id()?);
    let name = columns.get()?;
    let settings = RoleSettings {
        capacity: columns.get()?,
        starts_at: columns.moment()?,
        ends_at: columns.moment()?,
        order: columns.get()?,
        min_needed: columns.get()?,
        closed: columns.get()?,
    };
    let counters = counters(columns)?;
    let override_spots = columns.count()?;
    let first = columns.optional_id()?.map(RegistrationId);
    let skips = columns.get()?;
    let skipped = first.map(|registration| Skipped { registration, skips });
    let full_since = columns.moment()?;
    Ok(Role { id, name, settings, counters, override_spots, skipped, full_since })
}

/// Binds event, role, counters, override, who was skipped, and since when it is full: what changes without a change of
/// settings.
pub(super) fn bind_role_counters(binder: &mut Binder<'_, '_>, event: EventId, role: &Role) -> Result<()> {
    binder.id(event.0)?;
    binder.id(role.id.0)?;
    binder.counters(role.counters)?;
    binder.count(role.override_spots)?;
    binder.put(role.skipped.map(|skipped| skipped.registration.0.into_bytes()))?;
    binder.put(role.skipped.map_or(0, |skipped| skipped.skips))?;
    binder.moment(role.full_since)
}

/// Binds name, its key, description, and settings.
pub(super) fn bind_role_settings(binder: &mut Binder<'_, '_>, role: &Role, description: Option<&str>) -> Result<()> {
    let settings = &role.settings;
    binder.put(&role.name)?;
    binder.put(Role::name_key(&role.name))?;
    binder.put(description)?;
    binder.put(settings.capacity)?;
    binder.moments(&[settings.starts_at, settings.ends_at])?;
    binder.put(settings.order)?;
    binder.put(settings.min_needed)?;
    binder.put(settings.closed)
}

/// A registration from `registration_columns`.
pub(super) fn registration(columns: &mut Columns<'_, '_>) -> Result<Registration> {
    Ok(Registration {
        id: RegistrationId(columns.id()?),
        role: RoleId(columns.id()?),
        person: Person { key: columns.get()?, tag: Tag(columns.get()?) },
        spots: columns.spots()?,
        status: columns.word()?,
        verify_by: columns.moment()?,
        wait_seq: columns.seq()?,
        ended_seq: columns.seq()?,
        checked_in: columns.get()?,
        link_version: columns.get()?,
        created_at: columns.millis()?,
        details: Details {
            name: columns.get()?,
            email: columns.get()?,
            phone: columns.get()?,
            notes: columns.get()?,
            special_requirements: columns.get()?,
            staff_note: columns.get()?,
            metadata: columns.get()?,
            language: columns.get()?,
        },
    })
}

/// Binds the event and `registration_columns`.
pub(super) fn bind_registration(binder: &mut Binder<'_, '_>, event: EventId, one: &Registration) -> Result<()> {
    let details = &one.details;
    binder.id(event.0)?;
    binder.id(one.id.0)?;
    binder.id(one.role.0)?;
    binder.put(&one.person.key)?;
    binder.put(one.person.tag.0)?;
    binder.put(one.spots.get())?;
    binder.put(one.status.word())?;
    binder.put(one.verify_by.map(|until| until.0))?;
    binder.count(one.wait_seq.0)?;
    binder.count(one.ended_seq.0)?;
    binder.put(one.checked_in)?;
    binder.put(one.link_version)?;
    binder.put(one.created_at.0)?;
    binder.put(&details.name)?;
    binder.put(&details.email)?;
    binder.put(&details.phone)?;
    binder.put(&details.notes)?;
    binder.put(&details.special_requirements)?;
    binder.put(&details.staff_note)?;
    binder.put(&details.metadata)?;
    binder.put(&details.language)
}

/// `reserved, waiting, registrations`.
pub(super) fn counters(columns: &mut Columns<'_, '_>) -> Result<Counters> {
    Ok(Counters { reserved: columns.count()?, waiting: columns.get()?, registrations: columns.get()? })
}
