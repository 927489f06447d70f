//! `flow`: a graph over an object.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    expression::Expression,
    kind::{
        approval::{ApprovalStep, Escalate, Exit, Limit, Recall, Resubmit},
        connector::{Call, Failed},
        effect::{Create, Effects, Notify, Post, Start, gathers_effects},
        field::Tone,
        queue::InQueue,
        timer::{Timer, Wait},
    },
    label::Label,
    list::Many,
    literal::Val,
    map::{Map, WrittenName},
    spanned::Sp,
};

/// A graph over an object. Tokens move on it; where they stand is the state of the record.
/// `definitions/MODULE/NAME.flow.yaml`. A record starts the flow named like its object when it is created;
/// any other flow is started by `start`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// The name of the flow.
    pub flow: Sp<WrittenName>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// The object it runs over.
    pub object: Sp<WrittenName>,
    /// The first node.
    pub start: Sp<WrittenName>,
    /// The nodes. Names are unique in the whole flow, also inside `scope` and `each`.
    pub nodes: Map<Node>,
}

/// A node. Without `approval`, `decide`, `join`, `run`, `call`, `each`, `scope`, `wait` or `end` it is a state: it
/// waits for an action.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// State, approval, `call`, `each`, `scope`, `wait`, `end`: the colour of a record that stands here, by what that means:
    /// `neutral`, `info` under way, `good` as it should be, `warn` somebody should look at it, `bad` wrong or lost.
    /// Default: `neutral` for the first node and ends, `warn` for an approval, `info` for everything between.
    #[serde(default)]
    pub tone: Option<Sp<Tone>>,
    /// State, approval: what people can do here.
    #[serde(default)]
    pub actions: Map<Action>,
    /// State: the token is work in a queue, which a member owns or can claim. The object's owner field holds
    /// who owns it.
    #[serde(default)]
    pub queue: Option<Sp<InQueue>>,
    /// State: what happens when a token arrives, before anybody acts.
    #[serde(default)]
    pub enter: Option<Sp<Effects>>,
    /// Waits for people to decide: a chain of steps. It leaves by `approved`, `rejected`, `returned` or `withdrawn`.
    #[serde(default)]
    pub approval: Option<Sp<Vec<ApprovalStep>>>,
    /// Approval: where it goes when every step has passed.
    #[serde(default)]
    pub approved: Option<Sp<Exit>>,
    /// Approval: where it goes when a step failed 拒绝.
    #[serde(default)]
    pub rejected: Option<Sp<Exit>>,
    /// Approval: where it goes when it is sent back to the submitter 退回. Without it nobody can.
    #[serde(default)]
    pub returned: Option<Sp<Exit>>,
    /// Approval: where it goes when the submitter recalls it 撤回, or a watched field changes. Without it nobody can
    /// recall it.
    #[serde(default)]
    pub withdrawn: Option<Sp<Exit>>,
    /// Approval: fields whose change withdraws it.
    #[serde(default)]
    pub watch: Many<Sp<WrittenName>>,
    /// Approval: what happens to passed steps when it was sent back and comes again: `restart` (default) or `resume`.
    #[serde(default)]
    pub resubmit: Option<Sp<Resubmit>>,
    /// Approval: when the submitter can take it back: `until_decided` (default), `always`, `never`.
    #[serde(default)]
    pub recall: Option<Sp<Recall>>,
    /// Approval: fields that lists of tasks show.
    #[serde(default)]
    pub show: Many<Sp<WrittenName>>,
    /// Approval: the field that is compared with the greatest amount of a proxy.
    #[serde(default)]
    pub amount: Option<Sp<WrittenName>>,
    /// Approval: the calendar that counts the working time of `remind`, `escalate` and `limit`: its name, or
    /// `= expression` that gives one. Default: the book's.
    #[serde(default)]
    pub calendar: Option<Val>,
    /// Approval: how long after a step began those who have not decided are reminded: `4 working hours`,
    /// `3 working days`, or clock time.
    #[serde(default)]
    pub remind: Option<Sp<String>>,
    /// Approval: whom to tell when a step still waits: `{after: 8 working hours, to: supervisor(1)}`.
    #[serde(default)]
    pub escalate: Option<Sp<Escalate>>,
    /// Approval: how long a step may take, and what happens then: `{after: 24 working hours, then: escalate}`.
    #[serde(default)]
    pub limit: Option<Sp<Limit>>,
    /// Approval: who gets a copy for information 抄送, written as in `by`.
    #[serde(default)]
    pub cc: Many<Val>,
    /// State: whether a record that stands here is a draft. A draft follows the newest release; anything else stays
    /// on the release it was submitted under. Without the key the first node is one until the record moves on for
    /// the first time; `true` makes any state one, also when a record comes back to it; `false` makes the first node none.
    #[serde(default)]
    pub draft: Option<Sp<bool>>,
    /// Takes the first branch whose `when` holds, or every one that holds (`pick: every`).
    #[serde(default)]
    pub decide: Option<Sp<Vec<Branch>>>,
    /// `decide`: `first` (default) or `every`.
    #[serde(default)]
    pub pick: Option<Sp<Pick>>,
    /// Waits for tokens.
    #[serde(default)]
    pub join: Option<Sp<Join>>,
    /// Does something and goes on at once.
    #[serde(default)]
    pub run: Option<Sp<Effects>>,
    /// Asks another system and waits for its answer.
    #[serde(default)]
    pub call: Option<Sp<Call>>,
    /// `call`: where to go when that fails.
    #[serde(default)]
    pub failed: Option<Sp<Failed>>,
    /// Runs a sub-graph for every item of a list.
    #[serde(default)]
    pub each: Option<Sp<Each>>,
    /// A sub-graph with its own data and cancellation.
    #[serde(default)]
    pub scope: Option<Sp<Scope>>,
    /// Waits for time to pass, or for an event.
    #[serde(default)]
    pub wait: Option<Sp<Wait>>,
    /// Consumes the token.
    #[serde(default)]
    pub end: Option<Sp<End>>,
    /// State, `wait`, `call`, `each`, `scope`: what happens by itself while a token is here.
    #[serde(default)]
    pub timers: Map<Timer>,
    /// `join`, `run`, `call`, `each`, `scope`, `wait`: the next node, or several that all start.
    #[serde(default)]
    pub to: Option<Many<Sp<WrittenName>>>,
}

