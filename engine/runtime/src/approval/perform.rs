//! `decide`: an operation on a task, an approval or a copy.

use std::sync::Arc;

use formwork_catalog::flow::approval::{Recall, Resubmit};
use formwork_model::{
    approval::{Approval, Comment, Outcome, Place, Task},
    code,
    name::Name,
    text,
};
use jiff::SignedDuration;
use serde_json::Value as Json;

use super::{
    doubt,
    machine::{Back, By, Why},
    operation::Operation,
    work::Case,
};
use crate::{
    decide::Done,
    decider::{Decider, Key},
    rejection::{Kind, Problem, Refusal, Rejection},
};

/// Under what the history keeps what a decision filled in: no field can be called so, and only who sees the whole
/// record is told what is under no field's name.
pub(crate) const FILLED: &str = "$input";

/// How long after an urging the next one is possible, in seconds.
const URGE_EVERY: i64 = 3600;

/// Carries out an operation on what has this number in the record.
pub(crate) fn decide(decider: &Decider<'_>, key: Key, number: u32, operation: &Operation) -> Result<Done, Refusal> {
    decider.object(key.0)?;
    let case = decider.case(key, number)?;
    let approval = decider.approval(&case)?;
    if operation.needs_reason() && decider.by().comment.is_none() {
        return Err(Problem::new(code!("required"), text!("a reason is required", "必须填写原因"))
            .field("reason")
            .reject(Kind::Invalid)
            .into());
    }
    let word = operation.word();
    decider.fire(format!("{word} {}.{}", case.flow.name, case.node.name), "");
    let on_behalf_of = decider.perform(&case, &approval, number, operation)?;
    let mut input = operation.input();
    if let Some(filled) = input.shift_remove("input") {
        input.insert(FILLED.into(), filled);
    }
    input.insert("task".into(), number.into());
    Ok(Done { on_behalf_of, ..Done::about(format!("decide {word}"), key.0, key.1, &input) })
}

/// Gives a task to somebody else, whoever asks: that they may is asked elsewhere.
pub(crate) fn hand_on(decider: &Decider<'_>, key: Key, number: u32, to: &Arc<str>) -> Result<(), Refusal> {
    let case = decider.case(key, number)?;
    let by = decider.by();
    decider.work_on(&case, |machine| machine.transfer(number, to, &by))
}

