//! Calls: whether the function exists, and what it gives.

use formwork_model::{code, text};
use rhai::{Expr, FnCallExpr, Position};

use super::{
    Typed, Walk,
    carried::{Carried, passes_on},
    shapes,
};
use crate::{
    program::{Call, Mode},
    shape::Shape,
};

/// Functions of Rhai that scripts may not use although the engine knows them.
pub(crate) const SWITCHED_OFF: [&str; 12] = [
    "eval",
    "print",
    "debug",
    "sleep",
    "exit",
    "import",
    "export",
    "Fn",
    "is_def_var",
    "is_def_fn",
    "is_shared",
    "blob",
];

impl Walk<'_> {
    /// `name(…)`, operators too.
    pub(super) fn function_call(&mut self, call: &FnCallExpr, position: Position) -> Typed {
        if let Some(result) = self.operator(call, position) {
            return result;
        }
        if call.name == "curry" {
            // A closure that is not an argument: walked with nothing known.
            let expr = Expr::FnCall(Box::new(call.clone()), position);
            if let Some(closure) = self.closure(&expr) {
                self.enter(closure, Vec::new());
            }
            return Shape::Any.into();
        }
        let name = call.name.as_str();
        // `in` is a call of `contains`.
        if let ("contains", [list, item]) = (name, call.args.as_slice()) {
            return self.membership(list, item, position);
        }
        if self.function(name).is_some_and(|function| function.params.len() == call.args.len()) {
            let arguments = call.args.iter().map(|expr| self.expr(expr)).collect();
            return self.library_call(name, arguments);
        }
        self.check_known(name, call.args.len(), position);
        if let Some(result) = self.outside(call, position) {
            return result;
        }
        match call.args.split_first() {
            Some((first, rest)) => {
                let receiver = self.expr(first);
                self.built_in_call(name, Some(receiver), rest)
            }
            None => self.built_in_call(name, None, &[]),
        }
    }

    /// `receiver.name(…)`.
    pub(super) fn method_call(&mut self, receiver: Typed, call: &FnCallExpr, position: Position) -> Typed {
        self.check_known(&call.name, call.args.len() + 1, position);
        self.built_in_call(&call.name, Some(receiver), &call.args)
    }

    fn check_known(&mut self, name: &str, arguments: usize, position: Position) {
        let arities = self.around.arities;
        let known = if SWITCHED_OFF.contains(&name) { None } else { arities.get(name) };
        match known {
            Some(known) if known.contains(&arguments) => {}
            Some(known) => {
                let counts = known.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
                self.report(
                    code!("unknown-function"),
                    position,
                    text!(
                        "`{name}` takes {counts} arguments (the value before the dot counts), not {arguments}",
                        "`{name}` 需要 {counts} 个参数（点号前的值也算），而不是 {arguments} 个"
                    ),
                );
            }
            None => {
                let library = self.around.library;
                let names: Vec<&str> = arities
                    .keys()
                    .chain(library.keys())
                    .map(String::as_str)
                    .filter(|name| name.starts_with(char::is_alphabetic) && !name.contains('$'))
                    .collect();
                self.report_near(
                    code!("unknown-function"),
                    position,
                    text!("there is no function `{name}`", "没有函数 `{name}`"),
                    name,
                    names,
                );
            }
        }
    }

    /// Reports an effect in an expression, and remembers the call.
    pub(super) fn effect(&mut self, position: Position, what: &str) {
        if self.around.mode == Mode::Expression {
            self.report(
                code!("effect-in-expression"),
                position,
                text!("an expression must not change anything: `{what}`", "表达式不能产生影响：`{what}`"),
            );
        }
    }

    pub(super) fn remember(&mut self, function: &str, about: Option<&str>) {
        self.calls.insert(Call { function: function.to_owned(), about: about.map(str::to_owned) });
    }

    fn built_in_call(&mut self, name: &str, receiver: Option<Typed>, rest: &[Expr]) -> Typed {
        let Some(receiver) = receiver else {
            if matches!(name, "today" | "now") {
                self.remember(name, None);
            }
            return result_of(name, &Shape::Nothing).into();
        };
        let item = match &receiver.shape {
            Shape::List(item) => receiver.item((**item).clone()),
            _ => receiver.item(Shape::Any),
        };
        let (mut first, mut carried) = (None, receiver.carried.clone());
        for (nth, argument) in rest.iter().enumerate() {
            let given = match self.closure(argument) {
                Some(closure) => {
                    let arguments = match name {
                        "reduce" | "reduce_rev" => vec![Shape::Any.into(), item.clone()],
                        "sort" => vec![item.clone(), item.clone()],
                        _ => vec![item.clone()],
                    };
                    self.enter(closure, arguments)
                }
                None => self.argument(name, &item, &receiver.shape, argument),
            };
            carried.extend(&given.carried);
            if nth == 0 {
                first = Some(given);
            }
        }
        let mut result = method_result(name, receiver, item, first);
        result.carried = if passes_on(name, &result.shape) { carried } else { Carried::new() };
        result
    }

    /// An argument of a method; `sum("field")` names a field of the items.
    fn argument(&mut self, name: &str, item: &Typed, receiver: &Shape, argument: &Expr) -> Typed {
        if matches!(name, "sum" | "avg" | "min" | "max")
            && matches!(receiver, Shape::List(_) | Shape::Any)
            && let Expr::StringConstant(field, position) = argument
        {
            let typed = self.property(item, field, *position);
            self.read(&typed.path);
            return typed;
        }
        let typed = self.expr(argument);
        if name == "contains" || name == "index_of" {
            self.compare_literal(&item.shape, argument);
        }
        typed
    }
}

