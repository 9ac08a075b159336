//! The stage on which the rows of one case are played: a store, the names that the rows use, and the clock.

use std::collections::BTreeMap;

use headcount_core::command::*;
use headcount_core::decision::{Affected, Decision, Imported, Outcome};
use headcount_core::event::{Details, Status};
use headcount_core::ids::{EventId, Millis, RegistrationId, RoleId};
use headcount_core::invariant;
use headcount_core::notice::{Addressee, Due, Notice, Stand};
use headcount_core::view::Availability;

use super::row::Row;
use super::settings::{event_patch, event_settings, if_below, optional, role_patch, role_settings};
use headcount_simulation::build::*;
use headcount_simulation::memory::Memory;

/// A case in play.
pub(crate) struct Stage {
    pub(crate) store: Memory,
    now: Millis,
    event: EventId,
    names: BTreeMap<String, RegistrationId>,
    numbers: u32,
    /// The event and the roles of the case, until its first row is played.
    setting: Option<(Row, Vec<Row>)>,
    /// Counters were damaged on purpose, and not mended yet.
    is_damaged: bool,
}

impl Stage {
    pub(crate) fn new() -> Stage {
        let (names, setting) = (BTreeMap::new(), Some((Row::default(), Vec::new())));
        let (store, now, event) = (Memory::default(), Millis(0), event_id(1));
        Stage { store, now, event, names, numbers: 1, setting, is_damaged: false }
    }

    /// Plays the rows of one batch and returns what came of each.
    pub(crate) fn play(&mut self, rows: &[Row]) -> Vec<String> {
        let first = &rows[0];
        if let Some(at) = first.at {
            self.now = Millis(at);
        }
        match (first.verb(), &mut self.setting) {
            ("event", Some((event, _))) => *event = first.clone(),
            ("role", Some((_, roles))) => roles.push(first.clone()),
            ("load", _) => {}
            (_, Some(_)) => self.open(),
            (_, None) => {}
        }
        match first.verb() {
            "event" | "role" => Vec::new(),
            "load" => {
                self.store.waiting_each_max = first.number(1).map(|heads| heads as usize);
                Vec::new()
            }
            "damage" => {
                self.damage(first);
                Vec::new()
            }
            "show" => vec![self.show(first.word(1))],
            _ => self.decide(rows),
        }
    }

    fn open(&mut self) {
        let (event, roles) = self.setting.take().expect("opened once");
        let roles = roles.iter().map(|row| self.new_role(row)).collect();
        let creation = create(self.event, event_settings(&event, open_event("party")), roles);
        let decisions = self.store.run(self.now, &[creation]);
        assert!(matches!(decisions[0].outcome, Outcome::EventCreated(_)), "the case opens: {:?}", decisions[0].outcome);
    }

    fn new_role(&mut self, row: &Row) -> NewRole {
        self.numbers += 1;
        let capacity = optional(row, row.words.get(2).map_or("none", String::as_str));
        new_role(self.numbers, row.word(1), role_settings(row, open_role(capacity)))
    }

    fn decide(&mut self, rows: &[Row]) -> Vec<String> {
        let commands: Vec<Command> = rows.iter().map(|row| self.command(row)).collect();
        let before = self.store.events.get(&self.event).map(|kept| kept.state.event.seq);
        let decisions = self.store.run(self.now, &commands);
        if rows.iter().any(|row| row.verb() == "repair" && row.pair("dry").is_none()) {
            self.is_damaged = false;
        }
        if !self.is_damaged {
            assert_eq!(self.store.broken(), Vec::<String>::new(), "after line {}", rows[0].line);
        }
        if let Some(kept) = self.store.events.get(&self.event)
            && before.is_some_and(|before| before < kept.state.event.seq)
            && self.store.unsettled.is_empty()
            && !self.is_damaged
        {
            let broken = invariant::check_settled(&self.store.whole(self.event), self.now);
            assert_eq!(broken, [], "after line {}", rows[0].line);
        }
        decisions.iter().map(|decision| self.describe(decision)).collect()
    }

    fn command(&mut self, row: &Row) -> Command {
        let event = if row.pair("event") == Some("unknown") { event_id(99) } else { self.event };
        let action = self.action(row);
        let event = if row.verb() == "create_event" { event_id(self.numbers) } else { event };
        let version =
            action.registrations().next().and_then(|id| self.store.events[&self.event].state.registrations.get(&id));
        let version = version.map_or(1, |one| one.link_version);
        let actor = match row.pair("by") {
            Some("guest") => Actor::Guest,
            Some("link") => Actor::Link(version),
            Some("old_link") => Actor::Link(version - 1),
            Some("person") => somebody(),
            None if matches!(row.verb(), "accept" | "say_no") => somebody(),
            None if row.verb() == "expire" => Actor::System,
            None if row.verb() == "sign_up" => Actor::Guest,
            _ => Actor::Owner,
        };
        let mode = match (row.pair("dry"), row.pair("notify")) {
            (Some("yes"), _) => Mode::DryRun,
            (_, Some("no")) => Mode::Quiet,
            _ => Mode::Apply,
        };
        let idempotency = row.pair("key").map(|key| {
            let request = row.pair("request").map_or(0, |request| row.parse(request));
            Idempotency { who: "someone".into(), key: key.into(), fingerprint: [request; 32] }
        });
        Command { event, actor, idempotency, mode, action }
    }

