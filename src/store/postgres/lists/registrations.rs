//! Listing the registrations of an event: line after line, a line being those of one status in one role.

use deadpool_postgres::ClientWrapper;
use headcount_core::event::{Registration, Status};
use headcount_core::ids::{EventId, RoleId, Seq};
use headcount_core::person::fold;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{NO_ID, Names, ask};
use crate::store::cursor::{self, Filling, Room};
use crate::store::listing::{RegistrationPlace, STATUSES, has_text};
use crate::store::postgres::fault::Fault;
use crate::store::postgres::queries::{self, from_one_state};
use crate::store::postgres::rows::{self, Columns, registration_columns, whole};
use crate::store::read::{Listed, Page, RegistrationFilter, RegistrationView};
use crate::store::words::Word as _;

/// Of each line, a status in a role, the first behind a place; of all of them the first.
pub(in crate::store::postgres) const REGISTRATIONS: &str = concat!(
    "select line.number, one.* from unnest($2::text[], $3::uuid[], $4::bigint[], $5::uuid[]) with ordinality \
         as line(status, role_id, after_seq, after_id, number) cross join lateral (select ",
    registration_columns!(),
    " from registrations where event_id = $1 and role_id = line.role_id and status = line.status \
         and (wait_seq, registration_id) > (line.after_seq, line.after_id) \
         order by wait_seq, registration_id limit $6) as one \
     order by line.number, one.wait_seq, one.registration_id limit $6"
);

/// Lines that are looked at together. When they end before the page is full, twice as many follow.
const LINES_AT_ONCE: usize = 8;
/// Of each line a whole chunk may be read and only the first be needed.
const LINES_AT_ONCE_MAX: usize = 64;

/// Registrations of an event: for each status and role those who signed up first.
pub(in crate::store::postgres) async fn registrations(
    client: &ClientWrapper,
    event: EventId,
    filter: &RegistrationFilter,
    page: &Page,
) -> Result<Listed<RegistrationView>, Fault> {
    let after: Option<RegistrationPlace> = cursor::start(page)?;
    let question = async {
        let names = Names::of(client, event).await?;
        let mut filling = Filling::new(page);
        find_registrations(client, &names, filter, after, &mut filling).await?;
        let (found, next_cursor) = filling.finish();
        let items = found.into_iter().map(|(one, position)| names.view(one, position)).collect::<Result<_, _>>()?;
        Ok(Listed { items, next_cursor })
    };
    from_one_state(client, question).await
}

/// The registrations of one status, by its number, in one role.
type Line = (usize, RoleId);

async fn find_registrations(
    client: &ClientWrapper,
    names: &Names,
    filter: &RegistrationFilter,
    after: Option<RegistrationPlace>,
    filling: &mut Filling<RegistrationPlace, (Registration, Option<u64>)>,
) -> Result<(), Fault> {
    let text = filter.text.as_deref().map(fold);
    let start: Option<(Line, (i64, Uuid))> =
        // Numbers that are not stored come after all that are.
        after.map(|(status, role, seq, id)| ((status, RoleId(role)), (i64::try_from(seq).unwrap_or(i64::MAX), id)));
    let lines = lines(names, filter, start.map(|(line, _)| line));
    let start = start.filter(|(line, _)| lines.first() == Some(line));
    let mut place_in_line = places_before(client, names.event, start).await?;
    let mut behind = start.map(|(_, place)| place);
    let (mut first, mut at_once) = (0, LINES_AT_ONCE);
    while first < lines.len() {
        let end = lines.len().min(first + at_once);
        let many = filling.rows_at_once();
        let found = chunk(client, names.event, &lines[first..end], behind, many).await?;
        let mut current = first;
        for row in &found {
            let mut columns = Columns::of(row);
            let line = first + columns.number::<usize>()? - 1;
            let one = rows::registration(&mut columns)?;
            place_in_line = if line == current { place_in_line + 1 } else { 1 };
            (current, behind) = (line, Some((whole(one.wait_seq.0)?, one.id.0)));
            let place = (lines[line].0, one.role.0, one.wait_seq.0, one.id.0);
            let position = (one.status == Status::Waitlisted).then_some(place_in_line);
            let wanted = has_text(&one, text.as_deref()).then_some((one, position));
            if filling.look(place, wanted) == Room::Full {
                return Ok(());
            }
        }
        if found.len() < many {
            (first, behind, place_in_line) = (end, None, 0);
            at_once = LINES_AT_ONCE_MAX.min(at_once * 2);
        } else {
            (first, at_once) = (current, current - first + 1);
        }
    }
    Ok(())
}

/// The lines of a list in their order, those before a place left out.
fn lines(names: &Names, filter: &RegistrationFilter, start: Option<Line>) -> Vec<Line> {
    let mut lines = Vec::new();
    for (number, status) in STATUSES.into_iter().enumerate() {
        for role in names.roles.keys() {
            let is_wanted = filter.status.is_none_or(|one| one == status) && filter.role.is_none_or(|one| one == *role);
            if is_wanted && start.is_none_or(|start| (number, *role) >= start) {
                lines.push((number, *role));
            }
        }
    }
    lines
}

/// How many of those who wait stand in a line up to a place. From there on they are counted as they are read.
async fn places_before(
    client: &ClientWrapper,
    event: EventId,
    start: Option<(Line, (i64, Uuid))>,
) -> Result<u64, Fault> {
    match start {
        Some(((number, role), (seq, _))) if STATUSES.get(number) == Some(&Status::Waitlisted) => {
            queries::waiting_between(client, event, role, Seq(0), Seq(seq.unsigned_abs())).await
        }
        _ => Ok(0),
    }
}

/// The first so many rows of some lines; of the first line those behind a place.
async fn chunk(
    client: &ClientWrapper,
    event: EventId,
    lines: &[Line],
    behind: Option<(i64, Uuid)>,
    many: usize,
) -> Result<Vec<Row>, Fault> {
    let (statuses, roles): (Vec<&str>, Vec<Uuid>) =
        lines.iter().map(|(number, role)| (STATUSES[*number].word(), role.0)).unzip();
    let (mut seqs, mut ids) = (vec![0; lines.len()], vec![NO_ID; lines.len()]);
    if let Some(behind) = behind {
        (seqs[0], ids[0]) = behind;
    }
    ask(client, REGISTRATIONS, &[&event.0, &statuses, &roles, &seqs, &ids, &whole(many as u64)?]).await
}
