//! Mapping files, `NAME.import.yaml`: which column of a data file goes into which field.
//!
//! ```yaml
//! import: opportunities
//! object: opportunity
//! from: sales_pipeline.csv         # beside this file; --from replaces it. sheet: NAME for xlsx
//! key: external_id                 # the field an existing record is found by; without it every row is new
//! mode: skip                       # skip (default), update, update_only
//! columns:
//!   opportunity_id: external_id    # column: field
//!   sales_agent: {to: agent, by: name}              # a reference, found by this field of the other object
//!   product: {to: product, by: name, table: product_alias}   # looked up in a table with one text input
//!   closed: {to: close_date, date: "%d.%m.%Y"}      # in this format, or any that forms take
//!   size: {to: staff, default: 1}                   # where the cell is empty
//!   note: {to: note, skip_empty: false}             # an empty cell empties the field
//!   parent: {to: parent, by: name, later: true}     # set in a second pass, when every row is there
//! set:
//!   origin: import                                  # a value, or = an expression over `row`
//!   amount: = decimal(row.price) * integer(row.count)
//! then:                            # actions of a new record, in the same commit
//!   - {when: row.stage == "Won", act: win, input: {close_value: value_column}}
//! ```
//!
//! In `input`, a text names a column, and `= …` is an expression. In expressions an empty cell is `()`.

mod parse;

use std::{path::Path, sync::Arc};

use formwork_catalog::catalog::Catalog;
use formwork_model::{field_type::FieldType, name::Name};
use formwork_runtime::command::ImportMode;
use formwork_script::program::Program;
use serde_json::Value as Json;

use crate::{error::Error, rows, rows::Rows};

/// A mapping, checked against a catalog and the header of its data file.
#[derive(Debug)]
pub struct Mapping {
    /// Its name.
    pub name: String,
    /// The object whose records come in.
    pub object: Name,
    /// The data file.
    pub from: std::path::PathBuf,
    /// The sheet of an xlsx file; default is the first.
    pub sheet: Option<String>,
    /// The field an existing record is found by.
    pub key: Option<Name>,
    /// What happens to rows whose record exists, or does not.
    pub mode: ImportMode,
    /// What the columns of the file are called in expressions, in file order.
    pub(crate) titles: Vec<Name>,
    pub(crate) columns: Vec<Column>,
    pub(crate) set: Vec<(Name, From)>,
    pub(crate) then: Vec<Then>,
}

/// A column that goes into a field.
#[derive(Debug)]
pub(crate) struct Column {
    /// Position in the file.
    pub(crate) index: usize,
    pub(crate) field: Name,
    pub(crate) kind: FieldType,
    /// The table that says what a text stands for.
    pub(crate) table: Option<Lookup>,
    /// The field of the other object that a reference is found by.
    pub(crate) by: Option<Name>,
    pub(crate) date: Option<Arc<str>>,
    pub(crate) default: Option<Arc<str>>,
    pub(crate) skip_empty: bool,
    pub(crate) later: bool,
}

/// A table with one input, and which of its outputs counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lookup {
    pub(crate) table: Name,
    pub(crate) input: Name,
    pub(crate) output: Name,
}

/// Where a value comes from.
#[derive(Debug)]
pub(crate) enum From {
    /// As it stands.
    Literal(Json),
    /// A column.
    Column(usize),
    /// Computed over `row`.
    Program(Box<Program>),
}

/// An action to take.
#[derive(Debug)]
pub(crate) struct Then {
    pub(crate) when: Option<Program>,
    pub(crate) act: Name,
    pub(crate) input: Vec<(Name, From)>,
}

impl Mapping {
    /// Reads a mapping file and checks it against the catalog and the header of its data file. `from` replaces
    /// the data file the mapping names.
    ///
    /// # Errors
    /// When a file can't be read, or the mapping is wrong: then with diagnostics.
    pub fn open(path: &Path, from: Option<&Path>, catalog: &Catalog) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(Error::file(path))?;
        parse::parse(path, &text, from, catalog)
    }

    /// As [`Mapping::open`], with the text of the mapping already there; `path` is for messages, and the folder
    /// beside which the data file lies.
    ///
    /// # Errors
    /// As [`Mapping::open`].
    pub fn parse(path: &Path, text: &str, from: Option<&Path>, catalog: &Catalog) -> Result<Self, Error> {
        parse::parse(path, text, from, catalog)
    }

    /// Opens the data file.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn rows(&self) -> Result<Box<dyn Rows>, Error> {
        rows::open(&self.from, self.sheet.as_deref())
    }
}
