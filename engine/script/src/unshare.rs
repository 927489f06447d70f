//! Lets closures capture the variables of a program by value.
//!
//! Rhai shares a captured variable behind a lock and holds that lock while it walks a chain that begins at
//! the variable, so `this.lines.filter(|r| r.price > this.limit)` would fail with a "data race". The
//! variables of a program are handles and never change, so a copy does as well.

use rhai::{AST, Expr, FnCallExpr, Stmt, StmtBlock};

/// The same tree without the sharing of `variables` at the top level of the program.
pub(crate) fn unshare(ast: AST, variables: &[(&str, crate::shape::Shape)]) -> AST {
    let names: Vec<&str> = variables.iter().map(|(name, _)| *name).collect();
    let mut statements = ast.statements().to_vec();
    for stmt in &mut statements {
        Unshare(&names).stmt(stmt);
    }
    AST::new(statements, ast.shared_lib().clone())
}

struct Unshare<'a>(&'a [&'a str]);

impl Unshare<'_> {
    fn block(&self, block: &mut StmtBlock) {
        for stmt in block.statements_mut() {
            self.stmt(stmt);
        }
        // Rhai takes the place of a sharing from its first variable.
        block.statements_mut().retain(|stmt| !matches!(stmt, Stmt::Share(shared) if shared.is_empty()));
    }

    fn stmt(&self, stmt: &mut Stmt) {
        match stmt {
            Stmt::Share(shared) => shared.retain(|(var, _)| !self.0.contains(&var.name.as_str())),
            Stmt::Expr(expr) => self.expr(expr),
            Stmt::FnCall(call, _) => self.call(call),
            Stmt::Block(block) => self.block(block),
            Stmt::If(flow, _) | Stmt::While(flow, _) | Stmt::Do(flow, ..) | Stmt::TryCatch(flow, _) => {
                self.expr(&mut flow.expr);
                self.block(&mut flow.body);
                self.block(&mut flow.branch);
            }
            Stmt::For(parts, _) => {
                self.expr(&mut parts.2.expr);
                self.block(&mut parts.2.body);
            }
            Stmt::Switch(parts, _) => {
                self.expr(&mut parts.0);
                for case in &mut parts.1.expressions {
                    self.expr(&mut case.lhs);
                    self.expr(&mut case.rhs);
                }
            }
            Stmt::Var(parts, ..) => self.expr(&mut parts.1),
            Stmt::Assignment(parts) => {
                self.expr(&mut parts.1.lhs);
                self.expr(&mut parts.1.rhs);
            }
            Stmt::BreakLoop(Some(expr), ..) | Stmt::Return(Some(expr), ..) => self.expr(expr),
            _ => {}
        }
    }

    fn expr(&self, expr: &mut Expr) {
        match expr {
            Expr::Stmt(block) => self.block(block),
            Expr::FnCall(call, _) | Expr::MethodCall(call, _) => self.call(call),
            Expr::Dot(parts, ..) | Expr::Index(parts, ..) => {
                self.expr(&mut parts.lhs);
                self.expr(&mut parts.rhs);
            }
            Expr::And(parts, _) | Expr::Or(parts, _) | Expr::Coalesce(parts, _) => {
                parts.iter_mut().for_each(|part| self.expr(part));
            }
            Expr::Array(parts, _) | Expr::InterpolatedString(parts, _) => {
                parts.iter_mut().for_each(|part| self.expr(part));
            }
            Expr::Map(parts, _) => parts.0.iter_mut().for_each(|(_, value)| self.expr(value)),
            _ => {}
        }
    }

    fn call(&self, call: &mut FnCallExpr) {
        call.args.iter_mut().for_each(|argument| self.expr(argument));
    }
}
