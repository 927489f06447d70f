//! What people do with work in a queue: claim, release, assign, escalate.

use std::sync::Arc;

use formwork_catalog::{flow::Flow, queue::Queue};
use formwork_definition::kind::sla::{Restart, Up};
use formwork_model::{code, name::Name, text, text::Text};

use super::{Case, members::Member};
use crate::{
    command::SYSTEM,
    decider::{Decider, Key},
    rejection::{Kind, Problem, Refusal, Rejection},
};

/// What is done with work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// A member takes what nobody owns.
    Claim,
    /// Its owner, or a manager, gives it back to the queue.
    Release,
    /// A manager gives it to a member.
    Assign {
        /// The member's login.
        to: String,
    },
    /// Its owner, a member or a manager moves it to the next queue.
    Escalate,
}

impl Operation {
    /// Its name in addresses and in the history.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Release => "release",
            Self::Assign { .. } => "assign",
            Self::Escalate => "escalate",
        }
    }
}

impl Decider<'_> {
    /// Does something with the work that a token of the record is, or its only work.
    pub(crate) fn operate(&self, key: Key, token: Option<u32>, operation: &Operation) -> Result<(), Refusal> {
        let case = self.only_case(key, token)?;
        match operation {
            Operation::Claim => self.claim(case),
            Operation::Release => self.release_work(case),
            Operation::Assign { to } => self.assign(case, to),
            Operation::Escalate => self.escalate(case),
        }?;
        self.settle()
    }

    fn only_case(&self, key: Key, token: Option<u32>) -> Result<Case<'_>, Refusal> {
        let mut cases = self.cases(key)?;
        cases.retain(|case| token.is_none_or(|token| case.work.token == token));
        if cases.len() > 1 {
            let tokens = cases.iter().map(|case| case.work.token.to_string()).collect::<Vec<_>>().join(", ");
            return Err(Problem::new(
                code!("ambiguous-action"),
                text!(
                    "the record is work more than once; say which token: {tokens}",
                    "该记录有多项任务，请指定 token：{tokens}"
                ),
            )
            .field("token")
            .reject(Kind::Conflict)
            .into());
        }
        cases.pop().ok_or_else(|| {
            refuse(Kind::Conflict, code!("not-in-queue"), text!("the record is in no queue", "该记录不在任何队列中"))
        })
    }

    /// What the actor may do with the work as it is, by name: for pages, which offer nothing else.
    pub(crate) fn possible(&self, case: &Case<'_>) -> Result<Vec<&'static str>, Refusal> {
        let own = case.work.assignee.as_ref().map(|owner| self.acts_for(owner)).transpose()?;
        let (manages, is_member) = (self.is_manager(case.queue), self.as_member(case)?.is_some());
        let offered = [
            (Operation::Claim, own.is_none() && is_member),
            (Operation::Release, own.is_some_and(|own| own || manages)),
            (Operation::Escalate, case.queue.next.is_some() && (own == Some(true) || manages || is_member)),
        ];
        Ok(offered.iter().filter(|(_, offered)| *offered).map(|(operation, _)| operation.word()).collect())
    }

    fn claim(&self, case: Case<'_>) -> Result<(), Refusal> {
        if let Some(owner) = &case.work.assignee {
            return Err(owned(owner));
        }
        let Some(member) = self.as_member(&case)? else { return Err(may_not()) };
        self.check_room(&case, &member)?;
        self.own(case, &member.login, "claimed")
    }

    /// An action for members that the actor takes on work that nobody owns is a claim.
    pub(crate) fn claim_by_action(&self, case: Case<'_>) -> Result<(), Refusal> {
        match self.as_member(&case)? {
            Some(member) => {
                self.check_room(&case, &member)?;
                self.own(case, &member.login, "claimed")
            }
            None => Ok(()),
        }
    }

    fn release_work(&self, mut case: Case<'_>) -> Result<(), Refusal> {
        let Some(owner) = case.work.assignee.clone() else {
            return Err(refuse(
                Kind::Conflict,
                code!("not-owned"),
                text!("nobody owns the work", "该任务目前没有负责人"),
            ));
        };
        if self.acts_for(&owner)? {
            self.speak_for(&owner);
        } else if !self.is_manager(case.queue) {
            return Err(may_not());
        }
        self.disown(&mut case)?;
        self.start_waiting(&case)?;
        self.fire(format!("queue {} waits", case.queue.name), "");
        let (title, queue) = (self.title(case.key)?, &case.queue.label);
        let say = Text {
            zh: format!("{title}：已退回队列 {}", queue.zh),
            en: format!("{title}: back in queue {}", queue.en),
        };
        let told = self.others(self.managers(case.queue)?.into_iter().chain([owner.to_string()]));
        self.send(told, &say, Some(case.key));
        Ok(())
    }

    fn assign(&self, case: Case<'_>, to: &str) -> Result<(), Refusal> {
        if !self.is_manager(case.queue) {
            return Err(may_not());
        }
        self.give_to_member(case, to)
    }

    /// Gives the work that a token is to a member, whoever asks: that they may is asked elsewhere.
    pub(crate) fn give_work(&self, key: Key, token: u32, to: &str) -> Result<(), Refusal> {
        self.give_to_member(self.only_case(key, Some(token))?, to)?;
        self.settle()
    }

    fn give_to_member(&self, case: Case<'_>, to: &str) -> Result<(), Refusal> {
        let members = self.members_for(&case)?;
        let known = |login: &str| members.iter().find(|member| member.login == login);
        if known(to).is_none() {
            let message = text!("`{to}` is no member of this queue", "`{to}` 不是此队列的成员");
            return Err(Problem::new(code!("not-a-member"), message).field("to").reject(Kind::Invalid).into());
        }
        let stand_in = self.stand_in(to)?;
        let Some(member) = stand_in.as_deref().and_then(known) else {
            let message = text!("`{to}` is away and no member stands in", "`{to}` 缺勤，且没有成员代理");
            return Err(Problem::new(code!("member-absent"), message).field("to").reject(Kind::Conflict).into());
        };
        if case.work.assignee.as_deref() == Some(&*member.login) {
            return Err(owned(&member.login));
        }
        self.check_room(&case, member)?;
        let (title, before, about) = (self.title(case.key)?, case.work.assignee.clone(), Some(case.key));
        self.own(case, &member.login, "assigned")?;
        let now = &member.login;
        self.send(
            self.others([member.login.clone()]),
            &text!("{title}: it is yours now", "{title}：已分派给您"),
            about,
        );
        let moved = text!("{title}: it is {now}'s now", "{title}：已转给 {now}");
        self.send(self.others(before.iter().map(ToString::to_string)), &moved, about);
        Ok(())
    }

    /// Somebody, or the time for an owner that is over, moves work to the next queue.
    pub(crate) fn escalate(&self, case: Case<'_>) -> Result<(), Refusal> {
        let by_owner = match &case.work.assignee {
            Some(owner) => self.acts_for(owner)?,
            None => false,
        };
        if let Some(owner) = case.work.assignee.as_ref().filter(|_| by_owner) {
            self.speak_for(owner);
        } else if !self.is_system() && !self.is_manager(case.queue) && self.as_member(&case)?.is_none() {
            return Err(may_not());
        }
        self.check_reason_given()?;
        let Some(next) = case.queue.next else {
            let name = case.queue.name;
            let message = text!("queue `{name}` has no next one", "队列 `{name}` 没有上级队列");
            return Err(refuse(Kind::Conflict, code!("no-next-queue"), message));
        };
        self.move_up(case, next)
    }

    /// Moves all work that the record is up, as far as there is a higher queue.
    pub(crate) fn escalate_all(&self, key: Key, up: Up) -> Result<(), Refusal> {
        let works: Vec<(&Flow, u32)> = self.cases(key)?.iter().map(|case| (case.flow, case.work.token)).collect();
        for (flow, token) in works {
            // Moving one may have moved another, through a clock that began anew.
            let Some(case) = self.work_case(key, flow, token)? else { continue };
            if let Some(to) = self.above(case.queue, up)? {
                self.move_up(case, to)?;
            }
        }
        Ok(())
    }

    /// The queue that work goes up to; levels rise with `next`, so there is a last one.
    fn above(&self, queue: &Queue, up: Up) -> Result<Option<Name>, Refusal> {
        let mut to = queue.next;
        while let Some(next) = to.filter(|_| up == Up::Top) {
            match self.queue(next)?.next {
                Some(next) => to = Some(next),
                None => break,
            }
        }
        Ok(to)
    }

    /// Moves work to a higher queue. Nobody owns it then, unless that queue gives it away; who owned it before goes
    /// on reading it.
    fn move_up<'s>(&'s self, mut case: Case<'s>, to: Name) -> Result<(), Refusal> {
        let owner = case.work.assignee.clone();
        let from = case.queue.name;
        case.queue = self.queue(to)?;
        case.work.queue = to;
        case.work.since = self.now;
        case.work.accepted_at = None;
        case.work.escalations += 1;
        let wishes = self.wishes(&case)?;
        self.disown(&mut case)?;
        if let Some(owner) = &owner
            && !case.work.readers.contains(owner)
        {
            case.work.readers.push(owner.clone());
            self.put_work(&case)?;
        }
        self.restart_clocks(case.key, Restart::Escalate)?;
        let values = serde_json::json!({"to": to.as_str(), "level": case.queue.level}).to_string();
        self.fire(format!("queue {from} escalates"), values);
        let (title, label) = (self.title(case.key)?, &case.queue.label);
        let say = Text {
            zh: format!("{title}：已升迁到 {}", label.zh),
            en: format!("{title}: escalated to {}", label.en),
        };
        let members = self.members_for(&case)?.into_iter().map(|member| member.login);
        let told = members.chain(self.managers(case.queue)?).chain(owner.iter().map(ToString::to_string));
        self.send(self.others(told), &say, Some(case.key));
        self.give(case, &wishes)
    }

    fn check_reason_given(&self) -> Result<(), Refusal> {
        let given = self.command.reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
        if given || self.is_system() {
            return Ok(());
        }
        let message = text!("a reason is required", "必须填写原因");
        Err(Problem::new(code!("required"), message).field("reason").reject(Kind::Invalid).into())
    }

    fn check_room(&self, case: &Case<'_>, member: &Member) -> Result<(), Refusal> {
        match self.full(case, member)? {
            Some(rejection) => Err(rejection.into()),
            None => Ok(()),
        }
    }

    /// Why the member can't own more; `None` when they can.
    pub(crate) fn full(&self, case: &Case<'_>, member: &Member) -> Result<Option<Rejection>, Refusal> {
        if self.has_room(case.queue, member)? {
            return Ok(None);
        }
        let (login, limit) = (&member.login, member.limit.unwrap_or_default());
        let message = text!("{login} owns {limit} here already", "{login} 在此队列中已有 {limit} 项任务");
        Ok(Some(Rejection::new(Kind::Conflict, code!("queue-limit"), message)))
    }

    /// Whether the actor is `login`, or stands in for them today.
    pub(crate) fn acts_for(&self, login: &Arc<str>) -> Result<bool, Refusal> {
        Ok(*login == self.command.actor.login || self.stand_in(login)?.as_deref() == Some(&*self.command.actor.login))
    }

    /// The history says for whom the actor did it.
    pub(crate) fn speak_for(&self, login: &Arc<str>) {
        if *login != self.command.actor.login {
            *self.behalf.borrow_mut() = Some(login.clone());
        }
    }

    fn is_system(&self) -> bool {
        *self.command.actor.login == *SYSTEM
    }

    /// Everybody but the actor.
    fn others(&self, logins: impl IntoIterator<Item = String>) -> Vec<String> {
        logins.into_iter().filter(|login| **login != *self.command.actor.login).collect()
    }
}

fn refuse(kind: Kind, code: formwork_model::code::Code, message: Text) -> Refusal {
    Rejection::new(kind, code, message).into()
}

fn may_not() -> Refusal {
    refuse(Kind::Forbidden, code!("not-allowed"), text!("you may not do this here", "您无权执行此操作"))
}

fn owned(owner: &str) -> Refusal {
    refuse(Kind::Conflict, code!("already-owned"), text!("{owner} owns this already", "{owner} 已负责此任务"))
}