/// What people can do in a state.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// What people read on the button.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// The next node, or several that all start. Without it the token stays.
    #[serde(default)]
    pub to: Option<Many<Sp<WrittenName>>>,
    /// Who may: `owner`, `creator`, a user field, `role(name)`, or several of them. Default: everybody.
    /// In a state with a queue also `assignee`, who owns the work, and `member`, whoever owns it or may claim it,
    /// which the action does at the same time. In an approval also `approver`, whoever is asked, or decides for
    /// them: an action that leads away is an outcome of its own then, which ends the approval and whose taker has
    /// acted.
    #[serde(default)]
    pub by: Many<Sp<String>>,
    /// It is possible only when this holds.
    #[serde(default)]
    pub when: Option<Expression>,
    /// Why not, when `when` does not hold.
    #[serde(default)]
    pub say: Option<Sp<Label>>,
    /// The form that is filled in; its fields are the only ones the action accepts.
    #[serde(default)]
    pub form: Option<Sp<WrittenName>>,
    /// Fields that must not be empty.
    #[serde(default)]
    pub require: Many<Sp<WrittenName>>,
    /// `required`, or `optional`: whether the actor gives a reason. Without it none is accepted.
    #[serde(default)]
    pub reason: Option<Sp<Reason>>,
    /// Records to create, by a name that later expressions use: `created.NAME`.
    #[serde(default)]
    pub create: Map<Create>,
    /// Fields to set: a value, or `= expression`. `input` is what the form sent.
    #[serde(default)]
    pub set: Map<Val>,
    /// A decision table whose outputs are set into the fields of the same names.
    #[serde(default)]
    pub table: Option<Sp<WrittenName>>,
    /// A script: the name of a `.rhai` file, or `= statements`.
    #[serde(default)]
    pub run: Option<Val>,
    /// `run`: `system` when the script may do what whoever acts may not. Default: it has their rights.
    #[serde(rename = "as", default)]
    pub run_as: Option<Sp<crate::kind::effect::RunAs>>,
    /// Ledger entries to post.
    #[serde(default)]
    pub post: Many<Post>,
    /// Flows to start on this or another record.
    #[serde(default)]
    pub start: Many<Start>,
    /// In-app messages to send.
    #[serde(default)]
    pub notify: Many<Notify>,
    /// Nodes whose tokens are withdrawn.
    #[serde(default)]
    pub cancel: Many<Sp<WrittenName>>,
}

