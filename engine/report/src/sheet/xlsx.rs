//! A sheet as xlsx: numbers are numbers with the format of their unit, headings stay in view, totals stand out.

use std::collections::HashMap;

use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::{Cell, Error, Row, Sheet, Unit, clock, kept};

/// The sheet as the content of an xlsx file.
///
/// # Errors
/// When the writer fails, or there are more rows or columns than a file can hold.
pub fn to_xlsx(sheet: &Sheet) -> Result<Vec<u8>, Error> {
    let mut workbook = Workbook::new();
    let page = workbook.add_worksheet();
    page.set_name(tab(&sheet.title))?;
    let mut styles = Styles::default();
    let mut row = 0;
    page.write_string_with_format(row, 0, &sheet.title, &Format::new().set_bold().set_font_size(14))?;
    for note in &sheet.notes {
        row += 1;
        page.write_string_with_format(row, 0, note, &Format::new().set_font_color("#697084"))?;
    }
    row += 2;
    for texts in &sheet.heads {
        heads(page, row, texts, sheet.names)?;
        row += 1;
    }
    page.set_freeze_panes(row, u16::try_from(sheet.names).unwrap_or(1))?;
    for line in &sheet.rows {
        for (at, cell) in line.cells.iter().enumerate() {
            write(page, (row, u16::try_from(at).unwrap_or(u16::MAX)), cell, styles.of(line, cell))?;
        }
        row += 1;
    }
    widths(page, sheet)?;
    page.set_landscape();
    page.set_print_fit_to_pages(1, 0);
    Ok(workbook.save_to_buffer()?)
}

/// A row of headings; one above several columns is one cell.
fn heads(page: &mut Worksheet, row: u32, texts: &[String], names: usize) -> Result<(), XlsxError> {
    let style = |is_name: bool| {
        let align = if is_name { FormatAlign::Left } else { FormatAlign::Center };
        let style = Format::new().set_bold().set_align(align).set_background_color("#EEF1F6");
        style.set_border_bottom(FormatBorder::Thin).set_text_wrap()
    };
    let mut at = 0;
    while let Some(text) = texts.get(at) {
        let is_name = at < names;
        let same = texts.iter().skip(at).take_while(|other| *other == text).count();
        let wide = if is_name || text.is_empty() { 1 } else { same.max(1) };
        let column = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        if wide > 1 {
            page.merge_range(row, column(at), row, column(at + wide - 1), text, &style(is_name))?;
        } else {
            page.write_string_with_format(row, column(at), text, &style(is_name))?;
        }
        at += wide;
    }
    Ok(())
}

fn write(page: &mut Worksheet, (row, column): (u32, u16), cell: &Cell, style: &Format) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => page.write_blank(row, column, style)?,
        Cell::Text(text) => page.write_string_with_format(row, column, text, style)?,
        Cell::Date(day) => {
            let year = u16::try_from(day.year()).unwrap_or(0);
            match ExcelDateTime::from_ymd(year, day.month().unsigned_abs(), day.day().unsigned_abs()) {
                Ok(day) => page.write_datetime_with_format(row, column, &day, style)?,
                // Before 1900 Excel has no dates.
                Err(_) => page.write_string_with_format(row, column, day.to_string(), style)?,
            }
        }
        Cell::Number(number, unit) => match (exact(*number, unit), unit) {
            (Some(number), _) => page.write_number_with_format(row, column, number, style)?,
            (None, Unit::Duration) => page.write_string_with_format(row, column, clock(*number), style)?,
            (None, _) => page.write_string_with_format(row, column, number.to_string(), style)?,
        },
    };
    Ok(())
}

/// The number as Excel keeps it, with 15 digits: a longer one would change, so it stays a text. Per cent are parts of
/// one there, and durations parts of a day, of which Excel has none below zero.
fn exact(number: Decimal, unit: &Unit) -> Option<f64> {
    match unit {
        Unit::Percent => return number.checked_div(Decimal::ONE_HUNDRED)?.to_f64(),
        Unit::Duration if number.is_sign_negative() => return None,
        Unit::Duration => return number.checked_div(Decimal::from(86_400))?.to_f64(),
        Unit::Number | Unit::Money(_) | Unit::Named(_) => {}
    }
    let number = kept(number);
    let digits = number.mantissa().unsigned_abs().to_string().len();
    if digits > 15 { None } else { number.to_f64() }
}

/// The styles in use, by number format and whether the row is a total.
#[derive(Default)]
struct Styles {
    known: HashMap<(String, bool), Format>,
}

impl Styles {
    fn of(&mut self, row: &Row, cell: &Cell) -> &Format {
        let format = match cell {
            Cell::Number(number, unit) => number_format(*number, unit),
            Cell::Date(_) => "yyyy-mm-dd".to_owned(),
            Cell::Empty | Cell::Text(_) => String::new(),
        };
        self.known.entry((format, row.total)).or_insert_with_key(|(format, total)| {
            let mut style = Format::new();
            if !format.is_empty() {
                style = style.set_num_format(format);
            }
            if *total {
                style.set_bold().set_background_color("#F7F8FA").set_border_top(FormatBorder::Thin)
            } else {
                style
            }
        })
    }
}

fn number_format(number: Decimal, unit: &Unit) -> String {
    match unit {
        Unit::Percent => "0.0%".to_owned(),
        Unit::Duration => "[h]:mm:ss".to_owned(),
        Unit::Money(currency) => match currency.digits() {
            0 => "#,##0".to_owned(),
            digits => format!("#,##0.{}", "0".repeat(digits as usize)),
        },
        Unit::Number | Unit::Named(_) if kept(number).fract().is_zero() => "#,##0".to_owned(),
        Unit::Number | Unit::Named(_) => "#,##0.00".to_owned(),
    }
}

/// Columns as wide as what they hold, within reason.
fn widths(page: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    let columns = sheet.heads.iter().map(Vec::len).max().unwrap_or_default();
    let last = sheet.heads.last();
    for at in 0..columns {
        let head = last.and_then(|head| head.get(at)).map_or(0.0, |text| crate::svg::width(text, 1.9));
        let cells = sheet.rows.iter().filter_map(|row| row.cells.get(at)).map(|cell| match cell {
            Cell::Text(text) => crate::svg::width(text, 1.9),
            Cell::Number(number, unit) => crate::svg::width(&crate::number::full(*number, unit, sheet.language), 1.9),
            Cell::Date(_) => 11.0,
            Cell::Empty => 0.0,
        });
        let widest = cells.fold(head, f64::max);
        page.set_column_width(u16::try_from(at).unwrap_or(u16::MAX), (widest + 2.0).clamp(9.0, 48.0))?;
    }
    Ok(())
}

/// What the sheet is called in its tab: at most 31 characters, without those that Excel refuses.
fn tab(title: &str) -> String {
    let kept: String = title.chars().map(|c| if "[]:*?/\\".contains(c) { ' ' } else { c }).take(31).collect();
    let kept = kept.trim().trim_matches('\'').to_owned();
    if kept.is_empty() { "1".to_owned() } else { kept }
}
