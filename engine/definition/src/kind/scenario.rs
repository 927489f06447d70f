//! `scenario`: given, when, then.

use formwork_model::field_path::FieldPath;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    expression::Expression,
    label::Label,
    list::Many,
    literal::Data,
    map::{Map, WrittenName, WrittenPath},
    spanned::Sp,
};

/// Given, when, then over a settable clock and a fresh book. `tests/scenarios/[MODULE/]NAME.scenario.yaml`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The name of the scenario.
    pub scenario: Sp<WrittenName>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// The instant or day at which every case begins: `2026-03-02` or `2026-03-02T09:00+08:00`.
    #[serde(default)]
    pub now: Option<Sp<String>>,
    /// Who acts where a step does not say: a login, or `login role role`. Default: `tester`.
    #[serde(default)]
    pub actor: Option<Sp<String>>,
    /// Records that every case begins with, by the name that later steps use for them. A `ref` value may
    /// be such a name.
    #[serde(default)]
    pub given: Map<Given>,
    /// The cases; each one begins anew.
    pub cases: Map<Case>,
}

/// A record that is there from the beginning. It goes through rules and checks like any other.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// The object.
    pub object: Sp<WrittenName>,
    /// Its fields.
    #[serde(default)]
    pub set: Map<Sp<Data>>,
    /// Actions that are taken at once, in order.
    #[serde(default)]
    pub act: Many<Sp<WrittenName>>,
}

/// One case.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// More records, for this case only.
    #[serde(default)]
    pub given: Map<Given>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// One thing that happens, and what must be true after it. A step without a `when` key only looks.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What is done.
    #[serde(default)]
    pub when: Option<Sp<When>>,
    /// What must be true.
    #[serde(default)]
    pub then: Option<Sp<Then>>,
}

