//! Timers and waits of nodes: what happens by itself, and when.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    expression::Expression,
    kind::effect::{Create, Notify, Post, Start, gathers_effects},
    list::Many,
    literal::Val,
    map::{Map, WrittenName},
    spanned::Sp,
};

/// What happens by itself while a token is on a node. Leaving the node ends it, coming back begins anew.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timer {
    /// How long after the token arrived: `4 working hours`, `3 working days`, clock time such as `30m`, `4h`,
    /// `3d`, or `= expression` that gives one of these as a text, or a duration.
    #[serde(default)]
    pub after: Option<Val>,
    /// An instant, or a day: its first moment. When a field of the record changes that it reads, the timer moves. What it
    /// reads of another record, `this.contract.ends_on`, counts as it is when the timer is set: keep it in a field of
    /// this record, which a rule of the other one sets, where it has to follow.
    #[serde(default)]
    pub at: Option<Expression>,
    /// How long after that it fires again, and again. What was missed is not made up for.
    #[serde(default)]
    pub every: Option<Sp<String>>,
    /// The calendar that counts working time: its name, or `= expression` that gives one. Default: the book's.
    #[serde(default)]
    pub calendar: Option<Val>,
    /// `after`: while one of these nodes has a token the time stands still, and what passes then is added.
    #[serde(default)]
    pub pause: Many<Sp<WrittenName>>,
    /// Only when this holds as it fires.
    #[serde(default)]
    pub when: Option<Expression>,
    /// Where the token goes, or several nodes that all start. Without it the token stays.
    #[serde(default)]
    pub to: Many<Sp<WrittenName>>,
    /// Nodes whose tokens are withdrawn.
    #[serde(default)]
    pub cancel: Many<Sp<WrittenName>>,
    /// Records to create, by a name that later expressions use: `created.NAME`.
    #[serde(default)]
    pub create: Map<Create>,
    /// Fields to set: a value, or `= expression`.
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
}

gathers_effects!(Timer);

/// Waits for time to pass, or for an event. Exactly one of `for`, `at`, `event`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// So long: `2 working days`, `30m`, or `= expression`, as `after` of a timer.
    #[serde(rename = "for", default)]
    pub length: Option<Val>,
    /// Until an instant, or the first moment of a day. When that has passed already, the token goes on at once.
    #[serde(default)]
    pub at: Option<Expression>,
    /// The calendar that counts working time: its name, or `= expression` that gives one. Default: the book's.
    #[serde(default)]
    pub calendar: Option<Val>,
    /// Until this event is delivered to the record.
    #[serde(default)]
    pub event: Option<Sp<WrittenName>>,
    /// `event`: how long the event is kept when it comes before the token: `7d`. Default: not at all.
    #[serde(default)]
    pub ttl: Option<Sp<String>>,
    /// `event`: only an event for which this holds; `event` is what was sent with it.
    #[serde(default)]
    pub when: Option<Expression>,
    /// `event`: fields to set when it has come; `event` is what was sent with it.
    #[serde(default)]
    pub set: Map<Val>,
}
