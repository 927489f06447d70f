//! xlsx with typed cells: amounts can be summed, dates can be sorted.

use std::path::Path;

use formwork_model::text;
use rust_decimal::prelude::ToPrimitive as _;
use rust_xlsxwriter::{ExcelDateTime, Format as Style, Workbook, Worksheet, XlsxError};

use super::{Cell, Format, Sink};
use crate::{error::Error, rows::data};

/// Collects rows into a workbook.
pub(super) struct XlsxSink {
    workbook: Workbook,
    sheet: Worksheet,
    row: u32,
    styles: Styles,
}

struct Styles {
    title: Style,
    date: Style,
    date_time: Style,
    percent: Style,
    /// By digits after the point.
    money: [Style; 4],
}

impl XlsxSink {
    pub(super) fn new() -> Self {
        let numbers = |digits: usize| Style::new().set_num_format(format!("#,##0{}", fraction(digits)));
        let styles = Styles {
            title: Style::new().set_bold(),
            date: Style::new().set_num_format("yyyy-mm-dd"),
            date_time: Style::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            percent: Style::new().set_num_format("0.##\"%\""),
            money: [0, 1, 2, 3].map(numbers),
        };
        let mut sheet = Worksheet::new();
        // The header stays in view. The first row always exists, so this can't fail.
        let _frozen = sheet.set_freeze_panes(1, 0);
        Self { workbook: Workbook::new(), sheet, row: 0, styles }
    }

    pub(super) fn save(mut self, path: &Path) -> Result<(), Error> {
        self.workbook.push_worksheet(self.sheet);
        self.workbook.save(path).map_err(|error| match error {
            XlsxError::IoError(cause) => Error::File { path: path.to_owned(), cause },
            other => failed(other),
        })
    }

    pub(super) fn into_bytes(mut self) -> Result<Vec<u8>, Error> {
        self.workbook.push_worksheet(self.sheet);
        self.workbook.save_to_buffer().map_err(failed)
    }

    fn write(&mut self, column: u16, cell: &Cell) -> Result<(), XlsxError> {
        let (row, sheet, styles) = (self.row, &mut self.sheet, &self.styles);
        match cell {
            Cell::Empty => {}
            Cell::Text(text) if row == 0 => drop(sheet.write_string_with_format(row, column, text, &styles.title)?),
            Cell::Text(text) => drop(sheet.write_string(row, column, shortened(text))?),
            Cell::Boolean(b) => drop(sheet.write_boolean(row, column, *b)?),
            Cell::Date(date) => {
                let day = ExcelDateTime::from_ymd(
                    u16::try_from(date.year()).unwrap_or(0),
                    date.month().unsigned_abs(),
                    date.day().unsigned_abs(),
                );
                match day {
                    Ok(day) => drop(sheet.write_datetime_with_format(row, column, &day, &styles.date)?),
                    // Before 1900 Excel has no dates.
                    Err(_) => drop(sheet.write_string(row, column, date.to_string())?),
                }
            }
            Cell::DateTime(at) => {
                let text = at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
                match ExcelDateTime::parse_from_str(&text) {
                    Ok(at) => drop(sheet.write_datetime_with_format(row, column, &at, &styles.date_time)?),
                    Err(_) => drop(sheet.write_string(row, column, text)?),
                }
            }
            Cell::Number(number, format) => match exact(*number) {
                None => drop(sheet.write_string(row, column, number.to_string())?),
                Some(n) => match format {
                    Format::Integer | Format::Plain => drop(sheet.write_number(row, column, n)?),
                    Format::Percent => drop(sheet.write_number_with_format(row, column, n, &styles.percent)?),
                    Format::Money(digits) => {
                        let style = styles.money.get(*digits as usize).unwrap_or(&styles.date);
                        sheet.write_number_with_format(row, column, n, style)?;
                    }
                },
            },
        }
        Ok(())
    }
}

fn fraction(digits: usize) -> String {
    if digits == 0 { String::new() } else { format!(".{}", "0".repeat(digits)) }
}

/// The number as Excel keeps it: with 15 digits. A longer one would change, so it stays a text.
fn exact(number: rust_decimal::Decimal) -> Option<f64> {
    let digits = number.normalize().mantissa().unsigned_abs().to_string().len();
    if digits > 15 { None } else { number.to_f64() }
}

/// A cell holds 32,767 characters.
fn shortened(text: &str) -> String {
    text.chars().take(32_767).collect()
}

fn failed(error: XlsxError) -> Error {
    data(text!("the xlsx file can't be written: {error}", "xlsx 文件无法写出：{error}"))
}

impl Sink for XlsxSink {
    fn row(&mut self, cells: Vec<Cell>) -> Result<(), Error> {
        for (column, cell) in cells.iter().enumerate() {
            self.write(u16::try_from(column).unwrap_or(u16::MAX), cell).map_err(failed)?;
        }
        self.row += 1;
        Ok(())
    }
}
