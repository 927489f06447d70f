//! Asking the next step: who is to decide it.

use std::sync::Arc;

use formwork_catalog::flow::approval::{Empty, Step as Rule};
use formwork_model::approval::{End, Ended, Outcome, Place, Step, StepState, Task};

use super::{By, Candidate, Done, LEVELS, Machine, Office, Wrong, signatures};

impl<O: Office> Machine<'_, O> {
    /// Opens the next step from `at` on that asks somebody; approves when there is none. With `fresh` also those
    /// are asked who have approved before.
    pub(crate) fn go_on(&mut self, at: u32, fresh: bool) -> Done<O> {
        let mut at = at;
        let mut fresh = fresh;
        loop {
            let chain = self.chain;
            let Some(rule) = usize::try_from(at).ok().and_then(|at| chain.get(at)) else {
                let by = self.last_decider();
                self.close(Outcome::Approved, &by);
                return Ok(());
            };
            if self.open(rule, at, fresh, None)? {
                return Ok(());
            }
            (at, fresh) = (at + 1, false);
        }
    }

    /// Opens one step; says whether it asks somebody, or waits for help.
    pub(crate) fn open(
        &mut self,
        rule: &Rule,
        at: u32,
        fresh: bool,
        then: Option<u32>,
    ) -> Result<bool, Wrong<O::Failure>> {
        let candidates = self.office.candidates(rule).map_err(Wrong::Failed)?;
        let mut step = Step {
            name: rule.name,
            at,
            need: rule.need,
            state: StepState::Open,
            began_at: self.now,
            then,
            tasks: Vec::new(),
        };
        let Some(candidates) = candidates else {
            step.state = StepState::Skipped;
            self.approval.steps.push(step);
            return Ok(false);
        };
        let mut people = self.qualify(rule, candidates)?;
        if people.is_empty() {
            match rule.empty {
                Empty::Next => {
                    step.state = StepState::Skipped;
                    self.approval.steps.push(step);
                    return Ok(false);
                }
                Empty::Admin => people = self.admins(rule)?,
                Empty::Block => {}
            }
        }
        if people.is_empty() {
            step.state = StepState::Blocked;
        }
        for person in people {
            let end = self.passes(rule, &person.login, fresh);
            let id = self.number();
            step.tasks.push(Task {
                id,
                login: person.login,
                place: Place::Voter,
                added_by: None,
                why: person.why,
                open: false,
                since: self.now,
                end,
            });
        }
        self.approval.steps.push(step);
        Ok(true)
    }

    /// How the task of somebody who has approved this already ends at once.
    fn passes(&self, rule: &Rule, login: &Arc<str>, fresh: bool) -> Option<Ended> {
        let passed = self.approval.steps.iter().filter(|step| step.state == StepState::Passed);
        let approved = passed.flat_map(signatures).any(|task| task.login == *login);
        (rule.same_passes && !fresh && approved).then(|| Ended {
            how: End::Passed,
            at: self.now,
            by: login.clone(),
            on_behalf_of: None,
            comment: None,
        })
    }

    /// Those who may decide, each once: the submitter's supervisor for the submitter, the supervisor for somebody
    /// who has left, nobody for who is excluded.
    fn qualify(&self, rule: &Rule, candidates: Vec<Candidate>) -> Result<Vec<Candidate>, Wrong<O::Failure>> {
        let mut people: Vec<Candidate> = Vec::new();
        for candidate in candidates {
            let Some(person) = self.stand_in(rule, candidate)? else { continue };
            if !people.iter().any(|known| known.login == person.login) {
                people.push(person);
            }
        }
        if rule.familiar && people.len() > 1 {
            let known = self.office.familiar(rule).map_err(Wrong::Failed)?;
            if people.iter().any(|person| known.contains(&person.login)) {
                people.retain(|person| known.contains(&person.login));
            }
        }
        Ok(people)
    }

    /// The candidate, or whoever decides instead.
    fn stand_in(&self, rule: &Rule, candidate: Candidate) -> Result<Option<Candidate>, Wrong<O::Failure>> {
        let own = candidate.login == self.approval.submitter;
        if own && rule.not_submitter {
            return Ok(None);
        }
        if !own && self.is_excluded(&candidate.login, rule) {
            return Ok(None);
        }
        if !own && self.office.is_active(&candidate.login).map_err(Wrong::Failed)? {
            return Ok(Some(candidate));
        }
        let for_whom = candidate.login.clone();
        Ok(self.supervisor_of(&candidate.login, rule)?.map(|login| {
            let why = format!("{}; supervisor of {for_whom}", candidate.why);
            Candidate { login, why: why.into() }
        }))
    }

    /// The nearest supervisor who may decide.
    pub(crate) fn supervisor_of(&self, login: &str, rule: &Rule) -> Result<Option<Arc<str>>, Wrong<O::Failure>> {
        let mut at: Arc<str> = login.into();
        for _ in 0..LEVELS {
            let Some(above) = self.office.supervisor(&at).map_err(Wrong::Failed)? else { return Ok(None) };
            if !self.is_excluded(&above, rule) && self.office.is_active(&above).map_err(Wrong::Failed)? {
                return Ok(Some(above));
            }
            at = above;
        }
        Ok(None)
    }

    fn admins(&self, rule: &Rule) -> Result<Vec<Candidate>, Wrong<O::Failure>> {
        let mut people = Vec::new();
        for login in self.office.admins().map_err(Wrong::Failed)? {
            if !self.is_excluded(&login, rule) && self.office.is_active(&login).map_err(Wrong::Failed)? {
                people.push(Candidate { login, why: "admin".into() });
            }
        }
        Ok(people)
    }

    /// The engine itself.
    pub(crate) fn nobody() -> By {
        By { login: "system".into(), on_behalf_of: None, comment: None }
    }
}
