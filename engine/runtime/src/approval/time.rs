//! Time limits of steps: reminding, telling others, deciding when the time is up.

use formwork_catalog::flow::{
    Flow,
    approval::{Approver, Then},
};
use formwork_model::{
    approval::{Approval, StepState, Task},
    instance::Token,
    length::Length,
    name::Name,
    text,
    timer::{Due, New, Owner, Timer},
};

use super::{desk::Desk, work::Case};
use crate::{
    decider::{Decider, Key},
    rejection::Refusal,
};

/// The timers that a step has.
const WORDS: [&str; 3] = ["remind", "escalate", "limit"];

/// Which timer is of the present step.
fn part(approval: &Approval) -> u32 {
    u32::try_from(approval.steps.len()).unwrap_or(u32::MAX).saturating_sub(1)
}

impl Decider<'_> {
    /// Sets the timers of a step that has just begun, and drops those of the steps before.
    pub(crate) fn keep_time(&self, case: &Case<'_>, before: &Approval, now: &Approval) -> Result<(), Refusal> {
        let stand = |approval: &Approval| (approval.steps.len(), approval.current().map(|step| step.state));
        if stand(before) == stand(now) {
            return Ok(());
        }
        let rules = case.rules;
        let lengths = [
            rules.remind,
            rules.escalate.as_ref().map(|(after, _)| *after),
            rules.limit.as_ref().map(|(after, _)| *after),
        ];
        let owner = Owner::Token { flow: case.flow.name, token: now.token };
        self.drop_timers(case.key, |timer| timer.owner == owner && WORDS.contains(&timer.name.as_str()))?;
        if now.current().is_some_and(|step| step.state == StepState::Open) {
            for (word, length) in WORDS.into_iter().zip(lengths) {
                self.set_limit(case, now, word, length)?;
            }
        }
        Ok(())
    }

    fn set_limit(&self, case: &Case<'_>, now: &Approval, word: &str, after: Option<Length>) -> Result<(), Refusal> {
        let Some(length) = after else { return Ok(()) };
        let owner = Owner::Token { flow: case.flow.name, token: now.token };
        let vars = match self.waiting_token(case, now)? {
            Some(token) => self.token_vars(case.key, case.flow, &token)?,
            None => self.vars(case.key),
        };
        let calendar = self.calendar_of(&case.rules.calendar, &vars)?;
        let due = Due::After { length, calendar };
        self.set_timer(case.key, New { owner, name: Name::intern(word), part: part(now), due, every: None })
    }

    /// Does what a step's timer was set for.
    pub(crate) fn on_time(&self, key: Key, flow: &Flow, token: &Token, timer: &Timer) -> Result<(), Refusal> {
        if !WORDS.contains(&timer.name.as_str()) || flow.node(token.node).and_then(|node| node.approval()).is_none() {
            return Ok(());
        }
        let found = self.record(key, |record| {
            let approvals = record.flow(flow.name).into_iter().flat_map(|instance| &instance.approvals);
            approvals.into_iter().find(|known| known.token == token.id && known.is_open()).cloned()
        })?;
        let Some(approval) = found.filter(|approval| part(approval) == timer.part) else { return Ok(()) };
        let case = self.case_of(key, flow.name, token.node, approval.id)?;
        match timer.name.as_str() {
            "remind" => self.remind(&case, &approval),
            "escalate" => self.warn_others(&case, &approval),
            _ => self.time_is_up(&case, &approval),
        }
    }

    fn remind(&self, case: &Case<'_>, approval: &Approval) -> Result<(), Refusal> {
        let mut to = Vec::new();
        for task in approval.tasks().filter(|task| task.is_open()) {
            to.push(task.login.to_string());
            to.extend(self.agents_of(case, approval, &task.login)?);
        }
        let title = self.title(case.key)?;
        self.tell_others(case, to, &text!("{title}: still waits for your decision", "{title}：仍待您审批"));
        Ok(())
    }

    fn warn_others(&self, case: &Case<'_>, approval: &Approval) -> Result<(), Refusal> {
        let Some((_, approvers)) = &case.rules.escalate else { return Ok(()) };
        let open: Vec<&Task> = approval.tasks().filter(|task| task.is_open()).collect();
        let mut to: Vec<String> = Vec::new();
        let desk = Desk::new(self, case, approval)?;
        for by in approvers {
            match by {
                Approver::Supervisor(n) => {
                    for task in &open {
                        to.extend(self.supervisor(&task.login, *n)?);
                    }
                }
                other => to.extend(desk.all(std::slice::from_ref(other))?.iter().map(ToString::to_string)),
            }
        }
        let title = self.title(case.key)?;
        let names: Vec<String> =
            open.iter().map(|task| self.name_of(("user", "login"), &task.login)).collect::<Result<_, _>>()?;
        let who = names.join(", ");
        self.tell_others(case, to, &text!("{title}: {who} has not decided yet", "{title}：{who} 尚未审批"));
        Ok(())
    }

    fn time_is_up(&self, case: &Case<'_>, approval: &Approval) -> Result<(), Refusal> {
        let Some((after, then)) = case.rules.limit else { return Ok(()) };
        self.work_on(case, |machine| machine.time_up(then))?;
        // Whoever was asked instead has as much time again.
        let now = self.approval(case)?;
        let escalated = then == Then::Escalate && now.is_open() && now.last_number() > approval.last_number();
        if escalated {
            self.set_limit(case, &now, "limit", Some(after))?;
        }
        Ok(())
    }
}
