//! CSV: UTF-8, and safe to open in a spreadsheet.

use std::io::Write;

use formwork_model::spreadsheet::harmless;

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
