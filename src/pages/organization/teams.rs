//! The teams of an organization, and who is in them.

use maud::{Markup, html};

use super::answers::{Member, Team};
use super::{Attempt, Seen};
use crate::pages::api::new_key;
use crate::pages::parts::Needed;
use crate::pages::visitor::Visitor;

impl Seen {
    pub(super) fn teams(&self, visitor: &Visitor, attempt: &Attempt) -> Markup {
        html! {
            section #teams {
                h2 { (visitor.text("organization-teams")) }
                p.hint { (visitor.text("organization-teams-what-for")) }
                @for team in &self.teams { div.card { (self.team(visitor, team)) } }
                @if self.is_owned() { (self.make_team(visitor, attempt)) }
            }
        }
    }

    fn make_team(&self, visitor: &Visitor, attempt: &Attempt) -> Markup {
        let is_again = attempt.is_about("team");
        let name = if is_again { attempt.typed.get("team_name") } else { "" };
        let field = attempt.field(visitor, "team_name", "organization-team-name", "name", name);
        html! {
            details open[is_again] {
                summary { (visitor.text("organization-team-make")) }
                form method="post" action={ (self.path(visitor)) "#teams" } {
                    input type="hidden" name="key" value=(new_key());
                    (field.needed(Needed::Yes).show(visitor))
                    button type="submit" name="do" value="team" { (visitor.text("organization-team-make")) }
                }
            }
        }
    }

    fn team(&self, visitor: &Visitor, team: &Team) -> Markup {
        let members = self.members.as_ref().map(|list| list.items.as_slice()).unwrap_or_default();
        let (inside, outside): (Vec<&Member>, Vec<&Member>) =
            members.iter().partition(|member| member.member_of.contains(&team.id));
        html! {
            h3 { bdi { (team.name) } }
            p.quiet { (visitor.say("organization-team-members", &[("count", team.members.into())])) }
            @if self.is_owned() {
                ul.bare { @for member in inside { li { (self.leave(visitor, team, member)) } } }
                @if !outside.is_empty() { (self.join(visitor, team, &outside)) }
                details {
                    summary { (visitor.text("organization-change")) }
                    form method="post" action={ (self.path(visitor)) "#teams" } {
                        input type="hidden" name="team" value=(team.id);
                        label.field { span { (visitor.text("organization-team-name")) } input name="name" value=(team.name) dir="auto" required maxlength="400"; }
                        p.buttons {
                            button type="submit" name="do" value="rename-team" { (visitor.text("organization-save")) }
                            a.button.danger href={ (self.path(visitor)) "?remove-team=" (team.id) } { (visitor.text("organization-team-remove")) }
                        }
                    }
                }
            } @else if !inside.is_empty() {
                ul.bare { @for member in inside { li { bdi { (member.name) } } } }
            }
        }
    }

    fn leave(&self, visitor: &Visitor, team: &Team, member: &Member) -> Markup {
        html! {
            form.inline method="post" action={ (self.path(visitor)) "#teams" } {
                input type="hidden" name="team" value=(team.id);
                input type="hidden" name="account" value=(member.account_id);
                bdi { (member.name) } " "
                button.link type="submit" name="do" value="leave" {
                    (visitor.text("organization-team-leave")) span.visually-hidden { ": " (member.name) }
                }
            }
        }
    }

    fn join(&self, visitor: &Visitor, team: &Team, outside: &[&Member]) -> Markup {
        html! {
            form.row method="post" action={ (self.path(visitor)) "#teams" } {
                input type="hidden" name="team" value=(team.id);
                label {
                    span.visually-hidden { (visitor.text("organization-team-join-whom")) }
                    select name="account" required {
                        option value="" { (visitor.text("organization-team-join-whom")) }
                        @for member in outside { option value=(member.account_id) dir="auto" { (member.name) " · " (member.email) } }
                    }
                }
                button.second type="submit" name="do" value="join" { (visitor.text("organization-team-join")) }
            }
        }
    }
}
