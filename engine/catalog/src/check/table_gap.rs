//! `table-gap`: no row of a table covers an input that can occur.
//!
//! # What it does
//! Looks for inputs, within the bounds of the columns, that no row covers, for the hit policies that answer one
//! row. A table whose every output has a default answers that instead, and has no gap. Where expressions in cells
//! decide, it is a warning. A table too large to look through is a warning of its own, `table-too-large`.
//!
//! # Why it matters
//! The command that asks the table would be refused, on the one day somebody comes with that input.
//!
//! # Example
//! ```yaml
//! rows:
//!   - {amount: "< 10", level: 0}
//!   - {amount: "> 10", level: 1}
//! ```
//!
//! # Instead
//! ```yaml
//!   - {amount: ">= 10", level: 1}
//! ```

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics, Severity},
    text,
};

use crate::table::{Table, analysis::Findings};

/// Reports gaps.
pub(crate) fn check(table: &Table, findings: &Findings, out: &mut Diagnostics) {
    if let Some(unknown) = &findings.unknown {
        out.push(Diagnostic::warning(code!("table-too-large"), table.span, unknown.clone()));
    }
    if table.outputs.iter().all(|output| output.default.is_some()) {
        return;
    }
    for gap in &findings.gaps {
        let (en, zh) = (&gap.description.en, &gap.description.zh);
        let message = if gap.proven {
            text!("no row covers {en}", "没有行覆盖 {zh}")
        } else {
            text!("perhaps no row covers {en}", "可能没有行覆盖 {zh}")
        };
        let problem = Diagnostic::error(code!("table-gap"), table.span, message);
        let severity = if gap.proven { Severity::Error } else { Severity::Warning };
        out.push(
            Diagnostic { severity, ..problem }
                .help(text!("add a row, or give every output a `default`", "补一行，或给每个输出加 `default`")),
        );
    }
}
