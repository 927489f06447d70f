//! What a running script stands in: the host, the record, and the time it has left.

use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};

use formwork_model::{code, text};
use rhai::{Dynamic, EvalAltResult, Position, Scope};
use scoped_tls_hkt::scoped_thread_local;

use crate::{failure::Failure, handle::Handle, host::Host};

/// What the functions of a running script can reach.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) host: &'a dyn Host,
    /// The record or line `this` is.
    pub(crate) this: Option<&'a Handle>,
    /// Whether effects are allowed.
    pub(crate) effects: bool,
}

scoped_thread_local!(static FRAME: for<'a> &'a Frame<'a>);

/// A failure on its way through Rhai.
pub(crate) type Raised = Box<EvalAltResult>;

/// Runs `body` with `frame` as the current one.
pub(crate) fn enter<T>(frame: &Frame<'_>, body: impl FnOnce() -> T) -> T {
    FRAME.set(frame, body)
}

/// Lets a function of the engine use the current frame.
pub(crate) fn with<T>(body: impl FnOnce(&Frame<'_>) -> Result<T, Failure>) -> Result<T, Raised> {
    if !FRAME.is_set() {
        return Err(raise(Failure::new(code!("script-failed"), text!("nothing can be read here", "此处无法读取数据"))));
    }
    FRAME.with(|frame| body(frame)).map_err(raise)
}

/// As [`with`], for functions that change something.
pub(crate) fn with_effects<T>(body: impl FnOnce(&Frame<'_>) -> Result<T, Failure>) -> Result<T, Raised> {
    with(|frame| {
        if frame.effects {
            body(frame)
        } else {
            Err(Failure::new(
                code!("effect-in-expression"),
                text!("an expression must not change anything", "表达式不能产生影响"),
            ))
        }
    })
}

/// Wraps a failure so that it comes out of Rhai unchanged.
pub(crate) fn raise(failure: Failure) -> Raised {
    Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(failure), Position::NONE))
}

thread_local! {
    static SCOPES: RefCell<Vec<Scope<'static>>> = const { RefCell::new(Vec::new()) };
    static BUDGET: Cell<Budget> = const { Cell::new(Budget { operations: u64::MAX, time: Duration::MAX, deadline: None }) };
}

/// What the evaluation that runs on this thread may still use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    pub(crate) operations: u64,
    pub(crate) time: Duration,
    /// Set at the first look at the clock, so that short scripts never look at it.
    pub(crate) deadline: Option<Instant>,
}

/// Runs `body` within `budget`. An evaluation inside another shares the outer one's deadline.
pub(crate) fn within<T>(mut budget: Budget, body: impl FnOnce() -> T) -> T {
    let outer = BUDGET.get();
    budget.deadline = outer.deadline;
    BUDGET.set(budget);
    let result = body();
    BUDGET.set(outer);
    result
}

/// Whether the running evaluation has used up its operations or its time.
pub(crate) fn exhausted(operations: u64) -> bool {
    let mut budget = BUDGET.get();
    if operations > budget.operations {
        return true;
    }
    let now = Instant::now();
    match budget.deadline {
        Some(deadline) => now > deadline,
        None => {
            budget.deadline = now.checked_add(budget.time);
            BUDGET.set(budget);
            false
        }
    }
}

/// Fails when the time is used up. For functions that may take long in one operation.
pub(crate) fn check_time() -> Result<(), Failure> {
    if exhausted(0) {
        return Err(Failure::new(code!("script-budget"), text!("the script took too long", "脚本运行时间过长")));
    }
    Ok(())
}

/// A scope that was used before, empty.
pub(crate) fn take_scope() -> Scope<'static> {
    SCOPES.with(|scopes| scopes.borrow_mut().pop()).unwrap_or_default()
}

/// Gives a scope back for the next evaluation.
pub(crate) fn give_scope(mut scope: Scope<'static>) {
    scope.clear();
    SCOPES.with(|scopes| scopes.borrow_mut().push(scope));
}
