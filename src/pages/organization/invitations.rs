//! Who is invited to an organization, and inviting somebody.

use maud::{Markup, html};

use super::answers::{Invitation, Rights};
use super::{Attempt, Seen};
use crate::pages::api::new_key;
use crate::pages::event::segment;
use crate::pages::parts::{Needed, once};
use crate::pages::visitor::Visitor;

impl Seen {
    pub(super) fn invitations(&self, visitor: &Visitor, attempt: &Attempt) -> Markup {
        let Some(list) = &self.invitations else { return html! {} };
        html! {
            section #invitations {
                h2 { (visitor.text("organization-invitations")) }
                @if list.items.is_empty() { p.quiet { (visitor.text("organization-invitations-none")) } }
                @for invitation in &list.items { div.card { (self.invitation(visitor, invitation)) } }
                @if let Some(cursor) = &list.next_cursor {
                    p { a.button.second href={ (self.path(visitor)) "?invitations=" (segment(cursor)) "#invitations" } { (visitor.text("organization-more")) } }
                }
                (self.invite(visitor, attempt))
            }
        }
    }

    fn invitation(&self, visitor: &Visitor, invitation: &Invitation) -> Markup {
        let until = visitor.time(invitation.expires_at.0, "UTC");
        html! {
            h3 { bdi { (invitation.email) } " " span.chip.plain { (invitation.rights.role_name(visitor)) } }
            (self.rights(visitor, &invitation.rights))
            p.quiet { (visitor.say("organization-invited-until", &[("until", until.into())])) }
            @if let Some(url) = &invitation.url { (once(&visitor.text("organization-invite-link"), url)) }
            form method="post" action=(self.path(visitor)) {
                input type="hidden" name="invitation" value=(invitation.id);
                button.second type="submit" name="do" value="withdraw" { (visitor.text("organization-withdraw")) }
            }
        }
    }

    fn invite(&self, visitor: &Visitor, attempt: &Attempt) -> Markup {
        let is_again = attempt.is_about("invite");
        let chosen = if is_again { Rights::typed(&attempt.typed) } else { Rights::least() };
        let in_teams: Vec<&str> = if is_again { attempt.typed.all("member_of").collect() } else { Vec::new() };
        let email = if is_again { attempt.typed.get("email") } else { "" };
        let field = attempt.field(visitor, "email", "form-email", "email", email);
        html! {
            details open[is_again] {
                summary { (visitor.text("organization-invite")) }
                form method="post" action={ (self.path(visitor)) "#invitations" } {
                    input type="hidden" name="key" value=(new_key());
                    (field.kind("email", "off").needed(Needed::Yes).show(visitor))
                    (self.rights_fields(visitor, &chosen))
                    @if !self.teams.is_empty() {
                        fieldset {
                            legend { (visitor.text("organization-invite-teams")) }
                            @for team in &self.teams {
                                label.tick {
                                    input type="checkbox" name="member_of" value=(team.id)
                                        checked[in_teams.contains(&team.id.to_string().as_str())];
                                    bdi { (team.name) }
                                }
                            }
                        }
                    }
                    button type="submit" name="do" value="invite" { (visitor.text("organization-invite-button")) }
                }
            }
        }
    }
}
