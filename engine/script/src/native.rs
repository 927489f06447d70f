//! Expressions without Rhai: the common ones run as a small tree of our own, several times faster.
//!
//! The tree only ever answers what Rhai would answer. Whatever it does not know, every wrong operand and
//! every failure makes it give up; the sandbox then runs the same program in Rhai, which is safe because
//! expressions have no effects, and Rhai's error carries the place.

mod build;

use std::borrow::Cow;

use formwork_model::name::Name;

use crate::{
    functions::{Fold, fold, setting_value},
    host::Host,
    ops::{self, Op},
    program::Vars,
    val::{self, Val},
};

pub(crate) use build::compile;

/// One expression.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Const(Val),
    /// A variable of the program.
    Var(Name),
    /// The parameter of a closure, counted from the innermost.
    Param(usize),
    Field(Box<Node>, Name),
    Not(Box<Node>),
    Negate(Box<Node>),
    Binary(Op, Box<Node>, Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Coalesce(Vec<Node>),
    /// Whether an item is one of a list written out.
    In(Box<Node>, Vec<Node>),
    If(Box<Node>, Box<Node>, Box<Node>),
    Len(Box<Node>),
    IsEmpty(Box<Node>),
    Round(Box<Node>, u32),
    Fold(Fold, Box<Node>, Each),
    /// `any`, `all`, `count` over a list.
    Test(Test, Box<Node>, Box<Node>),
    Today,
    Now,
    Setting(String),
    Span(i64, Box<Node>),
}

/// What is folded of every item.
#[derive(Debug, Clone)]
pub(crate) enum Each {
    Item,
    Field(Name),
    Closure(Box<Node>),
}

/// A question about the items of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    Any,
    All,
    Count,
}

/// What a node is evaluated in.
#[derive(Clone, Copy)]
struct Env<'a> {
    host: &'a dyn Host,
    vars: &'a Vars,
    param: Option<&'a Param<'a>>,
}

/// The parameter of a closure, and the one around it.
struct Param<'a> {
    val: &'a Val,
    outer: Option<&'a Param<'a>>,
}

static UNIT: Val = Val::Unit;

impl Node {
    /// The value, or `None` when Rhai has to say.
    pub(crate) fn eval(&self, host: &dyn Host, vars: &Vars) -> Option<Val> {
        self.run(Env { host, vars, param: None }).map(Cow::into_owned)
    }

    fn run<'a>(&'a self, env: Env<'a>) -> Option<Cow<'a, Val>> {
        Some(Cow::Owned(match self {
            Self::Const(val) => return Some(Cow::Borrowed(val)),
            Self::Var(name) => return Some(Cow::Borrowed(env.vars.get(*name).unwrap_or(&UNIT))),
            Self::Param(nth) => return env.param(*nth).map(Cow::Borrowed),
            Self::Field(of, field) => match &*of.run(env)? {
                Val::Handle(handle) => val::get(env.host, handle, *field).ok()?,
                Val::Unit => Val::Unit,
                _ => return None,
            },
            Self::Binary(op, a, b) => ops::apply(*op, &*a.run(env)?, &*b.run(env)?)?,
            Self::Not(a) => Val::Bool(!a.holds(env)?),
            Self::Negate(a) => ops::negate(&*a.run(env)?)?,
            Self::And(parts) => Val::Bool(all(parts, |part| part.holds(env))?),
            Self::Or(parts) => Val::Bool(!all(parts, |part| Some(!part.holds(env)?))?),
            Self::Coalesce(parts) => {
                for part in parts {
                    let val = part.run(env)?;
                    if !val.is_unit() {
                        return Some(val);
                    }
                }
                Val::Unit
            }
            Self::In(item, list) => {
                let item = item.run(env)?;
                Val::Bool(!all(list, |one| Some(!ops::compare(Op::Equal, &*one.run(env)?, &item)?))?)
            }
            Self::If(condition, yes, no) => {
                return if condition.holds(env)? { yes.run(env) } else { no.run(env) };
            }
            other => other.run_function(env)?,
        }))
    }

    fn run_function(&self, env: Env<'_>) -> Option<Val> {
        Some(match self {
            Self::Len(of) => Val::Int(match &*of.run(env)? {
                Val::List(items) => i64::try_from(items.len()).ok()?,
                Val::Text(text) => i64::try_from(text.chars().count()).ok()?,
                _ => return None,
            }),
            Self::IsEmpty(of) => Val::Bool(ops::is_empty(&*of.run(env)?)),
            Self::Round(of, digits) => match &*of.run(env)? {
                Val::Int(n) => Val::Int(*n),
                Val::Dec(d) => Val::Dec(crate::coerce::round(*d, *digits)),
                _ => return None,
            },
            Self::Fold(how, list, each) => {
                let list = list.run(env)?;
                let Val::List(items) = &*list else { return None };
                fold(*how, items.iter().map(|item| each.of(item, env).ok_or(()))).ok()??
            }
            Self::Test(test, list, question) => {
                let list = list.run(env)?;
                let Val::List(items) = &*list else { return None };
                question.test(*test, items, env)?
            }
            Self::Today => Val::Date(env.host.today()),
            Self::Now => Val::Instant(env.host.now()),
            Self::Setting(name) => setting_value(env.host, name).ok()?,
            Self::Span(unit, n) => match &*n.run(env)? {
                Val::Int(n) => Val::Span(val::Span(n.checked_mul(*unit)?)),
                _ => return None,
            },
            _ => return None,
        })
    }

    fn holds(&self, env: Env<'_>) -> Option<bool> {
        // The commonest node, without making a value of it.
        if let Self::Binary(op, a, b) = self
            && op.is_comparison()
        {
            return ops::compare(*op, &*a.run(env)?, &*b.run(env)?);
        }
        self.run(env)?.as_bool()
    }

    fn test(&self, test: Test, items: &[Val], env: Env<'_>) -> Option<Val> {
        let mut count = 0;
        for item in items {
            match (test, self.holds(env.with(&Param { val: item, outer: env.param }))?) {
                (Test::Any, true) => return Some(Val::Bool(true)),
                (Test::All, false) => return Some(Val::Bool(false)),
                (Test::Count, true) => count += 1,
                _ => {}
            }
        }
        Some(match test {
            Test::Any => Val::Bool(false),
            Test::All => Val::Bool(true),
            Test::Count => Val::Int(count),
        })
    }
}

impl Each {
    fn of(&self, item: &Val, env: Env<'_>) -> Option<Val> {
        match (self, item) {
            (Self::Item, item) => Some(item.clone()),
            (Self::Field(field), Val::Handle(handle)) => val::get(env.host, handle, *field).ok(),
            (Self::Field(_), _) => None,
            (Self::Closure(node), item) => {
                node.run(env.with(&Param { val: item, outer: env.param })).map(Cow::into_owned)
            }
        }
    }
}

impl<'a> Env<'a> {
    fn with<'b>(self, param: &'b Param<'b>) -> Env<'b>
    where
        'a: 'b,
    {
        Env { host: self.host, vars: self.vars, param: Some(param) }
    }

    fn param(&self, nth: usize) -> Option<&'a Val> {
        let mut param = self.param?;
        for _ in 0..nth {
            param = param.outer?;
        }
        Some(param.val)
    }
}

/// Whether all hold, stopping at the first that does not.
fn all(parts: &[Node], mut holds: impl FnMut(&Node) -> Option<bool>) -> Option<bool> {
    for part in parts {
        if !holds(part)? {
            return Some(false);
        }
    }
    Some(true)
}
