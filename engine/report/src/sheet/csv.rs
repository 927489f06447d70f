//! A sheet as CSV: one row of headings, then the rows, nothing that a program would stumble over.

use formwork_model::spreadsheet::harmless;

use super::{Cell, Error, Sheet, Unit, clock, kept};

/// The sheet as CSV with the mark by which spreadsheets know UTF-8. Headings in several rows become one text a column.
///
/// # Errors
/// When the writer fails.
pub fn to_csv(sheet: &Sheet) -> Result<Vec<u8>, Error> {
    let mut out = "\u{feff}".as_bytes().to_vec();
    let mut writer = ::csv::Writer::from_writer(&mut out);
    let columns = sheet.heads.iter().map(Vec::len).max().unwrap_or_default();
    writer.write_record((0..columns).map(|at| harmless(heading(sheet, at))))?;
    for row in &sheet.rows {
        writer.write_record(row.cells.iter().map(written))?;
    }
    writer.flush()?;
    drop(writer);
    Ok(out)
}

/// The headings above a column, from the top.
fn heading(sheet: &Sheet, at: usize) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for text in sheet.heads.iter().filter_map(|row| row.get(at)).filter(|text| !text.is_empty()) {
        if parts.last() != Some(&text.as_str()) {
            parts.push(text);
        }
    }
    parts.join(" · ")
}

fn written(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => harmless(text.clone()),
        Cell::Number(number, Unit::Duration) => clock(*number),
        Cell::Number(number, _) => kept(*number).to_string(),
        Cell::Date(day) => day.to_string(),
    }
}
