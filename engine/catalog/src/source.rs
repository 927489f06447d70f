//! Where a value comes from: written down, or computed.

use std::sync::Arc;

use formwork_model::value::Value;

/// A compiled expression or script, shared.
pub type Program = Arc<formwork_script::program::Program>;

/// A literal that already fits its type, or an expression.
#[derive(Debug, Clone)]
pub enum Source {
    /// A value as it stands.
    Literal(Value),
    /// Computed when it is needed.
    Program(Program),
}

/// A condition: written down, or computed.
#[derive(Debug, Clone)]
pub enum Condition {
    /// `true` or `false`.
    Always(bool),
    /// Computed when it is needed.
    Program(Program),
}