impl Decider<'_> {
    /// Carries it out; gives for whom.
    fn perform(
        &self,
        case: &Case<'_>,
        approval: &Approval,
        number: u32,
        operation: &Operation,
    ) -> Result<Option<Arc<str>>, Refusal> {
        let task = || approval.task(number).ok_or_else(|| Refusal::from(doubt::no_task()));
        let by = match operation {
            Operation::Approve { .. }
            | Operation::Reject { .. }
            | Operation::Return { .. }
            | Operation::Delegate { .. }
            | Operation::Add { .. } => self.as_decider(case, approval, task()?)?,
            Operation::Transfer { .. } => self.as_giver(case, approval, task()?)?,
            Operation::Remove => self.as_adder(case, approval, task()?)?,
            Operation::Recall | Operation::Urge => self.as_submitter(approval)?,
            Operation::Cc { .. } | Operation::Comment { .. } => self.as_party(case, approval)?,
            Operation::Read | Operation::Unapprove => self.by(),
            Operation::Retry if self.is_admin() => self.by(),
            Operation::Retry => return Err(doubt::not_an_administrator().into()),
        };
        match operation {
            Operation::Approve { input } => {
                self.fill_decision(case, approval, task()?, |rule| &rule.approve, input)?;
                self.work_on(case, |machine| machine.approve(number, &by))?;
            }
            Operation::Reject { input } => {
                self.fill_decision(case, approval, task()?, |rule| &rule.reject, input)?;
                self.work_on(case, |machine| machine.reject(number, &by))?;
            }
            Operation::Return { to, resume } => self.give_back(case, approval, number, (to, *resume), &by)?,
            Operation::Transfer { to } => self.work_on(case, |machine| machine.transfer(number, to, &by))?,
            Operation::Delegate { to } => {
                self.work_on(case, |machine| machine.add(number, std::slice::from_ref(to), Place::Delegate, &by))?;
            }
            Operation::Add { to, side } => {
                self.work_on(case, |machine| machine.add(number, to, side.place(), &by))?;
            }
            Operation::Remove => self.work_on(case, |machine| machine.remove(number, &by))?,
            Operation::Recall => self.recall(case, &by)?,
            Operation::Urge => self.urge(case, approval)?,
            Operation::Cc { to } => self.copy_to(case, to, &by.login)?,
            Operation::Read => self.read_copy(case, number)?,
            Operation::Comment { files } => self.comment(case, approval, files, &by)?,
            Operation::Unapprove => self.take_back(case, approval, &by)?,
            Operation::Retry => self.work_on(case, |machine| machine.retry())?,
        }
        Ok(by.on_behalf_of)
    }

    fn recall(&self, case: &Case<'_>, by: &By) -> Result<(), Refusal> {
        if case.rules.withdrawn.is_none() || case.rules.recall == Recall::Never {
            let message = text!("this approval can't be recalled", "该审批不允许撤回");
            return Err(Rejection::new(Kind::Conflict, code!("not-possible"), message).into());
        }
        let always = case.rules.recall == Recall::Always;
        self.work_on(case, |machine| machine.recall(always, by))
    }

    fn give_back(
        &self,
        case: &Case<'_>,
        approval: &Approval,
        task: u32,
        (to, resume): (&str, Option<bool>),
        by: &By,
    ) -> Result<(), Refusal> {
        let resume = resume.unwrap_or(case.rules.resubmit == Resubmit::Resume);
        let back = self.target(case, approval, to)?;
        if back == Back::Submitter && case.rules.returned.is_none() {
            let message = text!("this approval can't be sent back to the submitter", "该审批不允许退回发起人");
            return Err(Problem::new(code!("not-passed"), message).field("to").reject(Kind::Conflict).into());
        }
        let at = approval.steps.last().map_or(0, |step| step.at);
        let Back::Node(node) = back else {
            return self.work_on(case, |machine| machine.give_back(task, back, resume, by));
        };
        let ended = self.work(case, |machine| machine.give_back(task, back, resume, by))?;
        let mut queue = crate::flow::Queue::new();
        if ended.ended.as_ref().is_some_and(|ending| ending.outcome == Outcome::SentBack { to: node }) {
            let back = resume.then_some((case.node.name, at));
            self.jump(case, &ended, (node, 0), back, &mut queue)?;
        }
        self.run_to_rest(case.key, case.flow, queue)
    }

    /// What `to` means: the submitter, the step or node before, or one by its name.
    fn target(&self, case: &Case<'_>, approval: &Approval, to: &str) -> Result<Back, Refusal> {
        let nodes = self.nodes_before(case, approval)?;
        match to {
            "submitter" => return Ok(Back::Submitter),
            "previous" => {
                let steps =
                    approval.steps.iter().filter(|step| step.state == formwork_model::approval::StepState::Passed);
                let at = approval.steps.last().map_or(0, |step| step.at);
                let step = steps.filter(|step| step.at < at).map(|step| step.at).max();
                let node = nodes.last().copied().map(Back::Node);
                return step.map(Back::Step).or(node).ok_or_else(|| doubt::refusal(Why::NotPassed).into());
            }
            _ => {}
        }
        let name = Name::find(to);
        if let Some((at, _)) = name.and_then(|name| case.rules.step(name)) {
            return Ok(Back::Step(at));
        }
        match name.filter(|name| nodes.contains(name)) {
            Some(node) => Ok(Back::Node(node)),
            None => Err(doubt::refusal(Why::NotPassed).into()),
        }
    }

    /// The approval nodes that the token has passed on its way here in this submission, the last one last. What it
    /// passed before a split or in another scope is out of reach: its tokens are not where they were.
    fn nodes_before(&self, case: &Case<'_>, approval: &Approval) -> Result<Vec<Name>, Refusal> {
        self.record(case.key, |record| {
            let approvals = record.flow(case.flow.name).into_iter().flat_map(|instance| &instance.approvals);
            let mut nodes = Vec::new();
            for known in approvals.filter(|known| known.submission == approval.submission) {
                let passed = known.ended.as_ref().is_some_and(|ending| ending.outcome == Outcome::Approved);
                let beside = known.scope == approval.scope && known.splits == approval.splits;
                if passed && beside && known.node != approval.node {
                    nodes.retain(|node| *node != known.node);
                    nodes.push(known.node);
                }
            }
            nodes
        })
    }

    fn urge(&self, case: &Case<'_>, approval: &Approval) -> Result<(), Refusal> {
        if !approval.is_open() {
            return Err(doubt::refusal(Why::Closed).into());
        }
        let wait = SignedDuration::from_secs(URGE_EVERY);
        if let Some(next) = approval.urged_at.and_then(|at| at.checked_add(wait).ok()).filter(|next| *next > self.now) {
            let message = text!("urged already; again from {next}", "已催办过，{next} 之后可再次催办");
            return Err(Rejection::new(Kind::Limit, code!("urged-already"), message).into());
        }
        let now = self.now;
        self.change_approval(case, |approval| approval.urged_at = Some(now))?;
        let mut to = Vec::new();
        for task in approval.tasks().filter(|task| Task::is_open(task)) {
            to.push(task.login.to_string());
            to.extend(self.agents_of(case, approval, &task.login)?);
        }
        let title = self.title(case.key)?;
        let who = &self.command.actor.login;
        self.tell_others(case, to, &text!("{title}: {who} asks you to decide soon", "{title}：{who} 催办，请尽快审批"));
        Ok(())
    }

    fn read_copy(&self, case: &Case<'_>, number: u32) -> Result<(), Refusal> {
        let (now, login) = (self.now, self.command.actor.login.clone());
        let found = self.change_approval(case, |approval| {
            let copy = approval.copies.iter_mut().find(|copy| copy.id == number)?;
            if copy.login == login {
                copy.read_at.get_or_insert(now);
            }
            Some(copy.login == login)
        })?;
        match found {
            Some(true) => Ok(()),
            Some(false) => Err(doubt::not_yours().into()),
            None => Err(doubt::no_copy().into()),
        }
    }

    fn comment(&self, case: &Case<'_>, approval: &Approval, files: &[Json], by: &By) -> Result<(), Refusal> {
        let files = self.read_files(files)?;
        self.check_said(by.comment.as_deref(), &files, "reason")?;
        let names = files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ");
        let comment =
            Comment { by: by.login.clone(), at: self.now, text: by.comment.clone().unwrap_or_default(), files };
        self.change_approval(case, |approval| approval.comments.push(comment))?;
        let title = self.title(case.key)?;
        let (who, said) = (&by.login, by.comment.as_deref().unwrap_or(&names));
        let mut to: Vec<String> =
            approval.tasks().filter(|task| Task::is_open(task)).map(|t| t.login.to_string()).collect();
        to.push(approval.submitter.to_string());
        self.tell_others(case, to, &text!("{title}: {who} remarks: {said}", "{title}：{who} 评论：{said}"));
        Ok(())
    }
}
