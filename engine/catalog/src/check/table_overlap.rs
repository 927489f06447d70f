//! `table-overlap`: two rows of a table can hit at once, and the hit policy forbids it.
//!
//! # What it does
//! For `U`, looks for two rows that can hit together; for `A`, for two that can and answer differently. Proven is
//! an error; where an expression decides, it is a warning.
//!
//! # Why it matters
//! The command that asks the table would be refused.
//!
//! # Example
//! ```yaml
//! hit: U
//! rows:
//!   - {amount: "<= 10", level: 0}
//!   - {amount: ">= 10", level: 1}
//! ```
//!
//! # Instead
//! ```yaml
//!   - {amount: "> 10", level: 1}
//! ```

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics, Severity},
    text,
};

use crate::table::{Hit, Table, analysis::Findings};

/// Reports overlaps, at the later row.
pub(crate) fn check(table: &Table, findings: &Findings, out: &mut Diagnostics) {
    if !matches!(table.hit, Hit::Unique | Hit::Any) {
        return;
    }
    for overlap in &findings.overlaps {
        let (first, second) = overlap.rows;
        let row = |n: u32| table.rows.get(n as usize).map_or(table.span, |row| row.span);
        let sure = overlap.proven && (table.hit == Hit::Unique || overlap.differ == Some(true));
        let (one, two) = (first + 1, second + 1);
        let message = match (table.hit, sure) {
            (Hit::Unique, true) => {
                text!("rows {one} and {two} can hit together", "第 {one} 行和第 {two} 行可能同时命中")
            }
            (Hit::Unique, false) => {
                text!("rows {one} and {two} perhaps hit together", "第 {one} 行和第 {two} 行或许会同时命中")
            }
            (_, true) => text!(
                "rows {one} and {two} can hit together and answer differently",
                "第 {one} 行和第 {two} 行可能同时命中，但结果不同"
            ),
            (_, false) => text!(
                "rows {one} and {two} perhaps hit together and answer differently",
                "第 {one} 行和第 {two} 行或许会同时命中且结果不同"
            ),
        };
        let severity = if sure { Severity::Error } else { Severity::Warning };
        let problem = Diagnostic::error(code!("table-overlap"), row(second), message);
        out.push(Diagnostic { severity, ..problem }.related(row(first), text!("the other row", "另一行")));
    }
}
