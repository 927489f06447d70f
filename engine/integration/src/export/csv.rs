//! CSV: UTF-8, and safe to open in a spreadsheet.

use std::io::Write;

use super::{Cell, Sink};
use crate::error::Error;

/// Writes rows as CSV.
pub(super) struct CsvSink<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> CsvSink<W> {
    /// For people, with the mark by which Excel knows UTF-8.
    pub(super) fn new(mut out: W, mark: bool) -> Result<Self, Error> {
        if mark {
            out.write_all(b"\xEF\xBB\xBF").map_err(Error::file("csv"))?;
        }
        Ok(Self { writer: csv::Writer::from_writer(out) })
    }

    pub(super) fn finish(mut self) -> Result<(), Error> {
        self.writer.flush().map_err(Error::file("csv"))
    }
}

impl<W: Write> Sink for CsvSink<W> {
    fn row(&mut self, cells: Vec<Cell>) -> Result<(), Error> {
        self.writer.write_record(cells.into_iter().map(render)).map_err(|error| Error::file("csv")(error.into()))
    }
}

fn render(cell: Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => harmless(text),
        Cell::Number(number, _) => number.to_string(),
        Cell::Date(date) => date.to_string(),
        Cell::DateTime(at) => at.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        Cell::Boolean(b) => b.to_string(),
    }
}

/// A text that a spreadsheet would run as a formula gets a quote in front. Plain numbers and phone numbers with
/// a sign are left alone.
fn harmless(text: String) -> String {
    let starts = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let plain = text.chars().skip(1).all(|c| c.is_ascii_digit() || matches!(c, '.' | ' '));
    let number = text.len() > 1 && text.starts_with(['+', '-']) && plain;
    if starts && !number { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_made_harmless_and_numbers_are_not_touched() {
        for bad in ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "-"] {
            assert_eq!(harmless(bad.into()), format!("'{bad}"));
        }
        for good in ["-12.50", "+86 138 0000 0000", "甲=乙", ""] {
            assert_eq!(harmless(good.into()), good);
        }
    }
}
