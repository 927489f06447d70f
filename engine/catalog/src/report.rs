//! Reports and dashboards, resolved.

use formwork_definition::kind::report::{ChartKind, Step};
use formwork_model::{
    field_type::{Currency, FieldType},
    name::Name,
    source::Span,
    text::Text,
};
use indexmap::IndexMap;
use rust_decimal::Decimal;
use serde_json::Value as Json;

use crate::{
    filter::{self, Filter},
    source::Program,
};

/// Measures over records, by dimensions.
#[derive(Debug)]
pub struct Report {
    /// Its name.
    pub name: Name,
    /// The module folder.
    pub module: Name,
    /// What people read.
    pub label: Text,
    /// What it tells; may be empty.
    pub help: Text,
    /// Where its name was written.
    pub span: Span,
    /// The roles it is for; without any, whoever sees something in it.
    pub roles: Vec<Name>,
    /// The kinds of records, by name. A report `on` an object has one, called like the object.
    pub sources: IndexMap<Name, Source>,
    /// What can be chosen as rows and columns.
    pub dimensions: IndexMap<Name, Dimension>,
    /// What can be shown.
    pub measures: IndexMap<Name, Measure>,
    /// The dimensions that make the rows until somebody chooses others.
    pub rows: Vec<Name>,
    /// The dimensions that make the columns.
    pub columns: Vec<Name>,
    /// The measures that are shown; all of them when nothing else is said.
    pub show: Vec<Name>,
    /// What is drawn.
    pub chart: Option<Chart>,
}

impl Report {
    /// The one kind of records, if there is only one: then a further filter is one over its object.
    pub fn only_source(&self) -> Option<&Source> {
        self.sources.values().next().filter(|_| self.sources.len() == 1)
    }
}

/// One kind of records of a report.
#[derive(Debug)]
pub struct Source {
    /// Its name.
    pub name: Name,
    /// The object.
    pub object: Name,
    /// The field with lines, when each line counts for itself.
    pub lines: Option<Name>,
    /// Which records count.
    pub filter: Option<Condition>,
    /// The date or datetime that the period is laid over.
    pub period: Option<Path>,
}

/// Which records count, and of them which lines.
#[derive(Debug, Clone)]
pub struct Condition {
    /// What holds of the record.
    pub record: Written,
    /// What holds of the line, where each line counts for itself.
    pub line: Option<Written>,
}

/// A filter, and how it is written.
#[derive(Debug, Clone)]
pub struct Written {
    /// The filter.
    pub filter: Filter,
    /// As JSON, for lists that are to be filtered by it too.
    pub json: Json,
}

/// Where a value is found: a field of the record or of the line, perhaps through references.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Whether it begins at the line, not at the record.
    pub of_line: bool,
    /// References to follow first, each from the object before it.
    pub through: Vec<filter::Step>,
    /// The field, or system field, that was reached.
    pub field: Name,
    /// Its type.
    pub kind: FieldType,
    /// What it is called.
    pub label: Text,
}

impl Path {
    /// The first field: the one of the record, or of the line.
    pub fn first(&self) -> Name {
        self.through.first().map_or(self.field, |step| step.field)
    }

    /// The key of a filter: `customer.province`. Of a line it is a key inside `lines: {any: {…}}`.
    pub fn key(&self) -> String {
        let names: Vec<&str> =
            self.through.iter().map(|step| step.field).chain([self.field]).map(Name::as_str).collect();
        names.join(".")
    }
}

/// What records are told apart by.
#[derive(Debug)]
pub struct Dimension {
    /// Its name.
    pub name: Name,
    /// What people read.
    pub label: Text,
    /// The type of the values before they are put together.
    pub kind: FieldType,
    /// How they are put together.
    pub cut: Cut,
    /// Where each source has it, by the name of the source.
    pub by: IndexMap<Name, Path>,
}

