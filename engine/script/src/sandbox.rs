//! The one hardened Rhai engine, and running a program in it.

use std::{fmt, sync::Arc, time::Duration};

use formwork_model::{code, field_type::FieldType, name::Name, text, value::Value};
use jiff::{Timestamp, civil::Date};
use rhai::{
    Dynamic, Engine, Identifier, OptimizationLevel, Token,
    packages::{
        ArithmeticPackage, BasicArrayPackage, BasicFnPackage, BasicIteratorPackage, BasicMapPackage, BasicMathPackage,
        BasicStringPackage, LanguageCorePackage, LogicPackage, MoreStringPackage, Package,
    },
};

use crate::{
    coerce,
    convert::{dynamic_to_val, val_to_dynamic},
    explain,
    failure::Failure,
    frame::{self, Budget, Frame},
    functions,
    handle::Handle,
    host::Host,
    program::{Mode, Program, Vars},
    val::{Months, Span, Val},
};

/// What `/` is turned into while a script is read: an operator of our own, because Rhai's divides whole
/// numbers into whole numbers and cannot be replaced without slowing every operator down.
pub(crate) const DIVIDE: &str = "÷";

/// What a script may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time of an expression.
    pub expression_time: Duration,
    /// Time of a script.
    pub script_time: Duration,
    /// Steps of an expression.
    pub expression_operations: u64,
    /// Steps of a script.
    pub script_operations: u64,
    /// Depth of function calls.
    pub call_levels: usize,
    /// Depth of nested expressions and blocks.
    pub expression_depth: usize,
    /// Bytes of a text.
    pub string_size: usize,
    /// Items of a list, with all that is inside it.
    pub array_size: usize,
    /// Entries of a map, with all that is inside it.
    pub map_size: usize,
    /// Variables that exist at the same time.
    pub variables: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            expression_time: Duration::from_millis(50),
            script_time: Duration::from_millis(250),
            expression_operations: 200_000,
            script_operations: 1_000_000,
            call_levels: 24,
            expression_depth: 48,
            string_size: 100_000,
            array_size: 10_000,
            map_size: 2_000,
            variables: 200,
        }
    }
}

/// The sandbox. Cheap to clone; one serves every thread.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

struct Inner {
    engine: Engine,
    limits: Limits,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("limits", &self.0.limits).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// A sandbox for definitions whose fields have these names: reading one of them is fast.
    pub fn new(names: impl IntoIterator<Item = Name>) -> Self {
        Self::with_limits(names, Limits::default())
    }

