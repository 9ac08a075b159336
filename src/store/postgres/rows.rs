//! Rows of the tables as domain types. The only place that knows the order of columns in what is read.

use std::collections::BTreeSet;

use headcount_core::event::{
    Counters, Details, Event, EventSettings, Form, Registration, Role, RoleSettings, Skipped, Waitlist,
};
use headcount_core::ids::{EventId, Hash, Millis, OrganizationId, RegistrationId, RoleId, Seq, Spots, TeamId};
use headcount_core::person::{Person, Tag};
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use uuid::Uuid;

use super::fault::Fault;
use crate::store::words::{Word, read_teams};

/// The columns that [`event`] reads, in this order.
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

/// The columns that [`registration`] reads, in this order.
macro_rules! registration_columns {
    () => {
        "registration_id, role_id, person, person_tag, spots, status, verify_by, wait_seq, ended_seq, checked_in, \
         link_version, created_at, name, email, phone, notes, special_requirements, staff_note, metadata, \
         language"
    };
}

pub(super) use {event_columns, registration_columns, role_columns};

/// Reads the columns of a row one after the other.
pub(super) struct Columns<'a> {
    row: &'a Row,
    next: usize,
}

impl<'a> Columns<'a> {
    pub(super) fn of(row: &'a Row) -> Columns<'a> {
        Columns { row, next: 0 }
    }

    pub(super) fn get<T: FromSql<'a>>(&mut self) -> Result<T, Fault> {
        self.next += 1;
        Ok(self.row.try_get(self.next - 1)?)
    }

    /// A whole number that is stored as `bigint`.
    pub(super) fn number<T: TryFrom<i64>>(&mut self) -> Result<T, Fault> {
        let number: i64 = self.get()?;
        T::try_from(number).map_err(|_| self.unreadable(&number.to_string()))
    }

    pub(super) fn optional_number<T: TryFrom<i64>>(&mut self) -> Result<Option<T>, Fault> {
        let Some(number) = self.get::<Option<i64>>()? else { return Ok(None) };
        T::try_from(number).map(Some).map_err(|_| self.unreadable(&number.to_string()))
    }

    pub(super) fn optional_id(&mut self) -> Result<Option<Uuid>, Fault> {
        self.get()
    }

    pub(super) fn seq(&mut self) -> Result<Seq, Fault> {
        self.number().map(Seq)
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let bytes: &[u8] = self.get()?;
        bytes.try_into().map_err(|_| self.unreadable(&format!("{} bytes", bytes.len())))
    }

    pub(super) fn hash(&mut self) -> Result<Hash, Fault> {
        self.bytes().map(Hash)
    }

    pub(super) fn millis(&mut self) -> Result<Millis, Fault> {
        self.get().map(Millis)
    }

    pub(super) fn moment(&mut self) -> Result<Option<Millis>, Fault> {
        Ok(self.get::<Option<i64>>()?.map(Millis))
    }

    pub(super) fn spots(&mut self) -> Result<Spots, Fault> {
        let spots: u32 = self.number()?;
        Spots::try_from(spots).map_err(|_| self.unreadable(&spots.to_string()))
    }

    pub(super) fn word<T: Word>(&mut self) -> Result<T, Fault> {
        let word: &str = self.get()?;
        T::of_word(word).ok_or_else(|| self.unreadable(&format!("\"{word}\"")))
    }

    /// A text of ids with a blank between them.
    pub(super) fn teams(&mut self) -> Result<BTreeSet<TeamId>, Fault> {
        let text: &str = self.get()?;
        read_teams(text).ok_or_else(|| self.unreadable(&format!("\"{text}\"")))
    }

    fn unreadable(&self, what: &str) -> Fault {
        let column = self.row.columns()[self.next - 1].name();
        Fault::Unreadable(format!("{column} is {what}, which this version does not know"))
    }
}

/// A number as PostgreSQL stores it.
pub(super) fn whole(number: u64) -> Result<i64, Fault> {
    i64::try_from(number).map_err(|_| Fault::Unreadable(format!("{number} is larger than what can be stored")))
}

/// An event from `event_columns`.
pub(super) fn event(row: &Row) -> Result<Event, Fault> {
    let mut columns = Columns::of(row);
    let id = EventId(columns.get()?);
    let form = form(&mut columns)?;
    let settings = EventSettings {
        form,
        status: columns.word()?,
        capacity: columns.optional_number()?,
        waitlist: Waitlist { policy: columns.word()?, limit: columns.optional_number()?, max_skips: columns.number()? },
        max_spots: columns.spots()?,
        roles_per_person: columns.number()?,
        starts_at: columns.moment()?,
        ends_at: columns.moment()?,
        opens_at: columns.moment()?,
        closes_at: columns.moment()?,
        cancel_until: columns.moment()?,
        promote_until: columns.moment()?,
        self_move: columns.get()?,
        verify_minutes: columns.optional_number()?,
        retention_days: columns.optional_number()?,
    };
    Ok(Event {
        id,
        settings,
        counters: counters(&mut columns)?,
        override_spots: columns.number()?,
        seq: columns.seq()?,
        last_at: columns.millis()?,
        hash: columns.hash()?,
        revision: columns.number()?,
        full_since: columns.moment()?,
    })
}

/// `slug, visibility, one_per, phone, phone_region, organization_id, teams`.
pub(super) fn form(columns: &mut Columns<'_>) -> Result<Form, Fault> {
    Ok(Form {
        slug: columns.get()?,
        visibility: columns.word()?,
        one_per: columns.word()?,
        phone: columns.word()?,
        phone_region: columns.get()?,
        organization: OrganizationId(columns.get()?),
        teams: columns.teams()?,
    })
}

/// A role from `role_columns`.
pub(super) fn role(columns: &mut Columns<'_>) -> Result<Role, Fault> {
    let id = RoleId(columns.get()?);
    let name = columns.get()?;
    let settings = RoleSettings {
        capacity: columns.optional_number()?,
        starts_at: columns.moment()?,
        ends_at: columns.moment()?,
        order: columns.number()?,
        min_needed: columns.number()?,
        closed: columns.get()?,
    };
    let counters = counters(columns)?;
    let override_spots = columns.number()?;
    let first = columns.optional_id()?.map(RegistrationId);
    let skips = columns.number()?;
    let skipped = first.map(|registration| Skipped { registration, skips });
    let full_since = columns.moment()?;
    Ok(Role { id, name, settings, counters, override_spots, skipped, full_since })
}

/// A registration from `registration_columns`.
pub(super) fn registration(columns: &mut Columns<'_>) -> Result<Registration, Fault> {
    Ok(Registration {
        id: RegistrationId(columns.get()?),
        role: RoleId(columns.get()?),
        person: Person { key: columns.get()?, tag: Tag(columns.bytes()?) },
        spots: columns.spots()?,
        status: columns.word()?,
        verify_by: columns.moment()?,
        wait_seq: columns.seq()?,
        ended_seq: columns.seq()?,
        checked_in: columns.number()?,
        link_version: columns.number()?,
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

/// `reserved, waiting, registrations`.
pub(super) fn counters(columns: &mut Columns<'_>) -> Result<Counters, Fault> {
    Ok(Counters { reserved: columns.number()?, waiting: columns.number()?, registrations: columns.number()? })
}
