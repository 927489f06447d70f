//! Expressions.

use formwork_model::{code, name::Name, text};
use rhai::{Expr, Position};

use super::{Typed, Walk};
use crate::shape::Shape;

impl Walk<'_> {
    /// Walks an expression and gives what is known about its value.
    pub(crate) fn expr(&mut self, expr: &Expr) -> Typed {
        match expr {
            Expr::BoolConstant(..) => Shape::Bool.into(),
            Expr::IntegerConstant(..) => Shape::Int.into(),
            Expr::StringConstant(..) | Expr::CharConstant(..) => Shape::Text.into(),
            Expr::Unit(_) => Shape::Nothing.into(),
            Expr::DynamicConstant(value, _) if value.is_decimal() => Shape::Decimal.into(),
            Expr::InterpolatedString(parts, _) => {
                let parts = parts.iter().map(|part| self.expr(part));
                parts.fold(Typed::from(Shape::Text), |text, part| text.carrying(&part.carried))
            }
            Expr::Array(items, _) => {
                let items = items.iter().map(|item| self.expr(item));
                let item = items.reduce(Typed::or).unwrap_or(Typed::from(Shape::Any));
                Typed::from(Shape::List(Box::new(item.shape))).carrying(&item.carried)
            }
            Expr::Map(parts, _) => self.map(&parts.0),
            Expr::Variable(name, _, position) => self.variable(&name.1, *position),
            Expr::FnCall(call, position) => self.function_call(call, *position),
            Expr::Dot(..) | Expr::Index(..) => self.chain(expr),
            Expr::And(parts, _) | Expr::Or(parts, _) => {
                for part in parts.iter() {
                    self.condition(part);
                }
                Shape::Bool.into()
            }
            Expr::Coalesce(parts, _) => {
                let parts = parts.iter().map(|part| self.expr(part));
                parts.fold(Typed::from(Shape::Nothing), Typed::or)
            }
            Expr::Stmt(block) => self.block(block.statements()),
            _ => Shape::Any.into(),
        }
    }

    fn map(&mut self, entries: &[(rhai::Ident, Expr)]) -> Typed {
        let mut known = Vec::new();
        let mut map = Typed::from(Shape::Any);
        for (key, value) in entries {
            let value = self.expr(value);
            map.carried.extend(&value.carried);
            if let Ok(name) = Name::new(&key.name) {
                map.members.push((name, value.carried));
                known.push((name, value.shape));
            }
        }
        if known.len() == entries.len() {
            map.shape = Shape::Map(known);
        }
        map
    }

    fn variable(&mut self, name: &str, position: Position) -> Typed {
        if let Some(known) = self.look_up(name).cloned() {
            self.uses.extend(known.path.as_ref().map(|path| path.root));
            return known;
        }
        if !self.around.library.contains_key(name) {
            self.unknown_variable(name, position);
        }
        Shape::Any.into()
    }

    pub(super) fn unknown_variable(&mut self, name: &str, position: Position) {
        if name == "input" {
            let message = text!(
                "`input` is not known yet here: what decides whether something is offered is asked before a form is \
                 filled in; put this into a condition of the form, or into what the action does",
                "此处还没有 `input`：是否可执行在填写表单之前判断；请写在表单的条件或动作的效果中"
            );
            self.report(code!("unknown-variable"), position, message);
            return;
        }
        let known: Vec<String> = self.variables.iter().skip(self.base).map(|variable| variable.name.clone()).collect();
        self.report_near(
            code!("unknown-variable"),
            position,
            text!("there is no variable `{name}` here", "此处没有变量 `{name}`"),
            name,
            known.iter().map(String::as_str),
        );
    }
}