    fn action(&mut self, row: &Row) -> Action {
        let verb = row.verb();
        match verb {
            "sign_up" => self.sign_up(row),
            "accept" | "say_no" => self.respond(row),
            "settle" => Action::Settle,
            "import" => self.import(row),
            "repair" => Action::Repair(Repair { over_capacity: if_below(row) }),
            "create_event" | "edit_event" | "delete_event" | "add_role" | "edit_role" | "remove_role" => {
                self.of_settings(row)
            }
            _ => self.of_registration(row),
        }
    }

    fn sign_up(&mut self, row: &Row) -> Action {
        self.numbers += 1;
        let (name, id) = (row.word(1), registration_id(self.numbers));
        self.names.entry(name.to_owned()).or_insert(id);
        let role = row.words.get(2).map_or(RoleRef::Only, |role| RoleRef::Name(role.clone()));
        let person = row.pair("person").unwrap_or(name);
        let mut action = sign_up(id, role, person, row.number(3).unwrap_or(1), &self.form(row));
        if let (Action::SignUp(wish), Some("refuse")) = (&mut action, row.pair("if_full")) {
            wish.if_full = IfFull::Refuse;
        }
        action
    }

    fn respond(&mut self, row: &Row) -> Action {
        self.numbers += 1;
        let (name, id) = (row.word(1), registration_id(self.numbers));
        self.names.entry(name.to_owned()).or_insert(id);
        let role = row.words.get(2).map(|role| RoleRef::Name(role.clone()));
        let answer = if row.verb() == "accept" {
            Answer::Accept { role: role.unwrap_or(RoleRef::Only), spots: spots(row.number(3).unwrap_or(1)) }
        } else {
            Answer::Decline { role }
        };
        respond(id, answer, row.pair("person").unwrap_or(name), &self.form(row))
    }

    /// Each word is a party: name, role, spots, status, and when it signed up. `ann.2` is another one of ann.
    fn import(&mut self, row: &Row) -> Action {
        let parties = row.words[1..].iter().map(|word| {
            let [name, role, party, status, at] = word.split('/').collect::<Vec<_>>()[..] else {
                panic!("line {}: {word} is no party", row.line)
            };
            self.numbers += 1;
            let id = *self.names.entry(name.to_owned()).or_insert(registration_id(self.numbers));
            let (person, at) = (person(name.split('.').next().unwrap_or(name)), row.parse(at));
            let role = self.role(role).unwrap_or(role_id(99));
            let status = serde_json::from_value(status.into()).expect("a status");
            let details = Details { name: name.to_owned(), ..Details::default() };
            Party { id, role, person, spots: spots(row.parse(party)), status, created_at: Millis(at), details }
        });
        let parties = parties.collect();
        Action::Import(Box::new(Import { parties, over_capacity: if_below(row) }))
    }

    fn of_registration(&mut self, row: &Row) -> Action {
        let registration = self.id(row.word(1));
        match row.verb() {
            "confirm" => Action::Confirm(registration),
            "expire" => Action::Expire(registration),
            "cancel" => Action::Cancel(registration),
            "decline" => Action::Decline(registration),
            "remove" => {
                let is_told = row.pair("reason") == Some("told");
                let reason_for = if is_told { ReasonFor::Holder } else { ReasonFor::Staff };
                Action::Remove(Remove { registration, reason: "no show".into(), reason_for })
            }
            "move" => Action::Move(Move { registration, to: RoleRef::Name(row.word(2).to_owned()) }),
            "swap" => Action::Swap(Swap { registration, with: self.id(row.word(2)) }),
            "resize" => Action::Resize(Resize { registration, spots: spots(row.parse(row.word(2))) }),
            "promote" => {
                let override_reason = row.pair("reason").map(str::to_owned);
                Action::Promote(Promote { registration, override_reason })
            }
            "demote" => Action::Demote(registration),
            "reinstate" => Action::Reinstate(registration),
            "check_in" => Action::CheckIn(CheckIn { registration, count: row.number(2) }),
            "undo_check_in" => Action::UndoCheckIn(CheckIn { registration, count: row.number(2) }),
            "erase" => {
                let when = if row.pair("when") == Some("due") { EraseWhen::Due } else { EraseWhen::Asked };
                Action::Erase(Erase { registration, person: nobody(registration), when })
            }
            "change_email" => {
                let (person, email, form) = (person(row.word(2)), email(row.word(2)), self.form(row));
                Action::ChangeEmail(Box::new(ChangeEmail { registration, person, email, form }))
            }
            "edit_details" => {
                let text = |name: &str| row.pair(name).map(|text| optional::<String>(row, text));
                let (notes, staff_note) = (text("notes"), text("staff_note"));
                let name = row.pair("name").map(str::to_owned);
                let patch = DetailsPatch { name, notes, staff_note, ..DetailsPatch::default() };
                Action::EditDetails(Box::new(EditDetails { registration, patch, form: self.form(row) }))
            }
            other => panic!("line {}: nobody knows how to {other}", row.line),
        }
    }

