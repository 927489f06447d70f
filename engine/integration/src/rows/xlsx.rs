//! xlsx, cell by cell. A sheet is never loaded as a whole: 5 KB of xlsx can name a range of 125 GB.

use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
    sync::mpsc,
    thread,
};

use calamine::{DataRef, Reader, Xlsx, XlsxError};
use formwork_model::text;

use super::{MAX_CELL, MAX_CELLS, MAX_COLUMNS, MAX_XLSX, Rows, data, too_long};
use crate::error::Error;

/// The rows of a sheet. The cells borrow from the workbook, so a thread of their own reads them.
pub(super) struct XlsxRows {
    header: Vec<String>,
    rows: mpsc::Receiver<Result<Vec<String>, Error>>,
}

impl XlsxRows {
    pub(super) fn open(path: &Path, sheet: Option<&str>) -> Result<Self, Error> {
        check_size(path)?;
        let file = BufReader::new(File::open(path).map_err(Error::file(path))?);
        let workbook: Xlsx<_> = Xlsx::new(file).map_err(damaged)?;
        let names = workbook.sheet_names();
        let sheet = match sheet {
            Some(wanted) => names.iter().find(|name| *name == wanted).cloned().ok_or_else(|| {
                let known = names.join(", ");
                data(text!("there is no sheet `{wanted}`; there are: {known}", "没有工作表 `{wanted}`；现有：{known}"))
            })?,
            None => names.first().cloned().ok_or_else(|| data(text!("the file has no sheet", "文件没有工作表")))?,
        };
        let (send, rows) = mpsc::sync_channel(1024);
        thread::Builder::new()
            .name("xlsx".into())
            .spawn(move || {
                if let Err(error) = read(workbook, &sheet, &send) {
                    let _gone = send.send(Err(error));
                }
            })
            .map_err(Error::file(path))?;
        let mut header = match rows.recv() {
            Ok(first) => first?,
            Err(_) => Vec::new(),
        };
        while header.last().is_some_and(String::is_empty) {
            header.pop();
        }
        Ok(Self { header, rows })
    }
}

/// Refuses a file that is too large, or that says it is too large when unpacked.
fn check_size(path: &Path) -> Result<(), Error> {
    let mut file = File::open(path).map_err(Error::file(path))?;
    let size = file.metadata().map_err(Error::file(path))?.len();
    let tail = size.min(66_000);
    let mut end = Vec::new();
    file.seek(SeekFrom::Start(size - tail)).map_err(Error::file(path))?;
    file.read_to_end(&mut end).map_err(Error::file(path))?;
    let unpacked = unpacked(&mut file, &end).ok_or_else(|| data(text!("this is no xlsx file", "这不是 xlsx 文件")))?;
    if size > MAX_XLSX.0 || unpacked > MAX_XLSX.1 {
        return Err(data(text!(
            "the file is too large: {size} bytes, {unpacked} when unpacked; save it as CSV",
            "文件过大：{size} 字节，解压后 {unpacked} 字节；请另存为 CSV"
        )));
    }
    Ok(())
}

/// How large the parts of a zip file say they are.
fn unpacked(file: &mut File, end: &[u8]) -> Option<u64> {
    let at = end.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let number = |bytes: &[u8], at: usize| Some(u64::from(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)));
    let (length, offset) = (number(end, at + 12)?, number(end, at + 16)?);
    if length > 16 << 20 {
        return None;
    }
    file.seek(SeekFrom::Start(offset)).ok()?;
    let mut directory = vec![0; usize::try_from(length).ok()?];
    file.read_exact(&mut directory).ok()?;
    let (mut sum, mut at) = (0u64, 0);
    while directory.get(at..at + 4) == Some(b"PK\x01\x02") {
        let short = |offset: usize| {
            Some(usize::from(u16::from_le_bytes(directory.get(at + offset..at + offset + 2)?.try_into().ok()?)))
        };
        sum += number(&directory, at + 24)?;
        at += 46 + short(28)? + short(30)? + short(32)?;
    }
    Some(sum)
}

fn damaged(error: XlsxError) -> Error {
    data(text!("the xlsx file can't be read: {error}", "xlsx 文件无法读取：{error}"))
}

type Sender = mpsc::SyncSender<Result<Vec<String>, Error>>;

fn read(mut workbook: Xlsx<BufReader<File>>, sheet: &str, send: &Sender) -> Result<(), Error> {
    let mut cells = workbook.worksheet_cells_reader(sheet).map_err(damaged)?;
    let mut row: Vec<String> = Vec::new();
    let mut at = None;
    let mut count = 0;
    while let Some(cell) = cells.next_cell().map_err(damaged)? {
        count += 1;
        if count > MAX_CELLS {
            return Err(data(text!("the sheet has more than {MAX_CELLS} cells", "工作表超过 {MAX_CELLS} 个单元格")));
        }
        let (line, column) = cell.get_position();
        if at != Some(line) {
            if at.is_some() && send.send(Ok(std::mem::take(&mut row))).is_err() {
                return Ok(());
            }
            at = Some(line);
        }
        let text = render(cell.get_value());
        if text.is_empty() {
            continue;
        }
        let column = column as usize;
        if column >= MAX_COLUMNS {
            return Err(data(text!("the sheet has more than {MAX_COLUMNS} columns", "工作表超过 {MAX_COLUMNS} 列")));
        }
        if text.len() > MAX_CELL {
            return Err(too_long());
        }
        if row.len() <= column {
            row.resize(column + 1, String::new());
        }
        if let Some(place) = row.get_mut(column) {
            *place = text;
        }
    }
    if at.is_some() {
        let _gone = send.send(Ok(row));
    }
    Ok(())
}

fn render(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(n) => n.to_string(),
        DataRef::Float(n) => n.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Bool(b) => b.to_string(),
        DataRef::DateTime(at) if at.is_duration() => format!("{}s", (at.as_f64() * 86_400.0).round()),
        DataRef::DateTime(at) => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            if (hour, minute, second) == (0, 0, 0) { date } else { format!("{date}T{hour:02}:{minute:02}:{second:02}") }
        }
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

impl Rows for XlsxRows {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn next(&mut self, row: &mut Vec<String>) -> Result<bool, Error> {
        while let Ok(next) = self.rows.recv() {
            let mut cells = next?;
            cells.resize(self.header.len(), String::new());
            if cells.iter().any(|cell| !cell.is_empty()) {
                *row = cells;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn progress(&self) -> Option<u16> {
        None
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_sheet_is_read_row_by_row_with_its_types() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.xlsx");
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 3, 1).unwrap();
        let format = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
        sheet.write(0, 0, "名称").unwrap().write(0, 1, "金额").unwrap().write(0, 2, "日期").unwrap();
        sheet.write(1, 0, "甲").unwrap().write(1, 1, 12.5).unwrap();
        sheet.write_datetime_with_format(1, 2, &day, &format).unwrap();
        sheet.write(500_000, 0, "远").unwrap();
        book.save(&path).unwrap();
        let mut rows = super::super::open(&path, None).unwrap();
        assert_eq!(rows.header(), ["名称", "金额", "日期"]);
        let (mut all, mut row) = (Vec::new(), Vec::new());
        while rows.next(&mut row).unwrap() {
            all.push(row.clone());
        }
        assert_eq!(all, [vec!["甲", "12.5", "2026-03-01"], vec!["远", "", ""]]);
        std::fs::write(&path, b"PK nonsense").unwrap();
        assert!(super::super::open(&path, None).is_err());
    }
}