    /// As [`Sandbox::new`], with other limits.
    pub fn with_limits(names: impl IntoIterator<Item = Name>, limits: Limits) -> Self {
        let mut engine = Engine::new_raw();
        packages(&mut engine);
        language(&mut engine);
        limit(&mut engine, &limits);
        functions::register(&mut engine, names);
        Self(Arc::new(Inner { engine, limits }))
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// Tells this sandbox from every other that exists.
    pub(crate) fn identity(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// Whether the program was compiled for this sandbox: it must be run in no other.
    pub fn compiled(&self, program: &Program) -> bool {
        program.sandbox == self.identity()
    }

    /// Whether a script can write `this.NAME`: it is no word of the language.
    pub fn can_read(&self, name: &str) -> bool {
        self.0.engine.compile_expression(format!("this.{name}")).is_ok()
    }

    /// Runs a program.
    ///
    /// # Errors
    /// What the host failed with, unchanged; `script-failed` or `script-budget` otherwise. The place is
    /// filled in when the host left it open.
    pub fn eval(&self, program: &Program, host: &dyn Host, vars: &Vars) -> Result<Val, Failure> {
        if let Some(node) = &program.native
            && let Some(val) = node.eval(host, vars)
        {
            return Ok(val);
        }
        self.eval_in_rhai(program, host, vars)
    }

    /// Runs a program that gives true or false; `()` counts as false.
    ///
    /// # Errors
    /// As [`Sandbox::eval`], and `type-mismatch` when it gives something else.
    pub fn eval_bool(&self, program: &Program, host: &dyn Host, vars: &Vars) -> Result<bool, Failure> {
        match self.eval(program, host, vars)? {
            Val::Bool(b) => Ok(b),
            Val::Unit => Ok(false),
            other => {
                let given = coerce::word(&other);
                let mut failure = Failure::new(
                    code!("type-mismatch"),
                    text!("this is {given}, but true or false is needed", "这里得到的是 {given}，需要的是真或假"),
                );
                failure.at = Some(program.origin.span());
                Err(failure)
            }
        }
    }

    /// Runs a program whose result is stored in a field of type `expected`.
    ///
    /// # Errors
    /// As [`Sandbox::eval`], and as [`crate::convert::coerce`].
    pub fn eval_value(
        &self,
        program: &Program,
        host: &dyn Host,
        vars: &Vars,
        expected: &FieldType,
    ) -> Result<Value, Failure> {
        coerce::coerce(self.eval(program, host, vars)?, expected).map_err(|mut failure| {
            failure.at = failure.at.or(Some(program.origin.span()));
            failure
        })
    }

    /// Runs a program in Rhai even if it has a native form. For tests and measurements.
    ///
    /// # Errors
    /// As [`Sandbox::eval`].
    pub fn eval_in_rhai(&self, program: &Program, host: &dyn Host, vars: &Vars) -> Result<Val, Failure> {
        let mut scope = frame::take_scope();
        for name in &program.variables {
            let val = vars.get(*name).cloned().unwrap_or(Val::Unit);
            scope.push_dynamic(Identifier::from(name.as_str()), val_to_dynamic(val));
        }
        let this = match vars.get(Name::intern("this")) {
            Some(Val::Handle(handle)) => Some(handle),
            _ => None,
        };
        let limits = &self.0.limits;
        let (operations, time) = match program.mode {
            Mode::Expression => (limits.expression_operations, limits.expression_time),
            Mode::Script => (limits.script_operations, limits.script_time),
        };
        let time = if host.is_timed() { time } else { Duration::MAX };
        let frame = Frame { host, this, effects: program.mode == Mode::Script };
        let result = frame::within(Budget { operations, time, deadline: None }, || {
            frame::enter(&frame, || self.0.engine.eval_ast_with_scope::<Dynamic>(&mut scope, &program.ast))
        });
        frame::give_scope(scope);
        result.map(dynamic_to_val).map_err(|error| explain::failure(*error, program))
    }
}

fn packages(engine: &mut Engine) {
    LanguageCorePackage::new().register_into_engine(engine);
    ArithmeticPackage::new().register_into_engine(engine);
    BasicStringPackage::new().register_into_engine(engine);
    BasicIteratorPackage::new().register_into_engine(engine);
    BasicFnPackage::new().register_into_engine(engine);
    LogicPackage::new().register_into_engine(engine);
    BasicMathPackage::new().register_into_engine(engine);
    BasicArrayPackage::new().register_into_engine(engine);
    BasicMapPackage::new().register_into_engine(engine);
    MoreStringPackage::new().register_into_engine(engine);
}

#[expect(
    deprecated,
    reason = "rhai marks its volatile interfaces as deprecated; the version is pinned by the lock file"
)]
fn rename_tokens(engine: &mut Engine) {
    engine.on_parse_token(|token, _, _| match token {
        Token::Reserved(word) if *word == "this" => Token::Identifier(word),
        Token::Divide => Token::Custom(Box::new(DIVIDE.into())),
        token => token,
    });
}

/// What of Rhai's language there is, and what its words mean here.
fn language(engine: &mut Engine) {
    for word in ["eval", "import", "export", "print", "debug", "try", "catch"] {
        engine.disable_symbol(word);
    }
    engine.on_print(|_| {}).on_debug(|_, _, _| {});
    // Constants must stay as written: the checks walk the tree, and messages name places in it.
    engine.set_optimization_level(OptimizationLevel::None);
    // Unknown variables are reported by our own walk, all of them and not only the first.
    engine.set_strict_variables(false);
    engine.set_fail_on_invalid_map_property(false);
    // 180 is the precedence of `*`. The name is ours, so it is never refused.
    let _ = engine.register_custom_operator(DIVIDE, 180);
    rename_tokens(engine);
    // Rhai's own blocks the thread and heeds no limit.
    engine.register_fn("sleep", |_: i64| ());
    engine
        .register_type_with_name::<Handle>("record")
        .register_type_with_name::<Date>("date")
        .register_type_with_name::<Timestamp>("datetime")
        .register_type_with_name::<Span>("duration")
        .register_type_with_name::<Months>("months")
        .register_type_with_name::<rust_decimal::Decimal>("decimal");
}

fn limit(engine: &mut Engine, limits: &Limits) {
    engine
        .set_max_operations(limits.script_operations.max(limits.expression_operations))
        .set_max_call_levels(limits.call_levels)
        .set_max_expr_depths(limits.expression_depth, limits.expression_depth)
        .set_max_string_size(limits.string_size)
        .set_max_array_size(limits.array_size)
        .set_max_map_size(limits.map_size)
        .set_max_variables(limits.variables)
        .set_max_functions(200);
    engine.on_progress(|operations| (operations & 127 == 0 && frame::exhausted(operations)).then_some(Dynamic::UNIT));
}
