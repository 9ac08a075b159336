//! Door links: let their holder check people in at one event, until they expire. Their tokens are derived, not stored.

use headcount_core::ids::{AccountId, DoorId, EventId, Millis, OrganizationId};

use super::{Denial, Failed, People};
use crate::clock;
use crate::secret::id_from_key;
use crate::store::StoreError;
use crate::store::script::{Ran, Row, Script};
use crate::values;

/// What door tokens begin with.
pub const DOOR_PREFIX: &str = "hcd_";
/// What door tokens are derived for.
pub const DOOR_PURPOSE: &str = "door";
/// How long a door link can be made to last.
pub const DOOR_AGE_MS_MAX: i64 = 60 * DAY_MS;
/// How long a door link lasts whose end is not chosen.
pub const DOOR_AGE_MS: i64 = DAY_MS;
/// Door links of one event that have not ended.
const DOORS_MAX: i64 = 100;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// What a door link is to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DoorRequest {
    /// The event it is for.
    pub event: EventId,
    /// The organization that the event belongs to.
    pub organization: OrganizationId,
    /// Who will hold it, or where: for those who revoke it.
    pub name: String,
    /// When it ends; none: after the usual time.
    pub expires_at: Option<Millis>,
}

/// A door link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Door {
    /// Which.
    pub id: DoorId,
    /// Who holds it, or where.
    pub name: String,
    /// When it was made.
    pub created_at: Millis,
    /// When it ends.
    pub expires_at: Millis,
}

impl People {
    /// Makes a door link: the token, and what is known of it. `key` (who asks, and their key) makes a repeat harmless.
    ///
    /// # Errors
    /// [`Denial::KeyReused`]; [`Denial::Invalid`] if there are too many.
    pub async fn make_door(
        &self,
        asked: DoorRequest,
        by: Option<AccountId>,
        key: Option<(&str, &str)>,
        now: Millis,
    ) -> Result<(String, Door), Failed> {
        const SQL: &str = "\
insert into doors (door_id, event_id, organization_id, name, created_by, created_at, expires_at) \
select $1, $2, $3, $4, $5, $6, $7 where not exists (select 1 from doors d where d.door_id = $1) \
and (select count(*) from doors d where d.event_id = $2 and d.revoked_at is null and d.expires_at > $6) < $8";
        let id = DoorId(
            key.map_or_else(clock::new_id, |(who, key)| id_from_key("door", &format!("{who} {}", asked.event), key)),
        );
        let ends = asked.expires_at.unwrap_or(Millis(now.0.saturating_add(DOOR_AGE_MS)));
        let DoorRequest { event, organization, name, .. } = &asked;
        let values = values![id.0, *event, organization.0, name, by.map(|by| by.0), now, ends, DOORS_MAX];
        let ran = self.run(Script::default().one(SQL, values)).await?;
        let made = self.row(ONE, values![event.0, id.0]).await?.as_ref().map(read).transpose()?;
        let Some(door) = made else {
            let too_many = Denial::Invalid { field: "name".into(), problem: TOO_MANY };
            return Err(too_many.into());
        };
        if ran != Ran::Done && !door.is_what(&asked) {
            return Err(Denial::KeyReused.into());
        }
        Ok((format!("{DOOR_PREFIX}{}", self.secret().token(DOOR_PURPOSE, id.0)), door))
    }

    /// The door links of an event that have not ended, newest first.
    ///
    /// # Errors
    /// If the storage cannot be read.
    pub async fn doors(&self, event: EventId, now: Millis) -> Result<Vec<Door>, Failed> {
        const SQL: &str = "\
select door_id, name, created_at, expires_at from doors where event_id = $1 and revoked_at is null \
and expires_at > $2 order by created_at desc, door_id desc";
        let rows = self.rows(SQL, values![event, now]).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    /// Ends a door link.
    ///
    /// # Errors
    /// [`Denial::NoSuch`].
    pub async fn revoke_door(&self, event: EventId, door: DoorId, now: Millis) -> Result<(), Failed> {
        const SQL: &str = "\
update doors set revoked_at = coalesce(revoked_at, $3) where door_id = $2 and event_id = $1";
        match self.run(Script::default().one(SQL, values![event, door.0, now])).await? {
            Ran::Done => Ok(()),
            Ran::Unmet(_) => Err(Denial::NoSuch("door link").into()),
        }
    }
}

const ONE: &str = "\
select door_id, name, created_at, expires_at from doors where event_id = $1 and door_id = $2 and revoked_at is null";

const TOO_MANY: &str = "is that of one door link too many: revoke those that are not needed any more";

impl Door {
    /// Whether it is what was asked for.
    fn is_what(&self, asked: &DoorRequest) -> bool {
        let ends = asked.expires_at.unwrap_or(Millis(self.created_at.0.saturating_add(DOOR_AGE_MS)));
        self.name == asked.name && self.expires_at == ends
    }
}

fn read(row: &Row) -> Result<Door, StoreError> {
    Ok(Door {
        id: DoorId(row.id(0)?),
        name: row.text(1)?,
        created_at: Millis(row.int(2)?),
        expires_at: Millis(row.int(3)?),
    })
}