    fn of_settings(&mut self, row: &Row) -> Action {
        let current = self.store.events.get(&self.event).map(|kept| kept.state.event.clone());
        let current = current.expect("the event of the case is there");
        let revision = row.pair("revision").map_or(current.revision, |text| row.parse(text));
        let role = row.words.get(1).map_or(RoleRef::Only, |name| RoleRef::Name(name.clone()));
        let (texts, if_below) = (TextsPatch::default(), if_below(row));
        match row.verb() {
            "create_event" => {
                let names = row.words[1..].iter().map(String::as_str);
                let roles = names.zip(self.numbers..).map(|(name, id)| new_role(id, name, open_role(None))).collect();
                self.numbers += 10;
                let settings = event_settings(row, open_event("other"));
                let texts = EventTexts::default();
                Action::CreateEvent(Box::new(CreateEvent { settings, texts, roles }))
            }
            "edit_event" => {
                let settings = event_patch(row, current.settings.waitlist);
                let title = row.pair("title").map(str::to_owned);
                let location = row.pair("location").map(str::to_owned);
                let texts = TextsPatch { title, location, ..texts };
                Action::EditEvent(Box::new(EditEvent { revision, settings, texts, if_below }))
            }
            "delete_event" => Action::DeleteEvent(revision),
            "add_role" => Action::AddRole(Box::new(self.new_role(row))),
            "edit_role" => {
                let (name, settings) = (row.pair("name").map(str::to_owned), role_patch(row));
                Action::EditRole(Box::new(EditRole { revision, role, name, description: None, settings, if_below }))
            }
            _ => Action::RemoveRole(RemoveRole { revision, role }),
        }
    }

    fn form(&self, row: &Row) -> headcount_core::event::Form {
        let mut form = self.store.events[&self.event].state.event.settings.form.clone();
        if row.pair("form") == Some("old") {
            form.phone_region = Some("ZZ".to_owned());
        }
        form
    }

    /// Makes counters wrong, as a fault of the disk would.
    fn damage(&mut self, row: &Row) {
        let role = self.role(row.word(1)).expect("a role");
        let kept = self.store.events.get_mut(&self.event).expect("the event");
        let (role, reserved) = (kept.state.roles.get_mut(&role).expect("the role"), row.pair("reserved"));
        if let Some(reserved) = reserved {
            role.counters.reserved = row.parse(reserved);
        }
        if let Some(capacity) = row.pair("capacity") {
            role.settings.capacity = optional(row, capacity);
        }
        self.is_damaged = true;
    }

    fn role(&self, name: &str) -> Option<RoleId> {
        let roles = self.store.events[&self.event].state.roles.values();
        roles.into_iter().find(|role| role.name == name).map(|role| role.id)
    }

    fn id(&self, name: &str) -> RegistrationId {
        self.names.get(name).copied().unwrap_or(registration_id(99_999))
    }

    fn name(&self, id: RegistrationId) -> &str {
        self.names.iter().find(|(_, known)| **known == id).map_or("somebody", |(name, _)| name)
    }

