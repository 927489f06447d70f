//! Ledgers, resolved.

use formwork_model::{field_type::FieldType, name::Name, source::Span, text::Text};

use crate::source::Source;

/// Balances by dimensions.
#[derive(Debug)]
pub struct Ledger {
    /// Its name.
    pub name: Name,
    /// The module folder.
    pub module: Name,
    /// What people read.
    pub label: Text,
    /// Where its name was written.
    pub span: Span,
    /// What a balance is kept by, most important first.
    pub dimensions: Vec<Dimension>,
    /// The type of amounts.
    pub amount: FieldType,
    /// The entries of one command must sum to zero.
    pub balanced: bool,
    /// What no commit may break.
    pub limits: Vec<Limit>,
}

/// What a balance is kept by.
#[derive(Debug)]
pub struct Dimension {
    /// Its name.
    pub name: Name,
    /// What people read.
    pub label: Text,
    /// Its type.
    pub kind: FieldType,
}

/// A bound on the balance over the first dimensions.
#[derive(Debug)]
pub struct Limit {
    /// Its name.
    pub name: Name,
    /// How many leading dimensions the balance is taken over.
    pub over: usize,
    /// Position of the `ref` dimension whose record is `this`, below `over`.
    pub of: Option<usize>,
    /// The balance may not go below this.
    pub min: Option<Source>,
    /// The balance may not go above this.
    pub max: Option<Source>,
    /// What the user is told.
    pub say: Text,
}
