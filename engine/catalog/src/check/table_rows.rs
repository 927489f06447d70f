//! Rows of a table: gaps, overlaps, rows that never hit. (Waits for `table::analysis`.)

use formwork_model::diagnostic::Diagnostics;

use crate::table::Table;

/// Nothing yet.
pub(crate) fn check(_table: &Table, _out: &mut Diagnostics) {}
