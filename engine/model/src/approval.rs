//! Approvals: who was asked, who decided what, and what became of everybody else's task.
//!
//! An [`Approval`] is one activation of an `approval` node. It lies in the instance, so that a decision is one
//! write. Steps are a log: every step that was reached has an entry, and one that is asked again after a return
//! gets another. Every task ends in exactly one way, see [`End`].

use std::sync::Arc;

use jiff::Timestamp;

use crate::{name::Name, value::FileRef};

/// Whom the submitter chose for a step.
pub type Choice = (Name, Vec<Arc<str>>);

/// One activation of an `approval` node.
#[derive(Debug, Clone, PartialEq)]
pub struct Approval {
    /// Unique within the record, in one series with its tasks and copies.
    pub id: u32,
    /// The token that waits here: an activation of a node is a token.
    pub token: u32,
    /// The node.
    pub node: Name,
    /// The scope the token is in.
    pub scope: u32,
    /// The splits the token came through.
    pub splits: Vec<u32>,
    /// Who submitted. Never approves.
    pub submitter: Arc<str>,
    /// Which submission of the instance it belongs to, from 1: a chain of approval nodes shares it.
    pub submission: u32,
    /// When it began.
    pub began_at: Timestamp,
    /// Who approved before and still counts as an earlier approver: other nodes of this submission, and steps
    /// that a resumed approval skips.
    pub earlier: Vec<Arc<str>>,
    /// Whom the submitter chose, by step.
    pub chosen: Vec<Choice>,
    /// The first step to ask, after a return that resumes.
    pub first: u32,
    /// Where the token goes when this is approved, after a return that resumes: node and step.
    pub back: Option<(Name, u32)>,
    /// The steps in the order they were reached; the last one is the present one.
    pub steps: Vec<Step>,
    /// Copies for information.
    pub copies: Vec<Copy>,
    /// What people remarked.
    pub comments: Vec<Comment>,
    /// When somebody was last urged.
    pub urged_at: Option<Timestamp>,
    /// How and when it ended; `None` while it waits.
    pub ended: Option<Ending>,
}

/// How an approval ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Arc<str>,
    /// In which way.
    pub outcome: Outcome,
}

/// The ways in which an approval ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every step passed.
    Approved,
    /// A step failed.
    Rejected,
    /// Sent back to the submitter.
    Returned {
        /// The step that is asked first when it comes again.
        resume: Option<u32>,
    },
    /// Sent back to an earlier node.
    SentBack {
        /// The node.
        to: Name,
    },
    /// Recalled by the submitter, or a watched field changed.
    Withdrawn,
    /// The token was taken away: an action, a timer or the end of the instance.
    Left,
}

/// A step that was reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its name.
    pub name: Name,
    /// Its position in the definition's chain.
    pub at: u32,
    /// How many must approve, as it was when the step was reached.
    pub need: Need,
    /// How it stands.
    pub state: StepState,
    /// When it was reached.
    pub began_at: Timestamp,
    /// After a return that resumes: the step that is asked next.
    pub then: Option<u32>,
    /// Everybody who was asked.
    pub tasks: Vec<Task>,
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// Waits for decisions.
    Open,
    /// Nobody was found; an administrator has to help.
    Blocked,
    /// Approved.
    Passed,
    /// Rejected.
    Failed,
    /// Its condition did not hold, or nobody was found and that is allowed.
    Skipped,
    /// Sent back, or asked again later: its decisions do not count any more.
    Undone,
    /// The approval ended around it.
    Dropped,
}

/// How many must approve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// 或签: the first decision decides.
    Any,
    /// 会签: everybody; one rejection fails.
    All,
    /// 依次: everybody, one after the other.
    InOrder,
    /// So many.
    Count(u32),
    /// 票签: so many of a hundred.
    Percent(u32),
}

/// One person asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Unique within the record.
    pub id: u32,
    /// Who was asked.
    pub login: Arc<str>,
    /// What the answer counts for.
    pub place: Place,
    /// Who added it (加签, 委派); `None` when the definition asked.
    pub added_by: Option<Arc<str>>,
    /// Why this person: `role(manager)`, `submitter's supervisor`, ….
    pub why: Arc<str>,
    /// Whether it can be decided now, rather than after somebody else.
    pub open: bool,
    /// When it began to wait for its person.
    pub since: Timestamp,
    /// How it ended; never changed once set.
    pub end: Option<Ended>,
}

