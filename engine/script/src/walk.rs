//! The static checks: every name and every obviously wrong type, found by walking the syntax tree.
//!
//! The walk also collects what the script depends on. A library function is walked again for every call,
//! with the shapes of the arguments, so that problems and reads inside it are found too.

mod call;
mod carried;
mod chain;
mod closure;
mod expr;
mod operator;
mod outside;
mod shapes;
mod stmt;

use carried::Carried;
pub(crate) use chain::{Link, links};

use std::collections::{BTreeSet, HashMap};

use formwork_model::{
    code::Code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    source::Span,
    text::Text,
};
use rhai::{AST, Position, Stmt};

use crate::{
    origin::Origin,
    program::{Call, Copied, FieldOf, Mode, Read},
    shape::Shape,
    world::World,
};

/// A function written in Rhai: of the library, or a closure.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) params: Vec<String>,
    pub(crate) body: Vec<Stmt>,
}

/// The functions of a syntax tree, closures too.
pub(crate) fn functions_of(ast: &AST) -> HashMap<String, Function> {
    let mut found = HashMap::new();
    for function in ast.iter_functions() {
        let (name, count) = (function.name, function.params.len());
        // Not `clone_functions_only_filtered`: in Rhai 1.27 it ignores its filter.
        let mut alone = ast.clone_functions_only();
        alone.retain_functions(|_, _, known, params| known == name && params == count);
        let mut body = Vec::new();
        alone.walk(&mut |path| {
            if let [rhai::ASTNode::Stmt(stmt)] = path {
                body.push((*stmt).clone());
            }
            true
        });
        let params = function.params.iter().map(|param| (*param).to_owned()).collect();
        found.insert(name.to_owned(), Function { params, body });
    }
    found
}

/// Text and place of the source a tree was read from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) text: &'a str,
    pub(crate) origin: &'a Origin,
}

/// What is known beside the script.
pub(crate) struct Surroundings<'a> {
    pub(crate) world: &'a dyn World,
    /// How many arguments the engine's functions take.
    pub(crate) arities: &'a HashMap<String, BTreeSet<usize>>,
    /// The library and its closures.
    pub(crate) library: &'a HashMap<String, Function>,
    /// Where the library's functions are written.
    pub(crate) origins: &'a crate::program::Functions,
    /// The script's own closures.
    pub(crate) closures: &'a HashMap<String, Function>,
    pub(crate) mode: Mode,
}

/// What is known about an expression.
#[derive(Debug, Clone)]
pub(crate) struct Typed {
    pub(crate) shape: Shape,
    /// The variable and the fields it was reached by.
    pub(crate) path: Option<Read>,
    /// The field it was reached as.
    pub(crate) field: Option<FieldOf>,
    /// The sensitive fields that it may be made of.
    pub(crate) carried: Carried,
    /// The same of each member, where they are written out.
    pub(crate) members: Vec<(Name, Carried)>,
}

impl From<Shape> for Typed {
    fn from(shape: Shape) -> Self {
        Self { shape, path: None, field: None, carried: Carried::new(), members: Vec::new() }
    }
}

/// A variable in sight.
#[derive(Debug)]
struct Variable {
    name: String,
    typed: Typed,
}

/// One walk over one script.
pub(crate) struct Walk<'a> {
    around: &'a Surroundings<'a>,
    place: Place<'a>,
    out: &'a mut Diagnostics,
    pub(crate) reads: BTreeSet<Read>,
    pub(crate) writes: BTreeSet<Read>,
    pub(crate) calls: BTreeSet<Call>,
    /// What is given the values of sensitive fields.
    pub(crate) copied: Vec<Copied>,
    /// The variables of the program that it names.
    pub(crate) uses: BTreeSet<Name>,
    variables: Vec<Variable>,
    /// Where the variables of the current function begin.
    base: usize,
    /// The library functions being walked, to stop at recursion.
    inside: Vec<String>,
    returns: Vec<Typed>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(around: &'a Surroundings<'a>, place: Place<'a>, out: &'a mut Diagnostics) -> Self {
        Self {
            around,
            place,
            out,
            reads: BTreeSet::new(),
            writes: BTreeSet::new(),
            calls: BTreeSet::new(),
            copied: Vec::new(),
            uses: BTreeSet::new(),
            variables: Vec::new(),
            base: 0,
            inside: Vec::new(),
            returns: Vec::new(),
        }
    }

    /// Puts a variable of the program in sight.
    pub(crate) fn declare(&mut self, name: &str, shape: Shape) {
        let path = Name::new(name).ok().map(|root| Read { root, path: Vec::new() });
        self.bind(name, Typed { path, ..Typed::from(shape) });
    }

    fn bind(&mut self, name: &str, typed: Typed) {
        self.variables.push(Variable { name: name.to_owned(), typed });
    }

    fn look_up(&self, name: &str) -> Option<&Typed> {
        self.variables.iter().skip(self.base).rev().find(|known| known.name == name).map(|known| &known.typed)
    }

    fn at(&self, position: Position) -> Span {
        match position.line() {
            Some(line) => self.place.origin.locate(self.place.text, line, position.position().unwrap_or(1)),
            None => self.place.origin.span(),
        }
    }

    fn report(&mut self, code: Code, position: Position, message: Text) {
        let at = self.at(position);
        self.out.push(Diagnostic::error(code, at, message));
    }

    fn report_near<'n>(
        &mut self,
        code: Code,
        position: Position,
        message: Text,
        wrong: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        let at = self.at(position);
        let near = formwork_model::nearest::nearest(wrong, known);
        self.out.push(Diagnostic::error(code, at, message).suggest(near));
    }

    fn read(&mut self, path: &Option<Read>) {
        if let Some(read) = path
            && !read.path.is_empty()
        {
            self.reads.insert(read.clone());
        }
    }
}

/// A path one field further.
fn extend(path: &Option<Read>, field: &str) -> Option<Read> {
    let read = path.as_ref()?;
    let mut longer = read.clone();
    longer.path.push(Name::new(field).ok()?);
    Some(longer)
}