/// What is done. Exactly one of `create`, `find`, `update`, `delete`, `act`, `event`, `comment`, `decide`, `claim`, `release`,
/// `assign`, `escalate`, `share`, `unshare`, `transfer`, `post`, `evaluate`, `receive`, `answer`, `retry`, `skip`, `clock`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Creates a record of this object.
    #[serde(default)]
    pub create: Option<Sp<WrittenName>>,
    /// Looks for the one record of this object that has the values in `set`, such as one that an effect created. It is
    /// an error when there is none, or several.
    #[serde(default)]
    pub find: Option<Sp<WrittenName>>,
    /// `create`, `find`: the name that later steps use for the record.
    #[serde(rename = "as", default)]
    pub name: Option<Sp<WrittenName>>,
    /// Changes this record.
    #[serde(default)]
    pub update: Option<Sp<WrittenName>>,
    /// Deletes this record.
    #[serde(default)]
    pub delete: Option<Sp<WrittenName>>,
    /// Takes this action.
    #[serde(default)]
    pub act: Option<Sp<WrittenName>>,
    /// Delivers this event.
    #[serde(default)]
    pub event: Option<Sp<WrittenName>>,
    /// Says this about the record `on`; `@login` names whom it is for.
    #[serde(default)]
    pub comment: Option<Sp<String>>,
    /// Does this to a task of an approval: `approve`, `reject`, `return`, `transfer`, `delegate`, `add`, `remove`,
    /// `recall`, `urge`, `cc`, `read`, `comment`, `unapprove`, `retry`.
    #[serde(default)]
    pub decide: Option<Sp<String>>,
    /// `decide`: whose task, a login. Default: the actor's.
    #[serde(default)]
    pub task: Option<Sp<String>>,
    /// `decide`: the person or people it goes to; for `return` the submitter, `previous`, a step or a node.
    /// `assign`: the member it is given to; `transfer`: the heir.
    #[serde(default)]
    pub to: Many<Sp<String>>,
    /// `decide: add`: `before`, `parallel` or `after`.
    #[serde(default)]
    pub place: Option<Sp<String>>,
    /// `decide: return`: whether it comes straight back.
    #[serde(default)]
    pub resume: Option<Sp<bool>>,
    /// `act`, `event`, `comment`, `decide`, `answer`, `retry`, `skip`: on this record.
    #[serde(default)]
    pub on: Option<Sp<WrittenName>>,
    /// `act`: on the token that stands for the n-th item of an `each`, from 1.
    #[serde(default)]
    pub item: Option<Sp<u32>>,
    /// Fields for `create`, `update` and `find`, input for `act` and for `decide: approve` or `reject`, what comes with an `event`, dimensions for `post`, inputs for `evaluate`.
    #[serde(default)]
    pub set: Map<Sp<Data>>,
    /// Claims the work that this record is.
    #[serde(default)]
    pub claim: Option<Sp<WrittenName>>,
    /// Gives the work that this record is back to its queue.
    #[serde(default)]
    pub release: Option<Sp<WrittenName>>,
    /// Gives the work that this record is to a member.
    #[serde(default)]
    pub assign: Option<Sp<WrittenName>>,
    /// Moves the work that this record is to the next queue.
    #[serde(default)]
    pub escalate: Option<Sp<WrittenName>>,
    /// Shares this record; `set` says with whom and on what terms: `user` or `department`, `edit`, `from`, `until`.
    #[serde(default)]
    pub share: Option<Sp<WrittenName>>,
    /// Ends the sharing of this record with the `user` or `department` in `set`.
    #[serde(default)]
    pub unshare: Option<Sp<WrittenName>>,
    /// Hands everything that this login has to the login in `to`.
    #[serde(default)]
    pub transfer: Option<Sp<String>>,
    /// `act`, `decide`, `escalate`, `skip`: the reason given.
    #[serde(default)]
    pub reason: Option<Sp<String>>,
    /// Posts to this ledger.
    #[serde(default)]
    pub post: Option<Sp<WrittenName>>,
    /// `post`: the amount.
    #[serde(default)]
    pub amount: Option<Sp<Data>>,
    /// `post`: the amount is the opening value.
    #[serde(default)]
    pub opening: Option<Sp<bool>>,
    /// Evaluates this table with the inputs in `set`.
    #[serde(default)]
    pub evaluate: Option<Sp<WrittenName>>,
    /// Another system sends a message to this hook, `CONNECTOR.HOOK`; `body` is what it says.
    #[serde(default)]
    pub receive: Option<Sp<String>>,
    /// `receive`: the id of the message; the same id counts once. Default: a new one.
    #[serde(default)]
    pub id: Option<Sp<String>>,
    /// Another system answers the `call` that the record `on` waits for with this status: 200, 409, …; 0 is no
    /// answer at all. `body` is what it says.
    #[serde(default)]
    pub answer: Option<Sp<u16>>,
    /// `receive` and `answer`: the JSON that the other system sends.
    #[serde(default)]
    pub body: Option<Sp<Data>>,
    /// Tries again what failed: the open incident about the record `on` of this kind, such as `script` or `call`.
    #[serde(default)]
    pub retry: Option<Sp<String>>,
    /// Goes on without what failed, for a `reason`.
    #[serde(default)]
    pub skip: Option<Sp<String>>,
    /// Sets the clock to an instant or day, or moves it on: `+3d`, `+4h`, `+30m`. Whatever becomes due on the way
    /// fires at its own instant, in due order.
    #[serde(default)]
    pub clock: Option<Sp<String>>,
    /// Who does it: a login, or `login role role`.
    #[serde(default)]
    pub actor: Option<Sp<String>>,
}

