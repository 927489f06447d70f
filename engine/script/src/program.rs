//! A compiled script, what it depends on, and the variables it is run with.

use std::{collections::HashMap, sync::Arc};

use formwork_model::{name::Name, source::Span, value::Value};
use rhai::AST;

use crate::{handle::Handle, native::Node, origin::Origin, shape::Shape, val::Val};

/// What a script may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One expression without effects: `when`, `value`, `check`, …
    Expression,
    /// Statements, with effects: `run`.
    Script,
}

/// A field path a script reads, for the order of computed fields and for "where used".
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Read {
    /// The variable it begins at: `this`, `old`, …
    pub root: Name,
    /// The fields, outermost first: `[lines, total]` for `this.lines.sum("total")`.
    pub path: Vec<Name>,
}

/// A call of a function of the engine.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Call {
    /// The function.
    pub function: String,
    /// Its first argument, when that is written out as a text.
    pub about: Option<String>,
}

/// A field of an object, or of the lines in one of its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldOf {
    /// The object.
    pub object: Name,
    /// Its field with the lines, of a field of lines.
    pub lines: Option<Name>,
    /// The field.
    pub field: Name,
}

/// What a script gives a value to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// A field.
    Field(FieldOf),
    /// A dimension of a ledger.
    Dimension(Name),
}

/// That a script gives something a value that may be made of sensitive fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// What it is given to.
    pub into: Given,
    /// The sensitive fields.
    pub from: Vec<FieldOf>,
    /// Where.
    pub at: Span,
}

/// A script that passed the checks.
#[derive(Debug, Clone)]
pub struct Program {
    /// What the author wrote.
    pub text: Arc<str>,
    /// Where.
    pub origin: Origin,
    /// What it may do.
    pub mode: Mode,
    /// What it gives.
    pub result: Shape,
    /// Every field it reads.
    pub reads: Vec<Read>,
    /// Every field it sets.
    pub writes: Vec<Read>,
    /// What it gives the values of sensitive fields to.
    pub copied: Vec<Copied>,
    /// Every function of the engine it calls, also through the library.
    pub calls: Vec<Call>,
    /// Every variable of it that it names.
    pub uses: Vec<Name>,
    pub(crate) variables: Vec<Name>,
    /// Which sandbox it was compiled for.
    pub(crate) sandbox: usize,
    pub(crate) ast: AST,
    pub(crate) native: Option<Node>,
    /// Where the functions of the library are written, by name, for places in messages.
    pub(crate) library: Arc<Functions>,
}

/// Where the functions of the library are written.
pub(crate) type Functions = HashMap<String, (Arc<str>, Origin)>;

impl Program {
    /// The first literal argument of every call of `function`.
    pub fn calls_of<'a>(&'a self, function: &'a str) -> impl Iterator<Item = &'a str> {
        self.calls.iter().filter(move |call| call.function == function).filter_map(|call| call.about.as_deref())
    }

    /// Whether it runs without Rhai. For measurements only.
    pub fn is_native(&self) -> bool {
        self.native.is_some()
    }
}

/// The variables of one evaluation. A variable that is not set is `()`.
#[derive(Debug, Clone, Default)]
pub struct Vars(Vec<(Name, Val)>);

impl Vars {
    /// No variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// With `this` set.
    pub fn this(handle: Handle) -> Self {
        Self::new().with("this", handle)
    }

    /// Adds a variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Val>) -> Self {
        self.set(name, value);
        self
    }

    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: impl Into<Val>) {
        let value = value.into();
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some(place) => place.1 = value,
            None => self.0.push((Name::intern(name), value)),
        }
    }

    /// The value of a variable.
    pub fn get(&self, name: Name) -> Option<&Val> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

impl From<Handle> for Val {
    fn from(handle: Handle) -> Self {
        Self::Handle(handle)
    }
}

impl From<Vec<Handle>> for Val {
    fn from(handles: Vec<Handle>) -> Self {
        Self::List(handles.into_iter().map(Self::Handle).collect())
    }
}

impl From<bool> for Val {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<Option<Value>> for Val {
    fn from(value: Option<Value>) -> Self {
        value.map_or(Self::Unit, Self::from)
    }
}
