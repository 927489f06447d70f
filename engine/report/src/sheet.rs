//! A computed report as rows and columns for a file.

mod csv;
mod of;
mod xlsx;

pub use self::{csv::to_csv, xlsx::to_xlsx};
pub use crate::number::Unit;

use formwork_model::text::Language;
use jiff::civil::Date;
use rust_decimal::{Decimal, prelude::ToPrimitive as _};

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// What it is called.
    pub title: String,
    /// What it is about, a line each: the period, the filter, when it was made.
    pub notes: Vec<String>,
    /// The rows of headings above the columns, of as many texts as there are columns. The same text several times in a
    /// row is one heading above several columns.
    pub heads: Vec<Vec<String>>,
    /// How many of the first columns name the rows.
    pub names: usize,
    /// The rows.
    pub rows: Vec<Row>,
    /// The language of the numbers.
    pub language: Language,
}

/// A row of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Whether it sums up others.
    pub total: bool,
    /// As many as there are columns.
    pub cells: Vec<Cell>,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A number.
    Number(Decimal, Unit),
    /// A day.
    Date(Date),
}

/// A file that can't be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The CSV writer failed.
    #[error("the CSV can't be written: {0}")]
    Csv(#[from] ::csv::Error),
    /// The xlsx writer failed.
    #[error("the xlsx can't be written: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// The rest of a file can't be handed over.
    #[error("the file can't be written: {0}")]
    Write(#[from] std::io::Error),
}

/// Digits behind the point that a computed number keeps.
const DIGITS: u32 = 6;

fn kept(number: Decimal) -> Decimal {
    number.round_dp(DIGITS).normalize()
}

/// `26:05:00`, which spreadsheets read as a duration.
fn clock(seconds: Decimal) -> String {
    let all = seconds.round().to_i64().unwrap_or_default();
    let (sign, all) = (if all < 0 { "-" } else { "" }, all.unsigned_abs());
    format!("{sign}{}:{:02}:{:02}", all / 3600, all / 60 % 60, all % 60)
}

#[cfg(test)]
mod tests;
