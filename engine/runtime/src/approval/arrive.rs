//! A token arrives at an `approval` node: who submitted, what counts from before, whom the submitter chose.

use std::sync::Arc;

use formwork_catalog::flow::{Flow, Node, approval::Approval as Rules};
use formwork_model::{
    approval::{Approval, Choice, Outcome, StepState, Task},
    code,
    instance::{Instance, Token},
    name::Name,
    text,
};

use super::{machine::signatures, work::Case};
use crate::{
    command::{Request, SYSTEM},
    decider::{Decider, Key},
    flow::Queue,
    rejection::{Kind, Problem, Refusal},
};

impl Decider<'_> {
    /// Begins the approval of a token, and sends it on when nobody has to decide.
    pub(crate) fn arrive(
        &self,
        key: Key,
        flow: &Flow,
        node: &Node,
        token: &Token,
        queue: &mut Queue,
    ) -> Result<(), Refusal> {
        let Some(rules) = node.approval() else { return Ok(()) };
        self.settle()?;
        let sent = self.record(key, |record| {
            let approvals = record.flow(flow.name).into_iter().flat_map(|instance| &instance.approvals);
            approvals.into_iter().find(|known| known.token == token.id).map(|known| known.id)
        })?;
        let id = match sent {
            Some(id) => id,
            None => self.file(key, flow, node, rules, token)?,
        };
        let case = self.case_of(key, flow.name, node.name, id)?;
        self.copy_to_all(&case)?;
        let approval = self.approval(&case)?;
        let blocked = approval.current().is_some_and(|step| step.state == StepState::Blocked);
        let approval = match approval.steps.is_empty() {
            true => self.work(&case, |machine| machine.begin())?,
            // The token is looked at again: the cause may have been put right.
            false if blocked => self.work(&case, |machine| machine.retry())?,
            false => approval,
        };
        self.leave_approval(&case, &approval, queue)
    }

    /// Notes a new approval; gives its number.
    fn file(&self, key: Key, flow: &Flow, node: &Node, rules: &Rules, token: &Token) -> Result<u32, Refusal> {
        let id = self.next_number(key)?;
        let creator = self.record(key, |record| record.created_by.clone())?;
        let instance = self.record(key, |record| record.flow(flow.name).cloned())?;
        let Some(instance) = instance else { return Ok(id) };
        let (submitter, submission) = self.submission(&instance, creator);
        let before =
            instance.approvals.iter().rev().find(|known| known.node == node.name && known.scope == token.scope);
        let first = match before.and_then(|before| before.ended.as_ref()).map(|ending| ending.outcome) {
            Some(Outcome::Returned { resume: Some(step) }) => step,
            _ => 0,
        };
        let mut earlier = signed_elsewhere(&instance, submission, node.name);
        if let Some(before) = before.filter(|_| first > 0) {
            add(&mut earlier, signers(before, |at| at < first));
        }
        let chosen = self.chosen_for(rules, before)?;
        let approval = new(node.name, token, Start { id, submitter, submission, first, earlier, chosen, back: None });
        self.instance(key, flow, |instance| {
            instance.approvals.push(Approval { began_at: self.now, ..approval });
        })?;
        Ok(id)
    }

    /// Who submitted, and the number of the submission. A decision or a timer that leads here belongs to the
    /// submission before; what the engine began by itself counts as the creator's.
    fn submission(&self, instance: &Instance, creator: Arc<str>) -> (Arc<str>, u32) {
        let last = instance.approvals.last();
        let submits = matches!(
            self.command.request,
            Request::Create { .. } | Request::Update { .. } | Request::Act { .. } | Request::Import(_)
        );
        let goes_on = !submits || *self.command.actor.login == *SYSTEM;
        match last.filter(|_| goes_on) {
            Some(last) => (last.submitter.clone(), last.submission),
            None => {
                let submitter = if goes_on { creator } else { self.command.actor.login.clone() };
                (submitter, last.map_or(1, |last| last.submission + 1))
            }
        }
    }

    /// Whom the submitter chose for the steps that ask for it: now, or the last time.
    fn chosen_for(&self, rules: &Rules, before: Option<&Approval>) -> Result<Vec<Choice>, Refusal> {
        let mut chosen = Vec::new();
        for step in rules.chosen() {
            let now = self.chosen.borrow().iter().find(|(name, _)| *name == step.name).cloned();
            let then = || before.and_then(|before| before.chosen.iter().find(|(name, _)| *name == step.name).cloned());
            let Some(choice) = now.or_else(then) else {
                let (name, label) = (step.name, &step.label);
                let (en, zh) = (&label.en, &label.zh);
                return Err(Problem::new(code!("required"), text!("choose who decides {en}", "请选择“{zh}”的审批人"))
                    .field(format!("approvers.{name}"))
                    .reject(Kind::Invalid)
                    .into());
            };
            chosen.push(choice);
        }
        Ok(chosen)
    }

    /// Puts the token on another approval node, whose approval begins at a step and leads back.
    pub(crate) fn jump(
        &self,
        case: &Case<'_>,
        approval: &Approval,
        to: (Name, u32),
        back: Option<(Name, u32)>,
        queue: &mut Queue,
    ) -> Result<(), Refusal> {
        let Some(token) = self.waiting_token(case, approval)? else { return Ok(()) };
        let (node, first) = to;
        let id = self.next_number(case.key)?;
        self.emit(case.key, case.flow, &token, &[node], false, queue)?;
        let Some(next) = queue.back().copied() else { return Ok(()) };
        let now = self.now;
        self.instance(case.key, case.flow, |instance| {
            let before = instance.approvals.iter().rev().find(|known| known.node == node);
            let chosen = before.map(|before| before.chosen.clone()).unwrap_or_default();
            let mut earlier = signed_elsewhere(instance, approval.submission, node);
            if let Some(before) = before.filter(|_| first > 0) {
                add(&mut earlier, signers(before, |at| at < first));
            }
            let (submitter, submission) = (approval.submitter.clone(), approval.submission);
            let token = Token { id: next, ..token };
            let start = Start { id, submitter, submission, first, earlier, chosen, back };
            instance.approvals.push(Approval { began_at: now, ..new(node, &token, start) });
        })
    }
}

