//! Word of what happened to an approval: into the explanation of the command, and to those concerned.

use std::sync::Arc;

use formwork_model::{
    approval::{Approval, End, Outcome, Step, StepState, Task},
    incident::{About, How, Place, What},
    text,
    text::Text,
};

use super::work::Case;
use crate::{decider::Decider, incident::New, rejection::Refusal};

impl Decider<'_> {
    /// Tells what changed from `before` to `now`.
    pub(crate) fn announce(&self, case: &Case<'_>, before: &Approval, now: &Approval) -> Result<(), Refusal> {
        let was_blocked = is_blocked(before);
        let known = before.steps.len() - usize::from(was_blocked && before.steps.len() == now.steps.len());
        for step in now.steps.iter().skip(known) {
            self.explain(case, step);
        }
        if is_blocked(now) {
            let (en, zh) = (&case.node.label.en, &case.node.label.zh);
            self.nobody_decides(case, now, text!("nobody was found to decide `{en}`", "找不到“{zh}”的审批人"))?;
        } else if was_blocked {
            self.found_again(case, now)?;
        }
        let title = self.title(case.key)?;
        for task in now.tasks() {
            let known = before.task(task.id);
            if task.is_open() && !known.is_some_and(Task::is_open) {
                let (en, zh) = (&case.node.label.en, &case.node.label.zh);
                let say = text!("{title}: please decide ({en})", "{title}：请审批（{zh}）");
                let mut to = vec![task.login.to_string()];
                to.extend(self.agents_of(case, now, &task.login)?);
                self.tell_others(case, to, &say);
            }
            if let (Some(how), Some(true)) = (task.how(), known.map(Task::is_open))
                && let Some(say) = gone(&title, how)
            {
                self.tell_others(case, vec![task.login.to_string()], &say);
            }
        }
        if let (Some(ending), None) = (&now.ended, &before.ended) {
            let reason = self.command.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
            if let Some(say) = outcome(&title, ending.outcome, reason) {
                self.tell_others(case, vec![now.submitter.to_string()], &say);
            }
        }
        Ok(())
    }

    /// Keeps why these people were asked, and what a step came to at once.
    fn explain(&self, case: &Case<'_>, step: &Step) {
        let asked: serde_json::Map<String, serde_json::Value> =
            step.tasks.iter().map(|task| (task.login.to_string(), task.why.to_string().into())).collect();
        let values = if asked.is_empty() { String::new() } else { serde_json::Value::Object(asked).to_string() };
        let place = format!("{}.{}.{}", case.flow.name, case.node.name, step.name);
        match step.state {
            StepState::Skipped => self.fire(format!("skipped {place}"), values),
            StepState::Blocked => self.fire(format!("blocked {place}"), values),
            _ => self.fire(format!("step {place}"), values),
        }
    }

    /// Opens an incident: somebody who is to decide can't be found.
    pub(crate) fn nobody_decides(&self, case: &Case<'_>, approval: &Approval, cause: Text) -> Result<(), Refusal> {
        if let Some(token) = self.waiting_token(case, approval)? {
            self.incident(New::of(What::Approver, cause).at(case.key, case.flow.name, &token))?;
        }
        Ok(())
    }

    /// Ends the incident of an approval for which somebody was found.
    fn found_again(&self, case: &Case<'_>, approval: &Approval) -> Result<(), Refusal> {
        let place = Place { flow: case.flow.name, node: approval.node, token: approval.token };
        let about = About { record: Some(case.key), place: Some(place), ..About::default() };
        match self.open_about(What::Approver, &about)? {
            Some(id) => self.end_incident(id, How::Solved, None),
            None => Ok(()),
        }
    }

    /// Sends a message, but not to whoever caused it.
    pub(crate) fn tell_others(&self, case: &Case<'_>, to: Vec<String>, say: &Text) {
        let actor = &self.command.actor.login;
        let others = to.into_iter().filter(|login| **login != **actor).collect();
        self.send(others, say, Some(case.key));
    }

    /// Gives everybody whom the definition names a copy.
    pub(crate) fn copy_to_all(&self, case: &Case<'_>) -> Result<(), Refusal> {
        if case.rules.cc.is_empty() {
            return Ok(());
        }
        let approval = self.approval(case)?;
        let logins = super::desk::Desk::new(self, case, &approval)?.all(&case.rules.cc)?;
        self.copy_to(case, &logins, "")
    }

    /// Gives copies, each person one.
    pub(crate) fn copy_to(&self, case: &Case<'_>, logins: &[Arc<str>], by: &str) -> Result<(), Refusal> {
        let mut next = self.next_number(case.key)?;
        let now = self.now;
        let new: Vec<String> = self.change_approval(case, |approval| {
            let mut new = Vec::new();
            for login in logins {
                if approval.copies.iter().any(|copy| copy.login == *login) {
                    continue;
                }
                let (login, by) = (login.clone(), by.into());
                new.push(login.to_string());
                approval.copies.push(formwork_model::approval::Copy { id: next, login, by, at: now, read_at: None });
                next += 1;
            }
            new
        })?;
        let title = self.title(case.key)?;
        self.tell_others(case, new, &text!("{title}: a copy for you", "{title}：抄送给您"));
        Ok(())
    }
}

fn is_blocked(approval: &Approval) -> bool {
    approval.current().is_some_and(|step| step.state == StepState::Blocked)
}

/// What somebody is told whose open task has gone.
fn gone(title: &str, how: End) -> Option<Text> {
    Some(match how {
        End::Cancelled => text!("{title}: withdrawn, nothing left to decide", "{title}：已撤回，无需审批"),
        End::Removed => text!("{title}: your signature is not needed any more", "{title}：您已被减签，无需审批"),
        End::Superseded => text!("{title}: decided by others", "{title}：已由他人处理"),
        End::Escalated(_) => {
            text!("{title}: the time was up, your supervisor decides", "{title}：已超时，转由主管审批")
        }
        End::Expired => text!("{title}: the time was up", "{title}：已超时，按规则处理"),
        _ => return None,
    })
}

/// What the submitter is told.
fn outcome(title: &str, outcome: Outcome, reason: Option<&str>) -> Option<Text> {
    let mut say = match outcome {
        Outcome::Approved => text!("{title}: approved", "{title}：已通过"),
        Outcome::Rejected => text!("{title}: rejected", "{title}：已拒绝"),
        Outcome::Returned { .. } => text!("{title}: sent back to you", "{title}：已退回给您"),
        Outcome::SentBack { .. } => text!("{title}: sent back to an earlier approval", "{title}：已退回上一审批环节"),
        Outcome::Withdrawn => text!("{title}: the approval was withdrawn", "{title}：审批已撤回"),
        Outcome::Left => return None,
    };
    if let Some(reason) = reason.filter(|_| matches!(outcome, Outcome::Rejected | Outcome::Returned { .. })) {
        say.en.push_str(&format!(" ({reason})"));
        say.zh.push_str(&format!("（{reason}）"));
    }
    Some(say)
}