/// How values are put together.
#[derive(Debug, Clone, PartialEq)]
pub enum Cut {
    /// Each for itself.
    Each,
    /// Days by a length of time; the value is its first day.
    Step(Step),
    /// Numbers, or of days how many days ago they are: the ascending places where bands begin. The value is where its band
    /// begins; below the first one it is nothing.
    Bands(Vec<Decimal>),
}

/// What is shown.
#[derive(Debug)]
pub struct Measure {
    /// Its name.
    pub name: Name,
    /// What people read.
    pub label: Text,
    /// Where its name was written.
    pub span: Span,
    /// What it is.
    pub take: Take,
    /// How it is shown.
    pub format: Format,
    /// Digits after the point that are kept where it is not exact, and shown.
    pub digits: u32,
}

/// What a measure is.
#[derive(Debug)]
pub enum Take {
    /// Of records.
    Of(Box<Of>),
    /// Computed from other measures.
    Value {
        /// The expression.
        program: Program,
        /// The measures it reads.
        reads: Vec<Name>,
    },
    /// How much of the whole another measure is.
    Share(Name),
}

/// What is taken of records.
#[derive(Debug)]
pub struct Of {
    /// The sources; several where what is taken is the same in each of them.
    pub sources: Vec<Name>,
    /// How.
    pub how: How,
    /// Of what; `None` of a count.
    pub what: Option<Taken>,
    /// Which of the source's records count.
    pub filter: Option<Condition>,
}

/// How the values of records become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Their number.
    Count,
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The middle one.
    Median,
    /// The one that so many of a hundred do not exceed.
    Percentile(u32),
    /// The number of different ones.
    Distinct,
}

/// What is taken of each record.
#[derive(Debug, Clone, PartialEq)]
pub enum Taken {
    /// A field.
    Field(Path),
    /// The time from one to the other; to now when there is none.
    Between(Path, Option<Path>),
}

/// How a measure is shown. Its values are in the units of fields: 8.5 with [`Format::Percent`] is 8.5 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A number.
    Number,
    /// Per cent.
    Percent,
    /// An amount.
    Money(Currency),
    /// Seconds.
    Duration,
    /// A day.
    Date,
    /// An instant.
    DateTime,
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// How.
    pub kind: ChartKind,
    /// The measures; none means the first that is shown.
    pub show: Vec<Name>,
}

/// Several reports and lists on one page.
#[derive(Debug)]
pub struct Dashboard {
    /// Its name.
    pub name: Name,
    /// The module folder.
    pub module: Name,
    /// What people read.
    pub label: Text,
    /// Where its name was written.
    pub span: Span,
    /// The roles it is for; without any, whoever sees something on it.
    pub roles: Vec<Name>,
    /// What is on it, in order.
    pub tiles: Vec<Tile>,
}

/// A part of a dashboard.
#[derive(Debug)]
pub struct Tile {
    /// What people read above it: what was written, or what the report or object is called.
    pub label: Text,
    /// How many of three columns it takes.
    pub width: u32,
    /// What it shows.
    pub shows: Shows,
}

/// What a tile shows.
#[derive(Debug)]
pub enum Shows {
    /// A report.
    Report {
        /// The report.
        report: Name,
        /// The dimensions that make the rows; `None` as the report says.
        rows: Option<Vec<Name>>,
        /// The dimensions that make the columns; `None` as the report says.
        columns: Option<Vec<Name>>,
        /// The measures; `None` as the report says.
        show: Option<Vec<Name>>,
        /// What is drawn.
        chart: Option<Chart>,
        /// Which records count, in the words of a request.
        filter: Option<Json>,
    },
    /// The total of one measure of a report.
    Number {
        /// The report.
        report: Name,
        /// The measure.
        measure: Name,
        /// Which records count, in the words of a request.
        filter: Option<Json>,
    },
    /// Records.
    List {
        /// The object.
        object: Name,
        /// The columns; none means those of the object's list.
        fields: Vec<Name>,
        /// The order, `true` for descending; none means newest first.
        sort: Vec<(Name, bool)>,
        /// How many at most.
        limit: usize,
        /// Which.
        filter: Option<Filter>,
    },
}
