//! `ledger`: balances that never drift.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    label::Label,
    literal::Val,
    map::{Map, WrittenName},
    spanned::Sp,
};

/// Balances by dimensions, changed only by entries that are never edited.
/// `definitions/MODULE/NAME.ledger.yaml`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// The name of the ledger.
    pub ledger: Sp<WrittenName>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// What a balance is kept by, most important first: balances over the first ones alone are cheap.
    pub dimensions: Map<Dimension>,
    /// `money`, `decimal` or `integer`.
    pub amount: Sp<String>,
    /// ISO 4217 code when `amount` is `money`; default is the book's currency.
    #[serde(default)]
    pub currency: Option<Sp<String>>,
    /// The entries that one command posts must sum to zero (double entry).
    #[serde(default)]
    pub balanced: Option<Sp<bool>>,
    /// What no commit may break.
    #[serde(default)]
    pub limits: Map<Limit>,
}

/// What a balance is kept by.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// `ref`, `choice`, `text`, `integer`, `date`, `user` or `department`.
    #[serde(rename = "type")]
    pub kind: Sp<String>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// The object of a `ref`.
    #[serde(default)]
    pub to: Option<Sp<WrittenName>>,
    /// The options of a `choice`.
    #[serde(default)]
    pub options: Option<Sp<crate::kind::field::Options>>,
}

/// A bound on the balance over the first dimensions. A commit that would leave it is refused.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// How many leading dimensions the balance is taken over, by the name of the last one. Default: all.
    #[serde(default)]
    pub over: Option<Sp<WrittenName>>,
    /// The `ref` dimension whose record is `this` in the expressions. Default: the first one.
    #[serde(default)]
    pub of: Option<Sp<WrittenName>>,
    /// The balance may not go below this: a number, or `= expression`.
    #[serde(default)]
    pub min: Option<Val>,
    /// The balance may not go above this.
    #[serde(default)]
    pub max: Option<Val>,
    /// What the user is told.
    pub say: Sp<Label>,
}
