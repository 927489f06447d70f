//! `table`: a decision table.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    expression::Expression,
    kind::field::Options,
    label::Label,
    literal::{Data, Val},
    map::{Map, WrittenName},
    spanned::Sp,
};

/// A decision table. `definitions/MODULE/NAME.table.yaml`, rows inside or in a CSV beside it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The name of the table.
    pub table: Sp<WrittenName>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// The object that `this` is in the expressions of inputs and cells.
    #[serde(default)]
    pub object: Option<Sp<WrittenName>>,
    /// The role whose holders keep the rows: they edit them in the browser and publish them by themselves, under the
    /// same checks, without the right `releases`.
    #[serde(default)]
    pub owner: Option<Sp<WrittenName>>,
    /// Which rows count (DMN 1.5, section 8.2.8): `U` unique, `A` any, `P` priority, `F` first (default),
    /// `R` rule order, `O` output order, `C` collect, `C+` sum, `C<` least, `C>` greatest, `C#` count.
    #[serde(default)]
    pub hit: Option<Sp<String>>,
    /// The columns that are compared.
    pub inputs: Map<Input>,
    /// The columns that are answered.
    pub outputs: Map<Output>,
    /// Rows may have `from` and `to` columns with the first and last day on which they hold; this is the
    /// day they are compared with. Default: today.
    #[serde(default)]
    pub date: Option<Expression>,
    /// The rows, or the name of a CSV file beside this one whose first line names the columns. A row in this file
    /// may have a name of its own in the column `row`: scenarios say `fired: [TABLE#NAME]` with it, which stays true when
    /// rows are put before it; without one they say which row it is, `TABLE#3`.
    pub rows: Sp<Data>,
}

/// A column that is compared.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// `text`, `integer`, `decimal`, `money`, `percent`, `boolean`, `date`, `datetime`, `duration`, `choice` or `ref`.
    /// Default: the type of the field that is compared, with its options, so that an option is written once.
    #[serde(rename = "type", default)]
    pub kind: Option<Sp<String>>,
    /// What people read. Without a type, default: the label of the field.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// The options of a `choice`.
    #[serde(default)]
    pub options: Option<Sp<Options>>,
    /// The object of a `ref`.
    #[serde(default)]
    pub to: Option<Sp<WrittenName>>,
    /// What is compared. Default: the field of `this` with the name of the column.
    #[serde(default)]
    pub value: Option<Expression>,
    /// Least value that can occur: below it no row is needed.
    #[serde(default)]
    pub min: Option<Val>,
    /// Greatest value that can occur: above it no row is needed.
    #[serde(default)]
    pub max: Option<Val>,
}

/// A column that is answered.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The type, as for an input.
    #[serde(rename = "type")]
    pub kind: Sp<String>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// The options of a `choice`; for `P` and `O` their order is the priority, first is highest.
    #[serde(default)]
    pub options: Option<Sp<Options>>,
    /// The object of a `ref`.
    #[serde(default)]
    pub to: Option<Sp<WrittenName>>,
    /// The answer when no row hits. Without it, inputs that no row covers are an error.
    #[serde(default)]
    pub default: Option<Val>,
}
