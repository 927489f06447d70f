//! `dead-row`: a row of a table never counts.
//!
//! # What it does
//! Looks for rows that nothing within the columns' bounds can meet, and for rows whose every input earlier rows
//! take. Under `U` the second kind is an overlap already.
//!
//! # Why it matters
//! Somebody maintains the row in the belief that it does something.
//!
//! # Example
//! ```yaml
//! hit: F
//! rows:
//!   - {level: 0}
//!   - {amount: "< 10", level: 1}
//! ```
//!
//! # Instead
//! ```yaml
//!   - {amount: "< 10", level: 1}
//!   - {level: 0}
//! ```

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    text,
};

use crate::table::{Hit, Table, analysis::Findings};

/// Warns of rows that never count.
pub(crate) fn check(table: &Table, findings: &Findings, out: &mut Diagnostics) {
    for dead in &findings.dead {
        if matches!(table.hit, Hit::Unique | Hit::Any) && !dead.covered_by.is_empty() {
            continue;
        }
        let row = |n: u32| table.rows.get(n as usize).map_or(table.span, |row| row.span);
        let number = dead.row + 1;
        let message = if dead.covered_by.is_empty() {
            text!("nothing can meet row {number}", "没有输入能匹配第 {number} 行")
        } else {
            text!(
                "row {number} never counts: earlier rows take all of it",
                "第 {number} 行永远不起作用：前面的行已全部覆盖"
            )
        };
        let mut problem = Diagnostic::warning(code!("dead-row"), row(dead.row), message);
        for other in dead.covered_by.iter().take(5) {
            problem = problem.related(row(*other), text!("takes part of it", "覆盖了其中一部分"));
        }
        out.push(problem);
    }
}
