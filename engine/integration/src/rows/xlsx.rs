//! xlsx, cell by cell. A sheet is never loaded as a whole: 5 KB of xlsx can name a range of 125 GB.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
    sync::mpsc,
    thread,
};

use calamine::{DataRef, Reader, Xlsx, XlsxError};
use formwork_model::text;
use zip::ZipArchive;

use super::{MAX_CELL, MAX_CELLS, MAX_COLUMNS, Rows, data, too_long};
use crate::error::Error;

/// The rows of a sheet. The cells borrow from the workbook, so a thread of their own reads them.
pub(super) struct XlsxRows {
    header: Vec<String>,
    rows: mpsc::Receiver<Result<Vec<String>, Error>>,
}

impl XlsxRows {
    pub(super) fn open(path: &Path, sheet: Option<&str>, most: (u64, u64)) -> Result<Self, Error> {
        check_size(path, most)?;
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

/// Refuses a file that is too large, or is when it is unpacked: what it says of that itself is not believed.
fn check_size(path: &Path, most: (u64, u64)) -> Result<(), Error> {
    let file = File::open(path).map_err(Error::file(path))?;
    let size = file.metadata().map_err(Error::file(path))?.len();
    let too_large = || {
        let (size, unpacked) = (most.0 >> 20, most.1 >> 20);
        data(text!(
            "the file is too large: {size} MB at most, {unpacked} MB when unpacked; save it as CSV",
            "文件过大：最大 {size} MB，解压后最大 {unpacked} MB；请另存为 CSV"
        ))
    };
    if size > most.0 {
        return Err(too_large());
    }
    let none = || data(text!("this is no xlsx file", "这不是 xlsx 文件"));
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|_| none())?;
    let mut left = most.1;
    for part in 0..archive.len() {
        let part = archive.by_index(part).map_err(|_| none())?;
        let unpacked = io::copy(&mut part.take(left.saturating_add(1)), &mut io::sink()).map_err(|_| none())?;
        left = left.checked_sub(unpacked).ok_or_else(too_large)?;
    }
    Ok(())
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
    use std::time::{Duration, Instant};

    use super::super::{open, open_within};

    /// A workbook of a megabyte or less that unpacks to so many megabytes of texts.
    fn bomb(path: &std::path::Path, megabytes: u32) {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write(0, 0, "name").unwrap();
        for line in 1..=megabytes * 32 {
            sheet.write(line, 0, format!("{line}{}", "x".repeat(32_000))).unwrap();
        }
        book.save(path).unwrap();
    }

    /// The same file, which says of all parts that they are small.
    fn lying(mut bytes: Vec<u8>) -> Vec<u8> {
        for (mark, at) in [(b"PK\x01\x02", 24), (b"PK\x03\x04", 22)] {
            for place in 0..bytes.len() - 46 {
                if &bytes[place..place + 4] == mark {
                    bytes[place + at..place + at + 4].copy_from_slice(&1_000_u32.to_le_bytes());
                }
            }
        }
        bytes
    }

    #[test]
    fn what_unpacks_to_more_than_it_may_is_refused_whatever_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bomb.xlsx");
        bomb(&path, 12);
        assert!(std::fs::metadata(&path).unwrap().len() < 1 << 20, "it is small");
        open(&path, None).unwrap();
        let refused = open_within(&path, None, (1 << 20, 4 << 20)).err().unwrap();
        assert!(refused.to_string().contains("too large"), "{refused}");
        std::fs::write(&path, lying(std::fs::read(&path).unwrap())).unwrap();
        let refused = open_within(&path, None, (1 << 20, 4 << 20)).err();
        assert!(refused.is_some(), "a file that lies about its size is unpacked");
    }

    #[test]
    fn entities_are_not_multiplied_and_nothing_else_is_read_for_them() {
        let folder = tempfile::tempdir().unwrap();
        let (path, secret) = (folder.path().join("a.xlsx"), folder.path().join("secret"));
        std::fs::write(&secret, "the secret of the host").unwrap();
        let mut laughs = String::from("<!DOCTYPE sst [<!ENTITY a0 \"ha\">");
        for n in 1..30 {
            laughs.push_str(&format!("<!ENTITY a{n} \"&a{};&a{};\">", n - 1, n - 1));
        }
        laughs.push_str(&format!("<!ENTITY file SYSTEM \"file://{}\">]>", secret.display()));
        for entity in ["&a29;", "&file;"] {
            let text = format!(
                "{laughs}<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><si><t>name</t></si><si><t>{entity}</t></si></sst>"
            );
            std::fs::write(&path, stored(&text)).unwrap();
            let began = Instant::now();
            let mut all = String::new();
            if let Ok(mut rows) = open(&path, None) {
                let mut row = Vec::new();
                while rows.next(&mut row).unwrap_or(false) {
                    all.push_str(&row.join(" "));
                }
            }
            assert!(began.elapsed() < Duration::from_secs(5), "{entity}");
            assert!(!all.contains("secret") && all.len() < 1_000, "{entity}: {all:.100}");
        }
    }

    /// A workbook of one sheet with two cells, the texts of which are these.
    fn stored(texts: &str) -> Vec<u8> {
        const HEAD: &str = "<?xml version=\"1.0\"?>";
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let package = "http://schemas.openxmlformats.org/package/2006/relationships";
        let parts = [
            (
                "[Content_Types].xml",
                format!("{HEAD}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>"),
            ),
            (
                "_rels/.rels",
                format!(
                    "{HEAD}<Relationships xmlns=\"{package}\"><Relationship Id=\"rId1\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    "{HEAD}<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "{HEAD}<Relationships xmlns=\"{package}\"><Relationship Id=\"rId1\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"{relations}/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!(
                    "{HEAD}<worksheet xmlns=\"{main}\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row><row r=\"2\"><c r=\"A2\" t=\"s\"><v>1</v></c></row></sheetData></worksheet>"
                ),
            ),
            ("xl/sharedStrings.xml", format!("{HEAD}{texts}")),
        ];
        zip(&parts)
    }

    /// A zip file whose parts are stored as they are.
    fn zip(parts: &[(&str, String)]) -> Vec<u8> {
        let (mut file, mut directory) = (Vec::new(), Vec::new());
        for (name, text) in parts {
            let (at, size) = (file.len() as u32, (text.len() as u32).to_le_bytes());
            let sum = crc(text.as_bytes()).to_le_bytes();
            let shared = [&[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x5a][..], &sum, &size, &size].concat();
            let length = (name.len() as u16).to_le_bytes();
            file.extend([&b"PK\x03\x04"[..], &shared[..], &length, &[0, 0], name.as_bytes(), text.as_bytes()].concat());
            let place = [&[0; 12][..], &at.to_le_bytes()].concat();
            directory.extend([&b"PK\x01\x02\x14\x00"[..], &shared[..], &length, &place, name.as_bytes()].concat());
        }
        let (at, size, count) = (file.len() as u32, directory.len() as u32, (parts.len() as u16).to_le_bytes());
        file.extend(directory);
        file.extend(
            [&b"PK\x05\x06\0\0\0\0"[..], &count[..], &count, &size.to_le_bytes(), &at.to_le_bytes(), &[0, 0]].concat(),
        );
        file
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
        })
    }

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