/// What is known about an approval when it begins.
struct Start {
    id: u32,
    submitter: Arc<str>,
    submission: u32,
    first: u32,
    earlier: Vec<Arc<str>>,
    chosen: Vec<Choice>,
    back: Option<(Name, u32)>,
}

fn new(node: Name, token: &Token, start: Start) -> Approval {
    Approval {
        id: start.id,
        token: token.id,
        node,
        scope: token.scope,
        splits: token.splits.clone(),
        submitter: start.submitter,
        submission: start.submission,
        began_at: token.since,
        earlier: start.earlier,
        chosen: start.chosen,
        first: start.first,
        back: start.back,
        steps: Vec::new(),
        copies: Vec::new(),
        comments: Vec::new(),
        urged_at: None,
        ended: None,
    }
}

/// Who signed approvals of other nodes in this submission.
fn signed_elsewhere(instance: &Instance, submission: u32, node: Name) -> Vec<Arc<str>> {
    let mut all = Vec::new();
    let approved =
        |approval: &&Approval| approval.ended.as_ref().is_some_and(|ending| ending.outcome == Outcome::Approved);
    let others = instance.approvals.iter().filter(|known| known.submission == submission && known.node != node);
    for approval in others.filter(approved) {
        add(&mut all, signers(approval, |_| true));
    }
    all
}

/// Who signed the steps that still count, also those from before a return.
fn signers(approval: &Approval, which: impl Fn(u32) -> bool) -> Vec<Arc<str>> {
    let mut all = approval.earlier.clone();
    let steps = approval.steps.iter().filter(|step| step.state == StepState::Passed && which(step.at));
    add(&mut all, steps.flat_map(signatures).flat_map(people).collect());
    all
}

fn people(task: &Task) -> impl Iterator<Item = Arc<str>> + '_ {
    std::iter::once(task.login.clone()).chain(task.end.as_ref().map(|end| end.by.clone()))
}

fn add(all: &mut Vec<Arc<str>>, more: Vec<Arc<str>>) {
    for login in more {
        if !all.contains(&login) {
            all.push(login);
        }
    }
}
