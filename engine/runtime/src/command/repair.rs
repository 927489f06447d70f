//! `repair`: what runs is set right by hand, for a reason: a token moved to another node, an instance cancelled, a task or
//! work given to somebody else. A step that failed is tried again through its incident.

use std::sync::Arc;

use formwork_catalog::flow::Flow;
use formwork_model::{code, instance::Instance, name::Name, text};
use serde_json::Value as Json;

use crate::{
    approval,
    command::Input,
    decide::Done,
    decider::{Decider, Key},
    flow::Queue,
    rejection::{Kind, Problem, Refusal, Rejection},
};

/// How something that runs is set right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// A token goes to another node of the same graph, as if it had been sent there.
    Move {
        /// The flow.
        flow: Name,
        /// The token's number.
        token: u32,
        /// The node.
        to: Name,
    },
    /// The instance ends where it stands: its tokens, tasks and timers go, and it has no outcome.
    Cancel {
        /// The flow.
        flow: Name,
    },
    /// A task of an approval is somebody else's.
    Task {
        /// Its number in the record.
        task: u32,
        /// The login.
        to: Arc<str>,
    },
    /// Work in a queue is a member's.
    Work {
        /// The token that is the work.
        token: u32,
        /// The member's login.
        to: Arc<str>,
    },
}

impl Repair {
    /// Its name in addresses and in the history.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Move { .. } => "move",
            Self::Cancel { .. } => "cancel",
            Self::Task { .. } => "task",
            Self::Work { .. } => "work",
        }
    }

    /// What was sent with the word.
    pub(crate) fn input(&self) -> Input {
        let json = match self {
            Self::Move { flow, token, to } => {
                serde_json::json!({"flow": flow.as_str(), "token": token, "to": to.as_str()})
            }
            Self::Cancel { flow } => serde_json::json!({"flow": flow.as_str()}),
            Self::Task { task, to } => serde_json::json!({"task": task, "to": &**to}),
            Self::Work { token, to } => serde_json::json!({"token": token, "to": &**to}),
        };
        if let Json::Object(input) = json { input } else { Input::new() }
    }

    /// What a word and its members mean; `None` when one is missing or there is no such word.
    pub fn read(word: &str, input: &Input) -> Option<Self> {
        let text = |name: &str| input.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
        let number = |name: &str| u32::try_from(input.get(name)?.as_u64()?).ok();
        Some(match word {
            "move" => {
                Self::Move { flow: Name::find(text("flow")?)?, token: number("token")?, to: Name::find(text("to")?)? }
            }
            "cancel" => Self::Cancel { flow: Name::find(text("flow")?)? },
            "task" => Self::Task { task: number("task")?, to: text("to")?.into() },
            "work" => Self::Work { token: number("token")?, to: text("to")?.into() },
            _ => return None,
        })
    }
}

pub(crate) fn decide(decider: &Decider<'_>, key: Key, rev: Option<u64>, repair: &Repair) -> Result<Done, Refusal> {
    decider.object(key.0)?;
    decider.check_rev(key, rev)?;
    if decider.command.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Problem::new(code!("required"), text!("a reason is required", "必须填写原因"))
            .field("reason")
            .reject(Kind::Invalid)
            .into());
    }
    decider.fire(format!("repair {} of {}", repair.word(), key.0), "");
    match repair {
        Repair::Move { flow, token, to } => decider.move_token(key, *flow, *token, *to)?,
        Repair::Cancel { flow } => decider.cancel(key, *flow)?,
        Repair::Task { task, to } => approval::hand_on(decider, key, *task, to)?,
        Repair::Work { token, to } => decider.give_work(key, *token, to)?,
    }
    Ok(Done::about(format!("repair {}", repair.word()), key.0, key.1, &repair.input()))
}

impl Decider<'_> {
    fn move_token(&self, key: Key, flow: Name, token: u32, to: Name) -> Result<(), Refusal> {
        let flow = self.live_flow(key, flow)?;
        let token = self.token(key, flow, token)?.ok_or_else(not_running)?;
        let around = self.record(key, |record| {
            let scopes = record.flow(flow.name).map(|instance| instance.scopes.as_slice());
            scopes.unwrap_or_default().iter().find(|scope| scope.id == token.scope).map(|scope| scope.node)
        })?;
        // A token of a sub-graph belongs to what waits for that graph: it goes no further than the graph does.
        if flow.node(to).is_none_or(|node| node.parent != around) {
            let message = text!("`{to}` is no node that it could be moved to", "不能移动到节点 `{to}`");
            return Err(Problem::new(code!("unknown-target"), message).field("to").reject(Kind::Invalid).into());
        }
        self.leave(key, flow, &token, &[to], &[])
    }

    fn cancel(&self, key: Key, flow: Name) -> Result<(), Refusal> {
        let flow = self.live_flow(key, flow)?;
        self.instance(key, flow, |instance| {
            instance.tokens.clear();
            instance.scopes.clear();
            instance.joins.clear();
        })?;
        self.run_to_rest(key, flow, Queue::new())
    }

    /// The flow, of which an instance runs over the record.
    fn live_flow(&self, key: Key, flow: Name) -> Result<&Flow, Refusal> {
        let runs = self.record(key, |record| record.flow(flow).is_some_and(Instance::is_live))?;
        if runs { self.flow(key, flow) } else { Err(not_running()) }
    }
}

fn not_running() -> Refusal {
    let message = text!("that does not run any more; look again", "该流程已不在此处运行，请重新查看");
    Rejection::new(Kind::Conflict, code!("not-running"), message).into()
}
