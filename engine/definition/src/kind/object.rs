//! `object`: a kind of record.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    expression::Expression,
    kind::{effect::gathers_effects, field::Field, sla::Clock},
    label::Label,
    list::Many,
    literal::Data,
    map::{Map, WrittenName},
    spanned::Sp,
};

/// A kind of record: its fields and what always holds for them. `definitions/MODULE/NAME.object.yaml`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// The name of the object.
    pub object: Sp<WrittenName>,
    /// Adds to the object of this name, which ships with the engine or lies in another module: fields, keys,
    /// checks, rules, and whatever it does not say itself. `label` and `help` take the place of its own.
    #[serde(default)]
    pub extend: Option<Sp<bool>>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// A sentence that says what it is for.
    #[serde(default)]
    pub help: Option<Sp<Label>>,
    /// The pattern of the number people use. `{yyyy}`, `{yy}`, `{mm}`, `{dd}` are the day of creation,
    /// `{seq:5}` counts without gaps, padded to five digits, and starts again when the date parts before it change.
    #[serde(default)]
    pub number: Option<Sp<String>>,
    /// The field that stands for the record in lists and references. Default: the number.
    #[serde(default)]
    pub title: Option<Sp<WrittenName>>,
    /// The field that holds the login of the user who is responsible; `by: owner` reads it.
    #[serde(default)]
    pub owner: Option<Sp<WrittenName>>,
    /// The field that holds the department.
    #[serde(default)]
    pub department: Option<Sp<WrittenName>>,
    /// The field that holds the territory.
    #[serde(default)]
    pub territory: Option<Sp<WrittenName>>,
    /// The field that holds the product line.
    #[serde(default)]
    pub product_line: Option<Sp<WrittenName>>,
    /// The field that holds the partner.
    #[serde(default)]
    pub partner: Option<Sp<WrittenName>>,
    /// Records are shared one by one with a user or a department, to see or to edit, from a day to a day: the engine
    /// keeps that in the field `shares`, and the rows `shared` and `shared_for_edit` of a role go by it.
    #[serde(default)]
    pub sharing: Option<Sp<bool>>,
    /// The fields.
    pub fields: Map<Field>,
    /// Combinations of fields that no two records share. Records in which one of them is empty don't count.
    #[serde(default)]
    pub unique: Map<Many<Sp<WrittenName>>>,
    /// Fields that lists filter and sort by together, in this order.
    #[serde(default)]
    pub indexes: Map<Many<Sp<WrittenName>>>,
    /// Rows that are valid from a day to a day: no two rows of one key overlap.
    #[serde(default)]
    pub effective: Option<Sp<Effective>>,
    /// How long what sensitive fields hold is kept; afterwards it is erased by itself, also from the history.
    #[serde(default)]
    pub retain: Option<Sp<Retain>>,
    /// Records can be created but neither changed nor deleted. What is computed in them or rolled up still follows what
    /// it reads.
    #[serde(default)]
    pub append_only: Option<Sp<bool>>,
    /// What must hold after every change.
    #[serde(default)]
    pub checks: Map<Check>,
    /// What happens when a record changes.
    #[serde(default)]
    pub rules: Map<Rule>,
    /// Targets for how long things may take, measured between states of the record's flows.
    #[serde(default)]
    pub sla: Map<Clock>,
}

/// Rows that are valid from a day to a day.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Effective {
    /// The fields that make two rows compete.
    pub key: Many<Sp<WrittenName>>,
    /// The date field with the first day.
    pub from: Sp<WrittenName>,
    /// The date field with the last day; an empty one means without end.
    pub to: Sp<WrittenName>,
}

/// How long what sensitive fields hold is kept.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retain {
    /// So many days.
    pub days: Sp<u32>,
    /// Counted from the day in this field, a date or an instant. Default: `updated_at`, the last change.
    #[serde(default)]
    pub after: Option<Sp<WrittenName>>,
    /// Only of records that match this filter, such as those that are closed.
    #[serde(rename = "where", default)]
    pub filter: Option<Sp<Data>>,
}

/// What must hold; a change after which it does not is refused.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The condition.
    pub that: Expression,
    /// The check applies only when this holds.
    #[serde(default)]
    pub when: Option<Expression>,
    /// The field the message is shown at.
    #[serde(default)]
    pub at: Option<Sp<WrittenName>>,
    /// The message.
    pub say: Sp<Label>,
}

/// What happens when a record changes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `create`, `update`, `save` (both), `delete`, or `change(field)`; one or a list.
    pub on: Many<Sp<String>>,
    /// The rule fires only when this holds. `old` is the record before the change, empty on create.
    #[serde(default)]
    pub when: Option<Expression>,
    /// Fields to set: a value, or `= expression`.
    #[serde(default)]
    pub set: Map<crate::literal::Val>,
    /// A decision table whose outputs are set into the fields of the same names.
    #[serde(default)]
    pub table: Option<Sp<WrittenName>>,
    /// Records to create, by a name that later expressions use: `created.NAME`.
    #[serde(default)]
    pub create: Map<crate::kind::effect::Create>,
    /// A script: the name of a `.rhai` file, or `= statements`.
    #[serde(default)]
    pub run: Option<crate::literal::Val>,
    /// `run`: `system` when the script may do what whoever acts may not. Default: it has their rights.
    #[serde(rename = "as", default)]
    pub run_as: Option<Sp<crate::kind::effect::RunAs>>,
    /// Ledger entries to post.
    #[serde(default)]
    pub post: Many<crate::kind::effect::Post>,
    /// In-app messages to send.
    #[serde(default)]
    pub notify: Many<crate::kind::effect::Notify>,
    /// Flows to start on this or another record.
    #[serde(default)]
    pub start: Many<crate::kind::effect::Start>,
}

impl Object {
    /// Whether it adds to another definition of the same name.
    pub fn extends(&self) -> bool {
        self.extend.as_ref().is_some_and(|extend| extend.value)
    }
}

gathers_effects!(Rule);
