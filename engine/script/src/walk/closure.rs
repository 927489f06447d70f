//! Closures and library functions: walked with the shapes they are called with.

use formwork_model::{code, diagnostic::Diagnostic, text};
use rhai::{Expr, FnPtr};

use super::{Function, Place, Typed, Walk};
use crate::shape::Shape;

/// A closure as it is written: its function and what it captures.
pub(super) struct Closure {
    function: Function,
    captured: Vec<Typed>,
}

impl Walk<'_> {
    /// The closure an argument is, if it is one.
    pub(super) fn closure(&mut self, expr: &Expr) -> Option<Closure> {
        match expr {
            Expr::DynamicConstant(value, _) => {
                let name = value.read_lock::<FnPtr>()?.fn_name().to_owned();
                Some(Closure { function: self.function(&name)?.clone(), captured: Vec::new() })
            }
            Expr::Stmt(block) => block.statements().iter().find_map(|stmt| match stmt {
                rhai::Stmt::Expr(expr) => self.closure(expr),
                _ => None,
            }),
            Expr::FnCall(call, _) if call.name == "curry" => {
                let (first, rest) = call.args.split_first()?;
                let mut closure = self.closure(first)?;
                closure.captured = rest.iter().map(|expr| self.expr(expr)).collect();
                Some(closure)
            }
            _ => None,
        }
    }

    pub(super) fn function(&self, name: &str) -> Option<&Function> {
        self.around.closures.get(name).or_else(|| self.around.library.get(name))
    }

    /// Walks a closure that is called with `arguments`.
    pub(super) fn enter(&mut self, closure: Closure, arguments: Vec<Typed>) -> Typed {
        let given = closure.captured.into_iter().chain(arguments);
        self.walk_function(&closure.function, given)
    }

    /// Walks a function of the library that is called with `arguments`.
    pub(super) fn library_call(&mut self, name: &str, arguments: Vec<Typed>) -> Typed {
        let (around, place) = (self.around, self.place);
        let Some(function) = around.closures.get(name).or_else(|| around.library.get(name)) else {
            return Shape::Any.into();
        };
        if self.inside.len() >= 8 || self.inside.iter().any(|known| known == name) {
            return arguments.iter().fold(Typed::from(Shape::Any), |result, given| result.carrying(&given.carried));
        }
        if !around.closures.contains_key(name)
            && let Some((text, origin)) = around.origins.get(name)
        {
            self.place = Place { text, origin };
        }
        self.inside.push(name.to_owned());
        let result = self.walk_function(function, arguments);
        self.inside.pop();
        self.place = place;
        result
    }

    /// The functions a script defines for itself, each once with nothing known about its arguments.
    pub(crate) fn own_functions(&mut self) {
        let around = self.around;
        for (name, function) in around.closures.iter().filter(|(name, _)| !name.starts_with("anon$")) {
            if around.library.contains_key(name) {
                let at = self.place.origin.span();
                let message = text!("the library has a function `{name}` too", "函数库中已有函数 `{name}`");
                self.out.push(Diagnostic::error(code!("script-syntax"), at, message));
            }
            self.inside.push(name.clone());
            self.walk_function(function, Vec::new());
            self.inside.pop();
        }
    }

    fn walk_function(&mut self, function: &Function, arguments: impl IntoIterator<Item = Typed>) -> Typed {
        let (base, outer) = (self.base, self.variables.len());
        self.base = outer;
        let mut arguments = arguments.into_iter();
        for param in &function.params {
            let typed = arguments.next().unwrap_or(Typed::from(Shape::Any));
            self.bind(param, typed);
        }
        let result = self.body(&function.body);
        self.variables.truncate(outer);
        self.base = base;
        result
    }
}