/// What a call gives, from the shapes of its receiver, an item of it, and its first argument.
fn method_result(name: &str, receiver: Typed, item: Typed, first: Option<Typed>) -> Typed {
    let argument = first.map_or(Shape::Nothing, |typed| typed.shape);
    let is_list = matches!(receiver.shape, Shape::List(_));
    match name {
        "sum" | "avg" if argument == Shape::Nothing && is_list => number(name, item.shape).into(),
        "sum" | "avg" => number(name, argument).into(),
        "min" | "max" if is_list && argument == Shape::Nothing => item.shape.into(),
        "min" | "max" if is_list => argument.into(),
        "min" | "max" | "coalesce" => shapes::join(receiver.shape, argument).into(),
        "filter" | "drain" | "retain" | "extract" => receiver,
        "first" | "last" | "find" | "get" | "pop" | "shift" if is_list => item,
        "map" if is_list => Shape::List(Box::new(argument)).into(),
        "abs" | "floor" | "ceiling" | "round" if shapes::is_number(&receiver.shape) => receiver.shape.into(),
        _ => result_of(name, &receiver.shape).into(),
    }
}

fn number(name: &str, shape: Shape) -> Shape {
    match shape {
        Shape::Int if name == "avg" => Shape::Decimal,
        Shape::Int | Shape::Decimal | Shape::Duration => shape,
        _ => Shape::Any,
    }
}

fn result_of(name: &str, receiver: &Shape) -> Shape {
    match name {
        "today" | "date" | "date_of" | "month_start" | "month_end" | "add_months" => Shape::Date,
        "now" | "datetime" | "add_working_time" => Shape::Instant,
        "days" | "hours" | "minutes" | "seconds" | "weeks" | "months" | "years" | "working_time" => Shape::Duration,
        "decimal" => Shape::Decimal,
        "integer" | "hour" | "minute" | "len" | "count" | "index_of" | "bytes" => Shape::Int,
        "upper" | "lower" | "trim" | "replace" | "fold" | "text" | "sub_string" | "to_string" | "type_of"
        | "to_upper" | "to_lower" | "calendar_of" => Shape::Text,
        "is_empty" | "contains" | "starts_with" | "ends_with" | "any" | "all" | "some" => Shape::Bool,
        "split" => Shape::List(Box::new(Shape::Text)),
        "keys" => Shape::List(Box::new(Shape::Text)),
        "push" | "set" | "insert" | "append" | "clear" | "sort" | "reverse" => Shape::Nothing,
        _ if *receiver == Shape::Nothing => Shape::Any,
        _ => Shape::Any,
    }
}
