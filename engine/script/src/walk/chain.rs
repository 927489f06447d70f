//! Chains: `this.customer.level`, `this.lines[0].price`, `this.lines.sum("total")`.

use formwork_model::{code, text};
use rhai::{ASTFlags, Expr, FnCallExpr, Position};

use super::{
    Typed, Walk,
    carried::{field_of, passes_on},
    extend,
};
use crate::shape::Shape;

/// Functions of lists and texts that change their receiver and give nothing.
const CHANGING: [&str; 11] =
    ["push", "append", "insert", "clear", "truncate", "chop", "sort", "reverse", "dedup", "pad", "crop"];

/// One step of a chain.
pub(crate) enum Link<'e> {
    /// `.name`
    Property(&'e str, Position),
    /// `[index]`
    Index(&'e Expr),
    /// `.name(…)`
    Method(&'e FnCallExpr, Position),
}

/// The root of a chain and its steps. Rhai nests chains to the right.
pub(crate) fn links(expr: &Expr) -> (&Expr, Vec<Link<'_>>) {
    let mut out = Vec::new();
    let root = match expr {
        Expr::Dot(parts, ..) => {
            step(false, ASTFlags::empty(), &parts.rhs, &mut out);
            &parts.lhs
        }
        Expr::Index(parts, flags, _) => {
            step(true, *flags, &parts.rhs, &mut out);
            &parts.lhs
        }
        other => other,
    };
    (root, out)
}

fn step<'e>(index: bool, flags: ASTFlags, rhs: &'e Expr, out: &mut Vec<Link<'e>>) {
    let whole = index && flags.intersects(ASTFlags::BREAK);
    match rhs {
        Expr::Dot(parts, ..) if !whole => {
            push(index, &parts.lhs, out);
            step(false, ASTFlags::empty(), &parts.rhs, out);
        }
        Expr::Index(parts, further, _) if !whole => {
            push(index, &parts.lhs, out);
            step(true, *further, &parts.rhs, out);
        }
        last => push(index, last, out),
    }
}

fn push<'e>(index: bool, expr: &'e Expr, out: &mut Vec<Link<'e>>) {
    out.push(match expr {
        _ if index => Link::Index(expr),
        Expr::Property(name, position) => Link::Property(&name.2, *position),
        Expr::MethodCall(call, position) => Link::Method(call, *position),
        other => Link::Index(other),
    });
}

impl Walk<'_> {
    pub(super) fn chain(&mut self, expr: &Expr) -> Typed {
        let typed = self.place_of(expr);
        self.read(&typed.path);
        typed
    }

    /// A chain that is not read but assigned to.
    pub(super) fn place_of(&mut self, expr: &Expr) -> Typed {
        let (root, links) = links(expr);
        let mut typed = self.expr(root);
        // The field that the step before has taken a copy of.
        let mut field = None;
        for link in links {
            if let (Some(name), Link::Method(call, position)) = (field.take(), &link) {
                self.lost(name, call, *position);
            }
            if let (Link::Property(name, _), Shape::Record(_) | Shape::Row(..)) = (&link, &typed.shape) {
                field = Some(*name);
            }
            typed = match link {
                Link::Property(name, position) => self.property(&typed, name, position),
                Link::Index(index) => {
                    let given = self.expr(index).shape;
                    match (&typed.shape, given) {
                        (Shape::List(item), _) => typed.item((**item).clone()),
                        _ => match index {
                            Expr::StringConstant(name, position) => self.property(&typed, name, *position),
                            _ => Typed::from(Shape::Any).carrying(&typed.carried),
                        },
                    }
                }
                Link::Method(call, position) => {
                    self.read(&typed.path);
                    let result = self.method_call(typed, call, position);
                    if let (Expr::Variable(name, ..), true) = (root, CHANGING.contains(&call.name.as_str())) {
                        self.add_to(&name.1, None, &result);
                    }
                    result
                }
            };
        }
        typed
    }

    /// A field gives a copy: a function that changes its receiver and gives nothing is of no use on it.
    fn lost(&mut self, field: &str, call: &FnCallExpr, position: Position) {
        let name = call.name.as_str();
        if CHANGING.contains(&name) {
            self.report(
                code!("lost-change"),
                position,
                text!(
                    "`{name}` changes a copy of `{field}` and is lost; change a variable and assign it to the field",
                    "`{name}` 只改变 `{field}` 的副本，不会保存；请先放入变量修改，再赋值给字段"
                ),
            );
        }
    }

    pub(super) fn ends_in_index(&self, expr: &Expr) -> bool {
        matches!(links(expr).1.last(), Some(Link::Index(_)))
    }

    /// A property of a value of known shape.
    pub(super) fn property(&mut self, of: &Typed, name: &str, position: Position) -> Typed {
        let path = extend(&of.path, name);
        let (field, mut carried) = (field_of(&of.shape, name), of.carried_by(name));
        carried.extend(field.filter(|field| self.around.world.is_sensitive(*field)));
        let shape = match &of.shape {
            Shape::Any => Shape::Any,
            Shape::Nothing => Shape::Nothing,
            Shape::Record(object) => match self.around.world.field(*object, name) {
                Some(shape) => shape,
                None => {
                    let known = self.around.world.fields(*object);
                    return self.no_field(&of.shape, name, position, &known);
                }
            },
            Shape::Row(object, lines) => match self.around.world.row_field(*object, *lines, name) {
                Some(shape) => shape,
                None => {
                    let known = self.around.world.row_fields(*object, *lines);
                    return self.no_field(&of.shape, name, position, &known);
                }
            },
            Shape::Map(entries) => match entries.iter().find(|(known, _)| known == name) {
                Some((_, shape)) => shape.clone(),
                None => {
                    let known: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
                    return self.no_field(&of.shape, name, position, &known);
                }
            },
            other => match built_in(other, name) {
                Ok(shape) => shape,
                Err(known) => return self.no_field(&of.shape, name, position, known),
            },
        };
        if matches!(of.shape, Shape::List(_) | Shape::Text) && !passes_on(name, &shape) {
            carried.clear();
        }
        Typed { shape, path, field, carried, members: Vec::new() }
    }

    fn no_field(&mut self, shape: &Shape, name: &str, position: Position, known: &[&str]) -> Typed {
        let (of, of_zh) = (shape.word(), shape.word_zh());
        self.report_near(
            code!("unknown-field"),
            position,
            text!("{of} has no field `{name}`", "{of_zh}没有字段 `{name}`"),
            name,
            known.iter().copied(),
        );
        Shape::Any.into()
    }
}

/// The properties of values that are no records; the error lists what there is.
fn built_in(shape: &Shape, name: &str) -> Result<Shape, &'static [&'static str]> {
    let (known, result): (&'static [&'static str], Shape) = match shape {
        Shape::Date => (&["year", "month", "day", "weekday", "quarter"], Shape::Int),
        Shape::Duration => (&["days", "hours", "minutes", "seconds"], Shape::Decimal),
        Shape::Geo => (&["lat", "lon"], Shape::Decimal),
        Shape::File if name == "size" => (&["size"], Shape::Int),
        Shape::File => (&["name", "media", "sha256"], Shape::Text),
        Shape::List(_) | Shape::Text | Shape::Choice(_) => (&["len"], Shape::Int),
        _ => (&[], Shape::Any),
    };
    if known.contains(&name) { Ok(result) } else { Err(known) }
}
