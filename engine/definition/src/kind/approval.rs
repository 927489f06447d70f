//! The `approval` of a node: who decides, and what follows.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    expression::Expression,
    kind::effect::{Create, Notify, Post, Start, gathers_effects},
    label::Label,
    list::Many,
    literal::Val,
    map::{Map, WrittenName},
    spanned::Sp,
};

/// One step of an approval. Steps are asked one after the other; all must pass.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalStep {
    /// The name of the step, for returns, choices and migration. Default: `step_1`, `step_2`, ….
    #[serde(default)]
    pub name: Option<Sp<WrittenName>>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// Who decides: `owner`, `creator`, a user field, `user(login)`, `role(name)`, `role(name) in this.FIELD` (of a department,
    /// territory, product line or partner), `head(this.FIELD)` of a department, `supervisor(n)` of the submitter,
    /// `supervisors(role)`: every supervisor of the submitter up to the first with that role, one after the other,
    /// `chosen` by the submitter, or `= expression` that gives logins; or several of them. Whoever submitted never
    /// decides: the next supervisor does instead.
    pub by: Many<Val>,
    /// How many must approve: `one` (default) and `any` 或签: the first decision decides; `all` 会签: one rejection
    /// fails; `in_order` 依次; a number; or a percentage 票签, `60%`. It passes or fails as soon as that is certain.
    #[serde(default)]
    pub need: Option<Sp<String>>,
    /// The step is asked only when this holds.
    #[serde(default)]
    pub when: Option<Expression>,
    /// Who must not decide, neither as a proxy nor added by another: `submitter` (left out, not replaced by the
    /// supervisor), `earlier` (whoever approved an earlier step of this submission).
    #[serde(default)]
    pub not: Many<Sp<Not>>,
    /// What happens when nobody is found: `admin` (default; whoever has the role `admin` decides), `next` (the step is
    /// skipped), `block` (it waits, with an incident).
    #[serde(default)]
    pub empty: Option<Sp<Empty>>,
    /// Whoever has approved an earlier step already: `pass` (default; passes at once) or `ask` (is asked again).
    #[serde(default)]
    pub same: Option<Sp<Same>>,
    /// Of several people, ask only those who decided this step before.
    #[serde(default)]
    pub familiar: Option<Sp<bool>>,
    /// What whoever approves fills in: `{form: NAME, require: [FIELD]}`. What passes by itself, by a time limit or
    /// because the same person has approved before, is not asked.
    #[serde(default)]
    pub approve: Option<Sp<Decision>>,
    /// What whoever rejects fills in, beside the reason.
    #[serde(default)]
    pub reject: Option<Sp<Decision>>,
}

/// What is filled in with a decision. It is set at once, also when others have to decide still.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ApprovalDecision")]
pub struct Decision {
    /// The form that is filled in; its fields are the only ones the decision accepts.
    #[serde(default)]
    pub form: Option<Sp<WrittenName>>,
    /// Fields that must not be empty.
    #[serde(default)]
    pub require: Many<Sp<WrittenName>>,
}

/// Who must not decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ApprovalNot")]
pub enum Not {
    /// Whoever submitted.
    Submitter,
    /// Whoever approved an earlier step.
    Earlier,
}

/// What happens when nobody is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ApprovalEmpty")]
pub enum Empty {
    /// The step is skipped.
    Next,
    /// Administrators decide.
    #[default]
    Admin,
    /// The step waits for help.
    Block,
}

/// What happens to somebody who has approved already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ApprovalSame")]
pub enum Same {
    /// Passes at once.
    #[default]
    Pass,
    /// Is asked again.
    Ask,
}

/// What happens to steps that were passed, after it was sent back to the submitter and comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ApprovalResubmit")]
pub enum Resubmit {
    /// Everybody is asked again.
    #[default]
    Restart,
    /// It goes straight back to the step that sent it back.
    Resume,
}

/// Until when the submitter can take it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ApprovalRecall")]
pub enum Recall {
    /// Until the first decision.
    #[default]
    UntilDecided,
    /// As long as it waits.
    Always,
    /// Never.
    Never,
}

/// What happens when the time for a step is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ApprovalTimeUp")]
pub enum Then {
    /// The supervisors of those who have not decided are asked instead.
    #[default]
    Escalate,
    /// The step passes.
    Approve,
    /// The approval is rejected.
    Reject,
}

/// Whom to tell when the time is short.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ApprovalEscalation")]
pub struct Escalate {
    /// How long after the step began: `8 working hours`, `3 working days`, or clock time.
    pub after: Sp<String>,
    /// Who is told, written as in `by`; `supervisor(n)` is that of each person who has not decided. Default:
    /// `supervisor(1)`.
    #[serde(default)]
    pub to: Many<Val>,
}

/// How long a step may take.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ApprovalLimit")]
pub struct Limit {
    /// How long after the step began: `24 working hours`, `3 working days`, or clock time. Tasks are sorted by it.
    pub after: Sp<String>,
    /// `escalate` (default: the supervisors of those who have not decided are asked instead), `approve` or `reject`.
    #[serde(default)]
    pub then: Option<Sp<Then>>,
}

/// A way out of an approval: where to, and what is done on the way.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ApprovalExit")]
pub struct Exit {
    /// The next node, or several that all start.
    pub to: Many<Sp<WrittenName>>,
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
    /// Messages to send.
    #[serde(default)]
    pub notify: Many<Notify>,
}

gathers_effects!(Exit);
