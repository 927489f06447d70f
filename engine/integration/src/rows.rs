//! The rows of a data file, one after the other: CSV or xlsx, told by the file's name.

mod csv;
pub mod sheet;
mod xlsx;

use std::path::Path;

use formwork_model::{code, text};

use crate::error::Error;

/// The greatest length of one cell in bytes.
pub const MAX_CELL: usize = 1 << 20;
/// The greatest number of columns.
pub const MAX_COLUMNS: usize = 1_000;
/// The greatest number of cells of an xlsx sheet.
pub const MAX_CELLS: u64 = 100_000_000;
/// The greatest size of an xlsx file, and of what is inside it when unpacked.
pub const MAX_XLSX: (u64, u64) = (256 << 20, 2 << 30);
/// The same of one that is sent to a server: its texts are kept in memory while it is read, beside everybody else's.
pub const MAX_SENT: (u64, u64) = (32 << 20, 128 << 20);

/// What the rows are read from.
pub trait Rows {
    /// The titles of the columns.
    fn header(&self) -> &[String];
    /// The next row into `row`, with one cell a column; `false` after the last one. Blank rows are left out.
    ///
    /// # Errors
    /// When the file is damaged or too large.
    fn next(&mut self, row: &mut Vec<String>) -> Result<bool, Error>;
    /// How much of the file was read, in thousandths; `None` when that is not known.
    fn progress(&self) -> Option<u16>;
}

/// Opens a data file.
///
/// # Errors
/// When it can't be opened, or has no header.
pub fn open(path: &Path, sheet: Option<&str>) -> Result<Box<dyn Rows>, Error> {
    open_within(path, sheet, MAX_XLSX)
}

/// As [`open`], within these sizes of an xlsx file.
fn open_within(path: &Path, sheet: Option<&str>, most: (u64, u64)) -> Result<Box<dyn Rows>, Error> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    let rows: Box<dyn Rows> = match extension.as_str() {
        "csv" | "txt" => Box::new(csv::CsvRows::open(path)?),
        "xlsx" | "xlsm" => Box::new(xlsx::XlsxRows::open(path, sheet, most)?),
        _ => {
            let name = path.display();
            return Err(data(text!("{name} is neither a .csv nor an .xlsx file", "{name} 不是 .csv 或 .xlsx 文件")));
        }
    };
    check_header(rows.header())?;
    Ok(rows)
}

fn check_header(header: &[String]) -> Result<(), Error> {
    if header.iter().all(String::is_empty) {
        return Err(data(text!("the file has no header line", "文件没有标题行")));
    }
    if header.len() > MAX_COLUMNS {
        return Err(data(text!("the file has more than {MAX_COLUMNS} columns", "文件超过 {MAX_COLUMNS} 列")));
    }
    for (i, title) in header.iter().enumerate().filter(|(_, title)| !title.is_empty()) {
        if header.iter().take(i).any(|known| known == title) {
            return Err(data(text!("two columns are called `{title}`", "有两列都叫 `{title}`")));
        }
    }
    Ok(())
}

/// The data file is not as it should be.
pub(crate) fn data(message: formwork_model::text::Text) -> Error {
    Error::Data { code: code!("bad-data-file"), message }
}

fn too_long() -> Error {
    data(text!("a cell is longer than 1 MiB", "有单元格超过 1 MiB"))
}
