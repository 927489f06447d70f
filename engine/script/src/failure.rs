//! Why a script stopped.

use formwork_model::{code::Code, name::Name, source::Span, text::Text};

/// A failed evaluation, with the place where the author wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// The stable code: `script-failed`, `script-budget`, or what the host refused with.
    pub code: Code,
    /// What happened.
    pub message: Text,
    /// The place in the YAML or `.rhai` file.
    pub at: Option<Span>,
    /// The field it is about, when the host knows.
    pub field: Option<Name>,
    /// Whether it is the store's failure and not the author's or the user's.
    pub fault: bool,
}

impl Failure {
    /// A failure with a code and a message, nowhere in particular.
    pub fn new(code: Code, message: Text) -> Self {
        Self { code, message, at: None, field: None, fault: false }
    }
}
