//! Running expressions: the one file that calls the sandbox.

use formwork_catalog::source::{Condition, Program, Source};
use formwork_model::{field_type::FieldType, value::Value};
use formwork_script::{convert::coerce, program::Vars, val::Val};

use crate::{decider::Decider, rejection::Refusal};

impl Decider<'_> {
    /// What an expression gives.
    pub(crate) fn eval(&self, program: &Program, vars: &Vars) -> Result<Val, Refusal> {
        self.run_program(program, false, |sandbox| sandbox.eval(program, self, vars))
    }

    /// Runs a script: with the rights of whoever acts, or of the engine.
    pub(crate) fn run_script(&self, script: &Program, as_system: bool, vars: &Vars) -> Result<(), Refusal> {
        self.run_program(script, !as_system, |sandbox| sandbox.eval(script, self, &self.vars_seen(vars)))?;
        Ok(())
    }

    /// Whether a condition holds. Anything but `true` does not hold.
    pub(crate) fn holds(&self, program: &Program, vars: &Vars) -> Result<bool, Refusal> {
        self.run_program(program, false, |sandbox| sandbox.eval_bool(program, self, vars))
    }

    /// Whether an optional condition holds; none always does.
    pub(crate) fn holds_or_none(&self, program: Option<&Program>, vars: &Vars) -> Result<bool, Refusal> {
        program.map_or(Ok(true), |program| self.holds(program, vars))
    }

    /// Whether a condition that may be a literal holds; none never does.
    pub(crate) fn is(&self, condition: Option<&Condition>, vars: &Vars) -> Result<bool, Refusal> {
        match condition {
            None => Ok(false),
            Some(Condition::Always(always)) => Ok(*always),
            Some(Condition::Program(program)) => self.holds(program, vars),
        }
    }

    /// A value for a field of type `kind`.
    pub(crate) fn value(&self, source: &Source, kind: &FieldType, vars: &Vars) -> Result<Value, Refusal> {
        match source {
            Source::Literal(value) => Ok(value.clone()),
            Source::Program(program) => self.program_value(program, kind, vars),
        }
    }

    /// A computed value for a field of type `kind`; a value that does not fit names the expression's place.
    pub(crate) fn program_value(&self, program: &Program, kind: &FieldType, vars: &Vars) -> Result<Value, Refusal> {
        let value = self.eval(program, vars)?;
        coerce(value, kind).map_err(|mut failure| {
            failure.at = failure.at.or(Some(program.origin.span()));
            failure.into()
        })
    }
}
