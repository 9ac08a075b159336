//! What somebody may do in an organization: in words, and as fields of a form.

use std::collections::BTreeSet;

use maud::{Markup, html};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Seen;
use super::answers::Rights;
use crate::pages::account::Role;
use crate::pages::console::typed::Typed;
use crate::pages::visitor::Visitor;

/// Each role with its word in the API, what it is called, and what it means.
const ROLES: [(Role, &str, &str, &str); 3] = [
    (Role::Staff, "staff", "organization-role-staff", "organization-role-staff-hint"),
    (Role::Manager, "manager", "organization-role-manager", "organization-role-manager-hint"),
    (Role::Owner, "owner", "organization-role-owner", "organization-role-owner-hint"),
];

impl Rights {
    /// What somebody gets who is not said to get more.
    pub(super) fn least() -> Rights {
        let (events, teams) = (BTreeSet::new(), BTreeSet::new());
        Rights { role: Role::Staff, special_requirements: false, everything: false, events, teams }
    }

    /// What was chosen in a form.
    pub(super) fn typed(typed: &Typed) -> Rights {
        let role = ROLES.iter().find(|(_, word, ..)| *word == typed.get("role")).map_or(Role::Staff, |one| one.0);
        let ids = |name| typed.all(name).filter_map(|id| id.parse().ok()).collect::<BTreeSet<Uuid>>();
        // What is managed is asked of managers; what stands there for others is not seen by who fills the form in.
        let manages = |ids: BTreeSet<Uuid>| if role == Role::Manager { ids } else { BTreeSet::new() };
        Rights {
            role,
            special_requirements: typed.has("special_requirements"),
            everything: role == Role::Manager && typed.get("manages") == "everything",
            events: manages(ids("events")),
            teams: manages(ids("teams")),
        }
    }

    /// As the API is sent it.
    pub(super) fn request(&self) -> Value {
        let Rights { role, special_requirements, everything, events, teams } = self;
        let role = ROLES.iter().find(|one| one.0 == *role).map_or("staff", |one| one.1);
        json!({"role": role, "special_requirements": special_requirements, "everything": everything,
               "events": events, "teams": teams})
    }

    /// What this is called.
    pub(super) fn role_name(&self, visitor: &Visitor) -> String {
        let name = ROLES.iter().find(|one| one.0 == self.role).map_or("organization-role-staff", |one| one.2);
        visitor.text(name)
    }
}

impl Seen {
    /// What somebody manages, and whether they see special requirements.
    pub(super) fn rights(&self, visitor: &Visitor, rights: &Rights) -> Markup {
        let teams = self.teams.iter().filter(|team| rights.teams.contains(&team.id)).map(|team| team.name.as_str());
        let events = self.events.iter().filter(|event| rights.events.contains(&event.id));
        let known: Vec<&str> = teams.chain(events.map(|event| event.title.as_str())).collect();
        let others = (rights.teams.len() + rights.events.len()).saturating_sub(known.len());
        html! {
            @if rights.role == Role::Manager {
                p.quiet {
                    @if rights.everything {
                        (visitor.text("organization-manages-everything"))
                    } @else if known.is_empty() && others == 0 {
                        (visitor.text("organization-manages-nothing"))
                    } @else {
                        (visitor.text("organization-manages")) " "
                        @for (index, name) in known.iter().enumerate() { @if index > 0 { ", " } bdi { (name) } }
                        @if others > 0 { " " (visitor.say("organization-manages-others", &[("count", others.into())])) }
                    }
                }
            }
            @if rights.special_requirements && rights.role != Role::Owner {
                p.quiet { (visitor.text("organization-sees-special")) }
            }
        }
    }

    /// The same to choose from.
    pub(super) fn rights_fields(&self, visitor: &Visitor, chosen: &Rights) -> Markup {
        html! {
            div.rights {
                fieldset {
                    legend { (visitor.text("organization-role")) }
                    @for (role, word, name, hint) in ROLES {
                        label.card.choice {
                            input type="radio" name="role" value=(word) checked[role == chosen.role];
                            span { strong { (visitor.text(name)) } span.hint { (visitor.text(hint)) } }
                        }
                    }
                }
                fieldset.managed {
                    legend { (visitor.text("organization-manages-which")) }
                    label.tick {
                        input type="radio" name="manages" value="everything" checked[chosen.everything];
                        (visitor.text("organization-manages-all"))
                    }
                    label.tick {
                        input type="radio" name="manages" value="some" checked[!chosen.everything];
                        (visitor.text("organization-manages-some"))
                    }
                    div.some { (self.some(visitor, chosen)) }
                }
                label.tick {
                    input type="checkbox" name="special_requirements" value="yes" checked[chosen.special_requirements];
                    span { (visitor.text("organization-special")) }
                }
            }
        }
    }

    fn some(&self, visitor: &Visitor, chosen: &Rights) -> Markup {
        html! {
            @if self.teams.is_empty() && self.events.is_empty() { p.hint { (visitor.text("organization-manages-none-yet")) } }
            @if !self.teams.is_empty() { p.hint { (visitor.text("organization-manages-teams")) } }
            @for team in &self.teams {
                label.tick {
                    input type="checkbox" name="teams" value=(team.id) checked[chosen.teams.contains(&team.id)];
                    bdi { (team.name) }
                }
            }
            @if !self.events.is_empty() { p.hint { (visitor.text("organization-manages-events")) } }
            @for event in &self.events {
                label.tick {
                    input type="checkbox" name="events" value=(event.id) checked[chosen.events.contains(&event.id)];
                    bdi { (event.title) }
                }
            }
            // What cannot be shown stays as it is.
            @for id in chosen.events.iter().filter(|id| self.events.iter().all(|event| event.id != **id)) {
                input type="hidden" name="events" value=(id);
            }
        }
    }
}
