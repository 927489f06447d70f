//! Functions that name something of the definitions: settings, tables, objects, ledgers, actions.

use formwork_model::{code, name::Name, text};
use rhai::{Expr, FnCallExpr, Position};

use super::{Typed, Walk};
use crate::{
    program::{FieldOf, Given},
    shape::Shape,
};

/// How filters compare a field; on lines, how many of them.
const OPERATORS: &[&str] =
    &["eq", "ne", "lt", "lte", "gt", "gte", "in", "not_in", "contains", "starts_with", "empty", "any", "all", "none"];

impl Walk<'_> {
    /// A call of such a function; `None` when it is another one.
    pub(super) fn outside(&mut self, call: &FnCallExpr, position: Position) -> Option<Typed> {
        let name = call.name.as_str();
        let args = call.args.as_slice();
        if matches!(name, "create" | "delete" | "act" | "post" | "notify" | "refuse") {
            self.effect(position, name);
        }
        let literal = match args.first() {
            Some(Expr::StringConstant(text, at)) => Some((text.as_str(), *at)),
            _ => None,
        };
        match name {
            "setting" => Some(self.setting(literal, args)),
            "table" => Some(self.table(literal, args)),
            "find" | "create" => Some(self.of_object(name, literal, args)),
            "first" | "count" | "sum" if args.len() >= 2 && literal.is_some() => {
                Some(self.of_object(name, literal, args))
            }
            "balance" | "post" => Some(self.of_ledger(name, literal, args)),
            "working_time" | "add_working_time" if args.len() == 3 => Some(self.in_calendar(name, args)),
            "act" => Some(self.act(args)),
            "delete" | "notify" | "refuse" => {
                self.remember(name, literal.map(|(text, _)| text));
                self.all(args);
                Some(Shape::Nothing.into())
            }
            _ => None,
        }
    }

    fn all(&mut self, args: &[Expr]) -> Vec<Typed> {
        args.iter().map(|argument| self.expr(argument)).collect()
    }

    fn setting(&mut self, literal: Option<(&str, Position)>, args: &[Expr]) -> Typed {
        self.remember("setting", literal.map(|(text, _)| text));
        let Some((name, at)) = literal else {
            self.all(args);
            return Shape::Any.into();
        };
        if let Some(shape) = self.around.world.setting(name) {
            return shape.into();
        }
        let known = self.around.world.settings();
        let message = text!("there is no setting `{name}`", "没有设置项 `{name}`");
        self.report_near(code!("unknown-setting"), at, message, name, known);
        Shape::Any.into()
    }

    fn table(&mut self, literal: Option<(&str, Position)>, args: &[Expr]) -> Typed {
        self.remember("table", literal.map(|(text, _)| text));
        self.all(args);
        let Some((name, at)) = literal else { return Shape::Any.into() };
        let Some(shape) = self.around.world.table(name) else {
            let known = self.around.world.tables();
            let message = text!("there is no table `{name}`", "没有决策表 `{name}`");
            self.report_near(code!("unknown-table"), at, message, name, known);
            return Shape::Any.into();
        };
        let inputs = self.around.world.table_inputs(name);
        for (key, ..) in entries(args.get(1)) {
            if !inputs.contains(&key.name.as_str()) {
                let (name, position) = (key.name.as_str(), key.pos);
                let message = text!("the table has no input `{name}`", "决策表没有输入 `{name}`");
                self.report_near(code!("unknown-field"), position, message, name, inputs.iter().copied());
            }
        }
        shape.into()
    }

    fn of_object(&mut self, function: &str, literal: Option<(&str, Position)>, args: &[Expr]) -> Typed {
        self.remember(function, literal.map(|(text, _)| text));
        let given = self.all(args);
        let object = match literal {
            Some((name, at)) => match self.around.world.object(name) {
                Some(object) => Some(object),
                None => {
                    let known = self.around.world.objects();
                    let message = text!("there is no object `{name}`", "没有对象 `{name}`");
                    self.report_near(code!("unknown-object"), at, message, name, known);
                    None
                }
            },
            None => None,
        };
        if let Some(object) = object {
            self.keys_of_object(function, object, args);
            let into = |field| Given::Field(FieldOf { object, lines: None, field });
            if function == "create" {
                self.copy_members(into, args.get(1), given.get(1));
            }
        }
        let record = object.map_or(Shape::Any, Shape::Record);
        match function {
            "find" => Shape::List(Box::new(record)).into(),
            "count" => Shape::Int.into(),
            "sum" => Shape::Decimal.into(),
            _ => record.into(),
        }
    }

    /// Notes what the members of named values give to that of their name.
    fn copy_members(&mut self, into: impl Fn(Name) -> Given, written: Option<&Expr>, given: Option<&Typed>) {
        let (Some(written), Some(given)) = (written, given) else { return };
        for (name, carried) in &given.members {
            let key = entries(Some(written)).into_iter().find(|(key, _)| *name == *key.name.as_str());
            let position = key.map_or(written.start_position(), |(key, _)| key.pos);
            self.copy(into(*name), carried, position);
        }
    }

    fn keys_of_object(&mut self, function: &str, object: Name, args: &[Expr]) {
        if function == "sum"
            && let Some(Expr::StringConstant(field, at)) = args.get(1)
        {
            self.property(&Typed::from(Shape::Record(object)), field, *at);
        }
        self.conditions(object, args.get(if function == "sum" { 2 } else { 1 }), function != "create");
        if let ("find" | "first", Some(Expr::StringConstant(sort, at))) = (function, args.get(2)) {
            for field in sort.split(',').map(|field| field.trim().trim_start_matches('-')) {
                self.path(object, field, *at);
            }
        }
    }

    /// The keys of a filter, or of the values of a new record.
    fn conditions(&mut self, object: Name, map: Option<&Expr>, filter: bool) {
        for (key, value) in entries(map) {
            match (key.name.as_str(), value) {
                ("and" | "or", Expr::Array(items, _)) if filter => {
                    items.iter().for_each(|item| self.conditions(object, Some(item), filter));
                }
                ("and" | "or", _) if filter => {}
                ("not", inner) if filter => self.conditions(object, Some(inner), filter),
                (path, value) => {
                    let shape = self.path(object, path, key.pos);
                    if filter && !matches!(shape, Shape::List(_) | Shape::Any) {
                        self.operators(value);
                    }
                    self.compare_literal(&shape, value);
                    if filter {
                        self.states(object, path, (key.pos, value));
                    }
                }
            }
        }
    }

    /// The states that a filter names, each of which some record can be in.
    fn states(&mut self, object: Name, path: &str, (at, value): (Position, &Expr)) {
        let of = match path.rsplit_once('.') {
            None if path == "state" => object,
            Some((through, "state")) => match self.path(object, through, at) {
                Shape::Record(of) => of,
                _ => return,
            },
            _ => return,
        };
        let Some(known) = self.around.world.states(of) else { return };
        for (state, at) in texts(value) {
            if !known.contains(&state) {
                let message = text!("no flow of {of} has a state `{state}`", "{of} 的流程没有状态 `{state}`");
                self.report_near(code!("bad-value"), at, message, state, known.iter().copied());
            }
        }
    }

    /// What a path from a record leads to; of lists, to their items.
    fn path(&mut self, object: Name, path: &str, at: Position) -> Shape {
        let mut typed = Typed::from(Shape::Record(object));
        for part in path.split('.') {
            if let Shape::List(item) = typed.shape {
                typed = Typed::from(*item);
            }
            typed = self.property(&typed, part, at);
        }
        typed.shape
    }

    /// How a field is compared, where that is written out.
    fn operators(&mut self, value: &Expr) {
        for (key, _) in entries(Some(value)) {
            if !OPERATORS.contains(&key.name.as_str()) {
                let (name, position) = (key.name.as_str(), key.pos);
                let message = text!("there is no operator `{name}`", "没有运算符 `{name}`");
                self.report_near(code!("unknown-operator"), position, message, name, OPERATORS.iter().copied());
            }
        }
    }

    fn of_ledger(&mut self, function: &str, literal: Option<(&str, Position)>, args: &[Expr]) -> Typed {
        self.remember(function, literal.map(|(text, _)| text));
        let given = self.all(args);
        let result = if function == "post" { Shape::Nothing } else { Shape::Decimal };
        let Some((name, at)) = literal else { return result.into() };
        let Some(dimensions) = self.around.world.ledger(name) else {
            let known = self.around.world.ledgers();
            let message = text!("there is no ledger `{name}`", "没有台账 `{name}`");
            self.report_near(code!("unknown-ledger"), at, message, name, known);
            return result.into();
        };
        if function == "post" {
            self.copy_members(Given::Dimension, args.get(1), given.get(1));
        }
        for (key, value) in entries(args.get(1)) {
            match dimensions.iter().find(|(known, _)| known == key.name.as_str()) {
                Some((_, shape)) => self.compare_literal(shape, value),
                None => {
                    let (name, position) = (key.name.as_str(), key.pos);
                    let known = dimensions.iter().map(|(name, _)| name.as_str());
                    let message = text!("the ledger has no dimension `{name}`", "台账没有维度 `{name}`");
                    self.report_near(code!("unknown-field"), position, message, name, known);
                }
            }
        }
        result.into()
    }

    /// Working time in the calendar of the last argument.
    fn in_calendar(&mut self, function: &str, args: &[Expr]) -> Typed {
        self.remember(function, None);
        self.all(args);
        if let Some(Expr::StringConstant(name, at)) = args.last()
            && !self.around.world.calendar(name)
        {
            let known = self.around.world.calendars();
            let message = text!("there is no calendar `{name}`", "没有日历 `{name}`");
            self.report_near(code!("unknown-calendar"), *at, message, name, known);
        }
        if function == "working_time" { Shape::Duration.into() } else { Shape::Instant.into() }
    }

    fn act(&mut self, args: &[Expr]) -> Typed {
        let record = args.first().map(|record| self.expr(record));
        self.all(args.get(1..).unwrap_or_default());
        if let Some(Expr::StringConstant(action, at)) = args.get(1) {
            self.remember("act", Some(action));
            if let Some(Typed { shape: Shape::Record(object), .. }) = record
                && !self.around.world.action(object, action)
            {
                let message = text!("`{object}` has no action `{action}`", "`{object}` 没有动作 `{action}`");
                self.report(code!("unknown-action"), *at, message);
            }
        }
        Shape::Nothing.into()
    }
}

/// The texts that a condition compares with: one, a list, or those of `eq`, `ne`, `in` and `not_in`.
fn texts(value: &Expr) -> Vec<(&str, Position)> {
    match value {
        Expr::StringConstant(text, at) => vec![(text.as_str(), *at)],
        Expr::Array(items, _) => items.iter().flat_map(texts).collect(),
        Expr::Map(..) => {
            let named = entries(Some(value)).into_iter();
            let named = named.filter(|(key, _)| matches!(key.name.as_str(), "eq" | "ne" | "in" | "not_in"));
            named.flat_map(|(_, value)| texts(value)).collect()
        }
        _ => Vec::new(),
    }
}

/// The entries of a map that is written out.
fn entries(map: Option<&Expr>) -> Vec<(&rhai::Ident, &Expr)> {
    match map {
        Some(Expr::Map(parts, _)) => parts.0.iter().map(|(key, value)| (key, value)).collect(),
        _ => Vec::new(),
    }
}
