//! What rules, actions and nodes do. The order is fixed: create, set, table, run, post, start, notify.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    expression::Expression,
    label::Label,
    list::Many,
    literal::Val,
    map::{Map, WrittenName},
    spanned::Sp,
};

/// What a `run` node, or entering a node, does.
/// The order is fixed: create, set, table, run, post, start, notify.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Effects {
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
    pub run_as: Option<Sp<RunAs>>,
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

/// Whose rights a script has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunAs {
    /// The engine's: no grant limits it.
    System,
}

/// Gives a definition that has the keys of [`Effects`] among its own the one form that all of them share. Written once,
/// so that a new effect is no longer forgotten in one of them: serde can't flatten and refuse unknown keys at once.
macro_rules! gathers_effects {
    ($definition:ident) => {
        impl $definition {
            /// What it does, in the one form that everything with effects shares.
            pub fn effects(&self) -> $crate::kind::effect::Effects {
                $crate::kind::effect::Effects {
                    create: self.create.clone(),
                    set: self.set.clone(),
                    table: self.table,
                    run: self.run.clone(),
                    run_as: self.run_as,
                    post: self.post.clone(),
                    start: self.start.clone(),
                    notify: self.notify.clone(),
                }
            }
        }
    };
}
pub(crate) use gathers_effects;

/// A record to create in the same commit.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// The object.
    pub object: Sp<WrittenName>,
    /// Only when this holds.
    #[serde(default)]
    pub when: Option<Expression>,
    /// Its fields: a value, or `= expression`.
    #[serde(default)]
    pub set: Map<Val>,
}

/// A ledger entry, or several that balance.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// The ledger.
    pub ledger: Sp<WrittenName>,
    /// Only when this holds.
    #[serde(default)]
    pub when: Option<Expression>,
    /// Every dimension of the ledger: a value, or `= expression`.
    pub of: Map<Val>,
    /// The signed amount.
    pub amount: Val,
    /// The day it counts for. Default: today.
    #[serde(default)]
    pub date: Option<Val>,
    /// A remark.
    #[serde(default)]
    pub note: Option<Val>,
}

/// A flow to start.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The flow.
    pub flow: Sp<WrittenName>,
    /// The record; default is this one.
    #[serde(default)]
    pub on: Option<Expression>,
    /// Only when this holds.
    #[serde(default)]
    pub when: Option<Expression>,
}

/// A message: in the application always, and by the channels its receiver has.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// `owner`, `creator`, a user field, or `= expression` that gives a login or a list of them.
    pub to: Many<Val>,
    /// Only when this holds.
    #[serde(default)]
    pub when: Option<Expression>,
    /// What it says: this, or a `template`.
    #[serde(default)]
    pub say: Option<Sp<Label>>,
    /// The template that says it.
    #[serde(default)]
    pub template: Option<Sp<WrittenName>>,
    /// Only by these channels, `email` and `webhook`, besides the application. Default: whichever the receiver has.
    #[serde(default)]
    pub channels: Option<Many<Sp<String>>>,
}
