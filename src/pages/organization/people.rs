//! Who belongs to an organization.

use maud::{Markup, html};

use super::Seen;
use super::answers::Member;
use crate::pages::api::new_key;
use crate::pages::event::segment;
use crate::pages::visitor::Visitor;

impl Seen {
    pub(super) fn people(&self, visitor: &Visitor) -> Markup {
        let Some(list) = &self.members else { return html! {} };
        html! {
            section #people {
                h2 { (visitor.text("organization-people")) }
                @for member in &list.items { div.card { (self.member(visitor, member)) } }
                @if let Some(cursor) = &list.next_cursor {
                    p { a.button.second href={ (self.path(visitor)) "?members=" (segment(cursor)) "#people" } { (visitor.text("organization-more")) } }
                }
            }
        }
    }

    fn member(&self, visitor: &Visitor, member: &Member) -> Markup {
        let teams = self.teams.iter().filter(|team| member.member_of.contains(&team.id));
        let teams: Vec<&str> = teams.map(|team| team.name.as_str()).collect();
        html! {
            h3 { bdi { (member.name) } " " span.chip.plain { (member.rights.role_name(visitor)) } }
            p.quiet { bdi { (member.email) } }
            (self.rights(visitor, &member.rights))
            @if !teams.is_empty() {
                p.quiet {
                    (visitor.text("organization-in-teams")) " "
                    @for (index, name) in teams.iter().enumerate() { @if index > 0 { ", " } bdi { (name) } }
                }
            }
            @if self.is_owned() { (self.member_forms(visitor, member)) }
        }
    }

    fn member_forms(&self, visitor: &Visitor, member: &Member) -> Markup {
        html! {
            details {
                summary { (visitor.text("organization-change")) }
                form method="post" action=(self.path(visitor)) {
                    input type="hidden" name="account" value=(member.account_id);
                    (self.rights_fields(visitor, &member.rights))
                    p.hint { (visitor.text("organization-change-hint")) }
                    button type="submit" name="do" value="member" { (visitor.text("organization-save")) }
                }
                form method="post" action=(self.path(visitor)) {
                    input type="hidden" name="account" value=(member.account_id);
                    input type="hidden" name="key" value=(new_key());
                    p.hint { (visitor.text("organization-reset-hint")) }
                    p.buttons {
                        button.second type="submit" name="do" value="reset-link" { (visitor.text("organization-reset")) }
                        a.button.danger href={ (self.path(visitor)) "?remove=" (member.account_id) } { (visitor.text("organization-remove")) }
                    }
                }
            }
        }
    }
}
