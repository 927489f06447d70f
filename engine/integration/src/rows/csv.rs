//! CSV: UTF-8 with or without a byte order mark, separated by commas, semicolons or tabs.

use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use formwork_model::text;

use super::{MAX_CELL, Rows, data, too_long};
use crate::error::Error;

/// The rows of a CSV file.
pub(super) struct CsvRows {
    reader: csv::Reader<BufReader<File>>,
    header: Vec<String>,
    record: csv::StringRecord,
    size: u64,
}

impl CsvRows {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let mut file = File::open(path).map_err(Error::file(path))?;
        let size = file.metadata().map_err(Error::file(path))?.len();
        let mut start = Vec::new();
        file.by_ref().take(64 * 1024).read_to_end(&mut start).map_err(Error::file(path))?;
        let mark = if start.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        file.seek(SeekFrom::Start(mark)).map_err(Error::file(path))?;
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(&start))
            .flexible(true)
            .from_reader(BufReader::with_capacity(256 * 1024, file));
        let header = reader.headers().map_err(damaged)?;
        let header = header.iter().map(|title| title.trim().to_owned()).collect();
        Ok(Self { reader, header, record: csv::StringRecord::new(), size })
    }
}

/// What separates the columns: whichever of `,`, `;` and tab the first line has most of.
fn delimiter(start: &[u8]) -> u8 {
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |wanted: u8| {
        let mut quoted = false;
        line.iter()
            .filter(|byte| {
                quoted ^= **byte == b'"';
                !quoted && **byte == wanted
            })
            .count()
    };
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|wanted| count(*wanted)).unwrap_or(b',')
}

fn damaged(error: csv::Error) -> Error {
    let line = error.position().map_or(0, csv::Position::line);
    match error.into_kind() {
        csv::ErrorKind::Utf8 { .. } => data(text!(
            "line {line} is not UTF-8; save the file as 'CSV UTF-8'",
            "第 {line} 行不是 UTF-8 编码；请另存为“CSV UTF-8”"
        )),
        csv::ErrorKind::Io(cause) => data(text!("the file can't be read: {cause}", "文件无法读取：{cause}")),
        kind => data(text!("line {line} can't be read: {kind:?}", "第 {line} 行无法读取：{kind:?}")),
    }
}

impl Rows for CsvRows {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn next(&mut self, row: &mut Vec<String>) -> Result<bool, Error> {
        while self.reader.read_record(&mut self.record).map_err(damaged)? {
            if self.record.iter().any(|cell| cell.len() > MAX_CELL) {
                return Err(too_long());
            }
            if self.record.len() > self.header.len()
                && self.record.iter().skip(self.header.len()).any(|cell| !cell.is_empty())
            {
                let line = self.record.position().map_or(0, csv::Position::line);
                return Err(data(text!(
                    "line {line} has more cells than the header",
                    "第 {line} 行的单元格多于标题行"
                )));
            }
            row.clear();
            row.extend(self.record.iter().take(self.header.len()).map(|cell| cell.trim().to_owned()));
            row.resize(self.header.len(), String::new());
            if row.iter().any(|cell| !cell.is_empty()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn progress(&self) -> Option<u16> {
        let at = self.reader.position().byte();
        u16::try_from((at * 1000).checked_div(self.size)?).ok().map(|part| part.min(1000))
    }
}

#[cfg(test)]
mod tests {
    fn rows(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, text).unwrap();
        let mut rows = super::super::open(&path, None).unwrap();
        let header = rows.header().to_vec();
        let (mut all, mut row) = (Vec::new(), Vec::new());
        while rows.next(&mut row).unwrap() {
            all.push(row.clone());
        }
        (header, all)
    }

    #[test]
    fn a_byte_order_mark_semicolons_quotes_and_blank_lines_are_read() {
        let (header, all) = rows("\u{FEFF}名称; 金额\n\"甲;乙\";1\n\n;\n丙\n");
        assert_eq!(header, ["名称", "金额"]);
        assert_eq!(all, [vec!["甲;乙", "1"], vec!["丙", ""]]);
    }

    #[test]
    fn gbk_and_double_columns_are_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, b"name\n\xC4\xE3\xBA\xC3\n").unwrap();
        let mut rows = super::super::open(&path, None).unwrap();
        let error = rows.next(&mut Vec::new()).unwrap_err();
        assert!(error.message().en.contains("UTF-8"), "{error}");
        std::fs::write(&path, "a,a\n1,2\n").unwrap();
        assert!(super::super::open(&path, None).is_err());
    }
}
