//! Statements.

use formwork_model::{code, name::Name, text};
use rhai::{ASTFlags, Expr, Position, Stmt};

use super::{Link, Typed, Walk, links, shapes};
use crate::{
    program::{Given, Mode},
    shape::Shape,
};

impl Walk<'_> {
    /// Walks statements in a block of their own and gives the shape of the last.
    pub(super) fn block(&mut self, statements: &[Stmt]) -> Typed {
        let outer = self.variables.len();
        let mut last = Typed::from(Shape::Nothing);
        for stmt in statements {
            last = self.stmt(stmt);
        }
        self.variables.truncate(outer);
        last
    }

    /// Walks the statements of a program or function and gives the shape of its result.
    pub(crate) fn body(&mut self, statements: &[Stmt]) -> Typed {
        let outer = std::mem::take(&mut self.returns);
        let result = self.block(statements);
        std::mem::replace(&mut self.returns, outer).into_iter().fold(result, Typed::or)
    }

    fn stmt(&mut self, stmt: &Stmt) -> Typed {
        match stmt {
            Stmt::Expr(expr) => return self.expr(expr),
            Stmt::FnCall(call, position) => return self.function_call(call, *position),
            Stmt::Block(block) => return self.block(block.statements()),
            Stmt::If(flow, _) => {
                self.condition(&flow.expr);
                let yes = self.block(flow.body.statements());
                let no = self.block(flow.branch.statements());
                return yes.or(no);
            }
            Stmt::Switch(parts, _) => return self.switch(parts),
            Stmt::Var(parts, _, _) => {
                let mut typed = self.expr(&parts.1);
                // A map that is built up has no fixed keys.
                if matches!(parts.1, Expr::Map(..)) {
                    typed.shape = Shape::Any;
                }
                self.bind(&parts.0.name, typed);
            }
            Stmt::Assignment(parts) => self.assignment(&parts.0, &parts.1),
            Stmt::While(flow, _) | Stmt::Do(flow, _, _) => {
                if !matches!(flow.expr, Expr::Unit(_)) {
                    self.condition(&flow.expr);
                }
                self.block(flow.body.statements());
            }
            Stmt::For(parts, _) => self.walk_for(parts),
            Stmt::TryCatch(flow, _) => {
                self.block(flow.body.statements());
                self.block(flow.branch.statements());
            }
            Stmt::BreakLoop(Some(expr), ..) => {
                self.expr(expr);
            }
            Stmt::Return(value, flags, _) => {
                let typed = value.as_ref().map_or(Typed::from(Shape::Nothing), |expr| self.expr(expr));
                if !flags.intersects(ASTFlags::BREAK) {
                    self.returns.push(typed);
                }
            }
            _ => {}
        }
        Typed::from(Shape::Nothing)
    }

    fn switch(&mut self, parts: &(Expr, rhai::SwitchCasesCollection)) -> Typed {
        self.expr(&parts.0);
        let mut result = Typed::from(Shape::Nothing);
        for case in &parts.1.expressions {
            if !matches!(case.lhs, Expr::BoolConstant(..)) {
                self.condition(&case.lhs);
            }
            result = result.or(self.expr(&case.rhs));
        }
        result
    }

    fn walk_for(&mut self, parts: &(rhai::Ident, Option<rhai::Ident>, rhai::FlowControl)) {
        let (item, counter, flow) = parts;
        let list = self.expr(&flow.expr);
        let shape = match &list.shape {
            Shape::List(item) => (**item).clone(),
            Shape::Any => Shape::Any,
            other => {
                let (word, zh) = (other.word(), other.word_zh());
                self.report(
                    code!("type-mismatch"),
                    flow.expr.start_position(),
                    text!("only a list can be walked through, this is {word}", "只能遍历列表，这里是{zh}"),
                );
                Shape::Any
            }
        };
        let outer = self.variables.len();
        self.bind(&item.name, list.item(shape));
        if let Some(counter) = counter {
            self.bind(&counter.name, Typed::from(Shape::Int));
        }
        self.block(flow.body.statements());
        self.variables.truncate(outer);
    }

    /// An expression that must be true or false.
    pub(super) fn condition(&mut self, expr: &Expr) {
        let typed = self.expr(expr);
        if typed.shape != Shape::Bool && !shapes::is_open(&typed.shape) {
            let (word, zh) = (typed.shape.word(), typed.shape.word_zh());
            self.report(
                code!("type-mismatch"),
                expr.start_position(),
                text!("this must be true or false, it is {word}", "这里应为真或假，实际是{zh}"),
            );
        }
    }

    fn assignment(&mut self, op: &rhai::OpAssignment, parts: &rhai::BinaryExpr) {
        let value = self.expr(&parts.rhs);
        if let Expr::Variable(name, _, position) = &parts.lhs {
            self.assign_variable(&name.1, *position, op, value);
            return;
        }
        let position = parts.lhs.start_position();
        if self.ends_in_index(&parts.lhs) {
            self.report(
                code!("script-syntax"),
                position,
                text!("an item cannot be assigned; use `set`", "不能直接给元素赋值，请使用 `set`"),
            );
            return;
        }
        if self.around.mode == Mode::Expression {
            self.effect(position, "=");
        }
        let place = self.place_of(&parts.lhs);
        if let Some(write) = &place.path {
            self.writes.insert(write.clone());
        }
        self.note_copy(&parts.lhs, &place, &value);
        self.operate_assign(op, &place.shape, &value.shape);
        if !op.is_op_assignment() {
            self.compare_literal(&place.shape, &parts.rhs);
        }
    }

    fn assign_variable(&mut self, name: &str, position: Position, op: &rhai::OpAssignment, value: Typed) {
        let Some(known) = self.look_up(name).cloned() else {
            self.unknown_variable(name, position);
            return;
        };
        self.add_to(name, None, &value);
        if op.is_op_assignment() {
            self.operate_assign(op, &known.shape, &value.shape);
            return;
        }
        let shape = if shapes::is_open(&known.shape) { value.shape } else { shapes::join(known.shape, value.shape) };
        if let Some(variable) = self.variables.iter_mut().rev().find(|known| known.name == name) {
            variable.typed.members.extend(value.members);
            (variable.typed.shape, variable.typed.path, variable.typed.field) = (shape, None, None);
        }
    }

    /// Notes what an assignment gives to a field, or to a member of a variable.
    fn note_copy(&mut self, to: &Expr, place: &Typed, value: &Typed) {
        if let Some(field) = place.field {
            return self.copy(Given::Field(field), &value.carried, to.start_position());
        }
        if let (Expr::Variable(name, ..), steps) = links(to) {
            let member = match steps.as_slice() {
                [Link::Property(member, _)] => Name::new(member).ok(),
                _ => None,
            };
            self.add_to(&name.1, member, value);
        }
    }

    fn operate_assign(&mut self, op: &rhai::OpAssignment, place: &Shape, value: &Shape) {
        let position = op.position();
        let Some((.., name)) = op.get_op_assignment_info() else {
            if !shapes::comparable(place, value) {
                let (place_zh, value_zh) = (place.word_zh(), value.word_zh());
                let (place, value) = (place.word(), value.word());
                self.report(
                    code!("type-mismatch"),
                    position,
                    text!("{value} does not fit into {place}", "{value_zh}不能放入{place_zh}"),
                );
            }
            return;
        };
        if name == "/" {
            self.report(
                code!("script-syntax"),
                position,
                text!("`/=` is switched off; write `x = x / y`", "`/=` 已关闭，请写成 `x = x / y`"),
            );
        } else {
            self.operate(name, place, value, position);
        }
    }
}
