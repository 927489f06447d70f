//! Refused rows: why, and the file they are written to.

use std::{fs::File, io::Write as _, path::PathBuf};

use formwork_model::{code, code::Code, text, text::Text};
use formwork_runtime::rejection::Rejection;

use crate::error::Error;

/// Why a row was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The row, counted from 1 below the header.
    pub row: u64,
    /// The code.
    pub code: Code,
    /// The field.
    pub field: Option<String>,
    /// What is wrong.
    pub message: Text,
}

impl Refused {
    /// All that is wrong with the row, under the code and field of the first problem.
    pub(super) fn of(row: u64, rejection: &Rejection) -> Self {
        let first = rejection.problems.first();
        let join = |get: fn(&Text) -> &str, between: &str| {
            rejection.problems.iter().map(|problem| get(&problem.message)).collect::<Vec<_>>().join(between)
        };
        Self {
            row,
            code: rejection.code(),
            field: first.and_then(|problem| problem.field.clone()),
            message: Text { en: join(|text| &text.en, "; "), zh: join(|text| &text.zh, "；") },
        }
    }

    pub(super) fn internal() -> Self {
        Self { row: 0, code: code!("internal"), field: None, message: text!("the row failed", "该行处理失败") }
    }
}

/// The columns that are added behind those of the data file.
const ADDED: [&str; 5] = ["refused_row", "refused_code", "refused_field", "refused_en", "refused_zh"];

/// The file of refused rows; made when the first one comes.
pub(super) struct RefusedFile {
    path: Option<PathBuf>,
    header: Vec<String>,
    writer: Option<csv::Writer<File>>,
}

impl RefusedFile {
    pub(super) fn new(path: Option<PathBuf>) -> Self {
        Self { path, header: Vec::new(), writer: None }
    }

    pub(super) fn header(&mut self, header: &[String]) {
        self.header = header.to_vec();
    }

    /// Position of the columns of the data file: a corrected file of refused rows may be refused again.
    fn kept(&self) -> impl Iterator<Item = usize> + '_ {
        self.header.iter().enumerate().filter(|(_, title)| !ADDED.contains(&title.as_str())).map(|(i, _)| i)
    }

    pub(super) fn write(&mut self, cells: &[String], refused: &Refused) -> Result<(), Error> {
        let Some(path) = self.path.clone() else { return Ok(()) };
        if self.writer.is_none() {
            let mut file = File::create(&path).map_err(Error::file(&path))?;
            // Excel takes a file without this mark for the local encoding.
            file.write_all(b"\xEF\xBB\xBF").map_err(Error::file(&path))?;
            let mut writer = csv::Writer::from_writer(file);
            let titles = self.kept().filter_map(|i| self.header.get(i)).map(String::as_str).chain(ADDED);
            writer.write_record(titles).map_err(|error| Error::file(&path)(error.into()))?;
            self.writer = Some(writer);
        }
        let added = [
            refused.row.to_string(),
            refused.code.to_string(),
            refused.field.clone().unwrap_or_default(),
            refused.message.en.clone(),
            refused.message.zh.clone(),
        ];
        let kept: Vec<usize> = self.kept().collect();
        let cells =
            kept.iter().map(|i| cells.get(*i).map_or("", String::as_str)).chain(added.iter().map(String::as_str));
        match &mut self.writer {
            Some(writer) => writer.write_record(cells).map_err(|error| Error::file(&path)(error.into())),
            None => Ok(()),
        }
    }

    pub(super) fn finish(&mut self) -> Result<(), Error> {
        match (&mut self.writer, &self.path) {
            (Some(writer), Some(path)) => writer.flush().map_err(Error::file(path)),
            _ => Ok(()),
        }
    }
}
