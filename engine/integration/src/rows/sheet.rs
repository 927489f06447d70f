//! A small table of texts as an xlsx sheet, out and in: for what is a grid already, such as the rows of a decision table.

use std::io::Write as _;

use formwork_model::text;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::{MAX_SENT, data, open_within};
use crate::error::Error;

/// Rows of a sheet that is read as a whole.
pub const MAX_ROWS: usize = 100_000;

/// The content of an xlsx file. Every cell is a text, so that `2026-03` stays what it is, and nothing is a formula.
///
/// # Errors
/// When there are more rows or columns than a sheet holds.
pub fn write(columns: &[String], rows: &[Vec<String>]) -> Result<Vec<u8>, Error> {
    let failed = |error: XlsxError| data(text!("the sheet can't be written: {error}", "无法写出工作表：{error}"));
    let mut workbook = Workbook::new();
    let (title, plain) = (Format::new().set_bold().set_num_format("@"), Format::new().set_num_format("@"));
    let sheet = workbook.add_worksheet();
    sheet.set_freeze_panes(1, 0).map_err(failed)?;
    let lines = std::iter::once((columns, &title)).chain(rows.iter().map(|row| (row.as_slice(), &plain)));
    for (line, (cells, format)) in (0..).zip(lines) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string_with_format(line, column, cell, format).map_err(failed)?;
        }
    }
    workbook.save_to_buffer().map_err(failed)
}

/// The first line of the first sheet of an xlsx file, and those below it.
///
/// # Errors
/// When it is none, is damaged, or is too large.
pub fn read(content: &[u8]) -> Result<(Vec<String>, Vec<Vec<String>>), Error> {
    let failed = |error: std::io::Error| data(text!("the file can't be kept: {error}", "无法暂存文件：{error}"));
    let mut file = tempfile::Builder::new().suffix(".xlsx").tempfile().map_err(failed)?;
    file.write_all(content).and_then(|()| file.flush()).map_err(failed)?;
    let mut rows = open_within(file.path(), None, MAX_SENT)?;
    let (mut all, mut row) = (Vec::new(), Vec::new());
    while rows.next(&mut row)? {
        if all.len() == MAX_ROWS {
            return Err(data(text!("the sheet has more than {MAX_ROWS} rows", "工作表超过 {MAX_ROWS} 行")));
        }
        all.push(std::mem::take(&mut row));
    }
    Ok((rows.header().to_vec(), all))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_goes_out_comes_in_as_it_was() {
        let columns = ["amount".to_owned(), "级别".to_owned()];
        let rows = [["< 100", "2026-03"], ["=1+1", "007"]].map(|row| row.map(str::to_owned).to_vec());
        let content = super::write(&columns, &rows).unwrap();
        assert_eq!(super::read(&content).unwrap(), (columns.to_vec(), rows.to_vec()));
        assert!(super::read(b"PK no sheet").is_err());
    }
}
