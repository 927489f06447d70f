//! Why something can't be done to a task, in words.

use formwork_model::{approval::End, code, text};

use super::machine::Why;
use crate::rejection::{Kind, Problem, Rejection};

/// There is no such task, or the actor may not know of it.
pub(crate) fn no_task() -> Rejection {
    Rejection::new(Kind::NotFound, code!("no-such-task"), text!("there is no such task", "没有这个任务"))
}

/// It is there, and no copy.
pub(crate) fn no_copy() -> Rejection {
    let message = text!("only copies are marked as read", "只有抄送可以标记为已读");
    Rejection::new(Kind::Conflict, code!("not-possible"), message)
}

/// The release does not have the node any more.
pub(crate) fn no_rules() -> Rejection {
    let message = text!("the present definitions do not have this approval any more", "当前定义中已没有该审批节点");
    Rejection::new(Kind::Conflict, code!("no-such-task"), message)
}

/// The actor may not.
pub(crate) fn not_yours() -> Rejection {
    let message = text!("this task is somebody else's", "该任务不属于您");
    Rejection::new(Kind::Forbidden, code!("not-your-task"), message)
}

/// Who is found anew is for administrators to ask.
pub(crate) fn not_an_administrator() -> Rejection {
    let message = text!("only an administrator has the people of a step found anew", "仅管理员可以重新查找审批人");
    Rejection::new(Kind::Forbidden, code!("not-your-task"), message)
}

/// What the machine said, for people.
pub(crate) fn refusal(why: Why) -> Rejection {
    let conflict = |code, message| Rejection::new(Kind::Conflict, code, message);
    match why {
        Why::Closed => conflict(code!("approval-ended"), text!("the approval has ended", "审批已结束")),
        Why::NoTask => no_task(),
        Why::Ended(how) => conflict(code!("task-ended"), ended(how)),
        Why::NotYet => {
            conflict(code!("task-waits"), text!("others have to decide before this task", "该任务须等待他人先处理"))
        }
        Why::Excluded => Rejection::new(
            Kind::Forbidden,
            code!("separation-of-duties"),
            text!(
                "whoever submitted it, or approved it before where that is excluded, can't decide it",
                "提交人本人或被排除的先前审批人不能审批"
            ),
        ),
        Why::Inactive => to(code!("inactive-user"), text!("this person does not work here any more", "该人员已停用")),
        Why::AlreadyAsked => {
            to(code!("already-asked"), text!("this person has a task in this step already", "该人员在本步骤已有任务"))
        }
        Why::NotAdded => Rejection::new(
            Kind::Forbidden,
            code!("not-your-task"),
            text!("only whoever added a person can take them away", "只能减去自己加签的人员"),
        ),
        Why::Decided => conflict(
            code!("already-decided"),
            text!("somebody has decided already; it can't be recalled any more", "已有人审批，不能再撤回"),
        ),
        Why::NotPassed => to(
            code!("not-passed"),
            text!("that step was not passed here, so it can't be gone back to", "该步骤未曾通过，不能退回到那里"),
        ),
        Why::TooMany => conflict(code!("too-many-signers"), text!("the step has too many people", "该步骤人数过多")),
        Why::NotBlocked => conflict(code!("not-blocked"), text!("the step is not blocked", "该步骤未被阻塞")),
    }
}

fn to(code: formwork_model::code::Code, message: formwork_model::text::Text) -> Rejection {
    Problem::new(code, message).field("to").reject(Kind::Conflict)
}

fn ended(how: End) -> formwork_model::text::Text {
    match how {
        End::Superseded => {
            text!("somebody else's decision has made this task needless", "他人已作出决定，该任务无需处理")
        }
        End::Cancelled => text!("the approval was withdrawn", "审批已撤回，任务已取消"),
        End::Removed => text!("the task was taken away by whoever added it", "该任务已被加签人减签"),
        End::Transferred(_) => text!("the task was handed on", "该任务已转办"),
        End::Escalated(_) => text!("the time was up; a supervisor decides now", "已超时，任务已上交主管"),
        End::Expired => text!("the time was up", "该任务已超时处理"),
        End::Approved | End::Rejected | End::Returned | End::Passed | End::Acted => {
            text!("the task has been decided already", "该任务已处理")
        }
    }
}
