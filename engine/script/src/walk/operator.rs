//! Operators: kinds that do not go together, choices that do not exist.

use formwork_model::{code, text};
use rhai::{Expr, FnCallExpr, Position};

use super::{Typed, Walk, shapes};
use crate::{sandbox::DIVIDE, shape::Shape};

impl Walk<'_> {
    /// The call of an operator; `None` when it is none.
    pub(super) fn operator(&mut self, call: &FnCallExpr, position: Position) -> Option<Typed> {
        call.op_token.as_ref()?;
        let name = if call.name == DIVIDE { "/" } else { call.name.as_str() };
        match (name, call.args.as_slice()) {
            ("!", [only]) => {
                self.condition(only);
                Some(Shape::Bool.into())
            }
            ("-" | "+", [only]) => Some(self.unary(only, position)),
            (".." | "..=", [from, to]) => {
                self.expr(from);
                self.expr(to);
                Some(Shape::List(Box::new(Shape::Int)).into())
            }
            ("==" | "!=" | "<" | "<=" | ">" | ">=", [left, right]) => {
                self.comparison(name, left, right, position);
                Some(Shape::Bool.into())
            }
            (_, [left, right]) => {
                let (a, b) = (self.expr(left), self.expr(right));
                let result = Typed::from(self.operate(name, &a.shape, &b.shape, position));
                Some(result.carrying(&a.carried).carrying(&b.carried))
            }
            _ => None,
        }
    }

    fn unary(&mut self, only: &Expr, position: Position) -> Typed {
        let Typed { shape, carried, .. } = self.expr(only);
        let fits = shapes::is_number(&shape) || matches!(shape, Shape::Any | Shape::Duration);
        if !fits {
            let (word, zh) = (shape.word(), shape.word_zh());
            self.report(code!("type-mismatch"), position, text!("{word} cannot be negated", "{zh}不能取负"));
        }
        Typed::from(shape).carrying(&carried)
    }

    /// Checks an arithmetic operator and gives its result.
    pub(super) fn operate(&mut self, name: &str, a: &Shape, b: &Shape, position: Position) -> Shape {
        if !matches!(name, "+" | "-" | "*" | "/" | "%" | "**") {
            return Shape::Any;
        }
        shapes::arithmetic(name, a, b).unwrap_or_else(|| {
            let (a_zh, b_zh) = (a.word_zh(), b.word_zh());
            let (a, b) = (a.word(), b.word());
            self.report(
                code!("type-mismatch"),
                position,
                text!("`{name}` does not work with {a} and {b}", "`{name}` 不能用于{a_zh}与{b_zh}"),
            );
            Shape::Any
        })
    }

    fn comparison(&mut self, name: &str, left: &Expr, right: &Expr, position: Position) {
        let (a, b) = (self.expr(left).shape, self.expr(right).shape);
        let ordering = !matches!(name, "==" | "!=");
        if !shapes::comparable(&a, &b) || (ordering && !(shapes::ordered(&a) && shapes::ordered(&b))) {
            let (left, right) = (a.word(), b.word());
            let (left_zh, right_zh) = (a.word_zh(), b.word_zh());
            let message = if ordering {
                text!("{left} is neither less nor greater than {right}", "{left_zh}与{right_zh}不能比较大小")
            } else {
                text!("{left} is never equal to {right}", "{left_zh}与{right_zh}永远不相等")
            };
            self.report(code!("type-mismatch"), position, message);
            return;
        }
        self.compare_literal(&a, right);
        self.compare_literal(&b, left);
    }

    pub(super) fn membership(&mut self, list: &Expr, item: &Expr, position: Position) -> Typed {
        let (of, one) = (self.expr(list).shape, self.expr(item).shape);
        match &of {
            Shape::List(each) if !shapes::comparable(each, &one) => {
                let (each_zh, one_zh) = (each.word_zh(), one.word_zh());
                let (each, one) = (each.word(), one.word());
                self.report(
                    code!("type-mismatch"),
                    position,
                    text!("{one} is never in a list of {each}", "{one_zh}不可能在{each_zh}的列表中"),
                );
            }
            Shape::List(each) => {
                self.compare_literal(each, item);
                if let Expr::Array(items, _) = list {
                    for literal in items.iter() {
                        self.compare_literal(&one, literal);
                    }
                }
            }
            _ => {}
        }
        Shape::Bool.into()
    }

    /// A text literal beside a choice must be one of its options.
    pub(super) fn compare_literal(&mut self, shape: &Shape, other: &Expr) {
        let (Shape::Choice(options), Expr::StringConstant(text, position)) = (shape, other) else { return };
        if text.is_empty() || options.iter().any(|option| option.as_str() == text.as_str()) {
            return;
        }
        self.report_near(
            code!("unknown-choice"),
            *position,
            text!("there is no option `{text}`", "没有选项 `{text}`"),
            text,
            options.iter().map(|option| option.as_str()),
        );
    }
}
