//! The approval as a state machine: pure functions over an [`Approval`], fast enough to be tried in every
//! combination. It knows no record, no store and no rights; who is who it asks the [`Office`].
//!
//! A step is decided by its votes. Each vote is a tree: the voter's own answer, and the answers of those the voter
//! added before, beside or after (加签, also nested). A tree says no as soon as anybody in it does, and yes when
//! everybody has. Delegates (委派) hang in the tree too, but only hold their principal up: they give an opinion.
//! After every operation [`Machine::settle`] wakes whoever is next, ends what has become needless, and goes on to
//! the next step when the present one is decided.

mod act;
mod add;
mod answer;
mod decide;
mod end;
mod give_back;
mod open;
mod recall;
mod remove;
mod reopen;
mod retry;
#[cfg(test)]
mod tests;
mod time_up;
mod transfer;

use std::sync::Arc;

use formwork_catalog::flow::approval::Step as Rule;
use formwork_model::approval::{Approval, End, Ended, Ending, Outcome, Place, Step, StepState, Task};
use jiff::Timestamp;

pub(crate) use give_back::Back;

/// More tasks than this are not added to one step.
const MOST_TASKS: usize = 200;
/// How many supervisors are asked about one after the other.
const LEVELS: usize = 20;

/// A person who may be asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) login: Arc<str>,
    /// Why this person.
    pub(crate) why: Arc<str>,
}

/// Who is who.
pub(crate) trait Office {
    /// Why it can't be said.
    type Failure;
    /// Whom the step at this position asks, in order; `None` when its condition does not hold.
    fn candidates(&self, rule: &Rule) -> Result<Option<Vec<Candidate>>, Self::Failure>;
    /// The supervisor of a person.
    fn supervisor(&self, login: &str) -> Result<Option<Arc<str>>, Self::Failure>;
    /// Whoever helps when nobody is found.
    fn admins(&self) -> Result<Vec<Arc<str>>, Self::Failure>;
    /// Whether the person still works here.
    fn is_active(&self, login: &str) -> Result<bool, Self::Failure>;
    /// Who decided this step when it was asked in an earlier activation.
    fn familiar(&self, rule: &Rule) -> Result<Vec<Arc<str>>, Self::Failure>;
}

/// Who does something, for whom, and what they say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct By {
    pub(crate) login: Arc<str>,
    pub(crate) on_behalf_of: Option<Arc<str>>,
    pub(crate) comment: Option<Arc<str>>,
}

/// Why something can't be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// The approval has ended.
    Closed,
    /// There is no such task in the present step.
    NoTask,
    /// The task has ended in this way.
    Ended(End),
    /// The task waits for somebody else.
    NotYet,
    /// The person submitted it, or approved an earlier step.
    Excluded,
    /// The person has left.
    Inactive,
    /// The person has a task in this step already, or has voted in it.
    AlreadyAsked,
    /// Somebody else added the task, or nobody did.
    NotAdded,
    /// Somebody has decided already.
    Decided,
    /// That step was not passed.
    NotPassed,
    /// The step holds too many people.
    TooMany,
    /// The step is not blocked.
    NotBlocked,
}

/// Why an operation did not happen.
#[derive(Debug)]
pub(crate) enum Wrong<F> {
    /// It is not possible.
    Refused(Why),
    /// The office failed.
    Failed(F),
}

impl<F> From<Why> for Wrong<F> {
    fn from(why: Why) -> Self {
        Self::Refused(why)
    }
}

/// What every operation gives.
pub(crate) type Done<O> = Result<(), Wrong<<O as Office>::Failure>>;

/// An approval that something is being done to.
pub(crate) struct Machine<'a, O: Office> {
    pub(crate) approval: &'a mut Approval,
    pub(crate) chain: &'a [Rule],
    pub(crate) office: &'a O,
    pub(crate) now: Timestamp,
    /// The next unused number of the record.
    pub(crate) next: u32,
}

impl<'a, O: Office> Machine<'a, O> {
    /// Begins: asks the first step.
    pub(crate) fn begin(&mut self) -> Done<O> {
        let first = self.approval.first;
        // The step that sent it back is asked again, also those who have approved it before.
        self.go_on(first, first > 0)?;
        self.settle()
    }

    /// Wakes, ends and goes on until somebody has to decide.
    pub(crate) fn settle(&mut self) -> Done<O> {
        loop {
            self.relieve()?;
            let now = self.now;
            let Some(step) = self.approval.steps.last_mut().filter(|step| step.state == StepState::Open) else {
                return Ok(());
            };
            answer::wake(step, now);
            match answer::verdict(step) {
                answer::Answer::Pending => return Ok(()),
                answer::Answer::Yes => {
                    step.state = StepState::Passed;
                    let (next, straight) = (step.then.unwrap_or(step.at + 1), step.then.is_some());
                    self.end_live(End::Superseded);
                    self.go_on(next, straight)?;
                }
                answer::Answer::No => {
                    step.state = StepState::Failed;
                    self.end_live(End::Superseded);
                    let by = self.last_decider();
                    self.close(Outcome::Rejected, &by);
                    return Ok(());
                }
            }
        }
    }

