//! From Rhai's syntax tree to our own, as far as it goes.

use std::collections::HashMap;

use formwork_model::name::Name;
use rhai::{AST, Expr, FnCallExpr, FnPtr, Stmt};

use super::{Each, Node, Test};
use crate::{
    functions::Fold,
    ops::Op,
    program::Mode,
    val::Val,
    walk::{Function, Link, links},
};

/// The tree of an expression, when all of it can be had.
pub(crate) fn compile(ast: &AST, closures: &HashMap<String, Function>, variables: &[Name], mode: Mode) -> Option<Node> {
    if mode == Mode::Script {
        return None;
    }
    Builder { closures, variables, params: Vec::new() }.block(ast.statements())
}

struct Builder<'a> {
    closures: &'a HashMap<String, Function>,
    variables: &'a [Name],
    /// Parameters of the closures around, outermost first.
    params: Vec<String>,
}

impl Builder<'_> {
    fn block(&mut self, statements: &[Stmt]) -> Option<Node> {
        match statements {
            [Stmt::Expr(expr)] => self.expr(expr),
            [Stmt::FnCall(call, _)] => self.call(call),
            [Stmt::Block(block)] => self.block(block.statements()),
            [Stmt::If(flow, _)] if !flow.branch.is_empty() => Some(Node::If(
                Box::new(self.expr(&flow.expr)?),
                Box::new(self.block(flow.body.statements())?),
                Box::new(self.block(flow.branch.statements())?),
            )),
            _ => None,
        }
    }

    fn expr(&mut self, expr: &Expr) -> Option<Node> {
        Some(match expr {
            Expr::BoolConstant(b, _) => Node::Const(Val::Bool(*b)),
            Expr::IntegerConstant(n, _) => Node::Const(Val::Int(*n)),
            Expr::StringConstant(text, _) => Node::Const(Val::text(text.as_str())),
            Expr::Unit(_) => Node::Const(Val::Unit),
            Expr::DynamicConstant(value, _) => Node::Const(Val::Dec(value.as_decimal().ok()?)),
            Expr::Variable(name, ..) => self.variable(&name.1)?,
            Expr::FnCall(call, _) => self.call(call)?,
            Expr::And(parts, _) => Node::And(self.all(parts)?),
            Expr::Or(parts, _) => Node::Or(self.all(parts)?),
            Expr::Coalesce(parts, _) => Node::Coalesce(self.all(parts)?),
            Expr::Stmt(block) => self.block(block.statements())?,
            Expr::Dot(..) => self.chain(expr)?,
            _ => return None,
        })
    }

    fn all(&mut self, parts: &[Expr]) -> Option<Vec<Node>> {
        parts.iter().map(|part| self.expr(part)).collect()
    }

    fn boxed(&mut self, expr: &Expr) -> Option<Box<Node>> {
        self.expr(expr).map(Box::new)
    }

    fn variable(&self, name: &str) -> Option<Node> {
        if let Some(nth) = self.params.iter().rev().position(|known| known == name) {
            return Some(Node::Param(nth));
        }
        self.variables.iter().rev().find(|known| **known == name).map(|known| Node::Var(*known))
    }

    fn call(&mut self, call: &FnCallExpr) -> Option<Node> {
        let args = call.args.as_slice();
        if call.op_token.is_some() {
            return Some(match (call.name.as_str(), args) {
                ("!", [only]) => Node::Not(self.boxed(only)?),
                ("-", [only]) => Node::Negate(self.boxed(only)?),
                (name, [a, b]) => Node::Binary(Op::parse(name)?, self.boxed(a)?, self.boxed(b)?),
                _ => return None,
            });
        }
        Some(match (call.name.as_str(), args) {
            ("contains", [Expr::Array(list, _), item]) => Node::In(self.boxed(item)?, self.all(list)?),
            ("today", []) => Node::Today,
            ("now", []) => Node::Now,
            ("setting", [Expr::StringConstant(name, _)]) => Node::Setting(name.to_string()),
            ("date", [Expr::StringConstant(text, _)]) => Node::Const(Val::Date(text.trim().parse().ok()?)),
            ("days", [n]) => Node::Span(86_400, self.boxed(n)?),
            ("hours", [n]) => Node::Span(3_600, self.boxed(n)?),
            ("minutes", [n]) => Node::Span(60, self.boxed(n)?),
            ("coalesce", [a, b]) => self.strict_coalesce(a, b)?,
            ("round", [x, Expr::IntegerConstant(digits @ 0..=28, _)]) => {
                Node::Round(self.boxed(x)?, u32::try_from(*digits).ok()?)
            }
            (name, [receiver, rest @ ..]) => {
                let receiver = self.expr(receiver)?;
                self.method(receiver, name, rest)?
            }
            _ => return None,
        })
    }

    /// Unlike `??`, the function evaluates both; without effects that makes no difference but for failures.
    fn strict_coalesce(&mut self, a: &Expr, b: &Expr) -> Option<Node> {
        let literal = matches!(b, Expr::IntegerConstant(..) | Expr::StringConstant(..) | Expr::BoolConstant(..));
        if literal { Some(Node::Coalesce(vec![self.expr(a)?, self.expr(b)?])) } else { None }
    }

    fn chain(&mut self, expr: &Expr) -> Option<Node> {
        let (root, links) = links(expr);
        let mut node = self.expr(root)?;
        for link in links {
            node = match link {
                Link::Property(name, _) => Node::Field(Box::new(node), Name::find(name)?),
                Link::Method(call, _) => self.method(node, &call.name, &call.args)?,
                Link::Index(_) => return None,
            };
        }
        Some(node)
    }

    fn method(&mut self, receiver: Node, name: &str, args: &[Expr]) -> Option<Node> {
        let receiver = Box::new(receiver);
        Some(match (name, args) {
            ("len", []) => Node::Len(receiver),
            ("is_empty", []) => Node::IsEmpty(receiver),
            ("count", []) => Node::Len(receiver),
            ("sum" | "avg" | "min" | "max", _) => Node::Fold(Fold::parse(name)?, receiver, self.each(args)?),
            ("any", [question]) => Node::Test(Test::Any, receiver, Box::new(self.closure(question)?)),
            ("count", [question]) => Node::Test(Test::Count, receiver, Box::new(self.closure(question)?)),
            ("all", [question]) => Node::Test(Test::All, receiver, Box::new(self.closure(question)?)),
            _ => return None,
        })
    }

    fn each(&mut self, args: &[Expr]) -> Option<Each> {
        Some(match args {
            [] => Each::Item,
            [Expr::StringConstant(field, _)] => Each::Field(Name::find(field)?),
            [closure] => Each::Closure(Box::new(self.closure(closure)?)),
            _ => return None,
        })
    }

    /// The body of a closure with one parameter of its own; captured variables are found by name.
    fn closure(&mut self, expr: &Expr) -> Option<Node> {
        let (pointer, captured) = match expr {
            Expr::DynamicConstant(value, _) => (value.read_lock::<FnPtr>()?.fn_name().to_owned(), 0),
            Expr::Stmt(block) => match block.statements() {
                [Stmt::Share(_), Stmt::Expr(inner)] | [Stmt::Expr(inner)] => match &**inner {
                    Expr::FnCall(call, _) if call.name == "curry" => match call.args.first()? {
                        Expr::DynamicConstant(value, _) => {
                            (value.read_lock::<FnPtr>()?.fn_name().to_owned(), call.args.len() - 1)
                        }
                        _ => return None,
                    },
                    _ => return None,
                },
                _ => return None,
            },
            _ => return None,
        };
        let function = self.closures.get(&pointer)?;
        let [param] = function.params.get(captured..)? else { return None };
        self.params.push(param.clone());
        let node = self.block(&function.body);
        self.params.pop();
        node
    }
}
