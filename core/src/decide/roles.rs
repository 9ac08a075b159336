//! Roles: add, edit, remove.

use super::settings::{check_role, put};
use super::{Turn, Verdict};
use crate::change::Change;
use crate::command::{EditRole, NewRole, RemoveRole, RoleRef};
use crate::decision::Refusal;
use crate::ids::RoleId;
use crate::limits;

impl Turn {
    pub(super) fn add_role(&mut self, role: &NewRole) -> Verdict {
        self.name_is_free(&role.name, None)?;
        check_role(&role.settings)?;
        if self.state.roles.len() >= limits::ROLES_MAX {
            return Err(Refusal::invalid("roles", "an event has at most 200 roles"));
        }

        // Cannot fail below.
        self.record(&Change::RoleAdded {
            role: role.id,
            settings: Box::new(role.settings.clone()),
            name: role.name.clone(),
            description: role.description.clone(),
        });
        Ok(self.edited(Some(role.id)))
    }

    /// Checks: revision; role exists; name free; times in order; capacity.
    pub(super) fn edit_role(&mut self, edit: &EditRole) -> Verdict {
        self.at_revision(edit.revision)?;
        let role = self.role(&edit.role)?;
        let mut settings = role.settings.clone();
        put(&mut settings.capacity, &edit.settings.capacity);
        put(&mut settings.starts_at, &edit.settings.starts_at);
        put(&mut settings.ends_at, &edit.settings.ends_at);
        put(&mut settings.order, &edit.settings.order);
        put(&mut settings.min_needed, &edit.settings.min_needed);
        put(&mut settings.closed, &edit.settings.closed);
        let name = edit.name.as_ref().unwrap_or(&role.name).clone();
        self.name_is_free(&name, Some(role.id))?;
        check_role(&settings)?;
        let cut = self.cut(Some(role.id), settings.capacity, edit.if_below)?;

        // Cannot fail below.
        let id = role.id;
        if settings != role.settings || name != role.name || edit.description.is_some() {
            let description = edit.description.clone();
            self.demote_all(&cut.demoted);
            self.record(&Change::RoleEdited {
                role: id,
                settings: Box::new(settings),
                over: cut.over,
                name,
                description,
            });
            self.promote_waiting();
        }
        Ok(self.edited(Some(id)))
    }

    /// Only a role that no registration is or was left in, and not the last one.
    pub(super) fn remove_role(&mut self, remove: &RemoveRole) -> Verdict {
        self.at_revision(remove.revision)?;
        let role = self.role(&remove.role)?;
        if role.counters.registrations > 0 {
            return Err(Refusal::RoleNotEmpty);
        }
        if self.state.roles.len() == 1 {
            return Err(Refusal::LastRole);
        }

        // Cannot fail below.
        let role = role.id;
        self.record(&Change::RoleRemoved { role });
        Ok(self.edited(Some(role)))
    }

    fn name_is_free(&self, name: &str, but: Option<RoleId>) -> Result<(), Refusal> {
        match self.state.find_role(&RoleRef::Name(name.to_owned())) {
            Some(role) if Some(role.id) != but => Err(Refusal::RoleExists { role: role.name.clone() }),
            _ => Ok(()),
        }
    }
}