/// What the answer to a task counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A vote of the step.
    Voter,
    /// 前加签: part of that task's answer, asked before it.
    Before(u32),
    /// 并加签: part of that task's answer, asked beside it.
    Parallel(u32),
    /// 后加签: part of that task's answer, asked after it.
    After(u32),
    /// 委派: an opinion; that task's person decides afterwards.
    Delegate(u32),
}

impl Place {
    /// The task it belongs to.
    pub fn of(self) -> Option<u32> {
        match self {
            Self::Voter => None,
            Self::Before(of) | Self::Parallel(of) | Self::After(of) | Self::Delegate(of) => Some(of),
        }
    }

    /// The same place at another task.
    #[must_use]
    pub fn at(self, task: u32) -> Self {
        match self {
            Self::Voter => Self::Voter,
            Self::Before(_) => Self::Before(task),
            Self::Parallel(_) => Self::Parallel(task),
            Self::After(_) => Self::After(task),
            Self::Delegate(_) => Self::Delegate(task),
        }
    }
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// In which way.
    pub how: End,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Arc<str>,
    /// For whom, when a proxy did it.
    pub on_behalf_of: Option<Arc<str>>,
    /// What was said.
    pub comment: Option<Arc<str>>,
}

/// The ways in which a task ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// 同意.
    Approved,
    /// 拒绝.
    Rejected,
    /// 退回.
    Returned,
    /// 转办: that task took its place.
    Transferred(u32),
    /// The time was up: that task took its place.
    Escalated(u32),
    /// The time was up: decided by the definition.
    Expired,
    /// The same person has approved already.
    Passed,
    /// Another decision made it needless.
    Superseded,
    /// The approval was recalled, changed or left.
    Cancelled,
    /// 减签: whoever added it took it away.
    Removed,
    /// Whoever was asked took an action of the node that leads away from it; the history says which.
    Acted,
}

impl End {
    /// Whether a person decided.
    pub fn is_decision(self) -> bool {
        matches!(self, Self::Approved | Self::Rejected | Self::Returned | Self::Acted)
    }

    /// Whether another task took its place.
    pub fn is_replaced(self) -> bool {
        matches!(self, Self::Transferred(_) | Self::Escalated(_))
    }

    /// The word of the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Returned => "returned",
            Self::Transferred(_) => "transferred",
            Self::Escalated(_) => "escalated",
            Self::Expired => "expired",
            Self::Passed => "passed",
            Self::Superseded => "superseded",
            Self::Cancelled => "cancelled",
            Self::Removed => "removed",
            Self::Acted => "acted",
        }
    }
}

/// 抄送: a copy for information.
#[derive(Debug, Clone, PartialEq)]
pub struct Copy {
    /// Unique within the record.
    pub id: u32,
    /// For whom.
    pub login: Arc<str>,
    /// By whom; empty when the definition sent it.
    pub by: Arc<str>,
    /// When.
    pub at: Timestamp,
    /// When it was marked as read.
    pub read_at: Option<Timestamp>,
}

/// A remark.
#[derive(Debug, Clone, PartialEq)]
pub struct Comment {
    /// Who.
    pub by: Arc<str>,
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: Arc<str>,
    /// With which files.
    pub files: Vec<Arc<FileRef>>,
}

impl Approval {
    /// Whether it waits.
    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// The present step, while it waits.
    pub fn current(&self) -> Option<&Step> {
        self.steps.last().filter(|_| self.is_open())
    }

    /// Every task, also of steps long past.
    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.steps.iter().flat_map(|step| &step.tasks)
    }

    /// The task with this number.
    pub fn task(&self, id: u32) -> Option<&Task> {
        self.tasks().find(|task| task.id == id)
    }

    /// The greatest number given in it.
    pub fn last_number(&self) -> u32 {
        let tasks = self.tasks().map(|task| task.id);
        tasks.chain(self.copies.iter().map(|copy| copy.id)).fold(self.id, u32::max)
    }
}

impl Step {
    /// The task with this number.
    pub fn task(&self, id: u32) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id == id)
    }
}

impl Task {
    /// Whether it has not ended.
    pub fn is_live(&self) -> bool {
        self.end.is_none()
    }

    /// Whether its person can decide now.
    pub fn is_open(&self) -> bool {
        self.open && self.end.is_none()
    }

    /// How it ended.
    pub fn how(&self) -> Option<End> {
        self.end.as_ref().map(|end| end.how)
    }
}
