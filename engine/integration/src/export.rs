//! Exporting a list to CSV or xlsx, page by page, so that a list of any length fits into memory.

mod cell;
mod csv;
mod xlsx;

use std::{collections::HashMap, path::Path};

use formwork_catalog::{
    catalog::Catalog,
    object::{Object, system_label},
};
use formwork_model::{
    code, field_path::FieldPath, field_type::FieldType, id::RecordId, name::Name, record::Record, text, text::Language,
};
use formwork_runtime::{
    book::Book,
    command::Actor,
    query::Query,
    rejection::{Kind, Rejection},
};

use crate::error::Error;

/// What is exported, and how.
#[derive(Debug, Clone)]
pub struct Export {
    /// Which records, in which order. `limit` is the most that is exported.
    pub query: Query,
    /// The columns; none means every field but lines.
    pub fields: Vec<Name>,
    /// `Some`: titles and options as people read them in this language. `None`: names, which an import with
    /// `column: field` of the same name reads back.
    pub language: Option<Language>,
}

/// How many records are read at once.
const PAGE: usize = 500;
/// Rows that an xlsx sheet holds below its header.
pub const MAX_XLSX_ROWS: usize = 1_048_575;

/// What one cell of an export holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Empty,
    Text(String),
    Number(rust_decimal::Decimal, Format),
    Date(jiff::civil::Date),
    DateTime(jiff::civil::DateTime),
    Boolean(bool),
}

/// How a number is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Integer,
    Plain,
    Money(u32),
    Percent,
}

/// Where the rows go.
trait Sink {
    fn row(&mut self, cells: Vec<Cell>) -> Result<(), Error>;
}

/// Writes the records to a file, `.csv` or `.xlsx` by its name, and says how many there were. `progress` is
/// called with how many were written so far.
///
/// # Errors
/// When a field does not exist, the file can't be written, or the store fails.
pub fn to_file(
    book: &Book,
    actor: &Actor,
    export: &Export,
    path: &Path,
    progress: &mut dyn FnMut(usize),
) -> Result<usize, Error> {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xlsx")) {
        let mut sink = xlsx::XlsxSink::new();
        let limit = export.query.limit.min(MAX_XLSX_ROWS);
        let written = write(book, actor, export, limit, &mut sink, progress)?;
        sink.save(path)?;
        return Ok(written);
    }
    let file = std::fs::File::create(path).map_err(Error::file(path))?;
    to_csv(book, actor, export, std::io::BufWriter::new(file), progress)
}

/// Writes the records as CSV to any writer.
///
/// # Errors
/// As [`to_file`].
pub fn to_csv(
    book: &Book,
    actor: &Actor,
    export: &Export,
    out: impl std::io::Write,
    progress: &mut dyn FnMut(usize),
) -> Result<usize, Error> {
    let mut sink = csv::CsvSink::new(out, export.language.is_some())?;
    let written = write(book, actor, export, export.query.limit, &mut sink, progress)?;
    sink.finish()?;
    Ok(written)
}

/// The records as the content of an xlsx file, at most [`MAX_XLSX_ROWS`] of them, and how many there were.
///
/// # Errors
/// As [`to_file`].
pub fn to_xlsx(book: &Book, actor: &Actor, export: &Export) -> Result<(Vec<u8>, usize), Error> {
    let mut sink = xlsx::XlsxSink::new();
    let written = write(book, actor, export, export.query.limit.min(MAX_XLSX_ROWS), &mut sink, &mut |_| ())?;
    Ok((sink.into_bytes()?, written))
}

fn write(
    book: &Book,
    actor: &Actor,
    export: &Export,
    limit: usize,
    sink: &mut dyn Sink,
    progress: &mut dyn FnMut(usize),
) -> Result<usize, Error> {
    let catalog = book.catalog();
    let Some(object) = catalog.object(export.query.object) else {
        let name = export.query.object;
        let message = text!("there is no object `{name}`", "没有对象 `{name}`");
        return Err(Error::Book(Box::new(Rejection::new(Kind::NotFound, code!("unknown-object"), message).into())));
    };
    let hidden = book.eyes(actor).unseen(object.name)?;
    let columns = columns(object, &export.fields, &hidden)?;
    let mut render =
        Render { book, actor, catalog: &catalog, object, language: export.language, titles: HashMap::new() };
    sink.row(columns.iter().map(|(name, _)| Cell::Text(render.title(*name))).collect())?;
    let mut query = Query { limit: PAGE, ..export.query.clone() };
    let mut written = 0;
    loop {
        query.limit = PAGE.min(limit - written);
        if query.limit == 0 {
            return Ok(written);
        }
        let page = book.export(&query, actor)?;
        for record in &page.records {
            let cells = columns.iter().map(|(name, kind)| render.cell(record, *name, kind));
            sink.row(cells.collect::<Result<_, _>>()?)?;
        }
        written += page.records.len();
        progress(written);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(written),
        }
    }
}

/// The columns with their types: those asked for, or the number, the state and every field but lines. What is hidden
/// from whoever exports is no column.
fn columns(object: &Object, fields: &[Name], hidden: &[FieldPath]) -> Result<Vec<(Name, FieldType)>, Error> {
    let own = object.fields.iter().filter(|field| field.kind != FieldType::Lines).map(|field| field.name);
    let system = ["number", "state"].into_iter().filter_map(Name::find);
    let wanted: Vec<Name> = if fields.is_empty() { system.chain(own).collect() } else { fields.to_vec() };
    let mut columns = Vec::with_capacity(wanted.len());
    for name in wanted {
        if fields.is_empty() && name == "number" && object.number.is_none() {
            continue;
        }
        if fields.is_empty() && hidden.contains(&name.into()) {
            continue;
        }
        let Some(kind) = object.kind_of(name).filter(|_| !hidden.contains(&name.into())) else {
            let object = object.name;
            let message = text!("`{object}` has no field `{name}`", "`{object}` 没有字段 `{name}`");
            return Err(Error::Book(Box::new(Rejection::new(Kind::Invalid, code!("unknown-field"), message).into())));
        };
        columns.push((name, kind.clone()));
    }
    Ok(columns)
}

/// Turns records into cells.
struct Render<'a> {
    book: &'a Book,
    actor: &'a Actor,
    catalog: &'a Catalog,
    object: &'a Object,
    language: Option<Language>,
    /// What referenced records are called.
    titles: HashMap<(Name, RecordId), String>,
}

/// How many titles are remembered.
const REMEMBERED: usize = 100_000;

impl Render<'_> {
    fn title(&self, name: Name) -> String {
        let Some(language) = self.language else { return name.to_string() };
        if let Some(field) = self.object.field(name) {
            return field.label.get(language).to_owned();
        }
        system_label(name.as_str()).get(language).to_owned()
    }

    /// What a referenced record is called.
    fn called(&mut self, object: Name, id: RecordId) -> Result<String, Error> {
        if let Some(known) = self.titles.get(&(object, id)) {
            return Ok(known.clone());
        }
        let title = self.book.eyes(self.actor).title(object, id)?;
        if self.titles.len() >= REMEMBERED {
            self.titles.clear();
        }
        self.titles.insert((object, id), title.clone());
        Ok(title)
    }

    fn cell(&mut self, record: &Record, name: Name, kind: &FieldType) -> Result<Cell, Error> {
        cell::cell(self, record, name, kind)
    }
}

#[cfg(test)]
mod tests;