gathers_effects!(Action);

/// Whether an action takes a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Refused without one.
    Required,
    /// Accepted.
    Optional,
}

/// One way out of a `decide` node: `{when: …, to: …}` or `{else: true, to: …}`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// Taken when this holds.
    #[serde(default)]
    pub when: Option<Expression>,
    /// Taken when nothing else was.
    #[serde(rename = "else", default)]
    pub otherwise: Option<Sp<bool>>,
    /// The next node, or several that all start.
    pub to: Many<Sp<WrittenName>>,
}

/// How a `decide` node chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The first branch that holds.
    #[default]
    First,
    /// Every branch that holds.
    Every,
}

/// How many tokens a join, or how many items an `each`, waits for, and what becomes of the rest.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// `all` edges, a number of tokens, `chosen` (the branches its split took), or `reachable`
    /// (every token that could still come).
    pub need: Sp<String>,
    /// What happens to later tokens: `keep` (they count for the next round, the default), `absorb`
    /// (swallowed until all edges have come), `cancel` (withdrawn at once), `block` (the next round waits
    /// until this one is complete).
    #[serde(default)]
    pub rest: Option<Sp<Rest>>,
}

/// What happens to tokens that come after a join has let one through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rest {
    /// They count for the next round.
    #[default]
    Keep,
    /// They are swallowed until every edge has brought one; then the join begins anew.
    Absorb,
    /// The tokens still on their way are withdrawn.
    Cancel,
    /// As absorb, and tokens of the next round wait until this one is complete.
    Block,
}

/// Runs a sub-graph for every item.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Each {
    /// The list: lines, records, or values. The sub-graph sees one as `item`.
    #[serde(default)]
    pub over: Option<Expression>,
    /// So many times instead of over a list; `item` is 1, 2, ….
    #[serde(default)]
    pub count: Option<Expression>,
    /// More items can be added while it runs, by this action.
    #[serde(default)]
    pub open: Option<Sp<WrittenName>>,
    /// How many items must be done before the token goes on: `all` (default), or an expression.
    #[serde(default)]
    pub need: Option<Expression>,
    /// What happens to the other items then: `cancel` (default) or `keep` (they run on beside).
    #[serde(default)]
    pub rest: Option<Sp<Rest>>,
    /// The first node of the sub-graph.
    pub start: Sp<WrittenName>,
    /// The sub-graph.
    pub nodes: Map<Node>,
}

/// A sub-graph with its own data and cancellation.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Two scopes of one record with the same mutex never run at once; the later one waits.
    #[serde(default)]
    pub mutex: Option<Sp<WrittenName>>,
    /// The scope is open only while this node holds a token; when it loses it, the scope is cancelled
    /// and its token goes to `closed`, or ends.
    #[serde(rename = "while", default)]
    pub open_while: Option<Sp<WrittenName>>,
    /// Where the token goes when `while` closed the scope.
    #[serde(default)]
    pub closed: Option<Sp<WrittenName>>,
    /// Values of the scope, computed when it is entered; expressions inside read them as `scope.NAME`.
    #[serde(default)]
    pub data: Map<Val>,
    /// What can be done while the scope runs; `to` leaves the scope and withdraws everything in it.
    #[serde(default)]
    pub actions: Map<Action>,
    /// The first node of the sub-graph.
    pub start: Sp<WrittenName>,
    /// The sub-graph.
    pub nodes: Map<Node>,
}

/// The end of a token.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// Ends the whole instance, withdrawing every other token.
    #[serde(default)]
    pub terminate: Option<Sp<bool>>,
}