    /// Somebody who has left while waiting for others to decide first is replaced when the turn comes.
    fn relieve(&mut self) -> Result<(), Wrong<O::Failure>> {
        let Some(rule) = self.rule() else { return Ok(()) };
        let Some(step) = self.approval.steps.last().filter(|step| step.state == StepState::Open) else { return Ok(()) };
        let next: Vec<(u32, Arc<str>)> =
            answer::about_to_open(step).map(|task| (task.id, task.login.clone())).collect();
        for (task, login) in next {
            if !self.office.is_active(&login).map_err(Wrong::Failed)?
                && let Some(above) = self.successor(&login, rule)?
            {
                let why = format!("supervisor of {login}, who has left");
                self.replace(task, &above, why.into(), &Self::nobody(), End::Escalated);
            }
        }
        Ok(())
    }

    /// The task, which must be one that can be decided now.
    pub(crate) fn decidable(&self, id: u32) -> Result<&Task, Why> {
        let task = self.live(id)?;
        if task.open { Ok(task) } else { Err(Why::NotYet) }
    }

    /// The task of the present step, which must not have ended.
    pub(crate) fn live(&self, id: u32) -> Result<&Task, Why> {
        let task = self.approval.task(id).ok_or(Why::NoTask)?;
        if let Some(how) = task.how() {
            return Err(Why::Ended(how));
        }
        if !self.approval.is_open() {
            return Err(Why::Closed);
        }
        Ok(task)
    }

    /// Ends one task.
    pub(crate) fn end_task(&mut self, id: u32, how: End, by: &By) {
        let now = self.now;
        let tasks = self.approval.steps.iter_mut().flat_map(|step| &mut step.tasks);
        for task in tasks.filter(|task| task.id == id && task.end.is_none()) {
            task.open = false;
            task.end = Some(Ended {
                how,
                at: now,
                by: by.login.clone(),
                on_behalf_of: by.on_behalf_of.clone(),
                comment: by.comment.clone(),
            });
        }
    }

    /// Ends every task of the present step that has not ended.
    pub(crate) fn end_live(&mut self, how: End) {
        let by = self.last_decider();
        let live: Vec<u32> = self.approval.tasks().filter(|task| task.is_live()).map(|task| task.id).collect();
        for id in live {
            self.end_task(id, how, &by);
        }
    }

    /// Ends the approval.
    pub(crate) fn close(&mut self, outcome: Outcome, by: &By) {
        self.approval.ended = Some(Ending { at: self.now, by: by.login.clone(), outcome });
    }

    /// Who decided last: the engine itself when nobody did.
    fn last_decider(&self) -> By {
        let decided = |task: &&Task| task.how().is_some_and(|how| how.is_decision() || how == End::Removed);
        let last = self.approval.tasks().filter(decided).filter_map(|task| task.end.as_ref()).max_by_key(|end| end.at);
        let login = last.map_or_else(|| "system".into(), |end| end.by.clone());
        By { login, on_behalf_of: last.and_then(|end| end.on_behalf_of.clone()), comment: None }
    }

    /// A number that nothing in the record has.
    pub(crate) fn number(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// The rule of the present step.
    pub(crate) fn rule(&self) -> Option<&'a Rule> {
        let at = self.approval.steps.last()?.at;
        self.chain.get(usize::try_from(at).ok()?)
    }

    /// Whether the person must not decide the step of this rule: the submitter, and with `not: earlier` whoever
    /// approved before.
    pub(crate) fn is_excluded(&self, login: &str, rule: &Rule) -> bool {
        *self.approval.submitter == *login || (rule.not_earlier && self.is_earlier(login))
    }

    /// Whether the person took part in a decision that still counts.
    fn is_earlier(&self, login: &str) -> bool {
        let passed = self.approval.steps.iter().filter(|step| step.state == StepState::Passed);
        let mut ends = passed.flat_map(signatures);
        self.approval.earlier.iter().any(|known| **known == *login)
            || ends.any(|task| *task.login == *login || task.end.as_ref().is_some_and(|end| *end.by == *login))
    }

    /// Whether the person has a task in the present step, or has voted in it: one person, one vote.
    pub(crate) fn is_asked(&self, login: &str) -> bool {
        let Some(step) = self.approval.steps.last() else { return false };
        let voted = |task: &Task| {
            matches!(task.how(), Some(End::Approved | End::Rejected | End::Passed)) && !is_opinion(step, task)
        };
        step.tasks.iter().any(|task| *task.login == *login && (task.is_live() || voted(task)))
    }

    /// Refuses a person who can't be given a task of the present step.
    pub(crate) fn check_new(&self, login: &str) -> Done<O> {
        let excluded = self.rule().map_or(*self.approval.submitter == *login, |rule| self.is_excluded(login, rule));
        if excluded {
            return Err(Why::Excluded.into());
        }
        if self.is_asked(login) {
            return Err(Why::AlreadyAsked.into());
        }
        if !self.office.is_active(login).map_err(Wrong::Failed)? {
            return Err(Why::Inactive.into());
        }
        if self.approval.steps.last().is_some_and(|step| step.tasks.len() >= MOST_TASKS) {
            return Err(Why::TooMany.into());
        }
        Ok(())
    }
}

/// The tasks with which somebody put a name under the step: approvals that are not part of an opinion.
pub(crate) fn signatures(step: &Step) -> impl Iterator<Item = &Task> {
    step.tasks.iter().filter(|task| task.how() == Some(End::Approved) && !is_opinion(step, task))
}

/// Whether the task is a delegate's, or was added to one.
fn is_opinion(step: &Step, task: &Task) -> bool {
    let mut at = Some(task);
    while let Some(task) = at {
        if matches!(task.place, Place::Delegate(_)) {
            return true;
        }
        at = task.place.of().and_then(|of| step.task(of));
    }
    false
}