/// What must be true.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Then {
    /// The record that is looked at. Default: the one the step was about.
    #[serde(default)]
    pub of: Option<Sp<WrittenName>>,
    /// Its state: the nodes with a token, joined by `+`.
    #[serde(default)]
    pub state: Option<Sp<String>>,
    /// The queue its work is in; several, by name, joined by `+`.
    #[serde(default)]
    pub queue: Option<Sp<String>>,
    /// Who owns its work, or `nobody`; several, by login, joined by `+`.
    #[serde(default)]
    pub assignee: Option<Sp<String>>,
    /// Fields and what they hold; for `evaluate`, the outputs.
    #[serde(default)]
    pub values: Map<Sp<Data>>,
    /// The code the step was refused with. Without it the step must succeed.
    #[serde(default)]
    pub refused: Option<Sp<String>>,
    /// The field it was refused at.
    #[serde(default)]
    pub at: Option<Sp<String>>,
    /// Exactly the actions the actor of the step can take now.
    #[serde(default)]
    pub actions: Option<Sp<Vec<Sp<WrittenName>>>>,
    /// Who is asked about by `may`, `may_not`, `sees`, `hidden`, `count` and `report`: a login, or `login role role`.
    /// Default: whoever the step was done by; for `count` and `report`, whoever acts where a step does not say.
    #[serde(default)]
    pub actor: Option<Sp<String>>,
    /// What they may do with the record: `read`, `update`, `delete`, `export`, `import`, `assign`, `post`, or an action
    /// or event of a flow. Whether the flow offers it now is another question.
    #[serde(default)]
    pub may: Many<Sp<WrittenName>>,
    /// What they may not do with it.
    #[serde(default)]
    pub may_not: Many<Sp<WrittenName>>,
    /// Fields as they see them: a masked one is what the mask leaves. Of a field of lines (`lines.price`) the list of
    /// its values, line by line.
    #[serde(default)]
    pub sees: Map<Sp<Data>, FieldPath>,
    /// Fields, and fields of lines, that are not there for them.
    #[serde(default)]
    pub hidden: Many<Sp<WrittenPath>>,
    /// Exactly the people who can decide something about the record now.
    #[serde(default)]
    pub tasks: Option<Sp<Vec<Sp<String>>>>,
    /// Its timers by name, and when each is due: an instant, `paused`, or `none`.
    #[serde(default)]
    pub timers: Map<Sp<String>>,
    /// How many records of an object the `actor` sees, by object.
    #[serde(default)]
    pub count: Map<Sp<u64>>,
    /// Balances, by ledger, over all dimensions that `of_dimensions` does not name.
    #[serde(default)]
    pub balance: Map<Sp<Data>>,
    /// Dimensions for `balance`.
    #[serde(default)]
    pub dimensions: Map<Sp<Data>>,
    /// What fired: rules `object.rule`, tables `table#row`, in any order.
    #[serde(default)]
    pub fired: Option<Sp<Vec<Sp<String>>>>,
    /// Logins that were sent a message by the step.
    #[serde(default)]
    pub notified: Option<Sp<Vec<Sp<String>>>>,
    /// What the step put into the outbox: `CONNECTOR.REQUEST` for a call, the address for an e-mail, the login for a
    /// user's own webhook.
    #[serde(default)]
    pub sent: Option<Sp<Vec<Sp<String>>>>,
    /// The kinds of the open incidents about the record, the oldest first: `script`, `call`, `delivery`, …
    #[serde(default)]
    pub incidents: Option<Sp<Vec<Sp<String>>>>,
    /// What the `actor` sees in a report.
    #[serde(default)]
    pub report: Option<Sp<SeenReport>>,
    /// An expression over `this` that must hold.
    #[serde(default)]
    pub that: Option<Expression>,
}

/// What somebody sees in a report.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenReport {
    /// The report.
    pub of: Sp<WrittenName>,
    /// `false`: it is not there for them.
    #[serde(default)]
    pub there: Option<Sp<bool>>,
    /// The dimensions that they choose for the rows. Default: those of the report.
    #[serde(default)]
    pub rows: Option<Sp<Vec<Sp<WrittenName>>>>,
    /// The dimensions that they choose for the columns. Default: those of the report; none when `rows` is given.
    #[serde(default)]
    pub columns: Option<Sp<Vec<Sp<WrittenName>>>>,
    /// The first day of the period.
    #[serde(default)]
    pub from: Option<Sp<String>>,
    /// The last day of the period.
    #[serde(default)]
    pub to: Option<Sp<String>>,
    /// A further filter, of a report with `from` one for each source.
    #[serde(rename = "where", default)]
    pub filter: Option<Sp<Data>>,
    /// Cells: the value of each dimension of the rows and columns, and measures with what they hold. Without the
    /// dimensions of the rows, or of the columns, it is their total: `{stage: won, n: 2}`, `{n: 5}`. A day stands for the
    /// length of time that begins with it, a number for the band that begins there; a measure that is nothing is `null`.
    #[serde(default)]
    pub cells: Vec<Map<Sp<Data>>>,
    /// How many rows there are.
    #[serde(default)]
    pub count: Option<Sp<u64>>,
    /// Dimensions and measures that are not there for them.
    #[serde(default)]
    pub hidden: Many<Sp<WrittenName>>,
}