    fn describe(&self, decision: &Decision) -> String {
        let (mut text, affected) = match &decision.outcome {
            Outcome::EventCreated(_) => ("created".to_owned(), &[][..]),
            Outcome::EventDeleted => ("deleted".to_owned(), &[][..]),
            Outcome::Settled => ("settled".to_owned(), &[][..]),
            Outcome::Postponed => panic!("the store decides again what was postponed"),
            Outcome::Edited(edited) => (format!("revision {}", edited.revision), &edited.affected[..]),
            Outcome::Registration(receipt) => {
                let position = receipt.position.map(|position| format!(" {position}")).unwrap_or_default();
                (format!("{}{position}", status(receipt.status)), &receipt.affected[..])
            }
            Outcome::CheckMail(mail) => {
                (format!("check mail {} {} by {}", mail.role, mail.spots.get(), mail.until.0), &[][..])
            }
            Outcome::Responded(responded) => {
                let answers = responded.receipts.iter().map(|receipt| {
                    let position = receipt.position.map(|position| format!(" {position}")).unwrap_or_default();
                    format!("{} {}{position}", receipt.role, status(receipt.status))
                });
                let affected = responded.receipts.first().map(|receipt| &receipt.affected[..]);
                (answers.collect::<Vec<_>>().join(", "), affected.unwrap_or_default())
            }
            Outcome::Repaired(repaired) => {
                let text = format!("repaired counters={} kept={}", repaired.counters, repaired.kept_spots);
                (text, &repaired.affected[..])
            }
            Outcome::Imported(imported) => {
                let Imported { added, known, kept_spots, waitlisted, affected, .. } = imported;
                let waiting = waitlisted.iter().map(|id| format!(", {} has to wait", self.name(*id)));
                let waiting = waiting.collect::<String>();
                (format!("imported {added} known={known} kept={kept_spots}{waiting}"), &affected[..])
            }
            Outcome::Refused(refusal) => (fields(refusal), &[][..]),
        };
        for Affected { registration_id, to, .. } in affected {
            text += &format!(", {} {}", self.name(*registration_id), status(*to));
        }
        if decision.unsettled { text + ", to be continued" } else { text }
    }

    /// What can be seen of the event, of a role, or of a registration.
    fn show(&self, name: &str) -> String {
        let state = self.store.whole(self.event);
        let view = state.view(EventTexts::default(), |_| String::new(), self.now);
        if name == "event" {
            return availability(&view.availability);
        }
        if name == "mail" {
            let notices = self.store.events[&self.event].notices.iter();
            return notices.map(|one| self.show_notice(one)).collect::<Vec<_>>().join(", ");
        }
        if let Some(role) = view.roles.iter().find(|role| role.name == name) {
            let skips = state.roles[&role.id]
                .skipped
                .map(|skipped| format!(", {} skipped {} times", self.name(skipped.registration), skipped.skips));
            return availability(&role.availability) + &skips.unwrap_or_default();
        }
        let one = state.registrations.get(&self.id(name)).expect("somebody to show");
        let position = state.queue.position(one.role, one.wait_seq).filter(|_| one.status == Status::Waitlisted);
        let position = position.map(|position| format!(" {position}")).unwrap_or_default();
        let (role, party) = (&state.roles[&one.role].name, one.spots.get());
        let here = if one.checked_in > 0 { format!(", {} here", one.checked_in) } else { String::new() };
        let until = one.verify_by.map(|until| format!(", to verify by {}", until.0)).unwrap_or_default();
        format!("{}{position} {role} {party}{here}{until}", status(one.status))
    }

    /// `ann Removed later (confirmed Server 1)`: to whom, what, and what was so before what may be undone.
    fn show_notice(&self, notice: &Notice) -> String {
        let roles = &self.store.events[&self.event].state.roles;
        let to = match notice.to {
            Addressee::Holder(id) => self.name(id).to_owned(),
            Addressee::Everybody(None) => "everybody".to_owned(),
            Addressee::Everybody(Some(role)) => format!("everybody in {}", roles[&role].name),
            Addressee::Teams => "teams".to_owned(),
        };
        let due = match notice.due {
            Due::Now => String::new(),
            Due::Later { before: None } => " later".to_owned(),
            Due::Later { before: Some(Stand { status: was, role, spots }) } => {
                format!(" later ({} {} {spots})", status(was), roles[&role].name)
            }
        };
        format!("{to} {:?}{due}", notice.kind)
    }
}

fn availability(of: &Availability) -> String {
    let number = |number: Option<u64>| number.map_or("any".to_owned(), |number| number.to_string());
    let (capacity, open) = (number(of.capacity.map(u64::from)), number(of.open_now));
    let over = if of.override_spots > 0 { format!(", override {}", of.override_spots) } else { String::new() };
    format!("{} of {capacity}{over}, {} waiting, {open} open", of.reserved, of.waiting)
}

fn status(status: Status) -> String {
    let json = serde_json::to_value(status).expect("a name");
    json.as_str().expect("a name").to_owned()
}

/// The code of a refusal and its fields, but not the sentences.
fn fields(refusal: &headcount_core::decision::Refusal) -> String {
    let json = serde_json::to_value(refusal).expect("plain fields");
    let mut text = refusal.code().to_owned();
    for (name, value) in
        json.as_object().expect("fields").iter().filter(|(name, _)| *name != "code" && *name != "problem")
    {
        if name == "full_since" && value.is_null() {
            continue;
        }
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text += &format!(" {name}={}", value.replace("null", "none"));
    }
    text
}
