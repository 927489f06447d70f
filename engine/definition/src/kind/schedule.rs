//! `schedule`: what happens at fixed times.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    expression::Expression,
    kind::effect::{Create, Notify, Post, Start, gathers_effects},
    label::Label,
    list::Many,
    literal::{Data, Val},
    map::{Map, WrittenName},
    spanned::Sp,
};

/// What happens at fixed times: by a cron line, or on a working day. `definitions/MODULE/NAME.schedule.yaml`.
/// Without `over` it is done once; with it, for every record of the object that matches, each in a commit and a
/// history entry of its own.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// The name of the schedule.
    pub schedule: Sp<WrittenName>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// Minute, hour, day of the month, month, day of the week: `30 8 * * 1-5`.
    #[serde(default)]
    pub cron: Option<Sp<String>>,
    /// Instead of `cron`: a working day of each month, quarter, …
    #[serde(default)]
    pub working_day: Option<Sp<WorkingDay>>,
    /// IANA time zone of the times. Default: the book's.
    #[serde(default)]
    pub time_zone: Option<Sp<String>>,
    /// What becomes of runs that nobody was there for, more than a minute late: `once` (all of them together as one,
    /// the default), `skip`, or `all` (each of them, in order).
    #[serde(default)]
    pub missed: Option<Sp<Missed>>,
    /// The object whose records it is done for; `this` is the record then.
    #[serde(default)]
    pub over: Option<Sp<WrittenName>>,
    /// `over`: only records that match this filter.
    #[serde(rename = "where", default)]
    pub filter: Option<Sp<Data>>,
    /// Only when this holds.
    #[serde(default)]
    pub when: Option<Expression>,
    /// Records to create, by a name that later expressions use: `created.NAME`.
    #[serde(default)]
    pub create: Map<Create>,
    /// `over`: fields to set: a value, or `= expression`.
    #[serde(default)]
    pub set: Map<Val>,
    /// `over`: a decision table whose outputs are set into the fields of the same names.
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
    /// `over`: flows to start on this or another record.
    #[serde(default)]
    pub start: Many<Start>,
    /// In-app messages to send; without `over` to `= expression` only.
    #[serde(default)]
    pub notify: Many<Notify>,
}

/// A working day of a period.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkingDay {
    /// The first is 1, the last is -1.
    pub day: Sp<i64>,
    /// Of what. Default: `month`.
    #[serde(default)]
    pub of: Option<Sp<Period>>,
    /// The time of that day: `09:00`.
    pub at: Sp<String>,
    /// The calendar that says which days are worked. Default: the book's.
    #[serde(default)]
    pub calendar: Option<Sp<WrittenName>>,
}

/// A stretch of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// From Monday to Sunday.
    Week,
    /// A month.
    #[default]
    Month,
    /// Three months, from January on.
    Quarter,
    /// A year.
    Year,
}

/// What becomes of runs that nobody was there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// They are left out.
    Skip,
    /// All of them together are one run.
    #[default]
    Once,
    /// Each of them runs, in order.
    All,
}

gathers_effects!(Schedule);
