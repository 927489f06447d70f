//! Scenarios: checked, with their expressions compiled.

use std::collections::HashMap;

use formwork_model::source::Span;

use crate::source::Program;

/// A scenario file.
#[derive(Debug)]
pub struct Scenario {
    /// Path of the file.
    pub path: String,
    /// What it says. Every name in it exists.
    pub body: formwork_definition::kind::scenario::Scenario,
    /// The compiled `that` of each step, by the place of the expression.
    pub programs: HashMap<Span, Program>,
}
