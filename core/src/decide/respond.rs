//! Yes or no by somebody who is logged in. Every answer is remembered: one a person and role.

use super::sign_up::Newcomer;
use super::{Turn, Verdict};
use crate::change::{Change, StatusChange};
use crate::command::{Answer, IfFull, Respond, RoleRef};
use crate::decision::{Outcome, Refusal, Responded};
use crate::event::{EventStatus, Registration, Status};
use crate::ids::{RegistrationId, RoleId, Seq, Spots};

impl Turn {
    pub(super) fn respond(&mut self, wish: &Respond) -> Verdict {
        match &wish.answer {
            Answer::Accept { role, spots } => self.accept(wish, role, *spots),
            Answer::Decline { role } => self.say_no(wish, role.as_ref()),
        }
    }

    /// A sign-up, with its checks in their order. A registration that had ended is taken up again, at the end of the
    /// waiting order.
    fn accept(&mut self, wish: &Respond, role: &RoleRef, spots: Spots) -> Verdict {
        let role = self.role_to_enter(&wish.form, role, spots)?;
        self.may_enter(&wish.person.key, role)?;
        let status = self.place_for_newcomer(role, spots, IfFull::Wait)?;

        // Cannot fail below.
        let role = role.id;
        let Some(id) = self.answer_of(&wish.person.key, role).map(|one| one.id) else {
            let Respond { id, ref person, ref details, .. } = *wish;
            self.enter(Newcomer { id, role, spots, status, verify_by: None, person, details });
            return Ok(self.responded(&[id]));
        };
        self.subject = Some(id);
        if status.occupies_places() {
            self.count_skips(role, Seq::NEWCOMER);
        }
        let change = StatusChange { spots, ..self.state.status_change(id, status) };
        self.record(&Change::Accepted { change, details: Box::new(wish.details.clone()) });
        self.promote_waiting();
        Ok(self.responded(&[id]))
    }

    /// Checks: the form is the present one; the event is no draft; the role exists; something is not declined yet; it is
    /// not too late for any place that would be given back.
    fn say_no(&mut self, wish: &Respond, role: Option<&RoleRef>) -> Verdict {
        let settings = &self.state.event.settings;
        if wish.form != settings.form {
            return Err(Refusal::FormChanged);
        }
        if settings.status == EventStatus::Draft {
            return Err(Refusal::NotOpenYet { opens_at: settings.opens_at });
        }
        let roles: Vec<RoleId> = match role {
            Some(role) => vec![self.role(role)?.id],
            None => self.state.roles.keys().copied().collect(),
        };
        let answers = roles.into_iter().map(|role| (role, self.answer_of(&wish.person.key, role)));
        let news: Vec<(RoleId, Option<&Registration>)> =
            answers.filter(|(_, answer)| answer.is_none_or(|one| one.status != Status::Declined)).collect();
        if news.is_empty() {
            return Err(Refusal::AlreadyDeclined);
        }
        for one in news.iter().filter_map(|(_, answer)| *answer).filter(|one| one.status.is_active()) {
            self.before_cut_off(one)?;
        }

        // Cannot fail below.
        let news: Vec<_> = news.into_iter().map(|(role, answer)| (role, answer.map(|one| one.id))).collect();
        let ids: Vec<RegistrationId> = news.iter().map(|(id, answer)| self.note_no(wish, *id, *answer)).collect();
        self.promote_waiting();
        self.affected.retain(|moved| !ids.contains(&moved.registration_id));
        Ok(self.responded(&ids))
    }

    /// Notes a no for one role; `answer` is the one that was there before.
    fn note_no(&mut self, wish: &Respond, role: RoleId, answer: Option<RegistrationId>) -> RegistrationId {
        if let Some(id) = answer {
            self.record(&Change::Declined(self.state.status_change(id, Status::Declined)));
            return id;
        }
        let registration =
            if matches!(wish.answer, Answer::Decline { role: Some(_) }) { wish.id } else { wish.id.within(role) };
        self.record(&Change::NotComing {
            role,
            person: wish.person.tag,
            registration,
            key: wish.person.key.clone(),
            details: Box::new(wish.details.clone()),
        });
        registration
    }

    /// Where a person stands in a role: with the active registration, else with the one that ended last.
    fn answer_of(&self, person: &str, role: RoleId) -> Option<&Registration> {
        let theirs = self.state.registrations.of(person).filter(|one| one.role == role);
        theirs.max_by_key(|one| (one.status.is_active(), one.ended_seq))
    }

    fn responded(&mut self, ids: &[RegistrationId]) -> Outcome {
        let receipts = ids.iter().map(|id| self.receipt_of(*id)).collect();
        Outcome::Responded(Responded { receipts, seq: self.state.event.seq })
    }
}
